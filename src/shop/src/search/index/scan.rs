//! Goes through what matches: the best of it, how many there are, and the facets. All of it bounded.

use super::schema::price_name;
use crate::search::list::{Place, STARS, best_first, by_merit, has_stars, tie};
use crate::search::{BETWEEN, FacetKey, Filters, Sort};
use domain::{MarketCode, ProductId};
use std::collections::{BTreeMap, BinaryHeap, HashSet};
use tantivy::columnar::{Column, StrColumn};
use tantivy::query::{EnableScoring, Query, Weight};
use tantivy::{DocId, DocSet, Searcher, SegmentReader, TERMINATED};
use uuid::Uuid;

/// Products whose match is weighed, at most; without a text many more can be looked at in the same time.
const WEIGHED: usize = 50_000;
const SEEN: usize = 200_000;
/// Products that facets are counted over.
const FACETED: usize = 10_000;
/// Values of a facet that are carried out of a segment.
const VALUES: usize = 60;

/// How products are counted by value.
pub type Counts = BTreeMap<FacetKey, BTreeMap<String, u64>>;

/// Looks at the products on sale in one market at one moment.
pub struct Scan<'a> {
    pub searcher: &'a Searcher,
    pub market: &'a MarketCode,
    /// Microseconds since 1970.
    pub now: i64,
    pub filters: &'a Filters,
}

/// The best of what matches.
#[derive(Debug, Default)]
pub struct Hits {
    /// In order.
    pub places: Vec<Place>,
    pub total: u64,
    /// Whether everything that matches was looked at.
    pub is_all: bool,
}

struct Columns {
    high: Column<u64>,
    low: Column<u64>,
    position: Column<i64>,
    published: Column<i64>,
    in_stock: Column<u64>,
    stars: Column<i64>,
    score: Column<i64>,
    sold: Column<i64>,
    price: Column<i64>,
}

impl Columns {
    /// None where nothing is sold in the market.
    fn of(reader: &SegmentReader, market: &MarketCode) -> tantivy::Result<Option<Self>> {
        let fast = reader.fast_fields();
        let Some(price) = fast.column_opt::<i64>(&price_name(market))? else {
            return Ok(None);
        };
        Ok(Some(Self {
            high: fast.u64("id_high")?,
            low: fast.u64("id_low")?,
            position: fast.i64("position")?,
            published: fast.i64("published")?,
            in_stock: fast.u64("in_stock")?,
            stars: fast.i64("stars")?,
            score: fast.i64("score")?,
            sold: fast.i64("sold")?,
            price,
        }))
    }

    fn id(&self, doc: DocId) -> ProductId {
        let high = self.high.first(doc).unwrap_or_default();
        let low = self.low.first(doc).unwrap_or_default();
        ProductId(Uuid::from_u64_pair(high, low))
    }

    /// Its price, if it is on sale.
    fn on_sale(&self, doc: DocId, now: i64) -> Option<i64> {
        let is_published = self.published.first(doc).is_some_and(|at| at <= now);
        self.price.first(doc).filter(|_| is_published)
    }
}

