//! What follows a payment: parcels leave, arrive and come back; money goes back. One `next` each, and nothing else moves
//! them.

use crate::money::Money;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// Declares an enum whose variants have names: in the database, in JSON and on the command line.
macro_rules! named {
    ($(#[$doc:meta])* $type:ident { $($(#[$of:meta])* $variant:ident = $name:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum $type {
            $($(#[$of])* #[serde(rename = $name)] $variant),+
        }

        impl $type {
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// As it is stored.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }

        impl std::str::FromStr for $type {
            type Err = UnknownName;
            fn from_str(text: &str) -> Result<Self, UnknownName> {
                Self::ALL.iter().copied().find(|one| one.name() == text).ok_or(UnknownName)
            }
        }
    };
}

/// Nothing is called that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("nothing is called that")]
pub struct UnknownName;

/// That can't happen to such a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("what is {state} can't become {event}")]
pub struct Illegal<S: std::fmt::Display, E: std::fmt::Display> {
    pub state: S,
    pub event: E,
}

named! {
    /// How far a parcel has come.
    ShipmentState {
        /// Its things are set aside; the label is not bought yet.
        Preparing = "preparing",
        /// It left the shelf.
        Shipped = "shipped",
        Delivered = "delivered",
        /// The carrier gave it up: lost, refused, or on its way back.
        Undeliverable = "undeliverable",
        /// It never left; its things can be sent otherwise.
        Cancelled = "cancelled",
    }
}

named! {
    /// What can happen to a parcel.
    ShipmentEvent {
        Dispatched = "dispatched",
        Delivered = "delivered",
        Undeliverable = "undeliverable",
        Cancelled = "cancelled",
    }
}

impl ShipmentState {
    /// The state after `event`. Carriers are heard in any order: what they gave up may arrive after all, and what arrived
    /// stays so.
    ///
    /// # Errors
    /// [`Illegal`] for every pair that is not listed here.
    pub fn next(self, event: ShipmentEvent) -> Result<Self, Illegal<Self, ShipmentEvent>> {
        use ShipmentEvent as E;
        match (self, event) {
            (Self::Preparing, E::Dispatched) => Ok(Self::Shipped),
            (Self::Preparing, E::Cancelled) => Ok(Self::Cancelled),
            (Self::Shipped | Self::Undeliverable, E::Delivered) => Ok(Self::Delivered),
            (Self::Shipped, E::Undeliverable) => Ok(Self::Undeliverable),
            (state, event) => Err(Illegal { state, event }),
        }
    }
}

named! {
    /// How far a return has come.
    ReturnState {
        /// The shopper said so; the goods are not here.
        Announced = "announced",
        /// The goods are here.
        Received = "received",
        /// The goods are here and the money went back.
        Refunded = "refunded",
        /// It did not come about.
        Cancelled = "cancelled",
    }
}

named! {
    /// What can happen to a return.
    ReturnEvent {
        Received = "received",
        Refunded = "refunded",
        Cancelled = "cancelled",
    }
}

impl ReturnState {
    /// The state after `event`.
    ///
    /// # Errors
    /// [`Illegal`] for every pair that is not listed here.
    pub fn next(self, event: ReturnEvent) -> Result<Self, Illegal<Self, ReturnEvent>> {
        use ReturnEvent as E;
        match (self, event) {
            (Self::Announced, E::Received) => Ok(Self::Received),
            (Self::Announced, E::Cancelled) => Ok(Self::Cancelled),
            (Self::Received, E::Refunded) => Ok(Self::Refunded),
            (state, event) => Err(Illegal { state, event }),
        }
    }
}

named! {
    /// Why goods come back.
    ReturnReason {
        ChangedMind = "changed_mind",
        Damaged = "damaged",
        WrongItem = "wrong_item",
        NotAsDescribed = "not_as_described",
        Late = "late",
        Other = "other",
    }
}

named! {
    /// How far a refund has come.
    RefundState {
        /// Recorded; the provider is asked, again and again while it does not answer.
        Due = "due",
        /// The provider took it on.
        Sent = "sent",
        /// The provider refused it: a person has to look. Its amount may be refunded otherwise.
        Failed = "failed",
    }
}

named! {
    /// What can happen to a refund.
    RefundEvent {
        Accepted = "accepted",
        Refused = "refused",
        Retried = "retried",
    }
}

impl RefundState {
    /// The state after `event`.
    ///
    /// # Errors
    /// [`Illegal`] for every pair that is not listed here.
    pub fn next(self, event: RefundEvent) -> Result<Self, Illegal<Self, RefundEvent>> {
        use RefundEvent as E;
        match (self, event) {
            (Self::Due, E::Accepted) => Ok(Self::Sent),
            (Self::Due, E::Refused) => Ok(Self::Failed),
            (Self::Failed, E::Retried) => Ok(Self::Due),
            (state, event) => Err(Illegal { state, event }),
        }
    }
}

named! {
    /// Why money goes back.
    RefundReason {
        /// It came after the hold had run out and the stock was gone.
        Late = "late",
        /// The order was paid by another attempt already.
        Duplicate = "duplicate",
        /// The order was called off.
        Cancelled = "cancelled",
        /// Goods came back.
        Return = "return",
        /// The shop decided so.
        Agreed = "agreed",
    }
}

/// What became of the units of an order's line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Units {
    pub bought: u32,
    /// In parcels that left or are being prepared.
    pub shipped: u32,
    /// Called off before they were shipped; back on the shelf.
    pub withdrawn: u32,
    /// Announced to come back, or here again.
    pub returned: u32,
    /// Their money went back, or is going to.
    pub refunded: u32,
}

impl Units {
    pub const fn to_ship(self) -> u32 {
        self.bought
            .saturating_sub(self.shipped.saturating_add(self.withdrawn))
    }

    pub const fn to_return(self) -> u32 {
        self.shipped.saturating_sub(self.returned)
    }

    pub const fn to_refund(self) -> u32 {
        self.bought.saturating_sub(self.refunded)
    }
}

/// What the units from `before` on, `count` of them, cost of a line that cost `paid` minor units for `bought`. The parts of
/// a line always add up to the whole, however it is cut: each is the difference of two roundings.
pub fn share(paid: i64, bought: u32, before: u32, count: u32) -> i64 {
    if bought == 0 {
        return 0;
    }
    let upto = |units: u32| i128::from(paid) * i128::from(units.min(bought)) / i128::from(bought);
    let part = upto(before.saturating_add(count)) - upto(before);
    i64::try_from(part).unwrap_or(i64::MAX)
}

/// Everything that followed an order's payment, as its page shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Followed {
    /// By their numbers. Those that were given up before they left are not among them.
    pub shipments: Vec<ShipmentView>,
    /// Oldest first.
    pub refunds: Vec<RefundView>,
    /// By their numbers.
    pub returns: Vec<ReturnView>,
    /// What became of each line's units, in the order of the lines.
    pub units: Vec<Units>,
}

/// How far an order's parcels have come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Nothing has left.
    Packing,
    /// Some of it has left.
    PartlyShipped,
    /// All of it has left.
    Shipped,
    /// All of it has arrived.
    Delivered,
}

