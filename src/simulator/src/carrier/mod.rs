//! A carrier's HTTP API in the style of EasyPost's, version 2: shipments with rates, labels, trackers
//! (<https://docs.easypost.com>). It has no idempotency keys: a shipment's label is bought once, and who does not know
//! asks for the shipment.

mod pages;
mod shipments;
mod trackers;
mod views;

use std::sync::Arc;

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Path, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{any, get, post},
};
use base64::Engine as _;
use serde_json::json;

use crate::{
    api::{self, Failure, Reply},
    provider::Provider,
    sign,
    store::{
        books::Books,
        model::{Change, now},
    },
};
pub use trackers::{advance, shown};

/// What an operation is told about its request.
pub struct Ask<'a> {
    /// The object named in the path, or nothing.
    pub id: &'a str,
    /// Seconds since 1970.
    pub at: i64,
    pub origin: &'a str,
}

type Write = fn(&Books, &Ask<'_>, &[u8]) -> Result<(Change, Reply), CarrierError>;
type Read = fn(&Books, &Ask<'_>) -> Result<Reply, CarrierError>;
type Shared = State<Arc<Provider>>;

/// An error answer: `{"error": {"code", "message", "errors"}}`.
#[derive(Debug)]
pub struct CarrierError {
    status: u16,
    code: &'static str,
    message: String,
}

impl CarrierError {
    fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
        }
    }

    /// 422: what was sent can't be used.
    fn invalid(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(422, code, message)
    }

    /// 404: no such object.
    fn missing() -> Self {
        Self::new(
            404,
            "NOT_FOUND",
            "The requested resource could not be found.",
        )
    }

    /// 500: our own fault.
    pub fn ours() -> Self {
        Self::new(
            500,
            "INTERNAL_SERVER_ERROR",
            "We're sorry, something went wrong.",
        )
    }
}

impl IntoResponse for CarrierError {
    fn into_response(self) -> Response {
        let body = json!({
            "error": { "code": self.code, "message": self.message, "errors": [] },
        });
        respond(Reply::of(self.status, body.to_string().into_bytes()))
    }
}

/// The routes of the API and of what its answers link to.
pub fn routes() -> Router<Arc<Provider>> {
    Router::new()
        .route("/v2/shipments", post(writing(shipments::create)))
        .route("/v2/shipments/{id}", get(reading(shipments::find)))
        .route("/v2/shipments/{id}/buy", post(writing(shipments::buy)))
        .route("/v2/trackers/{id}", get(reading(trackers::find)))
        .route("/v2/{*rest}", any(unknown))
        .merge(pages::routes())
}

/// The headers of one delivery of an event: HMAC-SHA256 of the body
/// (<https://docs.easypost.com/guides/webhooks-guide>).
pub fn headers(secret: &str, body: &str) -> HeaderMap {
    let value = format!("hmac-sha256-hex={}", sign::hex(secret, &[body.as_bytes()]));
    let mut headers = HeaderMap::new();
    if let Ok(value) = HeaderValue::from_str(&value) {
        headers.insert(HeaderName::from_static("x-hmac-signature"), value);
    }
    headers
}

async fn unknown(State(provider): Shared, headers: HeaderMap) -> Response {
    let error = authorise(&provider, &headers).err();
    error.unwrap_or_else(CarrierError::missing).into_response()
}

/// Basic, with the key as the name.
fn authorise(provider: &Provider, headers: &HeaderMap) -> Result<(), CarrierError> {
    let pair = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"))
        .and_then(|(_, pair)| {
            base64::engine::general_purpose::STANDARD
                .decode(pair.trim())
                .ok()
        })
        .unwrap_or_default();
    let key = pair.split(|byte| *byte == b':').next().unwrap_or_default();
    if key == provider.settings.carrier_key.as_bytes() {
        Ok(())
    } else {
        Err(CarrierError::new(
            401,
            "APIKEY.INACTIVE",
            "This api key is no longer active. Please use a different api key or reactivate this key.",
        ))
    }
}

fn reading(
    operation: Read,
) -> impl Fn(Shared, Path<String>, HeaderMap) -> std::future::Ready<Response> + Clone {
    move |State(provider), Path(id), headers| {
        let answer = authorise(&provider, &headers).and_then(|()| {
            let ask = Ask {
                id: &id,
                at: now(),
                origin: &provider.origin,
            };
            operation(&provider.desk().books, &ask)
        });
        std::future::ready(answer.map_or_else(CarrierError::into_response, respond))
    }
}

fn writing(
    operation: Write,
) -> impl Fn(
    Shared,
    Option<Path<String>>,
    HeaderMap,
    Bytes,
) -> futures::future::BoxFuture<'static, Response>
+ Clone {
    move |State(provider), id, headers, body| {
        Box::pin(async move {
            let ask = Ask {
                id: id.as_ref().map_or("", |Path(id)| id),
                at: now(),
                origin: &provider.origin,
            };
            let decided = authorise(&provider, &headers).and_then(|()| {
                api::once(
                    &provider,
                    None,
                    |books| operation(books, &ask, &body),
                    |_, _| Err(CarrierError::ours()),
                )
                .map_err(|failure| match failure {
                    Failure::Refused(error) => error,
                    Failure::KeyReused | Failure::Ledger => CarrierError::ours(),
                })
            });
            match decided {
                Ok(decided) => match decided.told(&provider).await {
                    Some((reply, _)) => respond(reply),
                    None => CarrierError::ours().into_response(),
                },
                Err(error) => error.into_response(),
            }
        })
    }
}

/// Reads a body.
fn read<'a, T: serde::Deserialize<'a>>(body: &'a [u8]) -> Result<T, CarrierError> {
    serde_json::from_slice(body).map_err(|error| {
        CarrierError::new(
            400,
            "PARAMETER.INVALID",
            format!("The request can't be read: {error}"),
        )
    })
}

fn respond(reply: Reply) -> Response {
    let mut response = Body::from(reply.body).into_response();
    *response.status_mut() =
        StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json; charset=utf-8"),
    );
    response
}
