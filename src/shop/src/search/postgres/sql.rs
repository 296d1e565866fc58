//! The statements of search by PostgreSQL: each answer is one.

use crate::search::attribute;
use crate::search::list::{Candidate, Merit};
use domain::ProductId;
use sqlx::PgPool;
use time::OffsetDateTime;
use uuid::Uuid;

/// In whose eyes, and where, it is searched.
pub struct View {
    pub locale: &'static str,
    pub market: String,
    pub now: OffsetDateTime,
    pub category: Option<Uuid>,
}

/// Where a listing goes on.
pub enum From {
    /// After this position and product.
    Position(i64, Option<Uuid>),
    /// Before this moment (microseconds since 1970) and product; None from now on.
    Date(Option<(i64, Uuid)>),
    Merit(Merited),
}

/// Where a listing by merit goes on: after both.
pub struct Merited {
    pub by: By,
    /// A merit with its sign turned, and a product.
    pub merit: (i64, Uuid),
    /// A position and a product, of those without merit.
    pub position: (i64, Uuid),
}

impl Merited {
    /// After that key of a list, and that product; from the start for none.
    pub fn after(by: By, place: Option<(Result<i64, i64>, Uuid)>) -> Self {
        let (start, end) = ((i64::MIN, Uuid::nil()), (i64::MAX, Uuid::max()));
        let (merit, position) = match place {
            None => ((i64::from(i32::MIN), Uuid::nil()), start),
            Some((Ok(merit), id)) => ((-merit, id), start),
            Some((Err(position), id)) => (end, (position, id)),
        };
        Self {
            by,
            merit,
            position,
        }
    }
}

/// By which merit.
#[derive(Clone, Copy)]
pub enum By {
    Score,
    Sold,
}

pub struct CandidateRow {
    id: Uuid,
    rank: f32,
    position: i64,
    published: i64,
    price: i64,
    in_stock: bool,
    stars: i64,
    score: i32,
    sold: i64,
    vendor: String,
    options: Vec<String>,
    attributes: Vec<String>,
}

impl std::convert::From<CandidateRow> for Candidate {
    fn from(row: CandidateRow) -> Self {
        let attributes = row
            .attributes
            .iter()
            .filter_map(|stored| attribute::key(stored));
        let mut keys = row.options;
        keys.extend(attributes);
        Self {
            id: ProductId(row.id),
            rank: row.rank,
            position: row.position,
            published: row.published,
            price: row.price,
            in_stock: row.in_stock,
            merit: Merit {
                stars: row.stars,
                score: row.score.into(),
                sold: row.sold,
            },
            brand: row.vendor,
            keys,
        }
    }
}

/// What is needed of the products that `$page` (id, rank) names. `$1` is the market.
macro_rules! candidates {
    ($db:expr, $view:expr, $page:literal $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            CandidateRow,
            "WITH page AS MATERIALIZED (" + $page + r#")
            SELECT p.id, page.rank AS "rank!", p.position,
                   (extract(epoch FROM p.published_at) * 1000000)::bigint AS "published!",
                   offer.price AS "price!", offer.in_stock AS "in_stock!",
                   coalesce(100 * p.rating_sum / nullif(p.rating_count, 0), 0) AS "stars!", p.rating_score AS score,
                   p.sold_lately AS sold, p.vendor,
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
                SELECT min(amount_minor) AS price, bool_or(coalesce(available, 1) > 0) AS in_stock
                FROM (SELECT price.amount_minor, (SELECT s.available FROM variant_stock(v.id) s) AS available
                      FROM variant v JOIN price ON price.variant_id = v.id AND price.market = $1
                      WHERE v.product_id = p.id AND v.retired_at IS NULL OFFSET 0) offered) offer
            WHERE offer.price IS NOT NULL"#,
            $view.market,
            $($argument),*
        )
        .fetch_all($db)
        .await
    };
}

