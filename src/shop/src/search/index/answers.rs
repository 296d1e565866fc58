//! Answers that are kept until the index shows something else: many ask the same.

use super::schema::Fields;
use crate::search::{Found, Query, Suggestions};
use domain::{Locale, MarketCode};
use moka::sync::Cache;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tantivy::index::SegmentId;
use tantivy::{Opstamp, Searcher};

/// What a question and its answer take, in bytes, beside the values of facets; and what each of these takes.
const FRAME: usize = 2_048;
const VALUE: usize = 160;
/// How long an answer holds that may change by itself, in microseconds: a day that comes publishes products, and nobody says that
/// a category was renamed.
const SHORT: i64 = 1_000_000;

/// What was asked of the index as it is now.
pub struct Answers {
    found: Cache<Asked<Query>, Arc<Given<Found>>>,
    suggested: Cache<Asked<String>, Arc<Given<Suggestions>>>,
    segments: Mutex<BTreeMap<SegmentId, Option<Opstamp>>>,
    /// Raised when the index shows something else.
    state: AtomicU64,
    /// When the last of its products appears; microseconds since 1970.
    last_published: AtomicI64,
    is_keeping: bool,
}

/// A question, by whom it is asked, and of which state of the index and of the shop's tables.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Asked<Q> {
    pub question: Q,
    pub market: MarketCode,
    pub locale: Locale,
    pub state: u64,
    /// [`crate::market::Markets::print`]
    pub tables: u64,
}

/// An answer, and when it was given; microseconds since 1970.
struct Given<A> {
    answer: A,
    at: i64,
}

impl Answers {
    /// Keeps so many megabytes of them, roughly; what was asked for least goes first. None for 0.
    pub fn keeping(megabytes: u64) -> Self {
        let bytes = megabytes << 20;
        let found = Cache::builder().max_capacity(bytes - bytes / 4);
        let found = found.weigher(|asked: &Asked<Query>, given: &Arc<Given<Found>>| {
            let facets = given.answer.facets.iter();
            let values: usize = facets.map(|facet| facet.values.len() + 2).sum();
            let weight = FRAME + values * VALUE + asked.question.weight();
            u32::try_from(weight).unwrap_or(u32::MAX)
        });
        let suggested = Cache::builder().max_capacity(bytes / 4);
        let suggested = suggested.weigher(|_, _: &Arc<Given<Suggestions>>| FRAME as u32);
        Self {
            found: found.build(),
            suggested: suggested.build(),
            segments: Mutex::default(),
            state: AtomicU64::default(),
            last_published: AtomicI64::new(i64::MAX),
            is_keeping: megabytes > 0,
        }
    }

    /// The state that is asked now. To be read before the searcher is taken: an answer is never older than its state.
    pub fn state(&self) -> u64 {
        self.state.load(Ordering::Acquire)
    }

    /// Forgets everything if the index shows something else than before.
    pub fn tidy(&self, searcher: &Searcher, fields: &Fields) -> tantivy::Result<()> {
        let fresh = searcher.generation().segments();
        let mut segments = self.segments.lock().unwrap_or_else(PoisonError::into_inner);
        if *segments == *fresh && self.state() > 0 {
            return Ok(());
        }
        let mut last = i64::MIN;
        let name = searcher.schema().get_field_name(fields.published);
        for reader in searcher.segment_readers() {
            last = last.max(reader.fast_fields().i64(name)?.max_value());
        }
        self.last_published.store(last, Ordering::Release);
        segments.clone_from(fresh);
        self.state.fetch_add(1, Ordering::AcqRel);
        self.found.invalidate_all();
        self.suggested.invalidate_all();
        Ok(())
    }

    /// What was found, if it still is. `now`: microseconds since 1970.
    pub fn found(&self, asked: &Asked<Query>, now: i64) -> Option<Found> {
        let given = self.found.get(asked)?;
        let stays = given.at >= self.last_published.load(Ordering::Acquire);
        let holds = now >= given.at && (stays || now - given.at < SHORT);
        (self.is_keeping && holds).then(|| given.answer.clone())
    }

    pub fn keep_found(&self, asked: Asked<Query>, at: i64, answer: &Found) {
        let answer = answer.clone();
        self.found.insert(asked, Arc::new(Given { answer, at }));
    }

    /// What was suggested, if it was just now.
    pub fn suggested(&self, asked: &Asked<String>, now: i64) -> Option<Suggestions> {
        let given = self.suggested.get(asked)?;
        let holds = now >= given.at && now - given.at < SHORT;
        (self.is_keeping && holds).then(|| given.answer.clone())
    }

    pub fn keep_suggested(&self, asked: Asked<String>, at: i64, answer: &Suggestions) {
        let answer = answer.clone();
        self.suggested.insert(asked, Arc::new(Given { answer, at }));
    }
}
