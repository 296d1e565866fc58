//! Stars.

use crate::frame::frame;
use domain::Locale;
use domain::review::Rating;
use leptos::prelude::*;

/// Five stars of which so many tenths are filled, to the half star. For the eye only: what is beside them says it in words.
#[component]
pub fn Stars(tenths: u64) -> impl IntoView {
    let halves = (tenths + 2) / 5;
    let class = format!("stars s{}", halves.min(10));
    view! { <span class=class aria-hidden="true">"★★★★★"</span> }
}

/// Stars and the number of reviews, as a card says it.
#[component]
pub fn Rated(rating: Rating) -> impl IntoView {
    let frame = frame();
    let words = frame.say_with(
        "reviews-rated",
        &[
            ("average", average(rating, frame.locale()).into()),
            ("count", rating.count.into()),
        ],
    );
    view! {
        <p class="rated">
            <Stars tenths=rating.tenths() />
            <span class="unseen">{words}</span>
            " "<small aria-hidden="true">{rating.count}</small>
        </p>
    }
}

/// `4.7`, `4,7`.
pub fn average(rating: Rating, locale: Locale) -> String {
    let tenths = rating.tenths();
    let point = match locale {
        Locale::En => '.',
        Locale::De => ',',
    };
    format!("{}{point}{}", tenths / 10, tenths % 10)
}
