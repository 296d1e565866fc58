//! One product: its page, its variants, their stock.

mod compare;
mod sql;

pub use compare::{Compared, Comparison, MOST_COMPARED, compare};

use super::card::{compare_at, stock_state};
use super::guide::{Guide, guide};
use super::review::rating;
use super::sql::View;
use super::{CatalogError, Row, cards, market, moved};
use crate::inventory;
use crate::text::say;
use crate::{Failure, Shop};
use domain::catalog::{
    OptionValue, Picture, Product, ProductCard, ProductOption, StockState, Variant,
};
use domain::inventory::{Figures, SentLater};
use domain::{Currency, Locale, Money, ProductId, Storefront, VariantId};
use sql::{FactRow, ProductRow, VariantRow};
use std::mem;

/// How many others are shown beside a product, in each row.
const BESIDE: usize = 4;
/// Of so many the first that can be bought are shown.
const CONSIDERED: usize = 8;

/// A product's page, in the storefront's language (where it is not translated, in the shop's own) and market.
///
/// # Errors
/// [`CatalogError::NotFound`], [`CatalogError::Gone`], [`CatalogError::NotSoldHere`].
pub async fn find_product(
    shop: &Shop,
    storefront: &Storefront,
    slug: &str,
) -> Result<Product, Failure<CatalogError>> {
    let currency = market(shop, storefront)?.currency;
    let view = View::of(shop, storefront);
    let Some(row) = sql::product(&shop.read, &view, slug, BESIDE as i32).await? else {
        return Err(moved::find(shop, moved::Kind::Product, slug).await);
    };
    let was_published = row.published_at.is_some_and(|at| at <= view.now);
    match (row.status.as_str(), was_published) {
        ("active", true) => {}
        (_, true) => return Err(Failure::Refused(CatalogError::Gone)),
        (_, false) => return Err(Failure::Refused(CatalogError::NotFound)),
    }
    if row.variants.is_empty() {
        return Err(Failure::Refused(CatalogError::NotSoldHere));
    }
    let beside = beside(shop, storefront, &row).await?;
    let guide = guide(shop, storefront.locale, row.category_id).await?;
    let named = Named {
        shop,
        guide: &guide,
        locale: storefront.locale,
    };
    Ok(product(&named, row, currency, beside))
}

/// Two rows, each of at most [`BESIDE`]: what others bought with a product, and, without these, what the shopkeeper put beside it
/// and what is like it. Only what can be bought. Where neither was said, others of its category stand in.
async fn beside(
    shop: &Shop,
    storefront: &Storefront,
    row: &ProductRow,
) -> Result<(Row, Row), Failure<CatalogError>> {
    let together = row.together.iter().flatten().take(CONSIDERED);
    let said = || row.chosen.iter().chain(row.similar.iter().flatten());
    let around = if said().count() < BESIDE {
        row.around.as_slice()
    } else {
        &[]
    };
    let related = said().take(CONSIDERED).chain(around);
    // In one go: what is not known of both rows is one statement.
    let mut ids: Vec<_> = Vec::new();
    for id in together.clone().chain(related).copied().map(ProductId) {
        if id.0 != row.id && !ids.contains(&id) {
            ids.push(id);
        }
    }
    let cards = cards(shop, storefront, &ids).await?;
    let is_together = |card: &ProductCard| together.clone().any(|id| *id == card.id.0);
    let (first, second): (Vec<_>, Vec<_>) = cards.into_iter().partition(is_together);
    Ok((Row::of(first, BESIDE), Row::of(second, BESIDE)))
}

/// The variant of a product with these option values, in the order of its options.
///
/// # Errors
/// [`CatalogError::NotFound`] when there is none.
pub async fn find_variant(
    shop: &Shop,
    product: ProductId,
    options: &[String],
) -> Result<VariantId, Failure<CatalogError>> {
    // What PostgreSQL can't hold can't be there either.
    let found = if options.iter().any(|value| value.contains('\0')) {
        None
    } else {
        sql::variant(&shop.read, product.0, options).await?
    };
    found
        .map(VariantId)
        .ok_or(Failure::Refused(CatalogError::NotFound))
}

/// How much of a variant there is, now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VariantStock {
    pub variant: VariantId,
    pub state: StockState,
    /// Units on hand and not promised, over all locations; None when that is no limit.
    pub available: Option<i64>,
}

/// The stock of each of a product's variants; none for a product there is none of.
///
/// # Errors
/// [`crate::Broken`] when the database does not answer.
pub async fn list_stock(
    shop: &Shop,
    product: ProductId,
) -> Result<Vec<VariantStock>, crate::Broken> {
    let rows = sql::stock(&shop.read, product.0).await?;
    let stock = rows.into_iter().map(|row| VariantStock {
        variant: VariantId(row.id),
        state: stock_state(row.available),
        available: row.available,
    });
    Ok(stock.collect())
}

/// What names things: in a language, as this process knows it.
struct Named<'a> {
    shop: &'a Shop,
    guide: &'a Guide,
    locale: Locale,
}

