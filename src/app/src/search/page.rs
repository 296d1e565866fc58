//! The search page. Never stored: what is found follows a change within seconds, by a way of its own, and a stored page could be
//! told of the change before the search is.

use super::list::{self, List, Stock};
use super::wanted::Wanted;
use crate::frame::{Frame, frame};
use crate::layout::icon::{Icon, SEARCH};
use crate::layout::{Crumbs, Grid};
use crate::page::{Page, PageResult};
use crate::route::{At, answer_privately};
use crate::state::App;
use axum::extract::State;
use axum::response::Response;
use domain::Storefront;
use domain::catalog::ProductCard;
use domain::link::Links;
use http::{HeaderMap, Method, Uri};
use leptos::prelude::*;
use shop::search::log;
use shop::text::{say, say_with};

/// GET …/search
pub async fn show(
    State(app): State<App>,
    At(at): At,
    method: Method,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    let wanted = Wanted::read(uri.query().unwrap_or_default());
    let counts = method == Method::GET && !is_ahead(&headers) && wanted.is_typed();
    let page = load(&app, &at, wanted, counts).await;
    answer_privately(&app, &at, &uri, page).await
}

/// Whether a browser asks before anybody does (Fetch, `Sec-Purpose`; older browsers say it otherwise).
fn is_ahead(headers: &HeaderMap) -> bool {
    ["sec-purpose", "purpose", "x-moz"].iter().any(|name| {
        let value = headers.get(*name).and_then(|value| value.to_str().ok());
        value.is_some_and(|value| value.contains("prefetch"))
    })
}

async fn load(app: &App, at: &Storefront, wanted: Wanted, counts: bool) -> PageResult {
    let title = if wanted.text.is_empty() {
        say(at.locale, "search-title")
    } else {
        let text = wanted.text.clone();
        say_with(at.locale, "search-heading", &[("text", text.into())])
    };
    let path = Links(at.clone()).search();
    let list = list::load(app, at, path, wanted, Stock::default()).await?;
    if counts {
        log::count_search(&app.shop, at, &list.wanted.text, &list.listing.found);
    }
    let liked = if list.listing.products.is_empty() {
        shop::catalog::liked(&app.shop, at).await?
    } else {
        Vec::new()
    };
    let heading = title.clone();
    let view = move || content(&frame(), heading, list, liked).into_any();
    Ok(Page::new("listing", title, view).unlisted())
}

fn content(
    frame: &Frame,
    heading: String,
    list: List,
    liked: Vec<ProductCard>,
) -> impl IntoView + use<> {
    let found = !list.listing.products.is_empty();
    let count = found.then(|| view! { <h2 class="count">{list.count(frame)}</h2> });
    let instead = (!found).then(|| instead(frame, liked));
    view! {
        <Crumbs steps=vec![(frame.say("search-title"), None)] />
        <div class="list-head">
            <div>
                <h1>{heading}</h1>
                {again(frame, &list)}
                {count}
            </div>
        </div>
        {list::view(frame, &list)}
        {instead}
    }
}

/// The text, to be changed. On the first page of what it finds, a script says which of the products is opened.
fn again(frame: &Frame, list: &List) -> AnyView {
    let text = list.wanted.text.clone();
    let is_told = !text.is_empty() && list.wanted.after.is_none();
    let clicks = is_told.then(|| frame.links.click());
    let script = is_told.then(|| frame.asset("/clicks.js"));
    view! {
        <form class="find" role="search" method="get" action=frame.links.search() data-script=script data-clicks=clicks>
            <label class="unseen" for="find">{frame.say("search-label")}</label>
            <input id="find" type="search" name="q" value=text maxlength="200" autocomplete="off" enterkeyhint="search" />
            <button class="button small" aria-label=frame.say("search-action")><Icon path=SEARCH /></button>
        </form>
    }
    .into_any()
}

/// Where to go on when nothing was found: the categories, and what others like.
fn instead(frame: &Frame, liked: Vec<ProductCard>) -> AnyView {
    let links = frame
        .categories
        .iter()
        .map(|category| {
            let href = frame.links.category(&category.slug);
            view! { <li><a href=href>{category.name.clone()}</a></li> }
        })
        .collect_view();
    let shelf = (!liked.is_empty()).then(|| {
        view! {
            <section class="section">
                <div class="section-head"><h2>{frame.say("catalog-featured-heading")}</h2></div>
                <Grid cards=liked />
            </section>
        }
    });
    view! { <section class="section aisles"><ul>{links}</ul></section>{shelf} }.into_any()
}
