//! The whole site: every route, and the layers around it.

use crate::assets::{self, Assets};
use crate::cache::PageCache;
use crate::gate::{self, Gate};
use crate::guard::{self, Guard};
use crate::pulse::Pulse;
use crate::refusal::{self, Words};
use crate::settings::Settings;
use crate::{development, operations};
use app::App;
use app::error::PageError;
use app::problem::Refusal;
use app::route::{At, Declared, answer_privately, preferred};
use axum::Router;
use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use http::header::{ACCEPT_LANGUAGE, CACHE_CONTROL, VARY};
use http::{HeaderMap, HeaderValue, StatusCode, Uri};
use std::sync::Arc;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::services::ServeDir;

/// Everything that answers.
pub fn router(
    app: &App,
    assets: &Assets,
    cache: &PageCache,
    pulse: &Pulse,
    settings: &Settings,
) -> Router {
    let routes = app::route::routes();
    let guard = Guard::new(settings);
    let gate = Gate::new(settings.database_connections, settings.max_requests);
    let caching = Caching {
        cache: cache.clone(),
        pulse: pulse.clone(),
        declared: routes.declared.into(),
    };
    let pages = routes
        .public
        .layer(from_fn_with_state(caching, cached))
        .with_state(app.clone());
    let live = routes
        .live
        .route("/api/{*function}", post(server_function))
        .layer(from_fn_with_state(gate, gate::admit))
        .route("/sitemap.xml", get(operations::sitemap))
        .route("/readyz", get(operations::ready))
        .layer(from_fn_with_state(pulse.clone(), guard::answered))
        .with_state(app.clone());
    let own = Router::new()
        .route("/", get(home))
        .route("/robots.txt", get(operations::robots))
        .route("/healthz", get(operations::alive))
        .with_state(app.clone());
    #[cfg(feature = "faults")]
    let own = own.route("/fault", crate::fault::route());
    let by_content = match settings.reload_port {
        None => get(assets::serve),
        Some(_) => {
            let root = settings.site_root.clone();
            get(move |State(assets), name, headers| {
                assets::serve_watched(root.clone(), assets, name, headers)
            })
        }
    };
    let files = Router::new()
        .route("/assets/{name}", by_content)
        .route("/sw.js", get(operations::service_worker))
        .route("/manifest.webmanifest", get(operations::manifest))
        .route("/favicon.ico", get(operations::favicon))
        .with_state(assets.clone());
    let media = Router::new()
        .nest_service("/media", ServeDir::new(&settings.media_root))
        .layer(from_fn(a_day));
    let mut all = pages.merge(live).merge(own).merge(files).merge(media);
    if settings.development || settings.metrics_token.is_some() {
        all = all.merge(operations::metrics(settings));
    }
    if settings.development {
        all = all.merge(development::routes(settings));
    }
    all.fallback({
        let app = app.clone();
        move |uri: Uri, headers: HeaderMap| async move { not_found(&app, &uri, &headers).await }
    })
    .layer(RequestBodyLimitLayer::new(settings.max_body))
    .layer(from_fn(guard::no_nul))
    .layer(from_fn_with_state(guard.clone(), guard::same_origin))
    .layer(from_fn_with_state(guard.clone(), guard::limit))
    .layer(CatchPanicLayer::custom({
        let app = app.clone();
        move |panic: Box<dyn std::any::Any + Send>| panicked(&app, panic.as_ref())
    }))
    .layer(from_fn_with_state(Words::new(app), refusal::in_words))
    .layer(from_fn_with_state(guard, guard::observe))
}

#[derive(Clone)]
struct Caching {
    cache: PageCache,
    pulse: Pulse,
    declared: Arc<[Declared]>,
}

