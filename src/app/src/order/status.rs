//! How an order stands.

use crate::frame::frame;
use crate::order::followed::Followed;
use crate::order::parts::{Bought, Destination, Payment, Timeline};
use crate::page::{Page, PageResult};
use crate::route::{At, answer_privately};
use crate::state::App;
use axum::extract::{Path, State};
use axum::response::Response;
use domain::Storefront;
use http::Uri;
use leptos::prelude::*;

/// GET …/orders/{number}/{token}
pub async fn show(
    State(app): State<App>,
    At(at): At,
    Path((_, number, token)): Path<(String, String, String)>,
    uri: Uri,
) -> Response {
    let page = load(&app, &at, &number, token).await;
    answer_privately(&app, &at, &uri, page).await
}

async fn load(app: &App, at: &Storefront, number: &str, token: String) -> PageResult {
    let order = shop::order::find(&app.shop, number, &token).await?;
    let title = shop::text::say_with(
        at.locale,
        "order-title",
        &[("number", order.number.clone().into())],
    );
    let heading = title.clone();
    let page = Page::new("order", title, move || {
        let frame = frame();
        view! {
            <div class="order-page">
                <div class="thanks">
                    <p class="eyebrow">{frame.say("order-your-order")}</p>
                    <h1>{heading}</h1>
                </div>
                <div>
                    <Payment order=order.clone() token />
                    <Timeline order=order.clone() />
                    <Followed order=order.clone() />
                    <Destination order=order.clone() />
                </div>
                <Bought order />
            </div>
        }
        .into_any()
    });
    Ok(page.unlisted())
}
