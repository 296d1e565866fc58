//! What has to change so that a stored product is as the file says it.

use super::product::{NewProduct, Status};
use super::variant::{NewStock, NewVariant};
use crate::market::tax_class_name;
use domain::pricing::TaxClass;
use serde::Serialize;
use time::OffsetDateTime;
use uuid::Uuid;

/// A product's row.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ProductRow {
    pub id: Uuid,
    pub slug: String,
    pub title: String,
    pub subtitle: String,
    pub vendor: String,
    pub lead: String,
    pub body_html: String,
    pub category_id: Option<Uuid>,
    pub taxonomy: String,
    pub tags: Vec<String>,
    pub status: String,
    #[serde(with = "time::serde::rfc3339::option")]
    pub published_at: Option<OffsetDateTime>,
    pub option_names: Vec<String>,
    pub seo_title: String,
    pub seo_description: String,
}

/// A picture's row.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PictureRow {
    pub product_id: Uuid,
    pub position: i32,
    pub src: String,
    pub alt: String,
}

/// A variant's row.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VariantRow {
    pub id: Uuid,
    pub product_id: Uuid,
    pub position: i32,
    pub sku: String,
    pub barcode: String,
    pub option_values: Vec<String>,
    pub weight_g: i32,
    pub tax_class: String,
    pub requires_shipping: bool,
    pub picture_position: Option<i32>,
    #[serde(skip)]
    pub is_retired: bool,
}

/// A price's row.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PriceRow {
    pub variant_id: Uuid,
    pub market: String,
    pub amount_minor: i64,
    pub compare_at_minor: Option<i64>,
}

/// A product as it is stored.
#[derive(Clone, Debug)]
pub struct Stored {
    pub product: ProductRow,
    /// By position.
    pub pictures: Vec<PictureRow>,
    /// Those that are sold come before those that were.
    pub variants: Vec<VariantRow>,
    pub prices: Vec<PriceRow>,
}

/// Rows of products.
#[derive(Debug, Default)]
pub struct Rows {
    /// Every product with a change anywhere.
    pub products: Vec<ProductRow>,
    pub pictures: Vec<PictureRow>,
    pub variants: Vec<VariantRow>,
    pub prices: Vec<PriceRow>,
}

/// What is to be written for a batch of products.
#[derive(Debug, Default)]
pub struct Changes {
    /// Products that are new, whole.
    pub fresh: Rows,
    /// What changed of products that are known.
    pub changed: Rows,
    /// Products whose pictures are replaced by those in `changed`.
    pub repictured: Vec<Uuid>,
    /// Variants that are sold no more.
    pub retired: Vec<Uuid>,
    /// Variants that lose their price, each with the market in the other list.
    pub unpriced_variants: Vec<Uuid>,
    pub unpriced_markets: Vec<String>,
}

/// Whether a product changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    New,
    Updated,
    Unchanged,
}

/// What became of a product.
#[derive(Debug)]
pub struct Merged {
    pub id: Uuid,
    pub outcome: Outcome,
    /// What stock its variants shall have.
    pub stock: Vec<(Uuid, NewStock)>,
}

/// Adds to `changes` what `new` asks for.
pub fn merge(
    new: NewProduct,
    category_id: Option<Uuid>,
    stored: Option<Stored>,
    now: OffsetDateTime,
    new_id: &dyn Fn() -> Uuid,
    changes: &mut Changes,
) -> Merged {
    let is_new = stored.is_none();
    let stored = stored.unwrap_or_else(|| Stored {
        product: blank(new_id(), &new.handle),
        pictures: Vec::new(),
        variants: Vec::new(),
        prices: Vec::new(),
    });
    let product = product_row(&new, category_id, &stored.product, is_new, now);
    let id = product.id;
    let mut changed = is_new || product != stored.product;

    let pictures = match &new.pictures {
        Some(pictures) => (1..)
            .zip(pictures)
            .map(|(position, picture)| PictureRow {
                product_id: id,
                position,
                src: picture.src.clone(),
                alt: picture.alt.clone(),
            })
            .collect(),
        None => stored.pictures.clone(),
    };
    let position_of = |src: &str| {
        let found = pictures.iter().find(|picture| picture.src == src);
        found.map(|picture| picture.position)
    };

    let rows = if is_new {
        &mut changes.fresh
    } else {
        &mut changes.changed
    };
    let mut kept = Vec::with_capacity(new.variants.len());
    let mut stock = Vec::with_capacity(new.variants.len());
    for (position, variant) in (1..).zip(&new.variants) {
        let known = stored
            .variants
            .iter()
            .find(|known| known.option_values == variant.options);
        let mut row = variant_row(variant, known, id, position, new_id);
        if new.pictures.is_some() {
            row.picture_position = variant.picture.as_deref().and_then(position_of);
        }
        kept.push(row.id);
        stock.extend(variant.stock.map(|stock| (row.id, stock)));
        let unpriced = (
            &mut changes.unpriced_variants,
            &mut changes.unpriced_markets,
        );
        changed |= merge_prices(variant, row.id, &stored.prices, &mut rows.prices, unpriced);
        if known != Some(&row) {
            changed = true;
            rows.variants.push(row);
        }
    }
    for vanished in &stored.variants {
        if !vanished.is_retired && !kept.contains(&vanished.id) {
            changed = true;
            changes.retired.push(vanished.id);
        }
    }
    if pictures != stored.pictures {
        changed = true;
        if !is_new {
            changes.repictured.push(id);
        }
        rows.pictures.extend(pictures);
    }
    if changed {
        rows.products.push(product);
    }
    let outcome = match (is_new, changed) {
        (true, _) => Outcome::New,
        (false, true) => Outcome::Updated,
        (false, false) => Outcome::Unchanged,
    };
    Merged { id, outcome, stock }
}

