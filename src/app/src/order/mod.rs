//! An order's pages, by private link: thank you, and how it stands.

pub mod api;
pub mod confirmation;
mod followed;
pub mod form;
mod parts;
pub mod status;
pub mod tracking;
