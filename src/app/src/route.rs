//! The table of routes: what can be reached, by whom, and how each answer is made.
//!
//! Every route says who may use it; there is no way to add one that doesn't. Public pages are the same for everyone in a
//! storefront and may be cached; everything else is `no-store`.

use crate::error::PageError;
use crate::frame::{Frame, Surroundings};
use crate::page::{FreshFor, PageResult, Tags, render};
use crate::problem;
use crate::state::App;
use crate::{
    cart, catalog, checkout, compare, content, customer, order, recommend, reviews, search, wish,
};
use axum::Router;
use axum::extract::{FromRequestParts, RawPathParams};
use axum::handler::Handler;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{MethodFilter, on};
use domain::catalog::CategoryLink;
use domain::link::Links;
use domain::{Locale, Storefront};
use http::header::{CACHE_CONTROL, LOCATION};
use http::request::Parts;
use http::{HeaderValue, StatusCode, Uri};
use std::sync::Arc;
use std::time::Duration;

/// Who may use a route or a server function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everyone; the answer holds nothing personal.
    Public,
    /// A shopper, for what belongs to their own session.
    Shopper,
    /// Whoever holds the private link.
    Link,
    /// A payment provider or a carrier, by signature.
    Provider,
}

/// A declared route.
#[derive(Clone, Debug)]
pub struct Declared {
    pub method: &'static str,
    pub path: &'static str,
    pub access: Access,
    /// Query parameters that change the answer; others are ignored.
    pub query: &'static [&'static str],
    /// Where parameters mean more than their text: the one way to write what a query string means, with its question mark.
    pub canonical: Option<fn(&str) -> String>,
}

/// The routes of the app.
pub struct Routes {
    /// Public pages, to be wrapped by the page cache.
    pub public: Router<App>,
    /// Everything else.
    pub live: Router<App>,
    pub declared: Vec<Declared>,
}

impl Routes {
    /// A public page: GET, cacheable, keyed by path and these query parameters.
    fn page<H: Handler<T, App>, T: 'static>(
        mut self,
        path: &'static str,
        query: &'static [&'static str],
        handler: H,
    ) -> Self {
        self.public = self.public.route(path, on(MethodFilter::GET, handler));
        self.declared.push(Declared {
            method: "GET",
            path,
            access: Access::Public,
            query,
            canonical: None,
        });
        self
    }

    /// A public page with a list: its query string is read whole, and keyed by what it means.
    fn list<H: Handler<T, App>, T: 'static>(self, path: &'static str, handler: H) -> Self {
        self.meaning(path, search::wanted::canonical, handler)
    }

    /// A public page whose query string is read whole, and written in one way by `canonical`.
    fn meaning<H: Handler<T, App>, T: 'static>(
        mut self,
        path: &'static str,
        canonical: fn(&str) -> String,
        handler: H,
    ) -> Self {
        self = self.page(path, &[], handler);
        if let Some(declared) = self.declared.last_mut() {
            declared.canonical = Some(canonical);
        }
        self
    }

    fn live<H: Handler<T, App>, T: 'static>(
        mut self,
        method: MethodFilter,
        path: &'static str,
        access: Access,
        handler: H,
    ) -> Self {
        self.live = self.live.route(path, on(method, handler));
        let method = if method == MethodFilter::GET {
            "GET"
        } else {
            "POST"
        };
        self.declared.push(Declared {
            method,
            path,
            access,
            query: &[],
            canonical: None,
        });
        self
    }
}

