//! A price as a list shows it.

use crate::frame::frame;
use domain::Money;
use domain::format::money_short;
use leptos::prelude::*;

/// `from` says that other variants cost more. Those who listen hear which of two prices is which.
#[component]
pub fn Price(
    price: Money,
    compare_at: Option<Money>,
    #[prop(optional)] from: bool,
) -> impl IntoView {
    let frame = frame();
    let mut text = money_short(price, frame.locale());
    if from {
        text = frame.say_with("catalog-from", &[("price", text.into())]);
    }
    match compare_at {
        Some(before) => {
            let before = money_short(before, frame.locale());
            view! {
                <span class="price">
                    <span class="unseen">{frame.say("catalog-was")}" "</span>
                    <s>{before}</s>
                    <span class="unseen">{frame.say("catalog-now")}" "</span>
                    <span class="now">{text}</span>
                </span>
            }
            .into_any()
        }
        None => view! { <span class="price">{text}</span> }.into_any(),
    }
}