impl Named<'_> {
    fn option(&self, index: usize, name: String, variants: &[Variant]) -> ProductOption {
        let mut values: Vec<OptionValue> = Vec::new();
        for value in variants
            .iter()
            .filter_map(|variant| variant.options.get(index))
        {
            if values.iter().all(|known| known.name != *value) {
                values.push(OptionValue {
                    name: value.clone(),
                    label: self.shop.markets.option_value(self.locale, value),
                    hex: self.guide.colour(value).map(str::to_owned),
                });
            }
        }
        ProductOption {
            label: self.shop.markets.option_name(self.locale, &name),
            name,
            values,
        }
    }
}

fn product(
    named: &Named<'_>,
    row: ProductRow,
    currency: Currency,
    (together, related): (Row, Row),
) -> Product {
    let positions: Vec<i32> = row.pictures.iter().map(|row| row.position).collect();
    let has_options = !row.option_names.is_empty();
    let mut variants = Vec::with_capacity(row.variants.len());
    let mut sent_later = Vec::with_capacity(row.variants.len());
    let mut rows = row.variants;
    rows.sort_by_key(|row| (row.position, row.id));
    // Of each variant its locations.
    for at in rows.chunk_by_mut(|one, next| one.id == next.id) {
        let (available, later) = stock_of(at);
        let Some(row) = at.first_mut() else { continue };
        let price = Money::new(row.price_minor, currency);
        sent_later.push(later);
        variants.push(Variant {
            id: VariantId(row.id),
            sku: mem::take(&mut row.sku),
            options: if has_options {
                mem::take(&mut row.options)
            } else {
                Vec::new()
            },
            price,
            compare_at: compare_at(row.compare_at_minor, price),
            stock: stock_state(available),
            picture: row
                .picture
                .and_then(|position| positions.iter().position(|at| *at == position)),
        });
    }
    let pictures = row.pictures.into_iter().map(|row| Picture {
        src: row.src,
        alt: row.alt,
    });
    let options = row.option_names.into_iter().enumerate();
    let options = options.map(|(index, name)| named.option(index, name, &variants));
    let options = options.collect();
    let trail = row.category_id.map(|id| named.guide.trail(id));
    Product {
        id: ProductId(row.id),
        slug: row.slug,
        title: row.title.clone(),
        subtitle: row.subtitle,
        vendor: row.vendor,
        lead: row.lead.clone(),
        body_html: row.body_html,
        trail: trail.unwrap_or_default(),
        brand: row.brand,
        facts: facts(named.shop, named.locale, &row.facts),
        pictures: pictures.collect(),
        options,
        sent_later,
        variants,
        is_new: row.is_new,
        rating: rating(row.rating_count, row.rating_sum),
        reviews: row.reviews.0,
        seo_title: or(row.seo_title, row.title),
        seo_description: or(row.seo_description, row.lead),
        awaited: [together.awaited, related.awaited].concat(),
        together: together.shown,
        related: related.shown,
    }
}

/// How many of a variant there are at all its locations, None where that is no limit, and whether it is sent later: what the
/// function variant_stock says of what is no bundle.
fn stock_of(at: &[VariantRow]) -> (Option<i64>, Option<SentLater>) {
    if let Some(rare) = at.first().and_then(|row| row.rare.as_ref()) {
        let later = inventory::sent_later(rare.is_late, rare.sent_on);
        return (rare.available, later);
    }
    let room = |row: &VariantRow| {
        let figures = Figures {
            on_hand: row.on_hand?,
            held: row.held?,
            sold: 0,
        };
        figures.room(inventory::oversell(row.oversell?, row.backorder_limit))
    };
    (at.iter().map(room).sum(), None)
}

/// Name and value in words, in the shopkeeper's order; several values of one attribute as one. What this process has not heard of
/// yet is left out, until it has: then the page is made anew.
fn facts(shop: &Shop, locale: Locale, rows: &[FactRow]) -> Vec<(String, String)> {
    if rows.is_empty() {
        return Vec::new();
    }
    let attributes = shop.markets.attributes();
    let said = attributes.iter().filter_map(|attribute| {
        let own = rows.iter().filter(|row| row.attribute == attribute.code);
        let values = own.filter_map(|row| value(shop, locale, &attribute.unit, row));
        let values = values.collect::<Vec<_>>().join(", ");
        (!values.is_empty()).then(|| (attribute.name(locale).to_owned(), values))
    });
    said.collect()
}

fn value(shop: &Shop, locale: Locale, unit: &str, row: &FactRow) -> Option<String> {
    let said = match (&row.text, row.number, row.yes) {
        (Some(text), ..) => shop.markets.option_value(locale, text),
        (_, Some(number), _) => {
            let mut number = number.to_string();
            if locale == Locale::De {
                number = number.replace('.', ",");
            }
            format!("{number}\u{a0}{unit}").trim_end().to_owned()
        }
        (.., Some(yes)) => say(locale, if yes { "catalog-yes" } else { "catalog-no" }),
        _ => return None,
    };
    Some(said)
}

fn or(text: String, otherwise: String) -> String {
    if text.is_empty() { otherwise } else { text }
}
