//! Orders.

use domain::cart::CartLine;
use domain::checkout::Address;
use domain::fulfilment::Followed;
use domain::pricing::{DeliveryOption, Quote};
use sqlx::types::Json;
use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

pub(super) struct OrderRow {
    pub customer_id: Uuid,
    pub id: Uuid,
    pub number: String,
    pub token: String,
    pub market: String,
    pub locale: String,
    pub state: String,
    /// Of the newest attempt; a captured one goes before.
    pub attempt_state: String,
    pub email: String,
    pub address: Json<Address>,
    pub delivery: Json<DeliveryOption>,
    pub quote: Json<Quote>,
    pub placed_at: OffsetDateTime,
    pub lines: Json<Vec<CartLine>>,
    pub called_off_at: Option<OffsetDateTime>,
    pub followed: Json<Followed>,
}

pub(super) async fn by_number(db: &PgPool, number: &str) -> sqlx::Result<Option<OrderRow>> {
    sqlx::query_as!(
        OrderRow,
        r#"SELECT o.customer_id, o.id, o.number, o.token, o.market, o.locale, o.state,
                  (SELECT a.state FROM payment_attempt a WHERE a.customer_id = o.customer_id AND a.order_id = o.id
                   ORDER BY a.state = 'captured' DESC, a.created_at DESC, a.id DESC LIMIT 1) AS "attempt_state!",
                  o.email, o.address AS "address: Json<Address>", o.delivery AS "delivery: Json<DeliveryOption>",
                  o.quote AS "quote: Json<Quote>", o.placed_at,
                  (SELECT jsonb_agg(l.line ORDER BY l.position) FROM order_line l
                   WHERE l.customer_id = o.customer_id AND l.order_id = o.id) AS "lines!: Json<Vec<CartLine>>",
                  o.called_off_at, order_followed(o.customer_id, o.id) AS "followed!: Json<Followed>"
           FROM order_number n JOIN orders o ON o.customer_id = n.customer_id AND o.id = n.order_id
           WHERE n.number = $1"#,
        number,
    )
    .fetch_optional(db)
    .await
}

pub(super) struct SecretRow {
    pub customer_id: Uuid,
    pub token: String,
}

pub(super) async fn secret(db: &PgPool, number: &str) -> sqlx::Result<Option<SecretRow>> {
    sqlx::query_as!(
        SecretRow,
        "SELECT o.customer_id, o.token FROM order_number n
         JOIN orders o ON o.customer_id = n.customer_id AND o.id = n.order_id WHERE n.number = $1",
        number,
    )
    .fetch_optional(db)
    .await
}

pub(super) async fn by_id(
    db: &PgPool,
    customer: Uuid,
    order: Uuid,
) -> sqlx::Result<Option<OrderRow>> {
    sqlx::query_as!(
        OrderRow,
        r#"SELECT o.customer_id, o.id, o.number, o.token, o.market, o.locale, o.state,
                  (SELECT a.state FROM payment_attempt a WHERE a.customer_id = o.customer_id AND a.order_id = o.id
                   ORDER BY a.state = 'captured' DESC, a.created_at DESC, a.id DESC LIMIT 1) AS "attempt_state!",
                  o.email, o.address AS "address: Json<Address>", o.delivery AS "delivery: Json<DeliveryOption>",
                  o.quote AS "quote: Json<Quote>", o.placed_at,
                  (SELECT jsonb_agg(l.line ORDER BY l.position) FROM order_line l
                   WHERE l.customer_id = o.customer_id AND l.order_id = o.id) AS "lines!: Json<Vec<CartLine>>",
                  o.called_off_at, order_followed(o.customer_id, o.id) AS "followed!: Json<Followed>"
           FROM orders o WHERE o.customer_id = $1 AND o.id = $2"#,
        customer,
        order,
    )
    .fetch_optional(db)
    .await
}

pub(crate) async fn set_state(
    tx: &mut PgConnection,
    customer: Uuid,
    order: Uuid,
    state: &str,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE orders SET state = $3, version = version + 1, updated_at = $4 WHERE customer_id = $1 AND id = $2",
        customer,
        order,
        state,
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// An order that may be paid again, with its newest attempt.
pub(super) struct PayableRow {
    pub customer_id: Uuid,
    pub id: Uuid,
    pub token: String,
    pub state: String,
    pub market: String,
    pub attempt_id: Uuid,
    pub attempt_state: String,
    pub provider: String,
    pub amount_minor: i64,
    pub currency: String,
    pub reference: Option<String>,
    pub redirect_url: Option<String>,
    /// It waits for a provider.
    pub deferred: bool,
    /// When it was last heard of.
    pub updated_at: OffsetDateTime,
    /// By what the shopper wants to pay.
    pub payment: Option<String>,
}

pub(super) async fn payable(db: &PgPool, number: &str) -> sqlx::Result<Option<PayableRow>> {
    sqlx::query_as!(
        PayableRow,
        r#"SELECT o.customer_id, o.id, o.token, o.state, o.market, a.id AS attempt_id, a.state AS attempt_state,
                  a.provider, a.amount_minor, a.currency, a.reference, a.redirect_url,
                  a.deferred_at IS NOT NULL AS "deferred!", a.updated_at,
                  (SELECT nullif(c.form ->> 'payment', '') FROM checkout c
                   WHERE c.customer_id = o.customer_id AND c.id = o.checkout_id) AS payment
           FROM order_number n
           JOIN orders o ON o.customer_id = n.customer_id AND o.id = n.order_id
           JOIN payment_attempt a ON a.customer_id = o.customer_id AND a.order_id = o.id
           WHERE n.number = $1
           ORDER BY a.created_at DESC, a.id DESC LIMIT 1"#,
        number,
    )
    .fetch_optional(db)
    .await
}

/// Adds an attempt to an unpaid order that has none which could be paid, and holds its stock a while longer, `longest` after
/// it was placed (or its link to pay was mailed) at most. False when it is not so, or too late. The order is locked then.
pub(super) async fn insert_attempt(
    tx: &mut PgConnection,
    (customer, order, attempt): (Uuid, Uuid, Uuid),
    provider: &str,
    now: OffsetDateTime,
    hold_until: OffsetDateTime,
    longest: time::Duration,
) -> sqlx::Result<bool> {
    let locked = sqlx::query_scalar!(
        "SELECT id FROM orders WHERE customer_id = $1 AND id = $2 AND state = 'payment_due' FOR UPDATE",
        customer,
        order,
    )
    .fetch_optional(&mut *tx)
    .await?;
    if locked.is_none() {
        return Ok(false);
    }
    let seconds = longest.as_seconds_f64();
    let done = sqlx::query!(
        "WITH longer AS (
             UPDATE orders
             SET hold_expires_at = greatest(hold_expires_at, least($6, coalesce(payment_link_at, placed_at) + make_interval(secs => $7)))
             WHERE customer_id = $1 AND id = $2)
         INSERT INTO payment_attempt
             (customer_id, id, order_id, provider, state, amount_minor, currency, created_at, updated_at)
         SELECT customer_id, $3, id, $4, 'created', total_minor - credit_minor, currency, $5, $5
         FROM orders o
         WHERE customer_id = $1 AND id = $2 AND coalesce(payment_link_at, placed_at) + make_interval(secs => $7) > $5
           AND NOT EXISTS (SELECT FROM payment_attempt a
                           WHERE a.customer_id = $1 AND a.order_id = $2
                             AND (a.state = 'captured' OR a.state <> 'failed' AND a.given_up_at IS NULL))",
        customer,
        order,
        attempt,
        provider,
        now,
        hold_until,
        seconds,
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}
