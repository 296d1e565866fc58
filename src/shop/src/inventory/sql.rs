//! Stock of an order's lines.

use super::Held;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

pub(super) async fn lock(
    tx: &mut PgConnection,
    customer: Uuid,
    order: Uuid,
) -> sqlx::Result<Vec<Held>> {
    sqlx::query_as!(
        Held,
        r#"SELECT s.variant_id AS variant, s.location_id AS location, l.quantity::bigint AS "quantity!",
                  s.on_hand, s.held, s.oversell
           FROM order_line l JOIN stock s ON s.variant_id = l.variant_id AND s.location_id = l.location_id
           WHERE l.customer_id = $1 AND l.order_id = $2
           ORDER BY s.variant_id, s.location_id
           FOR UPDATE OF s"#,
        customer,
        order,
    )
    .fetch_all(tx)
    .await
}

pub(super) async fn apply(
    tx: &mut PgConnection,
    order: Uuid,
    lines: &[Held],
    ledger_ids: &[Uuid],
    (on_hand, held, sold, cause): (i64, i64, i64, &str),
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    let variants: Vec<Uuid> = lines.iter().map(|line| line.variant).collect();
    let locations: Vec<Uuid> = lines.iter().map(|line| line.location).collect();
    let quantities: Vec<i64> = lines.iter().map(|line| line.quantity).collect();
    sqlx::query!(
        "WITH moved AS (
             SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::uuid[])
                 AS line (variant_id, location_id, quantity, ledger_id)),
         ledger AS (
             INSERT INTO stock_ledger
                 (id, at, variant_id, location_id, on_hand_change, held_change, sold_change, cause, reference)
             SELECT ledger_id, $9, variant_id, location_id, quantity * $5, quantity * $6, quantity * $7, $8, $10
             FROM moved)
         UPDATE stock s
         SET on_hand = s.on_hand + moved.quantity * $5,
             held = s.held + moved.quantity * $6,
             sold = s.sold + moved.quantity * $7
         FROM moved
         WHERE s.variant_id = moved.variant_id AND s.location_id = moved.location_id",
        &variants,
        &locations,
        &quantities,
        ledger_ids,
        on_hand,
        held,
        sold,
        cause,
        now,
        order,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// The tags of the pages that show these variants' stock state.
pub(super) async fn page_tags(
    tx: &mut PgConnection,
    variants: &[Uuid],
) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar!(
        r#"SELECT DISTINCT tag AS "tag!"
           FROM variant v
           JOIN product p ON p.id = v.product_id
           LEFT JOIN category c ON c.id = p.category_id
           CROSS JOIN LATERAL (VALUES ('product:' || p.slug), ('category:' || c.slug), ('home')) AS tags (tag)
           WHERE v.id = ANY($1) AND tag IS NOT NULL
           ORDER BY 1"#,
        variants,
    )
    .fetch_all(tx)
    .await
}