impl Scan<'_> {
    /// The first `limit` products after `after`, in the order of `sort`. `is_ranked`: the best match first.
    pub fn hits(
        &self,
        query: &dyn Query,
        (sort, is_ranked): (Sort, bool),
        after: Option<Place>,
        limit: usize,
    ) -> tantivy::Result<Hits> {
        let weight = self.weight(query, is_ranked)?;
        let mut left = if is_ranked { WEIGHED } else { SEEN };
        let mut best: BinaryHeap<Place> = BinaryHeap::with_capacity(limit + 1);
        let mut total = 0;
        for reader in self.searcher.segment_readers() {
            let Some(columns) = Columns::of(reader, self.market)? else {
                continue;
            };
            let mut matching = weight.scorer(reader, 1.0)?;
            let mut doc = matching.doc();
            while doc != TERMINATED && left > 0 {
                let here = doc;
                left -= 1;
                if !reader.is_deleted(here) && self.passes(&columns, here) {
                    total += 1;
                    let key = if is_ranked {
                        best_first(matching.score())
                    } else {
                        key(sort, &columns, here)
                    };
                    let is_full = best.len() == limit;
                    let worst = best.peek().map_or(i64::MAX, |worst| worst.0);
                    // The id is read only where it can matter.
                    if !is_full || key <= worst {
                        let place = (key, tie(sort, columns.id(here)));
                        if after.is_none_or(|after| place > after) {
                            best.push(place);
                            if best.len() > limit {
                                best.pop();
                            }
                        }
                    }
                }
                doc = matching.advance();
            }
        }
        Ok(Hits {
            places: best.into_sorted_vec(),
            total,
            is_all: left > 0,
        })
    }

    fn weight(&self, query: &dyn Query, is_ranked: bool) -> tantivy::Result<Box<dyn Weight>> {
        query.weight(if is_ranked {
            EnableScoring::enabled_from_searcher(self.searcher)
        } else {
            EnableScoring::disabled_from_searcher(self.searcher)
        })
    }

    /// On sale, and within the filters that no query stands for.
    fn passes(&self, columns: &Columns, doc: DocId) -> bool {
        let Some(price) = columns.on_sale(doc, self.now) else {
            return false;
        };
        self.affords(price)
            && (!self.filters.in_stock || columns.in_stock.first(doc) == Some(1))
            && self.is_liked(columns, doc)
    }

    /// Whether it has as many stars as are asked for.
    fn is_liked(&self, columns: &Columns, doc: DocId) -> bool {
        self.filters
            .rating
            .is_none_or(|least| has_stars(columns.stars.first(doc).unwrap_or_default(), least))
    }

    fn affords(&self, price: i64) -> bool {
        let (low, high) = self.filters.price;
        low.is_none_or(|low| price >= low) && high.is_none_or(|high| price <= high)
    }

    /// Counts by value over the first matches of `query`, which stands for no filter; the lowest and the highest price.
    pub fn facets(&self, query: &dyn Query) -> tantivy::Result<(Counts, Option<(i64, i64)>)> {
        let weight = self.weight(query, false)?;
        let mut counts = Counts::new();
        let mut prices: Option<(i64, i64)> = None;
        let mut left = FACETED;
        for reader in self.searcher.segment_readers() {
            let Some(columns) = Columns::of(reader, self.market)? else {
                continue;
            };
            let mut tally = Tally::of(reader, self.filters)?;
            let (mut in_stock, mut rated) = (0, [0; STARS.len()]);
            let mut matching = weight.scorer(reader, 1.0)?;
            let mut doc = matching.doc();
            while doc != TERMINATED && left > 0 {
                left -= 1;
                let on_sale = columns
                    .on_sale(doc, self.now)
                    .filter(|_| !reader.is_deleted(doc));
                if let Some(price) = on_sale {
                    let can_be_had = columns.in_stock.first(doc) == Some(1);
                    let mut failed = tally.failed(doc);
                    if !self.affords(price) {
                        failed |= PRICE;
                    }
                    if self.filters.in_stock && !can_be_had {
                        failed |= IN_STOCK;
                    }
                    if !self.is_liked(&columns, doc) {
                        failed |= RATING;
                    }
                    tally.count(doc, failed);
                    if failed & !RATING == 0 {
                        let stars = columns.stars.first(doc).unwrap_or_default();
                        for (count, least) in rated.iter_mut().zip(STARS) {
                            *count += u64::from(has_stars(stars, least));
                        }
                    }
                    if failed & !IN_STOCK == 0 && can_be_had {
                        in_stock += 1;
                    }
                    if failed & !PRICE == 0 {
                        let (low, high) = prices.unwrap_or((price, price));
                        prices = Some((low.min(price), high.max(price)));
                    }
                }
                doc = matching.advance();
            }
            tally.add_to(&mut counts)?;
            if in_stock > 0 {
                add(&mut counts, FacetKey::InStock, "true", in_stock);
            }
            for (count, least) in rated.into_iter().zip(STARS) {
                if count > 0 {
                    add(&mut counts, FacetKey::Rating, &least.to_string(), count);
                }
            }
        }
        Ok((counts, prices))
    }
}

fn key(sort: Sort, columns: &Columns, doc: DocId) -> i64 {
    let position = || columns.position.first(doc).unwrap_or(i64::MAX);
    let merit = |column: &Column<i64>| by_merit(column.first(doc).unwrap_or_default(), position());
    match sort {
        Sort::Relevance => position(),
        Sort::BestSelling => merit(&columns.sold),
        Sort::Rating => merit(&columns.score),
        Sort::PriceUp => columns.price.first(doc).unwrap_or(i64::MAX),
        Sort::PriceDown => -columns.price.first(doc).unwrap_or_default(),
        Sort::Newest => -columns.published.first(doc).unwrap_or_default(),
    }
}

fn add(counts: &mut Counts, key: FacetKey, value: &str, count: u64) {
    let values = counts.entry(key).or_default();
    *values.entry(value.to_owned()).or_default() += count;
}

/// The filters a product does not pass, a bit each; from the fifth on those of options, in their order.
type Failed = u32;
const BRAND: Failed = 1;
const PRICE: Failed = 2;
const IN_STOCK: Failed = 4;
const RATING: Failed = 8;
/// Options that can be filtered by at once; more are not.
const OPTIONS: usize = 20;

const fn option_bit(at: usize) -> Failed {
    16 << at
}

/// Counts in one segment, by the numbers that stand for values there.
struct Tally {
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
}

impl Tally {
    fn of(reader: &SegmentReader, filters: &Filters) -> tantivy::Result<Self> {
        let brand = reader.fast_fields().str("brand")?;
        let option = reader.fast_fields().str("option")?;
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
        })
    }

    /// The chosen brands and options that a product does not have.
    fn failed(&self, doc: DocId) -> Failed {
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

    fn count(&mut self, doc: DocId, failed: Failed) {
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
    fn add_to(self, counts: &mut Counts) -> tantivy::Result<()> {
        if let Some(column) = &self.brand {
            named(column, most(&self.brands, |_| 0), |brand, _, count| {
                add(counts, FacetKey::Brand, brand, count);
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
                add(counts, FacetKey::Option(name.to_owned()), value, count);
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
