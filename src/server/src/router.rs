//! The whole site: every route, and the layers around it.

use crate::assets::{self, Assets};
use crate::cache::PageCache;
use crate::gate::{self, Gate};
use crate::guard::{self, Guard};
use crate::recent::{self, Recent};
use crate::refusal::{self, Words};
use crate::settings::Settings;
use crate::{development, media, operations};
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
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use std::borrow::Cow;
use std::sync::Arc;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::services::ServeDir;

/// Everything that answers.
pub fn router(
    app: &App,
    assets: &Assets,
    cache: &PageCache,
    recent: &Recent,
    guard: Guard,
    settings: &Settings,
) -> Router {
    let routes = app::route::routes();
    let gate = Gate::new(settings.database_connections, settings.max_requests);
    let caching = Caching {
        cache: cache.clone(),
        recent: recent.clone(),
        declared: routes.declared.into(),
    };
    let pages = routes
        .public
        .layer(from_fn_with_state(caching, cached))
        .with_state(app.clone());
    let live = routes
        .live
        .route("/api/{*function}", post(server_function))
        .layer(from_fn_with_state(recent.clone(), recent::remember))
        .layer(from_fn_with_state(gate, gate::admit))
        .route("/sitemap.xml", get(operations::sitemap))
        .route("/readyz", get(operations::ready))
        .layer(from_fn_with_state(recent.pulse.clone(), guard::answered))
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
    let ready_made = Router::new()
        .nest_service("/media", ServeDir::new(&settings.media_root))
        .layer(from_fn(a_day));
    let pictures = Router::new()
        .route("/media/v1/{shard}/{id}/{file}", get(media::serve))
        .with_state(app.shop.media.store.clone());
    let mut all = pages
        .merge(live)
        .merge(own)
        .merge(files)
        .merge(ready_made)
        .merge(pictures);
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
    recent: Recent,
    declared: Arc<[Declared]>,
}

/// Answers a public page from the cache, keyed by its path and the query parameters it declares, in canonical order. A key is its own
/// key: that is what [`crate::front`] goes by.
async fn cached(State(caching): State<Caching>, request: Request, next: Next) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return next.run(request).await;
    }
    let (parts, _) = request.into_parts();
    let matched = parts
        .extensions
        .get::<MatchedPath>()
        .map(MatchedPath::as_str);
    let route = matched.and_then(|path| caching.declared.iter().find(|route| route.path == path));
    let key = match route.and_then(|route| route.canonical) {
        Some(meaning) => {
            let query = meaning(parts.uri.query().unwrap_or_default());
            format!("{}{query}", normal(parts.uri.path()))
        }
        None => canonical(&parts.uri, route.map_or(&[][..], |route| route.query)),
    };
    let asker = caching.recent.asker(&parts.headers).await;
    let wrote = caching.recent.wrote(&parts.headers);
    let uri: Uri = key.parse().unwrap_or_else(|_| parts.uri.clone());
    let render = || {
        let (uri, extensions) = (uri.clone(), parts.extensions.clone());
        let (next, recent) = (next.clone(), caching.recent.clone());
        async move {
            let make = || {
                let mut inner = Request::new(Body::empty());
                *inner.uri_mut() = uri.clone();
                *inner.extensions_mut() = extensions.clone();
                next.clone().run(inner)
            };
            let failed = |response: &Response| response.status().is_server_error();
            let rendering = recent.app.shop.read.depend(make, failed);
            let rendered = recent.pulse.lasting(rendering).await;
            rendered.unwrap_or_else(guard::unavailable)
        }
    };
    let name = route.map_or("none", |route| route.path);
    let answering = caching
        .cache
        .answer(&key, name, &parts.headers, asker, render);
    // What is made past the cache is read from the primary.
    let mut response = match wrote {
        Some(at) => shop::read::not_before(at, answering).await,
        None => answering.await,
    };
    response
        .headers_mut()
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-cache"));
    response
}

/// The longest value of a parameter that is taken, in bytes.
const LONGEST_VALUE: usize = 256;

/// `path` with the `known` parameters only, each at most once, in their declared order, and percent-encoded in one way only.
fn canonical(uri: &Uri, known: &[&str]) -> String {
    let query = uri.query().unwrap_or_default();
    let mut key = normal(uri.path()).into_owned();
    let mut between = '?';
    for name in known {
        let value = query.split('&').find_map(|pair| {
            let (key, value) = pair.split_once('=')?;
            let fits = !value.is_empty() && value.len() <= LONGEST_VALUE;
            (fits && normal(key) == *name).then(|| normal(value))
        });
        if let Some(value) = value {
            key.push(between);
            key.push_str(name);
            key.push('=');
            key.push_str(&value);
            between = '&';
        }
    }
    key
}

/// An address's part with nothing percent-encoded that need not be, in capitals (RFC 3986 §6.2.2).
fn normal(text: &str) -> Cow<'_, str> {
    if !text.contains(['%', '+']) {
        return Cow::Borrowed(text);
    }
    let mut all = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['%', '+']) {
        let (before, from) = rest.split_at(at);
        all.push_str(before);
        let code = from.get(1..3).filter(|_| from.starts_with('%'));
        let byte = code.and_then(|code| u8::from_str_radix(code, 16).ok());
        rest = match (byte, code) {
            (Some(byte), _)
                if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') =>
            {
                all.push(char::from(byte));
                &from[3..]
            }
            (Some(_), Some(code)) => {
                all.push('%');
                all.push_str(&code.to_ascii_uppercase());
                &from[3..]
            }
            _ => {
                all.push_str(if from.starts_with('+') { "+" } else { "%" });
                &from[1..]
            }
        };
    }
    all.push_str(rest);
    Cow::Owned(all)
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

    #[test]
    fn an_address_written_in_several_ways_is_one_key() {
        let known = &["sort"];
        for uri in [
            "/c-1/a?sort=na%20me",
            "/%63%2d1/a?s%6Frt=n%61%20me",
            "/c-1/%61?sort=na%20m%65",
        ] {
            let key = canonical(&uri.parse().unwrap(), known);
            assert_eq!(key, "/c-1/a?sort=na%20me", "{uri}");
            assert_eq!(canonical(&key.parse().unwrap(), known), key);
        }
        // What means something else stays what it is.
        for uri in ["/a%2Fb", "/a%2fb"] {
            assert_eq!(canonical(&uri.parse().unwrap(), known), "/a%2Fb");
        }
        for odd in [
            "/c?sort=%",
            "/c?sort=%G1",
            "/c?sort=%4",
            "/c?sort=a%C3%A4%",
            "/c?sort=+",
        ] {
            assert!(
                canonical(&odd.parse().unwrap(), known).starts_with("/c?sort="),
                "{odd}"
            );
        }
    }
}
