//! What a list can be narrowed by: a plain form.

use super::list::List;
use super::wanted::{Amount, Wanted};
use crate::frame::Frame;
use crate::layout::icon::{CLOSE, Icon};
use leptos::prelude::*;
use shop::search::{Facet, FacetKey, FacetValue, Number};

/// Values of a facet that are shown before the rest is folded away.
const SHOWN: usize = 8;

/// Fields that keep the rest of what is wanted while a form changes some of it: the parameters that `stays` names.
pub fn kept(wanted: &Wanted, stays: impl Fn(&str) -> bool) -> Vec<AnyView> {
    let all = wanted.parameters().into_iter();
    all.filter(|(name, _)| stays(name))
        .map(|(name, value)| view! { <input type="hidden" name=name value=value /> }.into_any())
        .collect()
}

/// What the list can be narrowed by: a column beside it, a sheet over it on phones.
pub fn filters(frame: &Frame, list: &List) -> AnyView {
    let found = &list.listing.found;
    let facets = found
        .facets
        .iter()
        .filter(|facet| is_offered(list, facet))
        .map(|facet| match &facet.key {
            FacetKey::Numbers(code) => numbers(frame, list, facet, code),
            _ => group(frame, facet),
        })
        .collect_view();
    let rest = kept(&list.wanted, |name| ["q", "exact", "sort"].contains(&name));
    view! {
        <form class="filters" id="filters" method="get" action=list.path.clone() data-eager="wide" aria-label=frame.say("search-filters")>
            {rest}
            <div class="filters-head">
                <h2>{frame.say("search-filters")}</h2>
                <a href="#list" aria-label=frame.say("layout-bag-close")><Icon path=CLOSE /></a>
            </div>
            {in_stock(frame, list)}
            {price(frame, list)}
            {rating(frame, list)}
            {facets}
            <div class="filters-foot"><button class="button wide">{frame.say("search-show")}</button></div>
        </form>
    }
    .into_any()
}

/// Whether there is something to choose, or something chosen.
fn is_offered(list: &List, facet: &Facet) -> bool {
    let is_chosen = facet.values.iter().any(|value| value.is_chosen);
    let differs = facet.values.len() > 1 || is_chosen;
    match &facet.key {
        FacetKey::InStock | FacetKey::Rating => false,
        FacetKey::Brand => !list.is_brand && differs,
        // Its name could not be told from its value in the address.
        FacetKey::Option(name) => !name.contains(':') && differs,
        FacetKey::Attribute(_) => differs,
        FacetKey::Numbers(code) => {
            let lies_apart = facet.range.is_some_and(|(low, high)| low < high);
            lies_apart || list.wanted.numbers.contains_key(code)
        }
    }
}

fn in_stock(frame: &Frame, list: &List) -> AnyView {
    view! {
        <label class="tick">
            <input type="checkbox" name="stock" value="1" checked=list.wanted.in_stock />
            <span>{frame.say("search-in-stock")}</span>
        </label>
    }
    .into_any()
}

fn price(frame: &Frame, list: &List) -> AnyView {
    let (lowest, highest) = list.listing.found.prices.unzip();
    let amount = |minor| Amount::of(minor, frame.currency).to_string();
    let (from, to) = list.wanted.price;
    let legend = format!(
        "{} ({})",
        frame.say("search-price"),
        frame.currency.symbol().trim_end()
    );
    let from = (from.map(|from| from.to_string()), lowest.map(amount));
    let to = (to.map(|to| to.to_string()), highest.map(amount));
    range(frame, legend, "", from, to)
}

fn numbers(frame: &Frame, list: &List, facet: &Facet, code: &str) -> AnyView {
    let legend = match &*facet.unit {
        "" => facet.label.clone(),
        unit => format!("{} ({unit})", facet.label),
    };
    let chosen = list.wanted.numbers.get(code).copied();
    let (from, to) = chosen.unwrap_or_default();
    let said = |number: Number| number.said(frame.locale());
    let (lowest, highest) = facet.range.unzip();
    let from = (from.map(said), lowest.map(said));
    let to = (to.map(said), highest.map(said));
    range(frame, legend, &format!(".{code}"), from, to)
}

/// What is chosen, and what there is.
type Bound = (Option<String>, Option<String>);

/// Two fields, named `from` and `to` and what is told behind that.
fn range(frame: &Frame, legend: String, of: &str, from: Bound, to: Bound) -> AnyView {
    let field = |end: &str, key: &str, (chosen, hint): Bound| {
        let (id, name) = (format!("range-{end}{of}"), format!("{end}{of}"));
        view! {
            <div class="field">
                <label for=id.clone()>{frame.say(key)}</label>
                <input id=id name=name type="text" inputmode="decimal" autocomplete="off" maxlength="14" value=chosen placeholder=hint />
            </div>
        }
    };
    view! {
        <fieldset class="facet range">
            <legend>{legend}</legend>
            <div>{field("from", "search-price-from", from)}{field("to", "search-price-to", to)}</div>
        </fieldset>
    }
    .into_any()
}

/// At least so many stars, where anything has some.
fn rating(frame: &Frame, list: &List) -> Option<AnyView> {
    let facets = &list.listing.found.facets;
    let facet = facets.iter().find(|facet| facet.key == FacetKey::Rating)?;
    if facet.values.is_empty() {
        return None;
    }
    let count = |stars: u8| {
        let known = facet
            .values
            .iter()
            .find(|known| known.value == stars.to_string());
        known.map_or(0, |known| known.count)
    };
    let choice = |stars: Option<u8>| {
        let label = match stars {
            Some(stars) => frame.say_with("search-rating-least", &[("stars", stars.into())]),
            None => frame.say("search-rating-any"),
        };
        let counted = stars.map(|stars| view! { " "<small>{count(stars)}</small> });
        let value = stars.map_or_else(String::new, |stars| stars.to_string());
        view! {
            <label class="tick">
                <input type="radio" name="rating" value=value checked={list.wanted.rating == stars} />
                <span>{label}</span>
                {counted}
            </label>
        }
    };
    let choices = [None, Some(4), Some(3), Some(2)].map(choice).collect_view();
    let legend = frame.say("search-rating");
    Some(view! { <fieldset class="facet"><legend>{legend}</legend>{choices}</fieldset> }.into_any())
}

/// Values to choose from.
fn group(frame: &Frame, facet: &Facet) -> AnyView {
    let (legend, of) = match &facet.key {
        FacetKey::Option(name) => (facet.label.clone(), Some(("f", name))),
        FacetKey::Attribute(code) => (facet.label.clone(), Some(("a", code))),
        _ => (frame.say("search-brand"), None),
    };
    let tick = |value: &FacetValue| {
        let (name, said) = match of {
            None => ("brand", value.value.clone()),
            Some((parameter, of)) => (parameter, format!("{of}:{}", value.value)),
        };
        view! {
            <label class="tick">
                <input type="checkbox" name=name value=said checked=value.is_chosen />
                <span>{value.label.clone()}</span>" "
                <small>{value.count}</small>
            </label>
        }
    };
    let (first, rest) = facet.values.split_at(facet.values.len().min(SHOWN));
    let is_open = rest.iter().any(|value| value.is_chosen);
    let rest = (!rest.is_empty()).then(|| {
        let ticks = rest.iter().map(tick).collect_view();
        view! {
            <details class="more" open=is_open><summary>{frame.say("search-more")}</summary>{ticks}</details>
        }
    });
    let first = first.iter().map(tick).collect_view();
    view! { <fieldset class="facet"><legend>{legend}</legend>{first}{rest}</fieldset> }.into_any()
}
