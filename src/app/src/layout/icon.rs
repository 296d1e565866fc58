//! The icons of pages: those that islands draw too, and those that the server alone draws, which need not be in the browser's module.

pub use islands::icon::*;

pub const HEART: &str = "M12 20C6.5 16.2 3.5 13 3.5 9.4A4.4 4.4 0 0 1 12 7.6a4.4 4.4 0 0 1 8.5 1.8C20.5 13 17.5 16.2 12 20Z";
pub const SEARCH: &str = "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13Zm4.8-1.7L20 20";
