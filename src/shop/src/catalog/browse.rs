//! Home, categories and their listings.

use super::review::rating;
use super::sql::{self, CardRow, View};
use super::{CatalogError, market};
use crate::{Broken, Failure, Shop};
use domain::catalog::{Picture, ProductCard, StockState, Swatch};
use domain::{Currency, Money, ProductId, Storefront};
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
    let currency = market(shop, storefront)?.currency;
    let view = View::of(shop, storefront);
    let (rows, about) = futures::try_join!(
        sql::home(&shop.read, &view, SHELF),
        sql::count_products(&shop.read)
    )?;
    let (new, featured): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.shelf == "new");
    Ok(Home {
        new: cards(new, currency),
        featured: cards(featured, currency),
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

pub(super) fn cards(rows: Vec<CardRow>, currency: Currency) -> Vec<ProductCard> {
    rows.into_iter().map(|row| card(row, currency)).collect()
}

fn card(row: CardRow, currency: Currency) -> ProductCard {
    let price = Money::new(row.price_minor, currency);
    ProductCard {
        id: ProductId(row.id),
        slug: row.slug,
        title: row.title,
        subtitle: row.subtitle,
        vendor: row.vendor,
        picture: row.picture_src.map(|src| Picture {
            src,
            alt: row.picture_alt.unwrap_or_default(),
        }),
        price,
        compare_at: compare_at(row.compare_at_minor, price),
        from: row.price_varies,
        is_new: row.is_new,
        stock: stock_state(row.available),
        rating: rating(row.rating_count, row.rating_sum),
        swatches: row
            .swatch_names
            .into_iter()
            .zip(row.swatch_colours)
            .map(|(name, hex)| Swatch { name, hex })
            .collect(),
    }
}

/// The price before a sale, when it is one.
pub(super) fn compare_at(minor: Option<i64>, price: Money) -> Option<Money> {
    minor
        .filter(|&before| before > price.minor)
        .map(|before| Money::new(before, price.currency))
}

/// The state for so many available units; None is for what is never out of stock.
pub(super) fn stock_state(available: Option<i64>) -> StockState {
    available.map_or(StockState::InStock, StockState::of)
}

/// A count as one would say it: to the ten, from ten on.
const fn roughly(count: i64) -> i64 {
    if count < 10 {
        count
    } else {
        (count + 5) / 10 * 10
    }
}
