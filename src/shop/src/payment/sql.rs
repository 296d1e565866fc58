//! Payment attempts, what leads to them, and webhooks.

use super::attempt::Identity;
use super::provider::Started;
use serde_json::Value;
use sqlx::types::Json;
use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

/// What a provider's page is made of.
pub(super) struct FactsRow {
    pub number: String,
    pub token: String,
    pub market: String,
    pub locale: String,
    pub email: String,
    pub amount_minor: i64,
    pub currency: String,
    pub created_at: OffsetDateTime,
    pub quote: Json<domain::pricing::Quote>,
    pub lines: Json<Vec<domain::cart::CartLine>>,
}

pub(super) async fn facts(db: &PgPool, of: Identity) -> sqlx::Result<Option<FactsRow>> {
    sqlx::query_as!(
        FactsRow,
        r#"SELECT o.number, o.token, o.market, o.locale, o.email, a.amount_minor, a.currency, a.created_at,
                  o.quote AS "quote: Json<domain::pricing::Quote>",
                  (SELECT jsonb_agg(l.line ORDER BY l.position) FROM order_line l
                   WHERE l.customer_id = o.customer_id AND l.order_id = o.id)
                      AS "lines!: Json<Vec<domain::cart::CartLine>>"
           FROM payment_attempt a JOIN orders o ON o.customer_id = a.customer_id AND o.id = a.order_id
           WHERE a.customer_id = $1 AND a.id = $2"#,
        of.customer.0,
        of.attempt.0,
    )
    .fetch_optional(db)
    .await
}

/// The page is open: its reference and address, unless the attempt was settled meanwhile.
pub(super) async fn record_started(
    db: &PgPool,
    of: Identity,
    provider: &str,
    started: &Started,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        "WITH reference AS (
             INSERT INTO payment_reference (provider, reference, customer_id, order_id, attempt_id)
             VALUES ($4, $5, $1, $2, $3) ON CONFLICT DO NOTHING)
         UPDATE payment_attempt
         SET state = CASE WHEN state IN ('created', 'unknown') THEN 'pending' ELSE state END,
             reference = $5, redirect_url = $6, updated_at = $7
         WHERE customer_id = $1 AND order_id = $2 AND id = $3",
        of.customer.0,
        of.order.0,
        of.attempt.0,
        provider,
        started.reference,
        started.redirect_url,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The page could not be opened, or nobody knows.
