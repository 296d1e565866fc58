//! What an order costs, and what that is made of.

use serde::Deserialize;

use super::{
    amount::AmountText,
    error::{Issue, PaypalError},
    short,
};
use crate::store::model::paypal::Item;

#[derive(Deserialize)]
pub struct Amount {
    #[serde(flatten)]
    total: AmountText,
    breakdown: Option<Breakdown>,
}

#[derive(Deserialize)]
struct Breakdown {
    item_total: Option<AmountText>,
    shipping: Option<AmountText>,
    handling: Option<AmountText>,
    tax_total: Option<AmountText>,
    insurance: Option<AmountText>,
    shipping_discount: Option<AmountText>,
    discount: Option<AmountText>,
}

#[derive(Deserialize)]
pub struct NewItem {
    name: Option<String>,
    quantity: Option<String>,
    unit_amount: Option<AmountText>,
}

/// The total, its currency, and the items; all of them must add up.
pub fn read(
    amount: Option<&Amount>,
    new_items: &[NewItem],
) -> Result<(i64, String, Vec<Item>), PaypalError> {
    const FIELD: &str = "/purchase_units/@reference_id=='default'/amount";
    let Some(amount) = amount else {
        return Err(PaypalError::malformed(Issue::missing(FIELD)));
    };
    let (total, currency) = amount.total.positive(FIELD)?;
    let read = |text: &Option<AmountText>, field: &str| -> Result<Option<i64>, PaypalError> {
        let Some(text) = text else {
            return Ok(None);
        };
        let (part, own) = text.read(field)?;
        if own == currency {
            Ok(Some(part))
        } else {
            Err(PaypalError::unprocessable(
                Issue::new(
                    "MULTI_CURRENCY_ORDER",
                    "Multiple differing values of currency_code are not supported. Entire Order request must have \
                     the same currency_code.",
                )
                .at(field, &text.currency_code),
            ))
        }
    };
    let mut items = Vec::with_capacity(new_items.len());
    let mut sum = 0_i64;
    for item in new_items {
        let missing = |name| PaypalError::malformed(Issue::missing(name));
        let name =
            short(item.name.clone(), "/items/name", 127)?.ok_or_else(|| missing("/items/name"))?;
        let quantity = item
            .quantity
            .as_deref()
            .ok_or_else(|| missing("/items/quantity"))?;
        let count = quantity.parse().ok().filter(|count| *count > 0_i64);
        let count = count.filter(|_| quantity.len() <= 10).ok_or_else(|| {
            PaypalError::malformed(
                Issue::new(
                    "INVALID_PARAMETER_SYNTAX",
                    "The value of a field does not conform to the expected format.",
                )
                .at("/items/quantity", quantity),
            )
        })?;
        let each = read(&item.unit_amount, "/items/unit_amount")?
            .ok_or_else(|| missing("/items/unit_amount"))?;
        sum = sum.saturating_add(each.saturating_mul(count));
        items.push(Item {
            name,
            quantity: count,
            amount: each,
        });
    }
    let breakdown = amount.breakdown.as_ref();
    let part = |pick: fn(&Breakdown) -> &Option<AmountText>| match breakdown {
        Some(breakdown) => read(pick(breakdown), "/amount/breakdown"),
        None => Ok(None),
    };
    let item_total = part(|parts| &parts.item_total)?;
    if !items.is_empty() {
        let issue = match item_total {
            None => Some(Issue::new(
                "ITEM_TOTAL_REQUIRED",
                "If item details are specified (items.unit_amount and items.quantity) corresponding \
                 amount.breakdown.item_total is required.",
            )),
            Some(told) if told != sum => Some(Issue::new(
                "ITEM_TOTAL_MISMATCH",
                "Should equal sum of (unit_amount * quantity) across all items for a given purchase_unit",
            )),
            Some(_) => None,
        };
        if let Some(issue) = issue {
            return Err(PaypalError::unprocessable(issue));
        }
    }
    if breakdown.is_some() {
        let mut parts = item_total.unwrap_or(0);
        for add in [
            part(|parts| &parts.shipping)?,
            part(|parts| &parts.handling)?,
            part(|parts| &parts.tax_total)?,
            part(|parts| &parts.insurance)?,
        ] {
            parts = parts.saturating_add(add.unwrap_or(0));
        }
        for take in [
            part(|parts| &parts.shipping_discount)?,
            part(|parts| &parts.discount)?,
        ] {
            parts = parts.saturating_sub(take.unwrap_or(0));
        }
        if parts != total {
            return Err(PaypalError::unprocessable(
                Issue::new(
                    "AMOUNT_MISMATCH",
                    "Should equal item_total + tax_total + shipping + handling + insurance - shipping_discount - \
                     discount.",
                )
                .at(&format!("{FIELD}/value"), &amount.total.value),
            ));
        }
    }
    Ok((total, currency, items))
}
