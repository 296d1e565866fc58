//! Parcels: packed and sent by hand, delivered, given up.

use super::{LONGEST, shelf, sql};
use crate::order::{
    ChangeError, Locked, Owned, check, columns, find_number, lock, record, state_name, units,
};
use crate::{Broken, Caller, Failure, Shop, jobs};
use domain::ShipmentId;
use domain::fulfilment::{Part, ShipmentEvent, ShipmentState, Units};
use domain::order::OrderState;
use serde::Serialize;
use serde_json::json;
use sqlx::PgConnection;

/// A parcel that is to leave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dispatch {
    /// None: all that is still here.
    pub parts: Option<Vec<Part>>,
    /// The carrier's name for people; may be empty.
    pub carrier: String,
    pub tracking_code: Option<String>,
    /// Where the shopper follows it: an http(s) URL.
    pub tracking_url: Option<String>,
}

/// A parcel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Shipping {
    pub id: ShipmentId,
    pub order: String,
    /// Counts within the order, from 1.
    pub number: i32,
    pub state: ShipmentState,
    pub tracking_code: Option<String>,
    pub tracking_url: Option<String>,
    pub label_url: Option<String>,
}

/// Sends a parcel that somebody packed and handed over.
///
/// # Errors
/// [`ChangeError`]; nothing was changed then.
pub async fn ship(
    shop: &Shop,
    caller: &Caller,
    number: &str,
    new: &Dispatch,
) -> Result<Shipping, Failure<ChangeError>> {
    check(caller)?;
    let words = [
        Some(&new.carrier),
        new.tracking_code.as_ref(),
        new.tracking_url.as_ref(),
    ];
    for text in words.into_iter().flatten() {
        if text.len() > LONGEST || text.chars().any(char::is_control) {
            let told = format!("`{text}` is longer than {LONGEST} bytes or no plain text");
            return Err(Failure::Refused(ChangeError::Unfit(told)));
        }
    }
    if let Some(url) = &new.tracking_url
        && !(url.starts_with("https://") || url.starts_with("http://"))
    {
        let told = format!("`{url}` is not a link; give one that begins with https://");
        return Err(Failure::Refused(ChangeError::Unfit(told)));
    }
    let of = find_number(shop, number).await?;
    let mut tx = shop.begin().await?;
    let order = lock(&mut tx, of).await?;
    let mut shipping = prepare(shop, &mut tx, &order, new.parts.as_deref(), &new.carrier).await?;
    let tracking = sql::Track {
        carrier: &new.carrier,
        code: new.tracking_code.as_deref(),
        url: new.tracking_url.as_deref(),
        ..sql::Track::default()
    };
    dispatch(shop, &mut tx, caller, &order, shipping.id, &tracking).await?;
    tx.commit().await?;
    shipping.state = ShipmentState::Shipped;
    shipping.tracking_code.clone_from(&new.tracking_code);
    shipping.tracking_url.clone_from(&new.tracking_url);
    Ok(shipping)
}

/// Sets the things of a new parcel aside.
pub(super) async fn prepare(
    shop: &Shop,
    tx: &mut PgConnection,
    order: &Locked,
    parts: Option<&[Part]>,
    carrier: &str,
) -> Result<Shipping, Failure<ChangeError>> {
    let why = match order.state {
        OrderState::Paid => None,
        OrderState::PaymentDue => Some("it is not paid yet"),
        OrderState::Cancelled => Some("it was given up"),
        OrderState::RefundDue | OrderState::Refunded => Some("its money went back"),
    };
    if let Some(why) = why {
        return Err(Failure::Refused(ChangeError::State {
            state: state_name(order.state),
            why,
        }));
    }
    let chosen = match parts {
        Some(parts) => order.chosen(parts, "shipped", Units::to_ship)?,
        None => order.all(Units::to_ship),
    };
    if chosen.is_empty() {
        return Err(Failure::Refused(ChangeError::NothingLeft("shipped")));
    }
    let now = shop.clock.now();
    let id = ShipmentId(shop.random.id(now));
    let counted = columns(&chosen);
    let number = sql::insert_shipment(tx, order.of, id.0, carrier, &counted, now).await?;
    let shipped = units::Change {
        shipped: 1,
        ..units::Change::default()
    };
    units::count_units(tx, order.of, &counted, shipped).await?;
    Ok(Shipping {
        id,
        order: order.number.clone(),
        number,
        state: ShipmentState::Preparing,
        tracking_code: None,
        tracking_url: None,
        label_url: None,
    })
}

