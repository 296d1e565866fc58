//! A rendered page, and the answer it is.

use crate::assets::{Encoding, brotli, gzip};
use axum::body::Body;
use axum::response::Response;
use http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY};
use http::{HeaderMap, HeaderValue, StatusCode};
use hyper::body::Bytes;
use std::sync::OnceLock;

/// A page as it was rendered at a moment, compressed when it is first asked for so.
pub(super) struct Page {
    /// The number of invalidations when its render began.
    pub began: u64,
    pub tags: Vec<String>,
    etag: String,
    pub identity: Bytes,
    brotli: OnceLock<Bytes>,
    gzip: OnceLock<Bytes>,
}

impl Page {
    pub fn new(began: u64, tags: Vec<String>, identity: Bytes) -> Self {
        Self {
            began,
            tags,
            etag: blake3::hash(&identity).to_hex()[..24].to_owned(),
            identity,
            brotli: OnceLock::new(),
            gzip: OnceLock::new(),
        }
    }

    /// The page, or that the asker has it already.
    pub fn respond(&self, request: &HeaderMap) -> Response {
        let encoding = Encoding::best(request);
        let (body, name, suffix) = match encoding {
            Encoding::Brotli => (
                self.brotli.get_or_init(|| brotli(&self.identity, 5)),
                Some("br"),
                "-br",
            ),
            Encoding::Gzip => (
                self.gzip.get_or_init(|| gzip(&self.identity)),
                Some("gzip"),
                "-gz",
            ),
            Encoding::Identity => (&self.identity, None, ""),
        };
        let etag = format!("\"{}{suffix}\"", self.etag);
        let matches = request
            .get(IF_NONE_MATCH)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| {
                value
                    .split(',')
                    .any(|candidate| candidate.trim().trim_start_matches("W/") == etag)
            });
        let mut response = if matches {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            response
        } else {
            Response::new(Body::from(body.clone()))
        };
        let headers = response.headers_mut();
        if !matches {
            headers.insert(
                CONTENT_TYPE,
                HeaderValue::from_static("text/html; charset=utf-8"),
            );
            if let Some(name) = name {
                headers.insert(CONTENT_ENCODING, HeaderValue::from_static(name));
            }
        }
        headers.insert(
            CACHE_CONTROL,
            HeaderValue::from_static("public, max-age=0, must-revalidate"),
        );
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        if let Ok(etag) = HeaderValue::from_str(&etag) {
            headers.insert(ETAG, etag);
        }
        response
    }
}
