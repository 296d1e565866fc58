//! The control API under `/simulator/`: JSON, for tests, benches and the fault harness.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use reqwest::Url;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    cards::Card,
    faults::Orders,
    hosted::{Ended, pay_now},
    provider::Provider,
    store::{
        books::Books,
        model::{Charge, DeliveryState, Intent, Refund, Session},
    },
    webhooks,
};

type Shared = State<Arc<Provider>>;

/// The routes of the control API.
pub fn routes() -> Router<Arc<Provider>> {
    Router::new()
        .route("/simulator/ledger", get(ledger))
        .route("/simulator/totals", get(totals))
        .route(
            "/simulator/faults",
            get(show_faults).post(set_faults).delete(clear_faults),
        )
        .route("/simulator/pay/{id}", post(pay))
        .route("/simulator/webhook-url", get(show_target).post(set_target))
        .route("/simulator/events/{id}/resend", post(resend))
}

fn refused(status: StatusCode, message: impl ToString) -> Response {
    (status, Json(json!({ "error": message.to_string() }))).into_response()
}

/// Sums in the smallest unit of one currency.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Sums {
    pub captures: u64,
    pub captured: i64,
    pub refunds: u64,
    pub refunded: i64,
}

/// What was captured and given back, by currency.
pub fn sums(books: &Books) -> BTreeMap<String, Sums> {
    let mut all: BTreeMap<String, Sums> = BTreeMap::new();
    for charge in books.charges.values().filter(|charge| charge.captured) {
        let sums = all.entry(charge.currency.clone()).or_default();
        sums.captures += 1;
        sums.captured += charge.amount_captured;
    }
    for refund in books.refunds.values() {
        let sums = all.entry(refund.currency.clone()).or_default();
        sums.refunds += 1;
        sums.refunded += refund.amount;
    }
    all
}

#[derive(Serialize)]
struct EventLine<'a> {
    id: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    created: i64,
    delivery: DeliveryState,
    attempts: u32,
    status: Option<u16>,
}

#[derive(Serialize)]
struct Whole<'a> {
    totals: BTreeMap<String, Sums>,
    sessions: Vec<&'a Session>,
    intents: Vec<&'a Intent>,
    captures: Vec<&'a Charge>,
    charges: Vec<&'a Charge>,
    refunds: Vec<&'a Refund>,
    events: Vec<EventLine<'a>>,
}

/// GET /simulator/ledger: everything, oldest first. `captures` are the charges that took money.
async fn ledger(State(provider): Shared) -> Response {
    let body = {
        let desk = provider.desk();
        let books = &desk.books;
        let charges = books.charges.values();
        serde_json::to_vec(&Whole {
            totals: sums(books),
            sessions: books.sessions.values().collect(),
            intents: books.intents.values().collect(),
            captures: charges.clone().filter(|charge| charge.captured).collect(),
            charges: charges.collect(),
            refunds: books.refunds.values().collect(),
            events: books
                .events
                .iter()
                .map(|(id, entry)| EventLine {
                    id,
                    kind: &entry.kind,
                    created: entry.created,
                    delivery: entry.state,
                    attempts: entry.attempts,
                    status: entry.status,
                })
                .collect(),
        })
    };
    match body {
        Ok(body) => ([(header::CONTENT_TYPE, "application/json")], body).into_response(),
        Err(error) => refused(StatusCode::INTERNAL_SERVER_ERROR, error),
    }
}

/// GET /simulator/totals: the sums alone.
async fn totals(State(provider): Shared) -> Response {
    Json(sums(&provider.desk().books)).into_response()
}

async fn show_faults(State(provider): Shared) -> Response {
    Json(provider.faults.show()).into_response()
}

async fn set_faults(State(provider): Shared, body: Bytes) -> Response {
    let orders: Orders = match serde_json::from_slice(&body) {
        Ok(orders) => orders,
        Err(error) => return refused(StatusCode::BAD_REQUEST, error),
    };
    match provider.faults.set(orders) {
        Ok(()) => Json(provider.faults.show()).into_response(),
        Err(message) => refused(StatusCode::BAD_REQUEST, message),
    }
}

async fn clear_faults(State(provider): Shared) -> Response {
    provider.faults.clear();
    Json(provider.faults.show()).into_response()
}

/// With which card: the everyday one when nothing is said.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct With {
    card: Option<String>,
    email: Option<String>,
}

/// POST /simulator/pay/{id}: what the page's button does.
async fn pay(State(provider): Shared, Path(id): Path<String>, body: Bytes) -> Response {
    let with: With = if body.is_empty() {
        With::default()
    } else {
        match serde_json::from_slice(&body) {
            Ok(with) => with,
            Err(error) => return refused(StatusCode::BAD_REQUEST, error),
        }
    };
    let card = match Card::typed(with.card.as_deref().unwrap_or("4242424242424242")) {
        Ok(card) => card,
        Err(message) => return refused(StatusCode::BAD_REQUEST, message),
    };
    match pay_now(&provider, &id, &card, with.email).await {
        Ended::Paid(url) => {
            let intent = {
                let desk = provider.desk();
                desk.books
                    .sessions
                    .get(&id)
                    .and_then(|session| session.intent.clone())
            };
            Json(json!({ "session": id, "payment_intent": intent, "redirect": url }))
                .into_response()
        }
        Ended::Declined(message) => refused(StatusCode::PAYMENT_REQUIRED, message),
        Ended::Expired => refused(StatusCode::GONE, "the session has expired"),
        Ended::Unknown => refused(StatusCode::NOT_FOUND, "no such session"),
        Ended::Broken => refused(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the payment was not kept",
        ),
    }
}

/// Where webhooks go.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Target {
    url: Option<String>,
}

async fn show_target(State(provider): Shared) -> Response {
    let url = provider.target().map(String::from);
    Json(Target { url }).into_response()
}

/// POST /simulator/webhook-url {"url": …}: events that waited for a target leave at once.
async fn set_target(State(provider): Shared, body: Bytes) -> Response {
    let target: Target = match serde_json::from_slice(&body) {
        Ok(target) => target,
        Err(error) => return refused(StatusCode::BAD_REQUEST, error),
    };
    match target.url.as_deref().map(Url::parse).transpose() {
        Ok(url) => aim(&provider, url),
        Err(error) => return refused(StatusCode::BAD_REQUEST, error),
    }
    Json(target).into_response()
}

/// Changes where webhooks go, and sends what waited.
pub fn aim(provider: &Provider, url: Option<Url>) {
    let known = url.is_some();
    *provider
        .webhook_url
        .write()
        .unwrap_or_else(std::sync::PoisonError::into_inner) = url;
    if known {
        webhooks::requeue(provider);
    }
}

/// POST /simulator/events/{id}/resend: once more, whatever became of it.
async fn resend(State(provider): Shared, Path(id): Path<String>) -> Response {
    if webhooks::resend(&provider, &id) {
        StatusCode::ACCEPTED.into_response()
    } else {
        refused(StatusCode::NOT_FOUND, "no such event")
    }
}
