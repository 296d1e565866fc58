//! What is read of products quickly, one after the other.

use super::schema::price_name;
use crate::search::BETWEEN;
use crate::search::attribute::{Name, bounds, numbers_name};
use domain::{MarketCode, ProductId};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};
use tantivy::columnar::{Column, StrColumn, TermOrdHit};
use tantivy::index::SegmentId;
use tantivy::{DocId, Searcher, SegmentReader};
use uuid::Uuid;

/// A segment's columns.
pub struct Columns {
    high: Column<u64>,
    low: Column<u64>,
    pub position: Column<i64>,
    pub published: Column<i64>,
    pub in_stock: Column<u64>,
    pub stars: Column<i64>,
    pub score: Column<i64>,
    pub sold: Column<i64>,
    pub price: Column<i64>,
    pub brand: Option<StrColumn>,
    pub option: Option<StrColumn>,
    /// What of `option` are numbers, in the order of their keys, which are before all others.
    pub numbers: Vec<NumberKeys>,
}

/// The keys of an attribute's numbers in a segment.
#[derive(Clone, Debug)]
pub struct NumberKeys {
    /// The attribute's code.
    pub code: String,
    pub ords: Range<u64>,
}

impl Columns {
    /// None where nothing is sold in the market.
    fn of(reader: &SegmentReader, market: &MarketCode) -> tantivy::Result<Option<Self>> {
        let fast = reader.fast_fields();
        let Some(price) = fast.column_opt::<i64>(&price_name(market))? else {
            return Ok(None);
        };
        let option = fast.str("option")?;
        Ok(Some(Self {
            numbers: match &option {
                Some(option) => number_keys(option)?,
                None => Vec::new(),
            },
            high: fast.u64("id_high")?,
            low: fast.u64("id_low")?,
            position: fast.i64("position")?,
            published: fast.i64("published")?,
            in_stock: fast.u64("in_stock")?,
            stars: fast.i64("stars")?,
            score: fast.i64("score")?,
            sold: fast.i64("sold")?,
            price,
            brand: fast.str("brand")?,
            option,
        }))
    }

    pub fn id(&self, doc: DocId) -> ProductId {
        let high = self.high.first(doc).unwrap_or_default();
        let low = self.low.first(doc).unwrap_or_default();
        ProductId(Uuid::from_u64_pair(high, low))
    }

    /// Its price, if it is on sale. `now`: microseconds since 1970.
    pub fn on_sale(&self, doc: DocId, now: i64) -> Option<i64> {
        let price = self.price.first(doc)?;
        let is_published = self.published.first(doc).is_some_and(|at| at <= now);
        is_published.then_some(price)
    }
}

/// Goes from attribute to attribute.
fn number_keys(option: &StrColumn) -> tantivy::Result<Vec<NumberKeys>> {
    let mut all: Vec<NumberKeys> = Vec::new();
    let mut from = numbers_name("");
    loop {
        let mut terms = option
            .dictionary()
            .range()
            .ge(&from)
            .limit(1)
            .into_stream()?;
        if !terms.advance() {
            return Ok(all);
        }
        let Ok(Some((name, _))) =
            std::str::from_utf8(terms.key()).map(|key| key.split_once(BETWEEN))
        else {
            return Ok(all);
        };
        let Name::Numbers(code) = Name::of(name) else {
            return Ok(all);
        };
        let (first, last) = bounds(code, (None, None));
        let ords = ords(option, &first, &last)?;
        from = last;
        // A key never is the last one: that number is cut.
        all.push(NumberKeys {
            code: code.to_owned(),
            ords,
        });
    }
}

/// The numbers of the keys from `first` to `last`, which itself is among them.
pub fn ords(column: &StrColumn, first: &str, last: &str) -> tantivy::Result<Range<u64>> {
    let dictionary = column.dictionary();
    let all = dictionary.num_terms() as u64;
    let begin = match dictionary.term_ord_or_next(first)? {
        TermOrdHit::Exact(ord) | TermOrdHit::Next(ord) => ord.min(all),
    };
    let end = match dictionary.term_ord_or_next(last)? {
        TermOrdHit::Exact(ord) => ord + 1,
        TermOrdHit::Next(ord) => ord.min(all),
    };
    Ok(begin..end.max(begin))
}

/// Columns that were opened, which takes as long as reading hundreds of products.
#[derive(Default)]
pub struct Opened(Mutex<HashMap<Key, Option<Arc<Columns>>>>);

type Key = (SegmentId, MarketCode);

impl Opened {
    /// None where nothing is sold in the market.
    pub fn of(
        &self,
        reader: &SegmentReader,
        market: &MarketCode,
    ) -> tantivy::Result<Option<Arc<Columns>>> {
        let key = (reader.segment_id(), market.clone());
        let mut opened = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(columns) = opened.get(&key) {
            return Ok(columns.clone());
        }
        let columns = Columns::of(reader, market)?.map(Arc::new);
        opened.insert(key, columns.clone());
        Ok(columns)
    }

    /// Forgets those of segments that are no more.
    pub fn tidy(&self, searcher: &Searcher) {
        let readers = searcher.segment_readers();
        let mut opened = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        opened
            .retain(|(segment, _), _| readers.iter().any(|reader| reader.segment_id() == *segment));
    }
}
