//! Search and listings: what matches, in order, with facets, whichever engine answers.

mod after;
mod attribute;
mod facets;
pub mod index;
mod list;
pub mod log;
mod postgres;
mod query;
mod sql;
mod text;

pub use after::After;
pub use attribute::{NoNumber, Number, Range, is_code};
pub use facets::attribute_value;
pub use list::{Candidate, Merit, list};
pub use postgres::Postgres;
pub use query::{
    BETWEEN, Count, Facet, FacetKey, FacetValue, Filters, Found, Query, Sort, Suggested,
    Suggestions, Understood,
};

use crate::{Broken, Parts, Shop};
use domain::{Locale, Market, ProductId};
use futures::future::BoxFuture;
use index::{Index, Indexed};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

/// The tag of every list: its order and its facets may have changed.
pub const TAG: &str = "lists";
/// The most products on a page of results.
pub const MOST: usize = 100;
/// Products, and categories, that are suggested.
const SUGGESTED: usize = 6;

/// Who can search. All answer the same questions; how well, and how far they count, differs.
pub trait Engine: Send + Sync {
    /// What matches `query` on sale in `market`. Any text is a query: none is an error.
    ///
    /// # Errors
    /// [`Broken`] when the engine does not answer.
    fn find<'a>(
        &'a self,
        shop: &'a Parts,
        market: &'a Market,
        locale: Locale,
        query: &'a Query,
    ) -> BoxFuture<'a, Result<Found, Broken>>;

    /// At most `limit` products whose words begin as what is being typed does, the best first.
    ///
    /// # Errors
    /// [`Broken`] when the engine does not answer.
    fn complete<'a>(
        &'a self,
        shop: &'a Parts,
        market: &'a Market,
        locale: Locale,
        text: &'a str,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<ProductId>, Broken>>;
}

/// What pages ask: the index where there is one, PostgreSQL otherwise. Cheap to clone; clones ask the same.
#[derive(Clone)]
pub struct Search(Arc<Inner>);

struct Inner {
    asked: RwLock<Asked>,
    answers_mb: u64,
}

/// Who is asked.
#[derive(Default)]
struct Asked {
    index: Option<Arc<Index>>,
    /// The index failed when it was asked.
    is_lost: bool,
    /// Everything that had committed by then is in the index.
    as_of: Option<Instant>,
    /// Counts those that were asked.
    turn: u64,
}

impl Asked {
    fn put(&mut self, index: Option<Arc<Index>>, is_lost: bool) {
        *self = Self {
            index,
            is_lost,
            as_of: None,
            turn: self.turn + 1,
        };
    }
}

/// How fresh lists are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Freshness {
    /// Another number: another index is asked, or none, and any list may come out otherwise.
    pub turn: u64,
    /// Whatever had committed by then, lists show. None: nobody knows yet.
    pub as_of: Option<Instant>,
}

impl Search {
    /// Keeps so many megabytes of what was found, until the index shows something else; none for 0.
    pub fn keeping(answers_mb: u64) -> Self {
        Self(Arc::new(Inner {
            asked: RwLock::default(),
            answers_mb,
        }))
    }

    fn answers_mb(&self) -> u64 {
        self.0.answers_mb
    }

    /// Whether there is an index to ask.
    pub fn has_index(&self) -> bool {
        self.index().is_some()
    }

    /// How fresh lists are now: an index shows a change a moment after PostgreSQL does.
    pub fn freshness(&self) -> Freshness {
        let asked = self.0.asked.read().unwrap_or_else(PoisonError::into_inner);
        Freshness {
            turn: asked.turn,
            as_of: match asked.index {
                Some(_) => asked.as_of,
                None => Some(Instant::now()),
            },
        }
    }

    fn index(&self) -> Option<Arc<Index>> {
        let asked = self.0.asked.read().unwrap_or_else(PoisonError::into_inner);
        asked.index.clone()
    }

    /// From now on that one is asked.
    fn use_index(&self, index: Option<Arc<Index>>) {
        self.change(|asked| asked.put(index, false));
    }

    /// The index that is asked has everything that had committed by then.
    fn caught_up(&self, with: Instant) {
        self.change(|asked| asked.as_of = Some(with));
    }

    /// Whether the index failed since it was given.
    fn lost_index(&self) -> bool {
        let asked = self.0.asked.read().unwrap_or_else(PoisonError::into_inner);
        asked.is_lost
    }

    fn lose_index(&self, error: &Broken) {
        tracing::error!(%error, "the search index failed; PostgreSQL searches until another is built");
        self.change(|asked| asked.put(None, true));
    }

    fn change(&self, change: impl FnOnce(&mut Asked)) {
        change(&mut self.0.asked.write().unwrap_or_else(PoisonError::into_inner));
    }

    /// A page of what matches: `query.limit` products at most, and no more than [`MOST`]. The ids are in order; whoever shows
    /// them loads their cards in one statement and leaves out what is no longer on sale.
    ///
    /// # Errors
    /// [`Broken`] when neither engine answers. No text, filter or position is an error.
    pub async fn find(
        &self,
        shop: &Shop,
        market: &Market,
        locale: Locale,
        query: &Query,
    ) -> Result<Found, Broken> {
        if let Some(index) = self.index() {
            match Indexed(index).find(shop, market, locale, query).await {
                Ok(found) => return Ok(found),
                Err(error) => self.lose_index(&error),
            }
        }
        Postgres.find(shop, market, locale, query).await
    }

    /// Products and categories for what is being typed. Nothing for an empty text.
    ///
    /// # Errors
    /// [`Broken`] when the database does not answer.
    pub async fn suggest(
        &self,
        shop: &Shop,
        market: &Market,
        locale: Locale,
        text: &str,
    ) -> Result<Suggestions, Broken> {
        let text = text::clean(text);
        if text.is_empty() {
            return Ok(Suggestions::default());
        }
        let Some(index) = self.index() else {
            return self.suggest_anew(shop, market, locale, &text, None).await;
        };
        let anew = self.suggest_anew(shop, market, locale, &text, Some(index.clone()));
        index.suggested(shop, market, locale, &text, anew).await
    }

    async fn suggest_anew(
        &self,
        shop: &Shop,
        market: &Market,
        locale: Locale,
        text: &str,
        index: Option<Arc<Index>>,
    ) -> Result<Suggestions, Broken> {
        let completed = match index {
            Some(index) => {
                let engine = Indexed(index);
                let completing = engine.complete(shop, market, locale, text, SUGGESTED);
                completing
                    .await
                    .inspect_err(|error| self.lose_index(error))
                    .ok()
            }
            None => None,
        };
        let completed = match completed {
            Some(products) => products,
            None => {
                Postgres
                    .complete(shop, market, locale, text, SUGGESTED)
                    .await?
            }
        };
        let products: Vec<_> = completed.into_iter().map(|id| id.0).collect();
        let pattern = text::prefix_pattern(text);
        let limit = SUGGESTED as i64;
        let rows = sql::suggestions(&shop.read, locale.code(), &products, &pattern, limit).await?;
        let mut suggestions = Suggestions::default();
        for row in rows {
            let suggested = Suggested {
                slug: row.slug,
                name: row.name,
            };
            if row.is_category {
                suggestions.categories.push(suggested);
            } else {
                suggestions.products.push(suggested);
            }
        }
        Ok(suggestions)
    }
}
