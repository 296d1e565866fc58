//! What payment providers send by themselves.

use crate::error::ToHttp;
use crate::state::App;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use shop::Failure;

/// POST /webhooks/stripe: signed by Stripe (`Stripe-Signature`). Acknowledged once it is kept.
pub async fn stripe(State(app): State<App>, headers: HeaderMap, body: Bytes) -> Response {
    let signature = headers
        .get("stripe-signature")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    match shop::payment::webhook(&app.shop, "stripe", signature, &body).await {
        Ok(()) => StatusCode::OK.into_response(),
        Err(Failure::Refused(error)) => {
            tracing::warn!(%error, "a webhook was refused");
            (error.to_http().0, error.to_string()).into_response()
        }
        // Not acknowledged: the provider sends it again.
        Err(Failure::Broken(broken)) => {
            tracing::error!(error = %broken, "a webhook could not be kept");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}
