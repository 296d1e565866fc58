//! The checkout's server function.

use crate::server_fn::{broke, fail, remember, visitor};
use domain::Storefront;
use domain::checkout::{CheckoutForm, CheckoutView};
use islands::api::ApiError;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

/// Keeps the form as it stands and says what it makes of the checkout: delivery choices, sums, what is missing.
#[server(name = CheckoutEstimate, prefix = "/api", endpoint = "checkout/estimate", input = Json, output = Json)]
pub async fn estimate(
    storefront: Storefront,
    form: CheckoutForm,
) -> Result<CheckoutView, ApiError> {
    let locale = storefront.locale;
    let (app, mut visitor) = visitor(locale).await?;
    let session = visitor
        .session_or_begin()
        .await
        .map_err(|broken| broke(broken, locale))?;
    let caller = visitor.caller(&session, "checkout island");
    let estimated = shop::checkout::update(&app.shop, &caller, &session, &storefront, form).await;
    remember(&visitor);
    estimated.map_err(|failure| fail(failure, locale))
}
