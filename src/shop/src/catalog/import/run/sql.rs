//! The statements about imports that are under way.

use super::super::ImportReport;
use super::Run;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

/// The newest run of this print that did not end, began since then, and that no other file came after.
pub async fn find_stopped(
    tx: &mut PgConnection,
    print: &[u8],
    since: OffsetDateTime,
) -> sqlx::Result<Option<Run>> {
    let row = sqlx::query!(
        "SELECT id, products_done, products_new, products_updated, products_unchanged, variants FROM import_run
         WHERE print = $1 AND ended_at IS NULL AND NOT is_overtaken AND began_at >= $2
         ORDER BY began_at DESC LIMIT 1",
        print,
        since
    )
    .fetch_optional(tx)
    .await?;
    // Counts: never below zero.
    Ok(row.map(|row| Run {
        id: row.id,
        done: row.products_done.unsigned_abs(),
        report: ImportReport {
            products_new: row.products_new.unsigned_abs(),
            products_updated: row.products_updated.unsigned_abs(),
            products_unchanged: row.products_unchanged.unsigned_abs(),
            variants: row.variants.unsigned_abs(),
            ..ImportReport::default()
        },
    }))
}

/// Begins a run; what stopped before it is not gone on with any more.
pub async fn begin(
    tx: &mut PgConnection,
    id: Uuid,
    print: &[u8],
    products: u64,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!("UPDATE import_run SET is_overtaken = true WHERE ended_at IS NULL")
        .execute(&mut *tx)
        .await?;
    sqlx::query!(
        "INSERT INTO import_run (id, print, products_total, began_at, updated_at) VALUES ($1, $2, $3, $4, $4)",
        id,
        print,
        products.cast_signed(),
        now
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Notes that `count` more products are written; false when somebody else noted it.
pub async fn advance(
    tx: &mut PgConnection,
    run: &Run,
    count: u64,
    now: OffsetDateTime,
    is_last: bool,
) -> sqlx::Result<bool> {
    let done = run.done.cast_signed();
    let ImportReport {
        products_new,
        products_updated,
        products_unchanged,
        variants,
        ..
    } = &run.report;
    let advanced = sqlx::query!(
        "UPDATE import_run
         SET products_done = $3, products_new = $4, products_updated = $5, products_unchanged = $6, variants = $7,
             updated_at = $8::timestamptz, ended_at = CASE WHEN $9 THEN $8::timestamptz END
         WHERE id = $1 AND products_done = $2 AND ended_at IS NULL",
        run.id,
        done,
        done + count.cast_signed(),
        products_new.cast_signed(),
        products_updated.cast_signed(),
        products_unchanged.cast_signed(),
        variants.cast_signed(),
        now,
        is_last
    )
    .execute(tx)
    .await?;
    Ok(advanced.rows_affected() == 1)
}
