//! An order's live status.

mod status;

pub use status::OrderWatch;
