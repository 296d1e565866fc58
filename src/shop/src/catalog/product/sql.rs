//! The statements about one product.

use crate::catalog::TAG_NEW;
use crate::catalog::sql::View;
use domain::catalog::{CategoryLink, Review};
use sqlx::PgPool;
use sqlx::types::Json;
use time::{Date, OffsetDateTime};
use uuid::Uuid;

pub struct ProductRow {
    pub id: Uuid,
    pub slug: String,
    pub status: String,
    pub published_at: Option<OffsetDateTime>,
    pub category_id: Option<Uuid>,
    pub position: i64,
    /// What others bought with it.
    pub together: Vec<Uuid>,
    /// Those that the shopkeeper put beside it, in order.
    pub chosen: Vec<Uuid>,
    /// Those that are like it.
    pub similar: Vec<Uuid>,
    pub trail: Json<Vec<CategoryLink>>,
    pub brand: Option<String>,
    pub fact_codes: Vec<String>,
    pub fact_names: Vec<String>,
    pub fact_units: Vec<String>,
    pub fact_texts: Vec<Option<String>>,
    pub fact_numbers: Vec<Option<f64>>,
    pub fact_yeses: Vec<Option<bool>>,
    pub title: String,
    pub subtitle: String,
    pub vendor: String,
    pub lead: String,
    pub body_html: String,
    pub seo_title: String,
    pub seo_description: String,
    pub is_new: bool,
    pub option_names: Vec<String>,
    pub picture_positions: Vec<i32>,
    pub picture_srcs: Vec<String>,
    pub picture_alts: Vec<String>,
    pub variant_ids: Vec<Uuid>,
    pub variant_skus: Vec<String>,
    /// Each variant's option values, joined by [`BETWEEN_OPTIONS`].
    pub variant_options: Vec<String>,
    pub variant_prices: Vec<i64>,
    pub variant_compare_ats: Vec<Option<i64>>,
    pub variant_available: Vec<Option<i64>>,
    pub variant_pictures: Vec<Option<i32>>,
    /// Whether each is sent later than usual, and from when, if that is known.
    pub variant_late: Vec<bool>,
    pub variant_sent_on: Vec<Option<Date>>,
    pub swatch_names: Vec<String>,
    pub swatch_colours: Vec<String>,
    pub rating_count: i32,
    pub rating_sum: i64,
    pub reviews: Json<Vec<Review>>,
}

/// ASCII's unit separator, which no option value holds.
pub const BETWEEN_OPTIONS: char = '\u{1f}';

/// How many reviews a product's page shows.
const REVIEWS: i32 = 5;

