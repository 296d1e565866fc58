//! What narrows a list now, each a link that takes it away.

use super::list::List;
use super::wanted::Wanted;
use crate::frame::Frame;
use crate::layout::icon::{CLOSE, Icon};
use domain::Money;
use domain::format::money_short;
use leptos::prelude::*;
use shop::search::{Number, Range, attribute_value};

/// What narrows the list now, each a link that takes it away.
pub fn chips(frame: &Frame, list: &List) -> Option<AnyView> {
    let wanted = &list.wanted;
    if !wanted.is_narrowed() {
        return None;
    }
    let mut all: Vec<(String, Wanted)> = Vec::new();
    for brand in &wanted.brands {
        let less = wanted.with(|wanted| {
            wanted.brands.remove(brand);
        });
        all.push((brand.clone(), less));
    }
    for option in &wanted.options {
        let less = wanted.with(|wanted| {
            wanted.options.remove(option);
        });
        let label = frame
            .app
            .shop
            .markets
            .option_value(frame.locale(), &option.1);
        all.push((label, less));
    }
    for attribute in &wanted.attributes {
        let less = wanted.with(|wanted| {
            wanted.attributes.remove(attribute);
        });
        all.push((value_label(frame, attribute), less));
    }
    for (code, range) in &wanted.numbers {
        let less = wanted.with(|wanted| {
            wanted.numbers.remove(code);
        });
        all.push((numbers_label(frame, code, *range), less));
    }
    if wanted.price != (None, None) {
        let filters = wanted.question(frame.currency).filters;
        let less = wanted.with(|wanted| wanted.price = (None, None));
        all.push((prices(frame, filters.price.0, filters.price.1), less));
    }
    if wanted.in_stock {
        let less = wanted.with(|wanted| wanted.in_stock = false);
        all.push((frame.say("catalog-in-stock"), less));
    }
    if let Some(stars) = wanted.rating {
        let less = wanted.with(|wanted| wanted.rating = None);
        let label = frame.say_with("search-rating-least", &[("stars", stars.into())]);
        all.push((label, less));
    }
    let chips = all
        .into_iter()
        .map(|(label, less)| {
            let href = list.link(&less);
            let away = frame.say_with("search-without", &[("filter", label.clone().into())]);
            view! {
                <li><a class="chip" href=href rel="nofollow" aria-label=away>{label}<Icon path=CLOSE /></a></li>
            }
        })
        .collect_view();
    let clear = list.link(&wanted.widened());
    let label = frame.say("search-chosen");
    Some(
        view! {
            <ul class="chips" aria-label=label>
                {chips}
                <li><a class="link" href=clear rel="nofollow">{frame.say("search-clear")}</a></li>
            </ul>
        }
        .into_any(),
    )
}

/// `Stoneware`; `Dishwasher: yes`, which alone says nothing.
fn value_label(frame: &Frame, (code, value): &(String, String)) -> String {
    let markets = &frame.app.shop.markets;
    let said = attribute_value(markets, frame.locale(), code, value);
    let attributes = markets.attributes();
    let known = attributes.iter().find(|known| known.code == *code);
    match known.filter(|known| known.is_yes_or_no) {
        Some(known) => named(frame, known.name(frame.locale()), said),
        None => said,
    }
}

/// `Height: 20 cm – 45 cm`.
fn numbers_label(frame: &Frame, code: &str, (from, to): Range) -> String {
    let attributes = frame.app.shop.markets.attributes();
    let known = attributes.iter().find(|known| known.code == code);
    let unit = known.map_or("", |known| &known.unit);
    let number = |number: Number| {
        let said = format!("{}\u{a0}{unit}", number.said(frame.locale()));
        said.trim_end().to_owned()
    };
    let name = known.map_or(code, |known| known.name(frame.locale()));
    named(frame, name, range(frame, from.map(number), to.map(number)))
}

fn named(frame: &Frame, name: &str, value: String) -> String {
    let name = name.to_owned();
    frame.say_with(
        "search-named",
        &[("name", name.into()), ("value", value.into())],
    )
}

/// `€10 – €50`, `up to €50`, `from €10`.
pub fn prices(frame: &Frame, from: Option<i64>, to: Option<i64>) -> String {
    let money = |minor| money_short(Money::new(minor, frame.currency), frame.locale());
    range(frame, from.map(money), to.map(money))
}

fn range(frame: &Frame, from: Option<String>, to: Option<String>) -> String {
    match (from, to) {
        (Some(from), Some(to)) => format!("{from} – {to}"),
        (None, Some(to)) => frame.say_with("search-up-to", &[("price", to.into())]),
        (Some(from), None) => frame.say_with("catalog-from", &[("price", from.into())]),
        (None, None) => String::new(),
    }
}
