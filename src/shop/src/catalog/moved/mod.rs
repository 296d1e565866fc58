//! Addresses that moved or lead nowhere any more.

mod sql;

use super::CatalogError;
use crate::{Failure, Shop};

/// What an address is one of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Product,
    Category,
    Brand,
    Collection,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Product => "product",
            Self::Category => "category",
            Self::Brand => "brand",
            Self::Collection => "collection",
        }
    }
}

/// Why there is nothing under this slug: it moved, it is gone, or it never was.
pub(super) async fn find(shop: &Shop, kind: Kind, slug: &str) -> Failure<CatalogError> {
    match sql::moved(&shop.read, kind.name(), slug).await {
        Ok(None) => Failure::Refused(CatalogError::NotFound),
        Ok(Some(None)) => Failure::Refused(CatalogError::Gone),
        Ok(Some(Some(current))) => Failure::Refused(CatalogError::Moved(current)),
        Err(error) => error.into(),
    }
}
