//! The statements that count what sells.

use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

pub struct SoldRow {
    pub id: Uuid,
    pub sold: i64,
}

/// The products that sold another number of units since then than is written down, by id.
pub async fn changed(db: &PgPool, since: OffsetDateTime) -> sqlx::Result<Vec<SoldRow>> {
    sqlx::query_as!(
        SoldRow,
        r#"WITH sold AS (
               SELECT v.product_id AS id, sum(l.quantity - l.withdrawn) AS units
               FROM orders o
               JOIN order_line l ON l.customer_id = o.customer_id AND l.order_id = o.id
               JOIN variant v ON v.id = l.variant_id
               WHERE o.placed_at > $1 AND o.state = 'paid'
               GROUP BY v.product_id)
           SELECT p.id, coalesce(sold.units, 0)::bigint AS "sold!"
           FROM (SELECT id FROM sold
                 UNION
                 SELECT id FROM product WHERE status = 'active' AND sold_lately > 0) either
           JOIN product p USING (id)
           LEFT JOIN sold USING (id)
           WHERE p.sold_lately <> coalesce(sold.units, 0)
           ORDER BY p.id"#,
        since,
    )
    .fetch_all(db)
    .await
}

/// Rows are locked in the order of their ids.
pub async fn set(tx: &mut PgConnection, ids: &[Uuid], counts: &[i64]) -> sqlx::Result<()> {
    sqlx::query!(
        "WITH locked AS (SELECT id FROM product WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE)
         UPDATE product SET sold_lately = counted.units
         FROM unnest($1::uuid[], $2::bigint[]) AS counted (id, units) JOIN locked USING (id)
         WHERE product.id = counted.id",
        ids,
        counts,
    )
    .execute(tx)
    .await?;
    Ok(())
}
