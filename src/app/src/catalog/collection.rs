//! A collection: a choice across categories, by rule or by hand, in the shopkeeper's order.

use crate::error::moved;
use crate::frame::{Frame, frame};
use crate::layout::{Crumbs, Grid};
use crate::page::{Page, PageResult};
use crate::route::{At, answer};
use crate::state::App;
use axum::extract::{Path, State};
use axum::response::Response;
use domain::Storefront;
use domain::link::Links;
use http::Uri;
use leptos::prelude::*;
use shop::catalog::CollectionPage;

/// GET …/collection/{slug}
pub async fn show(
    State(app): State<App>,
    At(at): At,
    Path((_, slug)): Path<(String, String)>,
    uri: Uri,
) -> Response {
    let query = uri.query().unwrap_or_default();
    let after = query
        .split('&')
        .find_map(|pair| pair.strip_prefix("after="));
    answer(&app, &at, &uri, load(&app, &at, &slug, after).await).await
}

async fn load(app: &App, at: &Storefront, slug: &str, after: Option<&str>) -> PageResult {
    let links = Links(at.clone());
    let collection = shop::catalog::list_collection(&app.shop, at, slug, after)
        .await
        .map_err(|failure| moved(failure, |slug| links.collection(slug)))?;
    let products = collection.products.iter();
    let tags: Vec<String> = products
        .map(|card| format!("product:{}", card.slug))
        .collect();
    let (title, intro) = (collection.name.clone(), collection.intro.clone());
    let is_continued = after.is_some();
    let page = Page::new("listing", title, move || {
        content(&frame(), collection, is_continued).into_any()
    });
    let page = page.description(intro).tags(tags);
    // What a rule begins to ask for is announced on the home page too.
    let page = page.tag(format!("collection:{slug}")).tag("home");
    Ok(if is_continued { page.unlisted() } else { page })
}

fn content(frame: &Frame, collection: CollectionPage, is_continued: bool) -> impl IntoView + use<> {
    let path = frame.links.collection(&collection.slug);
    let more = collection.next.map(|next| {
        let href = format!("{path}?after={next}");
        view! { <a class="button plain" rel="next" href=href>{frame.say("catalog-next-page")}</a> }
    });
    let first = is_continued
        .then(|| view! { <a class="link" href=path>{frame.say("catalog-first-page")}</a> });
    let shown = collection.products.len();
    let count = match (is_continued, &more) {
        (false, None) => frame.say_with("catalog-things", &[("count", shown.into())]),
        _ => frame.say_with("search-more-than", &[("count", shown.into())]),
    };
    let empty = collection.products.is_empty().then(|| {
        let key = if is_continued {
            "catalog-empty-end"
        } else {
            "catalog-empty"
        };
        view! { <p class="empty">{frame.say(key)}</p> }
    });
    view! {
        <Crumbs steps=vec![(collection.name.clone(), None)] />
        <div class="list-head">
            <div>
                <h1>{collection.name}</h1>
                <p class="intro">{collection.intro}</p>
                <h2 class="count">{count}</h2>
            </div>
        </div>
        <div class="list wide"><Grid cards=collection.products in_sight=4 /></div>
        {empty}
        <div class="list-foot">{more}{first}</div>
    }
}
