//! Lists that are searched for: a category's, a brand's, what a text finds. The search engine is asked for ids; cards that are
//! not known are read in one statement, however many they are.

use super::sql::{self, View};
use super::{CatalogError, cards, market};
use crate::search::{Found, Query, Suggestions};
use crate::{Failure, Shop};
use domain::catalog::ProductCard;
use domain::{ProductId, Storefront};

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
    Ok(Listing {
        products: cards(shop, storefront, &found.products).await?,
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
    let view = View::of(shop, storefront);
    let rows = sql::featured(&shop.read, &view, INSTEAD).await?;
    let ids: Vec<_> = rows.into_iter().map(ProductId).collect();
    cards(shop, storefront, &ids).await
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
