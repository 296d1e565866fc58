//! Parcels on their way, and the events that tell of it.

use serde::Serialize;

use super::{
    Ask, CarrierError,
    views::{TrackerView, moment},
};
use crate::{
    api::Reply,
    store::{
        books::Books,
        model::{
            Cause, Change, Event, Service,
            carrier::{Moment, Touched, Tracker, TrackerStatus},
            new_id,
        },
    },
};

#[derive(Serialize)]
struct EventView<'a, T> {
    id: &'a str,
    object: &'static str,
    mode: &'static str,
    description: &'a str,
    previous_attributes: Previous,
    created_at: String,
    updated_at: String,
    pending_urls: [&'static str; 0],
    completed_urls: [&'static str; 0],
    status: &'static str,
    result: &'a T,
}

#[derive(Serialize)]
struct Previous {
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<TrackerStatus>,
}

/// An event about a tracker as it is at this moment.
///
/// # Errors
/// It can't be written as JSON.
pub fn event<T: Serialize>(
    kind: &str,
    result: &T,
    before: Option<TrackerStatus>,
    at: i64,
) -> Result<Event, serde_json::Error> {
    let id = new_id("evt_");
    let payload = serde_json::value::to_raw_value(&EventView {
        id: &id,
        object: "Event",
        mode: "test",
        description: kind,
        previous_attributes: Previous { status: before },
        created_at: moment(at),
        updated_at: moment(at),
        pending_urls: [],
        completed_urls: [],
        status: "pending",
        result,
    })?;
    Ok(Event {
        id,
        service: Service::Carrier,
        kind: kind.to_owned(),
        created: at,
        payload,
    })
}

/// GET /v2/trackers/{id}
///
/// # Errors
/// No such tracker.
pub fn find(books: &Books, ask: &Ask<'_>) -> Result<Reply, CarrierError> {
    let tracker = books.carrier.trackers.get(ask.id);
    let tracker = tracker.ok_or_else(CarrierError::missing)?;
    Reply::json(&TrackerView::new(tracker, ask.origin)).map_err(|_| CarrierError::ours())
}

/// A tracker as the API shows it, for the control API.
pub fn shown<'a>(tracker: &'a Tracker, origin: &str) -> impl Serialize + use<'a> {
    TrackerView::new(tracker, origin)
}

/// Moves a parcel on: to that status, or to what usually comes next.
///
/// # Errors
/// No such parcel, or its way is over.
pub fn advance(
    books: &Books,
    tracking_code: &str,
    to: Option<TrackerStatus>,
    at: i64,
    origin: &str,
) -> Result<Change, &'static str> {
    let tracker = books.carrier.tracker_of(tracking_code);
    let mut tracker = tracker.ok_or("no such parcel")?.clone();
    let before = tracker.status;
    let status = to
        .or_else(|| before.next())
        .ok_or("the parcel's way is over")?;
    tracker.status = status;
    tracker.updated = at;
    tracker.way.push(Moment { status, at });
    let mut change = Change::new(at, Cause::ParcelMoved);
    let view = TrackerView::new(&tracker, origin);
    let told = event("tracker.updated", &view, Some(before), at);
    change
        .events
        .push(told.map_err(|_| "the event can't be written")?);
    change.carrier = Some(Box::new(Touched {
        shipment: None,
        tracker: Some(tracker),
    }));
    Ok(change)
}
