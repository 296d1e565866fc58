//! The checkout: one page, its form, its server function, and the provider's webhook.

pub mod api;
mod codes;
pub mod estimate;
mod fields;
pub mod form;
pub mod page;
pub mod webhook;
