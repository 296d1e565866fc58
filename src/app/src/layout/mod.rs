//! What stands around every page, and the pieces that pages are made of.

mod card;
mod crumbs;
pub mod delivery;
mod foot;
mod head;
pub mod icon;
mod picture;
mod price;

pub use card::{Card, Grid};
pub use crumbs::Crumbs;
pub use icon::Icon;
pub use picture::{Loading, Picture, largest};
pub use price::Price;

use crate::frame::frame;
use domain::format::money_short;
use foot::Foot;
use head::Head;
use leptos::prelude::*;

/// The frame around a page's own view.
#[component]
pub fn Layout(children: Children) -> impl IntoView {
    let frame = frame();
    let promise = match delivery::estimate(&frame).and_then(|estimate| estimate.free_from) {
        Some(amount) => {
            let amount = money_short(amount, frame.locale());
            frame.say_with("layout-promise", &[("amount", amount.into())])
        }
        None => frame.say("layout-promise-plain"),
    };
    view! {
        <a class="skip" href="#content">{frame.say("layout-skip")}</a>
        <aside class="promise" aria-label=frame.say("layout-promises")>{promise}</aside>
        <Head />
        <main id="content">{children()}</main>
        <Foot />
    }
}
