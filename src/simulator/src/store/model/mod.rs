//! The objects, and the one kind of ledger line: a change.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

pub mod carrier;
pub mod paypal;
mod stripe;

pub use stripe::*;

/// The caller's own labels.
pub type Metadata = BTreeMap<String, String>;

/// A fresh id: Stripe's prefix and 32 hexadecimal digits that sort by time.
pub fn new_id(prefix: &str) -> String {
    format!("{prefix}{}", uuid::Uuid::now_v7().simple())
}

/// Who of the world outside the shop.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Service {
    #[default]
    Stripe,
    Paypal,
    Carrier,
}

impl Service {
    pub const ALL: [Self; 3] = [Self::Stripe, Self::Paypal, Self::Carrier];

    /// As the control API spells it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stripe => "stripe",
            Self::Paypal => "paypal",
            Self::Carrier => "carrier",
        }
    }

    fn is_stripe(&self) -> bool {
        *self == Self::Stripe
    }
}

/// Seconds since 1970.
pub fn now() -> i64 {
    time::OffsetDateTime::now_utc().unix_timestamp()
}

/// An event; `payload` is the very JSON that is delivered.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Event {
    pub id: String,
    /// Whose event; ledgers written before there were others than Stripe don't say.
    #[serde(
        rename = "provider",
        default,
        skip_serializing_if = "Service::is_stripe"
    )]
    pub service: Service,
    #[serde(rename = "type")]
    pub kind: String,
    pub created: i64,
    pub payload: Box<RawValue>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// To be sent, or being tried.
    Pending,
    Delivered,
    /// A fault rule lost it on purpose.
    Dropped,
    /// Every attempt failed; tried again after a restart or on demand.
    GivenUp,
    /// Nobody asked for this type of event.
    Unwanted,
}

/// How an event's delivery ended.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Delivery {
    pub event: String,
    pub state: DeliveryState,
    pub attempts: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
}

/// What is said again when an idempotency key comes back.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stored {
    /// The session as it was when it was opened: cheaper to draw again than to keep.
    Session(String),
    Body {
        status: u16,
        body: String,
    },
}

/// An idempotency key with what was asked and answered under it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Answer {
    pub key: String,
    pub fingerprint: u64,
    pub stored: Stored,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    SessionOpened,
    SessionExpired,
    CustomerMade,
    IntentCreated,
    IntentCanceled,
    Captured,
    Authorised,
    Declined,
    Refunded,
    OrderCreated,
    OrderApproved,
    Pending,
    ShipmentMade,
    LabelBought,
    ParcelMoved,
    Webhook,
}

impl Cause {
    /// Whether an answer must wait until the line is on the disk. An open session that a power cut forgets costs a
    /// retry; a capture, a refund or an expiry that it forgets costs money.
    pub const fn durable(self) -> bool {
        !matches!(
            self,
            Self::SessionOpened | Self::OrderCreated | Self::ShipmentMade | Self::Webhook
        )
    }
}

/// One ledger line: the new state of every object that one request touched, whole or not at all.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Change {
    pub at: i64,
    pub cause: Cause,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<Session>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intent: Option<Intent>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charge: Option<Charge>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund: Option<Refund>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<Customer>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<Method>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paypal: Option<Box<paypal::Touched>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carrier: Option<Box<carrier::Touched>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<Event>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery: Option<Delivery>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
}

impl Change {
    /// A change that touches nothing yet.
    pub const fn new(at: i64, cause: Cause) -> Self {
        Self {
            at,
            cause,
            session: None,
            intent: None,
            charge: None,
            refund: None,
            customer: None,
            method: None,
            paypal: None,
            carrier: None,
            events: Vec::new(),
            delivery: None,
            answer: None,
        }
    }
}
