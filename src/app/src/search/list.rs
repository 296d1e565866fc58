//! A list of products with what narrows it: chips, facets, order, pages. Links and plain forms, all of it in the address.

use super::wanted::{Amount, Wanted};
use crate::error::PageError;
use crate::frame::Frame;
use crate::layout::Grid;
use crate::layout::icon::{CLOSE, Icon};
use crate::state::App;
use domain::format::money_short;
use domain::{CategoryId, Money, Storefront};
use leptos::prelude::*;
use shop::catalog::Listing;
use shop::search::{Count, Facet, FacetKey, FacetValue, Sort, Understood};

/// Values of a facet that are shown before the rest is folded away.
const SHOWN: usize = 8;
/// Orders that are offered, in this order.
const SORTS: [Sort; 6] = [
    Sort::Relevance,
    Sort::BestSelling,
    Sort::Rating,
    Sort::Newest,
    Sort::PriceUp,
    Sort::PriceDown,
];

/// A list as it is shown.
#[derive(Clone, Debug)]
pub struct List {
    /// Its address without a query.
    pub path: String,
    pub wanted: Wanted,
    pub listing: Listing,
    /// Whether it is all of one brand: then brands narrow nothing.
    pub is_brand: bool,
}

/// What a list is taken from.
#[derive(Clone, Debug, Default)]
pub struct Stock {
    pub category: Option<CategoryId>,
    /// The vendor's name.
    pub brand: Option<String>,
}

/// Loads the page of a list.
///
/// # Errors
/// [`PageError`] when it can't be read.
pub async fn load(
    app: &App,
    at: &Storefront,
    path: String,
    wanted: Wanted,
    stock: Stock,
) -> Result<List, PageError> {
    let currency = app
        .shop
        .markets
        .find(at)
        .ok_or(PageError::NotFound)?
        .currency;
    let mut query = wanted.question(currency);
    query.category = stock.category;
    let is_brand = stock.brand.is_some();
    if let Some(brand) = stock.brand {
        query.filters.brands = vec![brand];
    }
    let listing = shop::catalog::list(&app.shop, at, &query).await?;
    Ok(List {
        path,
        wanted,
        listing,
        is_brand,
    })
}

impl List {
    fn link(&self, wanted: &Wanted) -> String {
        format!("{}{}", self.path, wanted.query())
    }

    /// The tags of the products on it, and of all lists: a cached copy is as old as none of them.
    pub fn tags(&self) -> impl Iterator<Item = String> {
        let slugs = self.listing.products.iter();
        let products = slugs.map(|card| format!("product:{}", card.slug));
        products.chain(std::iter::once(shop::search::TAG.to_owned()))
    }

    /// Whether it is the first page of the whole list: the one address for search engines.
    pub fn is_plain(&self) -> bool {
        self.wanted.query().is_empty()
    }

    /// How many there are, in words.
    pub fn count(&self, frame: &Frame) -> String {
        match self.listing.found.count {
            Count::Exactly(count) => {
                let count = roughly(count);
                frame.say_with("catalog-about", &[("count", count.into())])
            }
            Count::AtLeast(count) => frame.say_with("search-more-than", &[("count", count.into())]),
        }
    }
}

/// A count as one would say it: to the ten, from ten on.
const fn roughly(count: u64) -> u64 {
    if count < 10 {
        count
    } else {
        (count + 5) / 10 * 10
    }
}

/// The list with everything around it but its heading.
pub fn view(frame: &Frame, list: &List) -> AnyView {
    let is_empty = list.listing.products.is_empty();
    let opener = view! {
        <a class="button plain small opener" href="#filters">{frame.say("search-filters")}</a>
    };
    view! {
        <div class="shelf">
            {filters(frame, list)}
            <div class="shelf-list" id="list">
                <div class="shelf-head">{opener}{sorting(frame, list)}</div>
                {understood(frame, list)}
                {chips(frame, list)}
                <div class="list"><Grid cards=list.listing.products.clone() in_sight=4 /></div>
                {is_empty.then(|| nothing(frame, list))}
                {pages(frame, list)}
            </div>
        </div>
    }
    .into_any()
}

/// Said where nothing is: what to leave out, or that this is all.
fn nothing(frame: &Frame, list: &List) -> AnyView {
    let key = if list.wanted.after.is_some() {
        "catalog-empty-end"
    } else if list.wanted.is_narrowed() {
        "search-empty-narrowed"
    } else if list.wanted.text.is_empty() {
        "catalog-empty"
    } else {
        "search-empty"
    };
    let wider = list.wanted.is_narrowed().then(|| {
        let href = list.link(&list.wanted.widened());
        view! { <a class="button plain" href=href>{frame.say("search-clear")}</a> }
    });
    view! { <div class="empty"><p>{frame.say(key)}</p>{wider}</div> }.into_any()
}

fn pages(frame: &Frame, list: &List) -> AnyView {
    let more = list.listing.found.next.map(|next| {
        let mut wanted = list.wanted.clone();
        wanted.after = Some(next);
        let href = list.link(&wanted);
        view! { <a class="button plain" rel="next" href=href>{frame.say("catalog-next-page")}</a> }
    });
    let first = list.wanted.after.is_some().then(|| {
        let href = list.link(&list.wanted.with(|_| {}));
        view! { <a class="link" href=href>{frame.say("catalog-first-page")}</a> }
    });
    view! { <div class="list-foot">{more}{first}</div> }.into_any()
}

