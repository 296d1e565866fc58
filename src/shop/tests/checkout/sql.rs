//! What tests look up, and set up, in the tables.

use domain::{OrderId, VariantId};
use sqlx::PgPool;

/// On hand, held, sold.
pub async fn stock(db: &PgPool, variant: VariantId) -> (i64, i64, i64) {
    sqlx::query_as("SELECT on_hand, held, sold FROM stock WHERE variant_id = $1")
        .bind(variant.0)
        .fetch_one(db)
        .await
        .unwrap()
}

/// The sums of what orders changed of on hand, held and sold, as the ledger has it.
pub async fn ledger(db: &PgPool, variant: VariantId) -> (i64, i64, i64) {
    sqlx::query_as(
        "SELECT coalesce(sum(on_hand_change), 0)::bigint, coalesce(sum(held_change), 0)::bigint,
                coalesce(sum(sold_change), 0)::bigint
         FROM stock_ledger WHERE variant_id = $1 AND cause <> 'import'",
    )
    .bind(variant.0)
    .fetch_one(db)
    .await
    .unwrap()
}

pub async fn count_orders(db: &PgPool) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM orders")
        .fetch_one(db)
        .await
        .unwrap()
}

/// The states of an order's attempts, oldest first.
pub async fn attempts(db: &PgPool, order: OrderId) -> Vec<String> {
    sqlx::query_scalar(
        "SELECT state FROM payment_attempt WHERE order_id = $1 ORDER BY created_at, id",
    )
    .bind(order.0)
    .fetch_all(db)
    .await
    .unwrap()
}

/// The providers and states of an order's attempts, oldest first.
pub async fn tries(db: &PgPool, order: OrderId) -> Vec<(String, String)> {
    sqlx::query_as(
        "SELECT provider, state FROM payment_attempt WHERE order_id = $1 ORDER BY created_at, id",
    )
    .bind(order.0)
    .fetch_all(db)
    .await
    .unwrap()
}

/// Runs a statement of a test's own.
pub async fn run(db: &PgPool, statement: &'static str) {
    sqlx::raw_sql(statement).execute(db).await.unwrap();
}

/// A number that a test asks for.
pub async fn count(db: &PgPool, query: &'static str) -> i64 {
    sqlx::query_scalar(query).fetch_one(db).await.unwrap()
}

/// The kinds of an order's events, oldest first.
pub async fn events(db: &PgPool, order: OrderId) -> Vec<String> {
    sqlx::query_scalar("SELECT kind FROM outbox WHERE subject_id = $1 ORDER BY transaction, id")
        .bind(order.0)
        .fetch_all(db)
        .await
        .unwrap()
}

/// What the audit log says was done to a subject, and by whom.
pub async fn audited(db: &PgPool, subject: &str) -> Vec<(String, String)> {
    sqlx::query_as(
        "SELECT action, actor ->> 'kind' FROM audit_log WHERE subject_id = $1 ORDER BY action",
    )
    .bind(subject)
    .fetch_all(db)
    .await
    .unwrap()
}

/// The tags of every change of pages.
pub async fn page_tags(db: &PgPool) -> Vec<Vec<String>> {
    sqlx::query_scalar(
        "SELECT ARRAY(SELECT jsonb_array_elements_text(payload -> 'tags') ORDER BY 1) FROM outbox
         WHERE kind = 'pages.changed' ORDER BY transaction, id",
    )
    .fetch_all(db)
    .await
    .unwrap()
}

/// State, tries and last error of every job, by its consumer.
pub async fn jobs(db: &PgPool) -> Vec<(String, String, i32, Option<String>)> {
    sqlx::query_as("SELECT consumer, state, attempts, last_error FROM job ORDER BY created_at, id")
        .fetch_all(db)
        .await
        .unwrap()
}

pub async fn webhooks(db: &PgPool) -> Vec<(String, bool)> {
    sqlx::query_as("SELECT event_id, handled_at IS NOT NULL FROM webhook_event ORDER BY event_id")
        .fetch_all(db)
        .await
        .unwrap()
}

