//! What the tests look up and change by hand.

use sqlx::PgPool;
use sqlx::types::Json;
use time::OffsetDateTime;
use uuid::Uuid;

/// Everything an import may write, as one text.
pub async fn everything(db: &PgPool) -> String {
    let tables = [
        "SELECT jsonb_agg(to_jsonb(t) ORDER BY slug) FROM (SELECT * FROM product) t",
        "SELECT jsonb_agg(to_jsonb(t) ORDER BY product_id, locale) FROM product_translation t",
        "SELECT jsonb_agg(to_jsonb(t) ORDER BY product_id, position) FROM picture t",
        "SELECT jsonb_agg(to_jsonb(t) ORDER BY id) FROM variant t",
        "SELECT jsonb_agg(to_jsonb(t) ORDER BY variant_id, market) FROM price t",
        "SELECT jsonb_agg(to_jsonb(t) ORDER BY variant_id) FROM stock t",
        "SELECT jsonb_agg(to_jsonb(t) ORDER BY id) FROM stock_ledger t",
        "SELECT jsonb_agg(to_jsonb(t) ORDER BY slug) FROM category t",
        "SELECT jsonb_agg(to_jsonb(t) ORDER BY product_id, attribute, position) FROM product_attribute t",
    ];
    let mut all = Vec::new();
    for table in tables {
        let rows: Option<serde_json::Value> =
            sqlx::query_scalar(table).fetch_one(db).await.unwrap();
        all.push(rows.unwrap_or_default().to_string());
    }
    all.join("\n")
}

pub async fn rename_product(db: &PgPool, slug: &str, new: &str) {
    sqlx::query("UPDATE product SET slug = $2 WHERE slug = $1")
        .bind(slug)
        .bind(new)
        .execute(db)
        .await
        .unwrap();
}

pub async fn variant_id(db: &PgPool, sku: &str) -> Uuid {
    sqlx::query_scalar("SELECT id FROM variant WHERE sku = $1")
        .bind(sku)
        .fetch_one(db)
        .await
        .unwrap()
}

/// The attributes that any product has.
pub async fn attributes(db: &PgPool) -> Vec<String> {
    sqlx::query_scalar("SELECT DISTINCT attribute FROM product_attribute")
        .fetch_all(db)
        .await
        .unwrap()
}

/// On hand, held, whether it may be oversold; None when it is not tracked.
pub async fn stock(db: &PgPool, sku: &str) -> Option<(i64, i64, bool)> {
    sqlx::query_as(
        "SELECT on_hand, held, oversell FROM stock JOIN variant ON variant.id = variant_id WHERE sku = $1",
    )
    .bind(sku)
    .fetch_optional(db)
    .await
    .unwrap()
}

/// An order holds so many.
pub async fn hold(db: &PgPool, sku: &str, count: i64) {
    sqlx::query(
        "UPDATE stock SET held = held + $2 FROM variant WHERE variant.id = variant_id AND sku = $1",
    )
    .bind(sku)
    .bind(count)
    .execute(db)
    .await
    .unwrap();
}

/// The changes of what is on hand, in order.
pub async fn ledger(db: &PgPool, sku: &str) -> Vec<(i64, String)> {
    sqlx::query_as(
        "SELECT on_hand_change, cause FROM stock_ledger JOIN variant ON variant.id = variant_id
         WHERE sku = $1 ORDER BY stock_ledger.at, stock_ledger.id",
    )
    .bind(sku)
    .fetch_all(db)
    .await
    .unwrap()
}

pub async fn retired_at(db: &PgPool, sku: &str) -> Option<OffsetDateTime> {
    sqlx::query_scalar("SELECT retired_at FROM variant WHERE sku = $1")
        .bind(sku)
        .fetch_one(db)
        .await
        .unwrap()
}

pub async fn weight_and_tax(db: &PgPool, sku: &str) -> (i32, String) {
    sqlx::query_as("SELECT weight_g, tax_class FROM variant WHERE sku = $1")
        .bind(sku)
        .fetch_one(db)
        .await
        .unwrap()
}

/// Action, actor and change of each entry in the audit log.
pub async fn audit(db: &PgPool) -> Vec<(String, serde_json::Value, serde_json::Value)> {
    sqlx::query_as("SELECT action, actor, change FROM audit_log ORDER BY at, id")
        .fetch_all(db)
        .await
        .unwrap()
}

/// The tags of each event that says that pages changed.
pub async fn tags(db: &PgPool) -> Vec<Vec<String>> {
    let events: Vec<Json<serde_json::Value>> = sqlx::query_scalar(
        "SELECT payload FROM outbox WHERE kind = 'pages.changed' ORDER BY at, id",
    )
    .fetch_all(db)
    .await
    .unwrap();
    let tags = events
        .into_iter()
        .map(|Json(payload)| payload["tags"].clone());
    tags.map(|tags| serde_json::from_value(tags).unwrap())
        .collect()
}

/// It never was there.
pub async fn forget_product(db: &PgPool, slug: &str) {
    sqlx::query("DELETE FROM stock_ledger USING variant, product WHERE variant.id = variant_id AND product.id = product_id AND slug = $1")
        .bind(slug)
        .execute(db)
        .await
        .unwrap();
    sqlx::query("DELETE FROM product WHERE slug = $1")
        .bind(slug)
        .execute(db)
        .await
        .unwrap();
}

pub async fn forget_all_products(db: &PgPool) {
    for statement in ["DELETE FROM stock_ledger", "DELETE FROM product"] {
        sqlx::query(statement).execute(db).await.unwrap();
    }
}

pub async fn products(db: &PgPool) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM product")
        .fetch_one(db)
        .await
        .unwrap()
}

pub async fn title(db: &PgPool, slug: &str) -> String {
    sqlx::query_scalar("SELECT title FROM product WHERE slug = $1")
        .bind(slug)
        .fetch_one(db)
        .await
        .unwrap()
}

pub async fn rename(db: &PgPool, slug: &str, title: &str) {
    sqlx::query("UPDATE product SET title = $2 WHERE slug = $1")
        .bind(slug)
        .bind(title)
        .execute(db)
        .await
        .unwrap();
}
