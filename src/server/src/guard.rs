//! What stands around every request: its id, its log line and figures, limits, security headers, and the check that a
//! change was asked for by our own pages.

use crate::pulse::Pulse;
use crate::settings::Settings;
use app::problem::Refusal;
use app::visitor::RequestId;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, HeaderName, ORIGIN, REFERRER_POLICY, RETRY_AFTER,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use metrics::{Counter, Histogram, counter, gauge, histogram};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use uuid::Uuid;

/// What the guards need to know.
#[derive(Clone)]
pub struct Guard(Arc<Inner>);

struct Inner {
    /// The headers of every answer.
    around: HeaderMap,
    public_host: String,
    requests: Semaphore,
    timeout: Duration,
}

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

impl Guard {
    pub fn new(settings: &Settings) -> Self {
        let reload = settings
            .reload_port
            .map(|port| format!(" ws://127.0.0.1:{port}"))
            .unwrap_or_default();
        // Chromium applies form-action to redirects too, so the payment providers' origins have to be listed.
        let policy = format!(
            "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: https:; \
             connect-src 'self'{reload}; form-action 'self' {}; frame-ancestors 'none'; base-uri 'none'; object-src 'none'",
            settings.checkout_origins().join(" ")
        );
        let public_host = settings
            .public_url
            .split("://")
            .nth(1)
            .unwrap_or_default()
            .to_owned();
        let mut around = HeaderMap::new();
        let known = [
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (REFERRER_POLICY, "strict-origin-when-cross-origin"),
            (
                PERMISSIONS_POLICY,
                "camera=(), geolocation=(), microphone=(), payment=()",
            ),
            (OPENER_POLICY, "same-origin"),
        ];
        for (name, value) in known {
            around.insert(name, HeaderValue::from_static(value));
        }
        if settings.public_url.starts_with("https://") {
            around.insert(
                STRICT_TRANSPORT_SECURITY,
                HeaderValue::from_static("max-age=63072000; includeSubDomains"),
            );
        }
        around.insert(
            CONTENT_SECURITY_POLICY,
            HeaderValue::from_str(&policy)
                .unwrap_or_else(|_| HeaderValue::from_static("default-src 'self'")),
        );
        Self(Arc::new(Inner {
            around,
            public_host,
            requests: Semaphore::new(settings.max_requests),
            timeout: Duration::from_secs(settings.request_timeout),
        }))
    }

    /// The headers of every answer.
    pub fn around(&self) -> &HeaderMap {
        &self.0.around
    }

    /// Whether [`limit`] would refuse what came now.
    pub fn is_full(&self) -> bool {
        self.0.requests.available_permits() == 0
    }

    /// [`observe`] and [`limit`] for a GET that was refused at the door because all is full.
    pub fn refused(&self, request: &HeaderMap, began: Instant, response: &mut Response) {
        counter!("rialto_refused_total", "why" => FULL).increment(1);
        counter!("rialto_requests_total", "method" => "GET", "route" => "none", "status" => "503")
            .increment(1);
        let id = request_id(request);
        log(&id, "GET", "none", response.status(), began.elapsed());
        self.finish(&id, response.headers_mut());
    }

    /// The request's id and the headers of every answer.
    fn finish(&self, id: &str, headers: &mut HeaderMap) {
        if let Ok(id) = HeaderValue::from_str(id) {
            headers.insert(REQUEST_ID, id);
        }
        for (name, value) in &self.0.around {
            match name {
                // Some pages have one of their own.
                &CONTENT_SECURITY_POLICY => {
                    headers.entry(name).or_insert_with(|| value.clone());
                }
                name => {
                    headers.insert(name, value.clone());
                }
            }
        }
    }
}

/// Why what was refused by [`limit`] was.
const FULL: &str = "too many requests at once";

/// The outermost guard: id, headers, log line, figures.
pub async fn observe(State(guard): State<Guard>, mut request: Request, next: Next) -> Response {
    let began = Instant::now();
    let id = request_id(request.headers());
    request.extensions_mut().insert(RequestId(id.clone()));
    let method = request.method().clone();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "none".to_owned(), |path| path.as_str().to_owned());
    let mut response = next.run(request).await;
    let took = began.elapsed();
    let status = response.status();
    let name = method_name(&method);
    counter!("rialto_requests_total", "method" => name, "route" => route.clone(), "status" => status.as_u16().to_string())
        .increment(1);
    histogram!("rialto_request_seconds", "route" => route.clone()).record(took.as_secs_f64());
    log(&id, name, &route, status, took);
    guard.finish(&id, response.headers_mut());
    response
}

fn request_id(headers: &HeaderMap) -> String {
    headers
        .get(&REQUEST_ID)
        .and_then(|value| value.to_str().ok())
        .filter(|value| {
            (8..=64).contains(&value.len())
                && value
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'-')
        })
        .map_or_else(|| Uuid::now_v7().to_string(), str::to_owned)
}

