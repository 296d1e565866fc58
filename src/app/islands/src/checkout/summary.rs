//! What is being bought and what it comes to, beside the checkout's form; folded on top on phones.

use crate::cart::{Totals, sums};
use crate::checkout::{CheckoutShown, store};
use crate::json::{Props, props};
use crate::picture::thumbnail;
use domain::Locale;
use domain::cart::CartLine;
use domain::format::money;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// What the summary says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SummaryTexts {
    pub title: String,
    pub edit: String,
    /// The way back to the bag.
    pub cart: String,
    pub totals: Totals,
}

/// The lines and sums of a checkout.
#[component]
pub fn CheckoutSummary(
    locale: Locale,
    initial: CheckoutShown,
    texts: SummaryTexts,
) -> impl IntoView {
    view! {
        <Props of=(locale, initial, texts) />
        <CheckoutSummaryIsland />
    }
}

#[island]
pub fn CheckoutSummaryIsland() -> impl IntoView {
    let (locale, initial, texts) = props::<(Locale, CheckoutShown, SummaryTexts)>();
    let view = store::shown();
    let shown = Memo::new(move |_| view.get().unwrap_or_else(|| initial.clone()));
    let SummaryTexts {
        title,
        edit,
        cart,
        totals,
    } = texts;
    let total = move || shown.with(|view| money(view.quote.total, locale));
    let lines = move || {
        shown.with(|view| {
            view.lines
                .iter()
                .map(|line| row(line, locale))
                .collect_view()
        })
    };
    let sums = move || shown.with(|view| sums(&view.quote, &totals, locale));
    view! {
        <details class="summary">
            <summary><span>{title}</span><span class="price">{total}</span></summary>
            <ul class="lines small">{lines}</ul>
            <div aria-live="polite">{sums}</div>
            <a class="fine" href=cart>{edit}</a>
        </details>
    }
}

fn row(line: &CartLine, locale: Locale) -> impl IntoView + use<> {
    let picture = line.picture.as_ref().map(|picture| {
        view! { <img src=thumbnail(&picture.src) alt="" width="400" height="500" loading="lazy" /> }
    });
    let count = format!(
        "{} × {}",
        line.quantity.get(),
        money(line.unit_price, locale)
    );
    let subtotal = line
        .unit_price
        .times(line.quantity.get().into())
        .map(|sum| money(sum, locale))
        .unwrap_or_default();
    view! {
        <li>
            <div class="tile">{picture}</div>
            <h3>{line.title.clone()}</h3>
            <span class="price">{subtotal}</span>
            <p class="meta">{line.options.clone()}<br />{count}</p>
        </li>
    }
}
