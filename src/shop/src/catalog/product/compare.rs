//! Products side by side.

use super::{facts, sql};
use crate::catalog::sql::View;
use crate::catalog::{CatalogError, Row, cards};
use crate::{Failure, Shop};
use domain::catalog::ProductCard;
use domain::{Locale, ProductId, Storefront};
use std::collections::HashMap;
use uuid::Uuid;

/// Products that are compared at once.
pub const MOST_COMPARED: usize = 4;
/// How many more are offered, while there is room.
const OFFERED: usize = 4;
/// Of so many the first that can be bought are offered.
const CONSIDERED: usize = 8;

/// A product among others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    pub card: ProductCard,
    /// Each option with what can be chosen here, in the shopper's language.
    pub options: Vec<(String, Vec<String>)>,
    /// What it is beyond its texts: name and value, in the shopper's language.
    pub facts: Vec<(String, String)>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// In the order they were named.
    pub products: Vec<Compared>,
    /// How many of those that were named are not on sale here.
    pub missing: usize,
    /// What is like them and can be bought, while there is room for it.
    pub others: Row,
}

/// The products of these slugs, each named once; at most [`MOST_COMPARED`] are looked at. One statement, and one for the cards
/// that are not known.
///
/// # Errors
/// [`CatalogError::NotFound`] for a storefront there is none of.
pub async fn compare(
    shop: &Shop,
    storefront: &Storefront,
    slugs: &[String],
) -> Result<Comparison, Failure<CatalogError>> {
    let slugs = &slugs[..slugs.len().min(MOST_COMPARED)];
    if slugs.is_empty() {
        return Ok(Comparison::default());
    }
    let rows = sql::compared(&shop.read, &View::of(shop, storefront), slugs).await?;
    let named: Vec<_> = rows.iter().map(|row| row.id).collect();
    let mut ids = named.clone();
    if slugs.len() < MOST_COMPARED {
        ids.extend(like(&rows));
    }
    let ids: Vec<_> = ids.into_iter().map(ProductId).collect();
    let cards = cards(shop, storefront, &ids).await?;
    let is_named = |card: &ProductCard| named.contains(&card.id.0);
    let (cards, others): (Vec<_>, Vec<_>) = cards.into_iter().partition(is_named);
    let mut rows: HashMap<_, _> = rows.into_iter().map(|row| (row.id, row)).collect();
    let products: Vec<_> = cards
        .into_iter()
        .filter_map(|card| {
            let row = rows.remove(&card.id.0)?;
            Some(compared(shop, storefront.locale, card, row))
        })
        .collect();
    Ok(Comparison {
        missing: slugs.len() - products.len(),
        products,
        others: Row::of(others, OFFERED),
    })
}

/// What the shopkeeper put beside them or is like them, in turns; none that is named.
fn like(rows: &[sql::ComparedRow]) -> Vec<Uuid> {
    let mut found: Vec<Uuid> = Vec::new();
    let mut each: Vec<_> = rows
        .iter()
        .map(|row| row.chosen.iter().chain(row.similar.iter().flatten()))
        .collect();
    while found.len() < CONSIDERED {
        let turn: Vec<Uuid> = each
            .iter_mut()
            .filter_map(Iterator::next)
            .copied()
            .collect();
        if turn.is_empty() {
            break;
        }
        for id in turn {
            if !found.contains(&id) && rows.iter().all(|row| row.id != id) {
                found.push(id);
            }
        }
    }
    found.truncate(CONSIDERED);
    found
}

fn compared(shop: &Shop, locale: Locale, card: ProductCard, row: sql::ComparedRow) -> Compared {
    let options = row.option_names.iter().enumerate().map(|(index, name)| {
        let mut labels: Vec<String> = Vec::new();
        for value in row
            .variants
            .iter()
            .filter_map(|variant| variant.options.get(index))
        {
            let label = shop.markets.option_value(locale, value);
            if !labels.contains(&label) {
                labels.push(label);
            }
        }
        (shop.markets.option_name(locale, name), labels)
    });
    let facts = facts(shop, locale, &row.facts);
    Compared {
        card,
        options: options.collect(),
        facts,
    }
}
