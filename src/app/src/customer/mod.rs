//! Customers: an e-mail address is claimed by a mailed link.

pub mod claim;
mod offer;

pub use offer::{ClaimOffer, is_offered};
