//! Where a page stands: links down to it.

use crate::frame::frame;
use leptos::prelude::*;

/// Steps from the home page to this one; each a name and where it leads, the last without a link.
#[component]
pub fn Crumbs(steps: Vec<(String, Option<String>)>) -> impl IntoView {
    let frame = frame();
    let home = (frame.say("catalog-home"), Some(frame.links.home()));
    let items = std::iter::once(home)
        .chain(steps)
        .map(|(name, href)| match href {
            Some(href) => view! { <li><a href=href>{name}</a></li> }.into_any(),
            None => view! { <li aria-current="page">{name}</li> }.into_any(),
        })
        .collect_view();
    view! { <nav class="crumbs" aria-label=frame.say("catalog-breadcrumb")><ol>{items}</ol></nav> }
}
