//! What payment providers send by themselves.

use crate::error::ToHttp;
use crate::state::App;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use shop::Failure;

/// POST /webhooks/{provider}: signed by that provider in its headers. Acknowledged once it is kept.
pub async fn receive(
    State(app): State<App>,
    Path(provider): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    match shop::payment::webhook(&app.shop, &provider, &headers, &body).await {
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
