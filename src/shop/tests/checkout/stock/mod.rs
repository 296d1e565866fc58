//! Stock, whole: bundles, locations, limits, orders ahead of the shelf, the ledger, products in demand, and the defects of
//! others that are absent here.

mod bundles;
mod ledger;
mod locations;
mod offer;
mod rivals;
mod rush;
mod sent_later;

use crate::support::{Till, machine};
use domain::VariantId;
use shop::inventory::{Adjustment, adjust, check};

/// Every figure is what its ledger says, and what is held is what orders and checkouts were promised.
async fn adds_up(till: &Till) {
    let found = check(&till.shop, &machine()).await.expect("a check");
    assert!(
        found.is_empty(),
        "{}",
        found
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("\n")
    );
}

/// Puts more of a SKU at a location.
async fn bring(till: &Till, sku: &str, location: &str, count: i64) {
    let wanted = Adjustment {
        sku,
        location: Some(location),
        change: count,
        reason: "delivered",
    };
    adjust(&till.shop, &machine(), &wanted)
        .await
        .expect("it is put on the shelf");
}

/// A bowl for 30 euros.
async fn bowl(till: &Till, stock: i64) -> VariantId {
    let bowl = till.product("lido-bowl").title("Lido bowl").price(3_000);
    bowl.stock(stock).await.variant()
}
