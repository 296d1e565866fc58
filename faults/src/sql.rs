//! What the database is asked, and now and then told. Columns that other releases may lack are read through JSON.

use sqlx::{PgPool, Row};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// An order with what the shop believes of its money.
pub struct OrderRow {
    pub number: String,
    pub state: String,
    /// What is owed in money: the total less what gift cards paid.
    pub owed: i64,
    /// Sent back by refunds of a part.
    pub refunded: i64,
    pub attempts: Vec<Uuid>,
}

/// Every order. Amounts in minor units.
pub async fn orders(db: &PgPool) -> sqlx::Result<Vec<OrderRow>> {
    let rows = sqlx::query(
        "SELECT o.number, o.state,
                o.total_minor - coalesce((to_jsonb(o) ->> 'credit_minor')::bigint, 0) AS owed,
                (SELECT coalesce(sum(coalesce((to_jsonb(a) ->> 'refunded_minor')::bigint, 0)), 0)::bigint
                 FROM payment_attempt a WHERE a.customer_id = o.customer_id AND a.order_id = o.id) AS refunded,
                ARRAY(SELECT a.id FROM payment_attempt a
                      WHERE a.customer_id = o.customer_id AND a.order_id = o.id) AS attempts
         FROM orders o",
    )
    .fetch_all(db)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(OrderRow {
                number: row.try_get("number")?,
                state: row.try_get("state")?,
                owed: row.try_get("owed")?,
                refunded: row.try_get("refunded")?,
                attempts: row.try_get("attempts")?,
            })
        })
        .collect()
}

/// What is wrong with stock, in words.
const STOCK: &[&str] = &[
    // Replayed from empty, the ledger makes the very stock there is.
    "SELECT format('S: %s is %s/%s/%s (on hand, held, sold), its ledger makes %s/%s/%s',
                   v.sku, s.on_hand, s.held, s.sold, l.on_hand, l.held, l.sold)
     FROM stock s JOIN variant v ON v.id = s.variant_id
     CROSS JOIN LATERAL (
         SELECT coalesce(sum(on_hand_change), 0)::bigint AS on_hand, coalesce(sum(held_change), 0)::bigint AS held,
                coalesce(sum(sold_change), 0)::bigint AS sold
         FROM stock_ledger l WHERE l.variant_id = s.variant_id AND l.location_id = s.location_id) AS l
     WHERE (s.on_hand, s.held, s.sold) IS DISTINCT FROM (l.on_hand, l.held, l.sold)",
    // Nothing of what the harness sells may be sold without being there.
    "SELECT format('S: %s is oversold: %s on hand, %s held, %s sold', v.sku, s.on_hand, s.held, s.sold)
     FROM stock s JOIN variant v ON v.id = s.variant_id
     WHERE s.on_hand < 0 OR s.held < 0 OR s.sold < 0 OR s.held > s.on_hand",
    // What is held and sold is what orders say.
    "SELECT format('S: of %s %s are held and %s sold, orders hold %s and have bought %s to %s',
                   v.sku, s.held, s.sold, o.held, o.sold, o.sold + o.back)
     FROM stock s JOIN variant v ON v.id = s.variant_id
     CROSS JOIN LATERAL (
         SELECT coalesce(sum(t.quantity) FILTER (WHERE t.state IN ('payment_due', 'promised')), 0)::bigint AS held,
                coalesce(sum(t.quantity) FILTER (WHERE t.state = 'paid'), 0)::bigint AS sold,
                coalesce(sum(t.quantity) FILTER (WHERE t.state IN ('refund_due', 'refunded')), 0)::bigint AS back
         FROM (SELECT o.state, l.quantity FROM order_line l
               JOIN orders o ON o.customer_id = l.customer_id AND o.id = l.order_id
               WHERE l.variant_id = s.variant_id AND l.location_id = s.location_id
               UNION ALL SELECT o.state, l.quantity FROM order_stock l
               JOIN orders o ON o.customer_id = l.customer_id AND o.id = l.order_id
               WHERE l.variant_id = s.variant_id AND l.location_id = s.location_id
               UNION ALL SELECT 'promised', h.quantity FROM stock_hold h
               WHERE h.variant_id = s.variant_id AND h.location_id = s.location_id) AS t) AS o
     WHERE s.held <> o.held OR s.sold < o.sold OR s.sold > o.sold + o.back",
];

