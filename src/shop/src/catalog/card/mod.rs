//! Cards: what a list shows of a product. Lists find ids; their cards are kept in the process, and the rest is read in one
//! statement.

mod kept;
mod row;
mod sql;

pub use kept::Cards;
pub use row::Row;

use super::review::rating;
use super::sql::View;
use super::{CatalogError, market};
use crate::{Failure, Shop, read};
use domain::catalog::{Picture, ProductCard, StockState, Swatch};
use domain::{Currency, Money, ProductId, Storefront};
use sql::CardRow;
use std::collections::HashMap;

/// The cards of these products in this order, without those that are not on sale in this storefront.
///
/// # Errors
/// [`CatalogError::NotFound`] for a storefront there is none of.
pub async fn cards(
    shop: &Shop,
    storefront: &Storefront,
    ids: &[ProductId],
) -> Result<Vec<ProductCard>, Failure<CatalogError>> {
    let currency = market(shop, storefront)?.currency;
    // Who just changed something reads what they changed.
    let mut known = if read::is_bound() {
        HashMap::new()
    } else {
        shop.cards.find(storefront, ids)
    };
    let missing: Vec<_> = ids
        .iter()
        .filter(|id| !known.contains_key(id))
        .map(|id| id.0)
        .collect();
    if !missing.is_empty() {
        let moment = shop.cards.moment();
        let view = View::of(shop, storefront);
        let rows = sql::cards(&shop.read, &view, &missing).await?;
        let cards: Vec<_> = rows.into_iter().map(|row| card(row, currency)).collect();
        shop.cards.keep(storefront, moment, &cards);
        known.extend(cards.into_iter().map(|card| (card.id, card)));
    }
    Ok(ids.iter().filter_map(|id| known.remove(id)).collect())
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
