//! Stock, its ledger and how it is sold. What they call lies in the migration `inventory`.

use super::holds::{Asked, LASTS};
use super::{Difference, Held, Moved, StockAt, oversell};
use crate::{Caller, Shop};
use domain::VariantId;
use domain::catalog::StockState;
use domain::inventory::Figures;
use sqlx::postgres::PgExecutor;
use sqlx::types::Json;
use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

/// Whether a constraint on the row's own values was broken.
pub(super) fn is_check(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .is_some_and(|error| error.is_check_violation())
}

pub(super) fn is_foreign_key(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .is_some_and(|error| error.is_foreign_key_violation())
}

pub(super) async fn lock(
    tx: &mut PgConnection,
    customer: Uuid,
    order: Uuid,
) -> sqlx::Result<Vec<Held>> {
    sqlx::query_as!(
        Held,
        r#"SELECT s.variant_id AS variant, s.location_id AS location, taken.quantity AS "quantity!",
                  s.on_hand, s.held, s.oversell, s.backorder_limit
           FROM (SELECT part.variant_id, part.location_id, sum(part.quantity)::bigint AS quantity
                 FROM (SELECT l.variant_id, l.location_id, l.quantity::bigint FROM order_line l
                       WHERE l.customer_id = $1 AND l.order_id = $2 AND l.location_id IS NOT NULL
                       UNION ALL
                       SELECT o.variant_id, o.location_id, o.quantity FROM order_stock o
                       WHERE o.customer_id = $1 AND o.order_id = $2) AS part
                 GROUP BY part.variant_id, part.location_id) AS taken
           JOIN stock s ON s.variant_id = taken.variant_id AND s.location_id = taken.location_id
           ORDER BY s.variant_id, s.location_id
           FOR UPDATE OF s"#,
        customer,
        order,
    )
    .fetch_all(tx)
    .await
}

/// Changes rows that are locked, with their ledger; returns the tags of the pages that show another stock state now.
pub(super) async fn move_stock(
    tx: &mut PgConnection,
    moved: &[Moved],
    cause: &str,
    because_of: Option<Uuid>,
    now: OffsetDateTime,
    entry: Uuid,
) -> sqlx::Result<Vec<String>> {
    let variants: Vec<Uuid> = moved.iter().map(|row| row.variant).collect();
    let locations: Vec<Uuid> = moved.iter().map(|row| row.location).collect();
    let on_hand: Vec<i64> = moved.iter().map(|row| row.on_hand).collect();
    let held: Vec<i64> = moved.iter().map(|row| row.held).collect();
    let sold: Vec<i64> = moved.iter().map(|row| row.sold).collect();
    sqlx::query_scalar!(
        r#"SELECT move_stock($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) AS "tags!""#,
        &variants,
        &locations,
        &on_hand,
        &held,
        &sold,
        cause,
        because_of,
        now,
        entry,
        StockState::FEW,
    )
    .fetch_one(tx)
    .await
}

/// Locks these rows in the order everybody locks in.
pub(super) async fn lock_rows(tx: &mut PgConnection, rows: &[Moved]) -> sqlx::Result<()> {
    let variants: Vec<Uuid> = rows.iter().map(|row| row.variant).collect();
    let locations: Vec<Uuid> = rows.iter().map(|row| row.location).collect();
    sqlx::query!(
        "SELECT s.variant_id FROM stock s
         JOIN unnest($1::uuid[], $2::uuid[]) AS row (variant_id, location_id)
              ON s.variant_id = row.variant_id AND s.location_id = row.location_id
         ORDER BY s.variant_id, s.location_id FOR UPDATE OF s",
        &variants,
        &locations,
    )
    .fetch_all(tx)
    .await?;
    Ok(())
}

/// The tags of the pages that show these variants' stock state.
pub(super) async fn page_tags(
    tx: &mut PgConnection,
    variants: &[Uuid],
) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar!(r#"SELECT stock_page_tags($1) AS "tags!""#, variants)
        .fetch_one(tx)
        .await
}

/// A variant and the bundles it is part of.
pub(super) async fn with_bundles(tx: &mut PgConnection, variant: Uuid) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        r#"SELECT $1::uuid AS "id!" UNION SELECT bundle_id FROM bundle_component WHERE component_id = $1"#,
        variant,
    )
    .fetch_all(tx)
    .await
}