impl Followed {
    pub fn progress(&self) -> Progress {
        let left = self
            .shipments
            .iter()
            .filter(|one| one.state != ShipmentState::Preparing);
        let (mut any, mut arrived) = (false, true);
        for shipment in left {
            any = true;
            arrived &= shipment.state == ShipmentState::Delivered;
        }
        let preparing = self
            .shipments
            .iter()
            .any(|one| one.state == ShipmentState::Preparing);
        let whole = !preparing && self.units.iter().all(|units| units.to_ship() == 0);
        match (any, whole, arrived) {
            (false, _, _) => Progress::Packing,
            (true, false, _) => Progress::PartlyShipped,
            (true, true, false) => Progress::Shipped,
            (true, true, true) => Progress::Delivered,
        }
    }
}

/// A parcel, as the order's page shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShipmentView {
    /// Counts within the order, from 1.
    pub number: i32,
    pub state: ShipmentState,
    /// Its name for people; may be empty.
    pub carrier: String,
    pub tracking_code: Option<String>,
    /// Where the carrier says how it stands; https.
    pub tracking_url: Option<String>,
    pub label_url: Option<String>,
    #[serde(with = "time::serde::rfc3339::option", default)]
    pub shipped_at: Option<OffsetDateTime>,
    /// When it was delivered or given up.
    #[serde(with = "time::serde::rfc3339::option", default)]
    pub ended_at: Option<OffsetDateTime>,
    pub lines: Vec<Part>,
}

/// So many of an order's line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// The line's position, from 1.
    pub line: i32,
    pub quantity: u32,
}

/// Money going back, as the order's page shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundView {
    pub id: crate::RefundId,
    pub amount: Money,
    /// What of it goes to gift cards and store credit, which paid a part of the order.
    #[serde(default)]
    pub to_cards: Option<Money>,
    pub state: RefundState,
    pub reason: RefundReason,
    /// Why the provider refused it; for staff.
    pub failure: Option<String>,
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

/// Goods coming back, as the order's page shows them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnView {
    /// Counts within the order, from 1.
    pub number: i32,
    pub state: ReturnState,
    pub reason: ReturnReason,
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    pub lines: Vec<Part>,
}

#[cfg(test)]
mod tests;
