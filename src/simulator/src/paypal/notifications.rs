//! Signing webhooks, and telling a shop whether a signature is ours.
//!
//! PayPal signs with a certificate; the published check by
//! <https://developer.paypal.com/docs/api/webhooks/v1/#verify-webhook-signature_post> hides that from the shop, and so
//! an HMAC over the same message does here.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::{HeaderMap, HeaderValue},
    response::{IntoResponse as _, Response},
};
use serde::Deserialize;
use serde_json::{json, value::RawValue};

use super::{
    error::{Issue, PaypalError},
    token,
    views::moment,
};
use crate::{provider::Provider, settings::Settings, sign, store::model::now, webhooks};

/// The algorithm as the header names it; PayPal's own, so that shops which look at it are content.
const ALGORITHM: &str = "SHA256withRSA";

fn signature(settings: &Settings, id: &str, time: &str, body: &str) -> String {
    let mut checksum = flate2::Crc::new();
    checksum.update(body.as_bytes());
    let message = format!(
        "{id}|{time}|{}|{}",
        settings.paypal_webhook_id,
        checksum.sum()
    );
    sign::base64(&settings.paypal_client_secret, &[message.as_bytes()])
}

/// The body of an event that says that it happened so many seconds before it did.
pub fn backdated(body: &str, seconds: i64) -> String {
    webhooks::with(body, "create_time", moment(now() - seconds).into())
}

/// The headers of one transmission of an event, which was begun so many seconds ago.
pub fn headers(settings: &Settings, origin: &str, body: &str, ago: i64) -> HeaderMap {
    let id = uuid::Uuid::now_v7().to_string();
    let time = moment(now() - ago);
    let signature = signature(settings, &id, &time, body);
    let certificate = format!("{origin}/v1/notifications/certs/simulator");
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("paypal-transmission-id", id.as_str()),
        ("paypal-transmission-time", &time),
        ("paypal-transmission-sig", &signature),
        ("paypal-cert-url", &certificate),
        ("paypal-auth-algo", ALGORITHM),
    ] {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    }
    headers
}

/// A transmission as the shop saw it. The event stays as it was written: its checksum is part of what was signed.
#[derive(Deserialize)]
struct Transmission<'a> {
    auth_algo: Option<String>,
    cert_url: Option<String>,
    transmission_id: Option<String>,
    transmission_sig: Option<String>,
    transmission_time: Option<String>,
    webhook_id: Option<String>,
    #[serde(borrow)]
    webhook_event: Option<&'a RawValue>,
}

/// POST /v1/notifications/verify-webhook-signature
pub async fn verify(
    State(provider): State<Arc<Provider>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if let Err(refused) = token::authorise(&provider, &headers) {
        return refused.into_response();
    }
    match check(&provider.settings, &body) {
        Ok(ours) => {
            let status = if ours { "SUCCESS" } else { "FAILURE" };
            Json(json!({ "verification_status": status })).into_response()
        }
        Err(error) => error.into_response(),
    }
}

fn check(settings: &Settings, body: &[u8]) -> Result<bool, PaypalError> {
    let sent: Transmission<'_> = super::read(body)?;
    let needed = |field: &Option<String>, name: &str| {
        field
            .clone()
            .ok_or_else(|| PaypalError::malformed(Issue::missing(name)))
    };
    let id = needed(&sent.transmission_id, "/transmission_id")?;
    let time = needed(&sent.transmission_time, "/transmission_time")?;
    let given = needed(&sent.transmission_sig, "/transmission_sig")?;
    let webhook = needed(&sent.webhook_id, "/webhook_id")?;
    let algorithm = needed(&sent.auth_algo, "/auth_algo")?;
    needed(&sent.cert_url, "/cert_url")?;
    let event = sent
        .webhook_event
        .ok_or_else(|| PaypalError::malformed(Issue::missing("/webhook_event")))?;
    Ok(webhook == settings.paypal_webhook_id
        && algorithm == ALGORITHM
        && given == signature(settings, &id, &time, event.get()))
}
