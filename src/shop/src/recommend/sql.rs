//! The statements of recommendations.

use super::Beside;
use crate::catalog::{TAG_FEATURED, TAG_NEW};
use futures::stream::BoxStream;
use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

/// A place in the catalogue's order: category (the nil UUID for none), position, id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub category: Uuid,
    pub position: i64,
    pub product: Uuid,
}

/// Before everything.
pub const START: Place = Place {
    category: Uuid::nil(),
    position: i64::MIN,
    product: Uuid::nil(),
};

pub struct Begun {
    /// Where the run before was stopped.
    pub after: Option<Place>,
}

/// Takes the lease; None while it is another's.
pub async fn begin(
    db: &PgPool,
    now: OffsetDateTime,
    until: OffsetDateTime,
) -> sqlx::Result<Option<Begun>> {
    let row = sqlx::query!(
        "UPDATE recommendation_run SET leased_until = $2 WHERE leased_until IS NULL OR leased_until <= $1
         RETURNING after_category, after_position, after_product",
        now,
        until,
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| Begun {
        after: match (row.after_category, row.after_position, row.after_product) {
            (Some(category), Some(position), Some(product)) => Some(Place {
                category,
                position,
                product,
            }),
            _ => None,
        },
    }))
}

pub async fn is_due(db: &PgPool, now: OffsetDateTime) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM recommendation_run
                          WHERE due_at <= $1 AND (leased_until IS NULL OR leased_until <= $1)) AS "due!""#,
        now
    )
    .fetch_one(db)
    .await
}

pub async fn renew(tx: &mut PgConnection, until: OffsetDateTime) -> sqlx::Result<()> {
    sqlx::query!("UPDATE recommendation_run SET leased_until = $1", until)
        .execute(tx)
        .await?;
    Ok(())
}

pub async fn reach(db: &PgPool, place: Place, until: OffsetDateTime) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE recommendation_run
         SET after_category = $1, after_position = $2, after_product = $3, leased_until = $4",
        place.category,
        place.position,
        place.product,
        until,
    )
    .execute(db)
    .await?;
    Ok(())
}

pub async fn let_go(db: &PgPool) -> sqlx::Result<()> {
    sqlx::query!("UPDATE recommendation_run SET leased_until = NULL")
        .execute(db)
        .await?;
    Ok(())
}

pub async fn finish(tx: &mut PgConnection, due_at: OffsetDateTime) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE recommendation_run
         SET due_at = $1, leased_until = NULL, after_category = NULL, after_position = NULL, after_product = NULL",
        due_at
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Roughly how many products there are, as PostgreSQL's statistics have it; 0 when it does not know.
pub async fn about(db: &PgPool) -> sqlx::Result<u64> {
    let count = sqlx::query_scalar!(
        r#"SELECT greatest(reltuples, 0)::bigint AS "count!" FROM pg_class WHERE oid = 'product'::regclass"#
    );
    Ok(count.fetch_one(db).await?.unsigned_abs())
}

pub struct TogetherRow {
    pub product_id: Uuid,
    pub others: Vec<Uuid>,
    pub scores: Vec<f32>,
}

/// What was bought together since then, by product; `lines` of an order count, and pairs that `shoppers` bought. PostgreSQL sorts
/// and hashes on disk what does not fit in its `work_mem`.
pub fn together(
    db: &mut PgConnection,
    since: OffsetDateTime,
    lines: i64,
    shoppers: i64,
    shrink: f64,
) -> BoxStream<'_, sqlx::Result<TogetherRow>> {
    sqlx::query_as!(
        TogetherRow,
        r#"WITH basket AS MATERIALIZED (
               SELECT DISTINCT o.customer_id, o.id AS order_id, v.product_id
               FROM orders o
               CROSS JOIN LATERAL (
                   SELECT variant_id FROM order_line
                   WHERE customer_id = o.customer_id AND order_id = o.id AND quantity > withdrawn
                   ORDER BY position LIMIT $2) line
               JOIN variant v ON v.id = line.variant_id
               JOIN product p ON p.id = v.product_id AND p.status = 'active'
               WHERE o.placed_at > $1 AND o.state = 'paid'),
           bought AS (
               SELECT product_id, count(DISTINCT customer_id) AS shoppers FROM basket GROUP BY product_id),
           pair AS (
               SELECT a.product_id AS one, b.product_id AS other, count(DISTINCT customer_id) AS shoppers
               FROM basket a JOIN basket b USING (customer_id, order_id)
               WHERE a.product_id < b.product_id
               GROUP BY a.product_id, b.product_id
               HAVING count(DISTINCT customer_id) >= $3),
           scored AS (
               SELECT one, other,
                      pair.shoppers / sqrt(of_one.shoppers::float8 * of_other.shoppers)
                      * pair.shoppers / (pair.shoppers + $4::float8) AS score
               FROM pair
               JOIN bought of_one ON of_one.product_id = one
               JOIN bought of_other ON of_other.product_id = other),
           ranked AS (
               SELECT one, other, score, row_number() OVER (PARTITION BY one ORDER BY score DESC, other) AS rank
               FROM (SELECT one, other, score FROM scored
                     UNION ALL
                     SELECT other, one, score FROM scored) both_ways)
           SELECT one AS "product_id!", array_agg(other ORDER BY rank) AS "others!",
                  array_agg(score::real ORDER BY rank) AS "scores!"
           FROM ranked WHERE rank <= 12
           GROUP BY one ORDER BY one"#,
        since,
        lines,
        shoppers,
        shrink,
    )
    .fetch(db)
}

