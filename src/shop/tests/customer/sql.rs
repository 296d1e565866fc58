//! What these tests look up, and write where no use case does yet.

use domain::CustomerId;
use serde_json::Value;
use sqlx::{PgPool, query, query_as, query_scalar};
use uuid::Uuid;

pub async fn token_hashes(db: &PgPool) -> Vec<Vec<u8>> {
    query_scalar("SELECT token_hash FROM session")
        .fetch_all(db)
        .await
        .expect("hashes")
}

#[derive(sqlx::FromRow)]
pub struct Entry {
    pub subject: String,
    pub actor: Value,
    pub cause: String,
    pub trace: Option<String>,
    pub change: Value,
}

/// The only entry of that action.
pub async fn audit_entry(db: &PgPool, action: &str) -> Entry {
    query_as("SELECT subject_id AS subject, actor, cause, trace_id AS trace, change FROM audit_log WHERE action = $1")
        .bind(action)
        .fetch_one(db)
        .await
        .expect("an entry")
}

pub async fn count(db: &PgPool, what: &'static str) -> i64 {
    let table = match what {
        "merges in the audit log" => {
            "SELECT count(*) FROM audit_log WHERE action = 'customer.merge'"
        }
        "merges in the outbox" => "SELECT count(*) FROM outbox WHERE kind = 'customer.merged'",
        other => panic!("nothing counts {other}"),
    };
    query_scalar(table).fetch_one(db).await.expect("a count")
}

pub async fn successor(db: &PgPool, of: CustomerId) -> Option<Uuid> {
    query_scalar("SELECT merged_into FROM customer WHERE id = $1")
        .bind(of.0)
        .fetch_one(db)
        .await
        .expect("a customer")
}

/// From now on that customer has an account.
pub async fn claim(db: &PgPool, customer: CustomerId) {
    query(
        "UPDATE customer SET claimed_at = created_at, email = id || '@example.com' WHERE id = $1",
    )
    .bind(customer.0)
    .execute(db)
    .await
    .expect("it is claimed");
}

