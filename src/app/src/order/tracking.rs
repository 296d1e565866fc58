//! What carriers send by themselves.

use crate::state::App;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use shop::Failure;
use shop::fulfilment::NoticeError;

/// POST /webhooks/easypost: signed by EasyPost (`X-Hmac-Signature`). Acknowledged once it is kept.
pub async fn easypost(State(app): State<App>, headers: HeaderMap, body: Bytes) -> Response {
    let signature = headers
        .get("x-hmac-signature")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    match shop::fulfilment::webhook(&app.shop, "easypost", signature, &body).await {
        Ok(()) => StatusCode::OK.into_response(),
        Err(Failure::Refused(error)) => {
            tracing::warn!(%error, "a carrier's webhook was refused");
            let status = match error {
                NoticeError::Unknown => StatusCode::NOT_FOUND,
                NoticeError::Forged | NoticeError::Malformed => StatusCode::BAD_REQUEST,
            };
            (status, error.to_string()).into_response()
        }
        // Not acknowledged: the carrier sends it again.
        Err(Failure::Broken(broken)) => {
            tracing::error!(error = %broken, "a carrier's webhook could not be kept");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}
