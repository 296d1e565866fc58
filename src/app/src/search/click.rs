//! Which result of a search is opened: told by `public/clicks.js`, and only counted.

use crate::route::At;
use crate::state::App;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::CACHE_CONTROL;

/// Parameters that are looked at.
const MOST_PARAMETERS: usize = 8;

/// POST …/api/click with `q`, `product` (its slug) and `rank` (its place on the first page, from 1 on). Nobody reads the answer:
/// it is the same for what is not counted.
pub async fn count(State(app): State<App>, At(at): At, body: Bytes) -> Response {
    let (mut text, mut slug, mut rank) = (String::new(), String::new(), 0);
    for (name, value) in form_urlencoded::parse(&body).take(MOST_PARAMETERS) {
        match &*name {
            "q" => text = value.into_owned(),
            "product" => slug = value.into_owned(),
            "rank" => rank = value.parse().unwrap_or_default(),
            _ => {}
        }
    }
    shop::search::log::count_click(&app.shop, &at, &text, &slug, rank);
    (StatusCode::NO_CONTENT, [(CACHE_CONTROL, "no-store")]).into_response()
}
