//! What is asked about, opened and given up from time to time, and captures.

use crate::payment::attempt::Identity;
use crate::payment::sql::OpenRow;
use domain::Money;
use sqlx::PgPool;
use time::OffsetDateTime;
use uuid::Uuid;

/// Takes attempts that wait for a provider, the longest waiting first; they are begun by whoever got them.
pub(super) async fn claim_deferred(
    db: &PgPool,
    now: OffsetDateTime,
    limit: i64,
) -> sqlx::Result<Vec<Identity>> {
    let rows = sqlx::query!(
        "UPDATE payment_attempt a SET deferred_at = NULL, asked_at = $1, updated_at = $1
         FROM (SELECT w.customer_id, w.id
               FROM payment_attempt w JOIN orders o ON o.customer_id = w.customer_id AND o.id = w.order_id
               WHERE w.state = 'created' AND w.deferred_at IS NOT NULL AND o.state = 'payment_due'
               ORDER BY w.deferred_at, w.id LIMIT $2 FOR UPDATE OF w SKIP LOCKED) AS waiting
         WHERE a.customer_id = waiting.customer_id AND a.id = waiting.id
         RETURNING a.customer_id, a.order_id, a.id",
        now,
        limit,
    )
    .fetch_all(db)
    .await?;
    let identity = |customer: Uuid, order: Uuid, attempt: Uuid| Identity {
        customer: customer.into(),
        order: order.into(),
        attempt: attempt.into(),
    };
    Ok(rows
        .into_iter()
        .map(|row| identity(row.customer_id, row.order_id, row.id))
        .collect())
}

/// A capture may be asked for: the order is to be paid, that is the amount, and the attempt was not given up. Remembered until it is known how
/// it went.
pub(super) async fn allow_capture(
    db: &PgPool,
    of: Identity,
    amount: Money,
    now: OffsetDateTime,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "WITH due AS (
             SELECT id FROM orders WHERE customer_id = $1 AND id = $2 AND state = 'payment_due' FOR SHARE)
         UPDATE payment_attempt SET capture_asked_at = coalesce(capture_asked_at, $4)
         WHERE customer_id = $1 AND order_id = (SELECT id FROM due) AND id = $3
           AND state IN ('created', 'pending', 'unknown') AND given_up_at IS NULL
           AND amount_minor = $5 AND currency = $6",
        of.customer.0,
        of.order.0,
        of.attempt.0,
        now,
        amount.minor,
        amount.currency.code(),
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// It is known how the capture went: nothing was taken.
pub(super) async fn capture_answered(db: &PgPool, of: Identity) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE payment_attempt SET capture_asked_at = NULL WHERE customer_id = $1 AND id = $2",
        of.customer.0,
        of.attempt.0,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// No capture will be asked for any more. False when one was, after `settled_by`, and it is not known how it went.
pub(super) async fn forbid_capture(
    db: &PgPool,
    of: Identity,
    now: OffsetDateTime,
    settled_by: OffsetDateTime,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "UPDATE payment_attempt SET given_up_at = coalesce(given_up_at, $3), capture_asked_at = NULL
         WHERE customer_id = $1 AND id = $2 AND (capture_asked_at IS NULL OR capture_asked_at <= $4)",
        of.customer.0,
        of.attempt.0,
        now,
        settled_by,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The provider knows nothing of an attempt that was given up, or nobody was ever asked: nothing was charged.
pub(super) async fn set_failed(db: &PgPool, of: Identity, now: OffsetDateTime) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE payment_attempt SET state = 'failed', deferred_at = NULL, updated_at = $3
         WHERE customer_id = $1 AND id = $2 AND state IN ('created', 'pending', 'unknown')
           AND (given_up_at IS NOT NULL OR deferred_at IS NOT NULL)",
        of.customer.0,
        of.attempt.0,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Takes open attempts that nobody has asked about since `before`, but those that wait for a provider to be paid at; taking
/// one counts as asking.
pub(super) async fn claim_stale(
    db: &PgPool,
    before: OffsetDateTime,
    now: OffsetDateTime,
    limit: i64,
) -> sqlx::Result<Vec<OpenRow>> {
    sqlx::query_as!(
        OpenRow,
        r#"UPDATE payment_attempt a SET updated_at = $2
           FROM (SELECT customer_id, id FROM payment_attempt
                 WHERE state IN ('created', 'pending', 'unknown') AND updated_at <= $1
                   AND (deferred_at IS NULL
                        OR NOT EXISTS (SELECT FROM orders due
                                       WHERE due.customer_id = payment_attempt.customer_id
                                         AND due.id = payment_attempt.order_id AND due.state = 'payment_due'))
                 ORDER BY updated_at LIMIT $3 FOR UPDATE SKIP LOCKED) AS stale,
                orders o
           WHERE a.customer_id = stale.customer_id AND a.id = stale.id
             AND o.customer_id = a.customer_id AND o.id = a.order_id
           RETURNING a.customer_id, a.order_id, a.id, a.provider, a.reference,
                     a.deferred_at IS NOT NULL AS "deferred!", a.given_up_at, o.state AS order_state, o.placed_at,
                     a.capture_asked_at, a.charge_customer, a.charge_method,
                     coalesce(a.asked_at, a.created_at) AS "begun_at!""#,
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
