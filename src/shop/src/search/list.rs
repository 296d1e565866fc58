//! Makes an answer of a bounded number of candidates that are all at hand: filters, facets, order, page.

use super::attribute::{self, Name, numbers_name};
use super::facets::{Facets, Numbers, facets};
use super::{After, BETWEEN, Count, FacetKey, Filters, Found, MOST, Query, Sort};
use crate::market::Markets;
use domain::{Locale, ProductId};
use std::collections::BTreeSet;
use uuid::Uuid;

/// A product that may be on the list.
#[derive(Clone, Debug)]
pub struct Candidate {
    pub id: ProductId,
    /// How well it matches; more is better.
    pub rank: f32,
    pub position: i64,
    /// Microseconds since 1970.
    pub published: i64,
    /// Its cheapest variant's price, in minor units.
    pub price: i64,
    pub in_stock: bool,
    pub merit: Merit,
    pub brand: String,
    /// Of options and attributes: name, [`BETWEEN`], value; each once.
    pub keys: Vec<String>,
}

/// What shoppers made of a product: nothing yet, where all of it is 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Merit {
    /// The average of its reviews' stars, in hundredths.
    pub stars: i64,
    /// By which lists are ordered; the higher the better.
    pub score: i64,
    /// Units sold lately.
    pub sold: i64,
}

/// At least so many stars are offered as filters.
pub(super) const STARS: [u8; 3] = [4, 3, 2];

/// Whether `stars`, in hundredths, are at least so many.
pub(super) fn has_stars(stars: i64, least: u8) -> bool {
    stars >= i64::from(least) * 100
}

/// Where merit stands before everything that has none, and is before it by position.
const MERITED: i64 = i64::MIN / 2;

/// The key of a product by its merit, the more the earlier; without any, by its position.
pub(super) fn by_merit(merit: i64, position: i64) -> i64 {
    if merit > 0 { MERITED - merit } else { position }
}

/// The merit in a key, or the position.
pub(super) fn merit_of(key: i64) -> Result<i64, i64> {
    if key < MERITED {
        Ok(MERITED - key)
    } else {
        Err(key)
    }
}

/// The filters that can be chosen one by one.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Sieve {
    Brand,
    /// An option or attribute, by its name in keys.
    Named(String),
    Price,
    InStock,
    Rating,
}

/// The page of `candidates` that `query` asks for. `is_all`: there are no more than these.
pub fn list(
    markets: &Markets,
    locale: Locale,
    query: &Query,
    candidates: Vec<Candidate>,
    is_all: bool,
) -> Found {
    let filters = &query.filters;
    let mut counted = Facets::default();
    let mut hits: Vec<Place> = Vec::new();
    for candidate in &candidates {
        let failed = failed(filters, candidate);
        // A value counts where nothing but its own facet's choice stands against the product.
        let stands = |sieve: &Sieve| failed.iter().all(|other| other == sieve);
        if stands(&Sieve::Brand) && !candidate.brand.is_empty() {
            counted.add(FacetKey::Brand, &candidate.brand, 1);
        }
        for key in &candidate.keys {
            let Some((name, value)) = key.split_once(BETWEEN) else {
                continue;
            };
            if !failed.is_empty() && !stands(&Sieve::Named(name.to_owned())) {
                continue;
            }
            if let Some(key) = FacetKey::of(name) {
                counted.add(key, value, 1);
            } else if let (Name::Numbers(code), Some(number)) =
                (Name::of(name), attribute::number(value))
            {
                counted.add_numbers(code, Numbers::one(number));
            }
        }
        if stands(&Sieve::InStock) && candidate.in_stock {
            counted.add(FacetKey::InStock, "true", 1);
        }
        if stands(&Sieve::Rating) {
            for least in STARS {
                if has_stars(candidate.merit.stars, least) {
                    counted.add(FacetKey::Rating, &least.to_string(), 1);
                }
            }
        }
        if stands(&Sieve::Price) {
            counted.add_prices((candidate.price, candidate.price));
        }
        if failed.is_empty() {
            hits.push(place(query, candidate));
        }
    }
    let total = hits.len() as u64;
    hits.sort_unstable();
    let (products, next) = page(query, &hits);
    Found {
        products,
        next,
        count: if is_all {
            Count::Exactly(total)
        } else {
            Count::AtLeast(total)
        },
        prices: counted.prices,
        facets: facets(markets, locale, filters, counted),
        understood: Vec::new(),
        loosened: false,
    }
}

