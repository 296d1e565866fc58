//! Captures, refunds and pages of every provider in one shape.

use serde::Serialize;

use crate::{
    money,
    store::{
        books::Books,
        model::{
            Charge, Metadata, Service, SessionStatus,
            paypal::{self, OrderStatus},
        },
    },
};

/// Money taken. Amounts in minor units of ISO 4217, times in seconds since 1970.
#[derive(Serialize)]
pub struct CaptureLine<'a> {
    pub provider: Service,
    pub id: &'a str,
    /// The shop's order number.
    pub order: Option<&'a str>,
    /// The shop's payment attempt.
    pub attempt: Option<&'a str>,
    /// What the provider calls the payment: Stripe's intent, PayPal's order.
    pub payment: &'a str,
    /// Stripe's intent, under its own name too.
    #[serde(skip_serializing_if = "Option::is_none")]
    intent: Option<&'a str>,
    pub amount: i64,
    pub amount_captured: i64,
    pub amount_refunded: i64,
    pub currency: &'a str,
    pub created: i64,
}

/// Money given back, likewise.
#[derive(Serialize)]
pub struct RefundLine<'a> {
    pub provider: Service,
    pub id: &'a str,
    pub capture: &'a str,
    pub order: Option<&'a str>,
    pub attempt: Option<&'a str>,
    pub amount: i64,
    pub currency: &'a str,
    pub created: i64,
    /// What the shop wrote on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<&'a Metadata>,
    #[serde(skip_serializing_if = "Option::is_none")]
    invoice_id: Option<&'a str>,
}

/// The order number and the attempt that a Stripe charge is for.
fn names<'a>(books: &'a Books, charge: &'a Charge) -> (Option<&'a str>, Option<&'a str>) {
    let label = |name: &str| charge.metadata.get(name).map(String::as_str);
    let session = books
        .intents
        .get(&charge.intent)
        .and_then(|intent| books.sessions.get(intent.session.as_ref()?));
    let order = session
        .and_then(|session| session.client_reference_id.as_deref())
        .or_else(|| label("number"))
        .or_else(|| label("order"));
    (order, label("attempt"))
}

/// The order number and the attempt that a PayPal capture is for.
fn paypal_names(names: &paypal::Names) -> (Option<&str>, Option<&str>) {
    let reference = Some(names.reference_id.as_str()).filter(|name| *name != "default");
    (
        names.invoice_id.as_deref().or(reference),
        names.custom_id.as_deref(),
    )
}

/// Every capture, Stripe's first, each provider's oldest first.
pub fn captures(books: &Books) -> impl DoubleEndedIterator<Item = CaptureLine<'_>> {
    let stripe = books.charges.values().filter(|charge| charge.captured);
    let paypal = books.paypal.captures.values();
    let paypal = paypal.filter(|capture| capture.took_money());
    let stripe = stripe.map(|charge| {
        let (order, attempt) = names(books, charge);
        let minor = |amount| money::minor(amount, &charge.currency);
        CaptureLine {
            provider: Service::Stripe,
            id: &charge.id,
            order,
            attempt,
            payment: &charge.intent,
            intent: Some(&charge.intent),
            amount: minor(charge.amount),
            amount_captured: minor(charge.amount_captured),
            amount_refunded: minor(charge.amount_refunded),
            currency: &charge.currency,
            created: charge.created,
        }
    });
    stripe.chain(paypal.map(|capture| {
        let (order, attempt) = paypal_names(&capture.names);
        CaptureLine {
            provider: Service::Paypal,
            id: &capture.id,
            order,
            attempt,
            payment: &capture.order,
            intent: None,
            amount: capture.amount,
            amount_captured: capture.amount,
            amount_refunded: capture.refunded,
            currency: &capture.currency,
            created: capture.created,
        }
    }))
}

/// Every refund, likewise.
pub fn refunds(books: &Books) -> impl Iterator<Item = RefundLine<'_>> {
    let stripe = books.refunds.values().map(|refund| {
        let charge = books.charges.get(&refund.charge);
        let (order, attempt) = charge.map_or((None, None), |charge| names(books, charge));
        RefundLine {
            provider: Service::Stripe,
            id: &refund.id,
            capture: &refund.charge,
            order,
            attempt,
            amount: money::minor(refund.amount, &refund.currency),
            currency: &refund.currency,
            created: refund.created,
            metadata: Some(&refund.metadata),
            invoice_id: None,
        }
    });
    let paypal = books.paypal.refunds.values().map(|refund| {
        let capture = books.paypal.captures.get(&refund.capture);
        let (order, attempt) = capture.map_or((None, None), |capture| paypal_names(&capture.names));
        RefundLine {
            provider: Service::Paypal,
            id: &refund.id,
            capture: &refund.capture,
            order,
            attempt,
            amount: refund.amount,
            currency: &refund.currency,
            created: refund.created,
            metadata: None,
            invoice_id: refund.invoice_id.as_deref(),
        }
    });
    stripe.chain(paypal)
}

/// A page that a shopper pays on, in one shape for every provider.
#[derive(Serialize)]
pub struct PageLine<'a> {
    provider: Service,
    id: &'a str,
    order: Option<&'a str>,
    attempt: Option<&'a str>,
    /// `open`, `approved` (PayPal's, before the shop captures), `paid`, or `expired`.
    status: &'static str,
    amount: i64,
    currency: &'a str,
    created: i64,
}

/// Every page, likewise.
pub fn pages(books: &Books) -> Vec<PageLine<'_>> {
    let sessions = books.sessions.values().map(|session| PageLine {
        provider: Service::Stripe,
        id: &session.id,
        order: session.client_reference_id.as_deref(),
        attempt: session.metadata.get("attempt").map(String::as_str),
        status: match session.status {
            SessionStatus::Open => "open",
            SessionStatus::Complete => "paid",
            SessionStatus::Expired => "expired",
        },
        amount: money::minor(session.amount_total, &session.currency),
        currency: &session.currency,
        created: session.created,
    });
    let orders = books.paypal.orders.values().map(|order| {
        let (number, attempt) = paypal_names(&order.names);
        PageLine {
            provider: Service::Paypal,
            id: &order.id,
            order: number,
            attempt,
            status: match order.status {
                OrderStatus::Created | OrderStatus::PayerActionRequired => "open",
                OrderStatus::Approved => "approved",
                OrderStatus::Completed => "paid",
            },
            amount: order.amount,
            currency: &order.currency,
            created: order.created,
        }
    });
    sessions.chain(orders).collect()
}
