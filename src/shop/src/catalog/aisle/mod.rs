//! What heads a list: a category, a brand, a collection. Each is one statement.

mod sql;

use super::moved::{self, Kind};
use super::sql::View;
use super::{CatalogError, PAGE, Rule, cards, market};
use crate::{Broken, Failure, Shop};
use domain::catalog::{CategoryLink, ProductCard};
use domain::{CategoryId, ProductId, Storefront};
use uuid::Uuid;

/// A category, as its page heads itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CategoryHead {
    pub id: CategoryId,
    pub slug: String,
    pub name: String,
    pub intro: String,
    /// From the top down to the one it lies in.
    pub trail: Vec<CategoryLink>,
    /// Those that lie in it.
    pub below: Vec<CategoryLink>,
}

/// A brand, as its page heads itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrandHead {
    pub slug: String,
    /// As products name their vendor.
    pub name: String,
    pub intro: String,
}

/// A page of a collection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CollectionPage {
    pub slug: String,
    pub name: String,
    pub intro: String,
    pub products: Vec<ProductCard>,
    /// Opaque position of the next page, when there is one.
    pub next: Option<String>,
}

/// The category of that slug.
///
/// # Errors
/// [`CatalogError::NotFound`], [`CatalogError::Moved`], [`CatalogError::Gone`].
pub async fn find_category(
    shop: &Shop,
    storefront: &Storefront,
    slug: &str,
) -> Result<CategoryHead, Failure<CatalogError>> {
    market(shop, storefront)?;
    let Some(row) = sql::category(&shop.read, slug, storefront.locale.code()).await? else {
        return Err(moved::find(shop, Kind::Category, slug).await);
    };
    Ok(CategoryHead {
        id: CategoryId(row.id),
        slug: row.slug,
        name: row.name,
        intro: row.intro,
        trail: row.trail.0,
        below: row.below.0,
    })
}

/// The brand of that slug.
///
/// # Errors
/// [`CatalogError::NotFound`], [`CatalogError::Moved`], [`CatalogError::Gone`].
pub async fn find_brand(
    shop: &Shop,
    storefront: &Storefront,
    slug: &str,
) -> Result<BrandHead, Failure<CatalogError>> {
    market(shop, storefront)?;
    let Some(row) = sql::brand(&shop.read, slug, storefront.locale.code()).await? else {
        return Err(moved::find(shop, Kind::Brand, slug).await);
    };
    Ok(BrandHead {
        slug: row.slug,
        name: row.name,
        intro: row.intro,
    })
}

/// A page of a collection: what comes after `after`, which a page before it gave as `next`; from the start for any other text.
///
/// # Errors
/// [`CatalogError::NotFound`], [`CatalogError::Moved`], [`CatalogError::Gone`].
pub async fn list_collection(
    shop: &Shop,
    storefront: &Storefront,
    slug: &str,
    after: Option<&str>,
) -> Result<CollectionPage, Failure<CatalogError>> {
    market(shop, storefront)?;
    let view = View::of(shop, storefront);
    let Some(row) = sql::collection(&shop.read, slug, view.locale).await? else {
        return Err(moved::find(shop, Kind::Collection, slug).await);
    };
    let rule: Option<Rule> = match row.rule {
        Some(rule) => Some(serde_json::from_value(rule).map_err(Broken::from)?),
        None => None,
    };
    let from = after.and_then(unpack);
    // One more than is shown tells whether there is a next page.
    let limit = PAGE as i64 + 1;
    let mut rows = match &rule {
        Some(rule) => sql::by_rule(&shop.read, &view, rule, from, limit).await?,
        None => sql::by_hand(&shop.read, &view, row.id, from, limit).await?,
    };
    let has_more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let last = rows.last().filter(|_| has_more);
    let ids: Vec<_> = rows.iter().map(|row| ProductId(row.id)).collect();
    let next = last.map(|row| pack(row.position, row.id));
    Ok(CollectionPage {
        slug: row.slug,
        name: row.name,
        intro: row.intro,
        products: cards(shop, storefront, &ids).await?,
        next,
    })
}

/// A place in a collection: a position and a product, in hexadecimal.
fn pack(position: i64, id: Uuid) -> String {
    format!("{:016x}{:032x}", position.cast_unsigned(), id.as_u128())
}

fn unpack(text: &str) -> Option<(i64, Uuid)> {
    let is_ours = text.len() == 48 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_ours {
        return None;
    }
    let position = u64::from_str_radix(&text[..16], 16).ok()?;
    let id = u128::from_str_radix(&text[16..], 16).ok()?;
    Some((position.cast_signed(), Uuid::from_u128(id)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_reads_as_it_was_written_and_nothing_else_does() {
        for place in [
            (0, Uuid::nil()),
            (-7, Uuid::max()),
            (i64::MAX, Uuid::from_u128(42)),
        ] {
            assert_eq!(unpack(&pack(place.0, place.1)), Some(place));
        }
        let good = pack(1, Uuid::nil());
        for text in [
            "",
            "0",
            &good[1..],
            &format!("{good}0"),
            &"é".repeat(24),
            &"+1".repeat(24),
        ] {
            assert_eq!(unpack(text), None, "{text:?}");
        }
    }
}
