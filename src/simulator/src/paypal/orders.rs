//! Orders (<https://developer.paypal.com/docs/api/orders/v2/>), with the intent CAPTURE and one purchase unit.

use serde::Deserialize;

use super::{
    Ask,
    breakdown::{self, Amount, NewItem},
    error::{Issue, PaypalError},
    short,
    views::{Extent, OrderView},
};
use crate::{
    api::Reply,
    store::{
        books::Books,
        model::{
            Cause, Change,
            paypal::{Funding, Names, Order, OrderStatus, Touched, new_id},
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
    let (amount, currency, items) = breakdown::read(unit.amount.as_ref(), &unit.items)?;
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
