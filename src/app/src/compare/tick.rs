//! The way into a comparison from a list: each product has a box, and one form takes them all.

use crate::frame::Frame;
use leptos::prelude::*;
use shop::catalog::MOST_COMPARED;

/// The form that the boxes belong to.
const FORM: &str = "compare";

/// A product's box.
pub fn of(frame: &Frame, slug: &str, title: &str) -> AnyView {
    let label = frame.say_with("compare-tick-label", &[("title", title.to_owned().into())]);
    view! {
        <label class="to-compare">
            <input type="checkbox" name="p" value=slug.to_owned() form=FORM aria-label=label />
            <span>{frame.say("compare-tick")}</span>
        </label>
    }
    .into_any()
}

/// The form with its button.
pub fn bar(frame: &Frame) -> AnyView {
    let hint = frame.say_with("compare-tick-hint", &[("most", MOST_COMPARED.into())]);
    view! {
        <form class="compare-bar" id=FORM method="get" action=frame.links.compare()>
            <button class="button plain small">{frame.say("compare-chosen")}</button>
            <p>{hint}</p>
        </form>
    }
    .into_any()
}
