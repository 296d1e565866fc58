//! How an order stands.

use crate::customer::{self, ClaimOffer};
use crate::frame::frame;
use crate::order::followed::Followed;
use crate::order::parts::{Bought, Destination, Payment, Timeline};
use crate::page::{Page, PageResult};
use crate::route::{At, answer_privately};
use crate::state::App;
use crate::visitor::RequestId;
use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Response;
use domain::Storefront;
use http::{HeaderMap, Uri};
use leptos::prelude::*;

/// GET …/orders/{number}/{token}
pub async fn show(
    State(app): State<App>,
    At(at): At,
    Path((_, number, token)): Path<(String, String, String)>,
    Extension(id): Extension<RequestId>,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    let page = load(&app, &at, &number, token, (&headers, &id)).await;
    answer_privately(&app, &at, &uri, page).await
}

async fn load(
    app: &App,
    at: &Storefront,
    number: &str,
    token: String,
    (headers, id): (&HeaderMap, &RequestId),
) -> PageResult {
    let (order, owner) = shop::order::find_owned(&app.shop, number, &token).await?;
    let claim = customer::is_offered(app, headers, id, owner)
        .await
        .then(|| {
            let (number, email) = (order.number.clone(), order.email.clone());
            (number, token.clone(), email)
        });
    let title = shop::text::say_with(
        at.locale,
        "order-title",
        &[("number", order.number.clone().into())],
    );
    let heading = title.clone();
    let page = Page::new("order", title, move || {
        let frame = frame();
        let claim = claim.map(|(number, token, email)| view! { <ClaimOffer number token email /> });
        view! {
            <div class="order-page">
                <div class="thanks">
                    <p class="eyebrow">{frame.say("order-your-order")}</p>
                    <h1>{heading}</h1>
                </div>
                <div>
                    <Payment order=order.clone() token=token.clone() />
                    <Timeline order=order.clone() />
                    <Followed order=order.clone() />
                    <Destination order=order.clone() />
                    {claim}
                </div>
                <Bought order token />
            </div>
        }
        .into_any()
    });
    Ok(page.unlisted())
}
