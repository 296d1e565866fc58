//! What the tests change by hand.

use domain::{ProductId, VariantId};
use sqlx::PgPool;
use time::OffsetDateTime;

pub async fn publish_at(db: &PgPool, product: ProductId, at: Option<OffsetDateTime>) {
    sqlx::query("UPDATE product SET published_at = $2 WHERE id = $1")
        .bind(product.0)
        .bind(at)
        .execute(db)
        .await
        .unwrap();
}

pub async fn set_status(db: &PgPool, product: ProductId, status: &str) {
    sqlx::query("UPDATE product SET status = $2 WHERE id = $1")
        .bind(product.0)
        .bind(status)
        .execute(db)
        .await
        .unwrap();
}

pub async fn retire(db: &PgPool, variant: VariantId) {
    sqlx::query("UPDATE variant SET retired_at = now() WHERE id = $1")
        .bind(variant.0)
        .execute(db)
        .await
        .unwrap();
}

/// Orders hold so many of it.
pub async fn hold(db: &PgPool, variant: VariantId, count: i64) {
    sqlx::query("UPDATE stock SET held = $2 WHERE variant_id = $1")
        .bind(variant.0)
        .bind(count)
        .execute(db)
        .await
        .unwrap();
}

/// So many of it lie somewhere else too.
pub async fn stock_elsewhere(db: &PgPool, variant: VariantId, count: i64) {
    sqlx::query(
        "WITH place AS (INSERT INTO location (id, code, name) VALUES (gen_random_uuid(), 'lido', 'Lido') RETURNING id)
         INSERT INTO stock (variant_id, location_id, on_hand) SELECT $1, id, $2 FROM place",
    )
    .bind(variant.0)
    .bind(count)
    .execute(db)
    .await
    .unwrap();
}

pub async fn swatch(db: &PgPool, name: &str, hex: &str) {
    sqlx::query("INSERT INTO swatch (name, hex) VALUES ($1, $2)")
        .bind(name)
        .bind(hex)
        .execute(db)
        .await
        .unwrap();
}

/// German texts of a product.
pub async fn translate(db: &PgPool, product: ProductId, title: &str, lead: &str) {
    sqlx::query(
        "INSERT INTO product_translation (product_id, locale, title, lead) VALUES ($1, 'de', $2, $3)
         ON CONFLICT (product_id, locale) DO UPDATE SET title = excluded.title, lead = excluded.lead",
    )
    .bind(product.0)
    .bind(title)
    .bind(lead)
    .execute(db)
    .await
    .unwrap();
}

/// English texts of a product.
pub async fn describe(db: &PgPool, product: ProductId, subtitle: &str, lead: &str, body: &str) {
    sqlx::query("UPDATE product SET subtitle = $2, lead = $3, body_html = $4 WHERE id = $1")
        .bind(product.0)
        .bind(subtitle)
        .bind(lead)
        .bind(body)
        .execute(db)
        .await
        .unwrap();
}
