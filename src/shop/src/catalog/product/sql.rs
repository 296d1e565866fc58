//! The statements about one product.

use crate::catalog::TAG_NEW;
use crate::catalog::sql::View;
use domain::catalog::Review;
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
    /// What others bought with it.
    pub together: Option<Vec<Uuid>>,
    /// Those that the shopkeeper put beside it, in order.
    pub chosen: Vec<Uuid>,
    /// Those that are like it.
    pub similar: Option<Vec<Uuid>>,
    /// Others of its category, where few are like it.
    pub around: Vec<Uuid>,
    pub brand: Option<String>,
    pub facts: Vec<FactRow>,
    pub title: String,
    pub subtitle: String,
    pub vendor: String,
    pub lead: String,
    pub body_html: String,
    pub seo_title: String,
    pub seo_description: String,
    pub is_new: bool,
    pub option_names: Vec<String>,
    /// In order.
    pub pictures: Vec<PictureRow>,
    /// In no order.
    pub variants: Vec<VariantRow>,
    pub rating_count: i32,
    pub rating_sum: i64,
    pub reviews: Json<Vec<Review>>,
}

/// A product's value of an attribute; several of one attribute stand in their order.
#[derive(sqlx::Type)]
#[sqlx(type_name = "record")]
pub struct FactRow {
    pub attribute: String,
    pub text: Option<String>,
    pub number: Option<f64>,
    pub yes: Option<bool>,
}

#[derive(sqlx::Type)]
#[sqlx(type_name = "record")]
pub struct PictureRow {
    pub position: i32,
    pub src: String,
    pub alt: String,
}

/// A variant at one of the locations where there is stock of it; without those, once.
#[derive(sqlx::Type)]
#[sqlx(type_name = "record")]
pub struct VariantRow {
    pub id: Uuid,
    pub position: i32,
    pub sku: String,
    pub options: Vec<String>,
    pub price_minor: i64,
    pub compare_at_minor: Option<i64>,
    /// The position of its picture.
    pub picture: Option<i32>,
    pub on_hand: Option<i64>,
    pub held: Option<i64>,
    pub oversell: Option<bool>,
    pub backorder_limit: Option<i64>,
    /// What holds in place of the shelf, for a bundle and what may be sold ahead.
    pub rare: Option<RareRow>,
}

#[derive(sqlx::Type)]
#[sqlx(type_name = "record")]
pub struct RareRow {
    pub available: Option<i64>,
    /// Whether it is sent later than usual, and from when, if that is known.
    pub is_late: bool,
    pub sent_on: Option<Date>,
}

/// How many reviews a product's page shows.
const REVIEWS: i32 = 5;

