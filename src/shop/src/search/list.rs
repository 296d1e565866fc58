//! Makes an answer of a bounded number of candidates that are all at hand: filters, facets, order, page.

use super::{
    After, Count, Facet, FacetKey, FacetValue, Filters, Found, MOST, Query, Sort, query::BETWEEN,
};
use crate::market::Markets;
use domain::{Locale, ProductId};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Values of a facet that are shown.
const VALUES: usize = 30;

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
    /// Name, [`BETWEEN`], value; each once.
    pub options: Vec<String>,
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
    Option(String),
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
    let mut counts: BTreeMap<FacetKey, BTreeMap<String, u64>> = BTreeMap::new();
    let mut prices: Option<(i64, i64)> = None;
    let mut hits: Vec<Place> = Vec::new();
    for candidate in &candidates {
        let failed = failed(filters, candidate);
        // A value counts where nothing but its own facet's choice stands against the product.
        let stands = |sieve: &Sieve| failed.iter().all(|other| other == sieve);
        if stands(&Sieve::Brand) && !candidate.brand.is_empty() {
            count(&mut counts, FacetKey::Brand, &candidate.brand);
        }
        for option in &candidate.options {
            let Some((name, value)) = option.split_once(BETWEEN) else {
                continue;
            };
            if failed.is_empty() || stands(&Sieve::Option(name.to_owned())) {
                count(&mut counts, FacetKey::Option(name.to_owned()), value);
            }
        }
        if stands(&Sieve::InStock) && candidate.in_stock {
            count(&mut counts, FacetKey::InStock, "true");
        }
        if stands(&Sieve::Rating) {
            for least in STARS {
                if has_stars(candidate.merit.stars, least) {
                    count(&mut counts, FacetKey::Rating, &least.to_string());
                }
            }
        }
        if stands(&Sieve::Price) {
            let (low, high) = prices.unwrap_or((candidate.price, candidate.price));
            prices = Some((low.min(candidate.price), high.max(candidate.price)));
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
        facets: facets(markets, locale, filters, counts),
        prices,
        understood: Vec::new(),
        loosened: false,
    }
}

fn count(counts: &mut BTreeMap<FacetKey, BTreeMap<String, u64>>, key: FacetKey, value: &str) {
    let values = counts.entry(key).or_default();
    match values.get_mut(value) {
        Some(count) => *count += 1,
        None => {
            values.insert(value.to_owned(), 1);
        }
    }
}

/// The chosen filters that the product does not pass.
fn failed(filters: &Filters, product: &Candidate) -> BTreeSet<Sieve> {
    let mut failed = BTreeSet::new();
    if !filters.brands.is_empty() && !filters.brands.contains(&product.brand) {
        failed.insert(Sieve::Brand);
    }
    for (name, values) in &filters.options {
        let has = |value: &String| {
            product
                .options
                .iter()
                .any(|option| option.split_once(BETWEEN) == Some((name, value)))
        };
        if !values.is_empty() && !values.iter().any(has) {
            failed.insert(Sieve::Option(name.clone()));
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

/// The facets with their labels, chosen values with them even where nothing counts for them.
pub(super) fn facets(
    markets: &Markets,
    locale: Locale,
    filters: &Filters,
    mut counts: BTreeMap<FacetKey, BTreeMap<String, u64>>,
) -> Vec<Facet> {
    let none = Vec::new();
    let chosen_stock = vec!["true".to_owned()];
    let chosen_rating: Vec<String> = filters.rating.iter().map(u8::to_string).collect();
    let mut chosen: BTreeMap<FacetKey, &Vec<String>> = BTreeMap::new();
    chosen.insert(FacetKey::Brand, &filters.brands);
    chosen.insert(
        FacetKey::InStock,
        if filters.in_stock {
            &chosen_stock
        } else {
            &none
        },
    );
    chosen.insert(FacetKey::Rating, &chosen_rating);
    for (name, values) in &filters.options {
        chosen.insert(FacetKey::Option(name.clone()), values);
    }
    for (key, values) in &chosen {
        for value in *values {
            let counted = counts.entry(key.clone()).or_default();
            counted.entry(value.clone()).or_insert(0);
        }
    }
    let each = counts.into_iter().map(|(key, counted)| {
        let chosen = chosen.get(&key).copied().unwrap_or(&none);
        let value = |(value, count): (String, u64)| FacetValue {
            label: match key {
                FacetKey::Option(_) => markets.option_value(locale, &value),
                FacetKey::Brand | FacetKey::InStock | FacetKey::Rating => value.clone(),
            },
            is_chosen: chosen.contains(&value),
            value,
            count,
        };
        let mut values: Vec<FacetValue> = counted.into_iter().map(value).collect();
        values.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.label.cmp(&b.label)));
        let mut shown = 0;
        values.retain(|value| {
            shown += 1;
            shown <= VALUES || value.is_chosen
        });
        let label = match &key {
            FacetKey::Option(name) => markets.option_name(locale, name),
            FacetKey::Brand | FacetKey::InStock | FacetKey::Rating => String::new(),
        };
        Facet { key, label, values }
    });
    each.collect()
}
