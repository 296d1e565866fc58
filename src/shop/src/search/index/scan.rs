//! Goes through what matches: the best of it, how many there are, and the facets. All of it bounded.

use super::columns::{Columns, Opened};
use super::tally::{IN_STOCK, PRICE, RATING, Seen, Tally};
use crate::search::facets::Facets;
use crate::search::list::{Place, best_first, by_merit, has_stars, tie};
use crate::search::{Filters, Sort};
use domain::MarketCode;
use std::collections::BinaryHeap;
use tantivy::columnar::Column;
use tantivy::query::{EnableScoring, Query, Weight};
use tantivy::{DocId, DocSet, Searcher, SegmentReader, TERMINATED};

/// Products whose match is weighed, at most, and those that are looked at for it: most may fail a filter. Without a text many more
/// can be looked at in the same time.
const WEIGHED: usize = 3_000;
const SIFTED: usize = 50_000;
const SEEN: usize = 200_000;
/// Products that are looked at for a word that is being typed.
const TYPED: usize = 3_000;
/// Products that facets are counted over, where none is weighed.
const FACETED: usize = 10_000;
/// What the smallest segment is looked at for, at least: what changed last is in it.
const SHARE: usize = 64;
/// So many that are called what is looked for are enough where there are too many to look at.
pub const ENOUGH: usize = 500;

/// Looks at the products on sale in one market at one moment.
pub struct Scan<'a> {
    pub searcher: &'a Searcher,
    pub opened: &'a Opened,
    pub market: &'a MarketCode,
    /// Microseconds since 1970.
    pub now: i64,
    pub filters: &'a Filters,
}

/// By what matches are put in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The best match first.
    Match,
    By(Sort),
    /// As the shopkeeper put them, while somebody types.
    Typed,
}

impl Order {
    /// Over how many products facets are counted.
    fn faceted(self) -> usize {
        match self {
            Self::Match => WEIGHED,
            Self::By(_) | Self::Typed => FACETED,
        }
    }
}

/// Which of the matches are wanted.
pub struct Wanted<'a> {
    pub order: Order,
    pub after: Option<Place>,
    pub limit: usize,
    /// Looked at in any case, however many match.
    pub sure: &'a Sure,
}

/// Documents by segment, each segment's in order.
pub type Sure = Vec<Vec<DocId>>;

/// The best of what matches.
#[derive(Debug, Default)]
pub struct Hits {
    /// In order.
    pub places: Vec<Place>,
    pub total: u64,
    /// Whether everything that matches was looked at.
    pub is_all: bool,
    /// The first [`ENOUGH`] of them.
    pub first: Sure,
}

