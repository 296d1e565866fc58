//! The catalogue: what pages read of it, and how it gets in.

mod browse;
mod cursor;
pub mod generate;
pub mod import;
mod product;
pub mod seed;
mod sql;

pub use browse::{Home, SlugEntry, categories, home, list_category, list_slugs};
pub use product::{VariantStock, find_product, find_variant, list_stock};

use crate::{Failure, Shop};
use domain::{Market, Storefront};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The tag that marks a product as new.
pub const TAG_NEW: &str = "new";
/// The tag that puts a product on the home page.
pub const TAG_FEATURED: &str = "bestseller";

/// Why a page of the catalogue can't be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CatalogError {
    /// There is no such storefront, category, product or variant, or it is not published yet.
    #[error("that is not here")]
    NotFound,
    /// It was sold once, and is no more.
    #[error("that is no longer sold")]
    Gone,
    /// The page's position is none that a listing gave.
    #[error("that page of the list does not exist")]
    BadCursor,
    /// It has no price in this market.
    #[error("that is not sold in this market")]
    NotSoldHere,
}

fn market(shop: &Shop, storefront: &Storefront) -> Result<Arc<Market>, Failure<CatalogError>> {
    shop.markets
        .find(storefront)
        .ok_or(Failure::Refused(CatalogError::NotFound))
}
