//! The hosted payment page: plain HTML, one form, no script.

use std::sync::Arc;

use askama::Template;
use axum::{
    Form, Router,
    extract::{Path, State},
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse as _, Redirect, Response},
    routing::get,
};
use serde::Deserialize;

use crate::{
    cards::Card,
    money, pay,
    provider::Provider,
    store::model::{Session, SessionStatus, now},
};

const STYLE: &str = include_str!("../templates/style.css");
const FIRST_CARD: &str = "4242 4242 4242 4242";

/// What the pages may load: their own stylesheet.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'";

/// The routes of the page.
pub fn routes() -> Router<Arc<Provider>> {
    Router::new()
        .route("/pay/{id}", get(show).post(submit))
        .route("/pay/style.css", get(style))
        .route("/favicon.ico", get(|| async { StatusCode::NO_CONTENT }))
}

async fn style() -> Response {
    (
        [
            (header::CONTENT_TYPE, "text/css; charset=utf-8"),
            (header::CACHE_CONTROL, "max-age=300"),
        ],
        STYLE,
    )
        .into_response()
}

struct LineText {
    name: String,
    quantity: i64,
    amount: String,
}

#[derive(Template)]
#[template(path = "pay.html")]
struct PayPage {
    shop: String,
    lines: Vec<LineText>,
    total: String,
    cancel_url: Option<String>,
    email: String,
    ask_email: bool,
    typed: Typed,
    error: Option<String>,
}

#[derive(Template)]
#[template(path = "notice.html")]
struct Notice {
    shop: String,
    title: &'static str,
    text: &'static str,
    link: Option<String>,
    label: &'static str,
}

/// What the shopper typed.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Typed {
    email: String,
    card_number: String,
    expiry: String,
    cvc: String,
}

impl Typed {
    /// What the form holds before anything is typed: a card that works.
    fn prefilled() -> Self {
        Self {
            email: String::new(),
            card_number: FIRST_CARD.to_owned(),
            expiry: "12 / 34".to_owned(),
            cvc: "123".to_owned(),
        }
    }
}

/// Renders a page with the headers that all of ours carry.
pub fn page(status: StatusCode, template: &impl Template) -> Response {
    let Ok(html) = template.render() else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let mut response = (status, Html(html)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(POLICY),
    );
    response
}

fn pay_page(
    provider: &Provider,
    session: &Session,
    typed: Typed,
    error: Option<String>,
) -> Response {
    let text = |amount| money::format(amount, &session.currency);
    page(
        StatusCode::OK,
        &PayPage {
            shop: provider.settings.shop_name.clone(),
            lines: session
                .lines
                .iter()
                .map(|line| LineText {
                    name: line.name.clone(),
                    quantity: line.quantity,
                    amount: text(line.unit_amount.saturating_mul(line.quantity)),
                })
                .collect(),
            total: text(session.amount_total),
            cancel_url: session.cancel_url.clone(),
            email: session.customer_email.clone().unwrap_or_default(),
            ask_email: session.customer_email.is_none(),
            typed,
            error,
        },
    )
}

fn unknown(provider: &Provider) -> Response {
    let notice = Notice {
        shop: provider.settings.shop_name.clone(),
        title: "No such payment",
        text: "This link leads to no payment. Please go back to the shop and try again.",
        link: None,
        label: "",
    };
    page(StatusCode::NOT_FOUND, &notice)
}

fn expired(provider: &Provider, session: Option<&Session>) -> Response {
    let notice = Notice {
        shop: provider.settings.shop_name.clone(),
        title: "This payment link has expired",
        text: "Nothing was charged. Please go back to the shop to start again.",
        link: session.and_then(|session| session.cancel_url.clone()),
        label: "Return to the shop",
    };
    page(StatusCode::GONE, &notice)
}

