//! The dashboard: what happened, and forms to make things go wrong. Plain HTML.

use std::sync::Arc;

use askama::Template;
use axum::{
    Form, Router,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use reqwest::Url;
use serde::Deserialize;

use crate::{
    control::{
        aim,
        ledger::{Sums, sums},
    },
    faults::{Kind, Orders, Rule, WebhookRules},
    hosted::page,
    money,
    provider::Provider,
    store::model::{DeliveryState, Service, SessionStatus},
    webhooks::{self, target::Targets},
};

/// How many of each kind the page shows.
const SHOWN: usize = 25;
const HOME: &str = "/simulator/dashboard";

type Shared = State<Arc<Provider>>;

/// The routes of the dashboard.
pub fn routes() -> Router<Arc<Provider>> {
    Router::new()
        .route("/", get(|| async { Redirect::to(HOME) }))
        .route(HOME, get(show))
        .route("/simulator/dashboard/fault", post(add_fault))
        .route("/simulator/dashboard/webhooks", post(set_webhooks))
        .route("/simulator/dashboard/target", post(set_target))
        .route("/simulator/dashboard/clear", post(clear))
        .route("/simulator/dashboard/resend/{id}", post(resend))
}

struct SessionRow {
    id: String,
    at: String,
    reference: String,
    amount: String,
    status: &'static str,
    open: bool,
}

struct ChargeRow {
    id: String,
    at: String,
    intent: String,
    card: String,
    amount: String,
    refunded: String,
    state: &'static str,
}

struct EventRow {
    id: String,
    at: String,
    kind: String,
    state: &'static str,
    attempts: u32,
    status: String,
}

struct RuleRow {
    what: &'static str,
    whom: String,
    hits: u64,
}

#[derive(Template)]
#[template(path = "dashboard.html")]
struct Dashboard {
    shop: String,
    totals: Vec<String>,
    counts: String,
    target: String,
    rules: Vec<RuleRow>,
    webhooks: WebhookRules,
    sessions: Vec<SessionRow>,
    charges: Vec<ChargeRow>,
    events: Vec<EventRow>,
}

fn clock(seconds: i64) -> String {
    time::OffsetDateTime::from_unix_timestamp(seconds).map_or_else(
        |_| seconds.to_string(),
        |at| {
            let (hour, minute, second) = at.to_hms();
            format!("{} {hour:02}:{minute:02}:{second:02}", at.date())
        },
    )
}

async fn show(State(provider): Shared) -> Response {
    page(StatusCode::OK, &draw(&provider))
}

fn draw(provider: &Provider) -> Dashboard {
    let faults = provider.faults.show();
    let rules = faults.requests.unwrap_or_default();
    let desk = provider.desk();
    let books = &desk.books;
    let sessions = books
        .sessions
        .values()
        .rev()
        .take(SHOWN)
        .map(|session| SessionRow {
            id: session.id.clone(),
            at: clock(session.created),
            reference: session.client_reference_id.clone().unwrap_or_default(),
            amount: money::format(session.amount_total, &session.currency),
            status: match session.status {
                SessionStatus::Open => "open",
                SessionStatus::Complete => "complete",
                SessionStatus::Expired => "expired",
            },
            open: session.status == SessionStatus::Open,
        });
    let charges = books
        .charges
        .values()
        .rev()
        .take(SHOWN)
        .map(|charge| ChargeRow {
            id: charge.id.clone(),
            at: clock(charge.created),
            intent: charge.intent.clone(),
            card: format!("{} {}", charge.card.brand, charge.card.last4),
            amount: money::format(charge.amount, &charge.currency),
            refunded: match charge.amount_refunded {
                0 => String::new(),
                amount => money::format(amount, &charge.currency),
            },
            state: match (charge.failure.is_some(), charge.captured) {
                (true, _) => "declined",
                (false, true) => "captured",
                (false, false) => "authorised",
            },
        });
    let events = books
        .events
        .iter()
        .rev()
        .take(SHOWN)
        .map(|(id, event)| EventRow {
            id: id.clone(),
            at: clock(event.created),
            kind: event.kind.clone(),
            state: match event.state {
                DeliveryState::Pending => "pending",
                DeliveryState::Delivered => "delivered",
                DeliveryState::Dropped => "dropped",
                DeliveryState::GivenUp => "given up",
                DeliveryState::Unwanted => "not wanted",
            },
            attempts: event.attempts,
            status: event
                .status
                .map_or_else(String::new, |status| status.to_string()),
        });
    let total = |(currency, sums): (&String, &Sums)| {
        format!(
            "{} in {} captures, {} in {} refunds",
            money::format(sums.captured, currency),
            sums.captures,
            money::format(sums.refunded, currency),
            sums.refunds
        )
    };
    Dashboard {
        shop: provider.settings.shop_name.clone(),
        totals: sums(books).0.iter().map(total).collect(),
        counts: format!(
            "{} sessions, {} charges, {} refunds, {} events",
            books.sessions.len(),
            books.charges.len(),
            books.refunds.len(),
            books.events.len()
        ),
        target: provider
            .target(Service::Stripe)
            .map_or_else(String::new, String::from),
        rules: rules.iter().map(rule_row).collect(),
        webhooks: faults.webhooks.unwrap_or_default(),
        sessions: sessions.collect(),
        charges: charges.collect(),
        events: events.collect(),
    }
}

fn rule_row(rule: &Rule) -> RuleRow {
    let how_many = match (rule.next, rule.share) {
        (Some(next), _) => format!("the next {next}"),
        (None, Some(share)) => format!("{share} of"),
        (None, None) => "all".to_owned(),
    };
    RuleRow {
        what: match rule.kind {
            Kind::Slow => "slow",
            Kind::Status500 => "500",
            Kind::Reset => "reset",
            Kind::Garbage => "garbage",
            Kind::Trickle => "one byte at a time",
            Kind::ChargeThenTimeout => "charge, then time out",
        },
        whom: format!("{how_many} requests to {}", rule.path),
        hits: rule.hits,
    }
}

/// The form for one more rule; empty fields count as not filled in.
#[derive(Deserialize)]
struct FaultForm {
    kind: Kind,
    #[serde(default)]
    share: String,
    #[serde(default)]
    next: String,
    #[serde(default)]
    ms: String,
    #[serde(default)]
    path: String,
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

/// Back to the dashboard, or a line that says what was wrong.
fn done(result: Result<(), String>) -> Response {
    match result {
        Ok(()) => Redirect::to(HOME).into_response(),
        Err(message) => (StatusCode::BAD_REQUEST, message).into_response(),
    }
}

async fn add_fault(State(provider): Shared, Form(form): Form<FaultForm>) -> Response {
    let rule = || -> Result<Rule, String> {
        Ok(Rule {
            kind: form.kind,
            share: number(&form.share, "share")?,
            next: number(&form.next, "next")?,
            ms: number(&form.ms, "ms")?,
            path: if form.path.is_empty() {
                "/v1/".to_owned()
            } else {
                form.path
            },
            path_end: None,
            method: None,
            effect: false,
            hits: 0,
        })
    };
    done(rule().and_then(|rule| provider.faults.add(rule).map_err(str::to_owned)))
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct WebhookForm {
    duplicate: String,
    delay_ms: String,
    drop: String,
    reorder_ms: String,
    before_response: Option<String>,
}

async fn set_webhooks(State(provider): Shared, Form(form): Form<WebhookForm>) -> Response {
    let orders = || -> Result<Orders, String> {
        Ok(Orders {
            webhooks: Some(WebhookRules {
                duplicate: number(&form.duplicate, "duplicate")?.unwrap_or(0),
                delay_ms: number(&form.delay_ms, "delay")?.unwrap_or(0),
                drop: number(&form.drop, "drop")?.unwrap_or(0.0),
                reorder_ms: number(&form.reorder_ms, "reorder")?.unwrap_or(0),
                before_response: form.before_response.is_some(),
            }),
            ..Orders::default()
        })
    };
    done(orders().and_then(|orders| provider.faults.set(orders).map_err(str::to_owned)))
}

#[derive(Deserialize)]
struct TargetForm {
    url: String,
}

async fn set_target(State(provider): Shared, Form(form): Form<TargetForm>) -> Response {
    let url = match form.url.trim() {
        "" => Ok(None),
        text => Url::parse(text)
            .map(Some)
            .map_err(|error| error.to_string()),
    };
    done(url.map(|url| aim(&provider, Targets::new(url))))
}

async fn clear(State(provider): Shared) -> Response {
    provider.faults.clear();
    done(Ok(()))
}

async fn resend(State(provider): Shared, Path(id): Path<String>) -> Response {
    let known = webhooks::resend(&provider, &id);
    done(
        known
            .then_some(())
            .ok_or_else(|| "no such event".to_owned()),
    )
}
