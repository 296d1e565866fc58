//! The browser's door: links the islands in and says what hydration needs to know. `public/boot.js` walks them.

use wasm_bindgen::prelude::wasm_bindgen;

// Without a mention nothing of the crate would be linked.
pub use islands;

/// Called once, before any island is brought to life.
#[wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
}
