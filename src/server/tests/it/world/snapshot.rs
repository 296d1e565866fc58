//! What of the database must not differ when nothing may have changed.

use sqlx::PgPool;

/// Orders, payments, stock, carts, customers, keys and webhooks, row by row; of checkouts all but what was typed and when, since a
/// refused form is kept. Jobs, logs and events are not part of it: refusals may be logged.
pub async fn snapshot(db: &PgPool) -> String {
    const QUERY: &str = "
        SELECT string_agg(part, E'\\n') FROM (
            SELECT 'order ' || o::text AS part FROM orders o
            UNION ALL SELECT 'line ' || l::text FROM order_line l
            UNION ALL SELECT 'attempt ' || a::text FROM payment_attempt a
            UNION ALL SELECT 'number ' || n::text FROM order_number n
            UNION ALL SELECT 'key ' || k::text FROM idempotency_key k
            UNION ALL SELECT 'reference ' || r::text FROM payment_reference r
            UNION ALL SELECT 'webhook ' || w::text FROM webhook_event w
            UNION ALL SELECT 'stock ' || s::text FROM stock s
            UNION ALL SELECT 'ledger ' || s::text FROM stock_ledger s
            UNION ALL SELECT 'cart ' || c::text FROM cart c
            UNION ALL SELECT 'cart line ' || c::text FROM cart_line c
            UNION ALL SELECT 'command ' || c::text FROM cart_command c
            UNION ALL SELECT 'customer ' || c::text FROM customer c
            UNION ALL SELECT 'session ' || s::text FROM session s
            UNION ALL SELECT 'checkout ' || c.id || c.customer_id || c.cart_id || c.key || (c.state = 'placed') FROM checkout c
            ORDER BY 1
        ) AS parts";
    sqlx::query_scalar::<_, Option<String>>(QUERY)
        .fetch_one(db)
        .await
        .expect("a snapshot")
        .unwrap_or_default()
}
