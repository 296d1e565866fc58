//! The statements of what is to come.

use super::NewPriceChange;
use sqlx::{PgConnection, PgPool};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// What became of a plan.
pub enum Added {
    Fresh,
    /// It was planned already.
    Known,
    Overlaps,
}

pub async fn add(tx: &mut PgConnection, id: Uuid, new: &NewPriceChange) -> sqlx::Result<Added> {
    // Two plans of one price, at the same time, wait for each other here.
    sqlx::query!(
        "SELECT FROM variant WHERE id = $1 FOR NO KEY UPDATE",
        new.variant
    )
    .fetch_optional(&mut *tx)
    .await?;
    // A price that stays takes the moment at which it begins.
    let known = sqlx::query!(
        r#"SELECT is_same AS "is_same!"
           FROM price_schedule
           CROSS JOIN LATERAL (
               SELECT amount_minor = $5 AND starts_at = $3 AND compare_at_minor IS NOT DISTINCT FROM $6
                      AND ends_at IS NOT DISTINCT FROM $4 AS is_same) compared
           WHERE variant_id = $1 AND market = $2
             AND (is_same
                  OR ended_at IS NULL
                     AND tstzrange(starts_at, coalesce(ends_at, starts_at), CASE WHEN ends_at IS NULL THEN '[]' ELSE '[)' END)
                         && tstzrange($3, coalesce($4, $3), CASE WHEN $4::timestamptz IS NULL THEN '[]' ELSE '[)' END))"#,
        new.variant,
        new.market,
        new.starts_at,
        new.ends_at,
        new.amount_minor,
        new.compare_at_minor,
    )
    .fetch_all(&mut *tx)
    .await?;
    if known.iter().any(|plan| plan.is_same) {
        return Ok(Added::Known);
    }
    if !known.is_empty() {
        return Ok(Added::Overlaps);
    }
    sqlx::query!(
        "INSERT INTO price_schedule (id, variant_id, market, amount_minor, compare_at_minor, starts_at, ends_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        id,
        new.variant,
        new.market,
        new.amount_minor,
        new.compare_at_minor,
        new.starts_at,
        new.ends_at,
    )
    .execute(tx)
    .await?;
    Ok(Added::Fresh)
}

pub async fn is_anything_due(
    db: &PgPool,
    now: OffsetDateTime,
    mark_every: Duration,
) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM price_schedule WHERE began_at IS NULL AND starts_at <= $1)
               OR EXISTS (SELECT FROM price_schedule WHERE began_at IS NOT NULL AND ended_at IS NULL AND ends_at <= $1)
               OR EXISTS (SELECT FROM publication WHERE announced_until < $2)
               OR EXISTS (SELECT FROM publication, product p
                          WHERE p.status = 'active' AND p.published_at > announced_until AND p.published_at <= $1
                            AND p.updated_at < p.published_at) AS "due!""#,
        now,
        now - mark_every,
    )
    .fetch_one(db)
    .await
}

/// The products that appeared since the mark, which moves on to `now`. One that was written when it was on show already was
/// announced by whoever wrote it.
pub async fn publish(tx: &mut PgConnection, now: OffsetDateTime) -> sqlx::Result<Vec<Uuid>> {
    let mark = sqlx::query_scalar!("SELECT announced_until FROM publication FOR UPDATE")
        .fetch_optional(&mut *tx)
        .await?;
    let Some(mark) = mark.filter(|mark| *mark < now) else {
        return Ok(Vec::new());
    };
    let appeared = sqlx::query_scalar!(
        "SELECT id FROM product
         WHERE status = 'active' AND published_at > $1 AND published_at <= $2 AND updated_at < published_at",
        mark,
        now,
    )
    .fetch_all(&mut *tx)
    .await?;
    sqlx::query!("UPDATE publication SET announced_until = $1", now)
        .execute(tx)
        .await?;
    Ok(appeared)
}

/// A price that began or ended.
pub struct ChangedRow {
    pub id: Uuid,
    pub variant_id: Uuid,
    pub market: String,
    pub product_id: Uuid,
}

/// Puts back what was before, where the price is still the planned one.
pub async fn end_prices(
    tx: &mut PgConnection,
    now: OffsetDateTime,
    limit: i64,
) -> sqlx::Result<Vec<ChangedRow>> {
    sqlx::query_as!(
        ChangedRow,
        r#"WITH over AS (
               SELECT * FROM price_schedule
               WHERE began_at IS NOT NULL AND ended_at IS NULL AND ends_at <= $1
               ORDER BY ends_at LIMIT $2 FOR UPDATE SKIP LOCKED),
           marked AS (UPDATE price_schedule SET ended_at = $1 WHERE id IN (SELECT id FROM over)),
           put_back AS (
               UPDATE price SET amount_minor = over.before_amount_minor, compare_at_minor = over.before_compare_at_minor
               FROM over
               WHERE price.variant_id = over.variant_id AND price.market = over.market
                 AND price.amount_minor = over.amount_minor
                 AND price.compare_at_minor IS NOT DISTINCT FROM over.compare_at_minor
                 AND over.before_amount_minor IS NOT NULL)
           SELECT over.id, over.variant_id, over.market, variant.product_id
           FROM over JOIN variant ON variant.id = over.variant_id"#,
        now,
        limit,
    )
    .fetch_all(tx)
    .await
}

/// Writes the prices that are due, and remembers what was there. Of what began and ended unseen, nothing is written.
pub async fn begin_prices(
    tx: &mut PgConnection,
    now: OffsetDateTime,
    limit: i64,
) -> sqlx::Result<Vec<ChangedRow>> {
    sqlx::query_as!(
        ChangedRow,
        r#"WITH due AS (
               SELECT * FROM price_schedule WHERE began_at IS NULL AND starts_at <= $1
               ORDER BY starts_at LIMIT $2 FOR UPDATE SKIP LOCKED),
           marked AS (
               UPDATE price_schedule s
               SET began_at = $1, ended_at = CASE WHEN s.ends_at <= $1 OR s.ends_at IS NULL THEN $1 END,
                   before_amount_minor = price.amount_minor, before_compare_at_minor = price.compare_at_minor
               FROM due LEFT JOIN price ON price.variant_id = due.variant_id AND price.market = due.market
               WHERE s.id = due.id),
           -- The last of several that are due at once.
           holding AS (
               SELECT DISTINCT ON (variant_id, market) * FROM due WHERE ends_at IS NULL OR ends_at > $1
               ORDER BY variant_id, market, starts_at DESC),
           written AS (
               INSERT INTO price (variant_id, market, amount_minor, compare_at_minor)
               SELECT variant_id, market, amount_minor, compare_at_minor FROM holding
               ON CONFLICT (variant_id, market) DO UPDATE SET
                   amount_minor = excluded.amount_minor, compare_at_minor = excluded.compare_at_minor)
           SELECT due.id, due.variant_id, due.market, variant.product_id
           FROM due JOIN variant ON variant.id = due.variant_id"#,
        now,
        limit,
    )
    .fetch_all(tx)
    .await
}
