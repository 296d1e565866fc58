//! What left the house, and what came back onto the shelf: units of an order's lines, as the stock they were made of.

mod sql;

use super::{Moved, write};
use crate::{Caller, Parts};
use domain::{CustomerId, OrderId};
use sqlx::PgConnection;

/// Units of an order's lines: (position, how many). No more of a line than was bought, over all calls.
pub type Chosen = [(i32, u32)];

/// Sold units lie on the shelf again, each where it came from; of a bundle, its components. The caller asked `may`, has the
/// order locked, and writes the audit log.
///
/// # Errors
/// The database's.
pub async fn put_back(
    shop: &Parts,
    tx: &mut PgConnection,
    caller: &Caller,
    (customer, order): (CustomerId, OrderId),
    chosen: &Chosen,
) -> sqlx::Result<()> {
    let moved = sql::units(tx, (customer.0, order.0), chosen, |units| Moved {
        on_hand: units,
        sold: -units,
        ..Moved::default()
    })
    .await?;
    super::sql::lock_rows(tx, &moved).await?;
    write(shop, tx, caller, &moved, "return", Some(order.0)).await
}

/// Sold units left the house: the ledger says so, without a change of any figure.
///
/// # Errors
/// The database's.
pub async fn left(
    shop: &Parts,
    tx: &mut PgConnection,
    caller: &Caller,
    (customer, order): (CustomerId, OrderId),
    chosen: &Chosen,
) -> sqlx::Result<()> {
    let moved = sql::units(tx, (customer.0, order.0), chosen, |_| Moved::default()).await?;
    super::sql::lock_rows(tx, &moved).await?;
    write(shop, tx, caller, &moved, "shipment", Some(order.0)).await
}