/// An order with everything that hangs on it, made of that customer's open cart in the euro market.
pub async fn insert_order(db: &PgPool, customer: CustomerId, variant: Uuid, number: &str) {
    let mut tx = shop::transaction::begin(db).await.expect("a transaction");
    for statement in [
        "INSERT INTO checkout (customer_id, id, cart_id, market, locale, state, key, created_at, updated_at, expires_at)
         SELECT $1, md5($3 || 'checkout')::uuid, id, 'eu', 'en', 'placed', md5($3 || 'key')::uuid,
                created_at, created_at, created_at
         FROM cart WHERE customer_id = $1 AND state = 'open' AND market = 'eu' AND $2::uuid IS NOT NULL",
        "INSERT INTO orders (customer_id, id, checkout_id, number, token, market, locale, state, email, address, delivery,
                             quote, currency, total_minor, placed_at, hold_expires_at, updated_at)
         SELECT $1, md5($3)::uuid, md5($3 || 'checkout')::uuid, $3, 'token', 'eu', 'en', 'payment_due', 'a@b.example',
                '{}', '{}', '{}', 'EUR', 2400, now(), now(), now() WHERE $2::uuid IS NOT NULL",
        "INSERT INTO order_line (customer_id, order_id, position, variant_id, quantity, line, subtotal_minor,
                                 discount_minor, tax_minor)
         VALUES ($1, md5($3)::uuid, 1, $2, 1, '{}', 2400, 0, 433)",
        "INSERT INTO payment_attempt (customer_id, id, order_id, provider, state, reference, amount_minor, currency,
                                      created_at, updated_at)
         SELECT $1, md5($3 || 'attempt')::uuid, md5($3)::uuid, 'test', 'pending', $3, 2400, 'EUR', now(), now()
         WHERE $2::uuid IS NOT NULL",
        "INSERT INTO order_number (number, customer_id, order_id)
         SELECT $3, $1, md5($3)::uuid WHERE $2::uuid IS NOT NULL",
        "INSERT INTO idempotency_key (key, customer_id, body_hash, order_id, created_at)
         SELECT md5($3 || 'any')::uuid, $1, '', md5($3)::uuid, now() WHERE $2::uuid IS NOT NULL",
        "INSERT INTO payment_reference (provider, reference, customer_id, order_id, attempt_id)
         SELECT 'test', $3, $1, md5($3)::uuid, md5($3 || 'attempt')::uuid WHERE $2::uuid IS NOT NULL",
        "INSERT INTO order_stock (customer_id, order_id, variant_id, location_id, quantity)
         SELECT $1, md5($3)::uuid, $2, id, 1 FROM location ORDER BY id LIMIT 1",
        "INSERT INTO stock_hold (customer_id, checkout_id, variant_id, location_id, quantity, expires_at)
         SELECT $1, md5($3 || 'checkout')::uuid, $2, id, 1, now() FROM location ORDER BY id LIMIT 1",
        "INSERT INTO shipment (customer_id, id, order_id, number, state, adapter, tracking_code, created_at, updated_at)
         SELECT $1, md5($3 || 'shipment')::uuid, md5($3)::uuid, 1, 'preparing', 'test', $3, now(), now() WHERE $2::uuid IS NOT NULL",
        "INSERT INTO shipment_line (customer_id, shipment_id, position, quantity)
         SELECT $1, md5($3 || 'shipment')::uuid, 1, 1 WHERE $2::uuid IS NOT NULL",
        "INSERT INTO tracking_code (adapter, code, customer_id, shipment_id)
         SELECT 'test', $3, $1, md5($3 || 'shipment')::uuid WHERE $2::uuid IS NOT NULL",
        "INSERT INTO order_return (customer_id, id, order_id, number, state, reason, created_at, updated_at)
         SELECT $1, md5($3 || 'return')::uuid, md5($3)::uuid, 1, 'announced', 'unwanted', now(), now()
         WHERE $2::uuid IS NOT NULL",
        "INSERT INTO order_return_line (customer_id, return_id, position, quantity)
         SELECT $1, md5($3 || 'return')::uuid, 1, 1 WHERE $2::uuid IS NOT NULL",
        "INSERT INTO refund (customer_id, id, order_id, attempt_id, amount_minor, currency, reason, state, created_at, updated_at)
         SELECT $1, md5($3 || 'refund')::uuid, md5($3)::uuid, md5($3 || 'attempt')::uuid, 1, 'EUR', 'agreed', 'due', now(), now()
         WHERE $2::uuid IS NOT NULL",
        "INSERT INTO refund_line (customer_id, refund_id, position, quantity)
         SELECT $1, md5($3 || 'refund')::uuid, 1, 1 WHERE $2::uuid IS NOT NULL",
        "INSERT INTO customer_claim (customer_id, id, email, email_key, market, locale, created_at, expires_at)
         SELECT $1, md5($3 || 'claim')::uuid, 'a@b.example', 'a@b.example', 'eu', 'en', now(), now() + interval '1 day'
         WHERE $2::uuid IS NOT NULL",
        "INSERT INTO claim_token (token_hash, customer_id, claim_id)
         SELECT sha256($3::text::bytea), $1, md5($3 || 'claim')::uuid WHERE $2::uuid IS NOT NULL",
        "INSERT INTO provider_customer (customer_id, provider, reference, created_at)
         SELECT $1, 'test', $3, now() WHERE $2::uuid IS NOT NULL",
        "INSERT INTO saved_payment_method (customer_id, id, provider, reference, label, created_at)
         SELECT $1, md5($3 || 'method')::uuid, 'test', $3, 'Visa', now() WHERE $2::uuid IS NOT NULL",
    ] {
        query(statement)
            .bind(customer.0)
            .bind(variant)
            .bind(number)
            .execute(&mut *tx)
            .await
            .expect(statement);
    }
    tx.commit().await.expect("it is committed");
}

