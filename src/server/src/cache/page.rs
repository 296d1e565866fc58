//! A rendered page, and the answer it is.

use crate::assets::{Encoding, brotli, gzip, zstd};
use axum::body::Body;
use axum::response::Response;
use http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, LOCATION, VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use hyper::body::Bytes;
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;
use tokio::sync::OnceCell;

/// What CDNs drop pages by: separated by spaces (Fastly and others), and by commas (Cloudflare and others).
const SURROGATE_KEY: HeaderName = HeaderName::from_static("surrogate-key");
const CACHE_TAG: HeaderName = HeaderName::from_static("cache-tag");
/// Bytes of tags that a CDN reads.
const MOST_TAGS: usize = 8 * 1024;

/// How a page may be compressed, the smallest first.
const FORMS: [Encoding; 3] = [Encoding::Brotli, Encoding::Zstd, Encoding::Gzip];

/// A page as it was rendered at a moment, compressed when it is first asked for so.
pub(super) struct Page {
    /// The number of invalidations when its render began.
    pub began: u64,
    /// The number of invalidations up to which it is known to be fresh.
    pub known_to: AtomicU64,
    pub tags: Vec<String>,
    /// When it may stop being true without any change.
    pub until: Option<Instant>,
    status: StatusCode,
    location: Option<HeaderValue>,
    identity: Form,
    compressed: [OnceCell<Form>; FORMS.len()],
    /// The tags as CDNs read them.
    surrogate_key: Option<HeaderValue>,
    cache_tag: Option<HeaderValue>,
}

/// The bytes of a page in one encoding.
#[derive(Clone)]
struct Form {
    bytes: Bytes,
    etag: HeaderValue,
}

impl Form {
    fn new(hash: &str, suffix: &str, bytes: Bytes) -> Self {
        let etag = HeaderValue::from_str(&format!("\"{hash}{suffix}\""));
        Self {
            bytes,
            etag: etag.unwrap_or_else(|_| HeaderValue::from_static("\"\"")),
        }
    }
}

/// What a page is made of.
pub(super) struct Parts {
    pub began: u64,
    pub tags: Vec<String>,
    pub until: Option<Instant>,
    pub status: StatusCode,
    pub location: Option<HeaderValue>,
    pub identity: Bytes,
}

impl Page {
    pub fn new(parts: Parts) -> Self {
        let hash = hash(&parts.identity);
        let (surrogate_key, cache_tag) = headers_of(&parts.tags);
        Self {
            began: parts.began,
            known_to: AtomicU64::new(parts.began),
            tags: parts.tags,
            until: parts.until,
            status: parts.status,
            location: parts.location,
            identity: Form::new(&hash, "", parts.identity),
            compressed: Default::default(),
            surrogate_key,
            cache_tag,
        }
    }

    /// Bytes that it takes now, in all its forms.
    pub fn weight(&self) -> u32 {
        let forms = self.compressed.iter().filter_map(OnceCell::get);
        let forms: usize = forms.map(|form| form.bytes.len()).sum();
        let tags: usize = self.tags.iter().map(|tag| tag.len() * 3 + 64).sum();
        u32::try_from(self.identity.bytes.len() + forms + tags + 768).unwrap_or(u32::MAX)
    }

    /// Whether it was fresh at that number of invalidations, or a later one.
    pub fn is_known_to(&self, count: u64) -> bool {
        self.known_to.load(Ordering::Relaxed) >= count
    }