/// From now on delivery costs nothing. For shops that start later.
pub async fn deliver_for_nothing(db: &PgPool) {
    sqlx::query("UPDATE delivery_band SET price_minor = 0")
        .execute(db)
        .await
        .unwrap();
}

/// A job about nothing that exists, for `subject`.
pub async fn add_job(
    db: &PgPool,
    consumer: &str,
    subject: uuid::Uuid,
    at: time::OffsetDateTime,
) -> uuid::Uuid {
    let id = uuid::Uuid::now_v7();
    sqlx::query(
        "INSERT INTO job (id, consumer, event_id, subject_id, payload, run_at, created_at)
         VALUES ($1, $2, $1, $3, '{}', $4, $4)",
    )
    .bind(id)
    .bind(consumer)
    .bind(subject)
    .bind(at)
    .execute(db)
    .await
    .unwrap();
    id
}

/// Events older than `before`, and finished jobs.
pub async fn count_old(db: &PgPool, before: time::OffsetDateTime) -> (i64, i64) {
    sqlx::query_as(
        "SELECT (SELECT count(*) FROM outbox WHERE at < $1), (SELECT count(*) FROM job WHERE created_at < $1)",
    )
    .bind(before)
    .fetch_one(db)
    .await
    .unwrap()
}

/// The product of a variant.
pub async fn product_of(db: &PgPool, variant: VariantId) -> domain::ProductId {
    sqlx::query_scalar("SELECT product_id FROM variant WHERE id = $1")
        .bind(variant.0)
        .fetch_one(db)
        .await
        .map(domain::ProductId)
        .unwrap()
}

/// Another place where stock lies; after the first one.
pub async fn add_location(db: &PgPool, code: &str) {
    sqlx::query("INSERT INTO location (id, code, name) VALUES ($1, $2, $2)")
        .bind(uuid::Uuid::now_v7())
        .bind(code)
        .execute(db)
        .await
        .unwrap();
}

/// Changes what is on hand behind the ledger's back.
pub async fn tamper(db: &PgPool, variant: VariantId, more: i64) {
    sqlx::query("UPDATE stock SET on_hand = on_hand + $2 WHERE variant_id = $1")
        .bind(variant.0)
        .bind(more)
        .execute(db)
        .await
        .unwrap();
}

/// Holds units for nobody, with an entry in the ledger.
pub async fn leak_hold(db: &PgPool, variant: VariantId, units: i64) {
    sqlx::query(
        "WITH held AS (UPDATE stock SET held = held + $2 WHERE variant_id = $1 RETURNING location_id)
         INSERT INTO stock_ledger (id, at, variant_id, location_id, on_hand_change, held_change, sold_change, cause)
         SELECT gen_random_uuid(), now(), $1, location_id, 0, $2, 0, 'hold' FROM held",
    )
    .bind(variant.0)
    .bind(units)
    .execute(db)
    .await
    .unwrap();
}

/// Holds that wait to be claimed.
pub async fn count_holds(db: &PgPool) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM stock_hold")
        .fetch_one(db)
        .await
        .unwrap()
}

/// How many batches of holds were committed.
pub async fn batches(db: &PgPool) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM audit_log WHERE action = 'stock.hold'")
        .fetch_one(db)
        .await
        .unwrap()
}

/// What refunds have claimed of an order's captured payment, and what the order says went back; minor units.
pub async fn refunded(db: &PgPool, order: OrderId) -> (i64, i64) {
    sqlx::query_as(
        "SELECT coalesce((SELECT sum(refunded_minor) FROM payment_attempt WHERE order_id = o.id)::bigint, 0),
                o.refunded_minor
         FROM orders o WHERE o.id = $1",
    )
    .bind(order.0)
    .fetch_one(db)
    .await
    .unwrap()
}

