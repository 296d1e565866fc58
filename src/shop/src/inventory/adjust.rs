//! Correcting stock by hand, and looking at it.

use super::{InventoryError, Moved, sql};
use crate::{Caller, Failure, Shop, audit};
use domain::inventory::{Figures, Oversell};
use domain::{Action, VariantId, may};
use serde_json::json;

/// The largest change in one go.
const MOST: i64 = 1_000_000_000;

/// A variant's stock at a location.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockAt {
    pub variant: VariantId,
    /// The location's code.
    pub location: String,
    pub(super) location_id: uuid::Uuid,
    pub figures: Figures,
    pub oversell: Oversell,
}

/// A correction of what lies on the shelf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adjustment<'a> {
    pub sku: &'a str,
    /// The code of the location; the shop's first when it is not said. The variant is tracked there from then on.
    pub location: Option<&'a str>,
    /// Units found or lost.
    pub change: i64,
    /// Why, for the audit log: `stocktaking`, `broken`.
    pub reason: &'a str,
}

/// Changes what lies on the shelf. Returns the stock as it then is.
///
/// # Errors
/// [`InventoryError`]; nothing was changed then.
pub async fn adjust(
    shop: &Shop,
    caller: &Caller,
    wanted: &Adjustment<'_>,
) -> Result<StockAt, Failure<InventoryError>> {
    may(&caller.actor, Action::AdjustStock)
        .map_err(|_| Failure::Refused(InventoryError::Denied))?;
    if wanted.change == 0 || wanted.change.unsigned_abs() > MOST.unsigned_abs() {
        return Err(Failure::Refused(InventoryError::BadChange));
    }
    let variant = find_sku(shop, wanted.sku).await?;
    let mut tx = shop.begin().await?;
    let location = sql::location(&mut tx, wanted.location)
        .await?
        .ok_or_else(|| {
            Failure::Refused(InventoryError::UnknownLocation(
                wanted.location.unwrap_or_default().to_owned(),
            ))
        })?;
    let before = sql::track(&mut tx, variant.0, location).await?;
    let moved = [Moved {
        variant: variant.0,
        location,
        on_hand: wanted.change,
        held: 0,
        sold: 0,
    }];
    match super::write(shop, &mut tx, caller, &moved, "adjustment", None).await {
        Ok(()) => {}
        Err(error) if sql::is_check(&error) => {
            let held = before.held;
            return Err(Failure::Refused(InventoryError::Held { held }));
        }
        Err(error) => return Err(error.into()),
    }
    let change = json!({
        "sku": wanted.sku,
        "location": location,
        "on_hand": { "from": before.on_hand, "to": before.on_hand + wanted.change },
        "reason": wanted.reason,
    });
    let subject = variant.to_string();
    audit::write(
        shop,
        &mut tx,
        caller,
        "stock.adjust",
        "variant",
        &subject,
        change,
    )
    .await?;
    tx.commit().await?;
    let stock = sql::stock(&shop.db, variant.0).await?;
    stock
        .into_iter()
        .find(|here| here.location_id == location)
        .ok_or(Failure::Refused(InventoryError::NotTracked))
}

/// A variant's stock at all locations that track it; none where it is not tracked.
///
/// # Errors
/// [`InventoryError::UnknownSku`], [`InventoryError::AmbiguousSku`].
pub async fn show(shop: &Shop, sku: &str) -> Result<Vec<StockAt>, Failure<InventoryError>> {
    let variant = find_sku(shop, sku).await?;
    Ok(sql::stock(&shop.db, variant.0).await?)
}

/// The newest entries of a variant's ledger, at most `limit`.
///
/// # Errors
/// As [`show`].
pub async fn entries(
    shop: &Shop,
    sku: &str,
    limit: i64,
) -> Result<Vec<sql::Entry>, Failure<InventoryError>> {
    let variant = find_sku(shop, sku).await?;
    Ok(sql::entries(&shop.db, variant.0, limit).await?)
}

/// The variant of that SKU.
///
/// # Errors
/// [`InventoryError::UnknownSku`], [`InventoryError::AmbiguousSku`].
pub async fn find_sku(shop: &Shop, sku: &str) -> Result<VariantId, Failure<InventoryError>> {
    let found = sql::by_sku(&shop.db, sku).await?;
    match found.as_slice() {
        [] => Err(Failure::Refused(InventoryError::UnknownSku(sku.to_owned()))),
        [variant] => Ok(VariantId(*variant)),
        _ => Err(Failure::Refused(InventoryError::AmbiguousSku(
            sku.to_owned(),
        ))),
    }
}
