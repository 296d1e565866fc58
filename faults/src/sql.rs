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
    /// Sent back of the payment that counts; not what was paid twice.
    pub refunded: i64,
    pub attempts: Vec<Uuid>,
}

/// Every order. Amounts in minor units.
pub async fn orders(db: &PgPool) -> sqlx::Result<Vec<OrderRow>> {
    let rows = sqlx::query(
        "SELECT o.number, o.state,
                o.total_minor - coalesce((to_jsonb(o) ->> 'credit_minor')::bigint, 0) AS owed,
                coalesce((to_jsonb(o) ->> 'refunded_minor')::bigint, 0) AS refunded,
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
         FROM (SELECT o.state, CASE o.state WHEN 'paid' THEN l.quantity - l.withdrawn ELSE l.quantity END AS quantity
               FROM order_line l JOIN orders o ON o.customer_id = l.customer_id AND o.id = l.order_id
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
    "SELECT format('E: order %s is %s and %s events say that it was paid', e.number, e.state, e.count)
     FROM (SELECT o.number, o.state, count(e.id)
           FROM orders o LEFT JOIN outbox e ON e.subject_id = o.id AND e.kind = 'order.paid'
           GROUP BY o.customer_id, o.id) AS e
     WHERE (e.state = 'paid' AND e.count <> 1) OR e.count > 1
        OR (e.state IN ('payment_due', 'cancelled') AND e.count > 0)",
    "SELECT format('E: order %s was placed and %s events say so', e.number, e.count)
     FROM (SELECT o.number, o.state, count(e.id)
           FROM orders o LEFT JOIN outbox e ON e.subject_id = o.id AND e.kind = 'order.placed'
           GROUP BY o.customer_id, o.id) AS e
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

/// What is wrong with codes and gift cards, in words.
const CREDIT: &[&str] = &[
    "SELECT format('S: promotion %s counts %s uses, %s orders that stand have it, and %s may', p.name, p.used, u.count, p.most_uses)
     FROM promotion p CROSS JOIN LATERAL (
         SELECT count(*) FROM promotion_use u JOIN orders o ON o.customer_id = u.customer_id AND o.id = u.order_id
         WHERE u.promotion_id = p.id AND u.released_at IS NULL AND o.state <> 'cancelled') AS u
     WHERE p.most_uses IS NOT NULL AND (p.used <> u.count OR u.count > p.most_uses)",
    "SELECT format('M: gift card %s holds %s, its entries make %s', c.id, c.balance_minor, e.sum)
     FROM gift_card c CROSS JOIN LATERAL (
         SELECT coalesce(sum(change_minor), 0) AS sum, min(balance_minor) AS least
         FROM gift_card_entry e WHERE e.card_id = c.id) AS e
     WHERE c.balance_minor <> e.sum OR c.balance_minor < 0 OR e.least < 0",
    // What was spent and not given back is what orders that stand were paid with.
    "SELECT format('M: of gift card %s %s were spent, orders that stand have %s of it', c.id, e.spent, o.owed)
     FROM gift_card c
     CROSS JOIN LATERAL (SELECT coalesce(-sum(change_minor), 0) AS spent
                         FROM gift_card_entry e WHERE e.card_id = c.id AND e.cause <> 'issue') AS e
     CROSS JOIN LATERAL (SELECT coalesce(sum(r.amount_minor - r.returned_minor), 0) AS owed
                         FROM order_credit r JOIN orders o ON o.customer_id = r.customer_id AND o.id = r.order_id
                         WHERE r.card_id = c.id AND o.state <> 'cancelled') AS o
     WHERE e.spent <> o.owed",
    "SELECT format('M: order %s of %s has refunds of %s, and %s were captured', o.number, o.total_minor, r.sum, c.sum)
     FROM orders o
     CROSS JOIN LATERAL (SELECT coalesce(sum(amount_minor), 0) AS sum FROM refund r
                         WHERE r.customer_id = o.customer_id AND r.order_id = o.id AND r.state <> 'failed') AS r
     CROSS JOIN LATERAL (SELECT coalesce(sum(amount_minor), 0) AS sum FROM payment_attempt a
                         WHERE a.customer_id = o.customer_id AND a.order_id = o.id AND a.state = 'captured') AS c
     WHERE r.sum > c.sum",
];

/// Everything that is wrong with the rows by themselves.
pub async fn row_violations(db: &PgPool) -> sqlx::Result<Vec<String>> {
    let mut found = Vec::new();
    for query in STOCK.iter().chain(EFFECTS).chain(CREDIT) {
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

/// Ids of all events, and of those whose mail must have been sent. Nobody is asked to pay an order that was paid or given up
/// before its link was mailed.
pub async fn mail_events(db: &PgPool) -> sqlx::Result<(BTreeSet<String>, BTreeSet<String>)> {
    let all: Vec<String> = sqlx::query_scalar("SELECT id::text FROM outbox")
        .fetch_all(db)
        .await?;
    let mailed: Vec<String> =
        sqlx::query_scalar(
            "SELECT j.event_id::text FROM job j LEFT JOIN orders o ON o.id = j.subject_id
             WHERE j.consumer LIKE 'mail.%' AND (j.consumer <> 'mail.payment_link' OR o.state = 'payment_due')",
        )
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

/// How many events were kept and handled that had happened so many hours before they came.
pub async fn late_events(db: &PgPool, hours: u32) -> sqlx::Result<i64> {
    sqlx::query_scalar(
        "SELECT count(*) FROM webhook_event
         WHERE handled_at IS NOT NULL
           AND coalesce(to_timestamp((payload ->> 'created')::bigint), (payload ->> 'create_time')::timestamptz)
               < received_at - make_interval(hours => $1) + interval '1 hour'",
    )
    .bind(hours.cast_signed())
    .fetch_one(db)
    .await
}

/// What the shop still has to do, in words; empty when it is at rest.
pub async fn unfinished(db: &PgPool) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar(
        "SELECT format('job %s, tried %s times: %s', consumer, attempts, coalesce(last_error, 'not failed'))
         FROM job WHERE state = 'waiting'
         UNION ALL SELECT format('webhook %s is not handled', event_id) FROM webhook_event WHERE handled_at IS NULL
         UNION ALL SELECT format('order %s is to be refunded', number) FROM orders WHERE state = 'refund_due'
         -- What its next user is told that was written would not be.
         UNION ALL SELECT format('session %s is inside a transaction since %s; it last ran %s', pid, xact_start, left(query, 100))
         FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
           AND xact_start < clock_timestamp() - interval '5 s'",
    )
    .fetch_all(db)
    .await
}

/// What orders that came to nothing still keep, in words.
pub async fn unreleased(db: &PgPool) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar(
        "SELECT format('S: %s of %s are still held, and no order waits', s.held, v.sku)
         FROM stock s JOIN variant v ON v.id = s.variant_id
         WHERE s.held <> 0 AND NOT EXISTS (SELECT FROM orders WHERE state = 'payment_due')
         UNION ALL SELECT format('S: order %s was given up and still has its code', o.number)
         FROM orders o JOIN promotion_use u ON u.customer_id = o.customer_id AND u.order_id = o.id
         WHERE o.state = 'cancelled' AND u.released_at IS NULL
         UNION ALL SELECT format('M: order %s was given up and keeps %s of a gift card', o.number, r.amount_minor - r.returned_minor)
         FROM orders o JOIN order_credit r ON r.customer_id = o.customer_id AND r.order_id = o.id
         WHERE o.state = 'cancelled' AND r.returned_minor < r.amount_minor",
    )
    .fetch_all(db)
    .await
}

/// The attempts whose pages shoppers were led to, and are still to be paid at, with the provider's name of each.
pub async fn live_pages(db: &PgPool) -> sqlx::Result<BTreeSet<String>> {
    let pages: Vec<String> = sqlx::query_scalar(
        "SELECT reference FROM payment_attempt
         WHERE state IN ('created', 'pending', 'unknown') AND given_up_at IS NULL AND reference IS NOT NULL",
    )
    .fetch_all(db)
    .await?;
    Ok(pages.into_iter().collect())
}

/// Of orders that were to wait for a provider: how many have been paid, were mailed one link, none, or several.
pub async fn links(db: &PgPool) -> sqlx::Result<(i64, i64, i64, i64)> {
    sqlx::query_as(
        "SELECT count(*) FILTER (WHERE state = 'paid'), count(*) FILTER (WHERE state <> 'paid' AND mails = 1),
                count(*) FILTER (WHERE state <> 'paid' AND mails = 0), count(*) FILTER (WHERE mails > 1)
         FROM (SELECT o.state, (SELECT count(*) FROM job j JOIN outbox e ON e.id = j.event_id
                                WHERE e.subject_id = o.id AND j.consumer = 'mail.payment_link' AND j.state = 'done') AS mails
               FROM orders o) AS o",
    )
    .fetch_one(db)
    .await
}

/// The number of the order that is paid at that page.
pub async fn number_of(db: &PgPool, page: &str) -> sqlx::Result<String> {
    sqlx::query_scalar(
        "SELECT o.number FROM orders o JOIN payment_attempt a ON a.customer_id = o.customer_id AND a.order_id = o.id
         WHERE a.reference = $1",
    )
    .bind(page)
    .fetch_one(db)
    .await
}

pub async fn is_paid(db: &PgPool, number: &str) -> sqlx::Result<bool> {
    sqlx::query_scalar("SELECT EXISTS (SELECT FROM orders WHERE number = $1 AND state = 'paid')")
        .bind(number)
        .fetch_one(db)
        .await
}

/// How many orders are in which state: `paid 3, refunded 4`.
pub async fn states(db: &PgPool) -> sqlx::Result<String> {
    let states: Option<String> = sqlx::query_scalar(
        "SELECT string_agg(format('%s %s', state, count), ', ' ORDER BY state)
         FROM (SELECT state, count(*) FROM orders GROUP BY state) AS o",
    )
    .fetch_one(db)
    .await?;
    Ok(states.unwrap_or_default())
}

/// How many refunds were taken on by their provider.
pub async fn refunds(db: &PgPool) -> sqlx::Result<i64> {
    sqlx::query_scalar("SELECT count(*) FROM refund WHERE state = 'sent'")
        .fetch_one(db)
        .await
}

/// Of all gift cards: what they were issued with, what was spent of it, and what the least of them holds, in minor units.
pub async fn cards(db: &PgPool) -> sqlx::Result<(i64, i64, i64)> {
    sqlx::query_as(
        "SELECT coalesce(sum(change_minor) FILTER (WHERE cause = 'issue'), 0)::bigint,
                coalesce(-sum(change_minor) FILTER (WHERE cause <> 'issue'), 0)::bigint,
                (SELECT coalesce(min(balance_minor), 0) FROM gift_card)
         FROM gift_card_entry",
    )
    .fetch_one(db)
    .await
}

/// How many orders stand that have that promotion.
pub async fn uses(db: &PgPool, code: &str) -> sqlx::Result<i64> {
    sqlx::query_scalar(
        "SELECT count(*) FROM promotion_use u JOIN orders o ON o.customer_id = u.customer_id AND o.id = u.order_id
         WHERE u.code = $1 AND u.released_at IS NULL AND o.state <> 'cancelled'",
    )
    .bind(code)
    .fetch_one(db)
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
    // Many do so at once, beside the shop: nobody waits for another's row with a row of their own.
    let done = sqlx::query(
        "UPDATE orders o SET hold_expires_at = now()
         FROM (SELECT customer_id, id FROM orders WHERE state = 'payment_due' AND hold_expires_at > now()
               FOR UPDATE SKIP LOCKED) AS due
         WHERE (o.customer_id, o.id) = (due.customer_id, due.id)",
    )
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
