//! The footer.

use crate::frame::frame;
use crate::layout::head::contents;
use domain::pricing::TaxMode;
use leptos::prelude::*;

#[component]
pub fn Foot() -> impl IntoView {
    let frame = frame();
    let adds_tax = frame
        .app
        .shop
        .markets
        .find(&frame.storefront)
        .is_some_and(|market| market.tax_mode == TaxMode::Added);
    let small = if adds_tax {
        "layout-small-added"
    } else {
        "layout-small-included"
    };
    let categories = frame
        .categories
        .iter()
        .map(|category| {
            let href = frame.links.category(&category.slug);
            view! { <li><a href=href>{category.name.clone()}</a></li> }
        })
        .collect_view();
    let storefronts = frame
        .storefronts
        .iter()
        .map(|(storefront, name)| {
            let href = frame.links.elsewhere(&frame.path, storefront);
            view! { <li><a href=href lang=storefront.locale.code()>{name.clone()}</a></li> }
        })
        .collect_view();
    view! {
        <footer class="foot">
            <div><a class="name" href=frame.links.home()>"Rialto"</a><p>{frame.say("layout-words")}</p></div>
            <div><h2>{frame.say("layout-shop")}</h2><ul>{categories}</ul></div>
            <div><h2>{frame.say("layout-help")}</h2><ul>{contents(&frame)}</ul></div>
            <div><h2>{frame.say("layout-market")}</h2><ul>{storefronts}</ul></div>
            <small>{frame.say(small)}</small>
        </footer>
    }
}
