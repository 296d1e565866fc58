//! Parcels that leave, are followed and arrive, and goods that come back.

mod carrier;
pub mod easypost;
mod label;
pub mod returns;
pub(crate) mod shelf;
mod shipment;
mod sql;
mod track;

pub use carrier::{
    Carrier, CarrierAnswer, CarrierError, Event, Label, NoticeError, Offer, Parcel, Rate, Tracking,
    TrackingNotice,
};
pub use label::{rates, send_by_carrier};
pub use returns::{
    Back, NewReturn, Receipt, Received, announce, call_off as cancel_return, receive,
};
pub use shipment::{
    Dispatch, Shipping, delivered, give_up as cancel_shipment, ship, undeliverable,
};
pub use track::webhook;

pub(crate) use label::buy as buy_label;
pub(crate) use track::{ask_about_silent as ask_about_parcels, handle as handle_webhook};

/// At most so many bytes of what people or carriers call a thing.
pub(crate) const LONGEST: usize = 200;
