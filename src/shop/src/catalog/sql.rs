//! The catalogue's reads: each page is one or two statements, whatever it shows.

use super::{SlugEntry, TAG_FEATURED, TAG_NEW};
use crate::Shop;
use domain::Storefront;
use domain::catalog::CategoryLink;
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

pub struct CardRow {
    pub id: Uuid,
    pub shelf: String,
    pub number_key: i64,
    pub slug: String,
    pub title: String,
    pub subtitle: String,
    pub vendor: String,
    pub picture_src: Option<String>,
    pub picture_alt: Option<String>,
    pub price_minor: i64,
    pub compare_at_minor: Option<i64>,
    pub price_varies: bool,
    pub is_new: bool,
    pub available: Option<i64>,
    pub rating_count: i32,
    pub rating_sum: i64,
    pub swatch_names: Vec<String>,
    pub swatch_colours: Vec<String>,
}

/// Cards for the products that `$page` (id, shelf, number_key, rank) names. `$1` is the locale, `$2` the market,
/// `$3` the tag of what is new, `$4` the time.
macro_rules! cards {
    ($db:expr, $view:expr, $page:literal $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            CardRow,
            "WITH page AS (" + $page + r#")
            SELECT p.id, page.shelf AS "shelf!", page.number_key AS "number_key!", p.slug,
                   coalesce(nullif(t.title, ''), p.title) AS "title!",
                   coalesce(nullif(t.subtitle, ''), p.subtitle) AS "subtitle!",
                   p.vendor, picture.src AS "picture_src?", picture.alt AS "picture_alt?",
                   offer.price_minor AS "price_minor!", offer.compare_at_minor, offer.price_varies AS "price_varies!",
                   $3 = ANY (p.tags) AS "is_new!", offer.available,
                   p.rating_count, p.rating_sum,
                   coalesce(swatches.names, '{}') AS "swatch_names!",
                   coalesce(swatches.colours, '{}') AS "swatch_colours!"
            FROM page
            JOIN product p USING (id)
            LEFT JOIN product_translation t ON t.product_id = p.id AND t.locale = $1
            LEFT JOIN LATERAL (
                SELECT src, alt FROM picture WHERE product_id = p.id ORDER BY position LIMIT 1) picture ON true
            CROSS JOIN LATERAL (
                SELECT min(amount_minor) AS price_minor,
                       (array_agg(compare_at_minor ORDER BY amount_minor, position))[1] AS compare_at_minor,
                       min(amount_minor) <> max(amount_minor) AS price_varies,
                       -- The best of its variants; NULL when one of them has no limit.
                       CASE WHEN bool_and(available IS NOT NULL) THEN max(available) END AS available
                FROM (SELECT v.position, price.amount_minor, price.compare_at_minor,
                             (SELECT s.available FROM variant_stock(v.id) s) AS available
                      FROM variant v
                      JOIN price ON price.variant_id = v.id AND price.market = $2
                      WHERE v.product_id = p.id AND v.retired_at IS NULL
                      -- Kept apart, or stock is asked for once for each time it is named above.
                      OFFSET 0) offered) offer
            LEFT JOIN LATERAL (
                SELECT array_agg(name ORDER BY first) AS names, array_agg(hex ORDER BY first) AS colours
                FROM (SELECT swatch.name, swatch.hex, min(v.position) AS first
                      FROM variant v
                      CROSS JOIN LATERAL unnest(v.option_values) AS value
                      JOIN swatch ON swatch.name = value
                      WHERE v.product_id = p.id AND v.retired_at IS NULL
                      GROUP BY swatch.name
                      ORDER BY first, swatch.name
                      LIMIT 6) found) swatches ON true
            ORDER BY page.rank"#,
            $view.locale,
            $view.market,
            TAG_NEW,
            $view.now,
            $($argument),*
        )
        .fetch_all($db)
        .await
    };
}

pub(super) use cards;

