//! The ways into a comparison: from a product's page, and from a comparison that has room.

use super::wanted::Wanted;
use crate::frame::{Frame, frame};
use crate::layout::{Card, Loading};
use domain::catalog::ProductCard;
use leptos::prelude::*;

/// On the page of `slug`: leads to it beside those that are like it.
#[component]
pub fn Beside(slug: String, others: Vec<String>) -> impl IntoView {
    let frame = frame();
    let slugs = [slug.as_str()].into_iter();
    let mut wanted = Wanted::of(slugs.chain(others.iter().map(String::as_str)));
    wanted.has_more = false;
    let href = format!("{}{}", frame.links.compare(), wanted.query());
    let key = if others.is_empty() {
        "compare-action"
    } else {
        "compare-similar"
    };
    view! { <a class="quiet" href=href rel="nofollow">{frame.say(key)}</a> }
}

/// Others that could stand beside what is compared; nothing where there are none.
pub fn others(frame: &Frame, wanted: &Wanted, cards: Vec<ProductCard>) -> Option<AnyView> {
    if cards.is_empty() {
        return None;
    }
    let each = cards
        .into_iter()
        .map(|card| {
            let href = format!("{}{}", frame.links.compare(), wanted.with(&card.slug).query());
            let label = frame.say_with("compare-add-label", &[("title", card.title.clone().into())]);
            view! {
                <li>
                    <Card card loading=Loading::Later />
                    <a class="button plain small" href=href rel="nofollow" aria-label=label>{frame.say("compare-add")}</a>
                </li>
            }
        })
        .collect_view();
    let view = view! {
        <section class="section related beside">
            <div class="section-head"><h2>{frame.say("compare-others")}</h2></div>
            <ul class="grid">{each}</ul>
        </section>
    };
    Some(view.into_any())
}