/// A prepared parcel leaves the house.
pub(super) async fn dispatch<E>(
    shop: &Shop,
    tx: &mut PgConnection,
    caller: &Caller,
    order: &Locked,
    id: ShipmentId,
    tracking: &sql::Track<'_>,
) -> Result<(), Failure<E>> {
    let now = shop.clock.now();
    let row = sql::shipment(tx, order.of, id.0)
        .await?
        .ok_or_else(|| Broken::Other(format!("no shipment {id}")))?;
    let state = row
        .state()?
        .next(ShipmentEvent::Dispatched)
        .map_err(|illegal| Broken::Other(illegal.to_string()))?;
    sql::dispatch(tx, order.of, id.0, state.name(), tracking, now).await?;
    let parts = sql::shipment_parts(tx, order.of, id.0).await?;
    let chosen: Vec<_> = parts
        .iter()
        .filter_map(|(position, count)| {
            let line = order.lines.iter().find(|line| line.position == *position)?;
            Some((line, u32::try_from(*count).unwrap_or_default()))
        })
        .collect();
    shelf::left(shop, tx, caller, order.of, &chosen).await?;
    let change = json!({
        "number": order.number, "shipment": id, "count": row.number, "carrier": tracking.carrier,
        "tracking_code": tracking.code,
    });
    record(
        shop,
        tx,
        caller,
        order.of,
        "order.shipped",
        &[jobs::mail::SHIPPED],
        change,
    )
    .await?;
    Ok(())
}

/// The parcel of that number arrived.
///
/// # Errors
/// [`ChangeError`]; nothing was changed then.
pub async fn delivered(
    shop: &Shop,
    caller: &Caller,
    number: &str,
    shipment: i32,
) -> Result<Shipping, Failure<ChangeError>> {
    by_number(shop, caller, number, shipment, ShipmentEvent::Delivered).await
}

/// The parcel of that number was lost, refused, or is on its way back.
///
/// # Errors
/// [`ChangeError`]; nothing was changed then.
pub async fn undeliverable(
    shop: &Shop,
    caller: &Caller,
    number: &str,
    shipment: i32,
) -> Result<Shipping, Failure<ChangeError>> {
    by_number(shop, caller, number, shipment, ShipmentEvent::Undeliverable).await
}

/// The parcel of that number, still in preparation, is not sent: its things can be sent otherwise.
///
/// # Errors
/// [`ChangeError`]; nothing was changed then.
pub async fn give_up(
    shop: &Shop,
    caller: &Caller,
    number: &str,
    shipment: i32,
) -> Result<Shipping, Failure<ChangeError>> {
    by_number(shop, caller, number, shipment, ShipmentEvent::Cancelled).await
}

async fn by_number(
    shop: &Shop,
    caller: &Caller,
    number: &str,
    shipment: i32,
    event: ShipmentEvent,
) -> Result<Shipping, Failure<ChangeError>> {
    check(caller)?;
    let of = find_number(shop, number).await?;
    let mut tx = shop.begin().await?;
    let order = lock(&mut tx, of).await?;
    let id = sql::shipment_of_number(&mut tx, of, shipment)
        .await?
        .ok_or(Failure::Refused(ChangeError::NoSuchShipment(shipment)))?;
    let row = advance(shop, &mut tx, caller, &order.number, of, id.into(), event)
        .await?
        .map_err(Failure::Refused)?;
    tx.commit().await?;
    Ok(Shipping {
        id: id.into(),
        order: order.number,
        number: row.number,
        state: row.state()?,
        tracking_code: row.tracking_code,
        tracking_url: row.tracking_url,
        label_url: row.label_url,
    })
}

/// Moves a parcel of a locked order on. Refused when it can't follow; nothing was changed then.
pub(super) async fn advance(
    shop: &Shop,
    tx: &mut PgConnection,
    caller: &Caller,
    number: &str,
    of: Owned,
    id: ShipmentId,
    event: ShipmentEvent,
) -> Result<Result<sql::ShipmentRow, ChangeError>, Broken> {
    let now = shop.clock.now();
    let mut row = sql::shipment(tx, of, id.0)
        .await?
        .ok_or_else(|| Broken::Other(format!("no shipment {id}")))?;
    let from = row.state()?;
    let Ok(state) = from.next(event) else {
        return Ok(Err(ChangeError::Illegal {
            what: "shipment",
            number: row.number,
            state: from.name(),
            event: event.name(),
        }));
    };
    sql::end_shipment(tx, of, id.0, state.name(), now).await?;
    let (kind, mail): (_, &[&str]) = match state {
        ShipmentState::Delivered => ("order.delivered", &[jobs::mail::DELIVERED]),
        ShipmentState::Undeliverable => ("order.undeliverable", &[jobs::mail::UNDELIVERABLE]),
        ShipmentState::Cancelled | ShipmentState::Preparing | ShipmentState::Shipped => {
            ("shipment.cancelled", &[])
        }
    };
    if state == ShipmentState::Cancelled {
        let parts = sql::shipment_parts(tx, of, id.0).await?;
        let here = units::Change {
            shipped: -1,
            ..units::Change::default()
        };
        units::count_units(tx, of, &parts.into_iter().unzip(), here).await?;
    }
    let change = json!({
        "number": number, "shipment": id, "count": row.number, "from": from.name(), "to": state.name(),
    });
    record(shop, tx, caller, of, kind, mail, change).await?;
    state.name().clone_into(&mut row.state);
    Ok(Ok(row))
}

impl sql::ShipmentRow {
    pub(super) fn state(&self) -> Result<ShipmentState, Broken> {
        self.state
            .parse()
            .map_err(|_| Broken::Other(format!("shipment state {:?}", self.state)))
    }
}