pub async fn home(db: &PgPool, view: &View, shelf: i64) -> sqlx::Result<Vec<CardRow>> {
    cards!(
        db,
        view,
        // What has a tag is found by it alone: there is little of it, and much that is published.
        "WITH labelled AS MATERIALIZED (
             SELECT id, published_at, position, tags FROM product WHERE status = 'active' AND tags && ARRAY[$3, $6]),
         sold AS (
             SELECT * FROM labelled
             WHERE published_at <= $4 AND EXISTS (
                 SELECT FROM variant v JOIN price ON price.variant_id = v.id AND price.market = $2
                 WHERE v.product_id = labelled.id AND v.retired_at IS NULL)),
         tagged AS (
             SELECT id, published_at, position FROM sold WHERE $3 = ANY (tags)
             ORDER BY published_at DESC, position LIMIT $5),
         newest AS (
             SELECT id, published_at, position FROM product
             WHERE status = 'active' AND published_at <= $4 AND EXISTS (
                 SELECT FROM variant v JOIN price ON price.variant_id = v.id AND price.market = $2
                 WHERE v.product_id = product.id AND v.retired_at IS NULL)
             ORDER BY published_at DESC, id DESC LIMIT 2 * $5),
         fresh AS (
             SELECT id, true AS is_tagged, published_at, position FROM tagged
             UNION ALL
             SELECT id, false, published_at, position FROM newest WHERE id NOT IN (SELECT id FROM tagged)),
         featured AS (
             SELECT id, position FROM sold WHERE $6 = ANY (tags) ORDER BY position LIMIT $5)
         (SELECT id, 'new' AS shelf, 0::bigint AS number_key,
                 row_number() OVER (ORDER BY is_tagged DESC, published_at DESC, position) AS rank
          FROM fresh ORDER BY rank LIMIT $5)
         UNION ALL
         SELECT id, 'featured', 0, position FROM featured",
        shelf,
        TAG_FEATURED,
    )
}

/// Those of these products that are on sale, in this order.
pub async fn named(db: &PgPool, view: &View, ids: &[Uuid]) -> sqlx::Result<Vec<CardRow>> {
    cards!(
        db,
        view,
        "SELECT id, '' AS shelf, 0::bigint AS number_key, named.rank
         FROM unnest($5::uuid[]) WITH ORDINALITY AS named (id, rank)
         JOIN product USING (id)
         WHERE status = 'active' AND published_at <= $4 AND EXISTS (
             SELECT FROM variant v JOIN price ON price.variant_id = v.id AND price.market = $2
             WHERE v.product_id = product.id AND v.retired_at IS NULL)",
        ids,
    )
}

/// What is tagged as liked, in the shopkeeper's order.
pub async fn featured(db: &PgPool, view: &View, limit: i64) -> sqlx::Result<Vec<CardRow>> {
    cards!(
        db,
        view,
        "SELECT id, '' AS shelf, 0::bigint AS number_key, position AS rank
         FROM product
         WHERE status = 'active' AND published_at <= $4 AND tags @> ARRAY[$6] AND EXISTS (
             SELECT FROM variant v JOIN price ON price.variant_id = v.id AND price.market = $2
             WHERE v.product_id = product.id AND v.retired_at IS NULL)
         ORDER BY position LIMIT $5",
        limit,
        TAG_FEATURED,
    )
}

/// Those that the shopkeeper put beside it, then others of its category: first what comes after it in the shopkeeper's order,
/// then from the start again.
pub async fn related(
    db: &PgPool,
    view: &View,
    category: Option<Uuid>,
    product: Uuid,
    position: i64,
    limit: i64,
) -> sqlx::Result<Vec<CardRow>> {
    cards!(
        db,
        view,
        "WITH shown AS NOT MATERIALIZED (
             SELECT id, category_id, position FROM product
             WHERE status = 'active' AND published_at <= $4 AND id <> $6
               AND EXISTS (SELECT FROM variant v JOIN price ON price.variant_id = v.id AND price.market = $2
                           WHERE v.product_id = product.id AND v.retired_at IS NULL)),
         chosen AS (
             SELECT shown.id, related_product.position FROM related_product JOIN shown ON shown.id = other_id
             WHERE product_id = $6),
         around AS (
             SELECT id, 0 AS round, position::bigint FROM chosen
             UNION ALL
             (SELECT id, 1, position FROM shown
              WHERE category_id = $5 AND position >= $7 AND id NOT IN (SELECT id FROM chosen) ORDER BY position LIMIT $8)
             UNION ALL
             (SELECT id, 2, position FROM shown
              WHERE category_id = $5 AND position < $7 AND id NOT IN (SELECT id FROM chosen) ORDER BY position LIMIT $8))
         SELECT id, '' AS shelf, 0::bigint AS number_key,
                row_number() OVER (ORDER BY round, position) AS rank
         FROM around ORDER BY rank LIMIT $8",
        category,
        product,
        position,
        limit,
    )
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

/// Categories on top that a menu names at most.
const MENU: i64 = 24;

/// The categories on top.
pub async fn categories(db: &PgPool, locale: &str) -> sqlx::Result<Vec<CategoryLink>> {
    sqlx::query_as!(
        CategoryLink,
        r#"SELECT slug, coalesce(name ->> $1, name ->> 'en', source) AS "name!"
           FROM category WHERE parent_id IS NULL ORDER BY position, slug LIMIT $2"#,
        locale,
        MENU,
    )
    .fetch_all(db)
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
