//! One product: its page, its variants, their stock.

mod compare;
mod sql;

pub use compare::{Compared, Comparison, MOST_COMPARED, compare};

use super::card::{compare_at, stock_state};
use super::review::rating;
use super::sql::View;
use super::{CatalogError, Row, cards, market, moved};
use crate::inventory;
use crate::text::say;
use crate::{Failure, Shop};
use domain::catalog::{
    OptionValue, Picture, Product, ProductCard, ProductOption, StockState, Variant,
};
use domain::{Currency, Locale, Money, ProductId, Storefront, VariantId};
use sql::ProductRow;

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
    let Some(row) = sql::product(&shop.read, &view, slug).await? else {
        return Err(moved::find(shop, moved::Kind::Product, slug).await);
    };
    let was_published = row.published_at.is_some_and(|at| at <= view.now);
    match (row.status.as_str(), was_published) {
        ("active", true) => {}
        (_, true) => return Err(Failure::Refused(CatalogError::Gone)),
        (_, false) => return Err(Failure::Refused(CatalogError::NotFound)),
    }
    if row.variant_ids.is_empty() {
        return Err(Failure::Refused(CatalogError::NotSoldHere));
    }
    let beside = beside(shop, storefront, &view, &row).await?;
    Ok(product(shop, storefront.locale, row, currency, beside))
}

/// Two rows, each of at most [`BESIDE`]: what others bought with a product, and, without these, what the shopkeeper put beside it
/// and what is like it. Only what can be bought. Where neither was said, others of its category stand in.
async fn beside(
    shop: &Shop,
    storefront: &Storefront,
    view: &View,
    row: &ProductRow,
) -> Result<(Row, Row), Failure<CatalogError>> {
    let around = if row.chosen.len() + row.similar.len() < BESIDE {
        sql::around(&shop.read, view, row, 2 * BESIDE as i64).await?
    } else {
        Vec::new()
    };
    let together = row.together.iter().take(CONSIDERED);
    let related = row.chosen.iter().chain(&row.similar).take(CONSIDERED);
    let related = related.chain(&around);
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

fn product(
    shop: &Shop,
    locale: Locale,
    row: ProductRow,
    currency: Currency,
    (together, related): (Row, Row),
) -> Product {
    let pictures: Vec<Picture> = row
        .picture_srcs
        .into_iter()
        .zip(row.picture_alts)
        .map(|(src, alt)| Picture { src, alt })
        .collect();
    let count = row.option_names.len();
    let mut variants = Vec::with_capacity(row.variant_ids.len());
    let parts = row
        .variant_ids
        .into_iter()
        .zip(row.variant_skus)
        .zip(row.variant_options)
        .zip(row.variant_prices)
        .zip(row.variant_compare_ats)
        .zip(row.variant_available)
        .zip(row.variant_pictures);
    for ((((((id, sku), values), price), before), available), picture) in parts {
        let price = Money::new(price, currency);
        variants.push(Variant {
            id: VariantId(id),
            sku,
            options: if count == 0 {
                Vec::new()
            } else {
                split(&values)
            },
            price,
            compare_at: compare_at(before, price),
            stock: stock_state(available),
            picture: picture
                .and_then(|position| row.picture_positions.iter().position(|at| *at == position)),
        });
    }
    let colour_of = |value: &str| {
        let at = row.swatch_names.iter().position(|name| name == value)?;
        row.swatch_colours.get(at).cloned()
    };
    let options = row
        .option_names
        .into_iter()
        .enumerate()
        .map(|(index, name)| {
            let mut values: Vec<OptionValue> = Vec::new();
            for value in variants
                .iter()
                .filter_map(|variant| variant.options.get(index))
            {
                if values.iter().all(|known| known.name != *value) {
                    values.push(OptionValue {
                        name: value.clone(),
                        label: shop.markets.option_value(locale, value),
                        hex: colour_of(value),
                    });
                }
            }
            ProductOption {
                label: shop.markets.option_name(locale, &name),
                name,
                values,
            }
        })
        .collect();
    let facts = facts(
        shop,
        locale,
        stored(
            row.fact_codes,
            row.fact_names,
            row.fact_units,
            row.fact_texts,
            row.fact_numbers,
            row.fact_yeses,
        ),
    );
    Product {
        id: ProductId(row.id),
        slug: row.slug,
        title: row.title.clone(),
        subtitle: row.subtitle,
        vendor: row.vendor,
        lead: row.lead.clone(),
        body_html: row.body_html,
        trail: row.trail.0,
        brand: row.brand,
        facts,
        pictures,
        options,
        sent_later: row
            .variant_late
            .into_iter()
            .zip(row.variant_sent_on)
            .map(|(is_late, sent_on)| inventory::sent_later(is_late, sent_on))
            .collect(),
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

/// A value of an attribute, as it is stored.
struct Fact {
    code: String,
    name: String,
    unit: String,
    text: Option<String>,
    number: Option<f64>,
    yes: Option<bool>,
}

/// A product's values, which the statements give as columns.
fn stored(
    codes: Vec<String>,
    names: Vec<String>,
    units: Vec<String>,
    texts: Vec<Option<String>>,
    numbers: Vec<Option<f64>>,
    yeses: Vec<Option<bool>>,
) -> impl Iterator<Item = Fact> {
    let named = codes.into_iter().zip(names).zip(units);
    let valued = texts.into_iter().zip(numbers).zip(yeses);
    let fact = |(((code, name), unit), ((text, number), yes))| Fact {
        code,
        name,
        unit,
        text,
        number,
        yes,
    };
    named.zip(valued).map(fact)
}

/// Name and value in words; several values of one attribute as one.
fn facts(shop: &Shop, locale: Locale, stored: impl Iterator<Item = Fact>) -> Vec<(String, String)> {
    let mut facts: Vec<(String, String)> = Vec::new();
    let mut last = String::new();
    for fact in stored {
        let said = match (fact.text, fact.number, fact.yes) {
            (Some(text), ..) => shop.markets.option_value(locale, &text),
            (_, Some(number), _) => {
                let mut number = number.to_string();
                if locale == Locale::De {
                    number = number.replace('.', ",");
                }
                format!("{number}\u{a0}{}", fact.unit).trim_end().to_owned()
            }
            (.., Some(yes)) => say(locale, if yes { "catalog-yes" } else { "catalog-no" }),
            _ => continue,
        };
        match facts.last_mut().filter(|_| last == fact.code) {
            Some((_, values)) => {
                values.push_str(", ");
                values.push_str(&said);
            }
            None => facts.push((fact.name, said)),
        }
        last = fact.code;
    }
    facts
}

fn split(values: &str) -> Vec<String> {
    values
        .split(sql::BETWEEN_OPTIONS)
        .map(str::to_owned)
        .collect()
}

fn or(text: String, otherwise: String) -> String {
    if text.is_empty() { otherwise } else { text }
}
