//! The statements of wish lists.

use domain::{CustomerId, ProductId, Storefront};
use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

pub struct WishRow {
    pub id: Uuid,
    pub slug: String,
    pub title: String,
    /// Its one variant that has a price here; None when there are none or several.
    pub only: Option<Uuid>,
}

/// What is on a wish list, the latest first.
pub async fn list(
    db: &PgPool,
    customer: CustomerId,
    at: &Storefront,
    limit: i64,
) -> sqlx::Result<Vec<WishRow>> {
    sqlx::query_as!(
        WishRow,
        r#"SELECT p.id, p.slug, coalesce(nullif(t.title, ''), p.title) AS "title!", offered.only AS "only?"
           FROM wish w
           JOIN product p ON p.id = w.product_id
           LEFT JOIN product_translation t ON t.product_id = p.id AND t.locale = $2
           LEFT JOIN LATERAL (
               SELECT (array_agg(v.id))[1] AS only
               FROM variant v JOIN price ON price.variant_id = v.id AND price.market = $3
               WHERE v.product_id = p.id AND v.retired_at IS NULL
               HAVING count(*) = 1) offered ON true
           WHERE w.customer_id = $1
           ORDER BY w.added_at DESC, w.product_id DESC
           LIMIT $4"#,
        customer.0,
        at.locale.code(),
        at.market.as_str(),
        limit,
    )
    .fetch_all(db)
    .await
}

/// How a wish list stands.
pub struct Standing {
    pub count: i64,
    /// The product is on it.
    pub is_there: bool,
}

/// Locks the customer; None when they are another by now. What stands is read once the lock is there.
pub async fn lock(
    tx: &mut PgConnection,
    customer: CustomerId,
    product: ProductId,
) -> sqlx::Result<Option<Standing>> {
    let found = sqlx::query_scalar!(
        r#"SELECT true AS "is_there!" FROM customer WHERE id = $1 AND merged_into IS NULL FOR NO KEY UPDATE"#,
        customer.0,
    );
    if found.fetch_optional(&mut *tx).await?.is_none() {
        return Ok(None);
    }
    let standing = sqlx::query_as!(
        Standing,
        r#"SELECT count(*) AS "count!", coalesce(bool_or(product_id = $2), false) AS "is_there!"
           FROM wish WHERE customer_id = $1"#,
        customer.0,
        product.0,
    );
    standing.fetch_one(tx).await.map(Some)
}

pub async fn insert(
    tx: &mut PgConnection,
    customer: CustomerId,
    product: ProductId,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO wish (customer_id, product_id, added_at) VALUES ($1, $2, $3)",
        customer.0,
        product.0,
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// The product that was on it.
pub async fn delete(
    tx: &mut PgConnection,
    customer: CustomerId,
    slug: &str,
) -> sqlx::Result<Option<Uuid>> {
    sqlx::query_scalar!(
        "DELETE FROM wish USING product
         WHERE wish.customer_id = $1 AND product.slug = $2 AND wish.product_id = product.id
         RETURNING wish.product_id",
        customer.0,
        slug,
    )
    .fetch_optional(tx)
    .await
}

pub async fn merge(tx: &mut PgConnection, from: CustomerId, into: CustomerId) -> sqlx::Result<()> {
    sqlx::query!(
        "WITH given AS (DELETE FROM wish WHERE customer_id = $1 RETURNING product_id, added_at)
         INSERT INTO wish (customer_id, product_id, added_at)
         SELECT $2, product_id, added_at FROM given ORDER BY product_id
         ON CONFLICT (customer_id, product_id) DO UPDATE SET added_at = greatest(wish.added_at, excluded.added_at)",
        from.0,
        into.0,
    )
    .execute(tx)
    .await?;
    Ok(())
}
