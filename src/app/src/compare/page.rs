//! The page of a comparison: the same for everyone who has its address.

use super::wanted::Wanted;
use super::{offer, table};
use crate::frame::{Frame, frame};
use crate::layout::Crumbs;
use crate::page::{Page, PageResult};
use crate::route::{At, answer};
use crate::state::App;
use axum::extract::State;
use axum::response::Response;
use domain::Storefront;
use http::Uri;
use leptos::prelude::*;
use shop::catalog::{Comparison, MOST_COMPARED};
use shop::text::say;

/// GET …/compare?p=slug&p=slug
pub async fn show(State(app): State<App>, At(at): At, uri: Uri) -> Response {
    let wanted = Wanted::read(uri.query().unwrap_or_default());
    answer(&app, &at, &uri, load(&app, &at, wanted).await).await
}

async fn load(app: &App, at: &Storefront, wanted: Wanted) -> PageResult {
    let compared = shop::catalog::compare(&app.shop, at, &wanted.slugs).await?;
    let product = |slug: &String| format!("product:{slug}");
    // Also of what is not there: it may come.
    let mut tags: Vec<_> = wanted.slugs.iter().map(product).collect();
    let others = &compared.others;
    let beside = others.shown.iter().map(|card| &card.slug);
    tags.extend(beside.chain(&others.awaited).map(product));
    if wanted.slugs.len() < MOST_COMPARED {
        tags.extend(wanted.slugs.iter().map(|slug| shop::recommend::tag(slug)));
    }
    let title = say(at.locale, "compare-title");
    let heading = title.clone();
    let view = move || content(&frame(), heading, wanted, compared).into_any();
    Ok(Page::new("compared", title, view).tags(tags).unlisted())
}

fn content(
    frame: &Frame,
    heading: String,
    wanted: Wanted,
    compared: Comparison,
) -> impl IntoView + use<> {
    let steps = vec![
        (frame.say("wish-title"), Some(frame.links.wishes())),
        (heading.clone(), None),
    ];
    let most = [("most", MOST_COMPARED.into())];
    let mut notices = Vec::new();
    if wanted.has_more {
        notices.push(frame.say_with("compare-more", &most));
    }
    if compared.missing > 0 {
        let count = [("count", compared.missing.into())];
        notices.push(frame.say_with("compare-missing", &count));
    }
    let notices = (!notices.is_empty()).then(|| {
        let each = notices.into_iter().map(|text| view! { <p>{text}</p> });
        view! { <div class="notice">{each.collect_view()}</div> }
    });
    let few = (compared.products.len() < 2).then(|| {
        view! {
            <div class="few">
                <p>{frame.say_with("compare-few", &most)}</p>
                <a class="button plain small" href=frame.links.wishes() rel="nofollow">{frame.say("compare-choose")}</a>
            </div>
        }
    });
    // What is not there is not carried along.
    let shown = wanted.only(|slug| compared.products.iter().any(|one| one.card.slug == slug));
    let others = offer::others(frame, &shown, compared.others.shown);
    let table = table::view(frame, &shown, compared.products);
    view! {
        <Crumbs steps />
        <div class="list-head"><div><h1>{heading}</h1></div></div>
        <div class="comparison">{notices}{table}{few}</div>
        {others}
    }
}
