//! Division that says where halves go.

use super::RoundingMode;
use std::cmp::Ordering;

/// `amount × numerator ÷ denominator` in whole minor units. Nothing is negative; `denominator` is not zero.
///
/// With q = ⌊amount × numerator ÷ denominator⌋ and the rest r: q when 2r < denominator, q + 1 when 2r > denominator, and on
/// the exact half q + 1 ([`RoundingMode::HalfUp`]) or the even one of the two ([`RoundingMode::HalfEven`]).
///
/// Amounts below 2⁶³ and numerators below 2⁶² fit.
pub(super) fn share(amount: i128, numerator: i128, denominator: i128, mode: RoundingMode) -> i128 {
    let product = amount * numerator;
    let quotient = product / denominator;
    let twice_rest = 2 * (product - quotient * denominator);
    match (twice_rest.cmp(&denominator), mode) {
        (Ordering::Less, _) => quotient,
        (Ordering::Greater, _) | (Ordering::Equal, RoundingMode::HalfUp) => quotient + 1,
        (Ordering::Equal, RoundingMode::HalfEven) => quotient + (quotient & 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_go_where_they_are_told() {
        // One half, three halves, five halves.
        for (amount, up, even) in [(1, 1, 0), (3, 2, 2), (5, 3, 2)] {
            assert_eq!(share(amount, 1, 2, RoundingMode::HalfUp), up);
            assert_eq!(share(amount, 1, 2, RoundingMode::HalfEven), even);
        }
    }

    #[test]
    fn all_but_halves_go_to_the_nearest() {
        for mode in [RoundingMode::HalfUp, RoundingMode::HalfEven] {
            // 0.499999, 0.500001, 1.499999, 2.500001
            assert_eq!(share(499_999, 1, 1_000_000, mode), 0);
            assert_eq!(share(500_001, 1, 1_000_000, mode), 1);
            assert_eq!(share(1_499_999, 1, 1_000_000, mode), 1);
            assert_eq!(share(2_500_001, 1, 1_000_000, mode), 3);
            assert_eq!(share(7, 3, 3, mode), 7);
            assert_eq!(share(0, 9, 10, mode), 0);
        }
    }

    #[test]
    fn the_largest_amount_has_room() {
        let largest = i128::from(i64::MAX);
        assert_eq!(
            share(largest, 1 << 61, 1 << 61, RoundingMode::HalfUp),
            largest
        );
    }
}
