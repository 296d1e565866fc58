//! The bag in the browser: one copy for all islands of a page, its badge and its drawer.

mod badge;
#[cfg(feature = "till")]
mod codes;
#[cfg(feature = "till")]
mod contents;
mod drawer;
pub mod store;

pub use badge::CartBadge;
#[cfg(feature = "till")]
pub use codes::{CodeRefusal, CodeTexts, why};
#[cfg(feature = "till")]
pub use contents::{CartContents, CartTexts, ESTIMATED};
pub use drawer::{DrawerTexts, Totals, sums};
