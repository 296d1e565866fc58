//! A handful of line icons, drawn on a grid of 24.

use leptos::prelude::*;

pub const BAG: &str = "M5.5 8.5h13l.8 11.5H4.7l.8-11.5Zm3.5 3V7a3 3 0 0 1 6 0v4.5";
pub const MENU: &str = "M4 8h16M4 16h16";
pub const CLOSE: &str = "m6 6 12 12M18 6 6 18";
pub const CHECK: &str = "m5 12.5 4.5 4.5L19 7.5";
pub const VAN: &str = "M3 6.5h11v10H3zM14 10h4l3 3.2v3.3h-7zM7 19a1.8 1.8 0 1 0 0-3.6A1.8 1.8 0 0 0 7 19Zm10.5 0a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6Z";
pub const RETURN: &str = "M8 5 4 9l4 4M4 9h10a5.5 5.5 0 0 1 0 11H9";
pub const DOT: &str = "M12 8.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7Z";

/// An icon beside words that say the same: it is hidden from those who listen.
#[component]
pub fn Icon(path: &'static str) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
            <path d=path />
        </svg>
    }
}
