//! What carriers tell of parcels, by themselves or when asked.

use super::carrier::{Event, NoticeError, Tracking};
use super::shipment::advance;
use super::sql;
use crate::order::{Owned, lock_number, owned_now};
use crate::outbox::{self, Event as Happened};
use crate::{Broken, Caller, Failure, Shop, jobs};
use domain::ShipmentId;
use futures::StreamExt;
use serde::Deserialize;
use serde_json::{Value, json};
use time::Duration;

/// A parcel that nobody has spoken of for so long is asked about.
const SILENCE: Duration = Duration::hours(6);
const BATCH: i64 = 20;
const AT_ONCE: usize = 4;

/// Keeps a carrier's message, then acts on it; when that does not work out, a job does it later. A message that came
/// before is acknowledged and changes nothing.
///
/// # Errors
/// [`NoticeError`]; nothing was kept then.
pub async fn webhook(
    shop: &Shop,
    carrier: &str,
    signature: &str,
    body: &[u8],
) -> Result<(), Failure<NoticeError>> {
    let reader = shop
        .carrier
        .as_deref()
        .filter(|reader| reader.name() == carrier)
        .ok_or(Failure::Refused(NoticeError::Unknown))?;
    let notice = reader
        .read_webhook(signature, body)
        .map_err(Failure::Refused)?;
    let payload = crate::kept::json(body).filter(|_| !notice.event.contains('\0'));
    let payload = payload.ok_or(Failure::Refused(NoticeError::Malformed))?;
    let useless = notice.about.is_none();
    let caller = Caller::machine(carrier, "webhook");
    let now = shop.clock.now();
    let mut tx = shop.begin().await?;
    if !sql::insert_webhook(&mut tx, carrier, &notice.event, &payload, now, useless).await? {
        tx.rollback().await?;
        return Ok(());
    }
    let mut kept = None;
    if !useless {
        let event = Happened {
            kind: "tracking.received",
            schema_version: 1,
            subject: None,
            customer: None,
            payload: json!({ "carrier": carrier, "event": notice.event }),
            jobs: &[jobs::TRACKING],
        };
        kept = Some(outbox::write(shop, &mut tx, &caller, event).await?);
    }
    tx.commit().await?;
    if let Some(event) = kept {
        match handle_event(shop, &caller, carrier, &notice.event).await {
            Ok(()) => jobs::finish(shop, jobs::TRACKING, event).await?,
            Err(error) => {
                tracing::warn!(carrier, event = notice.event, %error, "tracking will be handled later");
            }
        }
    }
    Ok(())
}

/// What a message's job holds.
#[derive(Deserialize)]
struct Kept {
    carrier: String,
    event: String,
}

/// Acts on a message that was kept.
///
/// # Errors
/// [`Broken`]; try again.
pub(crate) async fn handle(shop: &Shop, caller: &Caller, payload: &Value) -> Result<(), Broken> {
    let Kept { carrier, event } = Kept::deserialize(payload)?;
    handle_event(shop, caller, &carrier, &event).await
}

async fn handle_event(
    shop: &Shop,
    caller: &Caller,
    carrier: &str,
    event: &str,
) -> Result<(), Broken> {
    let Some(body) = sql::unhandled_webhook(&shop.db, carrier, event).await? else {
        return Ok(());
    };
    let reader = shop
        .carrier
        .as_deref()
        .filter(|reader| reader.name() == carrier)
        .ok_or_else(|| Broken::Other(format!("the carrier {carrier} is not set up")))?;
    let notice = reader
        .read_notice(&body)
        .map_err(|error| Broken::Other(error.to_string()))?;
    if let Some(tracking) = notice.about {
        match sql::find_tracking(&shop.db, carrier, &tracking.tracking_code).await? {
            Some(found) => heard(shop, caller, found.owned(), found.shipment(), &tracking).await?,
            None => tracing::warn!(carrier, event, "tracking of no parcel of ours"),
        }
    }
    sql::webhook_handled(&shop.db, carrier, event, shop.clock.now()).await?;
    Ok(())
}

/// Asks about parcels that are under way in silence: what a lost webhook left behind. Returns how many.
///
/// # Errors
/// [`Broken`] of the database.
pub(crate) async fn ask_about_silent(shop: &Shop) -> Result<usize, Broken> {
    let Some(carrier) = shop.carrier.as_deref() else {
        return Ok(0);
    };
    let now = shop.clock.now();
    let silent = sql::claim_silent(&shop.db, carrier.name(), now - SILENCE, now, BATCH).await?;
    let count = silent.len();
    let caller = Caller::machine("carrier", "parcels asked about");
    let asking: Vec<_> = silent
        .iter()
        .map(|parcel| async {
            let asked = carrier.track(&parcel.tracker).await;
            let tracking = asked.map_err(|error| Broken::Other(error.to_string()))?;
            heard(
                shop,
                &caller,
                parcel.found.owned(),
                parcel.found.shipment(),
                &tracking,
            )
            .await
        })
        .collect();
    let answers: Vec<Result<(), Broken>> = futures::stream::iter(asking)
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    for failure in answers.into_iter().filter_map(Result::err) {
        // Asked again after the next silence.
        tracing::debug!(%failure, "a parcel could not be asked about");
    }
    Ok(count)
}

/// Moves the parcel on, if that follows. News that came late or twice changes nothing.
async fn heard(
    shop: &Shop,
    caller: &Caller,
    of: Owned,
    shipment: ShipmentId,
    tracking: &Tracking,
) -> Result<(), Broken> {
    let Event::Moved(event) = tracking.event else {
        return Ok(());
    };
    let of = owned_now(shop, of.customer, of.order)
        .await?
        .ok_or_else(|| Broken::Other(format!("no order {}", of.order)))?;
    let mut tx = shop.begin().await?;
    let number = lock_number(&mut tx, of)
        .await?
        .ok_or_else(|| Broken::Other(format!("no order {}", of.order)))?;
    match advance(shop, &mut tx, caller, &number, of, shipment, event).await? {
        Ok(_) => tx.commit().await?,
        Err(stale) => {
            tracing::debug!(order = number, %stale, "tracking that changes nothing");
            tx.rollback().await?;
        }
    }
    Ok(())
}
