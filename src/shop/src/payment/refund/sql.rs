//! Refunds.

use super::{Claim, Left};
use crate::order::Owned;
use serde_json::Value;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

/// Locks the order; its state.
pub(super) async fn lock_order(tx: &mut PgConnection, of: Owned) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar!(
        "SELECT state FROM orders WHERE customer_id = $1 AND id = $2 FOR UPDATE",
        of.customer.0,
        of.order.0,
    )
    .fetch_optional(tx)
    .await
}

pub(super) struct RefundRow {
    pub id: Uuid,
    /// The order's.
    pub number: String,
    pub attempt_id: Uuid,
    pub return_id: Option<Uuid>,
    /// What goes back by the provider, and what to cards.
    pub amount_minor: i64,
    pub credit_minor: i64,
    pub currency: String,
    pub reason: String,
    pub state: String,
    pub asked: Value,
    /// The attempt's, where it is known at its provider.
    pub reference: Option<String>,
    pub provider: String,
}

pub(super) async fn find(
    tx: &mut PgConnection,
    of: Owned,
    refund: Uuid,
) -> sqlx::Result<Option<RefundRow>> {
    sqlx::query_as!(
        RefundRow,
        "SELECT r.id, o.number, r.attempt_id, r.return_id, r.amount_minor, r.credit_minor, r.currency, r.reason, r.state, r.asked,
                a.reference, a.provider
         FROM refund r
         JOIN orders o ON o.customer_id = r.customer_id AND o.id = r.order_id
         JOIN payment_attempt a ON a.customer_id = r.customer_id AND a.id = r.attempt_id
         WHERE r.customer_id = $1 AND r.order_id = $2 AND r.id = $3",
        of.customer.0,
        of.order.0,
        refund,
    )
    .fetch_optional(tx)
    .await
}

pub(super) async fn left(tx: &mut PgConnection, of: Owned) -> sqlx::Result<Option<Left>> {
    // What due refunds give to cards is claimed; what sent ones gave is returned.
    let row = sqlx::query!(
        r#"SELECT a.id, a.amount_minor - a.refunded_minor AS "captured!",
                  (coalesce((SELECT sum(c.amount_minor - c.returned_minor) FROM order_credit c
                             WHERE c.customer_id = $1 AND c.order_id = $2), 0)
                   - coalesce((SELECT sum(r.credit_minor) FROM refund r
                               WHERE r.customer_id = $1 AND r.order_id = $2 AND r.state = 'due'), 0))::bigint AS "credit!"
           FROM payment_attempt a
           WHERE a.customer_id = $1 AND a.order_id = $2 AND a.state = 'captured' AND a.reference IS NOT NULL"#,
        of.customer.0,
        of.order.0,
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.map(|row| Left {
        attempt: row.id.into(),
        captured_minor: row.captured,
        credit_minor: row.credit,
    }))
}

pub(super) async fn delivery_refunded(tx: &mut PgConnection, of: Owned) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM refund WHERE customer_id = $1 AND order_id = $2 AND delivery AND state <> 'failed')
               AS "so!""#,
        of.customer.0,
        of.order.0,
    )
    .fetch_one(tx)
    .await
}

pub(super) async fn under_way(tx: &mut PgConnection, of: Owned) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM refund WHERE customer_id = $1 AND order_id = $2 AND state = 'due') AS "so!""#,
        of.customer.0,
        of.order.0,
    )
    .fetch_one(tx)
    .await
}

