//! The catalogue's reads: each page is one or two statements, whatever it shows.

use super::{SlugEntry, TAG_FEATURED, TAG_NEW};
use crate::Shop;
use domain::Storefront;
use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

/// In whose eyes the catalogue is read.
pub struct View {
    pub locale: &'static str,
    pub market: String,
    pub now: OffsetDateTime,
}

impl View {
    pub fn of(shop: &Shop, storefront: &Storefront) -> Self {
        Self {
            locale: storefront.locale.code(),
            market: storefront.market.as_str().to_owned(),
            now: shop.clock.now(),
        }
    }
}

/// What the home page shows, shelf by shelf.
pub struct ShelfRow {
    pub id: Uuid,
    pub shelf: String,
}

pub async fn home(db: &PgPool, view: &View, shelf: i64) -> sqlx::Result<Vec<ShelfRow>> {
    sqlx::query_as!(
        ShelfRow,
        // What has a tag is found by it alone: there is little of it, and much that is published.
        r#"WITH labelled AS MATERIALIZED (
             SELECT id, published_at, position, tags FROM product WHERE status = 'active' AND tags && ARRAY[$1, $2]),
         sold AS (
             SELECT * FROM labelled
             WHERE published_at <= $4 AND EXISTS (
                 SELECT FROM variant v JOIN price ON price.variant_id = v.id AND price.market = $3
                 WHERE v.product_id = labelled.id AND v.retired_at IS NULL)),
         tagged AS (
             SELECT id, published_at, position FROM sold WHERE $1 = ANY (tags)
             ORDER BY published_at DESC, position LIMIT $5),
         newest AS (
             SELECT id, published_at, position FROM product
             WHERE status = 'active' AND published_at <= $4 AND EXISTS (
                 SELECT FROM variant v JOIN price ON price.variant_id = v.id AND price.market = $3
                 WHERE v.product_id = product.id AND v.retired_at IS NULL)
             ORDER BY published_at DESC, id DESC LIMIT 2 * $5),
         fresh AS (
             SELECT id, true AS is_tagged, published_at, position FROM tagged
             UNION ALL
             SELECT id, false, published_at, position FROM newest WHERE id NOT IN (SELECT id FROM tagged)),
         shelves AS (
             (SELECT id, 'new' AS shelf, row_number() OVER (ORDER BY is_tagged DESC, published_at DESC, position) AS rank
              FROM fresh ORDER BY rank LIMIT $5)
             UNION ALL
             (SELECT id, 'featured', position FROM sold WHERE $2 = ANY (tags) ORDER BY position LIMIT $5))
         SELECT id AS "id!", shelf AS "shelf!" FROM shelves ORDER BY shelf, rank"#,
        TAG_NEW,
        TAG_FEATURED,
        view.market,
        view.now,
        shelf,
    )
    .fetch_all(db)
    .await
}

/// What is tagged as liked, in the shopkeeper's order.
pub async fn featured(db: &PgPool, view: &View, limit: i64) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        "SELECT id FROM product
         WHERE status = 'active' AND published_at <= $1 AND tags @> ARRAY[$2] AND EXISTS (
             SELECT FROM variant v JOIN price ON price.variant_id = v.id AND price.market = $3
             WHERE v.product_id = product.id AND v.retired_at IS NULL)
         ORDER BY position LIMIT $4",
        view.now,
        TAG_FEATURED,
        view.market,
        limit,
    )
    .fetch_all(db)
    .await
}

/// No page says an exact count, so none beyond this is counted.
const COUNTED: i64 = 2_000;

pub async fn count_products(db: &PgPool) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        // In an index's order, so that it is the index that is read.
        r#"SELECT count(*) AS "count!" FROM (
               SELECT FROM product WHERE status = 'active' ORDER BY published_at DESC, id DESC LIMIT $1) counted"#,
        COUNTED
    )
    .fetch_one(db)
    .await
}

pub struct GuideRow {
    /// All there are, in the shopkeeper's order.
    pub categories: Vec<CategoryRow>,
    pub swatches: Vec<SwatchRow>,
}

/// A row within a row: PostgreSQL has no name for its type.
#[derive(sqlx::Type)]
#[sqlx(type_name = "record")]
pub struct CategoryRow {
    pub id: Uuid,
    pub parent: Option<Uuid>,
    pub slug: String,
    pub name: String,
}

#[derive(sqlx::Type)]
#[sqlx(type_name = "record")]
pub struct SwatchRow {
    pub name: String,
    pub hex: String,
}

pub async fn guide(db: &PgPool, locale: &str) -> sqlx::Result<GuideRow> {
    sqlx::query_as!(
        GuideRow,
        r#"SELECT ARRAY(SELECT ROW(id, parent_id, slug, coalesce(name ->> $1, name ->> 'en', source))
                        FROM category ORDER BY position, slug) AS "categories!: Vec<CategoryRow>",
                  ARRAY(SELECT ROW(name, hex) FROM swatch) AS "swatches!: Vec<SwatchRow>""#,
        locale,
    )
    .fetch_one(db)
    .await
}

pub struct PlaceRow {
    /// 0 a category, 1 a brand, 2 a collection.
    pub kind: i32,
    pub slug: String,
}

pub async fn places(db: &PgPool) -> sqlx::Result<Vec<PlaceRow>> {
    sqlx::query_as!(
        PlaceRow,
        r#"SELECT kind AS "kind!", slug AS "slug!"
           FROM (SELECT 0 AS kind, slug, position FROM category
                 UNION ALL
                 SELECT 1, slug, 0 FROM brand
                 WHERE EXISTS (SELECT FROM product WHERE vendor = brand.name AND status = 'active')
                 UNION ALL
                 SELECT 2, slug, position FROM collection) AS place
           ORDER BY kind, position, slug LIMIT 5000"#
    )
    .fetch_all(db)
    .await
}

pub async fn slugs(db: &PgPool, now: OffsetDateTime) -> sqlx::Result<Vec<SlugEntry>> {
    sqlx::query_as!(
        SlugEntry,
        "SELECT slug, updated_at FROM product WHERE status = 'active' AND published_at <= $1 ORDER BY slug LIMIT 50000",
        now
    )
    .fetch_all(db)
    .await
}

/// The tags of the pages that show these products.
pub async fn page_tags(tx: &mut PgConnection, products: &[Uuid]) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar!(r#"SELECT product_page_tags($1) AS "tags!""#, products)
        .fetch_one(tx)
        .await
}
