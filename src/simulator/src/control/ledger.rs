//! GET /simulator/ledger: what every provider took and gave back, in one shape, and all objects beside it.

use std::{
    collections::BTreeMap,
    sync::{Arc, atomic::Ordering},
};

use axum::{
    Json,
    extract::{Query, State},
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};
use serde::{Deserialize, Serialize};

use super::{
    lines::{CaptureLine, PageLine, RefundLine, captures, pages, refunds},
    refused,
};
use crate::{
    provider::Provider,
    store::{
        books::Books,
        model::{
            Charge, DeliveryState, Intent, Refund, Service, Session,
            carrier::{Shipment, Tracker},
            paypal,
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
    /// How many webhooks were sent since the start, each copy and each try counted: not of the books, so only when it is named.
    #[serde(skip_serializing_if = "Option::is_none")]
    messages: Option<u64>,
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
            messages: (only.only.is_some() && only.wants("messages"))
                .then(|| provider.messages.load(Ordering::Relaxed)),
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
