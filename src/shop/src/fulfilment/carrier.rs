//! What the shop asks of a carrier, whoever it is.

use domain::Money;
use domain::checkout::Address;
use domain::fulfilment::ShipmentEvent;
use futures::future::BoxFuture;

/// A carrier's answer, later.
pub type CarrierAnswer<'a, T> = BoxFuture<'a, Result<T, CarrierError>>;

/// Someone who sells labels and tells where parcels are. Every call has a deadline of its own and may be repeated.
pub trait Carrier: Send + Sync {
    /// As it stands in the database and in webhook URLs: `easypost`.
    fn name(&self) -> &'static str;

    /// What sending a parcel would cost.
    fn offer<'a>(&'a self, parcel: &'a Parcel) -> CarrierAnswer<'a, Offer>;

    /// Buys the label of an offered rate. Bought before, it is that label.
    fn buy<'a>(&'a self, reference: &'a str, rate: &'a str) -> CarrierAnswer<'a, Label>;

    /// Where the parcel of that tracker is.
    fn track<'a>(&'a self, tracker: &'a str) -> CarrierAnswer<'a, Tracking>;

    /// Reads a webhook's body when its signature holds.
    ///
    /// # Errors
    /// [`NoticeError`].
    fn read_webhook(&self, signature: &str, body: &[u8]) -> Result<TrackingNotice, NoticeError>;

    /// Reads a body whose signature was checked before.
    ///
    /// # Errors
    /// [`NoticeError::Malformed`].
    fn read_notice(&self, body: &serde_json::Value) -> Result<TrackingNotice, NoticeError>;
}

/// What is to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parcel {
    /// The order's number and the shipment's: `RI-7K3M-Q2XW/1`.
    pub reference: String,
    pub from: Address,
    pub to: Address,
    pub email: String,
    /// At least 1.
    pub weight_g: u32,
}

/// What a carrier would take for a parcel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The carrier's id of the parcel.
    pub reference: String,
    /// Cheapest first.
    pub rates: Vec<Rate>,
}

/// A way to send a parcel, with its price.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Rate {
    pub reference: String,
    /// `DHL`.
    pub carrier: String,
    /// `Express`.
    pub service: String,
    pub price: Money,
    pub days: Option<u32>,
}

/// A label that was bought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    pub url: String,
    /// For people.
    pub carrier: String,
    pub tracking_code: String,
    /// Where people follow it.
    pub tracking_url: Option<String>,
    /// The carrier's id of the tracker.
    pub tracker: Option<String>,
}

/// Where a parcel is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tracking {
    pub tracking_code: String,
    pub tracking_url: Option<String>,
    pub event: Event,
}

/// What a carrier says of a parcel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// Nothing that moves it on.
    UnderWay,
    Moved(ShipmentEvent),
}

/// A webhook's message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrackingNotice {
    /// The carrier's id of the event: the same id is the same event.
    pub event: String,
    /// None for kinds the shop has no use for.
    pub about: Option<Tracking>,
}

/// Why a carrier did not do as asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CarrierError {
    /// No answer, or one that can't be read: it may or may not have happened.
    #[error("no answer from the carrier: {0}")]
    Unknown(String),
    /// It said no.
    #[error("the carrier refused: {0}")]
    Refused(String),
}

/// Why a webhook is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoticeError {
    #[error("no such carrier")]
    Unknown,
    #[error("the signature does not hold")]
    Forged,
    #[error("the body can't be read")]
    Malformed,
}
