//! Counts, in one segment, what of the products that are looked at could be chosen.

use super::columns::{Columns, NumberKeys, ords};
use crate::search::attribute::{bounds, number, numbers_name};
use crate::search::facets::{Facets, Numbers};
use crate::search::list::{STARS, has_stars};
use crate::search::{BETWEEN, FacetKey, Filters, Number};
use std::collections::HashSet;
use std::ops::Range;
use tantivy::DocId;
use tantivy::columnar::StrColumn;

/// Values of a facet that are carried out of a segment.
const VALUES: usize = 60;

/// What is read of a product beside its brand, options and attributes.
pub struct Seen {
    /// In minor units.
    pub price: i64,
    pub is_in_stock: bool,
    /// In hundredths.
    pub stars: i64,
}

/// The filters a product does not pass, a bit each; from the fifth on those of options and attributes, in their order.
pub type Failed = u32;
const BRAND: Failed = 1;
pub const PRICE: Failed = 2;
pub const IN_STOCK: Failed = 4;
pub const RATING: Failed = 8;
/// Options and attributes that can be filtered by at once; more are not.
const NAMED: usize = 20;

const fn named_bit(at: usize) -> Failed {
    16 << at
}

/// Counts in one segment, by the numbers that stand for values there.
pub struct Tally {
    brand: Option<StrColumn>,
    option: Option<StrColumn>,
    chosen_brands: HashSet<u64>,
    is_brand_chosen: bool,
    chosen: Vec<Chosen>,
    brands: Vec<u32>,
    /// Of products that pass all filters.
    values: Vec<u32>,
    /// Of products that fail one filter alone, by that.
    but_one: Vec<Vec<u32>>,
    numbers: Vec<NumbersSeen>,
    /// The keys from here on are of values.
    first_value: u64,
    in_stock: u64,
    /// With at least so many stars, as in [`STARS`].
    rated: [u64; STARS.len()],
    prices: Option<(i64, i64)>,
}

/// What an option or attribute has to be.
struct Chosen {
    /// As in keys.
    name: String,
    any: Any,
}

enum Any {
    Of(HashSet<u64>),
    Within(Range<u64>),
}

impl Any {
    fn has(&self, ord: u64) -> bool {
        match self {
            Self::Of(ords) => ords.contains(&ord),
            Self::Within(ords) => ords.contains(&ord),
        }
    }
}

/// The numbers of an attribute that were seen. Their keys are in their order.
struct NumbersSeen {
    keys: NumberKeys,
    /// Its filter, if it has one.
    own: Option<usize>,
    count: u64,
    lowest: u64,
    highest: u64,
}

impl Tally {
    pub fn of(columns: &Columns, filters: &Filters) -> tantivy::Result<Self> {
        let (brand, option) = (columns.brand.clone(), columns.option.clone());
        let terms = |column: &Option<StrColumn>| {
            column
                .as_ref()
                .map_or(0, |column| column.dictionary().num_terms())
        };
        let mut chosen_brands = HashSet::new();
        if let Some(column) = &brand {
            for name in &filters.brands {
                chosen_brands.extend(column.dictionary().term_ord(name)?);
            }
        }
        let mut chosen = Vec::new();
        for (name, values) in filters.choices() {
            let mut any = HashSet::new();
            if let Some(column) = &option {
                for value in values {
                    let key = format!("{name}{BETWEEN}{value}");
                    any.extend(column.dictionary().term_ord(key)?);
                }
            }
            let any = Any::Of(any);
            chosen.push(Chosen { name, any });
        }
        for (code, range) in &filters.numbers {
            let (first, last) = bounds(code, *range);
            let within = match &option {
                Some(column) => ords(column, &first, &last)?,
                None => 0..0,
            };
            let (name, any) = (numbers_name(code), Any::Within(within));
            chosen.push(Chosen { name, any });
        }
        chosen.truncate(NAMED);
        let seen = |keys: &NumberKeys| {
            let name = numbers_name(&keys.code);
            NumbersSeen {
                own: chosen.iter().position(|chosen| chosen.name == name),
                count: 0,
                lowest: u64::MAX,
                highest: 0,
                keys: keys.clone(),
            }
        };
        let numbers: Vec<NumbersSeen> = columns.numbers.iter().map(seen).collect();
        let first_value = numbers.last().map_or(0, |last| last.keys.ords.end);
        let values = vec![0; terms(&option) - (first_value as usize).min(terms(&option))];
        Ok(Self {
            brands: vec![0; terms(&brand)],
            but_one: vec![values.clone(); chosen.len()],
            values,
            numbers,
            first_value,
            is_brand_chosen: !filters.brands.is_empty(),
            brand,
            option,
            chosen_brands,
            chosen,
            in_stock: 0,
            rated: [0; STARS.len()],
            prices: None,
        })
    }

