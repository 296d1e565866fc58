//! A row for whoever looked at something: a page that names no shopper, only what was looked at. `public/viewed.js` remembers that
//! in the browser, and puts the row of this page into others.

use crate::frame::{Frame, frame};
use crate::layout::{Crumbs, Grid};
use crate::page::{Page, PageResult};
use crate::route::{At, answer};
use crate::state::App;
use axum::extract::State;
use axum::response::Response;
use domain::Storefront;
use domain::catalog::ProductCard;
use http::Uri;
use leptos::prelude::*;
use shop::recommend::{VIEWED, for_you, tag};
use shop::text::say;

/// Characters of a slug.
const LONGEST: usize = 200;
/// Parameters that are looked at.
const MOST_PARAMETERS: usize = 20;

/// GET …/for-you?p=slug,slug
pub async fn show(State(app): State<App>, At(at): At, uri: Uri) -> Response {
    let viewed = viewed(uri.query().unwrap_or_default());
    answer(&app, &at, &uri, load(&app, &at, viewed).await).await
}

/// The slugs that were viewed, the latest first, each once; what can't be one is left out.
fn viewed(query: &str) -> Vec<String> {
    let parameters = form_urlencoded::parse(query.as_bytes()).take(MOST_PARAMETERS);
    let named = parameters
        .filter(|(name, _)| name == "p")
        .map(|(_, value)| value);
    let mut slugs: Vec<String> = Vec::new();
    for value in named.take(1) {
        for slug in value.split(',') {
            let fits = !slug.is_empty()
                && slug.chars().count() <= LONGEST
                && !slug.contains(char::is_control);
            if fits && slugs.len() < VIEWED && !slugs.iter().any(|known| known == slug) {
                slugs.push(slug.to_owned());
            }
        }
    }
    slugs
}

/// The one way to write what the query string means.
pub fn canonical(query: &str) -> String {
    let viewed = viewed(query);
    if viewed.is_empty() {
        return String::new();
    }
    let each = viewed
        .iter()
        .map(|slug| form_urlencoded::byte_serialize(slug.as_bytes()).collect::<String>());
    format!("?p={}", each.collect::<Vec<_>>().join(","))
}

async fn load(app: &App, at: &Storefront, viewed: Vec<String>) -> PageResult {
    let row = for_you(&app.shop, at, &viewed).await?;
    let beside = row.shown.iter().map(|card| &card.slug);
    let beside = beside.chain(&row.awaited);
    let beside = beside.map(|slug| format!("product:{slug}"));
    let tags: Vec<String> = viewed.iter().map(|slug| tag(slug)).chain(beside).collect();
    let title = say(at.locale, "recommend-title");
    let page = Page::new("listing", title, move || {
        content(&frame(), row.shown).into_any()
    });
    Ok(page.tags(tags).unlisted())
}

fn content(frame: &Frame, cards: Vec<ProductCard>) -> impl IntoView + use<> {
    let empty = cards
        .is_empty()
        .then(|| view! { <p class="empty">{frame.say("recommend-empty")}</p> });
    let row = (!cards.is_empty()).then(|| {
        view! {
            <section class="section related" id="for-you">
                <div class="section-head"><h2>{frame.say("recommend-row")}</h2></div>
                <Grid cards />
            </section>
        }
    });
    view! {
        <Crumbs steps=vec![(frame.say("recommend-title"), None)] />
        <div class="list-head"><div><h1>{frame.say("recommend-title")}</h1></div></div>
        {empty}
        {row}
    }
}

/// Where the row goes. Nothing is seen of it until the browser's script has something to show. `slug`: what is looked at now.
#[component]
pub fn ForYou(#[prop(optional, into)] slug: Option<String>) -> impl IntoView {
    let frame = frame();
    let script = frame.asset("/viewed.js");
    view! { <div hidden="" data-viewed=script data-row=frame.links.for_you() data-slug=slug></div> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_means_at_most_five_products_in_their_order() {
        assert_eq!(viewed("p=b,a"), ["b", "a"]);
        assert_eq!(viewed("p=a,a,,b,a"), ["a", "b"]);
        assert_eq!(viewed("q=x&p=a,b,c,d,e,f,g&p=z"), ["a", "b", "c", "d", "e"]);
        assert_eq!(viewed("p=a%2Cb%20c"), ["a", "b c"]);
        let long = format!("p={},a", "x".repeat(LONGEST + 1));
        assert_eq!(viewed(&long), ["a"]);
        for nothing in ["", "p=", "p=,,", "P=a", "p=%00", "%ff=&&&="] {
            assert_eq!(viewed(nothing), [""; 0], "{nothing}");
        }
    }

    #[test]
    fn one_meaning_has_one_address() {
        assert_eq!(canonical("utm=1&p=b,a,b&p=c"), "?p=b,a");
        assert_eq!(canonical("p=b%2Ca"), "?p=b,a");
        assert_eq!(canonical("p=b+c%26,%C3%A4"), "?p=b+c%26,%C3%A4");
        for nothing in ["", "p=", "p=%00", "x=1"] {
            assert_eq!(canonical(nothing), "");
        }
        for query in ["p=a,b", "p=%25,%2B,x", "p=ä,ö%09,z"] {
            let once = canonical(query);
            assert_eq!(canonical(once.trim_start_matches('?')), once);
        }
    }
}
