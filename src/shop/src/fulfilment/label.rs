//! Parcels sent by a carrier that sells labels.

use super::carrier::{Carrier, CarrierError, Label, Offer, Parcel, Rate};
use super::shipment::{advance, dispatch, prepare};
use super::{Shipping, sql};
use crate::jobs::{self, Ended};
use crate::order::{ChangeError, Owned, check, columns, find_number, lock, owned_now, record};
use crate::{Broken, Caller, Failure, Shop};
use domain::fulfilment::{Part, ShipmentEvent, ShipmentState, Units};
use domain::{CustomerId, OrderId, ShipmentId};
use serde::Deserialize;
use serde_json::{Value, json};

/// What the carrier would take for a parcel of these parts (None: all that is still here), cheapest first.
///
/// # Errors
/// [`ChangeError`].
pub async fn rates(
    shop: &Shop,
    caller: &Caller,
    number: &str,
    parts: Option<&[Part]>,
) -> Result<Vec<Rate>, Failure<ChangeError>> {
    check(caller)?;
    let carrier = carrier(shop)?;
    let of = find_number(shop, number).await?;
    let mut tx = shop.begin().await?;
    let order = lock(&mut tx, of).await?;
    let chosen = match parts {
        Some(parts) => order.chosen(parts, "shipped", Units::to_ship)?,
        None => order.all(Units::to_ship),
    };
    if chosen.is_empty() {
        return Err(Failure::Refused(ChangeError::NothingLeft("shipped")));
    }
    let counted = columns(&chosen);
    tx.rollback().await?;
    let parcel = parcel(shop, of, &counted, "rates").await?;
    let offer = carrier.offer(&parcel).await.map_err(unfit)?;
    Ok(offer.rates)
}

/// Buys a label for a parcel and sends it: by that service, or the cheapest. When the carrier does not answer, the worker
/// goes on asking, and the parcel is in preparation meanwhile.
///
/// # Errors
/// [`ChangeError`]; nothing was changed then.
pub async fn send_by_carrier(
    shop: &Shop,
    caller: &Caller,
    number: &str,
    parts: Option<&[Part]>,
    service: Option<&str>,
) -> Result<Shipping, Failure<ChangeError>> {
    check(caller)?;
    let carrier = carrier(shop)?;
    let of = find_number(shop, number).await?;
    let mut tx = shop.begin().await?;
    let order = lock(&mut tx, of).await?;
    let mut shipping = prepare(shop, &mut tx, &order, parts, "").await?;
    let service = service.unwrap_or_default();
    let now = shop.clock.now();
    sql::by_carrier(&mut tx, of, shipping.id.0, carrier.name(), service, now).await?;
    let change = json!({
        "number": order.number, "shipment": shipping.id, "count": shipping.number, "service": service,
    });
    let event = record(
        shop,
        &mut tx,
        caller,
        of,
        "shipment.prepared",
        &[jobs::LABEL],
        change,
    )
    .await?;
    tx.commit().await?;
    match bought(shop, caller, of, shipping.id).await {
        Ok(Ended::Done) => {
            jobs::finish(shop, jobs::LABEL, event).await?;
            let mut tx = shop.begin().await?;
            if let Some(row) = sql::shipment(&mut tx, of, shipping.id.0).await? {
                shipping.state = row.state()?;
                shipping.tracking_code = row.tracking_code;
                shipping.tracking_url = row.tracking_url;
                shipping.label_url = row.label_url;
            }
            Ok(shipping)
        }
        Ok(Ended::ForGood(why)) => {
            let mut tx = shop.begin().await?;
            let order = lock(&mut tx, of).await?;
            let event_of = ShipmentEvent::Cancelled;
            // Whoever moved it on meanwhile was right.
            let _ = advance(
                shop,
                &mut tx,
                caller,
                &order.number,
                of,
                shipping.id,
                event_of,
            )
            .await?;
            tx.commit().await?;
            jobs::finish(shop, jobs::LABEL, event).await?;
            Err(Failure::Refused(ChangeError::Unfit(why)))
        }
        Err(broken) => {
            tracing::warn!(order = order.number, %broken, "a label will be bought later");
            Ok(shipping)
        }
    }
}

/// What a label's job holds.
#[derive(Deserialize)]
struct Asked {
    customer: CustomerId,
    order: OrderId,
    shipment: ShipmentId,
}

/// Buys the label of a parcel in preparation, and sends it.
///
/// # Errors
/// [`Broken`]; try again.
pub(crate) async fn buy(shop: &Shop, caller: &Caller, payload: &Value) -> Result<Ended, Broken> {
    let asked = Asked::deserialize(payload)?;
    let of = owned_now(shop, asked.customer, asked.order)
        .await?
        .ok_or_else(|| Broken::Other(format!("no order {} to ship", asked.order)))?;
    bought(shop, caller, of, asked.shipment).await
}

