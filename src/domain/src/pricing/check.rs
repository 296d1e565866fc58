//! What must hold before anything is priced: one currency, no negative price, no rate above 100 %.

use super::{Effect, PricedLine, PricingError, Terms};
use crate::money::{Money, MoneyError};

/// 100 % in millionths and in hundredths of a percent.
const WHOLE_PPM: u32 = 1_000_000;
const WHOLE_BASIS_POINTS: u32 = 10_000;

/// # Errors
/// [`MoneyError::CurrencyMismatch`] for an amount in another currency than the terms', [`PricingError::BadTerms`].
pub(super) fn all(lines: &[PricedLine], terms: &Terms) -> Result<(), PricingError> {
    let amount = |amount: Money| {
        if amount.currency != terms.currency {
            Err(MoneyError::CurrencyMismatch(terms.currency, amount.currency).into())
        } else if amount.minor < 0 {
            Err(PricingError::BadTerms)
        } else {
            Ok(())
        }
    };
    let rate = |rate: u32, whole: u32| {
        if rate > whole {
            Err(PricingError::BadTerms)
        } else {
            Ok(())
        }
    };
    for line in lines {
        amount(line.unit_price)?;
    }
    for tax in &terms.tax.rates {
        rate(tax.ppm, WHOLE_PPM)?;
    }
    for rule in &terms.rules {
        match rule.effect {
            Effect::Percent { basis_points } => rate(basis_points, WHOLE_BASIS_POINTS)?,
            Effect::Amount { amount: off } => amount(off)?,
            Effect::BuyGet {
                buy,
                get,
                basis_points,
            } => {
                rate(basis_points, WHOLE_BASIS_POINTS)?;
                if buy == 0 || get == 0 {
                    return Err(PricingError::BadTerms);
                }
            }
            Effect::FreeDelivery => {}
        }
        rule.from_subtotal.map_or(Ok(()), amount)?;
        rule.most.map_or(Ok(()), amount)?;
    }
    terms.credit.map_or(Ok(()), amount)?;
    if let Some(option) = &terms.delivery {
        for band in &option.bands {
            amount(band.price)?;
        }
        option.free_from.map_or(Ok(()), amount)?;
    }
    Ok(())
}
