//! Products side by side: which ones stands in the address, so that the page can be shared and kept.

mod offer;
pub mod page;
mod table;
pub mod tick;
pub mod wanted;

pub use offer::Beside;
