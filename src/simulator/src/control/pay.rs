//! POST /simulator/pay: what a shopper does on a provider's page, in one call.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use serde::Deserialize;
use serde_json::json;

use super::refused;
use crate::{
    cards::Card,
    hosted::{Ended, card::pay_now},
    paypal::page::{Wish, answer},
    provider::Provider,
    store::model::Service,
};

const GOOD: &str = "4242424242424242";
const DECLINED: &str = "4000000000000002";

/// Which page, and what is done there: it is paid when nothing is said.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Order {
    /// The page's id, or its whole address.
    id: Option<String>,
    wish: Option<Wish>,
    /// A card to type on Stripe's page, instead of the one that fits the wish.
    card: Option<String>,
    email: Option<String>,
}

/// POST /simulator/pay {"id": …, "wish": "pay" | "decline" | "pending" | "cancel"}
pub async fn any(State(provider): State<Arc<Provider>>, body: Bytes) -> Response {
    match serde_json::from_slice::<Order>(&body) {
        Ok(Order { id: None, .. }) => refused(
            StatusCode::BAD_REQUEST,
            "id is missing: the id or the address of the page to pay",
        ),
        Ok(order) => done(&provider, order).await,
        Err(error) => refused(StatusCode::BAD_REQUEST, error),
    }
}

/// POST /simulator/pay/{id}: the same, with the id in the path and perhaps nothing in the body.
pub async fn one(
    State(provider): State<Arc<Provider>>,
    Path(id): Path<String>,
    body: Bytes,
) -> Response {
    let order = if body.is_empty() {
        Ok(Order::default())
    } else {
        serde_json::from_slice::<Order>(&body)
    };
    match order {
        Ok(order) => {
            let id = Some(id);
            done(&provider, Order { id, ..order }).await
        }
        Err(error) => refused(StatusCode::BAD_REQUEST, error),
    }
}

/// The id in a page's address, or the text itself.
fn page_id(text: &str) -> &str {
    let id = match text.split_once("token=") {
        Some((_, id)) => id,
        None => text.rsplit('/').next().unwrap_or(text),
    };
    id.split(['&', '#', '?']).next().unwrap_or(id)
}

async fn done(provider: &Provider, order: Order) -> Response {
    let id = page_id(order.id.as_deref().unwrap_or_default()).to_owned();
    let wish = order.wish.unwrap_or(Wish::Pay);
    let service = if provider.desk().books.paypal.orders.contains_key(&id) {
        Service::Paypal
    } else {
        Service::Stripe
    };
    if provider.faults.is_down(service) {
        let message = format!("{} is down, and so is its page", service.name());
        return refused(StatusCode::SERVICE_UNAVAILABLE, message);
    }
    let ended = match (service, wish) {
        (Service::Paypal, wish) => answer(provider, &id, wish, order.email).await,
        (_, Wish::Cancel) => {
            let session = provider.desk().books.sessions.get(&id).cloned();
            session.map_or(Ended::Unknown, |session| {
                Ended::Cancelled(session.cancel_url.unwrap_or_default())
            })
        }
        (_, wish) => {
            let usual = if wish == Wish::Decline {
                DECLINED
            } else {
                GOOD
            };
            match Card::typed(order.card.as_deref().unwrap_or(usual)) {
                Ok(card) => pay_now(provider, &id, &card, order.email).await,
                Err(message) => return refused(StatusCode::BAD_REQUEST, message),
            }
        }
    };
    let intent = || {
        let desk = provider.desk();
        desk.books
            .sessions
            .get(&id)
            .and_then(|session| session.intent.clone())
    };
    let outcome = |outcome: &str, url: &str| {
        Json(json!({
            "provider": service, "session": id, "payment_intent": intent(), "outcome": outcome, "redirect": url,
        }))
        .into_response()
    };
    match ended {
        Ended::Paid(url) => outcome("paid", &url),
        Ended::Cancelled(url) => outcome("cancelled", &url),
        Ended::Declined(message) => refused(StatusCode::PAYMENT_REQUIRED, message),
        Ended::Expired => refused(StatusCode::GONE, "the session has expired"),
        Ended::Unknown => refused(StatusCode::NOT_FOUND, "no such session"),
        Ended::Broken => refused(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the payment was not kept",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::page_id;

    #[test]
    fn a_page_is_named_by_its_id_or_its_address() {
        for text in [
            "cs_test_1",
            "http://127.0.0.1:4242/pay/cs_test_1",
            "http://127.0.0.1:4242/pay/cs_test_1?x=1#top",
            "http://127.0.0.1:4242/checkoutnow?token=cs_test_1&x=1",
        ] {
            assert_eq!(page_id(text), "cs_test_1", "{text}");
        }
    }
}
