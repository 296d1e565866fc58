//! A category: what lies in it and below it, narrowed, sorted, a page at a time.

use crate::error::moved;
use crate::frame::{Frame, frame};
use crate::layout::Crumbs;
use crate::page::{Page, PageResult};
use crate::route::{At, answer};
use crate::search::list::{self, List, Stock};
use crate::search::wanted::Wanted;
use crate::state::App;
use axum::extract::{Path, State};
use axum::response::Response;
use domain::Storefront;
use domain::catalog::CategoryLink;
use domain::link::Links;
use http::Uri;
use leptos::prelude::*;
use shop::catalog::CategoryHead;

/// GET …/category/{slug}
pub async fn show(
    State(app): State<App>,
    At(at): At,
    Path((_, slug)): Path<(String, String)>,
    uri: Uri,
) -> Response {
    let wanted = Wanted::read_list(uri.query().unwrap_or_default());
    answer(&app, &at, &uri, load(&app, &at, &slug, wanted).await).await
}

async fn load(app: &App, at: &Storefront, slug: &str, wanted: Wanted) -> PageResult {
    let links = Links(at.clone());
    let category = shop::catalog::find_category(&app.shop, at, slug)
        .await
        .map_err(|failure| moved(failure, |slug| links.category(slug)))?;
    let stock = Stock {
        category: Some(category.id),
        ..Stock::default()
    };
    let list = list::load(app, at, links.category(slug), wanted, stock).await?;
    let (title, intro, is_plain) = (
        category.name.clone(),
        category.intro.clone(),
        list.is_plain(),
    );
    let tags: Vec<String> = list.tags().collect();
    let page = Page::new("listing", title, move || {
        content(&frame(), category, list).into_any()
    });
    let page = page.description(intro).tags(tags);
    let page = page.tag(format!("category:{slug}"));
    // One address for search engines: the first page of all of it.
    Ok(if is_plain { page } else { page.unlisted() })
}

fn content(frame: &Frame, category: CategoryHead, list: List) -> impl IntoView + use<> {
    let link = |link: &CategoryLink| (link.name.clone(), Some(frame.links.category(&link.slug)));
    let mut steps: Vec<_> = category.trail.iter().map(link).collect();
    steps.push((category.name.clone(), None));
    view! {
        <Crumbs steps />
        <div class="list-head">
            <div>
                <h1>{category.name}</h1>
                <p class="intro">{category.intro}</p>
                {below(frame, &category.below)}
                <h2 class="count">{list.count(frame)}</h2>
            </div>
        </div>
        {list::view(frame, &list)}
    }
}

/// The categories that lie in this one.
fn below(frame: &Frame, below: &[CategoryLink]) -> Option<AnyView> {
    if below.is_empty() {
        return None;
    }
    let links = below
        .iter()
        .map(|category| {
            let href = frame.links.category(&category.slug);
            view! { <li><a class="chip" href=href>{category.name.clone()}</a></li> }
        })
        .collect_view();
    let label = frame.say("catalog-below");
    Some(view! { <ul class="chips" aria-label=label>{links}</ul> }.into_any())
}
