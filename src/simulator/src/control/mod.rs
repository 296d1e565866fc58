//! The control API under `/simulator/`: JSON, for tests, benches and the fault harness.

pub mod ledger;
mod lines;
mod pay;

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, atomic::Ordering},
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use reqwest::Url;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    carrier,
    faults::{Kind, Orders},
    paypal,
    provider::Provider,
    store::model::{Service, carrier::TrackerStatus, now},
    webhooks::{self, target::Targets},
};

type Shared = State<Arc<Provider>>;

/// The routes of the control API.
pub fn routes() -> Router<Arc<Provider>> {
    Router::new()
        .route("/simulator/ledger", get(ledger::show))
        .route("/simulator/totals", get(ledger::totals))
        .route(
            "/simulator/faults",
            get(show_faults).post(set_faults).delete(clear_faults),
        )
        .route("/simulator/providers/{provider}/down", post(take_down))
        .route("/simulator/providers/{provider}/up", post(bring_back))
        .route("/simulator/pay", post(pay::any))
        .route("/simulator/pay/{id}", post(pay::one))
        .route("/simulator/captures/{id}/settle", post(settle_capture))
        .route("/simulator/tokens/revoke", post(revoke_tokens))
        .route("/simulator/parcels/{code}/advance", post(advance_parcel))
        .route("/simulator/autopay", get(show_autopay).post(set_autopay))
        .route("/simulator/webhook-url", get(show_target).post(set_target))
        .route("/simulator/events/{id}/resend", post(resend))
}

fn refused(status: StatusCode, message: impl ToString) -> Response {
    (status, Json(json!({ "error": message.to_string() }))).into_response()
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

/// What being down looks like: resets, when nothing is said.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Down {
    kind: Option<Kind>,
}

/// POST /simulator/providers/{provider}/down {"kind": …}: API and page, until told otherwise.
async fn take_down(State(provider): Shared, Path(service): Path<Service>, body: Bytes) -> Response {
    let down = if body.is_empty() {
        Ok(Down::default())
    } else {
        serde_json::from_slice(&body)
    };
    match down {
        Ok(Down { kind }) => provider
            .faults
            .down(service, Some(kind.unwrap_or(Kind::Reset))),
        Err(error) => return refused(StatusCode::BAD_REQUEST, error),
    }
    Json(provider.faults.show()).into_response()
}

/// POST /simulator/providers/{provider}/up
async fn bring_back(State(provider): Shared, Path(service): Path<Service>) -> Response {
    provider.faults.down(service, None);
    Json(provider.faults.show()).into_response()
}

/// Whether a pending capture becomes money.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Verdict {
    completes: bool,
}

/// POST /simulator/captures/{id}/settle {"completes": true}: ends PayPal's look at a pending capture.
async fn settle_capture(State(provider): Shared, Path(id): Path<String>, body: Bytes) -> Response {
    let Verdict { completes } = match serde_json::from_slice(&body) {
        Ok(verdict) => verdict,
        Err(error) => return refused(StatusCode::BAD_REQUEST, error),
    };
    let settle = |books: &_| paypal::settle(books, &id, completes, now(), &provider.origin);
    match provider.change(settle).await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(refusal) => refused(StatusCode::CONFLICT, refusal),
    }
}

/// To where a parcel moves: to what usually comes next, when nothing is said.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Step {
    status: Option<TrackerStatus>,
}

/// POST /simulator/parcels/{tracking_code}/advance {"status": …}: moves a parcel on, and tells the shop.
async fn advance_parcel(
    State(provider): Shared,
    Path(code): Path<String>,
    body: Bytes,
) -> Response {
    let step = if body.is_empty() {
        Ok(Step::default())
    } else {
        serde_json::from_slice(&body)
    };
    let to = match step {
        Ok(Step { status }) => status,
        Err(error) => return refused(StatusCode::BAD_REQUEST, error),
    };
    let advance = |books: &_| carrier::advance(books, &code, to, now(), &provider.origin);
    if let Err(refusal) = provider.change(advance).await {
        return refused(StatusCode::CONFLICT, refusal);
    }
    let desk = provider.desk();
    let tracker = desk.books.carrier.tracker_of(&code);
    Json(tracker.map(|tracker| carrier::shown(tracker, &provider.origin))).into_response()
}

/// POST /simulator/tokens/revoke: PayPal's tokens given so far hold no longer.
async fn revoke_tokens(State(provider): Shared) -> Response {
    provider.tokens.fetch_add(1, Ordering::AcqRel);
    StatusCode::NO_CONTENT.into_response()
}

/// Whether every page is paid as soon as it is opened.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Autopay {
    on: bool,
}

async fn show_autopay(State(provider): Shared) -> Response {
    let on = provider.autopay.load(Ordering::Acquire);
    Json(Autopay { on }).into_response()
}

/// POST /simulator/autopay {"on": true}
async fn set_autopay(State(provider): Shared, body: Bytes) -> Response {
    match serde_json::from_slice(&body) {
        Ok(Autopay { on }) => provider.autopay.store(on, Ordering::Release),
        Err(error) => return refused(StatusCode::BAD_REQUEST, error),
    }
    show_autopay(State(provider)).await
}

/// Where webhooks go. What GET shows, POST takes.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Target {
    /// Everybody's; a last `/stripe` gives way to `/paypal` and `/easypost` for the others.
    url: Option<String>,
    /// One service's own address, or null for none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    own: BTreeMap<Service, Option<String>>,
}

async fn show_target(State(provider): Shared) -> Response {
    let targets = provider
        .targets
        .read()
        .unwrap_or_else(PoisonError::into_inner)
        .clone();
    Json(Target {
        url: targets.common.map(String::from),
        own: targets
            .own
            .into_iter()
            .map(|(service, url)| (service, url.map(String::from)))
            .collect(),
    })
    .into_response()
}

/// POST /simulator/webhook-url {"url": …}: events that waited for a target leave at once.
async fn set_target(State(provider): Shared, body: Bytes) -> Response {
    let target: Target = match serde_json::from_slice(&body) {
        Ok(target) => target,
        Err(error) => return refused(StatusCode::BAD_REQUEST, error),
    };
    let read = |url: &Option<String>| url.as_deref().map(Url::parse).transpose();
    let own: Result<_, _> = target
        .own
        .iter()
        .map(|(service, url)| Ok((*service, read(url)?)))
        .collect();
    match (read(&target.url), own) {
        (Ok(common), Ok(own)) => aim(&provider, Targets { common, own }),
        (Err(error), _) | (_, Err(error)) => return refused(StatusCode::BAD_REQUEST, error),
    }
    Json(target).into_response()
}

/// Changes where webhooks go, and sends what waited.
pub fn aim(provider: &Provider, targets: Targets) {
    *provider
        .targets
        .write()
        .unwrap_or_else(PoisonError::into_inner) = targets;
    webhooks::requeue(provider);
}

/// POST /simulator/events/{id}/resend: once more, whatever became of it.
async fn resend(State(provider): Shared, Path(id): Path<String>) -> Response {
    if webhooks::resend(&provider, &id) {
        StatusCode::ACCEPTED.into_response()
    } else {
        refused(StatusCode::NOT_FOUND, "no such event")
    }
}