pub(super) async fn record_not_started(
    db: &PgPool,
    of: Identity,
    state: &str,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE payment_attempt SET state = $3, updated_at = $4
         WHERE customer_id = $1 AND id = $2 AND state IN ('created', 'unknown') AND reference IS NULL",
        of.customer.0,
        of.attempt.0,
        state,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// An order and one of its attempts, locked.
pub(super) struct LockedRow {
    pub order_state: String,
    pub attempt_state: String,
    pub number: String,
    pub provider: String,
    pub amount_minor: i64,
    pub currency: String,
    pub reference: Option<String>,
    pub is_duplicate: bool,
    /// The order was given up on purpose.
    pub called_off: bool,
}

pub(super) async fn lock(tx: &mut PgConnection, of: Identity) -> sqlx::Result<Option<LockedRow>> {
    sqlx::query_as!(
        LockedRow,
        r#"SELECT o.state AS order_state, a.state AS attempt_state, o.number, a.provider, a.amount_minor,
                  a.currency, a.reference, a.duplicate_at IS NOT NULL AS "is_duplicate!",
                  o.called_off_at IS NOT NULL AS "called_off!"
           FROM orders o JOIN payment_attempt a ON a.customer_id = o.customer_id AND a.order_id = o.id
           WHERE o.customer_id = $1 AND o.id = $2 AND a.id = $3
           FOR UPDATE"#,
        of.customer.0,
        of.order.0,
        of.attempt.0,
    )
    .fetch_optional(tx)
    .await
}

pub(super) async fn set_attempt(
    tx: &mut PgConnection,
    of: Identity,
    state: &str,
    (provider, reference): (&str, &str),
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        "WITH reference AS (
             INSERT INTO payment_reference (provider, reference, customer_id, order_id, attempt_id)
             VALUES ($5, $6, $1, $2, $3) ON CONFLICT DO NOTHING)
         UPDATE payment_attempt SET state = $4, reference = coalesce(reference, $6), updated_at = $7
         WHERE customer_id = $1 AND order_id = $2 AND id = $3",
        of.customer.0,
        of.order.0,
        of.attempt.0,
        state,
        provider,
        reference,
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// This attempt's money came besides another's.
pub(super) async fn mark_duplicate(
    tx: &mut PgConnection,
    of: Identity,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE payment_attempt SET duplicate_at = $3 WHERE customer_id = $1 AND id = $2",
        of.customer.0,
        of.attempt.0,
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// An order, locked: its state and number.
pub(super) async fn lock_order(
    tx: &mut PgConnection,
    customer: Uuid,
    order: Uuid,
) -> sqlx::Result<Option<(String, String)>> {
    let row = sqlx::query!(
        "SELECT state, number FROM orders WHERE customer_id = $1 AND id = $2 FOR UPDATE",
        customer,
        order,
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.map(|row| (row.state, row.number)))
}

/// An attempt that the provider has not said its last word about.
pub(super) struct OpenRow {
    pub customer_id: Uuid,
    pub order_id: Uuid,
    pub id: Uuid,
    pub provider: String,
    pub reference: Option<String>,
}

impl OpenRow {
    pub(super) fn identity(&self) -> Identity {
        Identity {
            customer: self.customer_id.into(),
            order: self.order_id.into(),
            attempt: self.id.into(),
        }
    }
}

pub(super) async fn open_attempts(
    db: &mut PgConnection,
    customer: Uuid,
    order: Uuid,
) -> sqlx::Result<Vec<OpenRow>> {
    sqlx::query_as!(
        OpenRow,
        "SELECT customer_id, order_id, id, provider, reference FROM payment_attempt
         WHERE customer_id = $1 AND order_id = $2 AND state IN ('created', 'pending', 'unknown')
         ORDER BY created_at",
        customer,
        order,
    )
    .fetch_all(db)
    .await
}

/// Takes open attempts that nobody has asked about since `before`; taking one counts as asking.
pub(super) async fn claim_stale(
    db: &PgPool,
    before: OffsetDateTime,
    now: OffsetDateTime,
    limit: i64,
) -> sqlx::Result<Vec<OpenRow>> {
    sqlx::query_as!(
        OpenRow,
        "UPDATE payment_attempt a SET updated_at = $2
         FROM (SELECT customer_id, id FROM payment_attempt
               WHERE state IN ('created', 'pending', 'unknown') AND updated_at <= $1
               ORDER BY updated_at LIMIT $3 FOR UPDATE SKIP LOCKED) AS stale
         WHERE a.customer_id = stale.customer_id AND a.id = stale.id
         RETURNING a.customer_id, a.order_id, a.id, a.provider, a.reference",
        before,
        now,
        limit,
    )
    .fetch_all(db)
    .await
}

/// Takes unpaid orders whose hold has run out; one that can't be closed now comes again at `again`.
pub(super) async fn claim_expired(
    db: &PgPool,
    now: OffsetDateTime,
    again: OffsetDateTime,
    limit: i64,
) -> sqlx::Result<Vec<(Uuid, Uuid)>> {
    let rows = sqlx::query!(
        "UPDATE orders o SET hold_expires_at = $2
         FROM (SELECT customer_id, id FROM orders
               WHERE state = 'payment_due' AND hold_expires_at <= $1
               ORDER BY hold_expires_at LIMIT $3 FOR UPDATE SKIP LOCKED) AS due
         WHERE o.customer_id = due.customer_id AND o.id = due.id
         RETURNING o.customer_id, o.id",
        now,
        again,
        limit,
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.customer_id, row.id))
        .collect())
}

/// Where a provider's reference leads.
pub(super) struct FoundRow {
    pub customer_id: Uuid,
    pub order_id: Uuid,
    pub attempt_id: Uuid,
    pub number: String,
    pub token: String,
    pub attempt_state: String,
}

impl FoundRow {
    pub(super) fn identity(&self) -> Identity {
        Identity {
            customer: self.customer_id.into(),
            order: self.order_id.into(),
            attempt: self.attempt_id.into(),
        }
    }
}

pub(super) async fn find_reference(
    db: &PgPool,
    provider: &str,
    reference: &str,
) -> sqlx::Result<Option<FoundRow>> {
    sqlx::query_as!(
        FoundRow,
        "SELECT a.customer_id, a.order_id, a.id AS attempt_id, o.number, o.token, a.state AS attempt_state
         FROM payment_reference r
         JOIN payment_attempt a ON a.customer_id = r.customer_id AND a.id = r.attempt_id
         JOIN orders o ON o.customer_id = a.customer_id AND o.id = a.order_id
         WHERE r.provider = $1 AND r.reference = $2",
        provider,
        reference,
    )
    .fetch_optional(db)
    .await
}

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
