//! The statements about imported stock.

use super::StockRow;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

pub async fn first_location(tx: &mut PgConnection) -> sqlx::Result<Uuid> {
    sqlx::query_scalar!("SELECT id FROM location ORDER BY id LIMIT 1")
        .fetch_one(tx)
        .await
}

pub async fn stock(
    tx: &mut PgConnection,
    variants: &[Uuid],
    location: Uuid,
) -> sqlx::Result<Vec<StockRow>> {
    sqlx::query_as!(
        StockRow,
        "SELECT variant_id, on_hand, held, oversell FROM stock
         WHERE variant_id = ANY($1) AND location_id = $2 ORDER BY variant_id",
        variants,
        location
    )
    .fetch_all(tx)
    .await
}

pub async fn lock_stock(
    tx: &mut PgConnection,
    variants: &[Uuid],
    location: Uuid,
) -> sqlx::Result<Vec<StockRow>> {
    sqlx::query_as!(
        StockRow,
        "SELECT variant_id, on_hand, held, oversell FROM stock
         WHERE variant_id = ANY($1) AND location_id = $2 ORDER BY variant_id FOR UPDATE",
        variants,
        location
    )
    .fetch_all(tx)
    .await
}

pub async fn write_stock(
    tx: &mut PgConnection,
    location: Uuid,
    rows: &[StockRow],
) -> sqlx::Result<()> {
    let variants: Vec<Uuid> = rows.iter().map(|row| row.variant_id).collect();
    let on_hand: Vec<i64> = rows.iter().map(|row| row.on_hand).collect();
    let oversell: Vec<bool> = rows.iter().map(|row| row.oversell).collect();
    sqlx::query!(
        "INSERT INTO stock (variant_id, location_id, on_hand, oversell)
         SELECT row.variant_id, $2, row.on_hand, row.oversell
         FROM unnest($1::uuid[], $3::bigint[], $4::boolean[]) AS row (variant_id, on_hand, oversell)
         ON CONFLICT (variant_id, location_id) DO UPDATE SET on_hand = excluded.on_hand, oversell = excluded.oversell",
        &variants,
        location,
        &on_hand,
        &oversell
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Counts these no longer. What orders hold stays, without a limit, until they are paid or given up.
pub async fn forget_stock(tx: &mut PgConnection, variants: &[Uuid]) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE stock SET oversell = true WHERE variant_id = ANY($1) AND held > 0",
        variants
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "DELETE FROM stock WHERE variant_id = ANY($1) AND held = 0",
        variants
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Each row is (id, variant, change of what is on hand).
pub async fn write_ledger(
    tx: &mut PgConnection,
    now: OffsetDateTime,
    location: Uuid,
    rows: &[(Uuid, Uuid, i64)],
) -> sqlx::Result<()> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.0).collect();
    let variants: Vec<Uuid> = rows.iter().map(|row| row.1).collect();
    let changes: Vec<i64> = rows.iter().map(|row| row.2).collect();
    sqlx::query!(
        "INSERT INTO stock_ledger (id, at, variant_id, location_id, on_hand_change, held_change, sold_change, cause)
         SELECT row.id, $1, row.variant_id, $2, row.change, 0, 0, 'import'
         FROM unnest($3::uuid[], $4::uuid[], $5::bigint[]) AS row (id, variant_id, change)",
        now,
        location,
        &ids,
        &variants,
        &changes
    )
    .execute(tx)
    .await?;
    Ok(())
}
