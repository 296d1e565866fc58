//! Pages for what went wrong: each with the right status, a reason in words, and a way on.

mod refusal;

pub use refusal::{Refusal, Refused};

use crate::error::PageError;
use crate::frame::{Frame, frame};
use crate::page::Page;
use crate::route::{At, answer};
use crate::state::App;
use axum::extract::State;
use axum::response::Response;
use domain::Storefront;
use http::{StatusCode, Uri};
use leptos::prelude::*;
use shop::text::say;

/// What goes on from here.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// The same page, once more.
    Again,
    /// The bag, which is as it was.
    Bag,
    /// Somewhere else in the shop.
    Elsewhere,
}

/// The page of an error.
pub fn page(error: &PageError, at: &Storefront) -> Page {
    let (name, way) = match error {
        PageError::NotFound => ("not-found", Way::Elsewhere),
        PageError::Gone => ("gone", Way::Elsewhere),
        PageError::BadRequest => ("bad-request", Way::Elsewhere),
        PageError::Forbidden => ("denied", Way::Elsewhere),
        PageError::Refused(_) | PageError::Conflict(_) => ("refused", Way::Bag),
        PageError::Unavailable => ("unavailable", Way::Again),
        PageError::Redirect(_) | PageError::Moved(_) | PageError::Broken => ("broken", Way::Again),
    };
    let text = match error {
        PageError::Refused(key) | PageError::Conflict(key) => say(at.locale, key),
        _ => say(at.locale, &format!("errors-{name}-text")),
    };
    let title = say(at.locale, &format!("errors-{name}-title"));
    of(title, text, error.status(), way)
}

/// GET …/offline: kept by the service worker, for when there is no network.
pub async fn offline(State(app): State<App>, At(at): At, uri: Uri) -> Response {
    let text = say(at.locale, "errors-offline-text");
    let title = say(at.locale, "errors-offline-title");
    let page = of(title, text, StatusCode::OK, Way::Elsewhere);
    answer(&app, &at, &uri, Ok(page)).await
}

fn of(title: String, text: String, status: StatusCode, way: Way) -> Page {
    let heading = title.clone();
    let view = move || content(&frame(), heading, text, status, way).into_any();
    Page::new("problem", title, view).status(status).unlisted()
}

fn content(
    frame: &Frame,
    title: String,
    text: String,
    status: StatusCode,
    way: Way,
) -> impl IntoView + use<> {
    let number =
        (status != StatusCode::OK).then(|| view! { <p class="eyebrow">{status.as_u16()}</p> });
    let button = match way {
        Way::Again => Some((frame.path.clone(), "errors-try-again")),
        Way::Bag => Some((frame.links.cart(), "errors-to-cart")),
        Way::Elsewhere => None,
    };
    let home_class = if button.is_some() {
        "button plain"
    } else {
        "button"
    };
    let button =
        button.map(|(href, key)| view! { <a class="button" href=href>{frame.say(key)}</a> });
    let has_aisles = way == Way::Elsewhere && !frame.categories.is_empty();
    let aisles = has_aisles.then(|| {
        let link = |slug: &str, name: &str| {
            let href = frame.links.category(slug);
            view! { <li><a href=href>{name.to_owned()}</a></li> }
        };
        let links = frame
            .categories
            .iter()
            .map(|category| link(&category.slug, &category.name))
            .collect_view();
        view! { <section class="section aisles"><ul>{links}</ul></section> }
    });
    view! {
        <section class="wrong">
            {number}
            <h1>{title}</h1>
            <p>{text}</p>
            <div>{button}<a class=home_class href=frame.links.home()>{frame.say("errors-go-home")}</a></div>
        </section>
        {aisles}
    }
}
