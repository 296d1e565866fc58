//! For `cargo xtask faults` alone, and in its build alone: what is to go wrong next in this process.

use axum::http::StatusCode;
use axum::routing::{MethodRouter, get};

/// GET /fault: how often what is asked for must be reached yet. PUT /fault: `settle.written:3:panic` is asked for from now on.
pub fn route<S: Clone + Send + Sync + 'static>() -> MethodRouter<S> {
    get(|| async { shop::fault::left().to_string() }).put(|asked: String| async move {
        match shop::fault::ask(&asked) {
            true => StatusCode::NO_CONTENT,
            false => StatusCode::BAD_REQUEST,
        }
    })
}
