//! A category: its products, sorted, a page at a time.

use crate::error::{PageError, moved};
use crate::frame::{Frame, frame};
use crate::layout::{Crumbs, Grid};
use crate::page::{Page, PageResult};
use crate::route::{At, answer};
use crate::state::App;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use domain::Storefront;
use domain::catalog::{Listing, Sort};
use domain::link::Links;
use http::Uri;
use leptos::prelude::*;
use serde::Deserialize;

/// What a listing's URL may say.
#[derive(Debug, Default, Deserialize)]
pub struct Wanted {
    sort: Option<String>,
    after: Option<String>,
}

/// GET …/category/{slug}
pub async fn show(
    State(app): State<App>,
    At(at): At,
    Path((_, slug)): Path<(String, String)>,
    wanted: Result<Query<Wanted>, QueryRejection>,
    uri: Uri,
) -> Response {
    let page = match wanted {
        Ok(Query(wanted)) => load(&app, &at, &slug, &wanted).await,
        Err(_) => Err(PageError::BadRequest),
    };
    answer(&app, &at, &uri, page).await
}

async fn load(app: &App, at: &Storefront, slug: &str, wanted: &Wanted) -> PageResult {
    let sort = Sort::from_code(wanted.sort.as_deref().unwrap_or_default());
    let listing = shop::catalog::list_category(&app.shop, at, slug, sort, wanted.after.as_deref())
        .await
        .map_err(|failure| {
            moved(failure, |slug| {
                Links(at.clone()).category(slug, Sort::default())
            })
        })?;
    let page = Page::new("category", listing.category.name.clone(), {
        let listing = listing.clone();
        move || content(&frame(), listing).into_any()
    });
    let page = page
        .description(listing.category.intro)
        .tag(format!("category:{slug}"));
    // One address for search engines: the first page, in the shopkeeper's order.
    Ok(if listing.is_continued || sort != Sort::default() {
        page.unlisted()
    } else {
        page
    })
}

fn content(frame: &Frame, listing: Listing) -> impl IntoView + use<> {
    let Listing {
        category,
        sort,
        products,
        about,
        next,
        is_continued,
    } = listing;
    let steps = vec![(category.name.clone(), None)];
    let more = next.map(|after| {
        let href = frame.links.category_after(&category.slug, sort, &after);
        view! { <a class="button plain" rel="next" href=href>{frame.say("catalog-next-page")}</a> }
    });
    let first = is_continued.then(|| {
        let href = frame.links.category(&category.slug, sort);
        view! { <a class="link" href=href>{frame.say("catalog-first-page")}</a> }
    });
    let empty = products.is_empty().then(|| {
        let text = if is_continued {
            "catalog-empty-end"
        } else {
            "catalog-empty"
        };
        view! { <p class="empty">{frame.say(text)}</p> }
    });
    view! {
        <Crumbs steps />
        <div class="list-head">
            <div>
                <h1>{category.name.clone()}</h1>
                <p class="intro">{category.intro}</p>
                <h2 class="count">{frame.say_with("catalog-about", &[("count", about.into())])}</h2>
            </div>
            {sorting(frame, &category.slug, sort)}
        </div>
        <div class="list"><Grid cards=products in_sight=4 /></div>
        {empty}
        <div class="list-foot">{more}{first}</div>
    }
}

/// A form of one choice. With a script, choosing is enough.
fn sorting(frame: &Frame, slug: &str, current: Sort) -> impl IntoView + use<> {
    let options = Sort::ALL.map(|sort| {
        let code = sort.code();
        view! {
            <option value=code selected=sort == current>{frame.say(&format!("catalog-sort-{code}"))}</option>
        }
    });
    view! {
        <form class="sort" method="get" action=frame.links.category(slug, Sort::default()) data-eager="">
            <label for="sort">{frame.say("catalog-sort")}</label>
            <select id="sort" name="sort">{options.collect_view()}</select>
            <button class="button plain">{frame.say("catalog-sort-action")}</button>
        </form>
    }
}
