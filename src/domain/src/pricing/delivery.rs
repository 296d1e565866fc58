//! What delivery costs.

use super::rule::{Admitted, Applied};
use super::{Effect, Part, PricedLine, PricingError, Terms, missing};
use crate::money::Money;

/// What delivery costs, and what is missing until it costs nothing.
pub(super) struct Charge {
    pub price: Money,
    pub missing_for_free: Option<Money>,
}

/// Prices the terms' delivery; None when none is chosen or there is nothing to deliver.
///
/// The first band that holds Σ weight × quantity counts. It is free from `free_from`, which looks at what is paid for the
/// lines (`discounted`), or by a rule, whose threshold looks at subtotals before discounts, as every rule's does. What is
/// missing to a rule is told only when the amount is all it asks for.
///
/// # Errors
/// [`PricingError::TooHeavy`] when no band is wide enough, free or not.
pub(super) fn charge<'a>(
    lines: &[PricedLine],
    terms: &'a Terms,
    discounted: Money,
    applied: &mut Applied<'a>,
) -> Result<Option<Charge>, PricingError> {
    let is_empty = lines.iter().all(|line| line.quantity == 0);
    let option = terms.delivery.as_ref().filter(|_| !is_empty);
    let nothing = Money::zero(terms.currency);
    let (mut price, mut nearest) = match option {
        Some(option) => {
            let weight = weight_g(lines);
            let band = option
                .bands
                .iter()
                .find(|band| weight <= u64::from(band.up_to_g))
                .ok_or(PricingError::TooHeavy)?;
            match missing(option.free_from, discounted) {
                None if option.free_from.is_some() => (nothing, None),
                missing => (band.price, missing),
            }
        }
        None => (nothing, None),
    };
    let rules = terms
        .rules
        .iter()
        .filter(|rule| rule.effect == Effect::FreeDelivery);
    for rule in rules {
        match applied.admit(rule, lines)? {
            Admitted::Yes => {
                let most = rule.most.map_or(price.minor, |most| most.minor);
                let off = Money::new(price.minor.min(most), terms.currency);
                applied.took(rule, Part::Delivery, off);
                price = price.minus(off)?;
            }
            Admitted::No { missing } => {
                let promised = missing.filter(|_| rule.holds_for_amount_alone());
                nearest = promised
                    .filter(|amount| nearest.is_none_or(|nearest| amount.minor < nearest.minor))
                    .or(nearest);
            }
        }
    }
    Ok(option.map(|_| Charge {
        price,
        missing_for_free: nearest.filter(|_| !price.is_zero()),
    }))
}

/// Grams of everything. Saturating: what does not fit 64 bits is too heavy for any band.
fn weight_g(lines: &[PricedLine]) -> u64 {
    lines.iter().fold(0, |sum: u64, line| {
        sum.saturating_add(u64::from(line.weight_g) * u64::from(line.quantity))
    })
}
