//! The audit log: who changed what, and why, written in the transaction that changed it.

mod sql;

use crate::{Caller, Parts};
use serde_json::Value;
use sqlx::PgConnection;

/// Records that `caller` did `action` (`customer.merge`) to the subject of that kind and id; `change` says what was
/// changed into what.
///
/// # Errors
/// The database's.
pub async fn write(
    shop: &Parts,
    tx: &mut PgConnection,
    caller: &Caller,
    action: &str,
    subject_kind: &str,
    subject_id: &str,
    change: Value,
) -> Result<(), sqlx::Error> {
    let now = shop.clock.now();
    let id = shop.random.id(now);
    sql::insert(
        tx,
        id,
        now,
        caller,
        action,
        (subject_kind, subject_id),
        &change,
    )
    .await
}
