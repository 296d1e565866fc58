//! Home, categories and their listings.

use super::cursor::{Cursor, Key};
use super::sql::{self, CardRow, View};
use super::{CatalogError, market, moved};
use crate::{Broken, Failure, Shop};
use domain::catalog::{
    Category, CategoryLink, Listing, Picture, ProductCard, Sort, StockState, Swatch,
};
use domain::{Currency, Locale, Money, ProductId, Storefront};
use time::OffsetDateTime;

/// Products on a page of a listing.
pub const PAGE: usize = 24;
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

/// The categories on top, at most 24, in the shopkeeper's order.
///
/// # Errors
/// [`Broken`] when the database does not answer.
pub async fn categories(shop: &Shop, locale: Locale) -> Result<Vec<CategoryLink>, Broken> {
    Ok(sql::categories(&shop.read, locale.code()).await?)
}

/// A page of a category: the products after `after`, which a page before it gave as `next`. Products without a price in
/// the market are left out.
///
/// # Errors
/// [`CatalogError::NotFound`], [`CatalogError::BadCursor`].
pub async fn list_category(
    shop: &Shop,
    storefront: &Storefront,
    slug: &str,
    sort: Sort,
    after: Option<&str>,
) -> Result<Listing, Failure<CatalogError>> {
    let currency = market(shop, storefront)?.currency;
    let from = after
        .map(|text| Cursor::unpack(text, sort))
        .transpose()
        .map_err(Failure::Refused)?;
    let locale = storefront.locale.code();
    let Some(category) = sql::category(&shop.read, slug, locale).await? else {
        return Err(moved::find(shop, moved::Kind::Category, slug).await);
    };
    let view = View::of(shop, storefront);
    // One more than is shown tells whether there is a next page.
    let limit = PAGE as i64 + 1;
    let mut rows = sql::list(&shop.read, &view, category.id, sort, from.as_ref(), limit).await?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let next = rows.last().filter(|_| more).map(|row| {
        let key = match sort {
            Sort::Name => Key::Text(row.name_key.clone()),
            _ => Key::Number(row.number_key),
        };
        let id = row.id;
        Cursor { sort, key, id }.pack()
    });
    Ok(Listing {
        category: Category {
            slug: category.slug,
            name: category.name,
            intro: category.intro,
        },
        sort,
        products: cards(rows, currency),
        about: roughly(category.about),
        next,
        is_continued: after.is_some(),
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
