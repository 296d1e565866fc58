//! What the browser runs: islands, and the fetch they speak to the server with.
//!
//! Rendered on the server like everything else (`ssr`), then walked and brought to life by `public/boot.js` (`hydrate`).
//! The feature `till` adds what only cart, checkout and order pages need: other pages load a module without it.
//!
//! Islands take plain props, texts included, so that no message file reaches the browser.

pub mod api;
pub mod cart;
#[cfg(feature = "till")]
pub mod checkout;
pub mod icon;
pub mod json;
#[cfg(feature = "till")]
pub mod order;
pub mod picture;
pub mod product;
pub mod stepper;
