//! Webhook events (<https://developer.paypal.com/api/rest/webhooks/event-names/>).

use serde::Serialize;

use super::{error::PaypalError, views::moment};
use crate::store::model::{Event, Service, paypal::new_id};

#[derive(Serialize)]
struct EventView<'a, T> {
    id: &'a str,
    event_version: &'static str,
    create_time: String,
    resource_type: &'static str,
    resource_version: &'static str,
    event_type: &'static str,
    summary: &'static str,
    resource: &'a T,
    links: [LinkView; 1],
}

#[derive(Serialize)]
struct LinkView {
    href: String,
    rel: &'static str,
    method: &'static str,
}

/// The event types there are, with their resource and what they say.
#[derive(Clone, Copy)]
pub enum Told {
    Approved,
    Pending,
    Completed,
    Denied,
    Refunded,
}

impl Told {
    const fn words(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Approved => (
                "CHECKOUT.ORDER.APPROVED",
                "checkout-order",
                "An order has been approved by buyer",
            ),
            Self::Pending => ("PAYMENT.CAPTURE.PENDING", "capture", "Payment pending"),
            Self::Completed => ("PAYMENT.CAPTURE.COMPLETED", "capture", "Payment completed"),
            Self::Denied => ("PAYMENT.CAPTURE.DENIED", "capture", "Payment denied"),
            Self::Refunded => ("PAYMENT.CAPTURE.REFUNDED", "refund", "Payment refunded"),
        }
    }
}

/// An event about an object as it is at this moment.
///
/// # Errors
/// The object can't be written as JSON.
pub fn event<T: Serialize>(
    told: Told,
    resource: &T,
    at: i64,
    origin: &str,
) -> Result<Event, PaypalError> {
    let id = format!("WH-{}-{}", new_id(), new_id());
    let (event_type, resource_type, summary) = told.words();
    let payload = serde_json::value::to_raw_value(&EventView {
        id: &id,
        event_version: "1.0",
        create_time: moment(at),
        resource_type,
        resource_version: "2.0",
        event_type,
        summary,
        resource,
        links: [LinkView {
            href: format!("{origin}/v1/notifications/webhooks-events/{id}"),
            rel: "self",
            method: "GET",
        }],
    })
    .map_err(|_| PaypalError::ours())?;
    Ok(Event {
        id,
        service: Service::Paypal,
        kind: event_type.to_owned(),
        created: at,
        payload,
    })
}
