//! Thank you: names the thing bought, and says what happens next.

use crate::frame::frame;
use crate::order::parts::{Bought, Destination, Payment, Timeline};
use crate::page::{Page, PageResult};
use crate::route::{At, answer_privately};
use crate::state::App;
use axum::extract::{Path, State};
use axum::response::Response;
use domain::Storefront;
use domain::order::OrderState;
use http::Uri;
use leptos::prelude::*;

/// GET …/orders/{number}/{token}/thank-you
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
    let (title, text) = match order.state {
        OrderState::Paid => ("order-thanks-title", "order-thanks-text"),
        OrderState::PaymentDue => ("order-almost-title", "order-almost-text"),
        OrderState::Cancelled | OrderState::RefundDue | OrderState::Refunded => {
            ("order-ended-title", "order-ended-text")
        }
    };
    let place = order
        .address
        .pick_up
        .as_ref()
        .map(|place| place.name.clone());
    let text = match place {
        Some(_) if text == "order-thanks-text" => "order-thanks-pick-up-text",
        _ => text,
    };
    let title = shop::text::say(at.locale, title);
    let thing = order
        .lines
        .first()
        .map(|line| line.title.clone())
        .unwrap_or_default();
    let others = order.lines.len().saturating_sub(1);
    let arguments = [
        ("thing", thing.into()),
        ("others", others.into()),
        ("email", order.email.clone().into()),
        ("number", order.number.clone().into()),
        ("place", place.unwrap_or_default().into()),
    ];
    let text = shop::text::say_with(at.locale, text, &arguments);
    let heading = title.clone();
    let page = Page::new("order", title, move || {
        let frame = frame();
        let status = frame.links.order(&order.number, &token);
        view! {
            <div class="order-page">
                <div class="thanks">
                    <p class="eyebrow">{order.number.clone()}</p>
                    <h1>{heading}</h1>
                    <p>{text}</p>
                </div>
                <div>
                    <Payment order=order.clone() token />
                    <Timeline order=order.clone() />
                    <Destination order=order.clone() />
                    <p><a class="button plain" href=status>{frame.say("order-status-link")}</a></p>
                </div>
                <Bought order />
            </div>
        }
        .into_any()
    });
    Ok(page.unlisted())
}
