//! Orders as staff handle them.

use super::Owned;
use super::list::Filter;
use domain::pricing::Quote;
use serde_json::Value;
use sqlx::types::Json;
use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

pub(super) async fn owner_of_number(db: &PgPool, number: &str) -> sqlx::Result<Option<Owned>> {
    let row = sqlx::query!(
        "SELECT customer_id, order_id FROM order_number WHERE number = $1",
        number,
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| Owned {
        customer: row.customer_id.into(),
        order: row.order_id.into(),
    }))
}

pub(super) async fn current_owner(
    db: &PgPool,
    customer: Uuid,
    order: Uuid,
) -> sqlx::Result<Option<Uuid>> {
    sqlx::query_scalar!(
        r#"WITH RECURSIVE heir (id) AS (
               SELECT $1::uuid
               UNION
               SELECT c.merged_into FROM customer c JOIN heir ON heir.id = c.id WHERE c.merged_into IS NOT NULL)
           SELECT o.customer_id FROM orders o JOIN heir ON heir.id = o.customer_id WHERE o.id = $2"#,
        customer,
        order,
    )
    .fetch_optional(db)
    .await
}

pub(super) struct LockedRow {
    pub number: String,
    pub state: String,
    pub currency: String,
    pub quote: Json<Quote>,
}

pub(super) async fn lock(tx: &mut PgConnection, of: Owned) -> sqlx::Result<Option<LockedRow>> {
    sqlx::query_as!(
        LockedRow,
        r#"SELECT number, state, currency, quote AS "quote: Json<Quote>" FROM orders
           WHERE customer_id = $1 AND id = $2 FOR UPDATE"#,
        of.customer.0,
        of.order.0,
    )
    .fetch_optional(tx)
    .await
}

pub(super) struct LineRow {
    pub position: i32,
    pub quantity: i32,
    pub shipped: i32,
    pub withdrawn: i32,
    pub returned: i32,
    pub refunded: i32,
    pub subtotal_minor: i64,
    pub discount_minor: i64,
    pub tax_minor: i64,
}

pub(super) async fn lines(tx: &mut PgConnection, of: Owned) -> sqlx::Result<Vec<LineRow>> {
    sqlx::query_as!(
        LineRow,
        "SELECT position, quantity, shipped, withdrawn, returned, refunded, subtotal_minor, discount_minor, tax_minor
         FROM order_line WHERE customer_id = $1 AND order_id = $2 ORDER BY position",
        of.customer.0,
        of.order.0,
    )
    .fetch_all(tx)
    .await
}

/// Changes of a line's units.
#[derive(Clone, Copy, Default)]
pub(crate) struct Change {
    pub shipped: i32,
    pub withdrawn: i32,
    pub returned: i32,
    pub refunded: i32,
}

/// Adds `change` for each unit of each line.
pub(crate) async fn count_units(
    tx: &mut PgConnection,
    of: Owned,
    (positions, quantities): &(Vec<i32>, Vec<i32>),
    change: Change,
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE order_line l
         SET shipped = l.shipped + part.quantity * $5, withdrawn = l.withdrawn + part.quantity * $6,
             returned = l.returned + part.quantity * $7, refunded = l.refunded + part.quantity * $8
         FROM unnest($3::int[], $4::int[]) AS part (position, quantity)
         WHERE l.customer_id = $1 AND l.order_id = $2 AND l.position = part.position",
        of.customer.0,
        of.order.0,
        positions,
        quantities,
        change.shipped,
        change.withdrawn,
        change.returned,
        change.refunded,
    )
    .execute(tx)
    .await?;
    Ok(())
}

pub(super) async fn call_off(
    tx: &mut PgConnection,
    of: Owned,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE orders SET called_off_at = coalesce(called_off_at, $3) WHERE customer_id = $1 AND id = $2",
        of.customer.0,
        of.order.0,
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}

