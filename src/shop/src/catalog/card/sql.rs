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
    /// The first.
    pub picture: Option<PictureRow>,
    /// Its variants that are sold in this market, in order.
    pub offers: Vec<OfferRow>,
    pub is_new: bool,
    pub rating_count: i32,
    pub rating_sum: i64,
}

#[derive(sqlx::Type)]
#[sqlx(type_name = "record")]
pub struct PictureRow {
    pub src: String,
    pub alt: String,
}

#[derive(sqlx::Type)]
#[sqlx(type_name = "record")]
pub struct OfferRow {
    pub options: Vec<String>,
    pub price_minor: i64,
    pub compare_at_minor: Option<i64>,
    /// None for what has no limit.
    pub available: Option<i64>,
}

/// Those of these products that are published.
pub async fn cards(db: &PgPool, view: &View, ids: &[Uuid]) -> sqlx::Result<Vec<CardRow>> {
    sqlx::query_as!(
        CardRow,
        r#"SELECT p.id, p.slug,
                  coalesce(nullif(t.title, ''), p.title) AS "title!",
                  coalesce(nullif(t.subtitle, ''), p.subtitle) AS "subtitle!",
                  p.vendor,
                  (SELECT ROW(src, alt) FROM picture
                   WHERE product_id = p.id ORDER BY position LIMIT 1) AS "picture?: PictureRow",
                  ARRAY(SELECT ROW(v.option_values, price.amount_minor, price.compare_at_minor,
                                   CASE WHEN EXISTS (SELECT FROM bundle_component WHERE bundle_id = v.id) THEN bundle_stock(v.id)
                                        -- As variant_stock has it for what is no bundle.
                                        ELSE (SELECT CASE WHEN NOT bool_or(s.oversell AND s.backorder_limit IS NULL)
                                                          THEN sum(s.on_hand - s.held + CASE WHEN s.oversell THEN s.backorder_limit
                                                                                             ELSE 0 END)::bigint
                                                     END
                                              FROM stock s WHERE s.variant_id = v.id)
                                   END)
                        FROM variant v JOIN price ON price.variant_id = v.id AND price.market = $2
                        WHERE v.product_id = p.id AND v.retired_at IS NULL
                        ORDER BY v.position) AS "offers!: Vec<OfferRow>",
                  $3 = ANY (p.tags) AS "is_new!",
                  p.rating_count, p.rating_sum
           FROM unnest($5::uuid[]) AS page (id)
           JOIN product p USING (id)
           LEFT JOIN product_translation t ON t.product_id = p.id AND t.locale = $1
           WHERE p.status = 'active' AND p.published_at <= $4"#,
        view.locale,
        view.market,
        TAG_NEW,
        view.now,
        ids,
    )
    .fetch_all(db)
    .await
}
