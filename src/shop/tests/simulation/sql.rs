//! How orders and stock stand.

use domain::{OrderId, VariantId};
use sqlx::PgPool;
use uuid::Uuid;

/// Each order's state, and its attempts' from the first on.
pub async fn orders(db: &PgPool, orders: &[OrderId]) -> Vec<(String, Vec<String>)> {
    let ids: Vec<Uuid> = orders.iter().map(|order| order.0).collect();
    sqlx::query_as(
        "SELECT o.state, array_agg(a.state ORDER BY a.created_at, a.id)
         FROM unnest($1::uuid[]) WITH ORDINALITY AS wanted (id, place)
         JOIN orders o ON o.id = wanted.id
         JOIN payment_attempt a ON a.customer_id = o.customer_id AND a.order_id = o.id
         GROUP BY wanted.place, o.state ORDER BY wanted.place",
    )
    .bind(ids)
    .fetch_all(db)
    .await
    .expect("the orders")
}

/// On hand, held and sold of each.
pub async fn stock(db: &PgPool, variants: &[VariantId]) -> Vec<(i64, i64, i64)> {
    let ids: Vec<Uuid> = variants.iter().map(|variant| variant.0).collect();
    sqlx::query_as(
        "SELECT s.on_hand, s.held, s.sold
         FROM unnest($1::uuid[]) WITH ORDINALITY AS wanted (id, place) JOIN stock s ON s.variant_id = wanted.id
         ORDER BY wanted.place",
    )
    .bind(ids)
    .fetch_all(db)
    .await
    .expect("the stock")
}

/// The sums of the ledger's changes to on hand, held and sold of each.
pub async fn ledger(db: &PgPool, variants: &[VariantId]) -> Vec<(i64, i64, i64)> {
    let ids: Vec<Uuid> = variants.iter().map(|variant| variant.0).collect();
    sqlx::query_as(
        "SELECT coalesce(sum(l.on_hand_change), 0)::bigint, coalesce(sum(l.held_change), 0)::bigint,
                coalesce(sum(l.sold_change), 0)::bigint
         FROM unnest($1::uuid[]) WITH ORDINALITY AS wanted (id, place)
         LEFT JOIN stock_ledger l ON l.variant_id = wanted.id
         GROUP BY wanted.place ORDER BY wanted.place",
    )
    .bind(ids)
    .fetch_all(db)
    .await
    .expect("the ledger")
}

/// How often an order's events of that kind were written.
pub async fn told(db: &PgPool, order: OrderId, kind: &str) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM outbox WHERE subject_id = $1 AND kind = $2")
        .bind(order.0)
        .bind(kind)
        .fetch_one(db)
        .await
        .expect("the events")
}
