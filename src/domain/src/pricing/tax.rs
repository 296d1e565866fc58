//! Tax, in the prices or on top of them.

use super::{
    PricedLine, PricingError, RoundingScope, TaxClass, TaxMode, TaxTerms, Terms, money,
    rounding::share,
};
use crate::money::Money;

/// Millionths in the whole.
const WHOLE: u32 = 1_000_000;

/// The tax of each line, and of everything.
pub(super) struct Tax {
    pub lines: Vec<Money>,
    pub total: Money,
}

/// Taxes what is `left` of each line after discounts, and `delivery` by its class.
///
/// Per line, each line and delivery are rounded by themselves and then summed; per order, what is taxed at one rate is
/// summed first and rounded once.
///
/// # Errors
/// [`crate::MoneyError::Overflow`].
pub(super) fn of(
    lines: &[PricedLine],
    left: &[i128],
    delivery: Option<Money>,
    terms: &Terms,
) -> Result<Tax, PricingError> {
    let mut bases: Vec<(u32, i128)> = lines
        .iter()
        .zip(left)
        .map(|(line, &left)| (rate(&terms.tax, line.tax_class), left))
        .collect();
    let each = bases
        .iter()
        .map(|&base| money(tax(base, &terms.tax), terms.currency))
        .collect::<Result<Vec<_>, PricingError>>()?;
    if let (Some(price), Some(option)) = (delivery, &terms.delivery) {
        bases.push((rate(&terms.tax, option.tax_class), i128::from(price.minor)));
    }
    if terms.tax.rounding.scope == RoundingScope::Order {
        bases = by_rate(&bases);
    }
    let total = bases.iter().map(|&base| tax(base, &terms.tax)).sum();
    Ok(Tax {
        lines: each,
        total: money(total, terms.currency)?,
    })
}

/// Of an amount at a rate r = ppm ÷ 1,000,000. Included: gross − gross ÷ (1 + r) = gross × ppm ÷ (1,000,000 + ppm).
/// Added: net × ppm ÷ 1,000,000.
fn tax((ppm, amount): (u32, i128), terms: &TaxTerms) -> i128 {
    let denominator = match terms.mode {
        TaxMode::Included => WHOLE + ppm,
        TaxMode::Added => WHOLE,
    };
    share(amount, ppm.into(), denominator.into(), terms.rounding.mode)
}

/// The rate of a class in millionths.
fn rate(terms: &TaxTerms, class: TaxClass) -> u32 {
    terms
        .rates
        .iter()
        .find(|rate| rate.class == class)
        .map_or(0, |rate| rate.ppm)
}

/// Sums what is taxed at the same rate, whichever class it came from.
fn by_rate(bases: &[(u32, i128)]) -> Vec<(u32, i128)> {
    let mut sums: Vec<(u32, i128)> = Vec::new();
    for &(ppm, amount) in bases {
        match sums.iter_mut().find(|sum| sum.0 == ppm) {
            Some(sum) => sum.1 += amount,
            None => sums.push((ppm, amount)),
        }
    }
    sums
}
