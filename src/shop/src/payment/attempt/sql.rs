//! Attempts, from their making to their page.

use super::Identity;
use crate::payment::provider::Started;
use sqlx::types::Json;
use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

/// What a provider's page is made of.
pub(in crate::payment) struct FactsRow {
    pub number: String,
    pub token: String,
    pub market: String,
    pub locale: String,
    pub email: String,
    pub amount_minor: i64,
    pub currency: String,
    pub provider: String,
    pub begun_at: OffsetDateTime,
    pub quote: Json<domain::pricing::Quote>,
    pub lines: Json<Vec<domain::cart::CartLine>>,
    /// By what the shopper wants to pay, and whether that is to be kept.
    pub payment: Option<String>,
    pub keeps_method: bool,
}

pub(super) async fn facts(db: &PgPool, of: Identity) -> sqlx::Result<Option<FactsRow>> {
    sqlx::query_as!(
        FactsRow,
        r#"SELECT o.number, o.token, o.market, o.locale, o.email, a.amount_minor, a.currency, a.provider,
                  coalesce(a.asked_at, a.created_at) AS "begun_at!", o.quote AS "quote: Json<domain::pricing::Quote>",
                  (SELECT jsonb_agg(l.line ORDER BY l.position) FROM order_line l
                   WHERE l.customer_id = o.customer_id AND l.order_id = o.id)
                      AS "lines!: Json<Vec<domain::cart::CartLine>>",
                  c.form ->> 'payment' AS payment, coalesce(c.form ->> 'keep_method' = 'true', false) AS "keeps_method!"
           FROM payment_attempt a JOIN orders o ON o.customer_id = a.customer_id AND o.id = a.order_id
           LEFT JOIN checkout c ON c.customer_id = o.customer_id AND c.id = o.checkout_id
           WHERE a.customer_id = $1 AND a.id = $2"#,
        of.customer.0,
        of.attempt.0,
    )
    .fetch_optional(db)
    .await
}

/// The page is open: its reference and address. False when the attempt was given up or settled meanwhile; the reference is
/// kept all the same, so that the page can be closed.
pub(super) async fn record_started(
    db: &mut PgConnection,
    of: Identity,
    provider: &str,
    started: &Started,
    now: OffsetDateTime,
) -> sqlx::Result<bool> {
    let open = sqlx::query_scalar!(
        r#"WITH reference AS (
             INSERT INTO payment_reference (provider, reference, customer_id, order_id, attempt_id)
             VALUES ($4, $5, $1, $2, $3) ON CONFLICT DO NOTHING)
         UPDATE payment_attempt
         SET state = CASE WHEN state IN ('created', 'unknown') AND given_up_at IS NULL THEN 'pending' ELSE state END,
             reference = $5, redirect_url = $6, updated_at = $7
         WHERE customer_id = $1 AND order_id = $2 AND id = $3
         RETURNING state = 'pending' AND given_up_at IS NULL AS "open!""#,
        of.customer.0,
        of.order.0,
        of.attempt.0,
        provider,
        started.reference,
        started.redirect_url,
        now,
    )
    .fetch_optional(db)
    .await?;
    Ok(open.unwrap_or(false))
}

/// The link to pay is to be mailed: whether it was not before. The stock is held until then at least. The order is locked.
pub(super) async fn take_link(
    tx: &mut PgConnection,
    of: Identity,
    now: OffsetDateTime,
    hold_until: OffsetDateTime,
) -> sqlx::Result<bool> {
    let first = sqlx::query_scalar!(
        r#"WITH before AS (SELECT payment_link_at FROM orders WHERE customer_id = $1 AND id = $2)
           UPDATE orders o
           SET payment_link_at = coalesce(o.payment_link_at, $3), hold_expires_at = greatest(o.hold_expires_at, $4)
           FROM before
           WHERE o.customer_id = $1 AND o.id = $2
           RETURNING before.payment_link_at IS NULL AS "first!""#,
        of.customer.0,
        of.order.0,
        now,
        hold_until,
    )
    .fetch_optional(tx)
    .await?;
    Ok(first.unwrap_or(false))
}

