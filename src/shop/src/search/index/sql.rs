//! The statements that fill the index.

use super::source::{Source, SourceText};
use crate::search::Merit;
use sqlx::PgPool;
use sqlx::types::Json;
use std::collections::BTreeMap;
use uuid::Uuid;

pub struct SourceRow {
    id: Uuid,
    slug: String,
    position: i64,
    published: i64,
    vendor: String,
    tags: Vec<String>,
    categories: Vec<Uuid>,
    category_names: Json<BTreeMap<String, String>>,
    texts: Json<BTreeMap<String, SourceText>>,
    markets: Vec<String>,
    prices: Vec<i64>,
    in_stock: bool,
    stars: i64,
    score: i32,
    sold: i64,
    codes: Vec<String>,
    options: Vec<String>,
    attributes: Vec<String>,
}

impl From<SourceRow> for Source {
    fn from(row: SourceRow) -> Self {
        Self {
            id: row.id,
            slug: row.slug,
            position: row.position,
            published: row.published,
            vendor: row.vendor,
            tags: row.tags,
            categories: row.categories,
            category_names: row.category_names.0,
            texts: row.texts.0,
            prices: row.markets.into_iter().zip(row.prices).collect(),
            in_stock: row.in_stock,
            merit: Merit {
                stars: row.stars,
                score: row.score.into(),
                sold: row.sold,
            },
            codes: row.codes,
            options: row.options,
            attributes: row.attributes,
        }
    }
}

/// What is indexed of the products that `$page` (id) names.
macro_rules! sources {
    ($db:expr, $page:literal $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            SourceRow,
            "WITH page AS MATERIALIZED (" + $page + r#")
            SELECT p.id, p.slug, p.position, (extract(epoch FROM p.published_at) * 1000000)::bigint AS "published!",
                   p.vendor, p.tags,
                   coalesce((SELECT c.path FROM category c WHERE c.id = p.category_id), '{}') AS "categories!",
                   coalesce((SELECT c.name || jsonb_build_object('', c.source) FROM category c WHERE c.id = p.category_id), '{}')
                       AS "category_names!: Json<BTreeMap<String, String>>",
                   jsonb_build_object('', jsonb_build_object('title', p.title, 'subtitle', p.subtitle, 'lead', p.lead,
                                                             'body', p.body_html))
                   || coalesce((SELECT jsonb_object_agg(t.locale, jsonb_build_object(
                                    'title', t.title, 'subtitle', t.subtitle, 'lead', t.lead, 'body', t.body_html))
                                FROM product_translation t WHERE t.product_id = p.id), '{}')
                       AS "texts!: Json<BTreeMap<String, SourceText>>",
                   coalesce(offer.markets, '{}') AS "markets!", coalesce(offer.prices, '{}') AS "prices!",
                   coalesce(made.in_stock, false) AS "in_stock!",
                   coalesce(100 * p.rating_sum / nullif(p.rating_count, 0), 0) AS "stars!", p.rating_score AS score,
                   p.sold_lately AS sold,
                   coalesce(made.codes, '{}') AS "codes!",
                   ARRAY(SELECT DISTINCT named.name || E'\x1f' || named.value
                         FROM variant v CROSS JOIN LATERAL unnest(p.option_names, v.option_values) AS named (name, value)
                         WHERE v.product_id = p.id AND v.retired_at IS NULL
                           AND named.name IS NOT NULL AND named.value IS NOT NULL) AS "options!",
                   ARRAY(SELECT CASE WHEN a.number_value IS NULL THEN E'\x1d' ELSE E'\x1c' END || a.attribute || E'\x1f'
                                || coalesce(a.text_value, a.number_value::text,
                                            CASE WHEN a.boolean_value THEN 'yes' ELSE 'no' END)
                         FROM product_attribute a WHERE a.product_id = p.id) AS "attributes!"
            FROM page
            JOIN product p USING (id)
            CROSS JOIN LATERAL (
                SELECT array_agg(market) AS markets, array_agg(cheapest) AS prices
                FROM (SELECT price.market, min(price.amount_minor) AS cheapest
                      FROM variant v JOIN price ON price.variant_id = v.id
                      WHERE v.product_id = p.id AND v.retired_at IS NULL
                      GROUP BY price.market) cheapest) offer
            CROSS JOIN LATERAL (
                SELECT bool_or(coalesce(available, 1) > 0) AS in_stock,
                       array_remove(array_agg(sku) || array_agg(barcode), '') AS codes
                FROM (SELECT v.sku, v.barcode, (SELECT s.available FROM variant_stock(v.id) s) AS available
                      FROM variant v WHERE v.product_id = p.id AND v.retired_at IS NULL OFFSET 0) each) made
            WHERE p.status = 'active' AND p.published_at IS NOT NULL
            ORDER BY p.position, p.id"#
            $(, $argument)*
        )
        .fetch_all($db)
        .await
    };
}

/// The next products in the shopkeeper's order, from the beginning or after one; drafts are none.
pub async fn after(
    db: &PgPool,
    (position, id): (i64, Uuid),
    limit: i64,
) -> sqlx::Result<Vec<SourceRow>> {
    sources!(
        db,
        "SELECT id FROM product
         WHERE status = 'active' AND published_at IS NOT NULL AND (position, id) > ($1, $2)
         ORDER BY position, id LIMIT $3",
        position,
        id,
        limit,
    )
}

/// The products of these slugs that belong into the index.
pub async fn by_slug(db: &PgPool, slugs: &[String]) -> sqlx::Result<Vec<SourceRow>> {
    sources!(db, "SELECT id FROM product WHERE slug = ANY ($1)", slugs)
}

/// Roughly how many products there are, as PostgreSQL's statistics have it; 0 when it does not know.
pub async fn estimate(db: &PgPool) -> sqlx::Result<i64> {
    let count = sqlx::query_scalar!(
        r#"SELECT greatest(reltuples, 0)::bigint AS "count!" FROM pg_class WHERE oid = 'product'::regclass"#
    );
    count.fetch_one(db).await
}

/// Tells this database from all others: from one of the same name that was there before, and from one of another cluster
/// (whose oids may be the same).
pub async fn database(db: &PgPool) -> sqlx::Result<String> {
    let name = sqlx::query_scalar!(
        r#"SELECT current_database() || '-' || oid::text || '-' || system_identifier::text AS "name!"
           FROM pg_database, pg_control_system() WHERE datname = current_database()"#
    );
    name.fetch_one(db).await
}

/// Whether `position` (a `pg_snapshot`) has seen transactions that this database has not begun: it was taken back to an earlier
/// state, and an index that goes by that position would miss what comes.
pub async fn is_ahead(db: &PgPool, position: &str) -> sqlx::Result<bool> {
    let ahead = sqlx::query_scalar!(
        r#"SELECT pg_snapshot_xmax(($1::text)::pg_snapshot) > pg_snapshot_xmax(pg_current_snapshot()) AS "ahead!""#,
        position,
    );
    ahead.fetch_one(db).await
}
