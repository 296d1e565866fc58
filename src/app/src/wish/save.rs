//! The button that keeps a product for later: the same for everyone, so that the page around it is one for all.

use crate::frame::frame;
use crate::layout::Icon;
use crate::layout::icon::HEART;
use leptos::prelude::*;

#[component]
pub fn Save(slug: String) -> impl IntoView {
    let frame = frame();
    view! {
        <form class="save" method="post" action=frame.links.wishes()>
            <input type="hidden" name="product" value=slug />
            <button class="quiet"><Icon path=HEART />{frame.say("wish-save")}</button>
        </form>
    }
}