/// What of the text was taken for a filter, and the way back; and whether only some of its words were found.
fn understood(frame: &Frame, list: &List) -> Option<AnyView> {
    let found = &list.listing.found;
    let loosened = found
        .loosened
        .then(|| view! { <p>{frame.say("search-loosened")}</p> });
    let taken = (!found.understood.is_empty()).then(|| {
        let named: Vec<String> = found
            .understood
            .iter()
            .map(|taken| match taken {
                Understood::Price(from, to) => range(frame, *from, *to),
                Understood::Option(_, value) => {
                    frame.app.shop.markets.option_value(frame.locale(), value)
                }
            })
            .collect();
        let literal = list.wanted.with(|wanted| wanted.literal = true);
        let href = list.link(&literal);
        let names = named.join(", ");
        view! {
            <p>
                {frame.say_with("search-understood", &[("filters", names.into())])}" "
                <a class="link" href=href rel="nofollow">{frame.say("search-literally")}</a>
            </p>
        }
    });
    let is_said = loosened.is_some() || taken.is_some();
    is_said.then(|| view! { <div class="notice" role="status">{loosened}{taken}</div> }.into_any())
}

/// `€10 – €50`, `up to €50`, `from €10`.
fn range(frame: &Frame, from: Option<i64>, to: Option<i64>) -> String {
    let money = |minor| money_short(Money::new(minor, frame.currency), frame.locale());
    match (from, to) {
        (Some(from), Some(to)) => format!("{} – {}", money(from), money(to)),
        (None, Some(to)) => frame.say_with("search-up-to", &[("price", money(to).into())]),
        (Some(from), None) => frame.say_with("catalog-from", &[("price", money(from).into())]),
        (None, None) => String::new(),
    }
}

/// What narrows the list now, each a link that takes it away.
fn chips(frame: &Frame, list: &List) -> Option<AnyView> {
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
    if wanted.price != (None, None) {
        let filters = wanted.question(frame.currency).filters;
        let less = wanted.with(|wanted| wanted.price = (None, None));
        all.push((range(frame, filters.price.0, filters.price.1), less));
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

/// Fields that keep the rest of what is wanted while a form changes some of it.
fn kept(wanted: &Wanted, names: &[&str]) -> Vec<AnyView> {
    wanted
        .parameters()
        .into_iter()
        .filter(|(name, _)| names.contains(name))
        .map(|(name, value)| view! { <input type="hidden" name=name value=value /> }.into_any())
        .collect()
}

/// A form of one choice. With a script, choosing is enough.
fn sorting(frame: &Frame, list: &List) -> AnyView {
    let wanted = &list.wanted;
    let options = SORTS.map(|sort| {
        let key = match sort {
            Sort::Relevance if wanted.text.is_empty() => "catalog-sort-featured".to_owned(),
            sort => format!("catalog-sort-{}", sort.code()),
        };
        let is_chosen = sort == wanted.sort;
        view! { <option value=sort.code() selected=is_chosen>{frame.say(&key)}</option> }
    });
    let rest = kept(
        wanted,
        &["q", "exact", "brand", "f", "from", "to", "stock", "rating"],
    );
    view! {
        <form class="sort" method="get" action=list.path.clone() data-eager="">
            {rest}
            <label for="sort">{frame.say("catalog-sort")}</label>
            <select id="sort" name="sort">{options.collect_view()}</select>
            <button class="button plain">{frame.say("catalog-sort-action")}</button>
        </form>
    }
    .into_any()
}

/// What the list can be narrowed by: a column beside it, a sheet over it on phones.
fn filters(frame: &Frame, list: &List) -> AnyView {
    let found = &list.listing.found;
    let facets = found
        .facets
        .iter()
        .filter(|facet| match &facet.key {
            FacetKey::InStock | FacetKey::Rating => false,
            FacetKey::Brand => !list.is_brand && narrows(facet),
            // Its name could not be told from its value in the address.
            FacetKey::Option(name) => !name.contains(':') && narrows(facet),
        })
        .map(|facet| group(frame, facet))
        .collect_view();
    let rest = kept(&list.wanted, &["q", "exact", "sort"]);
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
fn narrows(facet: &Facet) -> bool {
    facet.values.len() > 1 || facet.values.iter().any(|value| value.is_chosen)
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
    let field = |name: &'static str, key: &str, chosen: Option<Amount>, bound: Option<i64>| {
        let id = format!("price-{name}");
        let hint = bound.map(|minor| Amount::of(minor, frame.currency).to_string());
        let value = chosen.map(|amount| amount.to_string());
        view! {
            <div class="field">
                <label for=id.clone()>{frame.say(key)}</label>
                <input id=id name=name type="text" inputmode="decimal" autocomplete="off" maxlength="12" value=value placeholder=hint />
            </div>
        }
    };
    let symbol = frame.currency.symbol().trim_end();
    view! {
        <fieldset class="facet range">
            <legend>{frame.say("search-price")}" ("{symbol}")"</legend>
            <div>
                {field("from", "search-price-from", list.wanted.price.0, lowest)}
                {field("to", "search-price-to", list.wanted.price.1, highest)}
            </div>
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

fn group(frame: &Frame, facet: &Facet) -> AnyView {
    let (legend, option) = match &facet.key {
        FacetKey::Brand => (frame.say("search-brand"), None),
        FacetKey::InStock | FacetKey::Rating => (String::new(), None),
        FacetKey::Option(name) => (facet.label.clone(), Some(name)),
    };
    let tick = |value: &FacetValue| {
        let (name, said) = match option {
            None => ("brand", value.value.clone()),
            Some(option) => ("f", format!("{option}:{}", value.value)),
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