/// The newest job of that consumer.
pub async fn job_of(db: &PgPool, consumer: &str) -> uuid::Uuid {
    sqlx::query_scalar(
        "SELECT id FROM job WHERE consumer = $1 ORDER BY created_at DESC, id DESC LIMIT 1",
    )
    .bind(consumer)
    .fetch_one(db)
    .await
    .unwrap()
}

pub async fn parked_job(db: &PgPool) -> uuid::Uuid {
    sqlx::query_scalar("SELECT id FROM job WHERE state = 'parked'")
        .fetch_one(db)
        .await
        .unwrap()
}

/// The causes of a variant's ledger rows, oldest first.
pub async fn causes(db: &PgPool, variant: VariantId) -> Vec<String> {
    sqlx::query_scalar("SELECT cause FROM stock_ledger WHERE variant_id = $1 AND cause <> 'import' ORDER BY at, id")
        .bind(variant.0)
        .fetch_all(db)
        .await
        .unwrap()
}

/// The customer of `order` is folded into `heir`, as when a guest signs in.
pub async fn hand_over(shop: &shop::Shop, order: OrderId, heir: domain::CustomerId) {
    let guest: uuid::Uuid = sqlx::query_scalar("SELECT customer_id FROM orders WHERE id = $1")
        .bind(order.0)
        .fetch_one(&shop.db)
        .await
        .unwrap();
    let caller = shop::Caller::machine("test", "test");
    shop::customer::merge(shop, &caller, guest.into(), heir)
        .await
        .expect("merged");
}

/// What a job is about.
pub async fn set_payload(db: &PgPool, job: uuid::Uuid, payload: serde_json::Value) {
    sqlx::query("UPDATE job SET payload = $2 WHERE id = $1")
        .bind(job)
        .bind(payload)
        .execute(db)
        .await
        .unwrap();
}

/// When a job is due, or its lease ends; and its tries.
pub async fn due(db: &PgPool, job: uuid::Uuid) -> (time::OffsetDateTime, i32) {
    sqlx::query_as("SELECT run_at, attempts FROM job WHERE id = $1")
        .bind(job)
        .fetch_one(db)
        .await
        .unwrap()
}

/// Whoever wants to read a webhook waits until this is dropped.
pub async fn lock_webhooks(db: &PgPool) -> sqlx::Transaction<'static, sqlx::Postgres> {
    let mut tx = shop::transaction::begin(db).await.unwrap();
    sqlx::query("LOCK TABLE webhook_event IN ACCESS EXCLUSIVE MODE")
        .execute(&mut *tx)
        .await
        .unwrap();
    tx
}

/// What PostgreSQL's clock shows.
pub async fn now(db: &PgPool) -> time::OffsetDateTime {
    sqlx::query_scalar("SELECT clock_timestamp()")
        .fetch_one(db)
        .await
        .unwrap()
}

/// How often pages with this tag were said to have changed.
pub async fn page_changes(db: &PgPool, tag: &str) -> i64 {
    sqlx::query_scalar(
        "SELECT count(*) FROM outbox WHERE kind = 'pages.changed' AND payload -> 'tags' ? $1",
    )
    .bind(tag)
    .fetch_one(db)
    .await
    .unwrap()
}

/// All that weighs: orders, attempts, stock, keys, what follows a payment, events and jobs.
pub async fn books(db: &PgPool) -> String {
    sqlx::query_scalar(
        "SELECT json_build_array(
             (SELECT json_agg(json_build_array(id, state, total_minor, refunded_minor, version) ORDER BY id) FROM orders),
             (SELECT json_agg(json_build_array(id, state, reference, amount_minor, refunded_minor) ORDER BY id)
              FROM payment_attempt),
             (SELECT json_agg(json_build_array(variant_id, on_hand, held, sold) ORDER BY variant_id) FROM stock),
             (SELECT count(*) FROM idempotency_key), (SELECT count(*) FROM refund), (SELECT count(*) FROM shipment),
             (SELECT count(*) FROM order_return), (SELECT count(*) FROM outbox), (SELECT count(*) FROM job))::text",
    )
    .fetch_one(db)
    .await
    .unwrap()
}