/// Commits a batch of holds; whether each was granted.
pub(super) async fn hold(
    shop: &Shop,
    caller: &Caller,
    variant: Uuid,
    batch: &[Asked],
) -> sqlx::Result<Vec<bool>> {
    let now = shop.clock.now();
    let customers: Vec<Uuid> = batch.iter().map(|asked| asked.customer.0).collect();
    let checkouts: Vec<Uuid> = batch.iter().map(|asked| asked.checkout.0).collect();
    let quantities: Vec<i64> = batch.iter().map(|asked| asked.quantity).collect();
    sqlx::query_scalar!(
        r#"SELECT hold_stock($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) AS "granted!""#,
        variant,
        &customers,
        &checkouts,
        &quantities,
        now,
        now + LASTS,
        shop.random.id(now),
        shop.random.id(now),
        shop.random.id(now),
        Json(&caller.actor) as _,
        caller.cause,
        StockState::FEW,
    )
    .fetch_one(&shop.db)
    .await
}

/// Gives back the holds of a (customer, checkout), or at most so many that ran out. Returns the units.
pub(super) async fn release(
    shop: &Shop,
    caller: &Caller,
    whose: Option<(Uuid, Uuid)>,
    at_most: i32,
) -> sqlx::Result<i64> {
    let now = shop.clock.now();
    sqlx::query_scalar!(
        r#"SELECT release_holds($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) AS "units!""#,
        whose.map(|(customer, _)| customer),
        whose.map(|(_, checkout)| checkout),
        now,
        at_most,
        shop.random.id(now),
        shop.random.id(now),
        shop.random.id(now),
        Json(&caller.actor) as _,
        caller.cause,
        StockState::FEW,
    )
    .fetch_one(&shop.db)
    .await
}

/// Where figures, ledger and promises differ, at one moment; of some variants only, if they are named.
pub(super) async fn differences<'e>(
    db: impl PgExecutor<'e>,
    of: Option<&[Uuid]>,
) -> sqlx::Result<Vec<Difference>> {
    let rows = sqlx::query!(
        r#"SELECT variant.id, variant.sku, location.id AS location_id, location.code,
                  coalesce(s.on_hand, 0) AS "on_hand!", coalesce(s.held, 0) AS "held!", coalesce(s.sold, 0) AS "sold!",
                  coalesce(l.on_hand, 0) AS "ledger_on_hand!", coalesce(l.held, 0) AS "ledger_held!",
                  coalesce(l.sold, 0) AS "ledger_sold!", coalesce(p.quantity, 0) AS "promised!"
           FROM (SELECT * FROM stock WHERE $1::uuid[] IS NULL OR variant_id = ANY ($1)) AS s
           FULL JOIN (SELECT variant_id, location_id, sum(on_hand_change)::bigint AS on_hand,
                             sum(held_change)::bigint AS held, sum(sold_change)::bigint AS sold
                      FROM stock_ledger WHERE $1::uuid[] IS NULL OR variant_id = ANY ($1)
                      GROUP BY variant_id, location_id) AS l USING (variant_id, location_id)
           LEFT JOIN (SELECT part.variant_id, part.location_id, sum(part.quantity)::bigint AS quantity
                      FROM (SELECT line.variant_id, line.location_id, line.quantity::bigint
                            FROM orders o
                            JOIN order_line line ON line.customer_id = o.customer_id AND line.order_id = o.id
                            WHERE o.state = 'payment_due' AND line.location_id IS NOT NULL
                            UNION ALL
                            SELECT other.variant_id, other.location_id, other.quantity
                            FROM orders o
                            JOIN order_stock other ON other.customer_id = o.customer_id AND other.order_id = o.id
                            WHERE o.state = 'payment_due'
                            UNION ALL
                            SELECT h.variant_id, h.location_id, h.quantity FROM stock_hold h) AS part
                      GROUP BY part.variant_id, part.location_id) AS p USING (variant_id, location_id)
           JOIN variant ON variant.id = variant_id
           JOIN location ON location.id = location_id
           WHERE (coalesce(s.on_hand, 0), coalesce(s.held, 0), coalesce(s.sold, 0))
                     <> (coalesce(l.on_hand, 0), coalesce(l.held, 0), coalesce(l.sold, 0))
              OR coalesce(s.held, 0) <> coalesce(p.quantity, 0)
           ORDER BY variant.id, location.id"#,
        of as Option<&[Uuid]>,
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Difference {
            variant: VariantId(row.id),
            sku: row.sku,
            location: row.code,
            location_id: row.location_id,
            figures: Figures {
                on_hand: row.on_hand,
                held: row.held,
                sold: row.sold,
            },
            ledger: Figures {
                on_hand: row.ledger_on_hand,
                held: row.ledger_held,
                sold: row.ledger_sold,
            },
            promised: row.promised,
        })
        .collect())
}

