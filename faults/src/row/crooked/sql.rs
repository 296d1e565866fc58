//! What the crooked must not change, and what they are given to lie about.

use sqlx::PgPool;
use uuid::Uuid;

/// Orders, payments, stock, cards, carts and what is to be done: all of it but webhooks that were kept, which are the log of
/// what was refused.
pub async fn books(db: &PgPool) -> sqlx::Result<String> {
    sqlx::query_scalar(
        "SELECT json_build_array(
             (SELECT json_agg(json_build_array(id, state, total_minor, refunded_minor, version) ORDER BY id) FROM orders),
             (SELECT json_agg(json_build_array(id, state, reference, amount_minor, refunded_minor) ORDER BY id)
              FROM payment_attempt),
             (SELECT json_agg(json_build_array(variant_id, on_hand, held, sold) ORDER BY variant_id) FROM stock),
             (SELECT json_agg(json_build_array(cart_id, variant_id, quantity) ORDER BY cart_id, variant_id) FROM cart_line),
             (SELECT json_agg(json_build_array(id, balance_minor) ORDER BY id) FROM gift_card),
             (SELECT count(*) FROM idempotency_key), (SELECT count(*) FROM refund), (SELECT count(*) FROM shipment),
             (SELECT count(*) FROM order_return), (SELECT count(*) FROM outbox WHERE kind <> 'webhook.received'),
             (SELECT count(*) FROM job WHERE consumer <> 'webhook.handle'))::text",
    )
    .fetch_one(db)
    .await
}

/// An order and the attempt to pay it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Known {
    pub number: String,
    pub token: String,
    pub attempt: Uuid,
    pub reference: String,
    /// In minor units.
    pub amount: i64,
}

/// The order that was placed under that key.
pub async fn known(db: &PgPool, key: Uuid) -> sqlx::Result<Known> {
    sqlx::query_as(
        "SELECT o.number, o.token, a.id AS attempt, coalesce(a.reference, '') AS reference, a.amount_minor AS amount
         FROM idempotency_key k JOIN orders o ON o.customer_id = k.customer_id AND o.id = k.order_id
         JOIN payment_attempt a ON a.customer_id = o.customer_id AND a.order_id = o.id
         WHERE k.key = $1 ORDER BY a.id LIMIT 1",
    )
    .bind(key)
    .fetch_one(db)
    .await
}