/// How many rows of each table belong to a customer.
pub async fn belongings(db: &PgPool, customer: CustomerId) -> Vec<(String, i64)> {
    query_as(
        "SELECT 'cart', count(*) FROM cart WHERE customer_id = $1
         UNION ALL SELECT 'cart_line', count(*) FROM cart_line WHERE customer_id = $1
         UNION ALL SELECT 'cart_command', count(*) FROM cart_command WHERE customer_id = $1
         UNION ALL SELECT 'checkout', count(*) FROM checkout WHERE customer_id = $1
         UNION ALL SELECT 'orders', count(*) FROM orders WHERE customer_id = $1
         UNION ALL SELECT 'order_line', count(*) FROM order_line WHERE customer_id = $1
         UNION ALL SELECT 'payment_attempt', count(*) FROM payment_attempt WHERE customer_id = $1
         UNION ALL SELECT 'order_number', count(*) FROM order_number WHERE customer_id = $1
         UNION ALL SELECT 'idempotency_key', count(*) FROM idempotency_key WHERE customer_id = $1
         UNION ALL SELECT 'payment_reference', count(*) FROM payment_reference WHERE customer_id = $1
         UNION ALL SELECT 'order_stock', count(*) FROM order_stock WHERE customer_id = $1
         UNION ALL SELECT 'stock_hold', count(*) FROM stock_hold WHERE customer_id = $1
         UNION ALL SELECT 'cart_card', count(*) FROM cart_card WHERE customer_id = $1
         UNION ALL SELECT 'cart_code', count(*) FROM cart_code WHERE customer_id = $1
         UNION ALL SELECT 'customer_group', count(*) FROM customer_group WHERE customer_id = $1
         UNION ALL SELECT 'gift_card', count(*) FROM gift_card WHERE customer_id = $1
         UNION ALL SELECT 'order_credit', count(*) FROM order_credit WHERE customer_id = $1
         UNION ALL SELECT 'promotion_customer', count(*) FROM promotion_customer WHERE customer_id = $1
         UNION ALL SELECT 'promotion_use', count(*) FROM promotion_use WHERE customer_id = $1
         UNION ALL SELECT 'refund_line', count(*) FROM refund_line WHERE customer_id = $1
         UNION ALL SELECT 'refund', count(*) FROM refund WHERE customer_id = $1
         UNION ALL SELECT 'order_return_line', count(*) FROM order_return_line WHERE customer_id = $1
         UNION ALL SELECT 'order_return', count(*) FROM order_return WHERE customer_id = $1
         UNION ALL SELECT 'tracking_code', count(*) FROM tracking_code WHERE customer_id = $1
         UNION ALL SELECT 'shipment_line', count(*) FROM shipment_line WHERE customer_id = $1
         UNION ALL SELECT 'shipment', count(*) FROM shipment WHERE customer_id = $1
         UNION ALL SELECT 'customer_claim', count(*) FROM customer_claim WHERE customer_id = $1
         UNION ALL SELECT 'claim_token', count(*) FROM claim_token WHERE customer_id = $1
         UNION ALL SELECT 'provider_customer', count(*) FROM provider_customer WHERE customer_id = $1
         UNION ALL SELECT 'review', count(*) FROM review WHERE customer_id = $1
         UNION ALL SELECT 'saved_payment_method', count(*) FROM saved_payment_method WHERE customer_id = $1
         UNION ALL SELECT 'session', count(*) FROM session WHERE customer_id = $1
         UNION ALL SELECT 'wish', count(*) FROM wish WHERE customer_id = $1",
    )
    .bind(customer.0)
    .fetch_all(db)
    .await
    .expect("counts")
}

/// What a customer says of a product, and nobody has read yet.
pub async fn insert_review(db: &PgPool, customer: CustomerId, product: Uuid) {
    query(
        "INSERT INTO review (customer_id, id, product_id, state, stars, title, body, name, market, locale, is_verified,
                             written_at)
         VALUES ($1, gen_random_uuid(), $2, 'pending', 4, 'A mug', 'It holds coffee.', 'Ada', 'eu', 'en', false, now())",
    )
    .bind(customer.0)
    .bind(product)
    .execute(db)
    .await
    .expect("a review");
}

pub async fn pending_reviews(db: &PgPool, customer: CustomerId) -> i64 {
    query_scalar("SELECT count(*) FROM review WHERE customer_id = $1 AND state = 'pending'")
        .bind(customer.0)
        .fetch_one(db)
        .await
        .expect("a count")
}

