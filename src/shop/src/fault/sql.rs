//! What planted defects do to rows.

use sqlx::PgConnection;
use uuid::Uuid;

/// From now on these variants are held whether there are any or not.
pub async fn hold_whatever_there_is(tx: &mut PgConnection, variants: &[Uuid]) -> sqlx::Result<()> {
    sqlx::query("UPDATE stock SET oversell = true WHERE variant_id = ANY($1)")
        .bind(variants)
        .execute(tx)
        .await?;
    Ok(())
}

/// An order's last change of stock is not in the ledger.
pub async fn forget_ledger(tx: &mut PgConnection, order: Uuid) -> sqlx::Result<()> {
    sqlx::query(
        "DELETE FROM stock_ledger WHERE reference = $1
         AND id = (SELECT id FROM stock_ledger WHERE reference = $1 ORDER BY at DESC, id DESC LIMIT 1)",
    )
    .bind(order)
    .execute(tx)
    .await?;
    Ok(())
}