/// Where fewer than `few` are like it, others of its category come along.
pub async fn product(
    db: &PgPool,
    view: &View,
    slug: &str,
    few: i32,
) -> sqlx::Result<Option<ProductRow>> {
    // Arrays of rows rather than rows: the long texts come once, and pictures don't multiply variants. Beginning a statement costs by
    // all that is in it: sums and order are left to who asks, and what is rare stands in functions (migration 0032).
    sqlx::query_as!(
        ProductRow,
        r#"SELECT p.id, p.slug, p.status, p.published_at, p.category_id,
                  (SELECT others FROM recommendation WHERE product_id = p.id AND kind = 'together') AS "together?",
                  alike.others AS "similar?",
                  ARRAY(SELECT other_id FROM related_product WHERE product_id = p.id ORDER BY position) AS "chosen!",
                  CASE WHEN coalesce(cardinality(alike.others), 0) < $7
                       THEN products_around(p.id, p.category_id, p.position, $3, $8) ELSE '{}' END AS "around!",
                  b.slug AS "brand?",
                  ARRAY(SELECT ROW(attribute, text_value, number_value, boolean_value) FROM product_attribute
                        WHERE product_id = p.id ORDER BY attribute, position) AS "facts!: Vec<FactRow>",
                  coalesce(nullif(t.title, ''), p.title) AS "title!",
                  coalesce(nullif(t.subtitle, ''), p.subtitle) AS "subtitle!",
                  p.vendor,
                  CASE WHEN t.lead <> '' OR t.body_html <> '' THEN t.lead ELSE p.lead END AS "lead!",
                  CASE WHEN t.lead <> '' OR t.body_html <> '' THEN t.body_html ELSE p.body_html END AS "body_html!",
                  coalesce(t.seo_title, p.seo_title) AS "seo_title!",
                  coalesce(t.seo_description, p.seo_description) AS "seo_description!",
                  $4 = ANY (p.tags) AS "is_new!",
                  p.option_names,
                  ARRAY(SELECT ROW(position, src, alt) FROM picture
                        WHERE product_id = p.id ORDER BY position) AS "pictures!: Vec<PictureRow>",
                  ARRAY(SELECT ROW(v.id, v.position, v.sku, v.option_values, price.amount_minor, price.compare_at_minor,
                                   v.picture_position, s.on_hand, s.held, s.oversell, s.backorder_limit,
                                   CASE WHEN v.supply <> 'shelf' OR EXISTS (SELECT FROM bundle_component WHERE bundle_id = v.id)
                                        THEN rare_stock(v.id, $5) END)
                        FROM variant v
                        JOIN price ON price.variant_id = v.id AND price.market = $3
                        LEFT JOIN stock s ON s.variant_id = v.id
                        WHERE v.product_id = p.id AND v.retired_at IS NULL) AS "variants!: Vec<VariantRow>",
                  p.rating_count, p.rating_sum,
                  CASE WHEN p.rating_count = 0 THEN '[]' ELSE latest_reviews(p.id, $6) END AS "reviews!: Json<Vec<Review>>"
           FROM product p
           LEFT JOIN product_translation t ON t.product_id = p.id AND t.locale = $2
           LEFT JOIN brand b ON b.name = p.vendor
           LEFT JOIN recommendation alike ON alike.product_id = p.id AND alike.kind = 'similar'
           WHERE p.slug = $1"#,
        slug,
        view.locale,
        view.market,
        TAG_NEW,
        view.now.date(),
        REVIEWS,
        few,
        view.now,
    )
    .fetch_optional(db)
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
    pub similar: Option<Vec<Uuid>>,
    pub option_names: Vec<String>,
    /// Each variant's option values.
    pub variants: Vec<OptionsRow>,
    pub facts: Vec<FactRow>,
}

#[derive(sqlx::Type)]
#[sqlx(type_name = "record")]
pub struct OptionsRow {
    pub options: Vec<String>,
}

/// What is compared of the products of these slugs, in their order.
pub async fn compared(
    db: &PgPool,
    view: &View,
    slugs: &[String],
) -> sqlx::Result<Vec<ComparedRow>> {
    sqlx::query_as!(
        ComparedRow,
        r#"SELECT p.id, p.option_names, alike.others AS "similar?",
                  ARRAY(SELECT other_id FROM related_product WHERE product_id = p.id ORDER BY position) AS "chosen!",
                  ARRAY(SELECT ROW(v.option_values)
                        FROM variant v JOIN price ON price.variant_id = v.id AND price.market = $2
                        WHERE v.product_id = p.id AND v.retired_at IS NULL
                        ORDER BY v.position, v.id) AS "variants!: Vec<OptionsRow>",
                  ARRAY(SELECT ROW(attribute, text_value, number_value, boolean_value) FROM product_attribute
                        WHERE product_id = p.id ORDER BY attribute, position) AS "facts!: Vec<FactRow>"
           FROM unnest($1::text[]) WITH ORDINALITY AS named (slug, rank)
           JOIN product p USING (slug)
           LEFT JOIN recommendation alike ON alike.product_id = p.id AND alike.kind = 'similar'
           ORDER BY named.rank"#,
        slugs,
        view.market,
    )
    .fetch_all(db)
    .await
}