/// All routes of the app.
pub fn routes() -> Routes {
    const GET: MethodFilter = MethodFilter::GET;
    const POST: MethodFilter = MethodFilter::POST;
    Routes {
        public: Router::new(),
        live: Router::new(),
        declared: Vec::new(),
    }
    .page("/{storefront}/", &[], catalog::home::show)
    .list("/{storefront}/category/{slug}", catalog::category::show)
    .list("/{storefront}/brand/{slug}", catalog::brand::show)
    .page(
        "/{storefront}/collection/{slug}",
        &["after"],
        catalog::collection::show,
    )
    .page("/{storefront}/product/{slug}", &[], catalog::product::show)
    .meaning(
        "/{storefront}/product/{slug}/reviews",
        reviews::page::canonical,
        reviews::page::show,
    )
    .live(
        GET,
        "/{storefront}/product/{slug}/review",
        Access::Public,
        reviews::form::show,
    )
    .live(
        POST,
        "/{storefront}/product/{slug}/review",
        Access::Shopper,
        reviews::form::submit,
    )
    .meaning(
        "/{storefront}/for-you",
        recommend::canonical,
        recommend::show,
    )
    .meaning(
        "/{storefront}/compare",
        compare::wanted::canonical,
        compare::page::show,
    )
    .page("/{storefront}/pages/{slug}", &[], content::show)
    .page("/{storefront}/offline", &[], problem::offline)
    .live(
        GET,
        "/{storefront}/search",
        Access::Public,
        search::page::show,
    )
    .live(
        GET,
        "/{storefront}/api/suggest",
        Access::Public,
        search::suggest::answer,
    )
    .live(
        POST,
        "/{storefront}/api/click",
        Access::Public,
        search::click::count,
    )
    .live(
        GET,
        "/{storefront}/wishlist",
        Access::Shopper,
        wish::page::show,
    )
    .live(
        POST,
        "/{storefront}/wishlist",
        Access::Shopper,
        wish::form::change,
    )
    .live(GET, "/{storefront}/cart", Access::Shopper, cart::page::show)
    .live(
        POST,
        "/{storefront}/cart/lines",
        Access::Shopper,
        cart::form::add_line,
    )
    .live(
        POST,
        "/{storefront}/cart/lines/{variant}",
        Access::Shopper,
        cart::form::change_line,
    )
    .live(
        POST,
        "/{storefront}/cart/codes",
        Access::Shopper,
        cart::form::change_codes,
    )
    .live(
        GET,
        "/{storefront}/checkout",
        Access::Shopper,
        checkout::page::show,
    )
    .live(
        POST,
        "/{storefront}/checkout",
        Access::Shopper,
        checkout::form::submit,
    )
    .live(
        POST,
        "/{storefront}/checkout/destination",
        Access::Shopper,
        checkout::estimate::choose,
    )
    .live(
        GET,
        "/{storefront}/checkout/return",
        Access::Shopper,
        checkout::form::returned,
    )
    .live(
        GET,
        "/{storefront}/orders/{number}/{token}",
        Access::Link,
        order::status::show,
    )
    .live(
        GET,
        "/{storefront}/orders/{number}/{token}/thank-you",
        Access::Link,
        order::confirmation::show,
    )
    .live(
        POST,
        "/{storefront}/orders/{number}/{token}/pay",
        Access::Link,
        order::form::pay,
    )
    .live(
        POST,
        "/{storefront}/orders/{number}/{token}/claim",
        Access::Link,
        customer::claim::request,
    )
    .live(
        GET,
        "/{storefront}/account/claim/{token}",
        Access::Link,
        customer::claim::show,
    )
    .live(
        POST,
        "/{storefront}/account/claim/{token}",
        Access::Link,
        customer::claim::confirm,
    )
    .live(
        POST,
        "/webhooks/{provider}",
        Access::Provider,
        checkout::webhook::receive,
    )
    .live(
        POST,
        "/webhooks/easypost",
        Access::Provider,
        order::tracking::easypost,
    )
}

/// Who may use each server function; one that is missing here fails a test and is not served.
pub const SERVER_FUNCTIONS: &[(&str, Access)] = &[
    ("/api/cart/read", Access::Shopper),
    ("/api/cart/change", Access::Shopper),
    ("/api/checkout/estimate", Access::Shopper),
    ("/api/order/status", Access::Link),
    ("/api/product/stock", Access::Public),
];

/// The storefront of a path, if there is such a market in such a language.
pub struct At(pub Storefront);

impl FromRequestParts<App> for At {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let params = RawPathParams::from_request_parts(parts, app)
            .await
            .map_err(IntoResponse::into_response)?;
        let named = params
            .iter()
            .find(|(name, _)| *name == "storefront")
            .and_then(|(_, value)| value.parse().ok());
        match named.filter(|storefront| app.shop.markets.find(storefront).is_some()) {
            Some(storefront) => Ok(Self(storefront)),
            None => {
                let at = app.shop.markets.default_storefront();
                Err(answer_privately(app, &at, &parts.uri, Err(PageError::NotFound)).await)
            }
        }
    }
}

