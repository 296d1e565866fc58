//! What the tests change by hand.

use crate::relevance::Thing;
use domain::{CategoryId, ProductId};
use sqlx::PgPool;
use std::collections::HashMap;
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

pub async fn retitle(db: &PgPool, product: ProductId, title: &str) {
    sqlx::query("UPDATE product SET title = $2 WHERE id = $1")
        .bind(product.0)
        .bind(title)
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

pub async fn products(db: &PgPool) -> HashMap<String, ProductId> {
    let rows: Vec<(String, uuid::Uuid)> = sqlx::query_as("SELECT slug, id FROM product")
        .fetch_all(db)
        .await
        .unwrap();
    let each = rows.into_iter().map(|(slug, id)| (slug, ProductId(id)));
    each.collect()
}

/// From now on every product is described so.
pub async fn describe_all(db: &PgPool, text: &str) {
    sqlx::query("UPDATE product SET body_html = $1")
        .bind(text)
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

pub async fn archive(db: &PgPool, product: ProductId) {
    sqlx::query("UPDATE product SET status = 'archived' WHERE id = $1")
        .bind(product.0)
        .execute(db)
        .await
        .unwrap();
}

/// Every product whose title says what it is.
pub async fn things(db: &PgPool) -> Vec<Thing> {
    let rows: Vec<ThingRow> = sqlx::query_as(
        "SELECT p.id, p.title, t.title AS german, p.vendor, p.tags,
                ARRAY(SELECT DISTINCT value FROM variant v, unnest(p.option_names, v.option_values) AS o (name, value)
                      WHERE v.product_id = p.id AND name IN ('Colour', 'Glaze', 'Shade') ORDER BY value) AS colours,
                (SELECT min(amount_minor) FROM variant v JOIN price ON variant_id = v.id AND market = 'eu'
                 WHERE v.product_id = p.id) AS price,
                (SELECT min(sku) FROM variant v WHERE v.product_id = p.id) AS sku
         FROM product p
         JOIN product_translation t ON t.product_id = p.id AND t.locale = 'de'
         WHERE NOT 'book' = ANY (p.tags)
         ORDER BY p.position",
    )
    .fetch_all(db)
    .await
    .unwrap();
    rows.into_iter().map(thing).collect()
}

#[derive(sqlx::FromRow)]
struct ThingRow {
    id: uuid::Uuid,
    title: String,
    german: String,
    vendor: String,
    tags: Vec<String>,
    colours: Vec<String>,
    price: i64,
    sku: String,
}

fn thing(row: ThingRow) -> Thing {
    const OTHER_TAGS: [&str; 4] = ["new", "gift", "bestseller", "stories"];
    // A series is written with capitals, what a thing is without: `Calle mug`, `Becher Calle`.
    let is_small = |word: &&str| word.chars().next().is_some_and(char::is_lowercase);
    let kind: Vec<&str> = row.title.split(' ').filter(is_small).collect();
    let german = row.german.split(' ').next().unwrap_or_default();
    let materials = row
        .tags
        .iter()
        .filter(|tag| !OTHER_TAGS.contains(&tag.as_str()));
    let kind = kind.join(" ");
    let one = kind.rsplit(' ').next().unwrap_or_default();
    let many = if one.ends_with('s') {
        one.to_owned()
    } else {
        format!("{one}s")
    };
    Thing {
        id: ProductId(row.id),
        many,
        kind,
        german: german.to_lowercase(),
        brand: row.vendor,
        materials: materials.cloned().collect(),
        colours: row.colours,
        price: row.price,
        sku: row.sku,
    }
}

pub async fn move_category(db: &PgPool, category: CategoryId, below: CategoryId) {
    sqlx::query("UPDATE category SET parent_id = $2 WHERE id = $1")
        .bind(category.0)
        .bind(below.0)
        .execute(db)
        .await
        .unwrap();
}

/// A table that has another name can't be written.
pub async fn rename(db: &PgPool, from: &str, to: &str) {
    let statement = format!("ALTER TABLE {from} RENAME TO {to}");
    sqlx::query(sqlx::AssertSqlSafe(statement))
        .execute(db)
        .await
        .unwrap();
}

/// What the log of searches holds, of both tables.
pub async fn searched(db: &PgPool) -> Vec<String> {
    sqlx::query_scalar(
        "SELECT query FROM search_day UNION SELECT query FROM search_click ORDER BY 1",
    )
    .fetch_all(db)
    .await
    .unwrap()
}