/// The carrier is asked outside any transaction. A parcel is made known to it once: whoever stores its reference first
/// decides, and a label that was bought before is the same label.
async fn bought(shop: &Shop, caller: &Caller, of: Owned, id: ShipmentId) -> Result<Ended, Broken> {
    let Some(carrier) = shop.carrier.as_deref() else {
        return Err(Broken::Other(
            "no carrier is set up (setting `easypost_key`)".to_owned(),
        ));
    };
    let mut db = shop.db.acquire().await?;
    let row = sql::shipment(&mut db, of, id.0)
        .await?
        .ok_or_else(|| Broken::Other(format!("no shipment {id}")))?;
    let parts = sql::shipment_parts(&mut db, of, id.0).await?;
    drop(db);
    if row.state()? != ShipmentState::Preparing {
        return Ok(Ended::Done);
    }
    let known = row.carrier_reference.zip(row.rate_reference);
    let (reference, rate) = match known {
        Some(known) => known,
        None => {
            let counted = parts.into_iter().unzip();
            let parcel = parcel(shop, of, &counted, &row.number.to_string()).await?;
            let offer = match carrier.offer(&parcel).await {
                Ok(offer) => offer,
                Err(error) => return ended(error),
            };
            let Some(rate) = choose(&offer, &row.service) else {
                return Ok(Ended::ForGood(no_such_service(&offer, &row.service)));
            };
            let stored = sql::made_known(&shop.db, of, id.0, &offer.reference, &rate.reference);
            stored.await?
        }
    };
    let label = match carrier.buy(&reference, &rate).await {
        Ok(label) => label,
        Err(error) => return ended(error),
    };
    left_with(shop, caller, of, id, carrier, &label).await?;
    Ok(Ended::Done)
}

async fn left_with(
    shop: &Shop,
    caller: &Caller,
    of: Owned,
    id: ShipmentId,
    carrier: &dyn Carrier,
    label: &Label,
) -> Result<(), Broken> {
    let broken = |failure: Failure<ChangeError>| match failure {
        Failure::Refused(error) => Broken::Other(error.to_string()),
        Failure::Broken(broken) => broken,
    };
    let mut tx = shop.begin().await?;
    let order = lock(&mut tx, of).await.map_err(broken)?;
    let row = sql::shipment(&mut tx, of, id.0)
        .await?
        .ok_or_else(|| Broken::Other(format!("no shipment {id}")))?;
    if row.state()? != ShipmentState::Preparing {
        tx.rollback().await?;
        return Ok(());
    }
    let tracking = sql::Track {
        carrier: &label.carrier,
        code: Some(&label.tracking_code),
        url: label.tracking_url.as_deref(),
        label: Some(&label.url),
        tracker: label.tracker.as_deref(),
    };
    sql::insert_tracking(&mut tx, of, carrier.name(), &label.tracking_code, id.0).await?;
    dispatch(shop, &mut tx, caller, &order, id, &tracking)
        .await
        .map_err(broken)?;
    tx.commit().await?;
    Ok(())
}

fn choose<'a>(offer: &'a Offer, service: &str) -> Option<&'a Rate> {
    offer
        .rates
        .iter()
        .find(|rate| service.is_empty() || rate.service.eq_ignore_ascii_case(service))
}

fn no_such_service(offer: &Offer, service: &str) -> String {
    let there: Vec<&str> = offer
        .rates
        .iter()
        .map(|rate| rate.service.as_str())
        .collect();
    format!(
        "the carrier has no service `{service}` for this parcel; it has {}",
        there.join(", ")
    )
}

fn ended(error: CarrierError) -> Result<Ended, Broken> {
    match error {
        CarrierError::Refused(_) => Ok(Ended::ForGood(error.to_string())),
        CarrierError::Unknown(_) => Err(Broken::Other(error.to_string())),
    }
}

fn unfit(error: CarrierError) -> Failure<ChangeError> {
    Failure::Refused(ChangeError::Unfit(format!("{error}; nothing was changed")))
}

fn carrier(shop: &Shop) -> Result<&dyn Carrier, Failure<ChangeError>> {
    shop.carrier.as_deref().ok_or_else(|| {
        Failure::Refused(ChangeError::Unfit(
            "no carrier is set up: give the setting `easypost_key`, or ship by hand with --carrier and --tracking"
                .to_owned(),
        ))
    })
}

async fn parcel(
    shop: &Shop,
    of: Owned,
    counted: &(Vec<i32>, Vec<i32>),
    part: &str,
) -> Result<Parcel, Broken> {
    let row = sql::parcel(&shop.db, of, counted)
        .await?
        .ok_or_else(|| Broken::Other(format!("no order {}", of.order)))?;
    let from = row.sender.ok_or_else(|| {
        Broken::Other(
            "the location it leaves from has no address (table location, column address)"
                .to_owned(),
        )
    })?;
    Ok(Parcel {
        reference: format!("{}/{part}", row.number),
        from: from.0,
        to: row.address.0,
        email: row.email,
        weight_g: u32::try_from(row.weight_g).unwrap_or(u32::MAX).max(1),
    })
}
