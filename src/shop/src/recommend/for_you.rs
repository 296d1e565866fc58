//! What somebody may like who looked at these products.

use super::sql;
use crate::catalog::{CatalogError, Row, cards};
use crate::{Failure, Shop};
use domain::{ProductId, Storefront};

/// Products that were looked at, of which something is made.
pub const VIEWED: usize = 5;
/// Products that are shown.
const SHOWN: usize = 8;
/// Products that are looked at for it: some may not be on sale here, or be sold out.
const LOOKED_AT: i64 = 24;

/// At most eight products that go with those of these slugs, which are in the order of their last view, the latest first: of
/// what is in stock here, and none of them. Slugs beyond [`VIEWED`], and unknown ones, say nothing.
///
/// Each product's lists are votes, as reciprocal ranks (Cormack, Clarke and Büttcher, "Reciprocal rank fusion outperforms
/// Condorcet and individual rank learning methods", SIGIR 2009), which count less the longer ago it was viewed.
///
/// # Errors
/// [`CatalogError::NotFound`] for a storefront there is none of.
pub async fn for_you(
    shop: &Shop,
    storefront: &Storefront,
    viewed: &[String],
) -> Result<Row, Failure<CatalogError>> {
    // What PostgreSQL can't hold can't be there either.
    let viewed = viewed.iter().filter(|slug| !slug.contains('\0'));
    let viewed: Vec<String> = viewed.take(VIEWED).cloned().collect();
    let ids = if viewed.is_empty() {
        Vec::new()
    } else {
        sql::for_viewed(&shop.read, &viewed, LOOKED_AT).await?
    };
    let ids: Vec<_> = ids.into_iter().map(ProductId).collect();
    Ok(Row::of(cards(shop, storefront, &ids).await?, SHOWN))
}
