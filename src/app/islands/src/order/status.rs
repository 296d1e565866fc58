//! Watches an order that awaits its payment, and shows the page anew once it moved.

use crate::api::{OrderStatus, ReadOrderStatus, call};
use crate::json::{Props, props};
use domain::order::OrderState;
use leptos::prelude::*;
use std::time::Duration;

/// The first pause between two questions; each is half as long again as the one before.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// After this many questions the shopper has to ask themself.
const QUESTIONS: u32 = 12;

/// Asks after the order until it is no longer as `shown`. Says that it does.
#[component]
pub fn OrderWatch(
    number: String,
    token: String,
    shown: OrderStatus,
    waiting: String,
) -> impl IntoView {
    view! {
        <Props of=(number, token, shown, waiting) />
        <OrderWatchIsland />
    }
}

#[island]
pub fn OrderWatchIsland() -> impl IntoView {
    let (number, token, shown, waiting) = props::<(String, String, OrderStatus, String)>();
    Effect::new(move |_| {
        if shown.state == OrderState::PaymentDue {
            ask(
                ReadOrderStatus {
                    number: number.clone(),
                    token: token.clone(),
                },
                shown,
                FIRST_PAUSE,
                QUESTIONS,
            );
        }
    });
    view! { <p class="quiet" role="status">{waiting}</p> }
}

fn ask(question: ReadOrderStatus, shown: OrderStatus, pause: Duration, left: u32) {
    if left == 0 {
        return;
    }
    set_timeout(
        move || {
            leptos::task::spawn_local(async move {
                match call(&question).await {
                    Ok(status) if status != shown => {
                        if let Some(window) = web_sys::window() {
                            let _ = window.location().reload();
                        }
                    }
                    _ => ask(question, shown, pause + pause / 2, left - 1),
                }
            });
        },
        pause,
    );
}
