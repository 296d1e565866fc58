//! Plain pages of words: about, delivery, returns.

use crate::error::PageError;
use crate::frame::{Frame, frame};
use crate::layout::Crumbs;
use crate::page::{Page, PageResult};
use crate::route::{At, answer};
use crate::state::App;
use axum::extract::{Path, State};
use axum::response::Response;
use domain::Storefront;
use http::Uri;
use leptos::prelude::*;
use shop::text::say;

/// The pages there are. Each has four paragraphs, of which all but the first are headed.
pub const PAGES: [&str; 3] = ["about", "delivery", "returns"];

/// GET …/pages/{slug}
pub async fn show(
    State(app): State<App>,
    At(at): At,
    Path((_, slug)): Path<(String, String)>,
    uri: Uri,
) -> Response {
    answer(&app, &at, &uri, load(&at, &slug)).await
}

fn load(at: &Storefront, slug: &str) -> PageResult {
    let slug = PAGES
        .into_iter()
        .find(|page| *page == slug)
        .ok_or(PageError::NotFound)?;
    let title = say(at.locale, &format!("content-{slug}-title"));
    let lead = say(at.locale, &format!("content-{slug}-lead"));
    Ok(Page::new("content", title, move || content(&frame(), slug).into_any()).description(lead))
}

fn content(frame: &Frame, slug: &str) -> impl IntoView + use<> {
    let part = |number: u8| {
        let key = format!("content-{slug}-{number}");
        let heading =
            (number > 1).then(|| view! { <h2>{frame.say(&format!("{key}-heading"))}</h2> });
        view! { {heading} <p>{frame.say(&key)}</p> }
    };
    let title = frame.say(&format!("content-{slug}-title"));
    let steps = vec![(title.clone(), None)];
    view! {
        <Crumbs steps />
        <div class="prose">
            <h1>{title}</h1>
            <p class="lead">{frame.say(&format!("content-{slug}-lead"))}</p>
            {[1, 2, 3, 4].map(part).collect_view()}
        </div>
    }
}
