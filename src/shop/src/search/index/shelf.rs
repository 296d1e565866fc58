//! Lists that nothing narrows: what of a segment lies in a category, put in order once, and what of it could be chosen, counted
//! once.
//!
//! Nothing in a segment changes but which of its documents were deleted. So what was put in order stays so as long as the segment
//! is there: a commit costs what came with it, and deletions are left out while a page is read.

use super::columns::Columns;
use super::scan::{Scan, key, seen};
use super::tally::Tally;
use crate::search::facets::Facets;
use crate::search::list::{Place, tie};
use crate::search::{Filters, Sort};
use domain::{CategoryId, MarketCode};
use moka::sync::Cache;
use std::sync::{Arc, Mutex, PoisonError};
use tantivy::index::SegmentId;
use tantivy::query::Query;
use tantivy::{DocId, DocSet, Searcher, SegmentReader, TERMINATED, TantivyError};

/// Bytes of all that is kept; what was asked for least goes first.
const KEPT: u64 = 32 << 20;
/// Products of a segment that are put in order, at most: the first of its documents.
const LONGEST: usize = 200_000;
/// Products that facets are counted over, of all segments; and in each at least.
const COUNTED: u64 = 10_000;
const SHARE: u64 = 64;
/// What something kept takes beside its documents.
const FRAME: usize = 512;
const FACETS: usize = 32 << 10;

/// What was put in order and counted. Whoever asks for what is not there yet waits for whoever makes it.
pub struct Shelves {
    shelves: Cache<(Part, Sort), Arc<Shelf>>,
    samples: Cache<Part, Arc<Sample>>,
}

/// What of a segment is sold in a market, and lies in a category.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Part {
    segment: SegmentId,
    market: MarketCode,
    category: Option<CategoryId>,
}

impl Default for Shelves {
    fn default() -> Self {
        let weigh = |docs: usize, more: usize| {
            u32::try_from(docs * size_of::<DocId>() + more + FRAME).unwrap_or(u32::MAX)
        };
        let builder = Cache::builder().max_capacity(KEPT * 3 / 4);
        let shelves = builder
            .weigher(move |_, shelf: &Arc<Shelf>| weigh(shelf.docs.len() + shelf.later.len(), 0));
        let builder = Cache::builder().max_capacity(KEPT / 4);
        let samples =
            builder.weigher(move |_, sample: &Arc<Sample>| weigh(sample.docs.len(), FACETS));
        Self {
            shelves: shelves.build(),
            samples: samples.build(),
        }
    }
}

impl Shelves {
    /// Forgets what is of segments that are no more.
    pub fn tidy(&self, searcher: &Searcher) {
        let readers = searcher.segment_readers();
        let is_gone = |part: &Part| {
            readers
                .iter()
                .all(|reader| reader.segment_id() != part.segment)
        };
        for (key, _) in &self.shelves {
            if is_gone(&key.0) {
                self.shelves.invalidate(&*key);
            }
        }
        for (part, _) in &self.samples {
            if is_gone(&part) {
                self.samples.invalidate(&*part);
            }
        }
    }
}

/// A page of a list.
#[derive(Debug, Default)]
pub struct Listed {
    /// In order.
    pub places: Vec<Place>,
    pub total: u64,
    /// Whether everything that is there was looked at.
    pub is_all: bool,
    pub facets: Facets,
}

/// A list that nothing narrows.
pub struct Aisle<'a> {
    pub scan: &'a Scan<'a>,
    pub shelves: &'a Shelves,
    pub category: Option<CategoryId>,
    /// What all that lies there matches.
    pub query: &'a dyn Query,
}

