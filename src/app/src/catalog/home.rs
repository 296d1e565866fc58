//! The home page.

use crate::frame::{Frame, frame};
use crate::layout::{Grid, Loading, Picture};
use crate::page::{Page, PageResult};
use crate::recommend::ForYou;
use crate::route::{At, answer};
use crate::state::App;
use axum::extract::State;
use axum::response::Response;
use domain::Storefront;
use domain::catalog;
use http::Uri;
use leptos::prelude::*;
use shop::catalog::Home;
use shop::text::say;

/// GET …/
pub async fn show(State(app): State<App>, At(at): At, uri: Uri) -> Response {
    answer(&app, &at, &uri, load(&app, &at).await).await
}

async fn load(app: &App, at: &Storefront) -> PageResult {
    let home = shop::catalog::home(&app.shop, at).await?;
    let title = say(at.locale, "catalog-home-title");
    let description = say(at.locale, "catalog-home-lead");
    Ok(
        Page::new("home", title, move || content(&frame(), home).into_any())
            .description(description)
            .tag("home"),
    )
}

fn content(frame: &Frame, home: Home) -> impl IntoView + use<> {
    let shelf = |heading: &str, cards: Vec<catalog::ProductCard>| {
        (!cards.is_empty()).then(|| {
            view! {
                <section class="section">
                    <div class="section-head"><h2>{frame.say(heading)}</h2></div>
                    <Grid cards />
                </section>
            }
        })
    };
    view! {
        {hero(frame)}
        {shelf("catalog-new-heading", home.new)}
        {aisles(frame, home.about)}
        {promises(frame)}
        {story(frame)}
        {shelf("catalog-featured-heading", home.featured)}
        <ForYou />
    }
}

fn hero(frame: &Frame) -> impl IntoView + use<> {
    const SIZES: &str = "(min-width: 47.5rem) 25vw, 50vw";
    let picture = |name: &str, alt: &str| catalog::Picture {
        src: format!("/media/{name}.jpg"),
        alt: frame.say(alt),
    };
    // The table's things, where the shop has such a category; otherwise the first there is.
    let table = frame
        .categories
        .iter()
        .find(|category| category.slug == "table")
        .or(frame.categories.first());
    let action = table.map(|category| {
        let href = frame.links.category(&category.slug);
        view! { <a class="button" href=href>{frame.say("catalog-home-action")}</a> }
    });
    view! {
        <section class="hero">
            <div class="hero-words">
                <p class="eyebrow">{frame.say("catalog-home-eyebrow")}</p>
                <h1>
                    {frame.say("catalog-home-before")}" "<em>{frame.say("catalog-home-stressed")}</em>" "
                    {frame.say("catalog-home-after")}
                </h1>
                <p>{frame.say("catalog-home-lead")}</p>
                {action}
            </div>
            <div class="hero-pictures">
                <Picture picture=picture("hero-table-tall", "catalog-home-table-picture") sizes=SIZES loading=Loading::First />
                <Picture picture=picture("hero-lamp-tall", "catalog-home-lamp-picture") sizes=SIZES loading=Loading::Now />
            </div>
        </section>
    }
}

/// All categories, by name.
fn aisles(frame: &Frame, about: i64) -> impl IntoView + use<> {
    let links = frame
        .categories
        .iter()
        .map(|category| {
            let href = frame.links.category(&category.slug);
            view! { <li><a href=href>{category.name.clone()}</a></li> }
        })
        .collect_view();
    view! {
        <section class="section aisles">
            <div class="section-head">
                <h2>{frame.say("catalog-aisles-heading")}</h2>
                <p class="quiet">{frame.say_with("catalog-about", &[("count", about.into())])}</p>
            </div>
            <ul>{links}</ul>
        </section>
    }
}

fn promises(frame: &Frame) -> impl IntoView + use<> {
    let promise = |name: &str| {
        let key = format!("catalog-promise-{name}");
        view! { <li><h3>{frame.say(&key)}</h3><p>{frame.say(&format!("{key}-text"))}</p></li> }
    };
    view! { <ul class="band">{["paper", "days", "repair"].map(promise).collect_view()}</ul> }
}

fn story(frame: &Frame) -> impl IntoView + use<> {
    let picture = catalog::Picture {
        src: "/media/story-lagoon.jpg".to_owned(),
        alt: String::new(),
    };
    view! {
        <section class="story">
            <div class="tile"><Picture picture sizes="(min-width: 47.5rem) 45vw, 92vw" /></div>
            <div class="words">
                <p class="eyebrow">{frame.say("catalog-story-eyebrow")}</p>
                <h2>{frame.say("catalog-story-heading")}</h2>
                <p class="quiet">{frame.say("catalog-story-text")}</p>
                <a class="link" href=frame.links.content("about")>{frame.say("catalog-story-action")}</a>
            </div>
        </section>
    }
}
