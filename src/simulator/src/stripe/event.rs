//! Events (<https://docs.stripe.com/api/events>): an object as it was when something happened to it.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use serde::Serialize;

use crate::{
    sign,
    store::model::{Event, Service, new_id},
};

/// The version whose shapes the objects have.
pub const API_VERSION: &str = "2024-06-20";

#[derive(Serialize)]
struct EventView<'a, T> {
    id: &'a str,
    object: &'static str,
    api_version: &'static str,
    created: i64,
    data: EventData<'a, T>,
    livemode: bool,
    pending_webhooks: u8,
    request: EventRequest<'a>,
    #[serde(rename = "type")]
    kind: &'a str,
}

#[derive(Serialize)]
struct EventData<'a, T> {
    object: &'a T,
}

#[derive(Serialize)]
struct EventRequest<'a> {
    id: Option<&'a str>,
    idempotency_key: Option<&'a str>,
}

/// An event about an object as it is at this moment.
///
/// # Errors
/// The object can't be written as JSON.
pub fn event<T: Serialize>(
    kind: &str,
    object: &T,
    at: i64,
    request: Option<&str>,
    key: Option<&str>,
) -> Result<Event, serde_json::Error> {
    let id = new_id("evt_");
    let payload = serde_json::value::to_raw_value(&EventView {
        id: &id,
        object: "event",
        api_version: API_VERSION,
        created: at,
        data: EventData { object },
        livemode: false,
        pending_webhooks: 1,
        request: EventRequest {
            id: request,
            idempotency_key: key,
        },
        kind,
    })?;
    Ok(Event {
        id,
        service: Service::Stripe,
        kind: kind.to_owned(),
        created: at,
        payload,
    })
}

/// The value of the `Stripe-Signature` header: HMAC-SHA256 of `{time}.{body}`
/// (<https://docs.stripe.com/webhooks#verify-manually>).
fn signature(secret: &str, time: i64, body: &str) -> String {
    let digest = sign::hex(
        secret,
        &[time.to_string().as_bytes(), b".", body.as_bytes()],
    );
    format!("t={time},v1={digest}")
}

/// The headers of one delivery.
pub fn headers(secret: &str, time: i64, body: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Ok(value) = HeaderValue::from_str(&signature(secret, time, body)) {
        headers.insert(HeaderName::from_static("stripe-signature"), value);
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_the_hmac_of_time_and_body() {
        // printf '1700000000.{"id":"evt_1"}' | openssl dgst -sha256 -hmac whsec_test
        assert_eq!(
            signature("whsec_test", 1_700_000_000, r#"{"id":"evt_1"}"#),
            "t=1700000000,v1=c89214b5b5da833daed6f0b8c5bb6bd58cea9022bd80ccc78230f3942d632925"
        );
    }
}
