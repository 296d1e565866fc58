//! What the dashboard's forms do.

use std::sync::Arc;

use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use reqwest::Url;
use serde::Deserialize;

use super::HOME;
use crate::{
    carrier,
    control::aim,
    faults::{Kind, Orders, Rule, WebhookRules},
    provider::Provider,
    store::model::{Service, now},
    webhooks::{self, target::Targets},
};

type Shared = State<Arc<Provider>>;

/// One more rule; empty fields count as not filled in.
#[derive(Deserialize)]
pub struct FaultForm {
    kind: Kind,
    #[serde(default)]
    provider: String,
    #[serde(default)]
    operation: String,
    #[serde(default)]
    share: String,
    #[serde(default)]
    next: String,
    #[serde(default)]
    ms: String,
    #[serde(default)]
    path: String,
    effect: Option<String>,
}

fn number<T: std::str::FromStr>(text: &str, name: &str) -> Result<Option<T>, String> {
    match text.trim() {
        "" => Ok(None),
        text => text
            .parse()
            .map(Some)
            .map_err(|_| format!("{name}: not a number: {text}")),
    }
}

fn text(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn service(text: &str) -> Result<Option<Service>, String> {
    let known = Service::ALL
        .into_iter()
        .find(|one| one.name() == text.trim());
    match (text.trim(), known) {
        ("", _) => Ok(None),
        (_, Some(service)) => Ok(Some(service)),
        (other, None) => Err(format!("provider: none is called {other}")),
    }
}

/// Back to the dashboard, or a line that says what was wrong.
fn done(result: Result<(), String>) -> Response {
    match result {
        Ok(()) => Redirect::to(HOME).into_response(),
        Err(message) => (StatusCode::BAD_REQUEST, message).into_response(),
    }
}

pub async fn add_fault(State(provider): Shared, Form(form): Form<FaultForm>) -> Response {
    let rule = || -> Result<Rule, String> {
        Ok(Rule {
            kind: form.kind,
            provider: service(&form.provider)?,
            operation: text(&form.operation),
            share: number(&form.share, "share")?,
            next: number(&form.next, "next")?,
            ms: number(&form.ms, "ms")?,
            path: text(&form.path),
            path_end: None,
            method: None,
            effect: form.effect.is_some(),
            hits: 0,
        })
    };
    done(rule().and_then(|rule| provider.faults.add(rule)))
}

/// A provider, and what its being down looks like; it comes back without it.
#[derive(Deserialize)]
pub struct DownForm {
    provider: Service,
    kind: Option<Kind>,
}

pub async fn set_down(State(provider): Shared, Form(form): Form<DownForm>) -> Response {
    provider.faults.down(form.provider, form.kind);
    done(Ok(()))
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct WebhookForm {
    provider: String,
    duplicate: String,
    duplicate_up_to: String,
    delay_ms: String,
    drop: String,
    reorder_ms: String,
    before_response: Option<String>,
}

pub async fn set_webhooks(State(provider): Shared, Form(form): Form<WebhookForm>) -> Response {
    let orders = || -> Result<Orders, String> {
        let rules = WebhookRules {
            duplicate: number(&form.duplicate, "duplicate")?.unwrap_or(0),
            duplicate_up_to: number(&form.duplicate_up_to, "up to")?.unwrap_or(0),
            delay_ms: number(&form.delay_ms, "delay")?.unwrap_or(0),
            drop: number(&form.drop, "drop")?.unwrap_or(0.0),
            reorder_ms: number(&form.reorder_ms, "reorder")?.unwrap_or(0),
            before_response: form.before_response.is_some(),
            ..WebhookRules::default()
        };
        let mut orders = Orders::default();
        match service(&form.provider)? {
            None => {
                orders.webhooks = Some(rules);
                orders.webhooks_of = Some([].into());
            }
            Some(service) => {
                let mut own = provider.faults.show().webhooks_of.unwrap_or_default();
                own.insert(service, rules);
                orders.webhooks_of = Some(own);
            }
        }
        Ok(orders)
    };
    done(orders().and_then(|orders| provider.faults.set(orders)))
}

#[derive(Deserialize)]
pub struct TargetForm {
    url: String,
}

pub async fn set_target(State(provider): Shared, Form(form): Form<TargetForm>) -> Response {
    let url = match form.url.trim() {
        "" => Ok(None),
        text => Url::parse(text)
            .map(Some)
            .map_err(|error| error.to_string()),
    };
    done(url.map(|url| aim(&provider, Targets::new(url))))
}

pub async fn clear(State(provider): Shared) -> Response {
    provider.faults.clear();
    done(Ok(()))
}

pub async fn resend(State(provider): Shared, Path(id): Path<String>) -> Response {
    let known = webhooks::resend(&provider, &id);
    done(
        known
            .then_some(())
            .ok_or_else(|| "no such event".to_owned()),
    )
}

pub async fn advance(State(provider): Shared, Path(code): Path<String>) -> Response {
    let advance = |books: &_| carrier::advance(books, &code, None, now(), &provider.origin);
    done(provider.change(advance).await.map_err(str::to_owned))
}