/// What is wrong with effects, in words.
const EFFECTS: &[&str] = &[
    "SELECT format('E: order %s is %s and %s events say that it was paid', o.number, o.state, e.count)
     FROM orders o CROSS JOIN LATERAL (
         SELECT count(*) FROM outbox e WHERE e.subject_id = o.id AND e.kind = 'order.paid') AS e
     WHERE (o.state = 'paid' AND e.count <> 1) OR e.count > 1
        OR (o.state IN ('payment_due', 'cancelled') AND e.count > 0)",
    "SELECT format('E: order %s was placed and %s events say so', o.number, e.count)
     FROM orders o CROSS JOIN LATERAL (
         SELECT count(*) FROM outbox e WHERE e.subject_id = o.id AND e.kind = 'order.placed') AS e
     WHERE e.count <> 1",
    "SELECT format('E: an event %s is about order %s, which does not exist', e.kind, e.subject_id)
     FROM outbox e WHERE e.kind LIKE 'order.%'
       AND NOT EXISTS (SELECT FROM orders o WHERE o.id = e.subject_id)",
    "SELECT format('E: order %s has moved %s by %s %s times', l.reference, v.sku, l.cause, count(*))
     FROM stock_ledger l JOIN variant v ON v.id = l.variant_id JOIN orders o ON o.id = l.reference
     WHERE l.cause IN ('hold', 'sale', 'release')
     GROUP BY l.reference, v.sku, l.cause HAVING count(*) > 1",
    "SELECT format('E: a job %s failed for good: %s', consumer, last_error) FROM job WHERE state = 'parked'",
];

/// Everything that is wrong with the rows by themselves.
pub async fn row_violations(db: &PgPool) -> sqlx::Result<Vec<String>> {
    let mut found = Vec::new();
    for query in STOCK.iter().chain(EFFECTS) {
        found.extend(
            sqlx::query_scalar::<_, String>(*query)
                .fetch_all(db)
                .await?,
        );
    }
    Ok(found)
}

/// On hand and sold of each SKU together: what there was to sell.
pub async fn units(db: &PgPool) -> sqlx::Result<BTreeMap<String, i64>> {
    let rows: Vec<(String, i64)> = sqlx::query_as(
        "SELECT v.sku, sum(s.on_hand + s.sold)::bigint FROM stock s JOIN variant v ON v.id = s.variant_id GROUP BY 1",
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().collect())
}

/// On hand, held and sold of a SKU.
pub async fn stock(db: &PgPool, sku: &str) -> sqlx::Result<(i64, i64, i64)> {
    sqlx::query_as(
        "SELECT on_hand, held, sold FROM stock s JOIN variant v ON v.id = s.variant_id WHERE v.sku = $1",
    )
    .bind(sku)
    .fetch_one(db)
    .await
}

/// The variants whose SKU begins like this, in its order.
pub async fn variants(db: &PgPool, sku: &str) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar("SELECT id FROM variant WHERE sku LIKE $1 || '%' ORDER BY sku")
        .bind(sku)
        .fetch_all(db)
        .await
}

/// How many orders each of these keys leads to.
pub async fn orders_of(db: &PgPool, keys: &[Uuid]) -> sqlx::Result<Vec<(Uuid, i64)>> {
    sqlx::query_as(
        "SELECT asked.key, count(o.id)
         FROM unnest($1::uuid[]) AS asked (key)
         LEFT JOIN idempotency_key k ON k.key = asked.key
         LEFT JOIN orders o ON o.customer_id = k.customer_id AND o.id = k.order_id
         GROUP BY asked.key",
    )
    .bind(keys)
    .fetch_all(db)
    .await
}

/// Ids of events that tell that an order was paid, and of those with a mail's job.
pub async fn mail_events(db: &PgPool) -> sqlx::Result<(BTreeSet<String>, BTreeSet<String>)> {
    let all: Vec<String> = sqlx::query_scalar("SELECT id::text FROM outbox")
        .fetch_all(db)
        .await?;
    let mailed: Vec<String> =
        sqlx::query_scalar("SELECT event_id::text FROM job WHERE consumer LIKE 'mail.%'")
            .fetch_all(db)
            .await?;
    Ok((all.into_iter().collect(), mailed.into_iter().collect()))
}

/// Ids of webhooks that were kept.
pub async fn webhooks(db: &PgPool) -> sqlx::Result<BTreeSet<String>> {
    let ids: Vec<String> = sqlx::query_scalar("SELECT event_id FROM webhook_event")
        .fetch_all(db)
        .await?;
    Ok(ids.into_iter().collect())
}

