//! Stripe's HTTP API: who asks, what was asked before under the same key, and how answers look.
//!
//! An operation is a plain function from the books to a change and a reply. Here it is run under the lock, written
//! together with its idempotency key, and answered once it is durable.

pub mod checkout;
mod customers;
pub mod error;
pub mod event;
pub mod form;
pub mod intents;
pub mod lists;
pub mod refunds;
pub mod views;

use std::sync::Arc;

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Path, RawQuery, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse as _, Response},
    routing::{MethodRouter, get, post},
};
use base64::Engine as _;
use serde::Serialize;

use crate::{
    api::{self, Decided, Failure, Key, Reply},
    provider::{Desk, Provider},
    store::{
        books::Books,
        model::{Change, Event, PaymentStatus, SessionStatus, Stored, new_id, now},
    },
};
use error::StripeError;
use form::Form;

/// What an operation is told about its request.
pub struct Ask<'a> {
    /// The object named in the path, or nothing.
    pub id: &'a str,
    /// Seconds since 1970.
    pub at: i64,
    pub request: &'a str,
    pub key: Option<&'a str>,
    pub origin: &'a str,
}

impl Ask<'_> {
    fn event<T: Serialize>(&self, kind: &str, object: &T) -> Result<Event, StripeError> {
        event::event(kind, object, self.at, Some(self.request), self.key)
            .map_err(|_| StripeError::ours())
    }
}

/// An answer that shows an object.
///
/// # Errors
/// The object can't be written as JSON.
fn shown(view: &impl Serialize) -> Result<Reply, StripeError> {
    Reply::json(view).map_err(|_| StripeError::ours())
}

/// An error answer; one that is the outcome of something done is kept under the request's key.
fn refused(error: &StripeError) -> Reply {
    Reply::of(error.status(), error.body())
}

type Write = fn(&Books, &Ask<'_>, Form) -> Result<(Change, Reply), StripeError>;
type Read = fn(&Desk, &Ask<'_>, Form) -> Result<Reply, StripeError>;
type Shared = State<Arc<Provider>>;

/// The routes under `/v1`.
pub fn routes() -> Router<Arc<Provider>> {
    let read = |operation| get(reading(operation));
    let write = |operation| post(writing(operation));
    let both =
        |list: Read, make: Write| -> MethodRouter<Arc<Provider>> { read(list).merge(write(make)) };
    Router::new()
        .route(
            "/v1/checkout/sessions",
            both(lists::sessions, checkout::open),
        )
        .route("/v1/checkout/sessions/{id}", read(checkout::find))
        .route(
            "/v1/checkout/sessions/{id}/line_items",
            read(checkout::lines),
        )
        .route("/v1/checkout/sessions/{id}/expire", write(checkout::expire))
        .route("/v1/payment_intents", both(lists::intents, intents::create))
        .route("/v1/payment_intents/{id}", read(intents::find))
        .route("/v1/payment_intents/{id}/confirm", write(intents::confirm))
        .route("/v1/payment_intents/{id}/capture", write(intents::capture))
        .route("/v1/payment_intents/{id}/cancel", write(intents::cancel))
        .route("/v1/customers", write(customers::create))
        .route("/v1/customers/{id}", read(customers::find))
        .route(
            "/v1/customers/{id}/payment_methods",
            read(customers::methods),
        )
        .route("/v1/charges", read(lists::charges))
        .route("/v1/charges/{id}", read(lists::charge))
        .route("/v1/refunds", both(lists::refunds, refunds::create))
        .route("/v1/refunds/{id}", read(refunds::find))
        .route("/v1/events", read(lists::events))
        .route("/v1/events/{id}", read(lists::event))
        .route("/v1/{*rest}", axum::routing::any(unrecognised))
        .method_not_allowed_fallback(unrecognised)
}

async fn unrecognised(
    State(provider): Shared,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let error = authorise(&provider, &headers)
        .err()
        .unwrap_or_else(|| StripeError::unrecognised(method.as_str(), uri.path()));
    respond(&new_id("req_"), &headers, refused(&error), false)
}

/// Bearer or Basic, as Stripe takes both.
fn authorise(provider: &Provider, headers: &HeaderMap) -> Result<(), StripeError> {
    let given = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '));
    let key = match given {
        Some((scheme, key)) if scheme.eq_ignore_ascii_case("bearer") => key.trim().to_owned(),
        Some((scheme, pair)) if scheme.eq_ignore_ascii_case("basic") => {
            let pair = base64::engine::general_purpose::STANDARD
                .decode(pair.trim())
                .unwrap_or_default();
            let pair = String::from_utf8_lossy(&pair);
            pair.split_once(':')
                .map_or(&*pair, |(key, _)| key)
                .to_owned()
        }
        _ => String::new(),
    };
    if key.is_empty() {
        Err(StripeError::unauthorised(
            "You did not provide an API key. You need to provide your API key in the Authorization header, using \
             Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
        ))
    } else if key == provider.settings.secret_key {
        Ok(())
    } else {
        let tail: String = key
            .chars()
            .skip(key.chars().count().saturating_sub(4))
            .collect();
        Err(StripeError::unauthorised(format!(
            "Invalid API Key provided: {}****{tail}",
            if key.starts_with("sk_test_") {
                "sk_test_"
            } else {
                ""
            }
        )))
    }
}

fn reading(
    operation: Read,
) -> impl Fn(Shared, Option<Path<String>>, RawQuery, HeaderMap) -> std::future::Ready<Response> + Clone
{
    move |State(provider), id, RawQuery(query), headers| {
        let request = new_id("req_");
        let reply = authorise(&provider, &headers).and_then(|()| {
            let form = Form::parse(query.unwrap_or_default().as_bytes())?;
            let ask = Ask {
                id: id.as_ref().map_or("", |Path(id)| id),
                at: now(),
                request: &request,
                key: None,
                origin: &provider.origin,
            };
            operation(&provider.desk(), &ask, form)
        });
        let reply = reply.unwrap_or_else(|error| refused(&error));
        std::future::ready(respond(&request, &headers, reply, false))
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
            let id = id.map_or_else(String::new, |Path(id)| id);
            let request = new_id("req_");
            let (reply, replayed) =
                match decide(&provider, operation, &id, &uri, &headers, &body, &request) {
                    Ok(decided) => decided
                        .told(&provider)
                        .await
                        .unwrap_or_else(|| (refused(&StripeError::ours()), false)),
                    Err(error) => (refused(&error), false),
                };
            respond(&request, &headers, reply, replayed)
        })
    }
}