pub async fn product(db: &PgPool, view: &View, slug: &str) -> sqlx::Result<Option<ProductRow>> {
    // Arrays rather than rows: the long texts come once, and pictures don't multiply variants.
    sqlx::query_as!(
        ProductRow,
        r#"SELECT p.id, p.slug, p.status, p.published_at,
                  p.category_id, p.position,
                  coalesce((SELECT others FROM recommendation WHERE product_id = p.id AND kind = 'together'), '{}') AS "together!",
                  coalesce((SELECT array_agg(other_id ORDER BY position) FROM related_product WHERE product_id = p.id), '{}') AS "chosen!",
                  coalesce((SELECT others FROM recommendation WHERE product_id = p.id AND kind = 'similar'), '{}') AS "similar!",
                  coalesce(category_links(c.path, $2), '[]') AS "trail!: Json<Vec<CategoryLink>>", b.slug AS "brand?",
                  coalesce(fact.codes, '{}') AS "fact_codes!", coalesce(fact.names, '{}') AS "fact_names!",
                  coalesce(fact.units, '{}') AS "fact_units!",
                  coalesce(fact.texts, '{}') AS "fact_texts!: Vec<Option<String>>",
                  coalesce(fact.numbers, '{}') AS "fact_numbers!: Vec<Option<f64>>",
                  coalesce(fact.yeses, '{}') AS "fact_yeses!: Vec<Option<bool>>",
                  coalesce(nullif(t.title, ''), p.title) AS "title!",
                  coalesce(nullif(t.subtitle, ''), p.subtitle) AS "subtitle!",
                  p.vendor,
                  CASE WHEN t.lead <> '' OR t.body_html <> '' THEN t.lead ELSE p.lead END AS "lead!",
                  CASE WHEN t.lead <> '' OR t.body_html <> '' THEN t.body_html ELSE p.body_html END AS "body_html!",
                  coalesce(t.seo_title, p.seo_title) AS "seo_title!",
                  coalesce(t.seo_description, p.seo_description) AS "seo_description!",
                  $4 = ANY (p.tags) AS "is_new!",
                  p.option_names,
                  coalesce(picture.positions, '{}') AS "picture_positions!",
                  coalesce(picture.srcs, '{}') AS "picture_srcs!",
                  coalesce(picture.alts, '{}') AS "picture_alts!",
                  coalesce(variant.ids, '{}') AS "variant_ids!",
                  coalesce(variant.skus, '{}') AS "variant_skus!",
                  coalesce(variant.options, '{}') AS "variant_options!",
                  coalesce(variant.prices, '{}') AS "variant_prices!",
                  coalesce(variant.compare_ats, '{}') AS "variant_compare_ats!: Vec<Option<i64>>",
                  coalesce(variant.available, '{}') AS "variant_available!: Vec<Option<i64>>",
                  coalesce(variant.pictures, '{}') AS "variant_pictures!: Vec<Option<i32>>",
                  coalesce(variant.late, '{}') AS "variant_late!",
                  coalesce(variant.sent_on, '{}') AS "variant_sent_on!: Vec<Option<Date>>",
                  coalesce(swatch.names, '{}') AS "swatch_names!",
                  coalesce(swatch.colours, '{}') AS "swatch_colours!",
                  p.rating_count, p.rating_sum,
                  CASE WHEN p.rating_count = 0 THEN '[]' ELSE latest_reviews(p.id, $6) END AS "reviews!: Json<Vec<Review>>"
           FROM product p
           LEFT JOIN product_translation t ON t.product_id = p.id AND t.locale = $2
           LEFT JOIN category c ON c.id = p.category_id
           LEFT JOIN brand b ON b.name = p.vendor
           CROSS JOIN LATERAL (
               SELECT array_agg(code) AS codes, array_agg(name) AS names, array_agg(unit) AS units,
                      array_agg(text_value) AS texts, array_agg(number_value) AS numbers, array_agg(boolean_value) AS yeses
               FROM (SELECT a.code, coalesce(a.name ->> $2, a.name ->> 'en', a.code) AS name, a.unit, v.text_value,
                            v.number_value, v.boolean_value
                     FROM product_attribute v JOIN attribute a ON a.code = v.attribute
                     WHERE v.product_id = p.id ORDER BY a.position, a.code, v.position) ordered) fact
           CROSS JOIN LATERAL (
               SELECT array_agg(position) AS positions, array_agg(src) AS srcs, array_agg(alt) AS alts
               FROM (SELECT position, src, alt FROM picture WHERE product_id = p.id ORDER BY position) ordered) picture
           CROSS JOIN LATERAL (
               SELECT array_agg(id) AS ids, array_agg(sku) AS skus, array_agg(options) AS options,
                      array_agg(amount_minor) AS prices, array_agg(compare_at_minor) AS compare_ats,
                      array_agg(available) AS available, array_agg(picture_position) AS pictures,
                      array_agg(is_late) AS late, array_agg(sent_on) AS sent_on
               FROM (SELECT v.id, v.sku, array_to_string(v.option_values, E'\x1f', '') AS options,
                            price.amount_minor, price.compare_at_minor, v.picture_position,
                            (SELECT s.available FROM variant_stock(v.id) s) AS available,
                            later.is_late, later.sent_on
                     FROM variant v
                     CROSS JOIN LATERAL variant_sent_later(v.id, 1, $5) AS later
                     JOIN price ON price.variant_id = v.id AND price.market = $3
                     WHERE v.product_id = p.id AND v.retired_at IS NULL
                     ORDER BY v.position, v.id) ordered) variant
           CROSS JOIN LATERAL (
               SELECT array_agg(name) AS names, array_agg(hex) AS colours
               FROM swatch
               WHERE name IN (SELECT unnest(v.option_values) FROM variant v
                              WHERE v.product_id = p.id AND v.retired_at IS NULL)) swatch
           WHERE p.slug = $1"#,
        slug,
        view.locale,
        view.market,
        TAG_NEW,
        view.now.date(),
        REVIEWS,
    )
    .fetch_optional(db)
    .await
}

