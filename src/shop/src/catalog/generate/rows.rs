//! Generated products as rows of the schema.

use super::attribute::{self, Is};
use super::dice::Dice;
use super::{Catalogue, Product, State, Stock, Texts};
use crate::catalog::import::copy::{AttributeRow, NewRows, NewStockRow};
use crate::catalog::import::merge::{PictureRow, PriceRow, ProductRow, VariantRow};
use crate::catalog::import::sql::TranslationRow;
use crate::market::tax_class_name;
use domain::pricing::TaxClass;
use domain::{Currency, Locale, MarketCode};
use time::OffsetDateTime;
use uuid::Uuid;

/// When product 0 could have been made: the ids' clock, which ticks a millisecond a product, so that ids ascend.
const FIRST_MILLISECOND: u64 = 1_690_000_000_000;

/// What the rows refer to.
pub struct Place {
    pub seed: u64,
    pub location: Uuid,
    /// The category of each kind.
    pub categories: Vec<Uuid>,
    /// The attributes that can be told: others are somebody else's, of another kind.
    pub attributes: Vec<String>,
    pub markets: Vec<(MarketCode, Currency)>,
    pub now: OffsetDateTime,
}

/// The id (UUIDv7) of product `number`'s part `part`: the same for ever.
fn id(seed: u64, number: u64, part: u64) -> Uuid {
    let mut dice = Dice::of(seed, number, 1 + part);
    let milliseconds = u128::from(FIRST_MILLISECOND + number) << 80;
    let rest = (0x7000 | u128::from(part & 0xfff)) << 64;
    let variant = u128::from(dice.draw() >> 2) | 1 << 63;
    Uuid::from_u128(milliseconds | rest | variant)
}

pub fn product_id(seed: u64, number: u64) -> Uuid {
    id(seed, number, 0)
}

/// Adds the rows of a product.
pub fn add(rows: &mut NewRows, place: &Place, number: u64) -> Product {
    let product = Catalogue::of(place.seed).product(number);
    let product_id = product_id(place.seed, number);
    let kind = product.attributes.kind;
    let Texts {
        title,
        subtitle,
        lead,
        body_html,
        seo_title,
        seo_description,
    } = product.english.clone();
    let row = ProductRow {
        id: product_id,
        slug: product.slug.clone(),
        title,
        subtitle,
        vendor: product.attributes.brand.clone(),
        lead,
        body_html,
        category_id: place.categories.get(kind.index).copied(),
        taxonomy: kind.taxonomy(),
        tags: product.tags.clone(),
        status: match product.state {
            State::Active => "active",
            State::Draft => "draft",
            State::Archived => "archived",
        }
        .to_owned(),
        published_at: product.published_at,
        option_names: product
            .option_names
            .iter()
            .map(|name| (*name).to_owned())
            .collect(),
        seo_title,
        seo_description,
    };
    // Written when it was on show already: nobody has to announce it once more (`schedule`).
    rows.product(&row, product.created_at, place.now);
    let german = product.german.clone();
    let translation = TranslationRow {
        slug: String::new(),
        title: german.title,
        subtitle: german.subtitle,
        lead: german.lead,
        body_html: german.body_html,
        seo_title: german.seo_title,
        seo_description: german.seo_description,
    };
    rows.translation(product_id, Locale::De.code(), &translation);
    for (position, picture) in (1..).zip(&product.pictures) {
        rows.picture(&PictureRow {
            product_id,
            position,
            src: picture.src.clone(),
            alt: picture.alt.clone(),
        });
    }
    for (code, value) in attribute::values(&product.attributes, (place.seed, number)) {
        if place.attributes.iter().any(|known| known == code) {
            let (text, number, boolean) = match value {
                Is::Text(text) => (Some(text), None, None),
                Is::Number(number) => (None, Some(number), None),
                Is::Boolean(boolean) => (None, None, Some(boolean)),
            };
            rows.attribute(&AttributeRow {
                product_id,
                attribute: code,
                text,
                number,
                boolean,
            });
        }
    }
    add_variants(rows, place, &product, product_id);
    product
}

fn add_variants(rows: &mut NewRows, place: &Place, product: &Product, product_id: Uuid) {
    let tax_class = match product.attributes.kind.is_reduced {
        true => TaxClass::Reduced,
        false => TaxClass::Standard,
    };
    let markets = match (product.is_sold_everywhere, place.markets.first()) {
        (false, Some(first)) => std::slice::from_ref(first),
        _ => &place.markets,
    };
    for (position, variant) in (1_i32..).zip(&product.variants) {
        let part = u64::from(position.unsigned_abs());
        let variant_id = id(place.seed, product.number, part);
        rows.variant(&VariantRow {
            id: variant_id,
            product_id,
            position,
            sku: variant.sku.clone(),
            barcode: variant.barcode.clone(),
            option_values: variant.options.clone(),
            weight_g: variant.weight_g,
            tax_class: tax_class_name(tax_class).to_owned(),
            requires_shipping: true,
            picture_position: Some(variant.picture),
            is_retired: false,
        });
        for (market, currency) in markets {
            let amount_minor = convert(variant.price_cents, *currency);
            let before = variant.compare_at_cents;
            let before = before.map(|cents| convert(cents, *currency));
            rows.price(&PriceRow {
                variant_id,
                market: market.as_str().to_owned(),
                amount_minor,
                compare_at_minor: before.filter(|before| *before > amount_minor),
            });
        }
        if let Stock::Counted {
            available,
            oversell,
        } = variant.stock
        {
            let stock = NewStockRow {
                variant_id,
                location_id: place.location,
                on_hand: available,
                oversell,
                ledger_id: id(place.seed, product.number, 0x800 | part),
            };
            rows.stock(&stock, place.now);
        }
    }
}

/// Minor units for so many cents of euros, at a price list's rates and not at today's: whole hundreds of yen, fives of all
/// other smallest units.
fn convert(cents: i64, currency: Currency) -> i64 {
    let (thousandths, step) = match currency {
        Currency::Eur => return cents,
        Currency::Usd => (1_120, 5),
        Currency::Gbp => (860, 5),
        Currency::Chf => (970, 5),
        Currency::Jpy => (1_600, 100),
        Currency::Kwd => (3_400, 5),
    };
    (cents * thousandths / 1_000 / step * step).max(step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_ascend_and_are_version_7() {
        let ids = [
            product_id(1, 0),
            id(1, 0, 1),
            id(1, 0, 12),
            product_id(1, 1),
        ];
        assert!(ids.is_sorted(), "{ids:?}");
        assert!(ids.iter().all(|id| id.get_version_num() == 7));
        assert_ne!(product_id(1, 0), product_id(2, 0));
        assert_eq!(ids[0].get_variant(), uuid::Variant::RFC4122);
    }

    #[test]
    fn prices_are_worth_about_the_same_everywhere() {
        assert_eq!(convert(2_490, Currency::Eur), 2_490);
        assert_eq!(convert(2_490, Currency::Usd), 2_785);
        assert_eq!(convert(2_490, Currency::Jpy), 3_900);
        assert_eq!(convert(2_490, Currency::Kwd), 8_465);
        assert_eq!(convert(1, Currency::Usd), 5);
    }
}