/// Makes the figures those of the ledger.
pub(super) async fn set_figures(tx: &mut PgConnection, to: &Difference) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO stock (variant_id, location_id, on_hand, held, sold) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (variant_id, location_id)
         DO UPDATE SET on_hand = excluded.on_hand, held = excluded.held, sold = excluded.sold",
        to.variant.0,
        to.location_id,
        to.ledger.on_hand,
        to.ledger.held,
        to.ledger.sold,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// The variants of a SKU that are still sold; two are too many to tell apart.
pub(super) async fn by_sku(db: &PgPool, sku: &str) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        "SELECT id FROM variant WHERE sku = $1 AND sku <> '' AND retired_at IS NULL LIMIT 2",
        sku,
    )
    .fetch_all(db)
    .await
}

/// The location of that code, or the shop's first.
pub(super) async fn location(
    tx: &mut PgConnection,
    code: Option<&str>,
) -> sqlx::Result<Option<Uuid>> {
    sqlx::query_scalar!(
        "SELECT id FROM location WHERE $1::text IS NULL OR code = $1 ORDER BY id LIMIT 1",
        code,
    )
    .fetch_optional(tx)
    .await
}

/// Locks a variant's stock at a location; begins to track it there if need be, with nothing.
pub(super) async fn track(
    tx: &mut PgConnection,
    variant: Uuid,
    location: Uuid,
) -> sqlx::Result<Figures> {
    sqlx::query!(
        "INSERT INTO stock (variant_id, location_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        variant,
        location,
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query_as!(
        Figures,
        "SELECT on_hand, held, sold FROM stock WHERE variant_id = $1 AND location_id = $2 FOR UPDATE",
        variant,
        location,
    )
    .fetch_one(tx)
    .await
}

pub(super) async fn stock(db: &PgPool, variant: Uuid) -> sqlx::Result<Vec<StockAt>> {
    let rows = sqlx::query!(
        "SELECT s.location_id, location.code, s.on_hand, s.held, s.sold, s.oversell, s.backorder_limit
         FROM stock s JOIN location ON location.id = s.location_id
         WHERE s.variant_id = $1 ORDER BY s.location_id",
        variant,
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| StockAt {
            variant: VariantId(variant),
            location: row.code,
            location_id: row.location_id,
            figures: Figures {
                on_hand: row.on_hand,
                held: row.held,
                sold: row.sold,
            },
            oversell: oversell(row.oversell, row.backorder_limit),
        })
        .collect())
}

/// A row of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub at: OffsetDateTime,
    /// The location's code.
    pub location: String,
    pub on_hand: i64,
    pub held: i64,
    pub sold: i64,
    /// `import`, `hold`, `sale`, `release`, `adjustment`, `shipment` or `return`.
    pub cause: String,
    /// The order that it is about.
    pub reference: Option<Uuid>,
}

pub(super) async fn entries(db: &PgPool, variant: Uuid, limit: i64) -> sqlx::Result<Vec<Entry>> {
    sqlx::query_as!(
        Entry,
        "SELECT l.at, location.code AS location, l.on_hand_change AS on_hand, l.held_change AS held,
                l.sold_change AS sold, l.cause, l.reference
         FROM stock_ledger l JOIN location ON location.id = l.location_id
         WHERE l.variant_id = $1 ORDER BY l.at DESC, l.id DESC LIMIT $2",
        variant,
        limit,
    )
    .fetch_all(db)
    .await
}
