//! GET /simulator/ledger: what every provider took and gave back, in one shape, and all objects beside it.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Json,
    extract::{Query, State},
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};
use serde::{Deserialize, Serialize};

use super::refused;
use crate::{
    money,
    provider::Provider,
    store::{
        books::Books,
        model::{
            Charge, DeliveryState, Intent, Metadata, Refund, Service, Session, SessionStatus,
            carrier::{Shipment, Tracker},
            paypal::{self, OrderStatus},
        },
    },
};

/// Sums in minor units of one currency.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Sums {
    pub captures: u64,
    pub captured: i64,
    pub refunds: u64,
    pub refunded: i64,
}

/// By currency, in lower case.
pub type ByCurrency = BTreeMap<String, Sums>;

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

/// What was captured and given back: of everybody, and of each provider.
pub fn sums(books: &Books) -> (ByCurrency, BTreeMap<&'static str, ByCurrency>) {
    let mut all = ByCurrency::new();
    let mut each: BTreeMap<&'static str, ByCurrency> = BTreeMap::new();
    let mut add = |provider: Service, currency: &str, change: &dyn Fn(&mut Sums)| {
        let own = each.entry(provider.name()).or_default();
        for sums in [&mut all, own] {
            // Looked up first, so that nothing is allocated for each capture.
            match sums.get_mut(currency) {
                Some(sums) => change(sums),
                None => change(sums.entry(currency.to_owned()).or_default()),
            }
        }
    };
    for line in captures(books) {
        add(line.provider, line.currency, &|sums| {
            sums.captures += 1;
            sums.captured += line.amount_captured;
        });
    }
    for line in refunds(books) {
        add(line.provider, line.currency, &|sums| {
            sums.refunds += 1;
            sums.refunded += line.amount;
        });
    }
    (all, each)
}

#[derive(Serialize)]
struct EventLine<'a> {
    id: &'a str,
    provider: Service,
    #[serde(rename = "type")]
    kind: &'a str,
    created: i64,
    delivery: DeliveryState,
    attempts: u32,
    status: Option<u16>,
}

/// A page that a shopper pays on, in one shape for every provider.
#[derive(Serialize)]
struct PageLine<'a> {
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

fn pages(books: &Books) -> Vec<PageLine<'_>> {
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

#[derive(Serialize)]
struct Whole<'a> {
    totals: ByCurrency,
    providers: BTreeMap<&'static str, ByCurrency>,
    #[serde(skip_serializing_if = "Option::is_none")]
    captures: Option<Vec<CaptureLine<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refunds: Option<Vec<RefundLine<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pages: Option<Vec<PageLine<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sessions: Option<Vec<&'a Session>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    intents: Option<Vec<&'a Intent>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    charges: Option<Vec<&'a Charge>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stripe_refunds: Option<Vec<&'a Refund>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    paypal_orders: Option<Vec<&'a paypal::Order>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    paypal_captures: Option<Vec<&'a paypal::Capture>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shipments: Option<Vec<&'a Shipment>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trackers: Option<Vec<&'a Tracker>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    events: Option<Vec<EventLine<'a>>>,
}

/// Which parts are wanted: `?only=captures,refunds`; all of them without it.
#[derive(Default, Deserialize)]
pub struct Only {
    only: Option<String>,
}

impl Only {
    fn wants(&self, part: &str) -> bool {
        self.only
            .as_ref()
            .is_none_or(|parts| parts.split(',').any(|name| name == part))
    }
}

/// GET /simulator/ledger: oldest first.
pub async fn show(State(provider): State<Arc<Provider>>, Query(only): Query<Only>) -> Response {
    let body = {
        let desk = provider.desk();
        let books = &desk.books;
        let (totals, providers) = sums(books);
        let events = books.events.iter().map(|(id, entry)| EventLine {
            id,
            provider: entry.service,
            kind: &entry.kind,
            created: entry.created,
            delivery: entry.state,
            attempts: entry.attempts,
            status: entry.status,
        });
        serde_json::to_vec(&Whole {
            totals,
            providers,
            captures: only.wants("captures").then(|| captures(books).collect()),
            refunds: only.wants("refunds").then(|| refunds(books).collect()),
            pages: only.wants("pages").then(|| pages(books)),
            sessions: only
                .wants("sessions")
                .then(|| books.sessions.values().collect()),
            intents: only
                .wants("intents")
                .then(|| books.intents.values().collect()),
            charges: only
                .wants("charges")
                .then(|| books.charges.values().collect()),
            stripe_refunds: only
                .wants("stripe_refunds")
                .then(|| books.refunds.values().collect()),
            paypal_orders: only
                .wants("paypal_orders")
                .then(|| books.paypal.orders.values().collect()),
            paypal_captures: only
                .wants("paypal_captures")
                .then(|| books.paypal.captures.values().collect()),
            shipments: only
                .wants("shipments")
                .then(|| books.carrier.shipments.values().collect()),
            trackers: only
                .wants("trackers")
                .then(|| books.carrier.trackers.values().collect()),
            events: only.wants("events").then(|| events.collect()),
        })
    };
    match body {
        Ok(body) => ([(header::CONTENT_TYPE, "application/json")], body).into_response(),
        Err(error) => refused(StatusCode::INTERNAL_SERVER_ERROR, error),
    }
}

/// GET /simulator/totals: the sums alone, by currency.
pub async fn totals(State(provider): State<Arc<Provider>>) -> Response {
    Json(sums(&provider.desk().books).0).into_response()
}
