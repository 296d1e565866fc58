//! What is offered while somebody types: read by `public/suggest.js`.

use super::wanted::Wanted;
use crate::error::PageError;
use crate::route::At;
use crate::state::App;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use domain::link::Links;
use http::header::CACHE_CONTROL;
use http::{StatusCode, Uri};
use serde::Serialize;
use shop::search::Suggested;

/// An answer: links, in order.
#[derive(Serialize)]
struct Offered {
    categories: Vec<Link>,
    products: Vec<Link>,
}

#[derive(Serialize)]
struct Link {
    name: String,
    href: String,
}

/// GET …/api/suggest?q=
pub async fn answer(State(app): State<App>, At(at): At, uri: Uri) -> Response {
    let text = Wanted::read(uri.query().unwrap_or_default()).text;
    let found = match shop::catalog::suggest(&app.shop, &at, &text).await {
        Ok(found) => found,
        Err(failure) => return failed(&failure.into()),
    };
    let links = Links(at);
    let link = |all: Vec<Suggested>, href: &dyn Fn(&str) -> String| {
        let each = all.into_iter().map(|one| Link {
            href: href(&one.slug),
            name: one.name,
        });
        each.collect()
    };
    let offered = Offered {
        categories: link(found.categories, &|slug| links.category(slug)),
        products: link(found.products, &|slug| links.product(slug)),
    };
    ([(CACHE_CONTROL, "no-store")], Json(offered)).into_response()
}

/// No suggestions, and no page about it: the form is still there.
fn failed(error: &PageError) -> Response {
    let status: StatusCode = error.status();
    (status, [(CACHE_CONTROL, "no-store")], Json(())).into_response()
}