/// The page was not opened, and will not be: the attempt's last state.
pub(super) async fn set_not_started(
    db: &PgPool,
    of: Identity,
    state: &str,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE payment_attempt SET state = $3, updated_at = $4, deferred_at = NULL
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

/// Ends an attempt whose page nobody was shown, and that is no charge under way; one that may have been opened stays unknown, and is given up. False when it
/// was opened, given up or settled before.
pub(super) async fn give_up(
    tx: &mut PgConnection,
    of: Identity,
    state: &str,
    now: OffsetDateTime,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "UPDATE payment_attempt
         SET state = $4, updated_at = $5, deferred_at = NULL,
             given_up_at = CASE WHEN $4 = 'unknown' THEN $5::timestamptz END
         WHERE customer_id = $1 AND order_id = $2 AND id = $3
           AND state IN ('created', 'unknown') AND reference IS NULL AND given_up_at IS NULL
           AND capture_asked_at IS NULL",
        of.customer.0,
        of.order.0,
        of.attempt.0,
        state,
        now,
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The attempt that follows another, over the same amount.
pub(super) async fn insert_next(
    tx: &mut PgConnection,
    after: Identity,
    id: Uuid,
    provider: &str,
    now: OffsetDateTime,
    deferred_at: Option<OffsetDateTime>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO payment_attempt
             (customer_id, id, order_id, provider, state, amount_minor, currency, created_at, updated_at, deferred_at)
         SELECT customer_id, $3, order_id, $4, 'created', amount_minor, currency, $5, $5, $6
         FROM payment_attempt WHERE customer_id = $1 AND id = $2",
        after.customer.0,
        after.attempt.0,
        id,
        provider,
        now,
        deferred_at,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// The attempt waits for a provider; whether it can.
pub(super) async fn defer(
    tx: &mut PgConnection,
    of: Identity,
    now: OffsetDateTime,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "UPDATE payment_attempt SET deferred_at = $4, updated_at = $4
         WHERE customer_id = $1 AND order_id = $2 AND id = $3
           AND state = 'created' AND reference IS NULL AND given_up_at IS NULL AND deferred_at IS NULL",
        of.customer.0,
        of.order.0,
        of.attempt.0,
        now,
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// An attempt that waited is begun by whoever gets it from here; whether it still waited. Its stock is held until then at
/// least.
pub(super) async fn claim_one_deferred(
    db: &PgPool,
    of: Identity,
    now: OffsetDateTime,
    hold_until: OffsetDateTime,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "WITH due AS (
             UPDATE orders SET hold_expires_at = greatest(hold_expires_at, $5)
             WHERE customer_id = $1 AND id = $2 AND state = 'payment_due'
             RETURNING id)
         UPDATE payment_attempt SET deferred_at = NULL, asked_at = $4, updated_at = $4
         WHERE customer_id = $1 AND order_id = (SELECT id FROM due) AND id = $3
           AND state = 'created' AND deferred_at IS NOT NULL",
        of.customer.0,
        of.order.0,
        of.attempt.0,
        now,
        hold_until,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The attempt that an order would be paid by.
pub(super) struct NewestRow {
    pub state: String,
    pub redirect_url: Option<String>,
    pub deferred: bool,
}

pub(super) async fn newest_attempt(
    db: &PgPool,
    customer: Uuid,
    order: Uuid,
) -> sqlx::Result<Option<NewestRow>> {
    sqlx::query_as!(
        NewestRow,
        r#"SELECT state, redirect_url, deferred_at IS NOT NULL AS "deferred!" FROM payment_attempt
           WHERE customer_id = $1 AND order_id = $2
           ORDER BY created_at DESC, id DESC LIMIT 1"#,
        customer,
        order,
    )
    .fetch_optional(db)
    .await
}