    /// The page, or that the asker has it already; and whether it was compressed for this. `caching` is what a shared cache may do.
    pub async fn respond(&self, request: &HeaderMap, caching: &HeaderValue) -> (Response, bool) {
        let (form, encoding, is_new) = self.form(request).await;
        let matches = request
            .get(IF_NONE_MATCH)
            .is_some_and(|asked| is_one_of(asked, &form.etag));
        let mut response = if matches && self.status == StatusCode::OK {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            response
        } else {
            let mut response = Response::new(Body::from(form.bytes.clone()));
            *response.status_mut() = self.status;
            let headers = response.headers_mut();
            headers.insert(
                CONTENT_TYPE,
                HeaderValue::from_static("text/html; charset=utf-8"),
            );
            if let Some(name) = encoding.name() {
                headers.insert(CONTENT_ENCODING, HeaderValue::from_static(name));
            }
            response
        };
        let headers = response.headers_mut();
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        if self.status != StatusCode::OK {
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
            if let Some(location) = &self.location {
                headers.insert(LOCATION, location.clone());
            }
            return (response, is_new);
        }
        headers.insert(CACHE_CONTROL, caching.clone());
        headers.insert(ETAG, form.etag.clone());
        if let Some(tags) = &self.surrogate_key {
            headers.insert(SURROGATE_KEY, tags.clone());
        }
        if let Some(tags) = &self.cache_tag {
            headers.insert(CACHE_TAG, tags.clone());
        }
        (response, is_new)
    }

    /// The bytes in the best encoding that the request takes, compressed now if nobody asked for it so before.
    async fn form(&self, request: &HeaderMap) -> (&Form, Encoding, bool) {
        let best = Encoding::best(request, &FORMS);
        let Some(cell) = FORMS
            .iter()
            .position(|form| *form == best)
            .and_then(|at| self.compressed.get(at))
        else {
            return (&self.identity, Encoding::Identity, false);
        };
        if let Some(form) = cell.get() {
            return (form, best, false);
        }
        let form = cell.get_or_try_init(|| async {
            let (plain, etag) = (self.identity.bytes.clone(), self.identity.etag.clone());
            // Milliseconds of work: beside the requests.
            tokio::task::spawn_blocking(move || {
                let hash = etag
                    .to_str()
                    .unwrap_or_default()
                    .trim_matches('"')
                    .to_owned();
                let (bytes, suffix) = match best {
                    Encoding::Brotli => (brotli(&plain, 5), "-br"),
                    Encoding::Zstd => (zstd(&plain), "-zst"),
                    _ => (gzip(&plain), "-gz"),
                };
                Form::new(&hash, suffix, bytes)
            })
            .await
        });
        match form.await {
            Ok(form) => (form, best, true),
            Err(_) => (&self.identity, Encoding::Identity, false),
        }
    }
}

fn hash(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(24);
    for byte in &blake3::hash(bytes).as_bytes()[..12] {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Whether an `If-None-Match` names this tag, by weak comparison (RFC 9110 §13.1.2).
fn is_one_of(asked: &HeaderValue, etag: &HeaderValue) -> bool {
    let (asked, etag) = (asked.as_bytes(), etag.as_bytes());
    asked == etag
        || asked.split(|byte| *byte == b',').any(|one| {
            let one = one.trim_ascii();
            let one = one.strip_prefix(b"W/").unwrap_or(one);
            one == etag || one == b"*"
        })
}

/// Tags as headers: what stands between tags can't stand in one, and what is too long is not said at all, as a page that lacks
/// some of its tags would stay in a CDN for ever.
fn headers_of(tags: &[String]) -> (Option<HeaderValue>, Option<HeaderValue>) {
    let safe = |tag: &String| {
        let mut text = String::with_capacity(tag.len());
        for byte in tag.bytes() {
            match byte {
                b' ' | b',' | b'%' | 0..=0x1f | 0x7f.. => {
                    let _ = write!(text, "%{byte:02X}");
                }
                byte => text.push(char::from(byte)),
            }
        }
        text
    };
    let tags: Vec<String> = tags.iter().map(safe).collect();
    let header = |between: &str| {
        let text = tags.join(between);
        let fits = !text.is_empty() && text.len() <= MOST_TAGS;
        fits.then(|| HeaderValue::from_str(&text).ok()).flatten()
    };
    (header(" "), header(","))
}
