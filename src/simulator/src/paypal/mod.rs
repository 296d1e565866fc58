//! PayPal's REST API: tokens, Orders v2, captures and their refunds, and the check of webhooks' signatures
//! (<https://developer.paypal.com/docs/api/orders/v2/>, <https://developer.paypal.com/docs/api/payments/v2/>).
//!
//! The account's block on a second payment of one invoice id is off unless asked for: it would hide from tests that a
//! shop captures twice.

mod amount;
mod breakdown;
mod captures;
pub mod error;
mod event;
mod notifications;
mod orders;
pub mod page;
mod refunds;
mod token;
mod views;

use std::sync::Arc;

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Path, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse as _, Response},
    routing::{any, get, post},
};

use crate::{
    api::{self, Decided, Failure, Key, Reply},
    provider::Provider,
    store::{
        books::Books,
        model::{Change, Stored, now},
    },
};
pub use captures::settle;
use error::{Issue, PaypalError, debug_id};
pub use notifications::{backdated, headers};

/// What an operation is told about its request.
pub struct Ask<'a> {
    /// The object named in the path, or nothing.
    pub id: &'a str,
    /// Seconds since 1970.
    pub at: i64,
    pub origin: &'a str,
    /// Whether PayPal takes one payment for an invoice id, as its accounts are set at first.
    pub one_per_invoice: bool,
    /// Whether `Prefer: return=representation` asks for the whole object.
    pub whole: bool,
}

type Write = fn(&Books, &Ask<'_>, &[u8]) -> Result<(Change, Reply), PaypalError>;
type Read = fn(&Books, &Ask<'_>) -> Result<Reply, PaypalError>;
type Shared = State<Arc<Provider>>;

/// The routes of the API and of the page that payers see.
pub fn routes() -> Router<Arc<Provider>> {
    Router::new()
        .route("/v1/oauth2/token", post(token::give))
        .route(
            "/v1/notifications/verify-webhook-signature",
            post(notifications::verify),
        )
        .route("/v2/checkout/orders", post(writing(orders::create)))
        .route("/v2/checkout/orders/{id}", get(reading(orders::find)))
        .route(
            "/v2/checkout/orders/{id}/capture",
            post(writing(captures::create)),
        )
        .route("/v2/payments/captures/{id}", get(reading(captures::find)))
        .route(
            "/v2/payments/captures/{id}/refund",
            post(writing(refunds::create)),
        )
        .route("/v2/payments/refunds/{id}", get(reading(refunds::find)))
        .route("/v2/checkout/{*rest}", any(unknown))
        .route("/v2/payments/{*rest}", any(unknown))
        .merge(page::routes())
}

async fn unknown(State(provider): Shared, headers: HeaderMap) -> Response {
    match token::authorise(&provider, &headers) {
        Ok(()) => PaypalError::missing().into_response(),
        Err(refused) => refused.into_response(),
    }
}

fn reading(
    operation: Read,
) -> impl Fn(Shared, Option<Path<String>>, HeaderMap) -> std::future::Ready<Response> + Clone {
    move |State(provider), id, headers| {
        let ask = Ask {
            id: id.as_ref().map_or("", |Path(id)| id),
            at: now(),
            origin: &provider.origin,
            one_per_invoice: true,
            whole: true,
        };
        std::future::ready(match token::authorise(&provider, &headers) {
            Ok(()) => operation(&provider.desk().books, &ask)
                .map_or_else(PaypalError::into_response, respond),
            Err(refused) => refused.into_response(),
        })
    }
}

fn writing(
    operation: Write,
) -> impl Fn(
    Shared,
    Option<Path<String>>,
    Uri,
    HeaderMap,
    Bytes,
) -> futures::future::BoxFuture<'static, Response>
+ Clone {
    move |State(provider), id, uri, headers, body| {
        Box::pin(async move {
            if let Err(refused) = token::authorise(&provider, &headers) {
                return refused.into_response();
            }
            let id = id.map_or_else(String::new, |Path(id)| id);
            let decided = match decide(&provider, operation, &id, &uri, &headers, &body) {
                Ok(decided) => decided,
                Err(error) => return error.into_response(),
            };
            match decided.told(&provider).await {
                // What was made before is not made now.
                Some((reply, true)) => respond(reply.status(200)),
                Some((reply, false)) => respond(reply),
                None => PaypalError::ours().into_response(),
            }
        })
    }
}

fn decide(
    provider: &Provider,
    operation: Write,
    id: &str,
    uri: &Uri,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Decided, PaypalError> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let key = match text("paypal-request-id") {
        Some(key) if key.len() > 108 => {
            return Err(PaypalError::malformed(Issue::new(
                "INVALID_STRING_LENGTH",
                "The value of a field is either too short or too long.",
            )));
        }
        key => key.filter(|key| !key.is_empty()),
    };
    let ask = Ask {
        id,
        at: now(),
        origin: &provider.origin,
        one_per_invoice: provider.settings.paypal_one_per_invoice,
        whole: text("prefer").is_some_and(|wish| wish.contains("return=representation")),
    };
    // A key counts for one kind of call: `/orders` and `/orders/{id}/capture` may share theirs.
    let kind = uri.path().rsplit('/').next().unwrap_or_default();
    let key = key.map(|key| Key {
        name: format!("paypal {kind} {key}"),
        fingerprint: api::fingerprint("POST", uri.path(), body),
    });
    api::once(
        provider,
        key,
        |books| operation(books, &ask, body),
        |_, stored| match stored {
            Stored::Body { status, body } => Ok(Reply::of(*status, body.clone().into_bytes())),
            Stored::Session(_) => Err(PaypalError::ours()),
        },
    )
    .map_err(|failure| match failure {
        Failure::Refused(error) => error,
        Failure::KeyReused => PaypalError::unprocessable(Issue::new(
            "DUPLICATE_REQUEST_ID",
            "The value of PayPal-Request-Id header has already been used. Please specify a different value.",
        )),
        Failure::Ledger => PaypalError::ours(),
    })
}

/// Reads a body; one that is empty counts as `{}`.
///
/// # Errors
/// No JSON, or of another shape.
fn read<'a, T: serde::Deserialize<'a>>(body: &'a [u8]) -> Result<T, PaypalError> {
    let body = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(body).map_err(|_| {
        PaypalError::malformed(Issue::new(
            "MALFORMED_REQUEST_JSON",
            "The request JSON is not well formed.",
        ))
    })
}

/// A text within its length, if there is one.
///
/// # Errors
/// Empty or too long.
fn short(text: Option<String>, name: &str, most: usize) -> Result<Option<String>, PaypalError> {
    match text {
        Some(text) if text.is_empty() || text.chars().count() > most => {
            Err(PaypalError::malformed(
                Issue::new(
                    "INVALID_STRING_LENGTH",
                    "The value of a field is either too short or too long.",
                )
                .at(name, &text),
            ))
        }
        text => Ok(text),
    }
}

fn respond(reply: Reply) -> Response {
    let mut response = Body::from(reply.body).into_response();
    *response.status_mut() =
        StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("max-age=0, no-cache, no-store, must-revalidate"),
    );
    if let Ok(id) = HeaderValue::from_str(&debug_id()) {
        headers.insert(HeaderName::from_static("paypal-debug-id"), id);
    }
    response
}
