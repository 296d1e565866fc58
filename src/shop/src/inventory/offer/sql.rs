//! How variants are sold: supply, limits, bundles.

use super::Offer;
use domain::inventory::{Component, Limits, Oversell, Supply};
use sqlx::{PgConnection, PgPool};
use time::Date;
use uuid::Uuid;

/// One at a time changes what bundles are made of: two at once could nest them.
pub(super) async fn lock_bundles(tx: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query!("SELECT pg_advisory_xact_lock(hashtextextended('bundles', 0))::text AS locked")
        .fetch_one(tx)
        .await?;
    Ok(())
}

/// Whether one of the components is a bundle, or the bundle a component.
pub(super) async fn is_nested(
    tx: &mut PgConnection,
    bundle: Uuid,
    components: &[Component],
) -> sqlx::Result<bool> {
    let parts: Vec<Uuid> = components.iter().map(|part| part.variant.0).collect();
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM bundle_component WHERE bundle_id = ANY ($2))
                  OR (cardinality($2) > 0 AND EXISTS (SELECT FROM bundle_component WHERE component_id = $1)) AS "nested!""#,
        bundle,
        &parts,
    )
    .fetch_one(tx)
    .await
}

pub(super) async fn set_components(
    tx: &mut PgConnection,
    bundle: Uuid,
    components: &[Component],
) -> sqlx::Result<()> {
    let parts: Vec<Uuid> = components.iter().map(|part| part.variant.0).collect();
    let quantities: Vec<i32> = components
        .iter()
        .map(|part| i32::try_from(part.quantity).unwrap_or(i32::MAX))
        .collect();
    sqlx::query!("DELETE FROM bundle_component WHERE bundle_id = $1", bundle)
        .execute(&mut *tx)
        .await?;
    sqlx::query!(
        "INSERT INTO bundle_component (bundle_id, component_id, quantity)
         SELECT $1, part.variant_id, part.quantity FROM unnest($2::uuid[], $3::int[]) AS part (variant_id, quantity)",
        bundle,
        &parts,
        &quantities,
    )
    .execute(tx)
    .await?;
    Ok(())
}

pub(super) async fn set_limits(
    tx: &mut PgConnection,
    variant: Uuid,
    per_order: Option<i32>,
    per_customer: Option<i32>,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "UPDATE variant SET most_per_order = $2, most_per_customer = $3 WHERE id = $1",
        variant,
        per_order,
        per_customer,
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

pub(super) async fn set_supply(
    tx: &mut PgConnection,
    variant: Uuid,
    supply: Supply,
) -> sqlx::Result<bool> {
    let (kind, on) = match supply {
        Supply::Shelf => ("shelf", None),
        Supply::Backorder { expected } => ("backorder", expected),
        Supply::Preorder { from } => ("preorder", Some(from)),
    };
    let done = sqlx::query!(
        "UPDATE variant SET supply = $2, supply_on = $3 WHERE id = $1",
        variant,
        kind,
        on,
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// How far a variant may be sold beyond the shelf; returns at how many locations. The figures stay.
pub(super) async fn set_oversell(
    tx: &mut PgConnection,
    variant: Uuid,
    beyond: Oversell,
) -> sqlx::Result<u64> {
    let (allowed, limit) = match beyond {
        Oversell::Never => (false, None),
        Oversell::UpTo(limit) => (true, Some(limit)),
        Oversell::Always => (true, None),
    };
    let done = sqlx::query!(
        "UPDATE stock s SET oversell = $2, backorder_limit = $3
         FROM (SELECT location_id FROM stock WHERE variant_id = $1 ORDER BY location_id FOR UPDATE) AS here
         WHERE s.variant_id = $1 AND s.location_id = here.location_id",
        variant,
        allowed,
        limit,
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected())
}

/// Units of a variant that orders hold, over all locations.
pub(super) async fn held(db: &PgPool, variant: Uuid) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"SELECT coalesce(sum(held), 0)::bigint AS "held!" FROM stock WHERE variant_id = $1"#,
        variant,
    )
    .fetch_one(db)
    .await
}

/// How a variant is sold; None for one that is not there.
pub(super) async fn offer(db: &PgPool, variant: Uuid) -> sqlx::Result<Option<Offer>> {
    let row = sqlx::query!(
        r#"SELECT v.supply, v.supply_on, v.most_per_order, v.most_per_customer,
                  coalesce((SELECT array_agg(part.sku ORDER BY part.sku) FROM bundle_component c
                            JOIN variant part ON part.id = c.component_id WHERE c.bundle_id = v.id), '{}') AS "skus!",
                  coalesce((SELECT array_agg(c.quantity ORDER BY part.sku) FROM bundle_component c
                            JOIN variant part ON part.id = c.component_id WHERE c.bundle_id = v.id), '{}') AS "quantities!",
                  coalesce((SELECT array_agg(whole.sku ORDER BY whole.sku) FROM bundle_component c
                            JOIN variant whole ON whole.id = c.bundle_id WHERE c.component_id = v.id), '{}') AS "part_of!"
           FROM variant v WHERE v.id = $1"#,
        variant,
    )
    .fetch_optional(db)
    .await?;
    let most = |limit: Option<i32>| limit.and_then(|most| u32::try_from(most).ok());
    Ok(row.map(|row| Offer {
        supply: match (row.supply.as_str(), row.supply_on) {
            ("preorder", Some(from)) => Supply::Preorder { from },
            ("backorder", expected) => Supply::Backorder { expected },
            _ => Supply::Shelf,
        },
        limits: Limits {
            per_order: most(row.most_per_order),
            per_customer: most(row.most_per_customer),
        },
        components: row
            .skus
            .into_iter()
            .zip(row.quantities)
            .map(|(sku, count)| (sku, u32::try_from(count).unwrap_or_default()))
            .collect(),
        part_of: row.part_of,
    }))
}

/// The variants whose promised day was today or yesterday, with their bundles.
pub(super) async fn promised_until(tx: &mut PgConnection, today: Date) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        r#"WITH due AS (SELECT id FROM variant WHERE supply <> 'shelf' AND supply_on BETWEEN $1::date - 1 AND $1)
           SELECT id AS "id!" FROM due
           UNION SELECT c.bundle_id FROM bundle_component c JOIN due ON due.id = c.component_id"#,
        today,
    )
    .fetch_all(tx)
    .await
}
