//! What the tests look at, and put there by hand.

use domain::{CategoryId, CustomerId, ProductId, ReviewId, VariantId};
use sqlx::PgPool;
use time::OffsetDateTime;

/// What the audit log says of a review, the oldest first.
pub async fn audit(db: &PgPool, id: ReviewId) -> Vec<String> {
    sqlx::query_scalar(
        "SELECT action FROM audit_log WHERE subject_kind = 'review' AND subject_id = $1 ORDER BY at, id",
    )
    .bind(id.to_string())
    .fetch_all(db)
    .await
    .unwrap()
}

/// Count and sum of stars, from the reviews themselves.
pub async fn rating_of_reviews(db: &PgPool, slug: &str) -> (i64, i64) {
    sqlx::query_as(
        "SELECT count(*), coalesce(sum(stars), 0)::bigint FROM review
         WHERE state = 'published' AND product_id = (SELECT id FROM product WHERE slug = $1)",
    )
    .bind(slug)
    .fetch_one(db)
    .await
    .unwrap()
}

/// How many of a product's reviews wait.
pub async fn pending(db: &PgPool, slug: &str) -> i64 {
    sqlx::query_scalar(
        "SELECT count(*) FROM review WHERE state = 'pending' AND product_id = (SELECT id FROM product WHERE slug = $1)",
    )
    .bind(slug)
    .fetch_one(db)
    .await
    .unwrap()
}

/// How many reviews are a customer's.
pub async fn of(db: &PgPool, customer: CustomerId) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM review WHERE customer_id = $1")
        .bind(customer.0)
        .fetch_one(db)
        .await
        .unwrap()
}

/// An order of `units` of a variant, with the token `token-<number>`.
pub async fn order(
    db: &PgPool,
    (customer, number, state): (CustomerId, &str, &str),
    (variant, units): (VariantId, i32),
    at: OffsetDateTime,
) {
    let mut tx = shop::transaction::begin(db).await.unwrap();
    sqlx::query(
        r#"WITH numbered AS (SELECT gen_random_uuid() AS id),
           made AS (
               INSERT INTO orders (customer_id, id, checkout_id, number, token, market, locale, state, email, address, delivery,
                                   quote, currency, total_minor, placed_at, hold_expires_at, updated_at)
               SELECT $1, id, gen_random_uuid(), $2, 'token-' || $2, 'eu', 'en', $3, 'ada@example.com',
                      '{"name": "Ada", "line1": "1", "line2": "", "postcode": "1", "city": "1", "region": "", "country": "IT", "phone": ""}',
                      '{"code": "standard", "name": "Standard", "price": {"minor": 0, "currency": "EUR"}, "days": [1, 2]}',
                      '{"lines": [], "discount": {"minor": 0, "currency": "EUR"}, "delivery": {"minor": 0, "currency": "EUR"},
                        "tax": {"minor": 0, "currency": "EUR"}, "total": {"minor": 100, "currency": "EUR"}}',
                      'EUR', 100, $6, $6, $6
               FROM numbered RETURNING customer_id, id),
           named AS (
               INSERT INTO order_number (number, customer_id, order_id) SELECT $2, customer_id, id FROM made),
           tried AS (
               INSERT INTO payment_attempt (customer_id, id, order_id, provider, state, amount_minor, currency, created_at, updated_at)
               SELECT customer_id, gen_random_uuid(), id, 'stripe', 'captured', 100, 'EUR', $6, $6 FROM made)
           INSERT INTO order_line (customer_id, order_id, position, variant_id, quantity, line, subtotal_minor, discount_minor,
                                   tax_minor)
           SELECT customer_id, id, 1, $4, $5, '{}', 100, 0, 0 FROM made"#,
    )
    .bind(customer.0)
    .bind(number)
    .bind(state)
    .bind(variant.0)
    .bind(units)
    .bind(at)
    .execute(&mut *tx)
    .await
    .unwrap();
    tx.commit().await.unwrap();
}

/// What shoppers are said to have made of a product: stars of so many reviews.
pub async fn rate(db: &PgPool, product: ProductId, stars: &[i16]) {
    for given in stars {
        sqlx::query(
            "WITH made AS (INSERT INTO customer (id, created_at) VALUES (gen_random_uuid(), now()) RETURNING id)
             INSERT INTO review (customer_id, id, product_id, state, stars, title, body, name, market, locale, is_verified,
                                 written_at, moderated_at)
             SELECT id, gen_random_uuid(), $1, 'published', $2, 'a', 'b', 'c', 'eu', 'en', false, now(), now() FROM made",
        )
        .bind(product.0)
        .bind(given)
        .execute(db)
        .await
        .unwrap();
    }
}

/// Units that a product is said to have sold.
pub async fn sold_lately(db: &PgPool, slug: &str) -> i64 {
    sqlx::query_scalar("SELECT sold_lately FROM product WHERE slug = $1")
        .bind(slug)
        .fetch_one(db)
        .await
        .unwrap()
}

/// So many products (`many-1`, …) without merit.
pub async fn many(db: &PgPool, count: i32, at: OffsetDateTime) {
    sqlx::query(
        "WITH made AS (
             INSERT INTO product (id, slug, title, category_id, status, published_at, created_at, updated_at)
             SELECT gen_random_uuid(), 'many-' || n, 'Plain thing ' || n, (SELECT id FROM category WHERE slug = 'things'),
                    'active', $2, $2, $2
             FROM generate_series(1, $1) n
             RETURNING id),
         varied AS (
             INSERT INTO variant (id, product_id, position, sku)
             SELECT gen_random_uuid(), id, 1, '' FROM made RETURNING id)
         INSERT INTO price (variant_id, market, amount_minor) SELECT id, 'eu', 100 FROM varied",
    )
    .bind(count)
    .bind(at)
    .execute(db)
    .await
    .unwrap();
}

pub async fn category(db: &PgPool, slug: &str) -> CategoryId {
    let id = sqlx::query_scalar("SELECT id FROM category WHERE slug = $1")
        .bind(slug)
        .fetch_one(db)
        .await
        .unwrap();
    CategoryId(id)
}