/// Others of its category: first what comes after it in the shopkeeper's order, then from the start again.
pub async fn around(
    db: &PgPool,
    view: &View,
    row: &ProductRow,
    limit: i64,
) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        r#"WITH shown AS NOT MATERIALIZED (
             SELECT id, position FROM product
             WHERE status = 'active' AND published_at <= $1 AND category_id = $3 AND id <> $4
               AND EXISTS (SELECT FROM variant v JOIN price ON price.variant_id = v.id AND price.market = $2
                           WHERE v.product_id = product.id AND v.retired_at IS NULL))
         SELECT id AS "id!" FROM (
             (SELECT 1 AS round, id, position FROM shown WHERE position >= $5 ORDER BY position LIMIT $6)
             UNION ALL
             (SELECT 2, id, position FROM shown WHERE position < $5 ORDER BY position LIMIT $6)) around
         ORDER BY round, position LIMIT $6"#,
        view.now,
        view.market,
        row.category_id,
        row.id,
        row.position,
        limit,
    )
    .fetch_all(db)
    .await
}

pub async fn variant(db: &PgPool, product: Uuid, options: &[String]) -> sqlx::Result<Option<Uuid>> {
    sqlx::query_scalar!(
        "SELECT id FROM variant WHERE product_id = $1 AND option_values = $2 AND retired_at IS NULL",
        product,
        options
    )
    .fetch_optional(db)
    .await
}

pub struct StockRow {
    pub id: Uuid,
    pub available: Option<i64>,
}

pub async fn stock(db: &PgPool, product: Uuid) -> sqlx::Result<Vec<StockRow>> {
    sqlx::query_as!(
        StockRow,
        r#"SELECT v.id, stock.available AS "available: _"
           FROM variant v CROSS JOIN LATERAL variant_stock(v.id) AS stock
           WHERE v.product_id = $1 AND v.retired_at IS NULL
           ORDER BY v.position, v.id"#,
        product
    )
    .fetch_all(db)
    .await
}

pub struct ComparedRow {
    pub id: Uuid,
    /// Those that the shopkeeper put beside it, in order.
    pub chosen: Vec<Uuid>,
    /// Those that are like it.
    pub similar: Vec<Uuid>,
    pub option_names: Vec<String>,
    /// Each variant's option values, joined by [`BETWEEN_OPTIONS`].
    pub variant_options: Vec<String>,
    pub fact_codes: Vec<String>,
    pub fact_names: Vec<String>,
    pub fact_units: Vec<String>,
    pub fact_texts: Vec<Option<String>>,
    pub fact_numbers: Vec<Option<f64>>,
    pub fact_yeses: Vec<Option<bool>>,
}

/// What is compared of the products of these slugs, in their order.
pub async fn compared(
    db: &PgPool,
    view: &View,
    slugs: &[String],
) -> sqlx::Result<Vec<ComparedRow>> {
    sqlx::query_as!(
        ComparedRow,
        r#"SELECT p.id, p.option_names,
                  coalesce((SELECT array_agg(other_id ORDER BY position) FROM related_product WHERE product_id = p.id), '{}') AS "chosen!",
                  coalesce((SELECT others FROM recommendation WHERE product_id = p.id AND kind = 'similar'), '{}') AS "similar!",
                  coalesce(variant.options, '{}') AS "variant_options!",
                  coalesce(fact.codes, '{}') AS "fact_codes!", coalesce(fact.names, '{}') AS "fact_names!",
                  coalesce(fact.units, '{}') AS "fact_units!",
                  coalesce(fact.texts, '{}') AS "fact_texts!: Vec<Option<String>>",
                  coalesce(fact.numbers, '{}') AS "fact_numbers!: Vec<Option<f64>>",
                  coalesce(fact.yeses, '{}') AS "fact_yeses!: Vec<Option<bool>>"
           FROM unnest($1::text[]) WITH ORDINALITY AS named (slug, rank)
           JOIN product p USING (slug)
           CROSS JOIN LATERAL (
               SELECT array_agg(options) AS options
               FROM (SELECT array_to_string(v.option_values, E'\x1f', '') AS options
                     FROM variant v
                     JOIN price ON price.variant_id = v.id AND price.market = $3
                     WHERE v.product_id = p.id AND v.retired_at IS NULL
                     ORDER BY v.position, v.id) ordered) variant
           CROSS JOIN LATERAL (
               SELECT array_agg(code) AS codes, array_agg(name) AS names, array_agg(unit) AS units,
                      array_agg(text_value) AS texts, array_agg(number_value) AS numbers, array_agg(boolean_value) AS yeses
               FROM (SELECT a.code, coalesce(a.name ->> $2, a.name ->> 'en', a.code) AS name, a.unit, v.text_value,
                            v.number_value, v.boolean_value
                     FROM product_attribute v JOIN attribute a ON a.code = v.attribute
                     WHERE v.product_id = p.id ORDER BY a.position, a.code, v.position) ordered) fact
           ORDER BY named.rank"#,
        slugs,
        view.locale,
        view.market,
    )
    .fetch_all(db)
    .await
}
