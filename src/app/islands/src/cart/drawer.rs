//! The drawer over the page: what is in the bag, what it comes to, and the way on.

use crate::cart::store::{self, Cart};
use crate::icon::{CLOSE, Icon};
use crate::picture::thumbnail;
use domain::cart::{CartLine, CartView};
use domain::format::money;
use domain::link::Links;
use domain::pricing::{Adjustment, Part, Quote, TaxMode};
use domain::{Locale, Money, Storefront};
use leptos::html::Dialog;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// What the drawer says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DrawerTexts {
    pub title: String,
    pub close: String,
    pub empty: String,
    /// The way to the cart's page.
    pub cart: String,
    pub checkout: String,
    pub totals: Totals,
}

/// What stands beside the sums of a quote.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Totals {
    pub subtotal: String,
    /// What gift cards pay, and what is left then.
    pub credit: String,
    pub due: String,
    pub delivery: String,
    /// Instead of a price of nothing.
    pub free: String,
    pub tax_included: String,
    pub tax_added: String,
    pub total: String,
    /// With `{amount}` for what is missing to free delivery.
    pub missing: String,
}

#[component]
pub fn Drawer(cart: Cart, storefront: Storefront, texts: DrawerTexts) -> impl IntoView {
    let dialog = NodeRef::<Dialog>::new();
    Effect::new(move |_| {
        let wanted = cart.is_open();
        if let Some(dialog) = dialog.get() {
            if wanted && !dialog.open() {
                let _ = dialog.show_modal();
            } else if !wanted {
                dialog.close();
            }
        }
    });
    let DrawerTexts {
        title,
        close,
        empty,
        cart: to_cart,
        checkout,
        totals,
    } = texts;
    let links = Links(storefront);
    let locale = links.0.locale;
    let (cart_href, checkout_href) = (links.cart(), links.checkout());
    let is_empty = move || cart.get().is_none_or(|cart| cart.lines.is_empty());
    let lines = move || {
        let cart = cart.get()?;
        Some(
            cart.lines
                .iter()
                .zip(&cart.quote.lines)
                .map(|(line, quoted)| row(line, quoted.subtotal, &links))
                .collect_view(),
        )
    };
    let sums = move || {
        cart.get()
            .map(|cart: CartView| sums(&cart.quote, &totals, locale))
    };
    view! {
        <dialog
            class="drawer"
            aria-labelledby="drawer-title"
            closedby="any"
            node_ref=dialog
            on:close=move |_| store::set_open(false)
        >
            <header>
                <h2 id="drawer-title">{title}</h2>
                <button type="button" aria-label=close on:click=move |_| store::set_open(false)>
                    <Icon path=CLOSE />
                </button>
            </header>
            <div>
                <p class="quiet" hidden=move || !is_empty()>{empty}</p>
                <ul class="lines small">{lines}</ul>
            </div>
            <footer hidden=is_empty>
                {sums}
                <a class="button wide" href=checkout_href>{checkout}</a>
                <a class="button wide plain" href=cart_href>{to_cart}</a>
            </footer>
        </dialog>
    }
}

fn row(line: &CartLine, subtotal: Money, links: &Links) -> impl IntoView + use<> {
    let locale = links.0.locale;
    let href = links.product(&line.product_slug);
    let picture = line.picture.as_ref().map(|picture| {
        view! { <img src=thumbnail(&picture.src) alt="" width="400" height="500" loading="lazy" /> }
    });
    let count = format!(
        "{} × {}",
        line.quantity.get(),
        money(line.unit_price, locale)
    );
    view! {
        <li>
            <div class="tile">{picture}</div>
            <h3><a href=href>{line.title.clone()}</a></h3>
            <span class="price">{money(subtotal, locale)}</span>
            <p class="meta">{line.options.clone()}<br />{count}</p>
        </li>
    }
}

/// A quote's sums as a list of terms.
pub fn sums(quote: &Quote, texts: &Totals, locale: Locale) -> impl IntoView + use<> {
    let line = |class: &'static str, name: &str, amount: String| {
        view! { <div class=class><dt>{name.to_owned()}</dt><dd>{amount}</dd></div> }
    };
    let delivery = quote.delivery.map(|price| {
        let amount = if price.is_zero() {
            texts.free.clone()
        } else {
            money(price, locale)
        };
        line("", &texts.delivery, amount)
    });
    let less = |amount: Money| money(Money::new(-amount.minor, amount.currency), locale);
    // Each discount under its own name. Those on delivery are in its price.
    let is_on_lines = |adjustment: &&Adjustment| adjustment.from == Part::Lines;
    let discounts = quote
        .adjustments
        .iter()
        .filter(is_on_lines)
        .map(|adjustment| line("", &adjustment.rule, less(adjustment.amount)))
        .collect_view();
    let credit = quote.credit.map(|credit| {
        view! {
            {line("", &texts.credit, less(credit))}
            {line("total", &texts.due, money(quote.due(), locale))}
        }
    });
    let tax = match quote.tax_mode {
        TaxMode::Included => &texts.tax_included,
        TaxMode::Added => &texts.tax_added,
    };
    let missing = quote.missing_for_free_delivery.map(|amount| {
        view! { <p class="quiet missing">{texts.missing.replace("{amount}", &money(amount, locale))}</p> }
    });
    view! {
        {missing}
        <dl class="totals">
            {line("", &texts.subtotal, money(quote.subtotal, locale))}
            {discounts}
            {delivery}
            {line("tax", tax, money(quote.tax, locale))}
            {line("total", &texts.total, money(quote.total, locale))}
            {credit}
        </dl>
    }
}