/// The chosen filters that the product does not pass.
fn failed(filters: &Filters, product: &Candidate) -> BTreeSet<Sieve> {
    let mut failed = BTreeSet::new();
    if !filters.brands.is_empty() && !filters.brands.contains(&product.brand) {
        failed.insert(Sieve::Brand);
    }
    let values_of = |name: &str| {
        let each = product.keys.iter();
        each.filter_map(move |key| key.split_once(BETWEEN).filter(|(of, _)| *of == name))
            .map(|(_, value)| value.to_owned())
            .collect::<Vec<_>>()
    };
    for (name, values) in filters.choices() {
        if !values_of(&name).iter().any(|value| values.contains(value)) {
            failed.insert(Sieve::Named(name));
        }
    }
    for (code, (low, high)) in &filters.numbers {
        let name = numbers_name(code);
        let number = values_of(&name)
            .first()
            .and_then(|value| attribute::number(value));
        let lies = number.is_some_and(|number| {
            low.is_none_or(|low| number >= low) && high.is_none_or(|high| number <= high)
        });
        if !lies {
            failed.insert(Sieve::Named(name));
        }
    }
    let (low, high) = filters.price;
    if low.is_some_and(|low| product.price < low) || high.is_some_and(|high| product.price > high) {
        failed.insert(Sieve::Price);
    }
    if filters.in_stock && !product.in_stock {
        failed.insert(Sieve::InStock);
    }
    if filters
        .rating
        .is_some_and(|least| !has_stars(product.merit.stars, least))
    {
        failed.insert(Sieve::Rating);
    }
    failed
}

/// Where a product stands: the smallest comes first. Of equal keys the id decides, of equal dates the later one, as
/// PostgreSQL's indexes have it.
pub(super) type Place = (i64, u128);

pub(super) fn place(query: &Query, product: &Candidate) -> Place {
    let key = match query.sort {
        Sort::Relevance if !query.text.is_empty() => best_first(product.rank),
        Sort::Relevance => product.position,
        Sort::BestSelling => by_merit(product.merit.sold, product.position),
        Sort::Rating => by_merit(product.merit.score, product.position),
        Sort::PriceUp => product.price,
        Sort::PriceDown => -product.price,
        Sort::Newest => -product.published,
    };
    (key, tie(query.sort, product.id))
}

/// The place a position stands for.
pub(super) fn place_of(after: After) -> Place {
    (after.key, tie(after.sort, after.id))
}

pub(super) fn tie(sort: Sort, id: ProductId) -> u128 {
    match sort {
        Sort::Newest => !id.0.as_u128(),
        _ => id.0.as_u128(),
    }
}

/// The position after the product at that place.
pub(super) fn after(sort: Sort, (key, tie): Place) -> After {
    let id = ProductId(Uuid::from_u128(match sort {
        Sort::Newest => !tie,
        _ => tie,
    }));
    After { sort, key, id }
}

/// A number that is the smaller the better the rank is. Ranks are not negative: then their bits are in their order.
pub(super) fn best_first(rank: f32) -> i64 {
    -i64::from(rank.max(0.0).to_bits())
}

/// The products after the query's position, and where the next page begins. `hits` are sorted.
pub(super) fn page(query: &Query, hits: &[Place]) -> (Vec<ProductId>, Option<After>) {
    let limit = query.limit.clamp(1, MOST);
    let begin = match position(query) {
        Some(after) => {
            let end = place_of(after);
            hits.partition_point(|&hit| hit <= end)
        }
        None => 0,
    };
    let rest = &hits[begin..];
    let page = &rest[..limit.min(rest.len())];
    let last = page.last().filter(|_| rest.len() > limit);
    let next = last.map(|&last| after(query.sort, last));
    let ids = page.iter().map(|&hit| after(query.sort, hit).id);
    (ids.collect(), next)
}

/// The position to go on from, if it is one of this order.
pub(super) fn position(query: &Query) -> Option<After> {
    query.after.filter(|after| after.sort == query.sort)
}
