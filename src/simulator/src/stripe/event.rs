//! Events (<https://docs.stripe.com/api/events>): an object as it was when something happened to it.

use serde::Serialize;

use crate::store::model::{Event, new_id};

/// The version whose shapes the objects have.
pub const API_VERSION: &str = "2024-06-20";

#[derive(Serialize)]
struct EventView<'a, T> {
    id: &'a str,
    object: &'static str,
    api_version: &'static str,
    created: i64,
    data: EventData<'a, T>,
    livemode: bool,
    pending_webhooks: u8,
    request: EventRequest<'a>,
    #[serde(rename = "type")]
    kind: &'a str,
}

#[derive(Serialize)]
struct EventData<'a, T> {
    object: &'a T,
}

#[derive(Serialize)]
struct EventRequest<'a> {
    id: Option<&'a str>,
    idempotency_key: Option<&'a str>,
}

/// An event about an object as it is at this moment.
///
/// # Errors
/// The object can't be written as JSON.
pub fn event<T: Serialize>(
    kind: &str,
    object: &T,
    at: i64,
    request: Option<&str>,
    key: Option<&str>,
) -> Result<Event, serde_json::Error> {
    let id = new_id("evt_");
    let payload = serde_json::value::to_raw_value(&EventView {
        id: &id,
        object: "event",
        api_version: API_VERSION,
        created: at,
        data: EventData { object },
        livemode: false,
        pending_webhooks: 1,
        request: EventRequest {
            id: request,
            idempotency_key: key,
        },
        kind,
    })?;
    Ok(Event {
        id,
        kind: kind.to_owned(),
        created: at,
        payload,
    })
}
