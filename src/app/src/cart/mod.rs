//! The bag: its page, its forms, its server functions.

pub mod api;
pub mod form;
pub mod page;
pub mod texts;
