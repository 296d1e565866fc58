//! A rendered page, and the answer it is.

use super::marks::Marks;
use super::pack::{Models, Packed};
use crate::encoding::{Encoding, brotli, exact, gzip, zstd};
use axum::body::Body;
use axum::response::Response;
use http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, LOCATION, VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use hyper::body::Bytes;
use moka::sync::Cache;
use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;
use tokio::sync::Mutex;

/// What CDNs drop pages by: separated by spaces (Fastly and others), and by commas (Cloudflare and others).
const SURROGATE_KEY: HeaderName = HeaderName::from_static("surrogate-key");
const CACHE_TAG: HeaderName = HeaderName::from_static("cache-tag");
/// Bytes of tags that a CDN reads.
const MOST_TAGS: usize = 8 * 1024;

/// The forms in which pages are sent.
const FORMS: [Encoding; 4] = [
    Encoding::Zstd,
    Encoding::Brotli,
    Encoding::Gzip,
    Encoding::Identity,
];

/// Bytes of the hash that names a page's content.
const HASH: usize = 12;

/// Which form of which content.
pub(super) type FormKey = ([u8; HASH], usize);

/// A page as it was rendered at a moment.
pub(super) struct Page {
    /// The number of invalidations when its render began.
    pub began: u64,
    /// The number of invalidations up to which it is known to be fresh.
    pub known_to: AtomicU64,
    /// What it depends on (`Marks::id`).
    pub tags: Box<[u64]>,
    /// When it may stop being true without any change.
    pub until: Option<Instant>,
    /// The route that it is of, for the figures.
    pub route: &'static str,
    status: StatusCode,
    location: Option<HeaderValue>,
    hash: [u8; HASH],
    /// The document, and after it its tags as CDNs read them, between spaces.
    packed: Packed,
    /// Bytes of the document.
    length: usize,
    /// Whoever makes a form of it.
    making: Mutex<()>,
}

/// A page as it is sent: its bytes in one encoding, and what its headers say of it.
pub(super) struct Form {
    bytes: Bytes,
    etag: HeaderValue,
    surrogate_key: Option<HeaderValue>,
    cache_tag: Option<HeaderValue>,
}

impl Form {
    /// Bytes that it takes.
    pub fn weight(&self) -> u32 {
        let tags = [&self.surrogate_key, &self.cache_tag];
        let tags: usize = tags.into_iter().flatten().map(HeaderValue::len).sum();
        u32::try_from(self.bytes.len() + tags + 384).unwrap_or(u32::MAX)
    }
}

/// The headers of every page that is kept, for [`Page::respond`] to fill in: `around` are those of every answer, `caching` is what
/// shared caches may do with it.
pub(super) fn head(around: HeaderMap, caching: HeaderValue) -> HeaderMap {
    let mut head = around;
    head.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    head.insert(VARY, HeaderValue::from_static("accept-encoding"));
    head.insert(CACHE_CONTROL, caching);
    // So that filling them in makes nothing grow.
    for name in [CONTENT_ENCODING, ETAG, SURROGATE_KEY, CACHE_TAG] {
        head.insert(name, HeaderValue::from_static(""));
    }
    head
}

/// What a page is made of.
pub(super) struct Parts {
    pub began: u64,
    pub tags: Vec<String>,
    pub until: Option<Instant>,
    pub route: &'static str,
    pub status: StatusCode,
    pub location: Option<HeaderValue>,
    pub document: Bytes,
}

impl Page {
    /// Packs it. None when there is no memory for that.
    pub fn new(parts: Parts, key: &str, marks: &Marks, models: &Models) -> Option<Self> {
        let said = said(&parts.tags);
        let content = [&parts.document, said.as_bytes()].concat();
        // Of a route and a storefront; what is not there is short, and nobody's model.
        let place = key.split('/').nth(1).unwrap_or_default();
        let kind = match parts.status {
            StatusCode::OK => format!("{} {place}", parts.route),
            _ => parts.status.as_str().to_owned(),
        };
        let mut hash = [0; HASH];
        hash.copy_from_slice(&blake3::hash(&content).as_bytes()[..HASH]);
        Some(Self {
            began: parts.began,
            known_to: AtomicU64::new(parts.began),
            tags: parts.tags.iter().map(|tag| marks.id(tag)).collect(),
            until: parts.until,
            route: parts.route,
            status: parts.status,
            location: parts.location,
            hash,
            packed: models.pack(&kind, &content)?,
            length: parts.document.len(),
            making: Mutex::default(),
        })
    }

    /// Bytes that it takes.
    pub fn weight(&self) -> u32 {
        let bytes = self.packed.weight() + size_of_val(&*self.tags) + 384;
        u32::try_from(bytes).unwrap_or(u32::MAX)
    }

    /// Whether it was fresh at that number of invalidations, or a later one.
    pub fn is_known_to(&self, count: u64) -> bool {
        self.known_to.load(Ordering::Relaxed) >= count
    }

