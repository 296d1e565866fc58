//! What all of paying asks of orders and attempts.

use super::attempt::Identity;
use super::provider::Saved;
use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

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
    /// The shopper wants the means of payment kept.
    pub keeps_method: bool,
}

pub(super) async fn lock(tx: &mut PgConnection, of: Identity) -> sqlx::Result<Option<LockedRow>> {
    sqlx::query_as!(
        LockedRow,
        r#"SELECT o.state AS order_state, a.state AS attempt_state, o.number, a.provider, a.amount_minor,
                  a.currency, a.reference, a.duplicate_at IS NOT NULL AS "is_duplicate!",
                  o.called_off_at IS NOT NULL AS "called_off!",
                  coalesce((SELECT c.form ->> 'keep_method' = 'true' FROM checkout c
                            WHERE c.customer_id = o.customer_id AND c.id = o.checkout_id), false) AS "keeps_method!"
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
    pub deferred: bool,
    pub given_up_at: Option<OffsetDateTime>,
    pub order_state: String,
    pub placed_at: OffsetDateTime,
    /// When its provider was asked for the first time, or could have been.
    pub begun_at: OffsetDateTime,
    /// A capture, or a charge, was asked for, and it is not known how it went.
    pub capture_asked_at: Option<OffsetDateTime>,
    pub charge_customer: Option<String>,
    pub charge_method: Option<String>,
}

impl OpenRow {
    /// The means of payment that it charges; None for one that the shopper pays.
    pub(super) fn saved(&self) -> Option<Saved> {
        let both = self.charge_customer.clone().zip(self.charge_method.clone());
        both.map(|(customer, method)| Saved { customer, method })
    }

    pub(super) fn identity(&self) -> Identity {
        Identity {
            customer: self.customer_id.into(),
            order: self.order_id.into(),
            attempt: self.id.into(),
        }
    }
}

/// An order's attempts that may yet be paid: at most one.
pub(super) async fn open_attempts(
    db: &mut PgConnection,
    customer: Uuid,
    order: Uuid,
) -> sqlx::Result<Vec<OpenRow>> {
    sqlx::query_as!(
        OpenRow,
        r#"SELECT a.customer_id, a.order_id, a.id, a.provider, a.reference, a.deferred_at IS NOT NULL AS "deferred!",
                  a.given_up_at, o.state AS order_state, o.placed_at, a.capture_asked_at, a.charge_customer,
                  a.charge_method, coalesce(a.asked_at, a.created_at) AS "begun_at!"
           FROM payment_attempt a JOIN orders o ON o.customer_id = a.customer_id AND o.id = a.order_id
           WHERE a.customer_id = $1 AND a.order_id = $2
             AND a.state IN ('created', 'pending', 'unknown') AND a.given_up_at IS NULL
           ORDER BY a.created_at"#,
        customer,
        order,
    )
    .fetch_all(db)
    .await
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

/// The provider of an attempt, and what it calls it.
pub(super) async fn reference_of(
    db: &PgPool,
    customer: Uuid,
    attempt: Uuid,
) -> sqlx::Result<Option<(String, String)>> {
    let row = sqlx::query!(
        r#"SELECT provider, reference AS "reference!" FROM payment_attempt
           WHERE customer_id = $1 AND id = $2 AND reference IS NOT NULL"#,
        customer,
        attempt,
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| (row.provider, row.reference)))
}
