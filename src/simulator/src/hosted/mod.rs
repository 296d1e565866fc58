//! The pages that shoppers see: plain HTML, one form, no script.

pub mod card;

use std::sync::Arc;

use askama::Template;
use axum::{
    Router,
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse as _, Response},
    routing::get,
};

use crate::{
    provider::{Desk, Provider},
    store::model::Change,
};

const STYLE: &str = include_str!("../../templates/style.css");

/// What the pages may load: their own stylesheet.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'";

/// The routes of the pages.
pub fn routes() -> Router<Arc<Provider>> {
    Router::new()
        .merge(card::routes())
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

/// A page that says one thing.
#[derive(Template)]
#[template(path = "notice.html")]
pub struct Notice {
    pub shop: String,
    pub title: &'static str,
    pub text: &'static str,
    pub link: Option<String>,
    pub label: &'static str,
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

/// The page for a link that leads nowhere.
pub fn unknown(provider: &Provider) -> Response {
    let notice = Notice {
        shop: provider.settings.shop_name.clone(),
        title: "No such payment",
        text: "This link leads to no payment. Please go back to the shop and try again.",
        link: None,
        label: "",
    };
    page(StatusCode::NOT_FOUND, &notice)
}

/// The page for what is paid already.
pub fn done(provider: &Provider, back: String) -> Response {
    let notice = Notice {
        shop: provider.settings.shop_name.clone(),
        title: "This payment is done",
        text: "You have paid already, and nothing more will be charged.",
        link: Some(back),
        label: "Return to the shop",
    };
    page(StatusCode::OK, &notice)
}

/// How an attempt to pay ended.
pub enum Ended {
    /// Paid or agreed to, now or before; where the shopper goes.
    Paid(String),
    /// Refused on the page, where another try may follow.
    Declined(String),
    /// The shopper turned back; where to.
    Cancelled(String),
    Expired,
    Unknown,
    Broken,
}

/// Does what a shopper does on a page, once and durably: `act` says what changes and how it ends.
pub async fn settled(
    provider: &Provider,
    act: impl FnOnce(&Desk) -> (Option<Change>, Ended),
) -> Ended {
    let (committed, ended) = {
        let mut desk = provider.desk();
        match act(&desk) {
            (None, ended) => return ended,
            (Some(change), ended) => match provider.commit(&mut desk, change) {
                Ok(committed) => (committed, ended),
                Err(error) => {
                    tracing::error!(%error, "the ledger refused a payment");
                    return Ended::Broken;
                }
            },
        }
    };
    if provider.finish(committed).await {
        ended
    } else {
        Ended::Broken
    }
}