    /// The page, or that the asker has it already. `head` is of [`head`].
    pub async fn respond(
        &self,
        request: &HeaderMap,
        head: &HeaderMap,
        forms: &Cache<FormKey, Arc<Form>>,
    ) -> Response {
        let place = wanted(request);
        let form = match forms.get(&(self.hash, place)) {
            Some(form) => form,
            None => match self.form(place, forms).await {
                Some(form) => form,
                // There was no memory for it.
                None => return crate::guard::busy(),
            },
        };
        if self.status == StatusCode::OK {
            answer(request, head, FORMS[place], &form)
        } else {
            self.refer(place, &form)
        }
    }

    /// The same, if it is well and the form is there.
    pub fn respond_now(
        &self,
        request: &HeaderMap,
        head: &HeaderMap,
        forms: &Cache<FormKey, Arc<Form>>,
    ) -> Option<Response> {
        let place = wanted(request);
        if self.status != StatusCode::OK {
            return None;
        }
        let form = forms.get(&(self.hash, place))?;
        Some(answer(request, head, FORMS[place], &form))
    }

    /// That it is not here, or elsewhere.
    fn refer(&self, place: usize, form: &Form) -> Response {
        let mut response = Response::new(Body::from(form.bytes.clone()));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("text/html; charset=utf-8"),
        );
        if let Some(name) = FORMS[place].name() {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static(name));
        }
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        if let Some(location) = &self.location {
            headers.insert(LOCATION, location.clone());
        }
        response
    }

    /// The form at this place, made now, once however many ask.
    async fn form(&self, place: usize, forms: &Cache<FormKey, Arc<Form>>) -> Option<Arc<Form>> {
        let _making = self.making.lock().await;
        if let Some(form) = forms.get(&(self.hash, place)) {
            return Some(form);
        }
        let mut content = self.packed.unpack()?;
        let said = content.split_off(self.length);
        let encoding = FORMS[place];
        let bytes = match encoding {
            Encoding::Zstd => zstd(&content)?,
            Encoding::Identity => exact(content),
            // Milliseconds of work: beside the requests.
            Encoding::Brotli => aside(move || brotli(&content, 5)).await?,
            Encoding::Gzip => aside(move || gzip(&content)).await?,
        };
        let said = String::from_utf8(said).unwrap_or_default();
        let header = |text: &str| {
            let value = (!text.is_empty()).then(|| HeaderValue::from_str(text).ok());
            value.flatten()
        };
        let form = Arc::new(Form {
            bytes,
            etag: etag(&self.hash, encoding),
            surrogate_key: header(&said),
            cache_tag: header(&said.replace(' ', ",")),
        });
        forms.insert((self.hash, place), form.clone());
        Some(form)
    }
}

async fn aside(work: impl FnOnce() -> Bytes + Send + 'static) -> Option<Bytes> {
    tokio::task::spawn_blocking(work).await.ok()
}

/// A page that is there, or that the asker has it already.
fn answer(request: &HeaderMap, head: &HeaderMap, encoding: Encoding, form: &Form) -> Response {
    let is_known = request
        .get(IF_NONE_MATCH)
        .is_some_and(|asked| is_one_of(asked, &form.etag));
    let mut response = if is_known {
        Response::new(Body::empty())
    } else {
        Response::new(Body::from(form.bytes.clone()))
    };
    let mut headers = head.clone();
    headers.insert(ETAG, form.etag.clone());
    let tags = [
        (SURROGATE_KEY, &form.surrogate_key),
        (CACHE_TAG, &form.cache_tag),
    ];
    for (name, value) in tags {
        match value {
            Some(value) => headers.insert(name, value.clone()),
            None => headers.remove(name),
        };
    }
    match encoding.name().filter(|_| !is_known) {
        Some(name) => headers.insert(CONTENT_ENCODING, HeaderValue::from_static(name)),
        None => headers.remove(CONTENT_ENCODING),
    };
    if is_known {
        headers.remove(CONTENT_TYPE);
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    *response.headers_mut() = headers;
    response
}

/// The place in [`FORMS`] of what a request takes.
fn wanted(request: &HeaderMap) -> usize {
    let best = Encoding::best(request, &FORMS);
    let place = FORMS.iter().position(|form| *form == best);
    place.unwrap_or(FORMS.len() - 1)
}

/// A form's entity tag.
fn etag(hash: &[u8; HASH], encoding: Encoding) -> HeaderValue {
    let mut text = String::with_capacity(32);
    text.push('"');
    for byte in hash {
        let _ = write!(text, "{byte:02x}");
    }
    text.push_str(match encoding {
        Encoding::Brotli => "-br\"",
        Encoding::Zstd => "-zst\"",
        Encoding::Gzip => "-gz\"",
        Encoding::Identity => "\"",
    });
    HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static("\"\""))
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

/// Tags as CDNs read them: what stands between tags can't stand in one, and what is too long is not said at all, as a page that
/// lacks some of its tags would stay in a CDN for ever.
fn said(tags: &[String]) -> String {
    let mut text = String::new();
    for tag in tags {
        if !text.is_empty() {
            text.push(' ');
        }
        for byte in tag.bytes() {
            match byte {
                b' ' | b',' | b'%' | 0..=0x1f | 0x7f.. => {
                    let _ = write!(text, "%{byte:02X}");
                }
                byte => text.push(char::from(byte)),
            }
        }
    }
    if text.len() > MOST_TAGS {
        text.clear();
    }
    text
}