/// All categories with the way to them from the root, by id.
pub async fn categories(db: &PgPool) -> sqlx::Result<Vec<(Uuid, Vec<Uuid>)>> {
    let rows = sqlx::query!("SELECT id, path FROM category ORDER BY id")
        .fetch_all(db)
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.path)).collect())
}

pub struct TraitsRow {
    pub id: Uuid,
    pub category_id: Option<Uuid>,
    pub position: i64,
    pub title: String,
    pub vendor: String,
    pub tags: Vec<String>,
    pub facts: Vec<String>,
    pub price: Option<i64>,
}

/// What the products of `$page` (id, category_id, position, title, vendor, tags) are compared by. `$1` is the market whose prices
/// count, `$2` the tags that say nothing of a product. Numbers are the same when they are of the same size.
macro_rules! traits {
    ($db:expr, $market:expr, $page:literal $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            TraitsRow,
            "WITH page AS (" + $page + r#")
             SELECT page.id AS "id!", page.category_id, page.position AS "position!", page.title AS "title!",
                    page.vendor AS "vendor!",
                    ARRAY(SELECT tag FROM unnest(page.tags) AS tag WHERE tag <> ALL ($2) ORDER BY tag LIMIT 24) AS "tags!",
                    ARRAY(SELECT a.attribute || '=' || coalesce(
                                     a.text_value, a.boolean_value::text,
                                     CASE WHEN a.number_value > 0 THEN 'about e' || round(2 * ln(a.number_value))
                                          ELSE 'none' END)
                          FROM product_attribute a WHERE a.product_id = page.id
                          ORDER BY a.attribute, a.position LIMIT 24) AS "facts!",
                    (SELECT min(price.amount_minor)
                     FROM variant v JOIN price ON price.variant_id = v.id AND price.market = $1
                     WHERE v.product_id = page.id AND v.retired_at IS NULL) AS price
             FROM page ORDER BY page.position, page.id"#,
            $market,
            &[TAG_NEW.to_owned(), TAG_FEATURED.to_owned()],
            $($argument),*
        )
        .fetch_all($db)
        .await
    };
}

/// The next products of the place's category.
pub async fn block(
    db: &PgPool,
    market: &str,
    after: Place,
    limit: i64,
) -> sqlx::Result<Vec<TraitsRow>> {
    if after.category.is_nil() {
        return traits!(
            db,
            market,
            "SELECT id, category_id, position, title, vendor, tags FROM product
             WHERE status = 'active' AND published_at IS NOT NULL AND category_id IS NULL
               AND position >= $3 AND (position, id) > ($3, $4)
             ORDER BY position, id LIMIT $5",
            after.position,
            after.product,
            limit,
        );
    }
    traits!(
        db,
        market,
        "SELECT id, category_id, position, title, vendor, tags FROM product
         WHERE status = 'active' AND published_at IS NOT NULL AND category_id = $6
           AND position >= $3 AND (position, id) > ($3, $4)
         ORDER BY position, id LIMIT $5",
        after.position,
        after.product,
        limit,
        after.category,
    )
}

/// Some of these categories' products, of each the first ones, at most so many.
pub async fn within(
    db: &PgPool,
    market: &str,
    categories: &[Uuid],
    limit: i64,
) -> sqlx::Result<Vec<TraitsRow>> {
    traits!(
        db,
        market,
        "SELECT near.* FROM unnest($3::uuid[]) AS category (id)
         CROSS JOIN LATERAL (
             SELECT id, category_id, position, title, vendor, tags FROM product
             WHERE status = 'active' AND published_at IS NOT NULL AND category_id = category.id
             ORDER BY position LIMIT greatest($4::bigint / cardinality($3), 4)) near
         LIMIT $4::bigint",
        categories,
        limit,
    )
}

