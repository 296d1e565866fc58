//! What rules take off the lines.

use super::{
    Applied, DeclinedBecause, Effect, Part, PricedLine, PricingError, RoundingMode, Terms, money,
    rounding::share,
};
use crate::money::Money;

/// Hundredths of a percent in the whole.
const WHOLE: u32 = 10_000;

/// Lets each rule take from `left`, which holds what is left of each line, in the order of the terms.
///
/// Thresholds look at the `subtotal` before any discount. Free delivery is no matter of lines and is left out here.
///
/// # Errors
/// [`crate::MoneyError::Overflow`]; but no discount is larger than the subtotal, which fits.
pub(super) fn apply(
    lines: &[PricedLine],
    left: &mut [i128],
    subtotal: Money,
    terms: &Terms,
    applied: &mut Applied,
) -> Result<(), PricingError> {
    for rule in &terms.rules {
        if rule.effect == Effect::FreeDelivery {
            continue;
        }
        if let Some(amount) = rule.missing(subtotal) {
            applied.decline(rule, DeclinedBecause::Missing { amount });
            continue;
        }
        let before: i128 = left.iter().sum();
        match rule.effect {
            Effect::Percent { basis_points } => {
                percent(left, basis_points, terms.tax.rounding.mode);
            }
            Effect::Amount { amount } => spread(lines, left, i128::from(amount.minor)),
            Effect::FreeDelivery => {}
        }
        let took = money(before - left.iter().sum::<i128>(), terms.currency)?;
        applied.took(rule, Part::Lines, took);
    }
    Ok(())
}

/// Off each line: round(left × basis points ÷ 10,000). It is taken from what earlier rules left, so 40 % and then 70 %
/// leave 0.6 × 0.3 = 18 %, and no number of rules goes below zero.
fn percent(left: &mut [i128], basis_points: u32, mode: RoundingMode) {
    for line in left {
        *line -= share(*line, basis_points, WHOLE, mode);
    }
}

/// Takes min(`amount`, what is left of all) from the lines in proportion to what is left of each, by largest remainder
/// (Hamilton's method): each gives ⌊left × amount ÷ all⌋, and the units still missing come one each from the lines with the
/// largest rests. Only lines with a rest give one more, so none gives more than it has.
///
/// Equal rests: first the line with more left, then by tax class. Lines that are equal in both can stand for each other,
/// which is why the order of lines changes no total.
fn spread(lines: &[PricedLine], left: &mut [i128], amount: i128) {
    let all: i128 = left.iter().sum();
    let amount = amount.min(all);
    if amount == 0 {
        return;
    }
    let before = left.to_vec();
    let mut rests = vec![0; left.len()];
    let mut missing = amount;
    for (line, rest) in left.iter_mut().zip(&mut rests) {
        let product = *line * amount;
        let floor = product / all;
        *rest = product - floor * all;
        *line -= floor;
        missing -= floor;
    }
    // Fewer rounds than lines. A sort would be quicker on paper, and larger in the browser.
    for _ in 0..missing {
        let rank = |&at: &usize| {
            let line = &lines[at];
            (rests[at], before[at], line.tax_class, line.variant)
        };
        if let Some(at) = (0..left.len()).max_by_key(rank) {
            left[at] -= 1;
            rests[at] = 0;
        }
    }
}