/// Makes the answer to a page's request: the document, or an error's page.
pub async fn answer(app: &App, at: &Storefront, uri: &Uri, page: PageResult) -> Response {
    let page = match page {
        Err(PageError::Redirect(to)) => return kept_awhile(Redirect::to(&to).into_response(), uri),
        Err(PageError::Moved(path)) => return kept_awhile(moved(&path, uri), uri),
        Ok(page) => page,
        Err(error) => {
            let page = problem::page(&error, at);
            let frame = surround(app, at, uri).await;
            let response = (page.status, Html(render(page, frame))).into_response();
            return kept_awhile(response, uri);
        }
    };
    let status = page.status;
    let mut tags = page.tags.clone();
    tags.push("layout".to_owned());
    let until = page.until;
    let frame = surround(app, at, uri).await;
    let mut response = (status, Html(render(page, frame))).into_response();
    if status == StatusCode::OK {
        let left = until.map(|until| until - app.shop.clock.now());
        let extensions = response.extensions_mut();
        extensions.insert(Tags(tags));
        if let Some(left) = left {
            extensions.insert(FreshFor(left.try_into().unwrap_or_default()));
        }
    }
    response
}

/// Leads to where a page is now, with what was asked of it.
fn moved(path: &str, uri: &Uri) -> Response {
    let to = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    (StatusCode::MOVED_PERMANENTLY, [(LOCATION, to)]).into_response()
}

/// How long an answer that is no page is kept: whoever asks for what is not there asks again and again.
const AWHILE: Duration = Duration::from_secs(60);

/// An answer that says what is not here, or where it is: kept for a short time, and until what its address names changes.
fn kept_awhile(mut response: Response, uri: &Uri) -> Response {
    let mut tags = vec!["layout".to_owned()];
    let mut parts = uri.path().split('/').skip(2);
    if let (Some(kind), Some(slug)) = (parts.next(), parts.next()) {
        tags.push(format!("{kind}:{slug}"));
    }
    let extensions = response.extensions_mut();
    extensions.insert(Tags(tags));
    extensions.insert(FreshFor(AWHILE));
    response
}

/// The same as [`answer`], for a page that is one shopper's: never stored anywhere.
pub async fn answer_privately(app: &App, at: &Storefront, uri: &Uri, page: PageResult) -> Response {
    let mut response = answer(app, at, uri, page).await;
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The surroundings of a page. Without categories when they can't be read: a page with a short menu beats none.
async fn surround(app: &App, at: &Storefront, uri: &Uri) -> Frame {
    let categories = shop::catalog::menu(&app.shop, at.locale)
        .await
        .unwrap_or_default();
    surround_with(app, at, uri, categories)
}

/// The same for these categories; asks nobody.
pub fn surround_with(
    app: &App,
    at: &Storefront,
    uri: &Uri,
    categories: Arc<Vec<CategoryLink>>,
) -> Frame {
    let markets = &app.shop.markets;
    let storefronts = markets
        .all()
        .iter()
        .flat_map(|market| market.locales.iter().map(move |locale| (market, *locale)))
        .map(|(market, locale)| {
            let name = format!(
                "{} · {} · {}",
                market.code.as_str().to_uppercase(),
                market.currency.symbol().trim_end(),
                shop::text::say(locale, "layout-language")
            );
            (
                Storefront {
                    locale,
                    market: market.code.clone(),
                },
                name,
            )
        })
        .collect();
    let currency = markets
        .find(at)
        .map_or(domain::Currency::Eur, |market| market.currency);
    Frame::new(Surroundings {
        app: app.clone(),
        storefront: at.clone(),
        currency,
        links: Links(at.clone()),
        path: uri.path().to_owned(),
        categories,
        storefronts,
    })
}

/// The storefront for a browser that has not chosen: the default market in the language it asks for.
pub fn preferred(app: &App, accept_language: &str) -> Storefront {
    let mut storefront = app.shop.markets.default_storefront();
    let wanted = accept_language.split(',').find_map(|range| {
        let language = range.split([';', '-']).next().unwrap_or_default().trim();
        language.parse::<Locale>().ok()
    });
    let candidate = Storefront {
        locale: wanted.unwrap_or(storefront.locale),
        market: storefront.market.clone(),
    };
    if app.shop.markets.find(&candidate).is_some() {
        storefront = candidate;
    }
    storefront
}