/// Products that match `text`, at most `limit` by each way to match: by the words of the shop's first language and of the
/// shopper's, by SKU, by barcode.
pub async fn matching(
    db: &PgPool,
    view: &View,
    text: &str,
    limit: i64,
) -> sqlx::Result<Vec<CandidateRow>> {
    candidates!(
        db,
        view,
        "SELECT id, max(rank)::real AS rank FROM (
             (SELECT id, ts_rank(search_words('english', title, subtitle, vendor, tags, lead, body_html),
                                 websearch_to_tsquery('english', $2)) AS rank
              FROM product
              WHERE search_words('english', title, subtitle, vendor, tags, lead, body_html)
                    @@ websearch_to_tsquery('english', $2)
                AND status = 'active' AND published_at <= $4 AND ($5::uuid IS NULL OR category_id IN (SELECT c.id FROM category c WHERE c.path @> ARRAY[$5]))
              LIMIT $3)
             UNION ALL
             (SELECT t.product_id, ts_rank(search_words('german', t.title, t.subtitle, '', '{}', t.lead, t.body_html),
                                           websearch_to_tsquery('german', $2))
              FROM product_translation t JOIN product p ON p.id = t.product_id
              WHERE t.locale = 'de' AND $6 = 'de'
                AND search_words('german', t.title, t.subtitle, '', '{}', t.lead, t.body_html)
                    @@ websearch_to_tsquery('german', $2)
                AND p.status = 'active' AND p.published_at <= $4 AND ($5::uuid IS NULL OR p.category_id IN (SELECT c.id FROM category c WHERE c.path @> ARRAY[$5]))
              LIMIT $3)
             UNION ALL
             (SELECT v.product_id, 100
              FROM variant v JOIN product p ON p.id = v.product_id
              WHERE v.sku = $2 AND v.sku <> '' AND v.retired_at IS NULL
                AND p.status = 'active' AND p.published_at <= $4 AND ($5::uuid IS NULL OR p.category_id IN (SELECT c.id FROM category c WHERE c.path @> ARRAY[$5]))
              LIMIT $3)
             UNION ALL
             (SELECT v.product_id, 100
              FROM variant v JOIN product p ON p.id = v.product_id
              WHERE v.barcode = $2 AND v.barcode <> '' AND v.retired_at IS NULL
                AND p.status = 'active' AND p.published_at <= $4 AND ($5::uuid IS NULL OR p.category_id IN (SELECT c.id FROM category c WHERE c.path @> ARRAY[$5]))
              LIMIT $3)) AS matched
         GROUP BY id ORDER BY 2 DESC, id LIMIT $3",
        text,
        limit,
        view.now,
        view.category,
        view.locale,
    )
}

/// Products of a category, or all, in order.
pub async fn listed(
    db: &PgPool,
    view: &View,
    from: From,
    limit: i64,
) -> sqlx::Result<Vec<CandidateRow>> {
    match (from, view.category) {
        (From::Position(position, id), Some(category)) => candidates!(
            db,
            view,
            // So many of each category below, by its index: a whole department is never sorted.
            "SELECT listed.id, 0::real AS rank
             FROM category c
             CROSS JOIN LATERAL (
                 SELECT p.id, p.position FROM product p
                 WHERE p.category_id = c.id AND p.status = 'active' AND p.published_at <= $3
                   AND (p.position, p.id) > ($4, $5)
                 ORDER BY p.position, p.id LIMIT $6) AS listed
             WHERE c.path @> ARRAY[$2::uuid]
             ORDER BY listed.position, listed.id LIMIT $6",
            category,
            view.now,
            position,
            id.unwrap_or(Uuid::nil()),
            limit,
        ),
        (From::Position(position, id), None) => candidates!(
            db,
            view,
            "SELECT id, 0::real AS rank FROM product
             WHERE status = 'active' AND published_at <= $2 AND (position, id) > ($3, $4)
             ORDER BY position, id LIMIT $5",
            view.now,
            position,
            id.unwrap_or(Uuid::nil()),
            limit,
        ),
        (From::Merit(from), _) => merited(db, view, from, limit).await,
        (From::Date(from), Some(category)) => {
            let (moment, id) = before(view, from);
            candidates!(
                db,
                view,
                "SELECT listed.id, 0::real AS rank
                 FROM category c
                 CROSS JOIN LATERAL (
                     SELECT p.id, p.published_at FROM product p
                     WHERE p.category_id = c.id AND p.status = 'active' AND p.published_at <= $3
                       AND (p.published_at, p.id) < ($4, $5)
                     ORDER BY p.published_at DESC, p.id DESC LIMIT $6) AS listed
                 WHERE c.path @> ARRAY[$2::uuid]
                 ORDER BY listed.published_at DESC, listed.id DESC LIMIT $6",
                category,
                view.now,
                moment,
                id,
                limit,
            )
        }
        (From::Date(from), None) => {
            let (moment, id) = before(view, from);
            candidates!(
                db,
                view,
                "SELECT id, 0::real AS rank FROM product
                 WHERE status = 'active' AND published_at <= $2 AND (published_at, id) < ($3, $4)
                 ORDER BY published_at DESC, id DESC LIMIT $5",
                view.now,
                moment,
                id,
                limit,
            )
        }
    }
}

