//! Counts, in one segment, what of the products that are looked at could be chosen.

use super::columns::Columns;
use crate::search::list::{STARS, has_stars};
use crate::search::{BETWEEN, FacetKey, Filters};
use std::collections::{BTreeMap, HashSet};
use tantivy::DocId;
use tantivy::columnar::StrColumn;

/// Values of a facet that are carried out of a segment.
const VALUES: usize = 60;

/// How products are counted by value.
pub type Counts = BTreeMap<FacetKey, BTreeMap<String, u64>>;

/// What products can be narrowed by.
#[derive(Debug, Default)]
pub struct Facets {
    pub counts: Counts,
    /// The lowest and the highest, in minor units.
    pub prices: Option<(i64, i64)>,
}

impl Facets {
    fn add(&mut self, key: FacetKey, value: &str, count: u64) {
        let values = self.counts.entry(key).or_default();
        *values.entry(value.to_owned()).or_default() += count;
    }
}

/// What is read of a product beside its brand and options.
pub struct Seen {
    /// In minor units.
    pub price: i64,
    pub is_in_stock: bool,
    /// In hundredths.
    pub stars: i64,
}

/// The filters a product does not pass, a bit each; from the fifth on those of options, in their order.
pub type Failed = u32;
const BRAND: Failed = 1;
pub const PRICE: Failed = 2;
pub const IN_STOCK: Failed = 4;
pub const RATING: Failed = 8;
/// Options that can be filtered by at once; more are not.
const OPTIONS: usize = 20;

const fn option_bit(at: usize) -> Failed {
    16 << at
}

/// Counts in one segment, by the numbers that stand for values there.
pub struct Tally {
    brand: Option<StrColumn>,
    option: Option<StrColumn>,
    chosen_brands: HashSet<u64>,
    is_brand_chosen: bool,
    /// The name of each option that is filtered by, and the chosen values.
    chosen_options: Vec<(String, HashSet<u64>)>,
    brands: Vec<u32>,
    /// Of products that pass all filters.
    options: Vec<u32>,
    /// Of products that fail the filter of one option alone.
    but_one: Vec<Vec<u32>>,
    in_stock: u64,
    /// With at least so many stars, as in [`STARS`].
    rated: [u64; STARS.len()],
    prices: Option<(i64, i64)>,
}

impl Tally {
    pub fn of(columns: &Columns, filters: &Filters) -> tantivy::Result<Self> {
        let (brand, option) = (columns.brand.clone(), columns.option.clone());
        let terms = |column: &Option<StrColumn>| {
            column
                .as_ref()
                .map_or(0, |column| column.dictionary().num_terms())
        };
        let ord = |column: &Option<StrColumn>, term: &str| match column {
            Some(column) => column.dictionary().term_ord(term),
            None => Ok(None),
        };
        let mut chosen_brands = HashSet::new();
        for name in &filters.brands {
            chosen_brands.extend(ord(&brand, name)?);
        }
        let mut chosen_options = Vec::new();
        let named = filters
            .options
            .iter()
            .filter(|(_, values)| !values.is_empty());
        for (name, values) in named.take(OPTIONS) {
            let mut chosen = HashSet::new();
            for value in values {
                chosen.extend(ord(&option, &format!("{name}{BETWEEN}{value}"))?);
            }
            chosen_options.push((name.clone(), chosen));
        }
        Ok(Self {
            brands: vec![0; terms(&brand)],
            options: vec![0; terms(&option)],
            but_one: vec![vec![0; terms(&option)]; chosen_options.len()],
            is_brand_chosen: !filters.brands.is_empty(),
            brand,
            option,
            chosen_brands,
            chosen_options,
            in_stock: 0,
            rated: [0; STARS.len()],
            prices: None,
        })
    }

    /// The chosen brands and options that a product does not have.
    pub fn failed(&self, doc: DocId) -> Failed {
        let mut failed = 0;
        if self.is_brand_chosen {
            let brand = self
                .brand
                .as_ref()
                .and_then(|column| column.ords().first(doc));
            if brand.is_none_or(|brand| !self.chosen_brands.contains(&brand)) {
                failed |= BRAND;
            }
        }
        for (at, (_, chosen)) in self.chosen_options.iter().enumerate() {
            let has = |column: &StrColumn| {
                column
                    .ords()
                    .values_for_doc(doc)
                    .any(|value| chosen.contains(&value))
            };
            if !self.option.as_ref().is_some_and(has) {
                failed |= option_bit(at);
            }
        }
        failed
    }