/// What the shop still has to do, in words; empty when it is at rest.
pub async fn unfinished(db: &PgPool) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar(
        "SELECT format('job %s, tried %s times: %s', consumer, attempts, coalesce(last_error, 'not failed'))
         FROM job WHERE state = 'waiting'
         UNION ALL SELECT format('webhook %s is not handled', event_id) FROM webhook_event WHERE handled_at IS NULL
         UNION ALL SELECT format('order %s is to be refunded', number) FROM orders WHERE state = 'refund_due'",
    )
    .fetch_all(db)
    .await
}

/// How many orders there are in that state.
pub async fn count(db: &PgPool, state: &str) -> sqlx::Result<i64> {
    sqlx::query_scalar("SELECT count(*) FROM orders WHERE state = $1")
        .bind(state)
        .fetch_one(db)
        .await
}

/// Makes silent payments look as if a minute more had passed, so that a short run need not wait for it.
pub async fn let_a_minute_pass(db: &PgPool) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE payment_attempt SET updated_at = updated_at - interval '1 minute'
         WHERE state IN ('created', 'pending', 'unknown')",
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Ends the leases of jobs whose worker is dead.
pub async fn end_leases(db: &PgPool) -> sqlx::Result<()> {
    sqlx::query("UPDATE job SET run_at = now() WHERE state = 'waiting'")
        .execute(db)
        .await?;
    Ok(())
}

/// Lets the hold of all unpaid orders run out now; how many there are.
pub async fn let_holds_expire(db: &PgPool) -> sqlx::Result<u64> {
    let done = sqlx::query("UPDATE orders SET hold_expires_at = now() WHERE state = 'payment_due'")
        .execute(db)
        .await?;
    Ok(done.rows_affected())
}

/// Cancels all unpaid orders behind the shop's back, as an operator's hand or an older release may have left them: the stock
/// is free again, and the provider's page still open.
pub async fn cancel_by_hand(db: &PgPool) -> sqlx::Result<u64> {
    let done = sqlx::query(
        "WITH cancelled AS (
             UPDATE orders SET state = 'cancelled' WHERE state = 'payment_due' RETURNING customer_id, id),
         freed AS (
             SELECT l.variant_id, l.location_id, l.quantity, c.id
             FROM order_line l JOIN cancelled c ON c.customer_id = l.customer_id AND c.id = l.order_id
             WHERE l.location_id IS NOT NULL),
         ledger AS (
             INSERT INTO stock_ledger (id, at, variant_id, location_id, on_hand_change, held_change, sold_change, cause, reference)
             SELECT gen_random_uuid(), now(), variant_id, location_id, 0, -quantity, 0, 'release', id FROM freed)
         UPDATE stock s SET held = s.held - f.quantity
         FROM (SELECT variant_id, location_id, sum(quantity) AS quantity FROM freed GROUP BY 1, 2) AS f
         WHERE s.variant_id = f.variant_id AND s.location_id = f.location_id",
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}

/// Takes the net away that would catch a hold of what is not there.
pub async fn drop_the_check_on_stock(db: &PgPool) -> sqlx::Result<()> {
    sqlx::query("ALTER TABLE stock DROP CONSTRAINT IF EXISTS stock_never_oversold")
        .execute(db)
        .await?;
    Ok(())
}

/// Ends every session of the shop; how many there were.
pub async fn terminate_sessions(db: &PgPool) -> sqlx::Result<i64> {
    sqlx::query_scalar(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
         WHERE datname = current_database() AND application_name <> 'faults' AND pid <> pg_backend_pid()",
    )
    .fetch_one(db)
    .await
}

/// Sessions that have begun a transaction and do nothing.
pub async fn idle_in_transaction(db: &PgPool) -> sqlx::Result<i64> {
    sqlx::query_scalar(
        "SELECT count(*) FROM pg_stat_activity
         WHERE datname = current_database() AND state LIKE 'idle in transaction%'",
    )
    .fetch_one(db)
    .await
}

/// Deadlocks that PostgreSQL had to resolve in this database.
pub async fn deadlocks(db: &PgPool) -> sqlx::Result<i64> {
    sqlx::query_scalar("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        .fetch_one(db)
        .await
}

/// How many units all orders together are of.
pub async fn units_ordered(db: &PgPool) -> sqlx::Result<i64> {
    sqlx::query_scalar("SELECT coalesce(sum(quantity), 0)::bigint FROM order_line")
        .fetch_one(db)
        .await
}
