//! Jobs, and what is tidied once a day.

use super::desk::{Filter, Listed, Sheet};
use super::{Counts, Job};
use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

/// Leases jobs that are due, in the order of each subject: one waits while an earlier one of its subject does. `$lane` says
/// which, in the words of the index that finds them.
macro_rules! claim {
    ($lane:literal, $db:expr, $now:expr, $lease:expr, $limit:expr) => {
        sqlx::query_as!(
            Job,
            "UPDATE job SET attempts = attempts + 1, run_at = $2
             WHERE id IN (
                 SELECT j.id FROM job j
                 WHERE j.state = 'waiting' AND j.run_at <= $1 AND j.consumer "
                + $lane
                + "
                   AND NOT EXISTS (
                       SELECT FROM job earlier
                       WHERE earlier.subject_id = j.subject_id AND earlier.state = 'waiting'
                         AND (earlier.created_at, earlier.id) < (j.created_at, j.id))
                 ORDER BY j.run_at LIMIT $3 FOR UPDATE SKIP LOCKED)
             RETURNING id, consumer, event_id AS event, payload, trace_id AS trace, attempts, created_at",
            $now,
            $lease,
            $limit,
        )
        .fetch_all($db)
        .await
    };
}

/// All but pictures.
pub(super) async fn claim_quick(
    db: &PgPool,
    now: OffsetDateTime,
    lease: OffsetDateTime,
    limit: i64,
) -> sqlx::Result<Vec<Job>> {
    claim!("NOT LIKE 'media.%'", db, now, lease, limit)
}

/// Pictures.
pub(super) async fn claim_pictures(
    db: &PgPool,
    now: OffsetDateTime,
    lease: OffsetDateTime,
    limit: i64,
) -> sqlx::Result<Vec<Job>> {
    claim!("LIKE 'media.%'", db, now, lease, limit)
}

/// Leases a job for longer, unless it was leased to another since.
pub(super) async fn renew(
    db: &PgPool,
    job: Uuid,
    attempts: i32,
    until: OffsetDateTime,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "UPDATE job SET run_at = $3 WHERE id = $1 AND state = 'waiting' AND attempts = $2",
        job,
        attempts,
        until,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
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
    (job, attempts): (Uuid, i32),
    parked: bool,
    again: OffsetDateTime,
    error: &str,
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE job SET state = CASE WHEN $2 THEN 'parked' ELSE state END, run_at = $3, last_error = $4
         WHERE id = $1 AND state = 'waiting' AND attempts = $5",
        job,
        parked,
        again,
        error,
        attempts,
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
           FROM job WHERE state IN ('waiting', 'parked')"#
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
        "DELETE FROM job WHERE state IN ('done', 'discarded') AND created_at < $1",
        before
    )
    .execute(db)
    .await?;
    Ok(())
}

pub(super) async fn list(
    db: &PgPool,
    filter: &Filter,
    states: &[String],
    after: Option<(OffsetDateTime, Uuid)>,
    limit: i64,
) -> sqlx::Result<Vec<Listed>> {
    let (after_at, after_id) = after.unzip();
    sqlx::query_as!(
        Listed,
        r#"SELECT id, consumer, event_id AS event, subject_id AS subject, state, attempts, run_at, last_error, created_at,
                  coalesce(payload ->> 'number', '') AS "order_number!"
           FROM job
           WHERE state = ANY($1)
             AND ($2::text IS NULL OR consumer = $2)
             AND ($3::text IS NULL OR payload ->> 'number' = $3)
             AND (NOT $4::boolean OR last_error IS NOT NULL)
             AND ($5::timestamptz IS NULL OR (created_at, id) < ($5, $6::uuid))
           ORDER BY created_at DESC, id DESC LIMIT $7"#,
        states,
        filter.consumer,
        filter.order,
        filter.failing,
        after_at,
        after_id,
        limit,
    )
    .fetch_all(db)
    .await
}

pub(super) async fn find(db: &PgPool, job: Uuid) -> sqlx::Result<Option<Sheet>> {
    sqlx::query_as!(
        Sheet,
        r#"SELECT j.id, j.consumer, j.event_id AS event, j.subject_id AS subject, j.state, j.attempts, j.run_at,
                  j.last_error, j.created_at, j.payload, j.trace_id AS trace,
                  (SELECT o.kind FROM outbox o WHERE o.id = j.event_id AND o.at = j.created_at) AS "kind?",
                  (SELECT count(*) FROM job earlier
                   WHERE earlier.subject_id = j.subject_id AND earlier.state = 'waiting' AND j.state = 'waiting'
                     AND (earlier.created_at, earlier.id) < (j.created_at, j.id)) AS "waits_for!"
           FROM job j WHERE j.id = $1"#,
        job,
    )
    .fetch_optional(db)
    .await
}

/// Locks a job; its consumer, event and state.
pub(super) async fn lock(
    tx: &mut PgConnection,
    job: Uuid,
) -> sqlx::Result<Option<(String, Uuid, String)>> {
    let row = sqlx::query!(
        "SELECT consumer, event_id, state FROM job WHERE id = $1 FOR UPDATE",
        job,
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.map(|row| (row.consumer, row.event_id, row.state)))
}

/// From now on it is due, as if it had never been tried.
pub(super) async fn again(
    tx: &mut PgConnection,
    job: Uuid,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE job SET state = 'waiting', attempts = 0, run_at = $2 WHERE id = $1",
        job,
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}

pub(super) async fn give_up(tx: &mut PgConnection, job: Uuid) -> sqlx::Result<()> {
    sqlx::query!("UPDATE job SET state = 'discarded' WHERE id = $1", job)
        .execute(tx)
        .await?;
    Ok(())
}

/// The jobs of an event, locked: id, consumer, state.
pub(super) async fn of_event(
    tx: &mut PgConnection,
    event: Uuid,
) -> sqlx::Result<Vec<(Uuid, String, String)>> {
    let rows = sqlx::query!(
        "SELECT id, consumer, state FROM job WHERE event_id = $1 ORDER BY consumer FOR UPDATE",
        event,
    )
    .fetch_all(tx)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.id, row.consumer, row.state))
        .collect())
}
