//! How a variant is sold: as a bundle of others, ahead of the shelf, so many to a customer.

mod sql;

use super::{InventoryError, find_sku, sql as stock};
use crate::{Caller, Failure, Shop, audit, outbox};
use domain::inventory::{Component, Limits, Oversell, Supply};
use domain::{Action, VariantId, may};
use serde_json::{Value, json};
use sqlx::PgConnection;
use std::collections::BTreeSet;

/// How a variant is sold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    pub supply: Supply,
    pub limits: Limits,
    /// The SKUs that one of it is made of, with how many of each; none for what is no bundle.
    pub components: Vec<(String, u32)>,
    /// The SKUs of the bundles it is part of.
    pub part_of: Vec<String>,
}

/// How the variant of that SKU is sold.
///
/// # Errors
/// As [`find_sku`].
pub async fn find_offer(shop: &Shop, sku: &str) -> Result<Offer, Failure<InventoryError>> {
    let variant = find_sku(shop, sku).await?;
    sql::offer(&shop.db, variant.0)
        .await?
        .ok_or(Failure::Refused(InventoryError::UnknownVariant))
}

/// Says that pages changed on which a day was promised that has come. They say so no more.
///
/// # Errors
/// The database's.
pub(crate) async fn announce_due(shop: &Shop, caller: &Caller) -> sqlx::Result<()> {
    let today = shop.clock.now().date();
    let mut tx = shop.begin().await?;
    let due = sql::promised_until(&mut tx, today).await?;
    let tags = stock::page_tags(&mut tx, &due).await?;
    outbox::pages_changed(shop, &mut tx, caller, &tags).await?;
    tx.commit().await
}

/// Makes a variant a bundle of `components`, in place of what it was made of before; without any it is none. Orders that
/// stand keep what they took.
///
/// # Errors
/// [`InventoryError`]; nothing was changed then.
pub async fn set_bundle(
    shop: &Shop,
    caller: &Caller,
    bundle: VariantId,
    components: &[Component],
) -> Result<(), Failure<InventoryError>> {
    may(&caller.actor, Action::ChangeCatalogue)
        .map_err(|_| Failure::Refused(InventoryError::Denied))?;
    let parts: BTreeSet<VariantId> = components.iter().map(|part| part.variant).collect();
    let is_sound = components
        .iter()
        .all(|part| part.variant != bundle && (1..=Component::MOST).contains(&part.quantity));
    if !is_sound || parts.len() != components.len() {
        return Err(Failure::Refused(InventoryError::BadBundle));
    }
    let mut tx = shop.begin().await?;
    sql::lock_bundles(&mut tx).await?;
    if sql::is_nested(&mut tx, bundle.0, components).await? {
        return Err(Failure::Refused(InventoryError::Nested));
    }
    match sql::set_components(&mut tx, bundle.0, components).await {
        Ok(()) => {}
        Err(error) if stock::is_foreign_key(&error) => {
            return Err(Failure::Refused(InventoryError::UnknownVariant));
        }
        Err(error) => return Err(error.into()),
    }
    let change = json!({ "components": components });
    finish(shop, &mut tx, caller, "stock.bundle", bundle, change).await?;
    tx.commit().await?;
    Ok(())
}

/// Sets how many of a variant one order, and one customer, may have. What is in bags already is looked at when it is placed.
///
/// # Errors
/// [`InventoryError`]; nothing was changed then.
pub async fn set_limits(
    shop: &Shop,
    caller: &Caller,
    variant: VariantId,
    limits: Limits,
) -> Result<(), Failure<InventoryError>> {
    may(&caller.actor, Action::ChangeCatalogue)
        .map_err(|_| Failure::Refused(InventoryError::Denied))?;
    let read = |limit: Option<u32>| match limit {
        None => Ok(None),
        Some(most @ 1..=1_000_000_000) => Ok(i32::try_from(most).ok()),
        Some(_) => Err(Failure::Refused(InventoryError::BadLimit)),
    };
    let (per_order, per_customer) = (read(limits.per_order)?, read(limits.per_customer)?);
    let mut tx = shop.begin().await?;
    if !sql::set_limits(&mut tx, variant.0, per_order, per_customer).await? {
        return Err(Failure::Refused(InventoryError::UnknownVariant));
    }
    let change = json!({ "limits": limits });
    finish(shop, &mut tx, caller, "stock.limits", variant, change).await?;
    tx.commit().await?;
    Ok(())
}

/// Says how a variant is sold ahead of the shelf: what is promised, and how far it may go, at every location that tracks it.
///
/// # Errors
/// [`InventoryError::NotTracked`] without stock to go beyond; [`InventoryError::Held`] when more was promised than that
/// allows. Nothing was changed then.
pub async fn set_supply(
    shop: &Shop,
    caller: &Caller,
    variant: VariantId,
    supply: Supply,
    beyond: Oversell,
) -> Result<(), Failure<InventoryError>> {
    may(&caller.actor, Action::AdjustStock)
        .map_err(|_| Failure::Refused(InventoryError::Denied))?;
    if matches!(beyond, Oversell::UpTo(limit) if !(1..=1_000_000_000).contains(&limit)) {
        return Err(Failure::Refused(InventoryError::BadLimit));
    }
    let mut tx = shop.begin().await?;
    if !sql::set_supply(&mut tx, variant.0, supply).await? {
        return Err(Failure::Refused(InventoryError::UnknownVariant));
    }
    match sql::set_oversell(&mut tx, variant.0, beyond).await {
        Ok(0) => return Err(Failure::Refused(InventoryError::NotTracked)),
        Ok(_) => {}
        Err(error) if stock::is_check(&error) => {
            let held = sql::held(&shop.db, variant.0).await?;
            return Err(Failure::Refused(InventoryError::Held { held }));
        }
        Err(error) => return Err(error.into()),
    }
    let change = json!({ "supply": supply, "beyond": beyond });
    finish(shop, &mut tx, caller, "stock.supply", variant, change).await?;
    tx.commit().await?;
    Ok(())
}

/// The audit log, and the pages that show the variant or a bundle of it.
async fn finish(
    shop: &Shop,
    tx: &mut PgConnection,
    caller: &Caller,
    action: &str,
    variant: VariantId,
    change: Value,
) -> sqlx::Result<()> {
    let subject = variant.to_string();
    audit::write(shop, tx, caller, action, "variant", &subject, change).await?;
    let shown = stock::with_bundles(tx, variant.0).await?;
    let tags = stock::page_tags(tx, &shown).await?;
    outbox::pages_changed(shop, tx, caller, &tags).await
}
