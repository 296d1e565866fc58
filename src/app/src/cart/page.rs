//! The bag's page.

use crate::cart::texts;
use crate::checkout::estimate::DeliveryEstimate;
use crate::error::PageError;
use crate::frame::frame;
use crate::page::Page;
use crate::route::{At, answer_privately};
use crate::state::App;
use crate::visitor::{RequestId, Visitor};
use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use domain::Storefront;
use domain::cart::CartView;
use http::{HeaderMap, StatusCode, Uri};
use islands::cart::{CartContents, CodeRefusal};
use leptos::prelude::*;

/// GET …/cart
pub async fn show(
    State(app): State<App>,
    At(at): At,
    Extension(id): Extension<RequestId>,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    match Visitor::find(&app, &headers, Some(&id)).await {
        Ok(visitor) => respond(&app, &at, &uri, visitor, None).await,
        Err(broken) => answer_privately(&app, &at, &uri, Err(broken.into())).await,
    }
}

/// Why a form was refused.
pub struct Refusal {
    pub status: StatusCode,
    pub message: String,
    /// What was typed, when the message belongs to the field of codes.
    pub code: Option<String>,
}

/// The bag as it stands, with what went wrong when something did.
pub async fn respond(
    app: &App,
    at: &Storefront,
    uri: &Uri,
    mut visitor: Visitor,
    refusal: Option<Refusal>,
) -> Response {
    let cart = shop::cart::read(
        &app.shop,
        visitor.session.as_ref(),
        at,
        visitor.cart_version,
    )
    .await;
    let page = match cart {
        Ok(cart) => {
            visitor.saw_cart(cart.version);
            Ok(page(at, cart, refusal, uri.query().unwrap_or_default()))
        }
        Err(failure) => Err(PageError::from(failure)),
    };
    let mut response = answer_privately(app, at, uri, page).await;
    visitor.remember(response.headers_mut());
    response
}

fn page(at: &Storefront, cart: CartView, refusal: Option<Refusal>, query: &str) -> Page {
    let storefront = at.clone();
    let query = query.to_owned();
    let title = shop::text::say(at.locale, "cart-title");
    let status = refusal
        .as_ref()
        .map_or(StatusCode::OK, |refusal| refusal.status);
    let (message, refusal) = match refusal {
        Some(Refusal {
            message,
            code: Some(typed),
            ..
        }) => (None, Some(CodeRefusal { typed, message })),
        other => (other.map(|refusal| refusal.message), None),
    };
    let heading = title.clone();
    Page::new("cart", title, move || {
        let texts = texts::cart(&frame());
        let notice =
            message.map(|message| view! { <p class="notice bad" role="alert">{message}</p> });
        view! {
            <div class="cart-page">
                <h1>{heading}</h1>
                {notice}
                <CartContents storefront initial=cart.clone() texts refusal />
                <DeliveryEstimate cart query />
            </div>
        }
        .into_any()
    })
    .status(status)
    .unlisted()
}
