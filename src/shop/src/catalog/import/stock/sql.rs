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

/// What is written of a variant's stock.
pub struct Written {
    /// The id of its entry in the ledger.
    pub ledger: Uuid,
    pub variant: Uuid,
    /// Of what is on hand.
    pub change: i64,
    pub oversell: bool,
}

/// Changes stock, each row with its ledger.
pub async fn write_stock(
    tx: &mut PgConnection,
    now: OffsetDateTime,
    location: Uuid,
    rows: &[Written],
) -> sqlx::Result<()> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.ledger).collect();
    let variants: Vec<Uuid> = rows.iter().map(|row| row.variant).collect();
    let changes: Vec<i64> = rows.iter().map(|row| row.change).collect();
    let oversell: Vec<bool> = rows.iter().map(|row| row.oversell).collect();
    sqlx::query!(
        "WITH row AS (
             SELECT * FROM unnest($3::uuid[], $4::uuid[], $5::bigint[], $6::boolean[])
                 AS row (id, variant_id, change, oversell)),
         ledger AS (
             INSERT INTO stock_ledger (id, at, variant_id, location_id, on_hand_change, held_change, sold_change, cause)
             SELECT row.id, $1, row.variant_id, $2, row.change, 0, 0, 'import' FROM row WHERE row.change <> 0),
         -- Not left to ON CONFLICT, which would hold a change below zero against the table's checks.
         there AS (
             UPDATE stock
             SET on_hand = stock.on_hand + row.change, oversell = row.oversell,
                 backorder_limit = CASE WHEN row.oversell THEN stock.backorder_limit END
             FROM row WHERE stock.variant_id = row.variant_id AND stock.location_id = $2
             RETURNING stock.variant_id)
         INSERT INTO stock (variant_id, location_id, on_hand, oversell)
         SELECT row.variant_id, $2, row.change, row.oversell FROM row
         WHERE NOT EXISTS (SELECT FROM there WHERE there.variant_id = row.variant_id)
         ON CONFLICT (variant_id, location_id)
         DO UPDATE SET on_hand = stock.on_hand + excluded.on_hand, oversell = excluded.oversell,
                       backorder_limit = CASE WHEN excluded.oversell THEN stock.backorder_limit END",
        now,
        location,
        &ids,
        &variants,
        &changes,
        &oversell
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Counts these no longer: their ledger ends at nothing. What orders hold stays, without a limit, until they are paid or
/// given up.
pub async fn forget_stock(
    tx: &mut PgConnection,
    now: OffsetDateTime,
    entry: Uuid,
    variants: &[Uuid],
) -> sqlx::Result<()> {
    if variants.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "UPDATE stock SET oversell = true, backorder_limit = NULL WHERE variant_id = ANY($1) AND held > 0",
        variants
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "WITH gone AS (DELETE FROM stock WHERE variant_id = ANY($1) AND held = 0 RETURNING *)
         INSERT INTO stock_ledger (id, at, variant_id, location_id, on_hand_change, held_change, sold_change, cause)
         SELECT (left($2::uuid::text, 32) || lpad(to_hex(row_number() OVER ()), 4, '0'))::uuid, $3, variant_id, location_id,
                -on_hand, 0, -sold, 'import'
         FROM gone WHERE on_hand <> 0 OR sold <> 0",
        variants,
        entry,
        now
    )
    .execute(tx)
    .await?;
    Ok(())
}
