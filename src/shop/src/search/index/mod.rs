//! The search index: a read model of the catalogue on this machine's disk, built from PostgreSQL and kept fresh by events.

mod answers;
mod ask;
mod build;
mod columns;
mod engine;
mod keep;
mod known;
mod scan;
mod schema;
mod shelf;
mod source;
mod sql;
mod tally;
mod understand;
mod ways;
mod words;

pub use build::{BuildError, Built, Progress, build};
pub use engine::Indexed;
pub use keep::keep;

use crate::market::Markets;
use crate::search::Suggestions;
use crate::{Broken, Parts};
use answers::{Answers, Asked};
use columns::Opened;
use domain::{Locale, Market, MarketCode};
use known::Known;
use schema::Fields;
use serde::{Deserialize, Serialize};
use shelf::Shelves;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use tantivy::directory::MmapDirectory;
use tantivy::{IndexReader, IndexSettings, ReloadPolicy};
use time::OffsetDateTime;
use uuid::Uuid;

/// Seconds: the outbox keeps what happened for 30 days.
const OLD: i64 = 25 * 86_400;

/// An open index.
pub struct Index {
    index: tantivy::Index,
    reader: IndexReader,
    fields: Fields,
    folder: PathBuf,
    /// The option values of what is indexed, as of the last change.
    known: RwLock<Arc<Known>>,
    opened: Opened,
    shelves: Shelves,
    answers: Answers,
}

/// What each commit says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Commit {
    version: u32,
    /// What of the outbox it has seen.
    outbox: String,
    /// When: seconds since 1970.
    at: i64,
    /// While it is built: the position and id of the last product that is in.
    reached: Option<(i64, Uuid)>,
}

impl Index {
    /// Opens the index in `folder`, if it is whole, of this version, and made for these markets.
    fn open(folder: &Path, markets: &Markets, now: OffsetDateTime) -> Result<Self, Broken> {
        let directory = MmapDirectory::open(folder).map_err(broken)?;
        let index = tantivy::Index::open(directory).map_err(broken)?;
        let index = Self::of(index, folder, markets)?;
        let commit = index.commit()?;
        if commit.version != schema::VERSION {
            return Err(broken("it is of another version"));
        }
        if now.unix_timestamp() - commit.at > OLD {
            return Err(broken(
                "it is so old that the outbox does not reach back to it",
            ));
        }
        Ok(index)
    }

    /// Makes an empty one.
    fn create(folder: &Path, markets: &Markets) -> Result<Self, Broken> {
        std::fs::create_dir_all(folder).map_err(broken)?;
        let directory = MmapDirectory::open(folder).map_err(broken)?;
        let (schema, _) = schema::schema(&codes(markets));
        let index = tantivy::Index::create(directory, schema, IndexSettings::default());
        Self::of(index.map_err(broken)?, folder, markets)
    }

    fn of(index: tantivy::Index, folder: &Path, markets: &Markets) -> Result<Self, Broken> {
        let (schema, fields) = schema::schema(&codes(markets));
        if index.schema() != schema {
            return Err(broken(
                "it was made for other markets or by another release",
            ));
        }
        words::register(&index);
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual);
        let index = Self {
            reader: reader.try_into().map_err(broken)?,
            index,
            fields,
            folder: folder.to_path_buf(),
            known: RwLock::default(),
            opened: Opened::default(),
            shelves: Shelves::default(),
            answers: Answers::keeping(0),
        };
        index.learn(markets)?;
        Ok(index)
    }

    /// What the last commit says of itself.
    fn commit(&self) -> Result<Commit, Broken> {
        let metas = self.index.load_metas().map_err(broken)?;
        let payload = metas
            .payload
            .ok_or_else(|| broken("it was never committed"))?;
        Ok(serde_json::from_str(&payload)?)
    }

    /// Shows what was committed last.
    fn reload(&self, markets: &Markets) -> Result<(), Broken> {
        self.reader.reload().map_err(broken)?;
        self.learn(markets)
    }

    fn learn(&self, markets: &Markets) -> Result<(), Broken> {
        let searcher = self.reader.searcher();
        self.opened.tidy(&searcher);
        self.shelves.tidy(&searcher);
        let known = Known::of(&searcher, &self.fields, markets).map_err(broken)?;
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(known);
        self.answers.tidy(&searcher, &self.fields).map_err(broken)
    }

    /// A question to the index as it is now.
    fn asked<Q>(
        &self,
        markets: &Markets,
        market: &MarketCode,
        locale: Locale,
        question: Q,
    ) -> Asked<Q> {
        Asked {
            question,
            market: market.clone(),
            locale,
            state: self.answers.state(),
            tables: markets.print(),
        }
    }

    /// What was suggested for that text just now, or is by `suggest`.
    pub(super) async fn suggested(
        &self,
        shop: &Parts,
        market: &Market,
        locale: Locale,
        text: &str,
        suggest: impl Future<Output = Result<Suggestions, Broken>>,
    ) -> Result<Suggestions, Broken> {
        let asked = self.asked(&shop.markets, &market.code, locale, text.to_owned());
        let now = engine::micros(shop.clock.now());
        if let Some(suggested) = self.answers.suggested(&asked, now) {
            return Ok(suggested);
        }
        let suggested = suggest.await?;
        self.answers.keep_suggested(asked, now, &suggested);
        Ok(suggested)
    }

    fn known(&self) -> Arc<Known> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.clone()
    }
}

fn codes(markets: &Markets) -> Vec<MarketCode> {
    let mut codes: Vec<MarketCode> = markets
        .all()
        .iter()
        .map(|market| market.code.clone())
        .collect();
    // In the same order on every instance, whatever the shopkeeper's is.
    codes.sort_unstable();
    codes
}

fn broken(error: impl std::fmt::Display) -> Broken {
    Broken::Other(format!("the search index: {error}"))
}
