//! What machines ask for: health, figures, the sitemap, the service worker.

use crate::assets::{Assets, serve_named};
use crate::settings::Settings;
use app::App;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use domain::link::Links;
use http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderMap, StatusCode};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use shop::Broken;
use shop::catalog::{Place, SlugEntry};
use std::fmt::Write;
use std::sync::OnceLock;

static FIGURES: OnceLock<PrometheusHandle> = OnceLock::new();

/// Starts collecting figures, once for the process.
pub fn collect_metrics() {
    FIGURES.get_or_init(|| {
        let recorder = PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();
        if metrics::set_global_recorder(recorder).is_err() {
            tracing::warn!("figures are already collected elsewhere");
        }
        handle
    });
}

/// GET /healthz: the process is alive.
pub async fn alive() -> Response {
    ([(CACHE_CONTROL, "no-store")], "alive\n").into_response()
}

/// GET /readyz: PostgreSQL answers, so pages can be served.
pub async fn ready(State(app): State<App>) -> Response {
    match shop::migration::is_reachable(&app.shop).await {
        Ok(()) => ([(CACHE_CONTROL, "no-store")], "ready\n").into_response(),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            (
                StatusCode::SERVICE_UNAVAILABLE,
                [(CACHE_CONTROL, "no-store")],
                "PostgreSQL does not answer\n",
            )
                .into_response()
        }
    }
}

/// GET /metrics, in Prometheus's text format; by bearer token, or openly in development.
pub fn metrics(settings: &Settings) -> Router {
    let token = settings.metrics_token.clone();
    Router::new().route(
        "/metrics",
        get(move |headers: HeaderMap| async move {
            let given = headers
                .get(AUTHORIZATION)
                .and_then(|value| value.to_str().ok());
            let wanted = token.map(|token| format!("Bearer {token}"));
            if wanted.is_some() && wanted.as_deref() != given {
                return StatusCode::UNAUTHORIZED.into_response();
            }
            let text = FIGURES
                .get()
                .map(PrometheusHandle::render)
                .unwrap_or_default();
            (
                [
                    (CONTENT_TYPE, "text/plain; version=0.0.4"),
                    (CACHE_CONTROL, "no-store"),
                ],
                text,
            )
                .into_response()
        }),
    )
}

/// Frees what old figures hold; to be called every few seconds.
pub fn tidy_metrics() {
    if let Some(figures) = FIGURES.get() {
        figures.run_upkeep();
    }
}

/// GET /sitemap.xml: every product, category, brand and collection in every storefront.
pub async fn sitemap(State(app): State<App>) -> Response {
    let (products, places) = match read_sitemap(&app).await {
        Ok(read) => read,
        Err(error) => {
            tracing::error!(%error, "no sitemap");
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
    };
    let mut xml = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">",
    );
    for storefront in app.shop.markets.storefronts() {
        let links = Links(storefront);
        let places = places.iter().map(|place| match place {
            Place::Category(slug) => links.category(slug),
            Place::Brand(slug) => links.brand(slug),
            Place::Collection(slug) => links.collection(slug),
        });
        let products = products.iter().map(|product| links.product(&product.slug));
        for path in std::iter::once(links.home()).chain(places).chain(products) {
            let _ = write!(xml, "<url><loc>{}{path}</loc></url>", app.shop.public_url);
        }
    }
    xml.push_str("</urlset>");
    (
        [
            (CONTENT_TYPE, "application/xml"),
            (CACHE_CONTROL, "public, max-age=3600"),
        ],
        xml,
    )
        .into_response()
}

async fn read_sitemap(app: &App) -> Result<(Vec<SlugEntry>, Vec<Place>), Broken> {
    let products = shop::catalog::list_slugs(&app.shop).await?;
    let places = shop::catalog::list_places(&app.shop).await?;
    Ok((products, places))
}

/// GET /sw.js: the service worker, told which build it belongs to and which files that build has.
pub async fn service_worker(State(assets): State<Assets>) -> Response {
    let Some(file) = assets.file("/sw.js") else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let mut urls: Vec<_> = [
        "/pkg/rialto.css",
        "/pkg/rialto.js",
        "/pkg/rialto.wasm",
        "/pkg/rialto-browse.js",
        "/pkg/rialto-browse.wasm",
        "/boot.js",
        "/viewed.js",
        "/fonts/fraunces.woff2",
        "/fonts/fraunces-italic.woff2",
    ]
    .iter()
    .filter_map(|path| assets.urls().get(*path))
    .collect();
    urls.sort();
    let urls = serde_json::to_string(&urls).unwrap_or_else(|_| "[]".to_owned());
    let text = String::from_utf8_lossy(file.bytes())
        .replace("__BUILD__", assets.build())
        .replace("__ASSETS__", &urls);
    (
        [
            (CONTENT_TYPE, "text/javascript; charset=utf-8"),
            (CACHE_CONTROL, "no-cache"),
        ],
        text,
    )
        .into_response()
}

/// GET /manifest.webmanifest
pub async fn manifest(State(assets): State<Assets>, headers: HeaderMap) -> Response {
    serve_named(&assets, "/manifest.webmanifest", &headers)
}

/// GET /robots.txt: what is one shopper's is not for search engines, nor is what can be put together without end; the rest is
/// listed.
pub async fn robots(State(app): State<App>) -> Response {
    let text = format!(
        "User-agent: *\nDisallow: /api/\nDisallow: /*/cart\nDisallow: /*/checkout\nDisallow: /*/orders/\nDisallow: /*/wishlist\nDisallow: /*/compare\n\nSitemap: {}/sitemap.xml\n",
        app.shop.public_url
    );
    (
        [
            (CONTENT_TYPE, "text/plain; charset=utf-8"),
            (CACHE_CONTROL, "public, max-age=3600"),
        ],
        text,
    )
        .into_response()
}

/// GET /favicon.ico, for those that don't read the page.
pub async fn favicon(State(assets): State<Assets>, headers: HeaderMap) -> Response {
    serve_named(&assets, "/icons/favicon-32.png", &headers)
}
