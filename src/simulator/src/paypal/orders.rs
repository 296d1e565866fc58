//! Orders (<https://developer.paypal.com/docs/api/orders/v2/>), with the intent CAPTURE and one purchase unit.

use serde::Deserialize;

use super::{
    Ask,
    amount::AmountText,
    error::{Issue, PaypalError},
    views::{Extent, OrderView},
};
use crate::{
    api::Reply,
    store::{
        books::Books,
        model::{
            Cause, Change,
            paypal::{Funding, Item, Names, Order, OrderStatus, Touched, new_id},
        },
    },
};

#[derive(Deserialize)]
struct NewOrder {
    intent: Option<String>,
    purchase_units: Option<Vec<Unit>>,
    payment_source: Option<Source>,
    /// The older place of what `experience_context` holds.
    application_context: Option<Context>,
}

#[derive(Deserialize)]
struct Unit {
    reference_id: Option<String>,
    custom_id: Option<String>,
    invoice_id: Option<String>,
    description: Option<String>,
    amount: Option<Amount>,
    #[serde(default)]
    items: Vec<NewItem>,
}

#[derive(Deserialize)]
struct Amount {
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
struct NewItem {
    name: Option<String>,
    quantity: Option<String>,
    unit_amount: Option<AmountText>,
}

#[derive(Deserialize)]
struct Source {
    paypal: Option<Wallet>,
}

#[derive(Deserialize)]
struct Wallet {
    experience_context: Option<Context>,
}

#[derive(Deserialize)]
struct Context {
    return_url: Option<String>,
    cancel_url: Option<String>,
    brand_name: Option<String>,
}

/// POST /v2/checkout/orders
///
/// # Errors
/// What is missing, malformed, or does not add up.
pub fn create(_: &Books, ask: &Ask<'_>, body: &[u8]) -> Result<(Change, Reply), PaypalError> {
    let new: NewOrder = super::read(body)?;
    match new.intent.as_deref() {
        Some("CAPTURE") => {}
        Some(other) => {
            return Err(PaypalError::malformed(
                Issue::new(
                    "INVALID_PARAMETER_VALUE",
                    "The value of a field is invalid. The simulator knows the intent CAPTURE.",
                )
                .at("/intent", other),
            ));
        }
        None => return Err(PaypalError::malformed(Issue::missing("/intent"))),
    }
    let mut units = new.purchase_units.unwrap_or_default();
    let (Some(unit), true) = (units.pop(), units.is_empty()) else {
        return Err(PaypalError::malformed(Issue::new(
            "INVALID_ARRAY_LENGTH",
            "The number of items in an array parameter is too small or too large. The simulator takes one purchase \
             unit.",
        )));
    };
    let (amount, currency, items) = read_amounts(&unit)?;
    let wallet = new.payment_source.and_then(|source| source.paypal);
    let has_source = wallet.is_some();
    let context = wallet
        .and_then(|wallet| wallet.experience_context)
        .or(new.application_context);
    let (return_url, cancel_url, brand) = match context {
        Some(context) => (
            address(context.return_url, "return_url")?,
            address(context.cancel_url, "cancel_url")?,
            short(context.brand_name, "brand_name", 127)?,
        ),
        None => (None, None, None),
    };
    let order = Order {
        id: new_id(),
        created: ask.at,
        updated: ask.at,
        status: if has_source {
            OrderStatus::PayerActionRequired
        } else {
            OrderStatus::Created
        },
        names: Names {
            reference_id: short(unit.reference_id, "reference_id", 256)?
                .unwrap_or_else(|| "default".to_owned()),
            custom_id: short(unit.custom_id, "custom_id", 127)?,
            invoice_id: short(unit.invoice_id, "invoice_id", 127)?,
        },
        description: short(unit.description, "description", 127)?,
        currency,
        amount,
        items,
        return_url,
        cancel_url,
        brand,
        wallet: has_source,
        payer: None,
        funding: Funding::Good,
        capture: None,
    };
    let reply = shown(&order, None, &Books::default(), ask, Extent::Minimal)?;
    let mut change = Change::new(ask.at, Cause::OrderCreated);
    change.paypal = Some(Box::new(Touched {
        order: Some(order),
        ..Touched::default()
    }));
    // PayPal says 200 when it was told how the payer pays, 201 when not.
    Ok((change, reply.status(if has_source { 200 } else { 201 })))
}

fn short(text: Option<String>, name: &str, most: usize) -> Result<Option<String>, PaypalError> {
    match text {
        Some(text) if text.is_empty() || text.chars().count() > most => {
            Err(PaypalError::malformed(
                Issue::new(
                    "INVALID_STRING_LENGTH",
                    "The value of a field is either too short or too long.",
                )
                .at(name, &text),
            ))
        }
        text => Ok(text),
    }
}

fn address(url: Option<String>, name: &str) -> Result<Option<String>, PaypalError> {
    let web = |url: &str| {
        reqwest::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
    };
    match url {
        Some(url) if !web(&url) => Err(PaypalError::malformed(
            Issue::new(
                "INVALID_PARAMETER_SYNTAX",
                "The value of a field does not conform to the expected format.",
            )
            .at(name, &url),
        )),
        url => Ok(url),
    }
}

/// The total, its currency, and the items; all of them must add up.
fn read_amounts(unit: &Unit) -> Result<(i64, String, Vec<Item>), PaypalError> {
    const FIELD: &str = "/purchase_units/@reference_id=='default'/amount";
    let Some(amount) = &unit.amount else {
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
    let mut items = Vec::with_capacity(unit.items.len());
    let mut sum = 0_i64;
    for item in &unit.items {
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

/// An order as an answer.
///
/// # Errors
/// It can't be written as JSON.
pub fn shown(
    order: &Order,
    capture: Option<&crate::store::model::paypal::Capture>,
    books: &Books,
    ask: &Ask<'_>,
    extent: Extent,
) -> Result<Reply, PaypalError> {
    let extent = if ask.whole { Extent::Whole } else { extent };
    let view = OrderView::new(order, capture, &books.paypal, ask.origin, extent);
    Reply::json(&view).map_err(|_| PaypalError::ours())
}

/// GET /v2/checkout/orders/{id}
///
/// # Errors
/// No such order.
pub fn find(books: &Books, ask: &Ask<'_>) -> Result<Reply, PaypalError> {
    let order = books.paypal.orders.get(ask.id);
    let order = order.ok_or_else(PaypalError::missing)?;
    shown(order, None, books, ask, Extent::Whole)
}
