//! Where a page stands: links down to it, which search engines read too (schema.org, as microdata: a block of JSON would be
//! an inline script).

use crate::frame::frame;
use leptos::prelude::*;

/// Steps from the home page to this one; each a name and where it leads, the last without a link.
#[component]
pub fn Crumbs(steps: Vec<(String, Option<String>)>) -> impl IntoView {
    let frame = frame();
    let home = (frame.say("catalog-home"), Some(frame.links.home()));
    let items = std::iter::once(home)
        .chain(steps)
        .zip(1..)
        .map(|((name, href), place)| {
            let is_here = href.is_none().then_some("page");
            let name = view! { <span itemprop="name">{name}</span> };
            let step = match href {
                Some(href) => view! { <a itemprop="item" href=href>{name}</a> }.into_any(),
                None => name.into_any(),
            };
            view! {
                <li itemprop="itemListElement" itemscope="" itemtype="https://schema.org/ListItem" aria-current=is_here>
                    {step}<meta itemprop="position" content=place.to_string() />
                </li>
            }
        })
        .collect_view();
    view! {
        <nav class="crumbs" aria-label=frame.say("catalog-breadcrumb")>
            <ol itemscope="" itemtype="https://schema.org/BreadcrumbList">{items}</ol>
        </nav>
    }
}
