//! What is on the list, and what can be done with each of it.

use crate::compare::tick;
use crate::frame::Frame;
use crate::layout::{Card, Loading};
use domain::CommandId;
use leptos::prelude::*;
use shop::wish::{Other, Wished, Wishes};

/// How many pictures are in sight at once.
const IN_SIGHT: usize = 4;

pub fn view(frame: &Frame, wishes: Wishes) -> impl IntoView + use<> {
    // One alone is compared with nothing.
    let bar = (wishes.wished.len() > 1).then(|| tick::bar(frame));
    let has_many = bar.is_some();
    let each = wishes.wished.into_iter().enumerate();
    let cards = each
        .map(|(index, one)| wished(frame, one, index < IN_SIGHT, has_many))
        .collect_view();
    let others = (!wishes.others.is_empty()).then(|| others(frame, wishes.others));
    view! {
        <ul class="grid">{cards}</ul>
        {bar}
        {others}
    }
}

fn wished(frame: &Frame, one: Wished, is_in_sight: bool, has_many: bool) -> AnyView {
    let Wished { card, only } = one;
    let loading = if is_in_sight {
        Loading::Now
    } else {
        Loading::Later
    };
    let named = [("title", card.title.clone().into())];
    let remove = removal(
        frame,
        &card.slug,
        frame.say("wish-remove"),
        Some(frame.say_with("wish-remove-label", &named)),
    );
    let buy = card.stock.is_available().then(|| match only {
        Some(variant) => {
            // Sent twice by a double click, it is one.
            let shop = &frame.app.shop;
            let command = CommandId(shop.random.id(shop.clock.now()));
            let action = format!("{}/lines", frame.links.cart());
            let label = frame.say_with("wish-add-label", &named);
            view! {
                <form method="post" action=action>
                    <input type="hidden" name="variant" value=variant.to_string() />
                    <input type="hidden" name="command" value=command.to_string() />
                    <button class="button plain small" aria-label=label>{frame.say("catalog-add")}</button>
                </form>
            }
            .into_any()
        }
        None => {
            let label = frame.say_with("wish-choose-label", &named);
            let href = frame.links.product(&card.slug);
            view! { <a class="button plain small" href=href aria-label=label>{frame.say("wish-choose")}</a> }
                .into_any()
        }
    });
    let tick = has_many.then(|| tick::of(frame, &card.slug, &card.title));
    view! {
        <li>
            <Card card loading />
            <div class="acts">{buy}{remove}{tick}</div>
        </li>
    }
    .into_any()
}

/// A form of one button that takes a product off the list.
pub fn removal(frame: &Frame, slug: &str, text: String, label: Option<String>) -> AnyView {
    view! {
        <form method="post" action=frame.links.wishes()>
            <input type="hidden" name="product" value=slug.to_owned() />
            <input type="hidden" name="remove" value="1" />
            <button class="link" aria-label=label>{text}</button>
        </form>
    }
    .into_any()
}

/// What can't be had here, named so that it can be taken off.
fn others(frame: &Frame, others: Vec<Other>) -> impl IntoView + use<> {
    let each = others
        .into_iter()
        .map(|Other { slug, title }| {
            let label = frame.say_with("wish-remove-label", &[("title", title.clone().into())]);
            let remove = removal(frame, &slug, frame.say("wish-remove"), Some(label));
            view! { <li><span>{title}</span>{remove}</li> }
        })
        .collect_view();
    view! {
        <section class="wished-before">
            <h2>{frame.say("wish-others")}</h2>
            <ul>{each}</ul>
        </section>
    }
}
