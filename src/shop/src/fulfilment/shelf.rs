//! The shelf's side: what left it, and what came back onto it.

use crate::inventory;
use crate::order::{LockedLine, Owned};
use crate::{Caller, Parts};
use sqlx::PgConnection;

/// Sold units lie on the shelf again.
pub(crate) async fn put_back(
    shop: &Parts,
    tx: &mut PgConnection,
    caller: &Caller,
    of: Owned,
    chosen: &[(&LockedLine, u32)],
) -> sqlx::Result<()> {
    inventory::put_back(shop, tx, caller, (of.customer, of.order), &places(chosen)).await
}

/// Sold units left the house.
pub(crate) async fn left(
    shop: &Parts,
    tx: &mut PgConnection,
    caller: &Caller,
    of: Owned,
    chosen: &[(&LockedLine, u32)],
) -> sqlx::Result<()> {
    inventory::left(shop, tx, caller, (of.customer, of.order), &places(chosen)).await
}

fn places(chosen: &[(&LockedLine, u32)]) -> Vec<(i32, u32)> {
    chosen
        .iter()
        .map(|(line, count)| (line.position, *count))
        .collect()
}
