//! The icons of pages: those that islands draw too, and those that the server alone draws, which need not be in the browser's module.

pub use islands::icon::*;

pub const SEARCH: &str = "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13Zm4.8-1.7L20 20";
