//! Jobs, and what is tidied once a day.

use super::{Counts, Job};
use sqlx::PgPool;
use time::OffsetDateTime;
use uuid::Uuid;

/// Leases jobs that are due, in the order of each subject: one waits while an earlier one of its subject does.
pub(super) async fn claim(
    db: &PgPool,
    now: OffsetDateTime,
    lease: OffsetDateTime,
    limit: i64,
) -> sqlx::Result<Vec<Job>> {
    sqlx::query_as!(
        Job,
        r#"UPDATE job SET attempts = attempts + 1, run_at = $2
           WHERE id IN (
               SELECT j.id FROM job j
               WHERE j.state = 'waiting' AND j.run_at <= $1
                 AND NOT EXISTS (
                     SELECT FROM job earlier
                     WHERE earlier.subject_id = j.subject_id AND earlier.state = 'waiting'
                       AND (earlier.created_at, earlier.id) < (j.created_at, j.id))
               ORDER BY j.run_at LIMIT $3 FOR UPDATE SKIP LOCKED)
           RETURNING id, consumer, event_id AS event, payload, trace_id AS trace, attempts, created_at"#,
        now,
        lease,
        limit,
    )
    .fetch_all(db)
    .await
}

pub(super) async fn done(db: &PgPool, job: Uuid) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE job SET state = 'done', last_error = NULL WHERE id = $1",
        job
    )
    .execute(db)
    .await?;
    Ok(())
}

pub(super) async fn failed(
    db: &PgPool,
    job: Uuid,
    parked: bool,
    again: OffsetDateTime,
    error: &str,
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE job SET state = CASE WHEN $2 THEN 'parked' ELSE state END, run_at = $3, last_error = $4
         WHERE id = $1 AND state = 'waiting'",
        job,
        parked,
        again,
        error,
    )
    .execute(db)
    .await?;
    Ok(())
}

pub(super) async fn finish(db: &PgPool, consumer: &str, event: Uuid) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE job SET state = 'done' WHERE consumer = $1 AND event_id = $2",
        consumer,
        event,
    )
    .execute(db)
    .await?;
    Ok(())
}

pub(super) async fn counts(db: &PgPool) -> sqlx::Result<Counts> {
    sqlx::query_as!(
        Counts,
        r#"SELECT count(*) FILTER (WHERE state = 'waiting') AS "waiting!",
                  count(*) FILTER (WHERE state = 'waiting' AND last_error IS NOT NULL) AS "failing!",
                  count(*) FILTER (WHERE state = 'parked') AS "parked!"
           FROM job WHERE state <> 'done'"#
    )
    .fetch_one(db)
    .await
}

pub(super) async fn ensure_partitions(db: &PgPool) -> sqlx::Result<()> {
    sqlx::query!(
        "SELECT ensure_month_partitions(parent, 3)::text AS made
         FROM unnest('{stock_ledger, audit_log, outbox}'::text[]) AS parent"
    )
    .fetch_all(db)
    .await?;
    Ok(())
}

pub(super) async fn drop_before(db: &PgPool, before: OffsetDateTime) -> sqlx::Result<()> {
    sqlx::query!("DELETE FROM outbox WHERE at < $1", before)
        .execute(db)
        .await?;
    sqlx::query!(
        "DELETE FROM job WHERE state = 'done' AND created_at < $1",
        before
    )
    .execute(db)
    .await?;
    Ok(())
}