fn log(id: &str, method: &str, route: &str, status: StatusCode, took: Duration) {
    let status = status.as_u16();
    let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    if status >= 500 {
        tracing::error!(request = %id, method, route, status, micros, "answered");
    } else {
        tracing::info!(request = %id, method, route, status, micros, "answered");
    }
}

/// The same guard for a page that was kept, and stands in its headers already: a GET of `route`, answered with 200 or 304.
#[derive(Clone)]
pub struct Observer(Arc<Vec<Figures>>);

/// The figures of a route. The handles are kept: finding one costs more than a page.
struct Figures {
    route: &'static str,
    sent: Counter,
    unchanged: Counter,
    seconds: Histogram,
}

impl Observer {
    pub fn new(routes: impl Iterator<Item = &'static str>) -> Self {
        let figures = routes.map(|route| {
            let of = |status| {
                counter!("rialto_requests_total", "method" => "GET", "route" => route, "status" => status)
            };
            Figures {
                route,
                sent: of("200"),
                unchanged: of("304"),
                seconds: histogram!("rialto_request_seconds", "route" => route),
            }
        });
        Self(Arc::new(figures.collect()))
    }

    /// Counts and logs an answer that was begun at `began`, and gives it the request's id.
    pub fn observe(
        &self,
        request: &HeaderMap,
        route: &'static str,
        began: Instant,
        response: &mut Response,
    ) {
        let id = request_id(request);
        let (status, took) = (response.status(), began.elapsed());
        if let Some(figures) = self.0.iter().find(|figures| figures.route == route) {
            match status {
                StatusCode::OK => figures.sent.increment(1),
                _ => figures.unchanged.increment(1),
            }
            figures.seconds.record(took.as_secs_f64());
        }
        log(&id, "GET", route, status, took);
        if let Ok(id) = HeaderValue::from_str(&id) {
            response.headers_mut().insert(REQUEST_ID, id);
        }
    }
}

/// No address of ours holds a NUL, and PostgreSQL takes none.
pub async fn no_nul(request: Request, next: Next) -> Response {
    let uri = request.uri();
    if uri.path().contains("%00") || uri.query().is_some_and(|query| query.contains("%00")) {
        return refuse(StatusCode::BAD_REQUEST, Refusal::BadAddress);
    }
    next.run(request).await
}

/// Past the number of requests that may run at once, or past a request's time, a quick 503.
pub async fn limit(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let Ok(_permit) = guard.0.requests.try_acquire() else {
        counter!("rialto_refused_total", "why" => FULL).increment(1);
        return busy();
    };
    gauge!("rialto_requests_running").increment(1.0);
    let answer = tokio::time::timeout(guard.0.timeout, next.run(request)).await;
    gauge!("rialto_requests_running").decrement(1.0);
    answer.unwrap_or_else(|_| {
        counter!("rialto_refused_total", "why" => "a request took too long").increment(1);
        busy()
    })
}

/// A change must come from one of our own pages: browsers say so in `Sec-Fetch-Site` and `Origin`. Clients that send neither
/// are not browsers, and carry no shopper's cookie by accident. Webhooks prove themselves by signature.
pub async fn same_origin(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let is_safe = matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    );
    if is_safe || request.uri().path().starts_with("/webhooks/") {
        return next.run(request).await;
    }
    let from_elsewhere = is_from_elsewhere(&guard.0.public_host, request.headers());
    if from_elsewhere {
        return refuse(StatusCode::FORBIDDEN, Refusal::OtherSite);
    }
    next.run(request).await
}

fn is_from_elsewhere(public_host: &str, headers: &HeaderMap) -> bool {
    let header = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    match (header(&SEC_FETCH_SITE), header(&ORIGIN)) {
        (Some(site), _) => !matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => {
            let host = origin.split("://").nth(1);
            host.is_none() || (host != header(&HOST) && host != Some(public_host))
        }
        (None, None) => false,
    }
}

/// What needs PostgreSQL is given up when it does not answer, and not begun while it does not.
pub async fn answered(State(pulse): State<Pulse>, request: Request, next: Next) -> Response {
    let response = pulse.lasting(next.run(request)).await;
    response.unwrap_or_else(unavailable)
}

/// There is too much to do.
pub fn busy() -> Response {
    for_now(Refusal::Busy)
}

/// PostgreSQL does not answer.
pub fn unavailable() -> Response {
    counter!("rialto_refused_total", "why" => "PostgreSQL does not answer").increment(1);
    for_now(Refusal::Unavailable)
}

fn for_now(refusal: Refusal) -> Response {
    let mut response = refuse(StatusCode::SERVICE_UNAVAILABLE, refusal);
    response
        .headers_mut()
        .insert(RETRY_AFTER, HeaderValue::from_static("2"));
    response
}

/// A refusal that [`crate::refusal::in_words`] will say.
pub fn refuse(status: StatusCode, refusal: Refusal) -> Response {
    let mut response = (status, [(CACHE_CONTROL, "no-store")]).into_response();
    response.extensions_mut().insert(refusal);
    response
}

fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::HEAD => "HEAD",
        _ => "other",
    }
}
