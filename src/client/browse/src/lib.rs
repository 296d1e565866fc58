//! The same door for the pages where nothing is bought yet: a module without the islands of cart, checkout and orders.
//!
//! A crate of its own, not a feature of `client`: two modules of one name would be written to one file, and each would be
//! linked anew after the other.

use wasm_bindgen::prelude::wasm_bindgen;

// Without a mention nothing of the crate would be linked.
pub use islands;

/// Called once, before any island is brought to life.
#[wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
}
