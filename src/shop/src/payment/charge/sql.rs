//! Attempts that are charges of saved means of payment.

use crate::payment::attempt::Identity;
use crate::payment::provider::Saved;
use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

/// A saved means of payment, by its provider's names.
pub(super) struct SavedRow {
    pub provider: String,
    pub customer: String,
    pub method: String,
}

/// Those of an order's customer, the newest first; none when the order was charged before.
pub(super) async fn saved(db: &PgPool, of: Identity) -> sqlx::Result<Vec<SavedRow>> {
    sqlx::query_as!(
        SavedRow,
        r#"SELECT m.provider, m.reference AS method, known.reference AS "customer!"
           FROM saved_payment_method m
           CROSS JOIN LATERAL (
               SELECT c.reference FROM provider_customer c
               WHERE c.customer_id = m.customer_id AND c.provider = m.provider
               ORDER BY c.created_at, c.reference LIMIT 1) AS known
           WHERE m.customer_id = $1
             AND NOT EXISTS (SELECT FROM payment_attempt a
                             WHERE a.customer_id = $1 AND a.order_id = $2 AND a.charge_method IS NOT NULL)
           ORDER BY m.created_at DESC, m.id DESC LIMIT 10"#,
        of.customer.0,
        of.order.0,
    )
    .fetch_all(db)
    .await
}

/// The attempt is a charge from now on, and was asked for. False when it was begun otherwise. The order is locked.
pub(super) async fn mark(
    tx: &mut PgConnection,
    of: Identity,
    provider: &str,
    saved: &Saved,
    now: OffsetDateTime,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "UPDATE payment_attempt
         SET provider = $4, charge_customer = $5, charge_method = $6, capture_asked_at = $7, updated_at = $7
         WHERE customer_id = $1 AND order_id = $2 AND id = $3
           AND state = 'created' AND reference IS NULL AND given_up_at IS NULL AND deferred_at IS NULL
           AND charge_method IS NULL",
        of.customer.0,
        of.order.0,
        of.attempt.0,
        provider,
        saved.customer,
        saved.method,
        now,
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Nobody was asked: it waits again.
pub(super) async fn unmark(db: &PgPool, of: Identity, now: OffsetDateTime) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE payment_attempt
         SET charge_customer = NULL, charge_method = NULL, capture_asked_at = NULL, deferred_at = $3, updated_at = $3
         WHERE customer_id = $1 AND id = $2 AND state = 'created' AND reference IS NULL AND charge_method IS NOT NULL",
        of.customer.0,
        of.attempt.0,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Nothing was charged, and nothing will be.
pub(super) async fn in_vain(db: &PgPool, of: Identity, now: OffsetDateTime) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE payment_attempt SET state = 'failed', capture_asked_at = NULL, updated_at = $3
         WHERE customer_id = $1 AND id = $2 AND state IN ('created', 'unknown') AND reference IS NULL
           AND charge_method IS NOT NULL",
        of.customer.0,
        of.attempt.0,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// It is not known how it went.
pub(super) async fn unknown(db: &PgPool, of: Identity, now: OffsetDateTime) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE payment_attempt SET state = 'unknown', updated_at = $3
         WHERE customer_id = $1 AND id = $2 AND state = 'created' AND reference IS NULL AND charge_method IS NOT NULL",
        of.customer.0,
        of.attempt.0,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// It is asked for once more. False when its order is not to be paid any more, or it is known how it went.
pub(super) async fn again(db: &PgPool, of: Identity, now: OffsetDateTime) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "WITH due AS (
             SELECT id FROM orders WHERE customer_id = $1 AND id = $2 AND state = 'payment_due' FOR SHARE)
         UPDATE payment_attempt SET capture_asked_at = $4, updated_at = $4
         WHERE customer_id = $1 AND order_id = (SELECT id FROM due) AND id = $3
           AND state IN ('created', 'unknown') AND reference IS NULL AND charge_method IS NOT NULL",
        of.customer.0,
        of.order.0,
        of.attempt.0,
        now,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Charges in vain that nothing followed yet.
pub(super) async fn to_follow(db: &PgPool, limit: i64) -> sqlx::Result<Vec<Identity>> {
    let rows = sqlx::query!(
        "SELECT customer_id, order_id, id FROM payment_attempt
         WHERE state = 'failed' AND charge_method IS NOT NULL AND followed_at IS NULL
         ORDER BY updated_at LIMIT $1",
        limit,
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Identity {
            customer: row.customer_id.into(),
            order: row.order_id.into(),
            attempt: row.id.into(),
        })
        .collect())
}

/// False when it was followed before. The order is locked.
pub(super) async fn followed(
    tx: &mut PgConnection,
    of: Identity,
    now: OffsetDateTime,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "UPDATE payment_attempt SET followed_at = $4
         WHERE customer_id = $1 AND order_id = $2 AND id = $3 AND state = 'failed' AND followed_at IS NULL",
        of.customer.0,
        of.order.0,
        of.attempt.0,
        now,
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// An attempt over the same amount, that waits for a provider.
pub(super) async fn insert_next(
    tx: &mut PgConnection,
    after: Identity,
    id: Uuid,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO payment_attempt
             (customer_id, id, order_id, provider, state, amount_minor, currency, created_at, updated_at, deferred_at)
         SELECT customer_id, $3, order_id, provider, 'created', amount_minor, currency, $4, $4, $4
         FROM payment_attempt WHERE customer_id = $1 AND id = $2",
        after.customer.0,
        after.attempt.0,
        id,
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}