/// Takes an amount from what is left of an attempt, or gives it back (negative). False when less is left.
pub(super) async fn take(
    tx: &mut PgConnection,
    of: Owned,
    attempt: Uuid,
    minor: i64,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "UPDATE payment_attempt SET refunded_minor = refunded_minor + $4
         WHERE customer_id = $1 AND order_id = $2 AND id = $3
           AND refunded_minor + $4 BETWEEN 0 AND amount_minor",
        of.customer.0,
        of.order.0,
        attempt,
        minor,
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

pub(super) async fn insert(
    tx: &mut PgConnection,
    of: Owned,
    new: &Claim,
    (captured, credit): (i64, i64),
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        "WITH refunded AS (
             INSERT INTO refund (customer_id, id, order_id, attempt_id, return_id, amount_minor, currency, reason,
                                 delivery, asked, note, state, created_at, updated_at, credit_minor)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'due', $12, $12, $15))
         INSERT INTO refund_line (customer_id, refund_id, position, quantity)
         SELECT $1, $2, position, quantity FROM unnest($13::int[], $14::int[]) AS part (position, quantity)",
        of.customer.0,
        new.id.0,
        of.order.0,
        new.left.attempt.0,
        new.returned.map(Uuid::from),
        captured,
        new.amount.currency.code(),
        new.reason.name(),
        new.delivery,
        new.asked,
        new.note,
        now,
        &new.lines.0,
        &new.lines.1,
        credit,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Claims all that is left of the attempt whose id the refund has. False when nothing is.
pub(super) async fn insert_rest(
    tx: &mut PgConnection,
    of: Owned,
    id: Uuid,
    reason: &str,
    now: OffsetDateTime,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "WITH before AS (
             SELECT amount_minor - refunded_minor AS left_minor, currency FROM payment_attempt
             WHERE customer_id = $1 AND order_id = $2 AND id = $3 AND amount_minor > refunded_minor),
         taken AS (
             UPDATE payment_attempt SET refunded_minor = amount_minor
             WHERE customer_id = $1 AND order_id = $2 AND id = $3 AND amount_minor > refunded_minor)
         INSERT INTO refund (customer_id, id, order_id, attempt_id, amount_minor, currency, reason, state, created_at, updated_at)
         SELECT $1, $3, $2, $3, left_minor, currency, $4, 'due', $5, $5 FROM before",
        of.customer.0,
        of.order.0,
        id,
        reason,
        now,
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

pub(super) async fn set_state(
    tx: &mut PgConnection,
    of: Owned,
    refund: Uuid,
    state: &str,
    failure: Option<&str>,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE refund SET state = $3, failure = $4, updated_at = $5 WHERE customer_id = $1 AND id = $2",
        of.customer.0,
        refund,
        state,
        failure,
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Counts the refund's units as refunded (1) or not (-1). False when some were refunded otherwise meanwhile.
pub(super) async fn count_lines(
    tx: &mut PgConnection,
    of: Owned,
    refund: Uuid,
    sign: i32,
) -> sqlx::Result<bool> {
    let row = sqlx::query!(
        r#"WITH counted AS (
               UPDATE order_line l SET refunded = l.refunded + $4 * part.quantity
               FROM refund_line part
               WHERE part.customer_id = $1 AND part.refund_id = $3
                 AND l.customer_id = $1 AND l.order_id = $2 AND l.position = part.position
                 AND l.refunded + $4 * part.quantity BETWEEN 0 AND l.quantity
               RETURNING l.position)
           SELECT (SELECT count(*) FROM counted) AS "counted!",
                  (SELECT count(*) FROM refund_line WHERE customer_id = $1 AND refund_id = $3) AS "of!""#,
        of.customer.0,
        of.order.0,
        refund,
        sign,
    )
    .fetch_one(tx)
    .await?;
    Ok(row.counted == row.of)
}

/// Adds what the provider sent back to the order; whether all that it was paid with went back now.
pub(super) async fn add_refunded(
    tx: &mut PgConnection,
    of: Owned,
    minor: i64,
    now: OffsetDateTime,
) -> sqlx::Result<bool> {
    let whole = sqlx::query_scalar!(
        r#"UPDATE orders o SET refunded_minor = refunded_minor + $3, version = version + 1, updated_at = $4
           WHERE customer_id = $1 AND id = $2
           RETURNING o.refunded_minor >= (
               SELECT a.amount_minor FROM payment_attempt a
               WHERE a.customer_id = $1 AND a.order_id = $2 AND a.state = 'captured')
             AND NOT EXISTS (SELECT FROM order_credit c
                             WHERE c.customer_id = $1 AND c.order_id = $2 AND c.returned_minor < c.amount_minor) AS "whole""#,
        of.customer.0,
        of.order.0,
        minor,
        now,
    )
    .fetch_optional(tx)
    .await?;
    Ok(whole.flatten().unwrap_or(false))
}
