//! A brand: all that is of one maker.

use crate::error::moved;
use crate::frame::{Frame, frame};
use crate::layout::Crumbs;
use crate::page::{Page, PageResult};
use crate::route::{At, answer};
use crate::search::list::{self, List, Stock};
use crate::search::wanted::Wanted;
use crate::state::App;
use axum::extract::{Path, State};
use axum::response::Response;
use domain::Storefront;
use domain::link::Links;
use http::Uri;
use leptos::prelude::*;
use shop::catalog::BrandHead;

/// GET …/brand/{slug}
pub async fn show(
    State(app): State<App>,
    At(at): At,
    Path((_, slug)): Path<(String, String)>,
    uri: Uri,
) -> Response {
    let wanted = Wanted::read_list(uri.query().unwrap_or_default());
    answer(&app, &at, &uri, load(&app, &at, &slug, wanted).await).await
}

async fn load(app: &App, at: &Storefront, slug: &str, wanted: Wanted) -> PageResult {
    let links = Links(at.clone());
    let brand = shop::catalog::find_brand(&app.shop, at, slug)
        .await
        .map_err(|failure| moved(failure, |slug| links.brand(slug)))?;
    let stock = Stock {
        brand: Some(brand.name.clone()),
        ..Stock::default()
    };
    // All of it is of this brand, whatever else the address names.
    let wanted = Wanted {
        brands: Default::default(),
        ..wanted
    };
    let list = list::load(app, at, links.brand(slug), wanted, stock).await?;
    let (title, intro, is_plain) = (brand.name.clone(), brand.intro.clone(), list.is_plain());
    let tags: Vec<String> = list.tags().collect();
    let page = Page::new("listing", title, move || {
        content(&frame(), brand, list).into_any()
    });
    let page = page.description(intro).tags(tags);
    let page = page.tag(format!("brand:{slug}"));
    Ok(if is_plain { page } else { page.unlisted() })
}

fn content(frame: &Frame, brand: BrandHead, list: List) -> impl IntoView + use<> {
    view! {
        <Crumbs steps=vec![(brand.name.clone(), None)] />
        <div class="list-head">
            <div>
                <p class="eyebrow">{frame.say("catalog-brand")}</p>
                <h1>{brand.name}</h1>
                <p class="intro">{brand.intro}</p>
                <h2 class="count">{list.count(frame)}</h2>
            </div>
        </div>
        {list::view(frame, &list)}
    }
}