/// Products that have merit, the best first, then those without by position.
async fn merited(
    db: &PgPool,
    view: &View,
    from: Merited,
    limit: i64,
) -> sqlx::Result<Vec<CandidateRow>> {
    let score = i32::try_from(from.merit.0).unwrap_or(i32::MAX);
    match (from.by, view.category) {
        (By::Score, Some(category)) => candidates!(
            db,
            view,
            "SELECT id, 0::real AS rank FROM (
             (SELECT listed.id, 0 AS part, listed.key FROM category c
              CROSS JOIN LATERAL (
                  SELECT p.id, -p.rating_score::bigint AS key FROM product p
                  WHERE p.category_id = c.id AND p.status = 'active' AND p.published_at <= $3 AND p.rating_count > 0
                    AND (-p.rating_score, p.id) > ($4, $5)
                  ORDER BY -p.rating_score, p.id LIMIT $8) AS listed
              WHERE c.path @> ARRAY[$2::uuid])
             UNION ALL
             (SELECT listed.id, 1 AS part, listed.key FROM category c
              CROSS JOIN LATERAL (
                  SELECT p.id, p.position AS key FROM product p
                  WHERE p.category_id = c.id AND p.status = 'active' AND p.published_at <= $3 AND p.rating_count = 0
                    AND (p.position, p.id) > ($6, $7)
                  ORDER BY p.position, p.id LIMIT $8) AS listed
              WHERE c.path @> ARRAY[$2::uuid])) AS either
             ORDER BY part, key, id LIMIT $8",
            category,
            view.now,
            score,
            from.merit.1,
            from.position.0,
            from.position.1,
            limit,
        ),
        (By::Score, None) => candidates!(
            db,
            view,
            "SELECT id, 0::real AS rank FROM (
             (SELECT id, 0 AS part, -rating_score::bigint AS key FROM product
              WHERE status = 'active' AND published_at <= $2 AND rating_count > 0 AND (-rating_score, id) > ($3, $4)
              ORDER BY -rating_score, id LIMIT $7)
             UNION ALL
             (SELECT id, 1 AS part, position AS key FROM product
              WHERE status = 'active' AND published_at <= $2 AND rating_count = 0 AND (position, id) > ($5, $6)
              ORDER BY position, id LIMIT $7)) AS either
             ORDER BY part, key, id LIMIT $7",
            view.now,
            score,
            from.merit.1,
            from.position.0,
            from.position.1,
            limit,
        ),
        (By::Sold, Some(category)) => candidates!(
            db,
            view,
            "SELECT id, 0::real AS rank FROM (
             (SELECT listed.id, 0 AS part, listed.key FROM category c
              CROSS JOIN LATERAL (
                  SELECT p.id, -p.sold_lately::bigint AS key FROM product p
                  WHERE p.category_id = c.id AND p.status = 'active' AND p.published_at <= $3 AND p.sold_lately > 0
                    AND (-p.sold_lately, p.id) > ($4, $5)
                  ORDER BY -p.sold_lately, p.id LIMIT $8) AS listed
              WHERE c.path @> ARRAY[$2::uuid])
             UNION ALL
             (SELECT listed.id, 1 AS part, listed.key FROM category c
              CROSS JOIN LATERAL (
                  SELECT p.id, p.position AS key FROM product p
                  WHERE p.category_id = c.id AND p.status = 'active' AND p.published_at <= $3 AND p.sold_lately = 0
                    AND (p.position, p.id) > ($6, $7)
                  ORDER BY p.position, p.id LIMIT $8) AS listed
              WHERE c.path @> ARRAY[$2::uuid])) AS either
             ORDER BY part, key, id LIMIT $8",
            category,
            view.now,
            from.merit.0,
            from.merit.1,
            from.position.0,
            from.position.1,
            limit,
        ),
        (By::Sold, None) => candidates!(
            db,
            view,
            "SELECT id, 0::real AS rank FROM (
             (SELECT id, 0 AS part, -sold_lately::bigint AS key FROM product
              WHERE status = 'active' AND published_at <= $2 AND sold_lately > 0 AND (-sold_lately, id) > ($3, $4)
              ORDER BY -sold_lately, id LIMIT $7)
             UNION ALL
             (SELECT id, 1 AS part, position AS key FROM product
              WHERE status = 'active' AND published_at <= $2 AND sold_lately = 0 AND (position, id) > ($5, $6)
              ORDER BY position, id LIMIT $7)) AS either
             ORDER BY part, key, id LIMIT $7",
            view.now,
            from.merit.0,
            from.merit.1,
            from.position.0,
            from.position.1,
            limit,
        ),
    }
}

fn before(view: &View, from: Option<(i64, Uuid)>) -> (OffsetDateTime, Uuid) {
    let Some((micros, id)) = from else {
        return (view.now, Uuid::max());
    };
    let moment = OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1_000);
    (moment.unwrap_or(OffsetDateTime::UNIX_EPOCH), id)
}