impl Aisle<'_> {
    /// The first `limit` products after `after`, in that order.
    pub fn list(&self, sort: Sort, after: Option<Place>, limit: usize) -> tantivy::Result<Listed> {
        let mut listed = Listed {
            is_all: true,
            ..Listed::default()
        };
        for reader in self.scan.searcher.segment_readers() {
            let Some(columns) = self.scan.opened.of(reader, self.scan.market)? else {
                continue;
            };
            let view = View {
                reader,
                columns: &columns,
                now: self.scan.now,
            };
            let part = Part {
                segment: reader.segment_id(),
                market: self.scan.market.clone(),
                category: self.category,
            };
            let make = || self.shelf(&view, sort).map(Arc::new);
            let shelves = &self.shelves.shelves;
            let shelf = shelves
                .try_get_with((part.clone(), sort), make)
                .map_err(again)?;
            let make = || self.sample(&view).map(Arc::new);
            let sample = self
                .shelves
                .samples
                .try_get_with(part, make)
                .map_err(again)?;
            shelf.read(&view, sort, after, limit, &mut listed.places);
            listed.total += shelf.count(&view);
            listed.is_all &= shelf.is_all;
            listed.facets.add_all(&*sample.facets(&view)?);
        }
        listed.places.sort_unstable();
        listed.places.truncate(limit);
        Ok(listed)
    }

    /// Goes through what is sold in the market, deleted or not: whoever looks at an earlier state of the segment sees it still.
    fn each(&self, view: &View<'_>, mut see: impl FnMut(DocId) -> bool) -> tantivy::Result<()> {
        let weight = self.scan.weight(self.query, false)?;
        let mut matching = weight.scorer(view.reader, 1.0)?;
        let mut doc = matching.doc();
        while doc != TERMINATED {
            if view.columns.price.first(doc).is_some() && !see(doc) {
                break;
            }
            doc = matching.advance();
        }
        Ok(())
    }

    fn shelf(&self, view: &View<'_>, sort: Sort) -> tantivy::Result<Shelf> {
        let mut places: Vec<(i64, u64, DocId)> = Vec::new();
        let mut later = Vec::new();
        let mut is_all = true;
        self.each(view, |doc| {
            is_all = places.len() < LONGEST;
            if is_all {
                let (key, tie) = view.place(sort, doc);
                // All of the tie would take twice the room; what it leaves open is rare.
                places.push((key, (tie >> 64) as u64, doc));
                if !view.is_out(doc) {
                    later.push(doc);
                }
            }
            is_all
        })?;
        places.sort_unstable_by(|a, b| {
            let tie = |doc| view.place(sort, doc).1;
            (a.0, a.1)
                .cmp(&(b.0, b.1))
                .then_with(|| tie(a.2).cmp(&tie(b.2)))
        });
        Ok(Shelf {
            docs: places.into_iter().map(|(.., doc)| doc).collect(),
            is_all,
            later,
            count: Mutex::default(),
        })
    }

    fn sample(&self, view: &View<'_>) -> tantivy::Result<Sample> {
        let readers = self.scan.searcher.segment_readers().iter();
        let all: u64 = readers.map(|reader| u64::from(reader.max_doc())).sum();
        let share = COUNTED * u64::from(view.reader.max_doc()) / all.max(1) + SHARE;
        let mut docs = Vec::new();
        self.each(view, |doc| {
            docs.push(doc);
            (docs.len() as u64) < share
        })?;
        docs.shrink_to_fit();
        let counted = Mutex::default();
        Ok(Sample { docs, counted })
    }
}

/// An error is shared by all who waited.
fn again(error: Arc<TantivyError>) -> TantivyError {
    (*error).clone()
}

/// A segment as it stands.
struct View<'a> {
    reader: &'a SegmentReader,
    columns: &'a Columns,
    /// Microseconds since 1970.
    now: i64,
}

impl View<'_> {
    fn place(&self, sort: Sort, doc: DocId) -> Place {
        let key = key(sort, self.columns, doc);
        (key, tie(sort, self.columns.id(doc)))
    }

    /// Whether it was published.
    fn is_out(&self, doc: DocId) -> bool {
        let published = self.columns.published.first(doc);
        published.is_some_and(|at| at <= self.now)
    }

    fn is_on_sale(&self, doc: DocId) -> bool {
        !self.reader.is_deleted(doc) && self.is_out(doc)
    }
}