/// Answers a public page from the cache, keyed by its path and the query parameters it declares, in canonical order.
async fn cached(State(caching): State<Caching>, request: Request, next: Next) -> Response {
    let matched = request
        .extensions()
        .get::<MatchedPath>()
        .map(|path| path.as_str().to_owned())
        .unwrap_or_default();
    let known = caching
        .declared
        .iter()
        .find(|route| route.path == matched)
        .map_or(&[][..], |route| route.query);
    let key = canonical(request.uri(), known);
    let (parts, _) = request.into_parts();
    let uri: Uri = key.parse().unwrap_or_else(|_| parts.uri.clone());
    let headers = parts.headers.clone();
    let render = || {
        let mut inner = Request::new(Body::empty());
        *inner.uri_mut() = uri.clone();
        *inner.extensions_mut() = parts.extensions.clone();
        let (next, pulse) = (next.clone(), caching.pulse.clone());
        async move {
            let rendered = pulse.lasting(next.run(inner)).await;
            rendered.unwrap_or_else(guard::unavailable)
        }
    };
    let mut response = caching.cache.answer(key, &headers, render).await;
    response
        .headers_mut()
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-cache"));
    response
}

/// `path` with the `known` parameters only, each at most once, in their declared order. Values are kept as they came.
fn canonical(uri: &Uri, known: &[&str]) -> String {
    let query = uri.query().unwrap_or_default();
    let kept: Vec<String> = known
        .iter()
        .filter_map(|name| {
            query.split('&').find_map(|pair| {
                let (key, value) = pair.split_once('=')?;
                (key == *name && !value.is_empty() && value.len() <= 256)
                    .then(|| format!("{name}={value}"))
            })
        })
        .collect();
    if kept.is_empty() {
        uri.path().to_owned()
    } else {
        format!("{}?{}", uri.path(), kept.join("&"))
    }
}

/// GET /: leads to the storefront in the browser's language.
async fn home(State(app): State<App>, headers: HeaderMap) -> Response {
    let language = headers
        .get(ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let to = domain::link::Links(preferred(&app, language)).home();
    let mut response = Redirect::temporary(&to).into_response();
    response
        .headers_mut()
        .insert(VARY, HeaderValue::from_static("accept-language"));
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

/// POST /api/…: leptos's server functions; only those that declare who may use them.
async fn server_function(State(app): State<App>, request: Request) -> Response {
    let declared = app::route::SERVER_FUNCTIONS
        .iter()
        .any(|(path, _)| *path == request.uri().path());
    if !declared {
        return guard::refuse(StatusCode::NOT_FOUND, Refusal::NotFound);
    }
    let mut response = app::server_fn::answer(&app, request).await;
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

async fn not_found(app: &App, uri: &Uri, headers: &HeaderMap) -> Response {
    let first = uri
        .path()
        .trim_start_matches('/')
        .split('/')
        .next()
        .unwrap_or_default();
    let known = first
        .parse()
        .ok()
        .filter(|storefront| app.shop.markets.find(storefront).is_some());
    let language = headers
        .get(ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let At(at) = At(known.unwrap_or_else(|| preferred(app, language)));
    answer_privately(app, &at, uri, Err(PageError::NotFound)).await
}

/// A handler that panicked is a defect: the shopper gets a page all the same.
fn panicked(app: &App, panic: &(dyn std::any::Any + Send)) -> http::Response<Body> {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied());
    tracing::error!(
        panic = text.unwrap_or("not a text"),
        build = app.build,
        "a handler panicked"
    );
    guard::refuse(StatusCode::INTERNAL_SERVER_ERROR, Refusal::Broken)
}

/// Media may be kept for a day.
async fn a_day(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if response.status().is_success() {
        response.headers_mut().insert(
            CACHE_CONTROL,
            HeaderValue::from_static("public, max-age=86400"),
        );
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_repeated_and_shuffled_parameters_make_one_key() {
        let known = &["sort", "after"];
        for uri in [
            "/c?after=x&sort=name",
            "/c?sort=name&utm=1&after=x",
            "/c?sort=name&sort=other&after=x&after=y",
        ] {
            assert_eq!(
                canonical(&uri.parse().unwrap(), known),
                "/c?sort=name&after=x",
                "{uri}"
            );
        }
        assert_eq!(
            canonical(&"/c?utm_source=mail&sort=".parse().unwrap(), known),
            "/c"
        );
    }
}
