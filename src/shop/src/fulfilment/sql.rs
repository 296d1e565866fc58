//! Parcels, returns, and what carriers tell.

use crate::order::Owned;
use domain::ShipmentId;
use domain::checkout::Address;
use serde_json::Value;
use sqlx::types::Json;
use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

/// Positions and quantities.
type Counted = (Vec<i32>, Vec<i32>);

/// A parcel in preparation; its number within the (locked) order.
pub(super) async fn insert_shipment(
    tx: &mut PgConnection,
    of: Owned,
    id: Uuid,
    carrier: &str,
    (positions, quantities): &Counted,
    now: OffsetDateTime,
) -> sqlx::Result<i32> {
    sqlx::query_scalar!(
        r#"WITH made AS (
               INSERT INTO shipment (customer_id, id, order_id, number, state, carrier, created_at, updated_at)
               SELECT $1, $3, $2, count(*) + 1, 'preparing', $4, $5, $5
               FROM shipment WHERE customer_id = $1 AND order_id = $2
               RETURNING number),
           lined AS (
               INSERT INTO shipment_line (customer_id, shipment_id, position, quantity)
               SELECT $1, $3, position, quantity FROM unnest($6::int[], $7::int[]) AS part (position, quantity))
           SELECT number AS "number!" FROM made"#,
        of.customer.0,
        of.order.0,
        id,
        carrier,
        now,
        positions,
        quantities,
    )
    .fetch_one(tx)
    .await
}

/// The label of a parcel in preparation is bought by that adapter.
pub(super) async fn by_carrier(
    tx: &mut PgConnection,
    of: Owned,
    id: Uuid,
    adapter: &str,
    service: &str,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE shipment SET adapter = $3, service = $4, updated_at = $5 WHERE customer_id = $1 AND id = $2",
        of.customer.0,
        id,
        adapter,
        service,
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}

pub(super) struct ShipmentRow {
    pub number: i32,
    pub state: String,
    pub service: String,
    pub tracking_code: Option<String>,
    pub tracking_url: Option<String>,
    pub label_url: Option<String>,
    pub carrier_reference: Option<String>,
    pub rate_reference: Option<String>,
}

pub(super) async fn shipment(
    tx: &mut PgConnection,
    of: Owned,
    id: Uuid,
) -> sqlx::Result<Option<ShipmentRow>> {
    sqlx::query_as!(
        ShipmentRow,
        "SELECT number, state, service, tracking_code, tracking_url, label_url, carrier_reference, rate_reference
         FROM shipment WHERE customer_id = $1 AND order_id = $2 AND id = $3",
        of.customer.0,
        of.order.0,
        id,
    )
    .fetch_optional(tx)
    .await
}

pub(super) async fn shipment_of_number(
    tx: &mut PgConnection,
    of: Owned,
    number: i32,
) -> sqlx::Result<Option<Uuid>> {
    sqlx::query_scalar!(
        "SELECT id FROM shipment WHERE customer_id = $1 AND order_id = $2 AND number = $3",
        of.customer.0,
        of.order.0,
        number,
    )
    .fetch_optional(tx)
    .await
}

pub(super) async fn shipment_parts(
    tx: &mut PgConnection,
    of: Owned,
    id: Uuid,
) -> sqlx::Result<Vec<(i32, i32)>> {
    let rows = sqlx::query!(
        "SELECT position, quantity FROM shipment_line WHERE customer_id = $1 AND shipment_id = $2 ORDER BY position",
        of.customer.0,
        id,
    )
    .fetch_all(tx)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.position, row.quantity))
        .collect())
}

/// Stores the carrier's id of a parcel and the chosen rate, unless another was faster; which ones count.
pub(super) async fn made_known(
    db: &PgPool,
    of: Owned,
    id: Uuid,
    reference: &str,
    rate: &str,
) -> sqlx::Result<(String, String)> {
    let row = sqlx::query!(
        r#"UPDATE shipment
           SET rate_reference = CASE WHEN carrier_reference IS NULL THEN $5 ELSE rate_reference END,
               carrier_reference = coalesce(carrier_reference, $4)
           WHERE customer_id = $1 AND order_id = $2 AND id = $3
           RETURNING carrier_reference AS "reference!", rate_reference AS "rate!""#,
        of.customer.0,
        of.order.0,
        id,
        reference,
        rate,
    )
    .fetch_one(db)
    .await?;
    Ok((row.reference, row.rate))
}

