//! The statement behind cards.

use crate::catalog::TAG_NEW;
use crate::catalog::sql::View;
use sqlx::PgPool;
use uuid::Uuid;

pub struct CardRow {
    pub id: Uuid,
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

/// Those of these products that are on sale.
pub async fn cards(db: &PgPool, view: &View, ids: &[Uuid]) -> sqlx::Result<Vec<CardRow>> {
    sqlx::query_as!(
        CardRow,
        r#"SELECT p.id, p.slug,
                   coalesce(nullif(t.title, ''), p.title) AS "title!",
                   coalesce(nullif(t.subtitle, ''), p.subtitle) AS "subtitle!",
                   p.vendor, picture.src AS "picture_src?", picture.alt AS "picture_alt?",
                   offer.price_minor AS "price_minor!", offer.compare_at_minor, offer.price_varies AS "price_varies!",
                   $3 = ANY (p.tags) AS "is_new!", offer.available,
                   p.rating_count, p.rating_sum,
                   coalesce(swatches.names, '{}') AS "swatch_names!",
                   coalesce(swatches.colours, '{}') AS "swatch_colours!"
            FROM unnest($5::uuid[]) AS page (id)
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
            WHERE p.status = 'active' AND p.published_at <= $4 AND offer.price_minor IS NOT NULL"#,
        view.locale,
        view.market,
        TAG_NEW,
        view.now,
        ids,
    )
    .fetch_all(db)
    .await
}
