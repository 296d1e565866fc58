//! The wish list's page: one shopper's, never stored.

use super::list;
use crate::error::PageError;
use crate::frame::{Frame, frame};
use crate::layout::Crumbs;
use crate::page::{Page, PageResult};
use crate::route::{At, answer_privately};
use crate::state::App;
use crate::visitor::{RequestId, Visitor};
use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use domain::Storefront;
use domain::link::is_slug;
use http::{HeaderMap, StatusCode, Uri};
use leptos::prelude::*;
use shop::catalog::review::find_subject;
use shop::text::say;
use shop::wish::{MOST, Wishes};
use shop::{Broken, Failure};

/// GET …/wishlist
pub async fn show(
    State(app): State<App>,
    At(at): At,
    Extension(id): Extension<RequestId>,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    match Visitor::find(&app, &headers, Some(&id)).await {
        Ok(visitor) => respond(&app, &at, &uri, visitor, false).await,
        Err(broken) => answer_privately(&app, &at, &uri, Err(broken.into())).await,
    }
}

/// What the last form did, as the address says and the list confirms.
enum Told {
    Nothing,
    /// The product of that slug and name is on the list.
    Added(String, String),
    /// The product of that slug and name is not, and could be.
    Removed(String, String),
    /// What could not be put back is not on it.
    Gone,
    Full,
}

/// The list as it stands; `is_full` says that it did not take one more.
pub async fn respond(
    app: &App,
    at: &Storefront,
    uri: &Uri,
    visitor: Visitor,
    is_full: bool,
) -> Response {
    let page = load(app, at, uri, &visitor, is_full).await;
    let mut response = answer_privately(app, at, uri, page).await;
    visitor.remember(response.headers_mut());
    response
}

async fn load(
    app: &App,
    at: &Storefront,
    uri: &Uri,
    visitor: &Visitor,
    is_full: bool,
) -> PageResult {
    let wishes = match visitor.session {
        Some(session) => shop::wish::list(&app.shop, session.customer, at)
            .await
            .map_err(PageError::from)?,
        None => Wishes::default(),
    };
    let (told, status) = if is_full {
        (Told::Full, StatusCode::UNPROCESSABLE_ENTITY)
    } else {
        let query = uri.query().unwrap_or_default();
        (told(app, at, query, &wishes).await?, StatusCode::OK)
    };
    let title = say(at.locale, "wish-title");
    let heading = title.clone();
    let view = move || content(&frame(), heading, wishes, told).into_any();
    Ok(Page::new("wishes", title, view).status(status).unlisted())
}

async fn told(app: &App, at: &Storefront, query: &str, wishes: &Wishes) -> Result<Told, Broken> {
    let Some((name, slug)) = form_urlencoded::parse(query.as_bytes()).next() else {
        return Ok(Told::Nothing);
    };
    match (&*name, wishes.title(&slug)) {
        ("added", Some(title)) => Ok(Told::Added(slug.into_owned(), title.to_owned())),
        ("removed", None) if is_slug(&slug) => match find_subject(&app.shop, at, &slug).await {
            Ok(product) => Ok(Told::Removed(product.slug, product.title)),
            Err(Failure::Refused(_)) => Ok(Told::Gone),
            Err(Failure::Broken(broken)) => Err(broken),
        },
        _ => Ok(Told::Nothing),
    }
}

fn content(frame: &Frame, heading: String, wishes: Wishes, told: Told) -> impl IntoView + use<> {
    let listed = if wishes.is_empty() {
        view! {
            <div class="nothing">
                <p>{frame.say("wish-empty")}</p>
                <a class="button plain" href=frame.links.home()>{frame.say("wish-empty-action")}</a>
            </div>
        }
        .into_any()
    } else {
        list::view(frame, wishes).into_any()
    };
    view! {
        <Crumbs steps=vec![(heading.clone(), None)] />
        <div class="list-head"><div><h1>{heading}</h1></div></div>
        <div class="wish-list">{say_what(frame, told)}{listed}</div>
    }
}

/// What happened, with the way back.
fn say_what(frame: &Frame, told: Told) -> Option<AnyView> {
    let named = |key: &str, title: String| frame.say_with(key, &[("title", title.into())]);
    let (text, undo) = match told {
        Told::Nothing => return None,
        Told::Full => {
            let text = frame.say_with("wish-full", &[("most", MOST.into())]);
            let notice = view! { <div class="notice bad" role="alert"><p>{text}</p></div> };
            return Some(notice.into_any());
        }
        Told::Added(slug, title) => {
            let undo = list::removal(frame, &slug, frame.say("wish-undo"), None);
            (named("wish-added", title), Some(undo))
        }
        Told::Removed(slug, title) => {
            let undo = view! {
                <form method="post" action=frame.links.wishes()>
                    <input type="hidden" name="product" value=slug />
                    <button class="link">{frame.say("wish-put-back")}</button>
                </form>
            };
            (named("wish-removed", title), Some(undo.into_any()))
        }
        Told::Gone => (frame.say("wish-removed-for-good"), None),
    };
    Some(view! { <div class="notice" role="status"><p>{text}</p>{undo}</div> }.into_any())
}