/// What of a segment lies in a category, in one order.
struct Shelf {
    docs: Vec<DocId>,
    /// Whether it is not cut.
    is_all: bool,
    /// Those that were not published when it was made.
    later: Vec<DocId>,
    /// How many are not deleted, while so many of the segment are.
    count: Mutex<Option<(DocId, u64)>>,
}

impl Shelf {
    /// Adds the first `limit` products on sale after `after`.
    fn read(
        &self,
        view: &View<'_>,
        sort: Sort,
        after: Option<Place>,
        limit: usize,
        places: &mut Vec<Place>,
    ) {
        let begin = match after {
            Some(after) => self
                .docs
                .partition_point(|&doc| view.place(sort, doc) <= after),
            None => 0,
        };
        let rest = self.docs[begin..].iter();
        let on_sale = rest.filter(|&&doc| view.is_on_sale(doc));
        places.extend(on_sale.take(limit).map(|&doc| view.place(sort, doc)));
    }

    fn count(&self, view: &View<'_>) -> u64 {
        let deleted = view.reader.num_deleted_docs();
        let mut count = self.count.lock().unwrap_or_else(PoisonError::into_inner);
        let known = count.filter(|&(when, _)| when == deleted);
        let alive = match known {
            Some((_, alive)) => alive,
            None if deleted == 0 => self.docs.len() as u64,
            None => {
                let docs = self.docs.iter();
                docs.filter(|&&doc| !view.reader.is_deleted(doc)).count() as u64
            }
        };
        *count = Some((deleted, alive));
        drop(count);
        let later = self.later.iter();
        let waiting = later.filter(|&&doc| !view.reader.is_deleted(doc) && !view.is_out(doc));
        alive - waiting.count() as u64
    }
}

/// Some of what lies in a category of a segment, in the order of its documents, and what of it could be chosen.
struct Sample {
    docs: Vec<DocId>,
    counted: Mutex<Option<Counted>>,
}

#[derive(Clone)]
struct Counted {
    /// How many of the segment were deleted, and how many of the sample were not.
    state: (DocId, usize),
    /// When the next of them is published; microseconds since 1970.
    until: i64,
    facets: Arc<Facets>,
}

impl Sample {
    fn facets(&self, view: &View<'_>) -> tantivy::Result<Arc<Facets>> {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        let deleted = view.reader.num_deleted_docs();
        if let Some(known) = counted.as_mut().filter(|known| view.now < known.until) {
            if known.state.0 == deleted {
                return Ok(known.facets.clone());
            }
            // What was deleted since then may be none of these.
            if known.state.1 == self.alive(view) {
                known.state.0 = deleted;
                return Ok(known.facets.clone());
            }
        }
        let mut tally = Tally::of(view.columns, &Filters::default())?;
        let mut until = i64::MAX;
        for &doc in self
            .docs
            .iter()
            .filter(|&&doc| !view.reader.is_deleted(doc))
        {
            let published = view.columns.published.first(doc).unwrap_or(i64::MAX);
            if published > view.now {
                until = until.min(published);
            } else if let Some(price) = view.columns.price.first(doc) {
                tally.see(doc, &seen(view.columns, doc, price), 0);
            }
        }
        let mut facets = Facets::default();
        tally.add_to(&mut facets)?;
        let fresh = Counted {
            state: (deleted, self.alive(view)),
            until,
            facets: Arc::new(facets),
        };
        let facets = fresh.facets.clone();
        *counted = Some(fresh);
        Ok(facets)
    }

    fn alive(&self, view: &View<'_>) -> usize {
        let docs = self.docs.iter();
        docs.filter(|&&doc| !view.reader.is_deleted(doc)).count()
    }
}
