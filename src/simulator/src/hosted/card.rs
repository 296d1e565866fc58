//! Stripe's payment page: a card's number, its expiry and its code.

use std::sync::{Arc, atomic::Ordering};

use askama::Template;
use axum::{
    Form, Router,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
    routing::get,
};
use serde::Deserialize;

use super::{Ended, Notice, done, page, settled, unknown};
use crate::{
    cards::Card,
    money, pay,
    provider::Provider,
    store::model::{Session, SessionStatus, now},
};

const FIRST_CARD: &str = "4242 4242 4242 4242";

/// The routes of the page.
pub fn routes() -> Router<Arc<Provider>> {
    Router::new().route("/pay/{id}", get(show).post(submit))
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
    if provider.autopay.load(Ordering::Acquire)
        && let Ok(card) = Card::typed(FIRST_CARD)
        && let Ended::Paid(url) = pay_now(&provider, &id, &card, None).await
    {
        return Redirect::to(&url).into_response();
    }
    let session = provider.desk().books.sessions.get(&id).cloned();
    let Some(session) = session else {
        return unknown(&provider);
    };
    match session.status {
        SessionStatus::Open if session.expires_at > now() => {
            pay_page(&provider, &session, Typed::prefilled(), None)
        }
        SessionStatus::Open | SessionStatus::Expired => expired(&provider, Some(&session)),
        SessionStatus::Complete => done(&provider, pay::success_url(&session)),
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
        Ended::Paid(url) | Ended::Cancelled(url) => Redirect::to(&url).into_response(),
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

/// Pays a session, for the page and for the control API.
pub async fn pay_now(provider: &Provider, id: &str, card: &Card, email: Option<String>) -> Ended {
    settled(provider, |desk| {
        let url = desk
            .books
            .sessions
            .get(id)
            .map(pay::success_url)
            .unwrap_or_default();
        match pay::session(&desk.books, id, card, email, now(), &provider.origin) {
            Ok(pay::Payment::Done(change)) => (Some(change), Ended::Paid(url)),
            Ok(pay::Payment::Declined(change, message)) => (Some(change), Ended::Declined(message)),
            Ok(pay::Payment::Already) => (None, Ended::Paid(url)),
            Err(pay::Refusal::Unknown) => (None, Ended::Unknown),
            Err(pay::Refusal::Expired) => (None, Ended::Expired),
            Err(pay::Refusal::Broken) => (None, Ended::Broken),
        }
    })
    .await
}
