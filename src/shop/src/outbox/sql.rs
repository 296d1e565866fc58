//! The outbox's statements.

use super::{Event, MOST_TAGS, PAGES_CHANGED};
use crate::Caller;
use sqlx::PgConnection;
use sqlx::postgres::PgExecutor;
use sqlx::types::Json;
use time::OffsetDateTime;
use uuid::Uuid;

/// Tags that a statement tells: when it is so many, there may be more.
const TAGS: i64 = MOST_TAGS as i64 + 1;

pub async fn insert(
    tx: &mut PgConnection,
    id: Uuid,
    at: OffsetDateTime,
    caller: &Caller,
    event: &Event<'_>,
    jobs: &[Uuid],
) -> Result<(), sqlx::Error> {
    let consumers: Vec<String> = event.jobs.iter().map(|&name| name.to_owned()).collect();
    sqlx::query!(
        r#"WITH event AS (
               INSERT INTO outbox (id, at, kind, schema_version, subject_id, customer_id, actor, trace_id, payload)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9))
           INSERT INTO job (id, consumer, event_id, subject_id, payload, trace_id, run_at, created_at)
           SELECT asked.id, asked.consumer, $1, $5, $9, $8, $2, $2
           FROM unnest($10::uuid[], $11::text[]) AS asked (id, consumer)"#,
        id,
        at,
        event.kind,
        event.schema_version,
        event.subject,
        event.customer.map(Uuid::from),
        Json(&caller.actor) as _,
        caller.trace,
        event.payload,
        jobs,
        &consumers,
    )
    .execute(tx)
    .await?;
    Ok(())
}

pub async fn position<'e>(db: impl PgExecutor<'e>) -> Result<String, sqlx::Error> {
    sqlx::query_scalar!(r#"SELECT pg_current_snapshot()::text AS "position!""#)
        .fetch_one(db)
        .await
}

pub async fn tags_since<'e>(
    db: impl PgExecutor<'e>,
    since: &str,
) -> Result<(Vec<String>, String), sqlx::Error> {
    // One statement, so that the rows and the position come from one snapshot.
    let row = sqlx::query!(
        r#"SELECT pg_current_snapshot()::text AS "position!",
                  ARRAY(SELECT DISTINCT tag
                        FROM outbox, jsonb_array_elements_text(payload -> 'tags') AS tag
                        WHERE kind = $2
                          AND transaction >= pg_snapshot_xmin(($1::text)::pg_snapshot)
                          AND NOT pg_visible_in_snapshot(transaction, ($1::text)::pg_snapshot)
                        LIMIT $3) AS "tags!: Vec<String>""#,
        since,
        PAGES_CHANGED,
        TAGS,
    )
    .fetch_one(db)
    .await?;
    Ok((row.tags, row.position))
}

/// How the outbox stands, and the log.
pub struct Standing {
    pub position: String,
    /// What had committed by then is before both positions.
    pub at: OffsetDateTime,
    /// In bytes of the log.
    pub log_position: i64,
}

pub async fn standing(db: &mut PgConnection) -> Result<Standing, sqlx::Error> {
    // `now` is the moment before the statement's snapshot; the log's position is read after it.
    sqlx::query_as!(
        Standing,
        r#"SELECT pg_current_snapshot()::text AS "position!", now() AS "at!",
                  (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint AS "log_position!""#
    )
    .fetch_one(db)
    .await
}

/// What was announced since `since`, and what went on sale after `at`, whose time came without a commit.
pub async fn changed_since(
    db: &mut PgConnection,
    since: &str,
    at: OffsetDateTime,
) -> Result<(Vec<String>, Standing), sqlx::Error> {
    let row = sqlx::query!(
        r#"SELECT pg_current_snapshot()::text AS "position!", now() AS "at!",
                  (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint AS "log_position!",
                  ARRAY(SELECT tag
                        FROM outbox, jsonb_array_elements_text(payload -> 'tags') AS tag
                        WHERE kind = $2
                          AND transaction >= pg_snapshot_xmin(($1::text)::pg_snapshot)
                          AND NOT pg_visible_in_snapshot(transaction, ($1::text)::pg_snapshot)
                        UNION
                        SELECT tag
                        FROM product
                        CROSS JOIN LATERAL unnest(product_page_tags(ARRAY[product.id])) AS tag
                        WHERE status = 'active' AND published_at > $3 AND published_at <= now()
                        LIMIT $4) AS "tags!: Vec<String>""#,
        since,
        PAGES_CHANGED,
        at,
        TAGS,
    )
    .fetch_one(db)
    .await?;
    let standing = Standing {
        position: row.position,
        at: row.at,
        log_position: row.log_position,
    };
    Ok((row.tags, standing))
}