fn blank(id: Uuid, slug: &str) -> ProductRow {
    ProductRow {
        id,
        slug: slug.to_owned(),
        title: String::new(),
        subtitle: String::new(),
        vendor: String::new(),
        lead: String::new(),
        body_html: String::new(),
        category_id: None,
        taxonomy: String::new(),
        tags: Vec::new(),
        status: "active".to_owned(),
        published_at: None,
        option_names: Vec::new(),
        seo_title: String::new(),
        seo_description: String::new(),
    }
}

fn product_row(
    new: &NewProduct,
    category_id: Option<Uuid>,
    stored: &ProductRow,
    is_new: bool,
    now: OffsetDateTime,
) -> ProductRow {
    let or = |said: &Option<String>, stored: &String| said.as_ref().unwrap_or(stored).clone();
    let description = new.description.as_ref();
    let status = status(new, &stored.status, is_new);
    ProductRow {
        id: stored.id,
        slug: stored.slug.clone(),
        title: new.title.clone(),
        subtitle: or(&new.subtitle, &stored.subtitle),
        vendor: or(&new.vendor, &stored.vendor),
        lead: description.map_or(&stored.lead, |text| &text.lead).clone(),
        body_html: description
            .map_or(&stored.body_html, |text| &text.body_html)
            .clone(),
        category_id: match new.category {
            Some(_) => category_id,
            None => stored.category_id,
        },
        taxonomy: or(&new.taxonomy, &stored.taxonomy),
        tags: new.tags.as_ref().unwrap_or(&stored.tags).clone(),
        status: status.to_owned(),
        // The first time counts: a page that was seen and is hidden now is gone, not unknown.
        published_at: stored.published_at.or((status == "active").then_some(now)),
        option_names: new.option_names.clone(),
        seo_title: or(&new.seo_title, &stored.seo_title),
        seo_description: or(&new.seo_description, &stored.seo_description),
    }
}

/// A product that is active but not published waits like a draft.
fn status<'a>(new: &NewProduct, stored: &'a str, is_new: bool) -> &'a str {
    match (new.status, new.published) {
        (Some(Status::Archived), _) => "archived",
        (Some(Status::Draft), _) | (Some(Status::Active), Some(false)) => "draft",
        (Some(Status::Active), _) => "active",
        (None, _) if stored == "archived" => "archived",
        (None, Some(false)) => "draft",
        (None, Some(true)) => "active",
        (None, None) if is_new => "active",
        (None, None) => stored,
    }
}

fn variant_row(
    new: &NewVariant,
    known: Option<&VariantRow>,
    product_id: Uuid,
    position: i32,
    new_id: &dyn Fn() -> Uuid,
) -> VariantRow {
    let mut row = known.cloned().unwrap_or_else(|| VariantRow {
        id: new_id(),
        product_id,
        position,
        sku: String::new(),
        barcode: String::new(),
        option_values: new.options.clone(),
        weight_g: 0,
        tax_class: tax_class_name(TaxClass::Standard).to_owned(),
        requires_shipping: true,
        picture_position: None,
        is_retired: false,
    });
    row.position = position;
    row.is_retired = false;
    if let Some(sku) = &new.sku {
        row.sku.clone_from(sku);
    }
    if let Some(barcode) = &new.barcode {
        row.barcode.clone_from(barcode);
    }
    if let Some(class) = new.tax_class {
        row.tax_class = tax_class_name(class).to_owned();
    }
    row.weight_g = new.weight_g.unwrap_or(row.weight_g);
    row.requires_shipping = new.requires_shipping.unwrap_or(row.requires_shipping);
    row
}

fn merge_prices(
    new: &NewVariant,
    variant_id: Uuid,
    stored: &[PriceRow],
    prices: &mut Vec<PriceRow>,
    (unpriced_variants, unpriced_markets): (&mut Vec<Uuid>, &mut Vec<String>),
) -> bool {
    let mut changed = false;
    for price in &new.prices {
        let market = price.market.as_str();
        let known = stored
            .iter()
            .find(|known| known.variant_id == variant_id && known.market == market);
        let wanted = price.amount_minor.map(|amount_minor| PriceRow {
            variant_id,
            market: market.to_owned(),
            amount_minor,
            compare_at_minor: price.compare_at_minor,
        });
        match (known, wanted) {
            (None, None) => continue,
            (Some(known), Some(wanted)) if *known == wanted => continue,
            (_, Some(wanted)) => prices.push(wanted),
            (Some(_), None) => {
                unpriced_variants.push(variant_id);
                unpriced_markets.push(market.to_owned());
            }
        }
        changed = true;
    }
    changed
}
