//! Search and listings: what matches, in order, with facets, whichever engine answers.

mod after;
mod list;
mod postgres;
mod query;
mod sql;
mod text;

pub use after::After;
pub use list::{Candidate, list};
pub use postgres::Postgres;
pub use query::{
    BETWEEN, Count, Facet, FacetKey, FacetValue, Filters, Found, Query, Sort, Suggested,
    Suggestions, Understood,
};

use crate::{Broken, Parts, Shop};
use domain::{Locale, Market, ProductId};
use futures::future::BoxFuture;
use std::sync::Arc;

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

/// What pages ask. Cheap to clone; clones ask the same engine.
#[derive(Clone)]
pub struct Search(Arc<dyn Engine>);

impl Default for Search {
    /// PostgreSQL's full-text search.
    fn default() -> Self {
        Self(Arc::new(Postgres))
    }
}

impl Search {
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
        self.0.find(shop, market, locale, query).await
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
        let completed = self
            .0
            .complete(shop, market, locale, &text, SUGGESTED)
            .await?;
        let products: Vec<_> = completed.into_iter().map(|id| id.0).collect();
        let pattern = text::prefix_pattern(&text);
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
