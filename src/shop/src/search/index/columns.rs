//! What is read of products quickly, one after the other.

use super::schema::price_name;
use domain::{MarketCode, ProductId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tantivy::columnar::{Column, StrColumn};
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
            brand: fast.str("brand")?,
            option: fast.str("option")?,
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
