//! Lists that are searched for: a category's, a brand's, what a text finds. Two round trips however much they show: one asks
//! the search engine for ids, one reads their cards.

use super::browse::cards;
use super::sql::{self, View};
use super::{CatalogError, market};
use crate::search::{Found, Query, Suggestions};
use crate::{Failure, Shop};
use domain::Storefront;
use domain::catalog::ProductCard;

/// Products on a page of a list.
pub const PAGE: usize = 24;
/// Products that an empty list offers instead.
const INSTEAD: i64 = 8;

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    pub found: Found,
    /// In the order in which they were found; without what went off sale meanwhile.
    pub products: Vec<ProductCard>,
}

/// The page that `query` asks for; its limit is [`PAGE`].
///
/// # Errors
/// [`CatalogError::NotFound`] for a storefront there is none of.
pub async fn list(
    shop: &Shop,
    storefront: &Storefront,
    query: &Query,
) -> Result<Listing, Failure<CatalogError>> {
    let market = market(shop, storefront)?;
    let query = Query {
        limit: PAGE,
        ..query.clone()
    };
    let found = shop
        .search
        .find(shop, &market, storefront.locale, &query)
        .await?;
    let ids: Vec<_> = found.products.iter().map(|id| id.0).collect();
    let rows = if ids.is_empty() {
        Vec::new()
    } else {
        sql::named(&shop.read, &View::of(shop, storefront), &ids).await?
    };
    Ok(Listing {
        products: cards(rows, market.currency),
        found,
    })
}

/// What is liked most, at most eight: for whoever found nothing.
///
/// # Errors
/// [`CatalogError::NotFound`] for a storefront there is none of.
pub async fn liked(
    shop: &Shop,
    storefront: &Storefront,
) -> Result<Vec<ProductCard>, Failure<CatalogError>> {
    let currency = market(shop, storefront)?.currency;
    let view = View::of(shop, storefront);
    let rows = sql::featured(&shop.read, &view, INSTEAD).await?;
    Ok(cards(rows, currency))
}

/// Products and categories for what is being typed.
///
/// # Errors
/// [`CatalogError::NotFound`] for a storefront there is none of.
pub async fn suggest(
    shop: &Shop,
    storefront: &Storefront,
    text: &str,
) -> Result<Suggestions, Failure<CatalogError>> {
    let market = market(shop, storefront)?;
    let suggesting = shop.search.suggest(shop, &market, storefront.locale, text);
    Ok(suggesting.await?)
}