pub(super) struct ListedRow {
    pub id: Uuid,
    pub number: String,
    pub state: String,
    pub email: String,
    pub market: String,
    pub currency: String,
    pub total_minor: i64,
    pub refunded_minor: i64,
    pub placed_at: OffsetDateTime,
    pub units: i64,
    pub to_ship: i64,
}

pub(super) async fn list(
    db: &PgPool,
    filter: &Filter,
    state: Option<&str>,
    after: Option<(OffsetDateTime, Uuid)>,
    limit: i64,
) -> sqlx::Result<Vec<ListedRow>> {
    let (after_at, after_id) = after.unzip();
    // What stands for anything in LIKE is taken as it is.
    let number = filter
        .number
        .as_deref()
        .map(|start| format!("{}%", start.replace(['\\', '%', '_'], "")));
    sqlx::query_as!(
        ListedRow,
        r#"SELECT o.id, o.number, o.state, o.email, o.market, o.currency, o.total_minor, o.refunded_minor, o.placed_at,
                  counts.units AS "units!", counts.to_ship AS "to_ship!"
           FROM orders o CROSS JOIN LATERAL (
               SELECT sum(l.quantity) AS units, sum(l.quantity - l.shipped - l.withdrawn) AS to_ship
               FROM order_line l WHERE l.customer_id = o.customer_id AND l.order_id = o.id) AS counts
           WHERE ($1::text IS NULL OR o.state = $1)
             AND ($2::timestamptz IS NULL OR o.placed_at >= $2)
             AND ($3::timestamptz IS NULL OR o.placed_at < $3)
             AND ($4::text IS NULL OR lower(o.email) = lower($4))
             AND ($5::text IS NULL OR o.number LIKE $5)
             AND ($6::timestamptz IS NULL OR (o.placed_at, o.id) < ($6, $7::uuid))
             AND (NOT $8::boolean OR o.state = 'paid' AND counts.to_ship > 0)
           ORDER BY o.placed_at DESC, o.id DESC LIMIT $9"#,
        state,
        filter.from,
        filter.until,
        filter.email,
        number,
        after_at,
        after_id,
        filter.to_ship,
        limit,
    )
    .fetch_all(db)
    .await
}

pub(super) struct SheetRow {
    pub state: String,
    pub market: String,
    pub locale: String,
    pub token: String,
    pub email: String,
    pub placed_at: OffsetDateTime,
    pub hold_expires_at: OffsetDateTime,
    pub called_off_at: Option<OffsetDateTime>,
    pub refunded_minor: i64,
    pub attempts: Value,
    pub events: Value,
}

/// What only staff sees of an order.
pub(super) async fn sheet(db: &PgPool, of: Owned) -> sqlx::Result<Option<SheetRow>> {
    sqlx::query_as!(
        SheetRow,
        r#"SELECT o.state, o.market, o.locale, o.token, o.email, o.placed_at, o.hold_expires_at,
                  o.called_off_at, o.refunded_minor,
                  (SELECT coalesce(jsonb_agg(jsonb_build_object(
                              'id', a.id, 'provider', a.provider, 'state', a.state, 'reference', a.reference,
                              'amount', jsonb_build_object('minor', a.amount_minor, 'currency', a.currency),
                              'refunded', jsonb_build_object('minor', a.refunded_minor, 'currency', a.currency),
                              'at', a.created_at) ORDER BY a.created_at, a.id), '[]')
                   FROM payment_attempt a WHERE a.customer_id = o.customer_id AND a.order_id = o.id) AS "attempts!",
                  (SELECT coalesce(jsonb_agg(jsonb_build_object(
                              'at', l.at, 'action', l.action, 'by', l.actor, 'cause', l.cause) ORDER BY l.at, l.id), '[]')
                   FROM audit_log l WHERE l.subject_kind = 'order' AND l.subject_id = o.id::text) AS "events!"
           FROM orders o WHERE o.customer_id = $1 AND o.id = $2"#,
        of.customer.0,
        of.order.0,
    )
    .fetch_optional(db)
    .await
}