/// Reads the request and does, once, what it asks.
fn decide(
    provider: &Provider,
    operation: Write,
    id: &str,
    uri: &Uri,
    headers: &HeaderMap,
    body: &[u8],
    request: &str,
) -> Result<Decided, StripeError> {
    authorise(provider, headers)?;
    let key = match headers.get("idempotency-key").map(HeaderValue::to_str) {
        None => None,
        Some(Ok(key)) if key.len() <= 255 => Some(key).filter(|key| !key.is_empty()),
        Some(_) => {
            return Err(StripeError::invalid(
                "Idempotency keys must be at most 255 characters of ASCII.",
            ));
        }
    };
    let form = Form::parse(body)?;
    let ask = Ask {
        id,
        at: now(),
        request,
        key,
        origin: &provider.origin,
    };
    let bound = key.map(|key| Key {
        name: key.to_owned(),
        fingerprint: api::fingerprint("POST", uri.path(), body),
    });
    api::once(
        provider,
        bound,
        |books| operation(books, &ask, form),
        |books, stored| replay(books, stored, &ask),
    )
    .map_err(|failure| match failure {
        Failure::Refused(error) => error,
        Failure::KeyReused => StripeError::key_reused(format!(
            "Keys for idempotent requests can only be used with the same parameters they were first used with. Try \
             using a key other than '{}' if you meant to execute a different request.",
            key.unwrap_or_default()
        )),
        Failure::Ledger => StripeError::ours(),
    })
}

/// The first answer again, to the letter.
fn replay(books: &Books, stored: &Stored, ask: &Ask<'_>) -> Result<Reply, StripeError> {
    match stored {
        Stored::Body { status, body } => Ok(Reply::of(*status, body.clone().into_bytes())),
        Stored::Session(id) => {
            let mut session = books
                .sessions
                .get(id)
                .cloned()
                .ok_or_else(StripeError::ours)?;
            session.status = SessionStatus::Open;
            session.payment_status = PaymentStatus::Unpaid;
            session.intent = None;
            session.customer = session.customer.filter(|_| !session.makes_customer);
            shown(&views::SessionView::new(&session, ask.origin))
        }
    }
}

fn respond(request: &str, asked: &HeaderMap, reply: Reply, replayed: bool) -> Response {
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
        HeaderValue::from_static("no-cache, no-store"),
    );
    headers.insert(
        HeaderName::from_static("stripe-version"),
        HeaderValue::from_static(event::API_VERSION),
    );
    if let Ok(request) = HeaderValue::from_str(request) {
        headers.insert(HeaderName::from_static("request-id"), request);
    }
    if let Some(key) = asked.get("idempotency-key") {
        headers.insert(HeaderName::from_static("idempotency-key"), key.clone());
    }
    if replayed {
        headers.insert(
            HeaderName::from_static("idempotent-replayed"),
            HeaderValue::from_static("true"),
        );
    }
    response
}
