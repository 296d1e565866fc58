//! Cards: what a list shows of a product. Lists find ids; their cards are kept in the process, and the rest is read in one
//! statement.

mod kept;
mod row;
mod sql;

pub use kept::Cards;
pub use row::Row;

use super::guide::{Guide, guide};
use super::review::rating;
use super::sql::View;
use super::{CatalogError, market};
use crate::{Failure, Shop, read};
use domain::catalog::{Picture, ProductCard, StockState, Swatch};
use domain::{Currency, Money, ProductId, Storefront};
use sql::{CardRow, OfferRow};
use std::collections::HashMap;

/// Colours on a card, at most.
const SWATCHES: usize = 6;

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
        let guide = guide(shop, storefront.locale, None).await?;
        let cards = rows
            .into_iter()
            .filter_map(|row| card(row, &guide, currency));
        let cards: Vec<_> = cards.collect();
        shop.cards.keep(storefront, moment, &cards);
        known.extend(cards.into_iter().map(|card| (card.id, card)));
    }
    Ok(ids.iter().filter_map(|id| known.remove(id)).collect())
}

/// None for what this market does not sell.
fn card(row: CardRow, guide: &Guide, currency: Currency) -> Option<ProductCard> {
    // Of several that cost the same the first.
    let cheapest = row.offers.iter().min_by_key(|offer| offer.price_minor)?;
    let price = Money::new(cheapest.price_minor, currency);
    Some(ProductCard {
        id: ProductId(row.id),
        slug: row.slug,
        title: row.title,
        subtitle: row.subtitle,
        vendor: row.vendor,
        picture: row.picture.map(|row| Picture {
            src: row.src,
            alt: row.alt,
        }),
        price,
        compare_at: compare_at(cheapest.compare_at_minor, price),
        from: row
            .offers
            .iter()
            .any(|offer| offer.price_minor != price.minor),
        is_new: row.is_new,
        stock: stock_state(best(&row.offers)),
        rating: rating(row.rating_count, row.rating_sum),
        swatches: swatches(&row.offers, guide),
    })
}

/// The best of its variants; None when one of them has no limit.
fn best(offers: &[OfferRow]) -> Option<i64> {
    let each = offers.iter().map(|offer| offer.available);
    let each: Option<Vec<i64>> = each.collect();
    each?.into_iter().max()
}

/// The colours that it comes in, each once, in the order of its variants.
fn swatches(offers: &[OfferRow], guide: &Guide) -> Vec<Swatch> {
    let mut swatches: Vec<Swatch> = Vec::new();
    for name in offers.iter().flat_map(|offer| &offer.options) {
        if swatches.len() == SWATCHES {
            break;
        }
        let Some(hex) = guide.colour(name) else {
            continue;
        };
        if swatches.iter().all(|known| known.name != *name) {
            swatches.push(Swatch {
                name: name.clone(),
                hex: hex.to_owned(),
            });
        }
    }
    swatches
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
