//! Says in words what was refused before a page was known: by a guard, by a limit, by an extractor, or by a panic.

use app::App;
use app::problem::{Refusal, Refused};
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use domain::Storefront;
use http::header::{ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use http::response::Parts;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Paths that programs ask for: a status is all they read.
const FOR_PROGRAMS: [&str; 9] = [
    "/webhooks/",
    "/assets/",
    "/media/",
    "/healthz",
    "/readyz",
    "/metrics",
    "/sw.js",
    "/robots.txt",
    "/sitemap.xml",
];

/// What says it.
#[derive(Clone)]
pub struct Words {
    app: App,
    /// The page for a full shop, for each storefront, with the print of the tables it was made with: it is asked for when
    /// there is no time to make it.
    busy: Arc<Mutex<HashMap<Storefront, (u64, Bytes)>>>,
}

impl Words {
    pub fn new(app: &App) -> Self {
        Self {
            app: app.clone(),
            busy: Arc::default(),
        }
    }

    fn page(&self, refused: &Refused<'_>) -> Bytes {
        if refused.refusal != Refusal::Busy || *refused.method != Method::GET {
            return refused.page(&self.app).into();
        }
        let at = refused.storefront(&self.app);
        let print = self.app.shop.markets.print();
        let kept = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        let known = kept.get(&at).filter(|(of, _)| *of == print).cloned();
        drop(kept);
        if let Some((_, page)) = known {
            return page;
        }
        let page = Bytes::from(refused.page(&self.app));
        let mut kept = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        kept.insert(at, (print, page.clone()));
        page
    }

    /// A page for a full shop: what [`in_words`] makes of [`crate::guard::busy`]. None where a program asks.
    pub fn busy(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Option<Response> {
        if is_for_programs(uri.path()) || uri.path().starts_with(API) {
            return None;
        }
        let language = headers.get(ACCEPT_LANGUAGE);
        let page = self.page(&Refused {
            refusal: Refusal::Busy,
            status: StatusCode::SERVICE_UNAVAILABLE,
            method,
            uri,
            language: language
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default(),
        });
        let (parts, _) = crate::guard::busy().into_parts();
        Some(as_page(parts, HTML, Body::from(page)))
    }
}

const API: &str = "/api/";
const HTML: &str = "text/html; charset=utf-8";

fn is_for_programs(path: &str) -> bool {
    FOR_PROGRAMS.iter().any(|known| path.starts_with(known))
}

fn as_page(mut parts: Parts, kind: &'static str, body: Body) -> Response {
    let headers = &mut parts.headers;
    headers.remove(CONTENT_LENGTH);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Response::from_parts(parts, body)
}

/// Gives a bare refusal its page, or its JSON for a server function. What has a page already is left alone, but for saying when to
/// ask again: whatever is not to be had now is to be had in a moment.
pub async fn in_words(State(words): State<Words>, request: Request, next: Next) -> Response {
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let language = request.headers().get(ACCEPT_LANGUAGE).cloned();
    let mut response = next.run(request).await;
    let status = response.status();
    if status == StatusCode::SERVICE_UNAVAILABLE {
        let again = response.headers_mut().entry(RETRY_AFTER);
        again.or_insert(HeaderValue::from_static("2"));
    }
    let path = uri.path();
    if !(status.is_client_error() || status.is_server_error()) || is_for_programs(path) {
        return response;
    }
    let kind = response.headers().get(CONTENT_TYPE);
    let is_bare = kind.is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"));
    let named = response.extensions().get::<Refusal>().copied();
    let Some(refusal) = named.or_else(|| Refusal::of(status).filter(|_| is_bare)) else {
        return response;
    };
    let language = language.as_ref().and_then(|value| value.to_str().ok());
    let refused = Refused {
        refusal,
        status,
        method: &method,
        uri: &uri,
        language: language.unwrap_or_default(),
    };
    let (kind, body) = if path.starts_with(API) {
        ("application/json", Body::from(refused.json(&words.app)))
    } else {
        (HTML, Body::from(words.page(&refused)))
    };
    as_page(response.into_parts().0, kind, body)
}
