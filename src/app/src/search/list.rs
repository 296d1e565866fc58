//! A list of products with what narrows it: chips, facets, order, pages. Links and plain forms, all of it in the address.

use super::chips::{chips, prices};
use super::filters::{filters, kept};
use super::wanted::Wanted;
use crate::error::PageError;
use crate::frame::Frame;
use crate::layout::Grid;
use crate::state::App;
use domain::{CategoryId, Storefront};
use leptos::prelude::*;
use shop::catalog::{Listing, PAGE};
use shop::search::{Count, Sort, Understood};

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
    /// The address of what is wanted of it.
    pub fn link(&self, wanted: &Wanted) -> String {
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

    /// How many there are, in words: as many as a page shows are counted, more are told roughly.
    pub fn count(&self, frame: &Frame) -> String {
        match self.listing.found.count {
            Count::Exactly(0) if self.wanted.is_narrowed() => frame.say("search-nothing-left"),
            Count::Exactly(count) if count <= PAGE as u64 => {
                frame.say_with("catalog-things", &[("count", count.into())])
            }
            Count::Exactly(count) => {
                let count = (count + 5) / 10 * 10;
                frame.say_with("catalog-about", &[("count", count.into())])
            }
            Count::AtLeast(count) => frame.say_with("search-more-than", &[("count", count.into())]),
        }
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
                Understood::Price(from, to) => prices(frame, *from, *to),
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
    let rest = kept(wanted, |name| name != "sort");
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
