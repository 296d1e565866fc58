//! The bag's server functions.

use crate::server_fn::{broke, fail, remember, visitor};
use domain::Storefront;
use domain::cart::{CartCommand, CartView};
use islands::api::ApiError;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

/// The cart as it stands.
#[server(name = CartRead, prefix = "/api", endpoint = "cart/read", input = Json, output = Json)]
pub async fn read(storefront: Storefront) -> Result<CartView, ApiError> {
    let locale = storefront.locale;
    let (app, mut visitor) = visitor(locale).await?;
    let cart = shop::cart::read(
        &app.shop,
        visitor.session.as_ref(),
        &storefront,
        visitor.cart_version,
    )
    .await
    .map_err(|failure| fail(failure, locale))?;
    visitor.saw_cart(cart.version);
    remember(&visitor);
    Ok(cart)
}

/// One change to the cart; the same command twice is one change.
#[server(name = CartChange, prefix = "/api", endpoint = "cart/change", input = Json, output = Json)]
pub async fn change(storefront: Storefront, command: CartCommand) -> Result<CartView, ApiError> {
    let locale = storefront.locale;
    let (app, mut visitor) = visitor(locale).await?;
    let session = visitor
        .session_or_begin()
        .await
        .map_err(|broken| broke(broken, locale))?;
    let caller = visitor.caller(&session, "cart island");
    let changed = shop::cart::change(&app.shop, &caller, &session, &storefront, command).await;
    if let Ok(cart) = &changed {
        visitor.saw_cart(cart.version);
    }
    remember(&visitor);
    changed.map_err(|failure| fail(failure, locale))
}
