//! What delivery costs.

use super::{Applied, DeclinedBecause, Effect, Part, PricedLine, PricingError, Terms, missing};
use crate::money::Money;

/// What delivery costs, and what is missing until it costs nothing.
pub(super) struct Charge {
    pub price: Money,
    pub missing_for_free: Option<Money>,
}

/// Prices the terms' delivery; None when none is chosen or there is nothing to deliver.
///
/// The first band that holds Σ weight × quantity counts. It is free from `free_from`, which looks at what is paid for the
/// lines (`discounted`), or by a rule, whose threshold looks at the `subtotal` before discounts, as every rule's does.
///
/// # Errors
/// [`PricingError::TooHeavy`] when no band is wide enough, free or not.
pub(super) fn charge(
    lines: &[PricedLine],
    terms: &Terms,
    subtotal: Money,
    discounted: Money,
    applied: &mut Applied,
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
        if let Some(amount) = rule.missing(subtotal) {
            applied.decline(rule, DeclinedBecause::Missing { amount });
            if nearest.is_none_or(|nearest| amount.minor < nearest.minor) {
                nearest = Some(amount);
            }
        } else {
            applied.took(rule, Part::Delivery, price);
            price = nothing;
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
