//! What the shop shows: categories, products, their variants and pictures. The shapes that pages read.

use crate::id::{ProductId, VariantId};
use crate::inventory::SentLater;
use crate::money::Money;
use crate::review::{Rating, Stars};
use serde::{Deserialize, Serialize};

/// What a page says of stock. Exact counts are never on a cached page; only a change of this state invalidates it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StockState {
    SoldOut,
    FewLeft,
    InStock,
}

impl StockState {
    /// At most this many are "few left".
    pub const FEW: i64 = 3;

    /// The state for `available` = on hand − held units.
    pub const fn of(available: i64) -> Self {
        match available {
            i64::MIN..=0 => Self::SoldOut,
            1..=Self::FEW => Self::FewLeft,
            _ => Self::InStock,
        }
    }

    pub const fn is_available(self) -> bool {
        !matches!(self, Self::SoldOut)
    }
}

/// A picture. `src` is either a local stem (`/media/calle-mug-lagoon.jpg`, which exists in several widths and formats) or a
/// remote https URL, shown as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picture {
    pub src: String,
    pub alt: String,
}

/// A category, as navigation shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CategoryLink {
    pub slug: String,
    pub name: String,
}

/// A product in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductCard {
    pub id: ProductId,
    pub slug: String,
    pub title: String,
    /// One short line under the name (material, size).
    pub subtitle: String,
    pub vendor: String,
    pub picture: Option<Picture>,
    /// The cheapest variant's price.
    pub price: Money,
    /// Its price before a sale, higher than `price`.
    pub compare_at: Option<Money>,
    /// Whether variants differ in price ("from €24").
    pub from: bool,
    pub is_new: bool,
    pub stock: StockState,
    pub rating: Option<Rating>,
    /// Colours of its variants: (name, CSS hex colour), at most six.
    pub swatches: Vec<Swatch>,
}

/// A colour's name and its look (`#2f6b66`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Swatch {
    pub name: String,
    pub hex: String,
}

/// A way a product's variants differ: `Glaze`: Lagoon, Sand, Chalk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductOption {
    pub name: String,
    /// The name in the shopper's language.
    pub label: String,
    pub values: Vec<OptionValue>,
}

/// One value of an option.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OptionValue {
    /// As variants and forms name it, the same in every language.
    pub name: String,
    /// The name in the shopper's language.
    pub label: String,
    /// A colour (`#2f6b66`) when the value is one.
    pub hex: Option<String>,
}

/// A variant, as the product page needs it. `options[i]` is a value of the product's option `i`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variant {
    pub id: VariantId,
    pub sku: String,
    pub options: Vec<String>,
    pub price: Money,
    pub compare_at: Option<Money>,
    pub stock: StockState,
    /// Index into the product's pictures.
    pub picture: Option<usize>,
}

/// A product's page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    pub id: ProductId,
    pub slug: String,
    pub title: String,
    pub subtitle: String,
    pub vendor: String,
    /// Plain text: the body's first paragraph.
    pub lead: String,
    /// Sanitised HTML: the rest of the body.
    pub body_html: String,
    /// The way from the top to its category; empty when it has none.
    pub trail: Vec<CategoryLink>,
    /// Its maker's page.
    pub brand: Option<String>,
    /// What it is beyond its texts: name and value, in the shopper's language.
    pub facts: Vec<(String, String)>,
    pub pictures: Vec<Picture>,
    /// Zero to three.
    pub options: Vec<ProductOption>,
    /// At least one.
    pub variants: Vec<Variant>,
    /// Of each variant, in the same order, when it is sent; None where that is as usual.
    pub sent_later: Vec<Option<SentLater>>,
    pub is_new: bool,
    pub rating: Option<Rating>,
    /// The latest that is said of it, at most five.
    pub reviews: Vec<Review>,
    pub seo_title: String,
    pub seo_description: String,
    /// What others bought with it, at most four.
    pub together: Vec<ProductCard>,
    /// What the shopkeeper put beside it, what is like it, and others from its category: at most four, none of `together`.
    pub related: Vec<ProductCard>,
    /// The slugs of what would stand in these rows if it were not sold out.
    pub awaited: Vec<String>,
}

/// What somebody says of a product, published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    pub stars: Stars,
    pub title: String,
    /// Plain text, in lines.
    pub body: String,
    pub name: String,
    /// In which language: `en`.
    pub locale: String,
    /// They bought it here.
    pub is_verified: bool,
    /// The day it was written (UTC).
    pub day: time::Date,
}
