//! The statements of what heads a list, and of collections.

use crate::catalog::Rule;
use crate::catalog::sql::View;
use domain::catalog::CategoryLink;
use sqlx::PgPool;
use sqlx::types::Json;
use uuid::Uuid;

pub struct CategoryRow {
    pub id: Uuid,
    pub slug: String,
    pub name: String,
    pub intro: String,
    pub trail: Json<Vec<CategoryLink>>,
    pub below: Json<Vec<CategoryLink>>,
}

pub async fn category(db: &PgPool, slug: &str, locale: &str) -> sqlx::Result<Option<CategoryRow>> {
    sqlx::query_as!(
        CategoryRow,
        r#"SELECT id, slug, coalesce(name ->> $2, name ->> 'en', source) AS "name!",
                  coalesce(intro ->> $2, intro ->> 'en', '') AS "intro!",
                  category_trail(path, $2) AS "trail!: Json<Vec<CategoryLink>>",
                  category_below(id, $2) AS "below!: Json<Vec<CategoryLink>>"
           FROM category WHERE slug = $1"#,
        slug,
        locale,
    )
    .fetch_optional(db)
    .await
}

pub struct BrandRow {
    pub slug: String,
    pub name: String,
    pub intro: String,
}

pub async fn brand(db: &PgPool, slug: &str, locale: &str) -> sqlx::Result<Option<BrandRow>> {
    sqlx::query_as!(
        BrandRow,
        r#"SELECT slug, name, coalesce(intro ->> $2, intro ->> 'en', '') AS "intro!"
           FROM brand WHERE slug = $1"#,
        slug,
        locale,
    )
    .fetch_optional(db)
    .await
}

pub struct CollectionRow {
    pub id: Uuid,
    pub slug: String,
    pub name: String,
    pub intro: String,
    pub rule: Option<serde_json::Value>,
}

pub async fn collection(
    db: &PgPool,
    slug: &str,
    locale: &str,
) -> sqlx::Result<Option<CollectionRow>> {
    sqlx::query_as!(
        CollectionRow,
        r#"SELECT id, slug, coalesce(name ->> $2, name ->> 'en', slug) AS "name!",
                  coalesce(intro ->> $2, intro ->> 'en', '') AS "intro!", rule
           FROM collection WHERE slug = $1"#,
        slug,
        locale,
    )
    .fetch_optional(db)
    .await
}

/// A product of a collection, and its place in it.
pub struct PlacedRow {
    pub id: Uuid,
    pub position: i64,
}

/// The collection's products after that place, in its order.
pub async fn by_hand(
    db: &PgPool,
    view: &View,
    collection: Uuid,
    from: Option<(i64, Uuid)>,
    limit: i64,
) -> sqlx::Result<Vec<PlacedRow>> {
    let (position, _) = from.unwrap_or((0, Uuid::nil()));
    sqlx::query_as!(
        PlacedRow,
        r#"SELECT product.id, member.position::bigint AS "position!"
         FROM collection_product member JOIN product ON product.id = member.product_id
         WHERE member.collection_id = $3 AND member.position > $4::bigint AND status = 'active' AND published_at <= $2
           AND EXISTS (SELECT FROM variant v JOIN price ON price.variant_id = v.id AND price.market = $1
                       WHERE v.product_id = product.id AND v.retired_at IS NULL)
         ORDER BY member.position LIMIT $5"#,
        view.market,
        view.now,
        collection,
        position,
        limit,
    )
    .fetch_all(db)
    .await
}

/// The products after that place that the rule asks for, in the shopkeeper's order.
pub async fn by_rule(
    db: &PgPool,
    view: &View,
    rule: &Rule,
    from: Option<(i64, Uuid)>,
    limit: i64,
) -> sqlx::Result<Vec<PlacedRow>> {
    let (position, id) = from.unwrap_or((i64::MIN, Uuid::nil()));
    let (low, high) = rule.price.get(&view.market).copied().unwrap_or_default();
    sqlx::query_as!(
        PlacedRow,
        r#"SELECT id, position
         FROM product
         CROSS JOIN LATERAL (
             SELECT min(price.amount_minor) AS cheapest FROM variant v
             JOIN price ON price.variant_id = v.id AND price.market = $1
             WHERE v.product_id = product.id AND v.retired_at IS NULL) offered
         WHERE status = 'active' AND published_at <= $2 AND (position, id) > ($3, $4)
           AND tags @> $6
           AND ($7::text IS NULL OR category_id IN (
                    SELECT c.id FROM category c JOIN category top ON top.slug = $7 WHERE c.path @> ARRAY[top.id]))
           AND ($8::text IS NULL OR vendor = $8)
           AND cheapest BETWEEN coalesce($9::bigint, 0) AND coalesce($10::bigint, 9223372036854775807)
           AND (NOT $11 OR EXISTS (
                    SELECT FROM variant v JOIN price ON price.variant_id = v.id AND price.market = $1
                    WHERE v.product_id = product.id AND v.retired_at IS NULL
                      AND coalesce((SELECT s.available FROM variant_stock(v.id) s), 1) > 0))
         ORDER BY position, id LIMIT $5"#,
        view.market,
        view.now,
        position,
        id,
        limit,
        &rule.tags,
        rule.category,
        rule.brand,
        low,
        high,
        rule.in_stock,
    )
    .fetch_all(db)
    .await
}
