//! Which stock the units of an order's lines were made of.

use super::{Chosen, Moved};
use sqlx::PgConnection;
use uuid::Uuid;

/// A row for every (variant, location) that the chosen units were taken from, in the order everybody locks in. What came
/// from several places goes back to them in turn, to none more than came from it.
pub(super) async fn units(
    tx: &mut PgConnection,
    (customer, order): (Uuid, Uuid),
    chosen: &Chosen,
    make: impl Fn(i64) -> Moved,
) -> sqlx::Result<Vec<Moved>> {
    let positions: Vec<i32> = chosen.iter().map(|(position, _)| *position).collect();
    let quantities: Vec<i64> = chosen.iter().map(|(_, count)| i64::from(*count)).collect();
    let rows = sqlx::query!(
        r#"WITH chosen AS (
               SELECT l.variant_id, l.components, line.quantity
               FROM unnest($3::int[], $4::bigint[]) AS line (position, quantity)
               JOIN order_line l ON l.customer_id = $1 AND l.order_id = $2 AND l.position = line.position),
           wanted AS (
               SELECT part.variant_id, sum(part.quantity)::bigint AS quantity
               FROM (SELECT chosen.variant_id, chosen.quantity FROM chosen
                     UNION ALL
                     SELECT (part ->> 'variant')::uuid, chosen.quantity * (part ->> 'quantity')::bigint
                     FROM chosen CROSS JOIN LATERAL jsonb_array_elements(chosen.components) AS part) AS part
               GROUP BY part.variant_id),
           taken AS (
               SELECT part.variant_id, part.location_id, sum(part.quantity)::bigint AS quantity,
                      count(*) OVER (PARTITION BY part.variant_id) AS places
               FROM (SELECT l.variant_id, l.location_id, l.quantity::bigint FROM order_line l
                     WHERE l.customer_id = $1 AND l.order_id = $2 AND l.location_id IS NOT NULL
                     UNION ALL
                     SELECT o.variant_id, o.location_id, o.quantity FROM order_stock o
                     WHERE o.customer_id = $1 AND o.order_id = $2) AS part
               GROUP BY part.variant_id, part.location_id),
           room AS (
               SELECT taken.variant_id, taken.location_id, wanted.quantity AS wanted,
                      CASE WHEN taken.places = 1 THEN wanted.quantity ELSE taken.quantity - back.quantity END AS room
               FROM wanted JOIN taken ON taken.variant_id = wanted.variant_id
               CROSS JOIN LATERAL (
                   SELECT coalesce(-sum(entry.sold_change), 0)::bigint AS quantity FROM stock_ledger entry
                   WHERE taken.places > 1 AND entry.variant_id = taken.variant_id
                     AND entry.location_id = taken.location_id AND entry.reference = $2 AND entry.cause = 'return'
                     AND entry.at >= (SELECT o.placed_at FROM orders o WHERE o.customer_id = $1 AND o.id = $2)) AS back),
           spread AS (
               SELECT room.variant_id, room.location_id,
                      least(room.room, room.wanted - coalesce(sum(room.room) OVER (
                          PARTITION BY room.variant_id ORDER BY room.location_id
                          ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0))::bigint AS units
               FROM room)
           SELECT spread.variant_id AS "variant!", spread.location_id AS "location!", spread.units AS "units!"
           FROM spread WHERE spread.units > 0
           ORDER BY spread.variant_id, spread.location_id"#,
        customer,
        order,
        &positions,
        &quantities,
    )
    .fetch_all(tx)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Moved {
            variant: row.variant,
            location: row.location,
            ..make(row.units)
        })
        .collect())
}