/// The shop's first products.
pub async fn first(db: &PgPool, market: &str, limit: i64) -> sqlx::Result<Vec<TraitsRow>> {
    traits!(
        db,
        market,
        "SELECT id, category_id, position, title, vendor, tags FROM product
         WHERE status = 'active' AND published_at IS NOT NULL ORDER BY position, id LIMIT $3",
        limit,
    )
}

/// Writes lists where they differ, and drops the list of a product that has no others. The slugs of the products that changed.
pub async fn put(tx: &mut PgConnection, kind: &str, lists: &[Beside]) -> sqlx::Result<Vec<String>> {
    let all: Vec<Uuid> = lists.iter().map(|(product, _)| *product).collect();
    let (mut products, mut ranks, mut others, mut scores) = (vec![], vec![], vec![], vec![]);
    for (product, list) in lists {
        for (rank, (other, score)) in (1_i16..).zip(list) {
            products.push(*product);
            ranks.push(rank);
            others.push(*other);
            scores.push(*score);
        }
    }
    sqlx::query_scalar!(
        r#"WITH fresh AS MATERIALIZED (
               SELECT product_id, array_agg(other ORDER BY rank) AS others, array_agg(score ORDER BY rank) AS scores
               FROM unnest($2::uuid[], $3::smallint[], $4::uuid[], $5::real[]) AS one (product_id, rank, other, score)
               GROUP BY product_id),
           -- It may have been deleted meanwhile.
           there AS MATERIALIZED (
               SELECT id, slug FROM product WHERE id = ANY ($6) ORDER BY id FOR KEY SHARE),
           written AS (
               INSERT INTO recommendation AS known (product_id, kind, others, scores)
               SELECT product_id, $1, others, scores FROM fresh JOIN there ON there.id = product_id
               ON CONFLICT (product_id, kind) DO UPDATE SET others = excluded.others, scores = excluded.scores
               WHERE known.others <> excluded.others
               RETURNING product_id),
           dropped AS (
               DELETE FROM recommendation
               WHERE kind = $1 AND product_id = ANY ($6) AND product_id NOT IN (SELECT product_id FROM fresh)
               RETURNING product_id)
           SELECT slug FROM there
           WHERE id IN (SELECT product_id FROM written UNION ALL SELECT product_id FROM dropped)"#,
        kind,
        &products,
        &ranks,
        &others,
        &scores,
        &all,
    )
    .fetch_all(tx)
    .await
}

/// Drops the lists between two products, both included, that are not among these. The slugs of whose they were.
pub async fn drop_others(
    tx: &mut PgConnection,
    kind: &str,
    (first, last): (Uuid, Uuid),
    lists: &[Beside],
) -> sqlx::Result<Vec<String>> {
    let kept: Vec<Uuid> = lists.iter().map(|(product, _)| *product).collect();
    sqlx::query_scalar!(
        "DELETE FROM recommendation r USING product p
         WHERE r.kind = $1 AND r.product_id BETWEEN $2 AND $3
           AND NOT EXISTS (SELECT FROM unnest($4::uuid[]) AS kept (id) WHERE kept.id = r.product_id)
           AND p.id = r.product_id
         RETURNING p.slug",
        kind,
        first,
        last,
        &kept,
    )
    .fetch_all(tx)
    .await
}

/// What goes with the products of these slugs, the latest viewed first; none of them.
pub async fn for_viewed(db: &PgPool, slugs: &[String], limit: i64) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        r#"WITH viewed AS MATERIALIZED (
               SELECT p.id, min(named.place) AS place
               FROM unnest($1::text[]) WITH ORDINALITY AS named (slug, place) JOIN product p USING (slug)
               GROUP BY p.id)
           SELECT other.id AS "id!"
           FROM viewed
           JOIN recommendation r ON r.product_id = viewed.id
           CROSS JOIN LATERAL unnest(r.others) WITH ORDINALITY AS other (id, rank)
           WHERE other.id NOT IN (SELECT id FROM viewed)
           GROUP BY other.id
           ORDER BY sum(1 / ((other.rank + 5) * (viewed.place + 2))::float8) DESC, other.id
           LIMIT $2"#,
        slugs,
        limit,
    )
    .fetch_all(db)
    .await
}
