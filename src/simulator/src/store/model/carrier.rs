//! The carrier's objects. Times in seconds since 1970; amounts in minor units of ISO 4217.

use serde::{Deserialize, Serialize};

/// The carrier's objects that one request touched.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Touched {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipment: Option<Shipment>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracker: Option<Tracker>,
}

/// Where a parcel comes from or goes to.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Address {
    pub name: Option<String>,
    pub company: Option<String>,
    pub street1: Option<String>,
    pub street2: Option<String>,
    pub city: Option<String>,
    pub state: Option<String>,
    pub zip: Option<String>,
    pub country: Option<String>,
    pub phone: Option<String>,
    pub email: Option<String>,
}

/// What one service of one carrier would cost.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Rate {
    pub id: String,
    pub carrier: String,
    pub service: String,
    pub amount: i64,
    pub currency: String,
    pub days: u32,
}

/// The label that was bought for a shipment.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Label {
    pub id: String,
    pub created: i64,
    pub rate: String,
    pub tracking_code: String,
    pub tracker: String,
}

/// A parcel to be sent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Shipment {
    pub id: String,
    pub created: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    pub from: Address,
    pub to: Address,
    /// In tenths of an ounce.
    pub weight: i64,
    pub rates: Vec<Rate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<Label>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrackerStatus {
    Unknown,
    PreTransit,
    InTransit,
    OutForDelivery,
    AvailableForPickup,
    Delivered,
    ReturnToSender,
    Failure,
    Cancelled,
    Error,
}

impl TrackerStatus {
    /// What usually comes next; nothing when the way is over.
    pub const fn next(self) -> Option<Self> {
        match self {
            Self::Unknown => Some(Self::PreTransit),
            Self::PreTransit => Some(Self::InTransit),
            Self::InTransit => Some(Self::OutForDelivery),
            Self::OutForDelivery | Self::AvailableForPickup => Some(Self::Delivered),
            Self::Delivered
            | Self::ReturnToSender
            | Self::Failure
            | Self::Cancelled
            | Self::Error => None,
        }
    }

    /// For people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Unknown => "Unknown",
            Self::PreTransit => "Label printed",
            Self::InTransit => "On its way",
            Self::OutForDelivery => "Out for delivery",
            Self::AvailableForPickup => "Ready to be picked up",
            Self::Delivered => "Delivered",
            Self::ReturnToSender => "Going back to the sender",
            Self::Failure => "Could not be delivered",
            Self::Cancelled => "Cancelled",
            Self::Error => "Error",
        }
    }
}

/// A moment on a parcel's way.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Moment {
    pub status: TrackerStatus,
    pub at: i64,
}

/// A parcel on its way.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Tracker {
    pub id: String,
    pub created: i64,
    pub updated: i64,
    pub tracking_code: String,
    pub carrier: String,
    pub status: TrackerStatus,
    pub shipment: String,
    pub way: Vec<Moment>,
}