impl Scan<'_> {
    /// The first `wanted.limit` products after `wanted.after`. `facets`: counts what can be chosen among those that are looked
    /// at, as if nothing were chosen yet.
    pub fn hits(
        &self,
        query: &dyn Query,
        wanted: &Wanted<'_>,
        mut facets: Option<&mut Facets>,
    ) -> tantivy::Result<Hits> {
        let is_ranked = wanted.order == Order::Match;
        let weight = self.weight(query, is_ranked)?;
        let (seen_most, passing_most) = match wanted.order {
            Order::Match => (SIFTED, WEIGHED),
            Order::By(_) => (SEEN, SEEN),
            Order::Typed => (TYPED, TYPED),
        };
        let (mut looking, mut taking) = (Shares::of(seen_most), Shares::of(passing_most));
        let mut counting = Shares::of(wanted.order.faceted());
        let mut best: BinaryHeap<Place> = BinaryHeap::with_capacity(wanted.limit + 1);
        let mut hits = Hits {
            is_all: true,
            first: vec![Vec::new(); self.searcher.segment_readers().len()],
            ..Hits::default()
        };
        for (segment, reader) in self.segments() {
            looking.enter(reader, self.searcher);
            taking.enter(reader, self.searcher);
            counting.enter(reader, self.searcher);
            let Some(columns) = self.opened.of(reader, self.market)? else {
                continue;
            };
            let mut tally = match facets {
                Some(_) => Some(Tally::of(&columns, self.filters)?),
                None => None,
            };
            let sure = wanted.sure.get(segment).map_or(&[][..], Vec::as_slice);
            let mut matching = weight.scorer(reader, 1.0)?;
            let mut doc = matching.doc();
            while doc != TERMINATED {
                if taking.left == 0 || !looking.take() {
                    hits.is_all = false;
                    let next = sure.partition_point(|&sure| sure < doc);
                    let Some(&next) = sure.get(next) else {
                        break;
                    };
                    if next > doc {
                        doc = matching.seek(next);
                        continue;
                    }
                }
                let here = doc;
                let price = self.passing(reader, &columns, here);
                if let Some(price) = price {
                    taking.take();
                    if (hits.total as usize) < ENOUGH {
                        hits.first[segment].push(here);
                    }
                    hits.total += 1;
                    let key = match wanted.order {
                        Order::Match => best_first(matching.score()),
                        Order::By(sort) => key(sort, &columns, here),
                        Order::Typed => key(Sort::Relevance, &columns, here),
                    };
                    let is_full = best.len() == wanted.limit;
                    let worst = best.peek().map_or(i64::MAX, |worst| worst.0);
                    // The id is read only where it can matter.
                    if !is_full || key <= worst {
                        let place = (key, tie(wanted.sort(), columns.id(here)));
                        if wanted.after.is_none_or(|after| place > after) {
                            best.push(place);
                            if best.len() > wanted.limit {
                                best.pop();
                            }
                        }
                    }
                    if let Some(tally) = tally.as_mut().filter(|_| counting.take()) {
                        tally.see(here, &seen(&columns, here, price), 0);
                    }
                }
                doc = matching.advance();
            }
            if let (Some(tally), Some(facets)) = (tally, facets.as_deref_mut()) {
                tally.add_to(facets)?;
            }
        }
        hits.places = best.into_sorted_vec();
        Ok(hits)
    }

    /// Counts by value over the first matches of `query`, which stands for no filter; the lowest and the highest price. `order`:
    /// in which the matches are shown.
    pub fn facets(&self, query: &dyn Query, order: Order) -> tantivy::Result<Facets> {
        let weight = self.weight(query, false)?;
        let mut facets = Facets::default();
        let mut counting = Shares::of(order.faceted());
        for (_, reader) in self.segments() {
            counting.enter(reader, self.searcher);
            let Some(columns) = self.opened.of(reader, self.market)? else {
                continue;
            };
            let mut tally = Tally::of(&columns, self.filters)?;
            let mut matching = weight.scorer(reader, 1.0)?;
            let mut doc = matching.doc();
            while doc != TERMINATED && counting.take() {
                let price = columns.on_sale(doc, self.now);
                if let Some(price) = price.filter(|_| !reader.is_deleted(doc)) {
                    let seen = seen(&columns, doc, price);
                    let mut failed = tally.failed(doc);
                    if !self.affords(price) {
                        failed |= PRICE;
                    }
                    if self.filters.in_stock && !seen.is_in_stock {
                        failed |= IN_STOCK;
                    }
                    if !self.is_liked(seen.stars) {
                        failed |= RATING;
                    }
                    tally.see(doc, &seen, failed);
                }
                doc = matching.advance();
            }
            tally.add_to(&mut facets)?;
        }
        Ok(facets)
    }

    /// Whether so many may match that not all of them are weighed.
    pub fn is_too_much(&self, query: &dyn Query) -> tantivy::Result<bool> {
        let weight = self.weight(query, false)?;
        let mut most = 0;
        for (_, reader) in self.segments() {
            most += weight.scorer(reader, 1.0)?.cost();
        }
        Ok(most > WEIGHED as u64)
    }

    /// The segments, with their numbers, the smallest first: what they leave of their shares goes to the largest.
    fn segments(&self) -> Vec<(usize, &SegmentReader)> {
        let mut segments: Vec<_> = self.searcher.segment_readers().iter().enumerate().collect();
        segments.sort_by_key(|(_, reader)| reader.max_doc());
        segments
    }

    /// The query, ready to be looked for.
    pub fn weight(&self, query: &dyn Query, is_ranked: bool) -> tantivy::Result<Box<dyn Weight>> {
        query.weight(if is_ranked {
            EnableScoring::enabled_from_searcher(self.searcher)
        } else {
            EnableScoring::disabled_from_searcher(self.searcher)
        })
    }

    /// Its price, if it is on sale and within the filters that no query stands for.
    fn passing(&self, reader: &SegmentReader, columns: &Columns, doc: DocId) -> Option<i64> {
        if reader.is_deleted(doc) {
            return None;
        }
        let price = columns.on_sale(doc, self.now)?;
        let passes = self.affords(price)
            && (!self.filters.in_stock || columns.in_stock.first(doc) == Some(1))
            && (self.filters.rating.is_none()
                || self.is_liked(columns.stars.first(doc).unwrap_or_default()));
        passes.then_some(price)
    }

    /// Whether so many hundredths of stars are as many as are asked for.
    fn is_liked(&self, stars: i64) -> bool {
        let least = self.filters.rating;
        least.is_none_or(|least| has_stars(stars, least))
    }

    fn affords(&self, price: i64) -> bool {
        let (low, high) = self.filters.price;
        low.is_none_or(|low| price >= low) && high.is_none_or(|high| price <= high)
    }
}

impl Wanted<'_> {
    fn sort(&self) -> Sort {
        match self.order {
            Order::By(sort) => sort,
            Order::Match | Order::Typed => Sort::Relevance,
        }
    }
}

/// How many products may still be looked at: each segment's share by its size, and what those before it left.
struct Shares {
    most: usize,
    left: usize,
}

impl Shares {
    fn of(most: usize) -> Self {
        Self { most, left: 0 }
    }

    fn enter(&mut self, reader: &SegmentReader, searcher: &Searcher) {
        let all: u64 = searcher
            .segment_readers()
            .iter()
            .map(|reader| u64::from(reader.max_doc()))
            .sum();
        let share = self.most as u64 * u64::from(reader.max_doc()) / all.max(1);
        self.left += share as usize + SHARE;
    }

    /// Whether one more may be looked at, which it then was.
    fn take(&mut self) -> bool {
        let may = self.left > 0;
        self.left = self.left.saturating_sub(1);
        may
    }
}

pub fn seen(columns: &Columns, doc: DocId, price: i64) -> Seen {
    Seen {
        price,
        is_in_stock: columns.in_stock.first(doc) == Some(1),
        stars: columns.stars.first(doc).unwrap_or_default(),
    }
}

/// What a product stands by in that order: the smallest comes first.
pub fn key(sort: Sort, columns: &Columns, doc: DocId) -> i64 {
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