/// The tables whose rows say whose they are; a merge has to know all of them.
pub async fn tables_with_customers(db: &PgPool) -> Vec<String> {
    query_scalar(
        "SELECT table_name::text FROM information_schema.columns
         WHERE column_name = 'customer_id' AND table_schema = 'public'
         ORDER BY table_name COLLATE \"C\"",
    )
    .fetch_all(db)
    .await
    .expect("tables")
}

/// An open checkout of that customer's open cart in the euro market.
pub async fn open_checkout(db: &PgPool, customer: CustomerId) {
    query(
        "INSERT INTO checkout (customer_id, id, cart_id, market, locale, state, key, created_at, updated_at, expires_at)
         SELECT $1, id, id, 'eu', 'en', 'open', id, created_at, created_at, created_at
         FROM cart WHERE customer_id = $1 AND state = 'open' AND market = 'eu'",
    )
    .bind(customer.0)
    .execute(db)
    .await
    .expect("a checkout");
}

pub async fn checkout_states(db: &PgPool, customer: CustomerId) -> Vec<String> {
    query_scalar("SELECT state FROM checkout WHERE customer_id = $1 ORDER BY state")
        .bind(customer.0)
        .fetch_all(db)
        .await
        .expect("states")
}

/// The hashes of the secrets of all mailed links.
pub async fn link_hashes(db: &PgPool) -> Vec<Vec<u8>> {
    query_scalar("SELECT token_hash FROM claim_token ORDER BY token_hash")
        .fetch_all(db)
        .await
        .expect("hashes")
}

/// Everything that events, jobs and the audit log hold, as one text.
pub async fn told(db: &PgPool) -> String {
    query_scalar(
        "SELECT (SELECT coalesce(string_agg(payload::text, ' '), '') FROM outbox)
             || (SELECT coalesce(string_agg(payload::text, ' '), '') FROM job)
             || (SELECT coalesce(string_agg(change::text, ' '), '') FROM audit_log)",
    )
    .fetch_one(db)
    .await
    .expect("a text")
}

/// Whose an e-mail address is.
pub async fn owners(db: &PgPool, email: &str) -> Vec<Uuid> {
    query_scalar(
        "SELECT id FROM customer WHERE lower(email) = lower($1) AND claimed_at IS NOT NULL AND merged_into IS NULL",
    )
    .bind(email)
    .fetch_all(db)
    .await
    .expect("customers")
}

/// A product that is kept for later.
pub async fn insert_wish(db: &PgPool, customer: CustomerId, product: Uuid) {
    query("INSERT INTO wish (customer_id, product_id, added_at) VALUES ($1, $2, now())")
        .bind(customer.0)
        .bind(product)
        .execute(db)
        .await
        .expect("a wish");
}

/// So many products that nobody sells, on a wish list.
pub async fn fill_wishes(db: &PgPool, customer: CustomerId, count: i64) {
    query(
        "WITH made AS (
             INSERT INTO product (id, slug, title, status, created_at, updated_at)
             SELECT gen_random_uuid(), 'wished-' || n, 'Wished', 'draft', now(), now() FROM generate_series(1, $2) n RETURNING id)
         INSERT INTO wish (customer_id, product_id, added_at) SELECT $1, id, now() FROM made",
    )
    .bind(customer.0)
    .bind(count)
    .execute(db)
    .await
    .expect("wishes");
}

pub async fn archive(db: &PgPool, slug: &str) {
    query("UPDATE product SET status = 'archived' WHERE slug = $1")
        .bind(slug)
        .execute(db)
        .await
        .expect("it is archived");
}

/// What events say of wishes, in their order; the audit log says the same.
pub async fn wish_events(db: &PgPool) -> Vec<String> {
    let told: Vec<String> =
        query_scalar("SELECT kind FROM outbox WHERE kind LIKE 'wish.%' ORDER BY kind")
            .fetch_all(db)
            .await
            .expect("events");
    let audited: Vec<String> =
        query_scalar("SELECT action FROM audit_log WHERE action LIKE 'wish.%' ORDER BY action")
            .fetch_all(db)
            .await
            .expect("entries");
    assert_eq!(told, audited);
    told
}
