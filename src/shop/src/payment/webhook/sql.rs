//! Messages of providers, kept.

use crate::payment::sql::FoundRow;
use serde_json::Value;
use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

pub(super) async fn find_attempt(
    db: &PgPool,
    provider: &str,
    number: &str,
    attempt: Uuid,
) -> sqlx::Result<Option<FoundRow>> {
    sqlx::query_as!(
        FoundRow,
        "SELECT a.customer_id, a.order_id, a.id AS attempt_id, o.number, o.token, a.state AS attempt_state
         FROM order_number n
         JOIN orders o ON o.customer_id = n.customer_id AND o.id = n.order_id
         JOIN payment_attempt a ON a.customer_id = o.customer_id AND a.order_id = o.id
         WHERE n.number = $2 AND a.id = $3 AND a.provider = $1",
        provider,
        number,
        attempt,
    )
    .fetch_optional(db)
    .await
}

/// Keeps a webhook; false when that event was kept before.
pub(super) async fn insert_webhook(
    tx: &mut PgConnection,
    provider: &str,
    event: &str,
    payload: &Value,
    now: OffsetDateTime,
    handled: bool,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "INSERT INTO webhook_event (provider, event_id, payload, received_at, handled_at)
         VALUES ($1, $2, $3, $4, CASE WHEN $5::boolean THEN $4::timestamptz END)
         ON CONFLICT DO NOTHING",
        provider,
        event,
        payload,
        now,
        handled,
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// A webhook that has not been handled yet.
pub(super) async fn unhandled_webhook(
    db: &PgPool,
    provider: &str,
    event: &str,
) -> sqlx::Result<Option<Value>> {
    sqlx::query_scalar!(
        "SELECT payload FROM webhook_event WHERE provider = $1 AND event_id = $2 AND handled_at IS NULL",
        provider,
        event,
    )
    .fetch_optional(db)
    .await
}

pub(super) async fn webhook_handled(
    db: &PgPool,
    provider: &str,
    event: &str,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE webhook_event SET handled_at = $3 WHERE provider = $1 AND event_id = $2",
        provider,
        event,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}
