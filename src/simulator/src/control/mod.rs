//! The control API under `/simulator/`: JSON, for tests, benches and the fault harness.

pub mod ledger;
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
    faults::Orders,
    hosted::{Ended, settled},
    paypal,
    provider::Provider,
    store::model::{Service, now},
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
        .route("/simulator/pay", post(pay::any))
        .route("/simulator/pay/{id}", post(pay::one))
        .route("/simulator/captures/{id}/settle", post(settle_capture))
        .route("/simulator/tokens/revoke", post(revoke_tokens))
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
    let mut refusal = None;
    let ended = settled(&provider, |desk| {
        match paypal::settle(&desk.books, &id, completes, now(), &provider.origin) {
            Ok(change) => (Some(change), Ended::Paid(String::new())),
            Err(message) => {
                refusal = Some(message);
                (None, Ended::Unknown)
            }
        }
    })
    .await;
    match (refusal, ended) {
        (Some(message), _) => refused(StatusCode::CONFLICT, message),
        (None, Ended::Paid(_)) => StatusCode::NO_CONTENT.into_response(),
        (None, _) => refused(StatusCode::INTERNAL_SERVER_ERROR, "it was not kept"),
    }
}

/// POST /simulator/tokens/revoke: PayPal's tokens given so far hold no longer.
async fn revoke_tokens(State(provider): Shared) -> Response {
    provider.tokens.fetch_add(1, Ordering::AcqRel);
    StatusCode::NO_CONTENT.into_response()
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
