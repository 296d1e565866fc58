//! The wish list's forms. Done, they lead to the list, which says what happened and offers to undo it.

use super::page;
use crate::checkout::form::lead;
use crate::error::{PageError, moved};
use crate::route::{At, answer_privately};
use crate::state::App;
use crate::visitor::{RequestId, Visitor};
use axum::Extension;
use axum::extract::{Form, State};
use axum::response::Response;
use domain::Storefront;
use domain::link::Links;
use http::{HeaderMap, Uri};
use shop::Failure;
use shop::catalog::review::find_subject;
use shop::wish::{self, WishError};
use std::collections::HashMap;

/// POST …/wishlist: adds `product` (its slug), or takes it off when `remove` is there.
pub async fn change(
    State(app): State<App>,
    At(at): At,
    Extension(id): Extension<RequestId>,
    headers: HeaderMap,
    uri: Uri,
    Form(fields): Form<HashMap<String, String>>,
) -> Response {
    let mut visitor = match Visitor::find(&app, &headers, Some(&id)).await {
        Ok(visitor) => visitor,
        Err(broken) => return answer_privately(&app, &at, &uri, Err(broken.into())).await,
    };
    let slug = fields.get("product").map_or("", String::as_str);
    let changed = if fields.contains_key("remove") {
        remove(&app, &at, &visitor, slug).await
    } else {
        add(&app, &at, &mut visitor, slug).await
    };
    let mut response = match changed {
        Ok(to) => lead(&to),
        Err(Failure::Refused(WishError::Full)) => {
            return page::respond(&app, &at, &uri, visitor, true).await;
        }
        Err(failure) => match refused(&at, failure) {
            PageError::Moved(to) => lead(&to),
            error => answer_privately(&app, &at, &uri, Err(error)).await,
        },
    };
    visitor.remember(response.headers_mut());
    response
}

/// Where it leads.
async fn add(
    app: &App,
    at: &Storefront,
    visitor: &mut Visitor,
    slug: &str,
) -> Result<String, Failure<WishError>> {
    // No session is begun for what is not there.
    if visitor.session.is_none() {
        find_subject(&app.shop, at, slug).await?;
    }
    let session = visitor.session_or_begin().await?;
    let caller = visitor.caller(&session, "wish list form");
    let product = wish::add(&app.shop, &caller, session.customer, at, slug).await?;
    Ok(format!(
        "{}?added={}",
        Links(at.clone()).wishes(),
        product.slug
    ))
}

/// Where it leads; says nothing of what was not on the list.
async fn remove(
    app: &App,
    at: &Storefront,
    visitor: &Visitor,
    slug: &str,
) -> Result<String, Failure<WishError>> {
    let path = Links(at.clone()).wishes();
    let Some(session) = visitor.session else {
        return Ok(path);
    };
    let caller = visitor.caller(&session, "wish list form");
    let was_there = wish::remove(&app.shop, &caller, session.customer, slug).await?;
    Ok(if was_there {
        format!("{path}?removed={slug}")
    } else {
        path
    })
}

fn refused(at: &Storefront, failure: Failure<WishError>) -> PageError {
    match failure {
        Failure::Refused(WishError::Product(error)) => {
            let links = Links(at.clone());
            moved(Failure::Refused(error), |slug| links.product(slug))
        }
        Failure::Refused(WishError::Denied | WishError::Full) => PageError::Forbidden,
        Failure::Broken(broken) => broken.into(),
    }
}
