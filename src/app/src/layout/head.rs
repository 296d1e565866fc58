//! The header: categories left, the name in the middle, storefront, wish list and bag right; on phones the links are in a sheet.

use crate::cart;
use crate::frame::{Frame, frame};
use crate::layout::icon::{CLOSE, HEART, Icon, MENU, SEARCH};
use islands::cart::{CartBadge, DrawerTexts};
use leptos::prelude::*;

#[component]
pub fn Head() -> impl IntoView {
    let frame = frame();
    let storefront = frame.storefront.clone();
    view! {
        <header class="head">
            <nav class="head-links" aria-label=frame.say("layout-categories")>{categories(&frame)}</nav>
            <a class="name" href=frame.links.home()>"Rialto"</a>
            <div class="head-tools">
                <details class="market">
                    <summary><span class="unseen">{frame.say("layout-market")}": "</span>{here(&frame)}</summary>
                    <ul>{storefronts(&frame)}</ul>
                </details>
                {finder(&frame)}
                <a class="to-wishes" href=frame.links.wishes() rel="nofollow" aria-label=frame.say("wish-title")><Icon path=HEART /></a>
                <CartBadge storefront texts=texts(&frame) />
                <details class="menu">
                    <summary aria-label=frame.say("layout-menu")><Icon path=MENU /><Icon path=CLOSE /></summary>
                    <nav class="sheet" aria-label=frame.say("layout-menu")>
                        <div class="large">{categories(&frame)}</div>
                        <ul>{contents(&frame)}</ul>
                        <ul aria-label=frame.say("layout-market")>{storefronts(&frame)}</ul>
                    </nav>
                </details>
            </div>
        </header>
    }
}

/// A fold with the search's form. What is offered while somebody types comes by a script that is loaded at the first touch.
fn finder(frame: &Frame) -> AnyView {
    let script = frame.asset("/suggest.js");
    view! {
        <details class="finder">
            <summary aria-label=frame.say("search-title")><Icon path=SEARCH /><Icon path=CLOSE /></summary>
            <form
                role="search"
                method="get"
                action=frame.links.search()
                data-suggest=script
                data-api=frame.links.suggest()
                data-label=frame.say("search-suggestions")
            >
                <label class="unseen" for="q">{frame.say("search-label")}</label>
                <input id="q" type="text" name="q" maxlength="200" autocomplete="off" inputmode="search" enterkeyhint="search" placeholder=frame.say("search-label") />
                <button class="button">{frame.say("search-action")}</button>
            </form>
        </details>
    }
    .into_any()
}

/// `EU · €`
fn here(frame: &Frame) -> String {
    format!(
        "{} · {}",
        frame.storefront.market.as_str().to_uppercase(),
        frame.currency.symbol().trim_end()
    )
}

fn categories(frame: &Frame) -> impl IntoView + use<> {
    let link = |slug: &str, name: &str| {
        let href = frame.links.category(slug);
        let current = (href == frame.path).then_some("page");
        view! { <a href=href aria-current=current>{name.to_owned()}</a> }
    };
    frame
        .categories
        .iter()
        .map(|category| link(&category.slug, &category.name))
        .collect_view()
}

/// This page in every storefront.
fn storefronts(frame: &Frame) -> impl IntoView + use<> {
    let link = |(storefront, name): &(domain::Storefront, String)| {
        let href = frame.links.elsewhere(&frame.path, storefront);
        let current = (*storefront == frame.storefront).then_some("true");
        let language = storefront.locale.code();
        view! { <li><a href=href lang=language hreflang=language aria-current=current>{name.clone()}</a></li> }
    };
    frame.storefronts.iter().map(link).collect_view()
}

/// Links to the plain pages, and to what is kept for later.
pub fn contents(frame: &Frame) -> impl IntoView + use<> {
    let link = |slug: &str| {
        let href = frame.links.content(slug);
        view! { <li><a href=href>{frame.say(&format!("layout-{slug}"))}</a></li> }
    };
    let wishes = frame.links.wishes();
    view! {
        {crate::content::PAGES.map(link).collect_view()}
        <li><a href=wishes rel="nofollow">{frame.say("wish-title")}</a></li>
    }
}

fn texts(frame: &Frame) -> DrawerTexts {
    DrawerTexts {
        title: frame.say("layout-bag"),
        close: frame.say("layout-bag-close"),
        empty: frame.say("layout-bag-empty"),
        cart: frame.say("layout-bag-cart"),
        checkout: frame.say("layout-bag-checkout"),
        totals: cart::texts::totals(frame),
    }
}
