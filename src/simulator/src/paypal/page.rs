//! The page on which a payer agrees to an order: three buttons, no script.

use std::sync::{Arc, atomic::Ordering};

use askama::Template;
use axum::{
    Form, Router,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
    routing::get,
};
use reqwest::Url;
use serde::Deserialize;

use super::{
    event::{Told, event},
    views::{Extent, OrderView, PAYER, page_url},
};
use crate::{
    hosted::{Ended, done, page, settled, unknown},
    money,
    provider::{Desk, Provider},
    store::model::{
        Cause, Change, now,
        paypal::{Funding, Order, OrderStatus, Touched},
    },
};

/// Who pays when nothing is said.
const USUAL_PAYER: &str = "buyer@example.com";

/// The routes of the page.
pub fn routes() -> Router<Arc<Provider>> {
    Router::new().route("/checkoutnow", get(show).post(submit))
}

#[derive(Deserialize)]
struct Which {
    #[serde(default)]
    token: String,
}

struct ItemText {
    name: String,
    quantity: i64,
    amount: String,
}

#[derive(Template)]
#[template(path = "approve.html")]
struct ApprovePage {
    shop: String,
    items: Vec<ItemText>,
    description: Option<String>,
    total: String,
    email: &'static str,
}

/// What the payer does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wish {
    Pay,
    /// Agrees, with a card that the bank refuses when the shop captures.
    Decline,
    /// Agrees, with money that PayPal looks at first.
    Pending,
    Cancel,
}

async fn show(State(provider): State<Arc<Provider>>, Query(which): Query<Which>) -> Response {
    if provider.autopay.load(Ordering::Acquire)
        && let Ended::Paid(url) = answer(&provider, &which.token, Wish::Pay, None).await
    {
        return Redirect::to(&url).into_response();
    }
    let order = provider
        .desk()
        .books
        .paypal
        .orders
        .get(&which.token)
        .cloned();
    let Some(order) = order else {
        return unknown(&provider);
    };
    if matches!(order.status, OrderStatus::Approved | OrderStatus::Completed) {
        return done(&provider, return_url(&provider, &order));
    }
    let text = |amount| money::format(amount, &order.currency);
    let items = order.items.iter().map(|item| ItemText {
        name: item.name.clone(),
        quantity: item.quantity,
        amount: text(item.amount.saturating_mul(item.quantity)),
    });
    page(
        StatusCode::OK,
        &ApprovePage {
            shop: order
                .brand
                .clone()
                .unwrap_or_else(|| provider.settings.shop_name.clone()),
            items: items.collect(),
            description: order.description.clone(),
            total: text(order.amount),
            email: USUAL_PAYER,
        },
    )
}

#[derive(Deserialize)]
struct Pressed {
    wish: Wish,
    #[serde(default)]
    email: String,
}

async fn submit(
    State(provider): State<Arc<Provider>>,
    Query(which): Query<Which>,
    Form(pressed): Form<Pressed>,
) -> Response {
    let email = Some(pressed.email.trim().to_owned()).filter(|email| email.contains('@'));
    match answer(&provider, &which.token, pressed.wish, email).await {
        Ended::Paid(url) | Ended::Cancelled(url) => Redirect::to(&url).into_response(),
        Ended::Unknown | Ended::Expired => unknown(&provider),
        Ended::Declined(_) | Ended::Broken => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// Does what the payer wishes, for the page and for the control API.
pub async fn answer(provider: &Provider, id: &str, wish: Wish, email: Option<String>) -> Ended {
    settled(provider, |desk| decide(provider, desk, id, wish, email)).await
}

fn decide(
    provider: &Provider,
    desk: &Desk,
    id: &str,
    wish: Wish,
    email: Option<String>,
) -> (Option<Change>, Ended) {
    let Some(order) = desk.books.paypal.orders.get(id) else {
        return (None, Ended::Unknown);
    };
    let back = return_url(provider, order);
    if matches!(order.status, OrderStatus::Approved | OrderStatus::Completed) {
        return (None, Ended::Paid(back));
    }
    let funding = match wish {
        Wish::Pay => Funding::Good,
        Wish::Decline => Funding::Declined,
        Wish::Pending => Funding::Pending,
        Wish::Cancel => {
            let url = order.cancel_url.as_deref();
            let fallback = page_url(&provider.origin, id);
            let url = with_query(url.unwrap_or(&fallback), &[("token", id)]);
            return (None, Ended::Cancelled(url));
        }
    };
    let at = now();
    let mut order = order.clone();
    order.status = OrderStatus::Approved;
    order.updated = at;
    order.funding = funding;
    order.payer = Some(email.unwrap_or_else(|| USUAL_PAYER.to_owned()));
    let mut change = Change::new(at, Cause::OrderApproved);
    let view = OrderView::new(
        &order,
        None,
        &desk.books.paypal,
        &provider.origin,
        Extent::Whole,
    );
    match event(Told::Approved, &view, at, &provider.origin) {
        Ok(event) => change.events.push(event),
        Err(_) => return (None, Ended::Broken),
    }
    change.paypal = Some(Box::new(Touched {
        order: Some(order),
        ..Touched::default()
    }));
    (Some(change), Ended::Paid(back))
}

/// Where the payer goes after agreeing: the shop's address with `token` and `PayerID`.
fn return_url(provider: &Provider, order: &Order) -> String {
    let fallback = page_url(&provider.origin, &order.id);
    let url = order.return_url.as_deref().unwrap_or(&fallback);
    with_query(url, &[("token", &order.id), ("PayerID", PAYER)])
}

fn with_query(url: &str, pairs: &[(&str, &str)]) -> String {
    match Url::parse(url) {
        Ok(mut url) => {
            url.query_pairs_mut().extend_pairs(pairs);
            url.into()
        }
        // Held against the same parser when the order was made.
        Err(_) => url.to_owned(),
    }
}