async fn show(State(provider): State<Arc<Provider>>, Path(id): Path<String>) -> Response {
    let session = provider.desk().books.sessions.get(&id).cloned();
    let Some(session) = session else {
        return unknown(&provider);
    };
    match session.status {
        SessionStatus::Open if session.expires_at > now() => {
            pay_page(&provider, &session, Typed::prefilled(), None)
        }
        SessionStatus::Open | SessionStatus::Expired => expired(&provider, Some(&session)),
        SessionStatus::Complete => {
            let notice = Notice {
                shop: provider.settings.shop_name.clone(),
                title: "This payment is done",
                text: "You have paid already, and nothing more will be charged.",
                link: Some(pay::success_url(&session)),
                label: "Return to the shop",
            };
            page(StatusCode::OK, &notice)
        }
    }
}

async fn submit(
    State(provider): State<Arc<Provider>>,
    Path(id): Path<String>,
    Form(typed): Form<Typed>,
) -> Response {
    let session = provider.desk().books.sessions.get(&id).cloned();
    let Some(session) = session else {
        return unknown(&provider);
    };
    let card = match read(&typed) {
        Ok(card) => card,
        Err(message) if session.status == SessionStatus::Open => {
            return pay_page(&provider, &session, typed, Some(message.to_owned()));
        }
        // A closed session says that it is closed, whatever was typed.
        Err(_) => return show(State(provider), Path(id)).await,
    };
    let email = Some(typed.email.trim().to_owned()).filter(|email| email.contains('@'));
    match pay_now(&provider, &id, &card, email).await {
        Ended::Paid(url) => Redirect::to(&url).into_response(),
        Ended::Declined(message) => pay_page(&provider, &session, typed, Some(message)),
        Ended::Expired => expired(&provider, Some(&session)),
        Ended::Unknown => unknown(&provider),
        Ended::Broken => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// The card, if the form is filled in as a card form should be.
fn read(typed: &Typed) -> Result<Card, &'static str> {
    let card = Card::typed(&typed.card_number)?;
    let (month, year) = typed
        .expiry
        .split_once('/')
        .and_then(|(month, year)| {
            Some((
                month.trim().parse::<i32>().ok()?,
                year.trim().parse::<i32>().ok()?,
            ))
        })
        .filter(|(month, year)| (1..=12).contains(month) && (0..=2999).contains(year))
        .ok_or("Your card's expiration date is incomplete.")?;
    let year = if year < 100 { 2000 + year } else { year };
    let today = time::OffsetDateTime::now_utc();
    if (year, month) < (today.year(), i32::from(u8::from(today.month()))) {
        return Err("Your card's expiration year is in the past.");
    }
    let cvc = typed.cvc.trim();
    if !(3..=4).contains(&cvc.len()) || !cvc.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("Your card's security code is incomplete.");
    }
    Ok(card)
}

/// How an attempt to pay ended.
pub enum Ended {
    /// Paid, now or before; where the shopper goes.
    Paid(String),
    Declined(String),
    Expired,
    Unknown,
    Broken,
}

/// Pays a session, once and durably, for the page and for the control API.
pub async fn pay_now(provider: &Provider, id: &str, card: &Card, email: Option<String>) -> Ended {
    let (committed, declined, url) = {
        let mut desk = provider.desk();
        let paid = pay::session(&desk.books, id, card, email, now(), &provider.origin);
        let url = desk
            .books
            .sessions
            .get(id)
            .map(pay::success_url)
            .unwrap_or_default();
        let (change, declined) = match paid {
            Ok(pay::Payment::Done(change)) => (change, None),
            Ok(pay::Payment::Declined(change, message)) => (change, Some(message)),
            Ok(pay::Payment::Already) => return Ended::Paid(url),
            Err(pay::Refusal::Unknown) => return Ended::Unknown,
            Err(pay::Refusal::Expired) => return Ended::Expired,
            Err(pay::Refusal::Broken) => return Ended::Broken,
        };
        match provider.commit(&mut desk, change) {
            Ok(committed) => (committed, declined, url),
            Err(error) => {
                tracing::error!(%error, "the ledger refused a payment");
                return Ended::Broken;
            }
        }
    };
    if !provider.finish(committed).await {
        return Ended::Broken;
    }
    match declined {
        Some(message) => Ended::Declined(message),
        None => Ended::Paid(url),
    }
}
