//! An order's pages, by private link: thank you, and how it stands.

pub mod api;
pub mod confirmation;
pub mod form;
mod parts;
pub mod status;
