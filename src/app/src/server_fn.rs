//! What every server function does around its one call of `shop`: find the app and the visitor, set status and cookies.

use crate::error::{ToHttp, api_error};
use crate::route::preferred;
use crate::state::App;
use crate::visitor::{RequestId, Visitor};
use axum::Json;
use axum::body::to_bytes;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use domain::Locale;
use http::header::{ACCEPT, ACCEPT_LANGUAGE, REFERER, SET_COOKIE};
use http::request::Parts;
use http::{HeaderValue, StatusCode};
use islands::api::ApiError;
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use shop::{Broken, Failure};

/// Bytes of an error that leptos itself answers with.
const LARGEST_ERROR: usize = 4_096;

/// Runs the server function that `request` is for. Always JSON: what can't be read is refused with 400 and a reason.
pub async fn answer(app: &App, mut request: Request) -> Response {
    let headers = request.headers_mut();
    let language = headers
        .get(ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let locale = preferred(app, language).locale;
    // Leptos sends whoever takes HTML back to the Referer, wherever that is.
    headers.remove(REFERER);
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    let context = {
        let app = app.clone();
        move || provide_context(app.clone())
    };
    let response = leptos_axum::handle_server_fns_with_context(context, request)
        .await
        .into_response();
    // A function that ran has said its own status: this one stands for arguments that could not be read.
    if response.status() != StatusCode::INTERNAL_SERVER_ERROR {
        return response;
    }
    let (parts, body) = response.into_parts();
    let error = to_bytes(body, LARGEST_ERROR)
        .await
        .ok()
        .and_then(|bytes| serde_json::from_slice::<ApiError>(&bytes).ok());
    let Some(ApiError { code, .. }) = error else {
        return parts.status.into_response();
    };
    let status = if code == "error-bad-request" {
        StatusCode::BAD_REQUEST
    } else {
        parts.status
    };
    let message = shop::text::say(locale, &code);
    (status, Json(ApiError { code, message })).into_response()
}

/// The app and the visitor behind this call.
///
/// # Errors
/// 503 when the session could not be looked up.
pub async fn visitor(locale: Locale) -> Result<(App, Visitor), ApiError> {
    let app = expect_context::<App>();
    let parts = expect_context::<Parts>();
    let visitor = Visitor::find(&app, &parts.headers, parts.extensions.get::<RequestId>())
        .await
        .map_err(|broken| broke(broken, locale))?;
    Ok((app, visitor))
}

/// Sends the visitor's cookies with the answer.
pub fn remember(visitor: &Visitor) {
    if let Some(response) = use_context::<ResponseOptions>() {
        for cookie in visitor.cookies() {
            if let Ok(value) = HeaderValue::from_str(cookie) {
                response.append_header(SET_COOKIE, value);
            }
        }
    }
}

/// The error as the browser reads it, with its HTTP status set.
pub fn fail<E: ToHttp + std::fmt::Display>(failure: Failure<E>, locale: Locale) -> ApiError {
    let (status, error) = api_error(failure, locale);
    set_status(status);
    error
}

/// The same for something that broke on the way.
pub fn broke(broken: Broken, locale: Locale) -> ApiError {
    fail::<domain::cart::CartError>(Failure::Broken(broken), locale)
}

fn set_status(status: StatusCode) {
    if let Some(response) = use_context::<ResponseOptions>() {
        response.set_status(status);
    }
}