/// How a parcel is followed.
#[derive(Clone, Copy, Default)]
pub(super) struct Track<'a> {
    pub carrier: &'a str,
    pub code: Option<&'a str>,
    pub url: Option<&'a str>,
    pub label: Option<&'a str>,
    pub tracker: Option<&'a str>,
}

pub(super) async fn dispatch(
    tx: &mut PgConnection,
    of: Owned,
    id: Uuid,
    state: &str,
    track: &Track<'_>,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE shipment
         SET state = $3, carrier = CASE WHEN $4 = '' THEN carrier ELSE $4 END, tracking_code = $5, tracking_url = $6,
             label_url = $7, tracker_reference = $8, shipped_at = $9, asked_at = $9, updated_at = $9
         WHERE customer_id = $1 AND id = $2",
        of.customer.0,
        id,
        state,
        track.carrier,
        track.code,
        track.url,
        track.label,
        track.tracker,
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}

pub(super) async fn end_shipment(
    tx: &mut PgConnection,
    of: Owned,
    id: Uuid,
    state: &str,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE shipment SET state = $3, ended_at = $4, updated_at = $4 WHERE customer_id = $1 AND id = $2",
        of.customer.0,
        id,
        state,
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}

pub(super) async fn insert_tracking(
    tx: &mut PgConnection,
    of: Owned,
    adapter: &str,
    code: &str,
    shipment: Uuid,
) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO tracking_code (adapter, code, customer_id, shipment_id) VALUES ($1, $2, $3, $4)
         ON CONFLICT DO NOTHING",
        adapter,
        code,
        of.customer.0,
        shipment,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Where a tracking code leads.
pub(super) struct FoundRow {
    pub customer_id: Uuid,
    pub order_id: Uuid,
    pub shipment_id: Uuid,
}

impl FoundRow {
    pub(super) fn owned(&self) -> Owned {
        Owned {
            customer: self.customer_id.into(),
            order: self.order_id.into(),
        }
    }

    pub(super) fn shipment(&self) -> ShipmentId {
        self.shipment_id.into()
    }
}

pub(super) async fn find_tracking(
    db: &PgPool,
    adapter: &str,
    code: &str,
) -> sqlx::Result<Option<FoundRow>> {
    sqlx::query_as!(
        FoundRow,
        "SELECT s.customer_id, s.order_id, s.id AS shipment_id
         FROM tracking_code t JOIN shipment s ON s.customer_id = t.customer_id AND s.id = t.shipment_id
         WHERE t.adapter = $1 AND t.code = $2",
        adapter,
        code,
    )
    .fetch_optional(db)
    .await
}

/// A parcel under way that nobody spoke of.
pub(super) struct Silent {
    pub found: FoundRow,
    pub tracker: String,
}

/// Takes parcels under way that nobody has asked about since `before`; taking one counts as asking.
pub(super) async fn claim_silent(
    db: &PgPool,
    adapter: &str,
    before: OffsetDateTime,
    now: OffsetDateTime,
    limit: i64,
) -> sqlx::Result<Vec<Silent>> {
    let rows = sqlx::query!(
        r#"UPDATE shipment s SET asked_at = $3
           FROM (SELECT customer_id, id FROM shipment
                 WHERE state = 'shipped' AND tracker_reference IS NOT NULL AND adapter = $1 AND asked_at <= $2
                 ORDER BY asked_at LIMIT $4 FOR UPDATE SKIP LOCKED) AS silent
           WHERE s.customer_id = silent.customer_id AND s.id = silent.id
           RETURNING s.customer_id, s.order_id, s.id AS shipment_id, s.tracker_reference AS "tracker!""#,
        adapter,
        before,
        now,
        limit,
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Silent {
            found: FoundRow {
                customer_id: row.customer_id,
                order_id: row.order_id,
                shipment_id: row.shipment_id,
            },
            tracker: row.tracker,
        })
        .collect())
}

/// What a carrier has to know of a parcel.
pub(super) struct ParcelRow {
    pub number: String,
    pub email: String,
    pub address: Json<Address>,
    pub sender: Option<Json<Address>>,
    pub weight_g: i64,
}