    /// The chosen brands, options and attributes that a product does not have.
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
        for (at, chosen) in self.chosen.iter().enumerate() {
            let has = |column: &StrColumn| {
                let mut all = column.ords().values_for_doc(doc);
                all.any(|ord| chosen.any.has(ord))
            };
            if !self.option.as_ref().is_some_and(has) {
                failed |= named_bit(at);
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
        let alone = (0..self.chosen.len()).find(|&at| failed == named_bit(at));
        let counts = match alone {
            Some(at) => &mut self.but_one[at],
            None if failed == 0 => &mut self.values,
            None => return,
        };
        let Some(column) = &self.option else {
            return;
        };
        for ord in column.ords().values_for_doc(doc) {
            if ord >= self.first_value {
                tick(counts, ord - self.first_value);
                continue;
            }
            let at = self
                .numbers
                .partition_point(|numbers| numbers.keys.ords.end <= ord);
            if let Some(numbers) = self.numbers.get_mut(at)
                && (alone.is_none() || alone == numbers.own)
            {
                numbers.count += 1;
                numbers.lowest = numbers.lowest.min(ord);
                numbers.highest = numbers.highest.max(ord);
            }
        }
    }

    /// Adds what was counted under its names.
    pub fn add_to(&self, facets: &mut Facets) -> tantivy::Result<()> {
        if let Some(prices) = self.prices {
            facets.add_prices(prices);
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
            named(column, 0, most(&self.brands, |_| 0), |brand, _, count| {
                facets.add(FacetKey::Brand, brand, count);
            })?;
        }
        let Some(column) = &self.option else {
            return Ok(());
        };
        for seen in self.numbers.iter().filter(|seen| seen.count > 0) {
            if let (Some(lowest), Some(highest)) = (
                number_at(column, seen.lowest)?,
                number_at(column, seen.highest)?,
            ) {
                let count = seen.count;
                let numbers = Numbers {
                    count,
                    lowest,
                    highest,
                };
                facets.add_numbers(&seen.keys.code, numbers);
            }
        }
        let others = |at: usize| self.but_one.iter().map(|counts| counts[at]).sum();
        let all = most(&self.values, others);
        named(column, self.first_value, all, |text, at, _| {
            let Some((name, value)) = text.split_once(BETWEEN) else {
                return;
            };
            let mut count = u64::from(self.values[at as usize]);
            let own = self.chosen.iter().position(|chosen| chosen.name == name);
            if let Some(own) = own {
                count += u64::from(self.but_one[own][at as usize]);
            }
            if let (Some(key), true) = (FacetKey::of(name), count > 0) {
                facets.add(key, value, count);
            }
        })
    }
}

fn number_at(column: &StrColumn, ord: u64) -> tantivy::Result<Option<Number>> {
    let mut key = Vec::new();
    if !column.dictionary().ord_to_term(ord, &mut key)? {
        return Ok(None);
    }
    let key = std::str::from_utf8(&key).ok();
    let value = key.and_then(|key| key.split_once(BETWEEN));
    Ok(value.and_then(|(_, value)| number(value)))
}

/// Tells the text of each of these numbers, counted from `first` on, with the number and its count. In the dictionary's order, so
/// that each of its blocks is unpacked once and not for every value.
fn named(
    column: &StrColumn,
    first: u64,
    mut counted: Vec<(u64, u64)>,
    mut told: impl FnMut(&str, u64, u64),
) -> tantivy::Result<()> {
    counted.sort_unstable();
    let ords: Vec<u64> = counted.iter().map(|&(at, _)| first + at).collect();
    let mut each = counted.into_iter();
    let dictionary = column.dictionary();
    dictionary.sorted_ords_to_term_cb(&ords, |term| {
        if let (Some((at, count)), Ok(text)) = (each.next(), std::str::from_utf8(term)) {
            told(text, at, count);
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
