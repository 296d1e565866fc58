//! All that is said of a product, page by page.

use super::{Stars, average, each};
use crate::error::moved;
use crate::frame::{Frame, frame};
use crate::layout::Crumbs;
use crate::page::{Page, PageResult};
use crate::route::{At, answer};
use crate::state::App;
use axum::extract::{Path, State};
use axum::response::Response;
use domain::Storefront;
use domain::link::Links;
use http::Uri;
use leptos::prelude::*;
use shop::catalog::review::{After, ReviewPage, list_reviews};
use shop::text::say_with;

/// GET …/product/{slug}/reviews
pub async fn show(
    State(app): State<App>,
    At(at): At,
    Path((_, slug)): Path<(String, String)>,
    uri: Uri,
) -> Response {
    let after = after(uri.query().unwrap_or_default());
    answer(&app, &at, &uri, load(&app, &at, &slug, after).await).await
}

/// Where the page begins; what is no position is none.
fn after(query: &str) -> Option<After> {
    let mut named = query
        .split('&')
        .filter_map(|pair| pair.strip_prefix("after="));
    named.next().and_then(|text| text.parse().ok())
}

/// The one way to write what the query string means.
pub fn canonical(query: &str) -> String {
    after(query).map_or_else(String::new, |after| format!("?after={after}"))
}

async fn load(app: &App, at: &Storefront, slug: &str, after: Option<After>) -> PageResult {
    let links = Links(at.clone());
    let reviews = list_reviews(&app.shop, at, slug, after)
        .await
        .map_err(|failure| moved(failure, |slug| links.reviews(slug)))?;
    let named = [("title", reviews.product.title.clone().into())];
    let title = say_with(at.locale, "reviews-title", &named);
    let heading = title.clone();
    let is_continued = after.is_some();
    let page = Page::new("reviewed", title, move || {
        content(&frame(), heading, reviews, is_continued).into_any()
    });
    let page = page.tag(format!("product:{slug}"));
    Ok(if is_continued { page.unlisted() } else { page })
}

fn content(
    frame: &Frame,
    heading: String,
    page: ReviewPage,
    is_continued: bool,
) -> impl IntoView + use<> {
    let product = page.product;
    let path = frame.links.reviews(&product.slug);
    let steps = vec![
        (product.title, Some(frame.links.product(&product.slug))),
        (frame.say("reviews-heading"), None),
    ];
    let summary = product.rating.map(|rating| {
        let count = frame.say_with("reviews-count", &[("count", rating.count.into())]);
        let total = page.stars.iter().sum::<u32>().max(1);
        let bars = page.stars.iter().zip([5_u8, 4, 3, 2, 1]).map(|(&given, stars)| {
            let words = frame.say_with("reviews-stars", &[("stars", stars.into())]);
            view! {
                <div>
                    <dt>{words.clone()}</dt>
                    <dd><meter min="0" max=total.to_string() value=given.to_string() aria-label=words></meter>{given}</dd>
                </div>
            }
        });
        view! {
            <p class="rated">
                <strong>{average(rating, frame.locale())}</strong>
                <Stars tenths=rating.tenths() />
                <span>{count}</span>
            </p>
            <dl class="bars">{bars.collect_view()}</dl>
        }
    });
    let empty = page.reviews.is_empty().then(|| {
        let key = if is_continued {
            "reviews-end"
        } else {
            "reviews-none"
        };
        view! { <p class="empty">{frame.say(key)}</p> }
    });
    let more = page.next.map(|next| {
        let href = format!("{path}?after={next}");
        view! { <a class="button plain" rel="next" href=href>{frame.say("reviews-more")}</a> }
    });
    let first = is_continued
        .then(|| view! { <a class="link" href=path.clone()>{frame.say("reviews-first")}</a> });
    view! {
        <Crumbs steps />
        <div class="reviewed-page">
            <div class="reviewed-head">
                <h1>{heading}</h1>
                {summary}
                <a class="button plain" href=frame.links.review(&product.slug) rel="nofollow">{frame.say("reviews-write")}</a>
            </div>
            <div>
                {each(frame, page.reviews, false)}
                {empty}
                <div class="list-foot">{more}{first}</div>
            </div>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::canonical;

    #[test]
    fn a_position_is_written_in_one_way_and_nothing_else_is_kept() {
        let place = "0".repeat(47) + "7";
        assert_eq!(
            canonical(&format!("x=1&after={place}&after=2")),
            format!("?after={place}")
        );
        for other in [
            "",
            "after=",
            "after=nonsense",
            "page=2",
            "%",
            &"after=1&".repeat(999),
        ] {
            assert_eq!(canonical(other), "", "{other}");
        }
    }
}