pub(super) async fn parcel(
    db: &PgPool,
    of: Owned,
    (positions, quantities): &Counted,
) -> sqlx::Result<Option<ParcelRow>> {
    sqlx::query_as!(
        ParcelRow,
        r#"SELECT o.number, o.email, o.address AS "address: Json<Address>",
                  (SELECT place.address FROM location place
                   LEFT JOIN order_line l ON l.customer_id = o.customer_id AND l.order_id = o.id
                                          AND l.location_id = place.id AND l.position = ANY($3)
                   WHERE place.address IS NOT NULL
                   ORDER BY l.position NULLS LAST, place.code LIMIT 1) AS "sender: Json<Address>",
                  (SELECT coalesce(sum((l.line ->> 'weight_g')::bigint * part.quantity), 0)::bigint
                   FROM order_line l JOIN unnest($3::int[], $4::int[]) AS part (position, quantity) USING (position)
                   WHERE l.customer_id = o.customer_id AND l.order_id = o.id) AS "weight_g!"
           FROM orders o WHERE o.customer_id = $1 AND o.id = $2"#,
        of.customer.0,
        of.order.0,
        positions,
        quantities,
    )
    .fetch_optional(db)
    .await
}

/// An announced return; its number within the (locked) order.
pub(super) async fn insert_return(
    tx: &mut PgConnection,
    of: Owned,
    id: Uuid,
    (reason, note): (&str, &str),
    (positions, quantities): &Counted,
    now: OffsetDateTime,
) -> sqlx::Result<i32> {
    sqlx::query_scalar!(
        r#"WITH made AS (
               INSERT INTO order_return (customer_id, id, order_id, number, state, reason, note, created_at, updated_at)
               SELECT $1, $3, $2, count(*) + 1, 'announced', $4, $5, $6, $6
               FROM order_return WHERE customer_id = $1 AND order_id = $2
               RETURNING number),
           lined AS (
               INSERT INTO order_return_line (customer_id, return_id, position, quantity)
               SELECT $1, $3, position, quantity FROM unnest($7::int[], $8::int[]) AS part (position, quantity))
           SELECT number AS "number!" FROM made"#,
        of.customer.0,
        of.order.0,
        id,
        reason,
        note,
        now,
        positions,
        quantities,
    )
    .fetch_one(tx)
    .await
}

pub(super) async fn return_of_number(
    tx: &mut PgConnection,
    of: Owned,
    number: i32,
) -> sqlx::Result<Option<Uuid>> {
    sqlx::query_scalar!(
        "SELECT id FROM order_return WHERE customer_id = $1 AND order_id = $2 AND number = $3",
        of.customer.0,
        of.order.0,
        number,
    )
    .fetch_optional(tx)
    .await
}

pub(super) async fn return_state(
    tx: &mut PgConnection,
    of: Owned,
    id: Uuid,
) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar!(
        "SELECT state FROM order_return WHERE customer_id = $1 AND id = $2",
        of.customer.0,
        id,
    )
    .fetch_optional(tx)
    .await
}

pub(super) async fn return_parts(
    tx: &mut PgConnection,
    of: Owned,
    id: Uuid,
) -> sqlx::Result<Vec<(i32, i32)>> {
    let rows = sqlx::query!(
        "SELECT position, quantity FROM order_return_line WHERE customer_id = $1 AND return_id = $2 ORDER BY position",
        of.customer.0,
        id,
    )
    .fetch_all(tx)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.position, row.quantity))
        .collect())
}

pub(super) async fn set_return(
    tx: &mut PgConnection,
    of: Owned,
    id: Uuid,
    state: &str,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE order_return SET state = $3, updated_at = $4 WHERE customer_id = $1 AND id = $2",
        of.customer.0,
        id,
        state,
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}

pub(super) async fn restocked(tx: &mut PgConnection, of: Owned, id: Uuid) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE order_return SET restocked = true WHERE customer_id = $1 AND id = $2",
        of.customer.0,
        id,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Keeps a carrier's message; false when that event was kept before.
pub(super) async fn insert_webhook(
    tx: &mut PgConnection,
    carrier: &str,
    event: &str,
    payload: &Value,
    now: OffsetDateTime,
    handled: bool,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "INSERT INTO webhook_event (provider, event_id, payload, received_at, handled_at)
         VALUES ($1, $2, $3, $4, CASE WHEN $5::boolean THEN $4::timestamptz END)
         ON CONFLICT DO NOTHING",
        carrier,
        event,
        payload,
        now,
        handled,
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

pub(super) async fn unhandled_webhook(
    db: &PgPool,
    carrier: &str,
    event: &str,
) -> sqlx::Result<Option<Value>> {
    sqlx::query_scalar!(
        "SELECT payload FROM webhook_event WHERE provider = $1 AND event_id = $2 AND handled_at IS NULL",
        carrier,
        event,
    )
    .fetch_optional(db)
    .await
}

pub(super) async fn webhook_handled(
    db: &PgPool,
    carrier: &str,
    event: &str,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE webhook_event SET handled_at = $3 WHERE provider = $1 AND event_id = $2",
        carrier,
        event,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}