    /// Counts a product for each value that nothing but its own facet's choice stands against.
    pub fn see(&mut self, doc: DocId, seen: &Seen, failed: Failed) {
        if failed & !RATING == 0 {
            for (count, least) in self.rated.iter_mut().zip(STARS) {
                *count += u64::from(has_stars(seen.stars, least));
            }
        }
        if failed & !IN_STOCK == 0 && seen.is_in_stock {
            self.in_stock += 1;
        }
        if failed & !PRICE == 0 {
            let (low, high) = self.prices.unwrap_or((seen.price, seen.price));
            self.prices = Some((low.min(seen.price), high.max(seen.price)));
        }
        if failed & !BRAND == 0
            && let Some(column) = &self.brand
        {
            for brand in column.ords().values_for_doc(doc) {
                tick(&mut self.brands, brand);
            }
        }
        let alone = (0..self.chosen_options.len()).find(|&at| failed == option_bit(at));
        let counts = match alone {
            Some(at) => &mut self.but_one[at],
            None if failed == 0 => &mut self.options,
            None => return,
        };
        if let Some(column) = &self.option {
            for option in column.ords().values_for_doc(doc) {
                tick(counts, option);
            }
        }
    }

    /// Adds what was counted under its names.
    pub fn add_to(self, facets: &mut Facets) -> tantivy::Result<()> {
        if let Some((low, high)) = self.prices {
            let (lowest, highest) = facets.prices.unwrap_or((low, high));
            facets.prices = Some((lowest.min(low), highest.max(high)));
        }
        if self.in_stock > 0 {
            facets.add(FacetKey::InStock, "true", self.in_stock);
        }
        for (count, least) in self.rated.into_iter().zip(STARS) {
            if count > 0 {
                facets.add(FacetKey::Rating, &least.to_string(), count);
            }
        }
        if let Some(column) = &self.brand {
            named(column, most(&self.brands, |_| 0), |brand, _, count| {
                facets.add(FacetKey::Brand, brand, count);
            })?;
        }
        let Some(column) = &self.option else {
            return Ok(());
        };
        let others = |at: usize| self.but_one.iter().map(|counts| counts[at]).sum();
        named(column, most(&self.options, others), |text, ord, _| {
            let Some((name, value)) = text.split_once(BETWEEN) else {
                return;
            };
            let mut count = u64::from(self.options[ord as usize]);
            if let Some(own) = self
                .chosen_options
                .iter()
                .position(|(chosen, _)| chosen == name)
            {
                count += u64::from(self.but_one[own][ord as usize]);
            }
            if count > 0 {
                facets.add(FacetKey::Option(name.to_owned()), value, count);
            }
        })
    }
}

/// Tells the text of each of these numbers, with the number and its count. In the dictionary's order, so that each of its blocks
/// is unpacked once and not for every value.
fn named(
    column: &StrColumn,
    mut counted: Vec<(u64, u64)>,
    mut told: impl FnMut(&str, u64, u64),
) -> tantivy::Result<()> {
    counted.sort_unstable();
    let ords: Vec<u64> = counted.iter().map(|&(ord, _)| ord).collect();
    let mut each = counted.into_iter();
    let dictionary = column.dictionary();
    dictionary.sorted_ords_to_term_cb(&ords, |term| {
        if let (Some((ord, count)), Ok(text)) = (each.next(), std::str::from_utf8(term)) {
            told(text, ord, count);
        }
    })?;
    Ok(())
}

fn tick(counts: &mut [u32], ord: u64) {
    if let Some(count) = counts.get_mut(ord as usize) {
        *count += 1;
    }
}

/// The numbers of the most frequent values, with their counts.
fn most(counts: &[u32], more: impl Fn(usize) -> u32) -> Vec<(u64, u64)> {
    let each = counts.iter().enumerate();
    let mut some: Vec<(u64, u64)> = each
        .map(|(at, &count)| (at as u64, u64::from(count) + u64::from(more(at))))
        .filter(|&(_, count)| count > 0)
        .collect();
    some.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    some.truncate(VALUES * 4);
    some
}
