//! What the tests change by hand.

use domain::{CategoryId, ProductId};
use sqlx::PgPool;
use time::OffsetDateTime;

pub async fn category(db: &PgPool, slug: &str) -> CategoryId {
    let id = sqlx::query_scalar("SELECT id FROM category WHERE slug = $1")
        .bind(slug)
        .fetch_one(db)
        .await
        .unwrap();
    CategoryId(id)
}

pub async fn set_vendor(db: &PgPool, product: ProductId, vendor: &str) {
    sqlx::query("UPDATE product SET vendor = $2 WHERE id = $1")
        .bind(product.0)
        .bind(vendor)
        .execute(db)
        .await
        .unwrap();
}

pub async fn publish_at(db: &PgPool, product: ProductId, at: OffsetDateTime) {
    sqlx::query("UPDATE product SET published_at = $2 WHERE id = $1")
        .bind(product.0)
        .bind(at)
        .execute(db)
        .await
        .unwrap();
}

/// So many products (`many-1`, …) in one category, at 1 to 9 euros.
pub async fn many(db: &PgPool, category: CategoryId, count: i32, at: OffsetDateTime) {
    sqlx::query(
        "WITH made AS (
             INSERT INTO product (id, slug, title, category_id, status, published_at, created_at, updated_at)
             SELECT gen_random_uuid(), 'many-' || n, 'Plain thing ' || n, $1, 'active', $3, $3, $3 FROM generate_series(1, $2) n
             RETURNING id, position),
         varied AS (
             INSERT INTO variant (id, product_id, position, sku)
             SELECT gen_random_uuid(), id, 1, '' FROM made RETURNING id)
         INSERT INTO price (variant_id, market, amount_minor)
         SELECT id, 'eu', 100 + (row_number() OVER ()) % 9 * 100 FROM varied",
    )
    .bind(category.0)
    .bind(count)
    .bind(at)
    .execute(db)
    .await
    .unwrap();
}
