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

/// Each category's path by slug, as a file's: `kitchen/tableware`.
pub async fn paths(db: &PgPool) -> Vec<String> {
    sqlx::query_scalar(
        "SELECT (SELECT string_agg(up.slug, '/' ORDER BY array_position(c.path, up.id)) FROM category up
                 WHERE up.id = ANY (c.path)) AS path
         FROM category c ORDER BY path",
    )
    .fetch_all(db)
    .await
    .unwrap()
}

/// Everything that an arrangement may change, as one text.
pub async fn arrangement(db: &PgPool) -> String {
    sqlx::query_scalar(
        "SELECT concat((SELECT json_agg(c ORDER BY id) FROM category c), (SELECT json_agg(b ORDER BY name) FROM brand b),
                       (SELECT json_agg(a ORDER BY code) FROM attribute a),
                       (SELECT json_agg(v ORDER BY product_id, attribute, position) FROM product_attribute v),
                       (SELECT json_agg(c ORDER BY id) FROM collection c),
                       (SELECT json_agg(m ORDER BY collection_id, position) FROM collection_product m),
                       (SELECT json_agg(r ORDER BY product_id, position) FROM related_product r),
                       (SELECT json_agg(p ORDER BY id) FROM product p), (SELECT count(*) FROM audit_log),
                       (SELECT json_agg(p ORDER BY id) FROM price_schedule p), (SELECT count(*) FROM outbox))",
    )
    .fetch_one(db)
    .await
    .unwrap()
}

pub async fn delete_product(db: &PgPool, slug: &str) {
    sqlx::query("DELETE FROM product WHERE slug = $1")
        .bind(slug)
        .execute(db)
        .await
        .unwrap();
}

/// `product attribute value unit`.
pub async fn attributes(db: &PgPool) -> Vec<String> {
    sqlx::query_scalar(
        "SELECT concat_ws(' ', p.slug, v.attribute, text_value, number_value, boolean_value::text, nullif(a.unit, ''))
         FROM product_attribute v JOIN product p ON p.id = product_id JOIN attribute a ON a.code = v.attribute
         ORDER BY p.slug, v.attribute, v.position",
    )
    .fetch_all(db)
    .await
    .unwrap()
}

pub async fn set_vendor(db: &PgPool, slug: &str, vendor: &str) {
    sqlx::query("UPDATE product SET vendor = $2 WHERE slug = $1")
        .bind(slug)
        .bind(vendor)
        .execute(db)
        .await
        .unwrap();
}

/// `slug name`.
pub async fn brands(db: &PgPool) -> Vec<String> {
    sqlx::query_scalar("SELECT slug || ' ' || name FROM brand ORDER BY slug COLLATE \"C\"")
        .fetch_all(db)
        .await
        .unwrap()
}

/// `slug: its rule, or its products in order`.
pub async fn collections(db: &PgPool) -> Vec<String> {
    sqlx::query_scalar(
        "SELECT c.slug || ': ' || coalesce(c.rule::text, string_agg(p.slug, ' ' ORDER BY m.position))
         FROM collection c
         LEFT JOIN collection_product m ON m.collection_id = c.id LEFT JOIN product p ON p.id = m.product_id
         GROUP BY c.id ORDER BY c.position",
    )
    .fetch_all(db)
    .await
    .unwrap()
}

/// The actions in the audit log that begin so, each once.
pub async fn audited(db: &PgPool, prefix: &str) -> Vec<String> {
    sqlx::query_scalar(
        "SELECT DISTINCT action FROM audit_log WHERE starts_with(action, $1) ORDER BY action",
    )
    .bind(prefix)
    .fetch_all(db)
    .await
    .unwrap()
}
