//! The catalogue: what pages read of it, and how it gets in.

mod aisle;
mod arrangement;
mod browse;
mod card;
pub mod export;
pub mod generate;
mod guide;
pub mod import;
mod list;
mod moved;
mod product;
pub mod review;
mod schedule;
pub mod seed;
mod sold;
mod sql;

pub use aisle::{
    BrandHead, CategoryHead, CollectionPage, find_brand, find_category, list_collection,
};
pub use arrangement::{Arranged, arrange};
pub use browse::{Home, Place, SlugEntry, home, list_places, list_slugs};
pub use card::{Cards, Row, cards};
pub use guide::{Guides, menu};
pub use list::{Listing, PAGE, liked, list, suggest};
pub use product::{
    Compared, Comparison, MOST_COMPARED, VariantStock, compare, find_product, find_variant,
    list_stock,
};
pub use schedule::{Due, apply_due};
pub use sold::count_sold;
pub(crate) use sql::page_tags;

use crate::{Failure, Shop};
use domain::{Market, Storefront};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The tag that marks a product as new.
pub const TAG_NEW: &str = "new";
/// The tag that puts a product on the home page.
pub const TAG_FEATURED: &str = "bestseller";

/// The tag of what stands around every page, and of what many show: categories and colours.
pub const TAG_LAYOUT: &str = "layout";

/// What the products of a collection have in common: all of this.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rule {
    /// All of these.
    pub tags: Vec<String>,
    /// The slug of a category; what lies below it belongs to it.
    pub category: Option<String>,
    /// The vendor's name.
    pub brand: Option<String>,
    /// By market: the lowest and the highest price, both included, in minor units.
    pub price: BTreeMap<String, (Option<i64>, Option<i64>)>,
    /// Only what can be bought now.
    pub in_stock: bool,
}

/// Why a page of the catalogue can't be shown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CatalogError {
    /// There is no such storefront, category, product or variant, or it is not published yet.
    #[error("that is not here")]
    NotFound,
    /// It was sold once, and is no more.
    #[error("that is no longer sold")]
    Gone,
    /// It has another slug now: this one.
    #[error("that is called {0} now")]
    Moved(String),
    /// It has no price in this market.
    #[error("that is not sold in this market")]
    NotSoldHere,
}

fn market(shop: &Shop, storefront: &Storefront) -> Result<Arc<Market>, Failure<CatalogError>> {
    shop.markets
        .find(storefront)
        .ok_or(Failure::Refused(CatalogError::NotFound))
}
