//! Home, categories and their listings.

use super::sql::{self, View};
use super::{CatalogError, cards};
use crate::{Broken, Failure, Shop};
use domain::catalog::ProductCard;
use domain::{ProductId, Storefront};
use time::OffsetDateTime;

/// Products on each shelf of the home page.
const SHELF: i64 = 8;

/// What the home page shows of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    /// At most eight: those tagged as new, then the newest.
    pub new: Vec<ProductCard>,
    /// At most eight, in the shopkeeper's order.
    pub featured: Vec<ProductCard>,
    /// Roughly how many products there are.
    pub about: i64,
}

/// The home page's shelves.
///
/// # Errors
/// [`CatalogError::NotFound`] for a storefront there is none of.
pub async fn home(shop: &Shop, storefront: &Storefront) -> Result<Home, Failure<CatalogError>> {
    let view = View::of(shop, storefront);
    let (rows, about) = futures::try_join!(
        sql::home(&shop.read, &view, SHELF),
        sql::count_products(&shop.read)
    )?;
    let ids: Vec<_> = rows.iter().map(|row| ProductId(row.id)).collect();
    let known = cards(shop, storefront, &ids).await?;
    let on = |shelf: &str| {
        let ids = rows.iter().filter(|row| row.shelf == shelf);
        let cards = ids.filter_map(|row| known.iter().find(|card| card.id.0 == row.id).cloned());
        cards.collect()
    };
    Ok(Home {
        new: on("new"),
        featured: on("featured"),
        about: roughly(about),
    })
}

/// A product's address, for the sitemap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlugEntry {
    pub slug: String,
    pub updated_at: OffsetDateTime,
}

/// The products that are on show, by slug; at most the 50,000 that one sitemap may hold (sitemaps.org).
///
/// # Errors
/// [`Broken`] when the database does not answer.
pub async fn list_slugs(shop: &Shop) -> Result<Vec<SlugEntry>, Broken> {
    Ok(sql::slugs(&shop.read, shop.clock.now()).await?)
}

/// A page that lists products.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    Category(String),
    Brand(String),
    Collection(String),
}

/// The pages that list products, by slug: categories in the shopkeeper's order, then brands that have something on show, then
/// collections; at most 5,000.
///
/// # Errors
/// [`Broken`] when the database does not answer.
pub async fn list_places(shop: &Shop) -> Result<Vec<Place>, Broken> {
    let rows = sql::places(&shop.read).await?;
    let place = |row: sql::PlaceRow| match row.kind {
        0 => Place::Category(row.slug),
        1 => Place::Brand(row.slug),
        _ => Place::Collection(row.slug),
    };
    Ok(rows.into_iter().map(place).collect())
}

/// A count as one would say it: to the ten, from ten on.
const fn roughly(count: i64) -> i64 {
    if count < 10 {
        count
    } else {
        (count + 5) / 10 * 10
    }
}
