//! A rendered page, and the answer it is.

use crate::assets::{Encoding, brotli, gzip, unzstd, zstd};
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

/// The forms of a page. It is kept as the first, which costs least for its size, and in each other form once that was asked for.
const FORMS: [Encoding; 4] = [
    Encoding::Zstd,
    Encoding::Brotli,
    Encoding::Gzip,
    Encoding::Identity,
];

/// A page as it was rendered at a moment.
pub(super) struct Page {
    /// The number of invalidations when its render began.
    pub began: u64,
    /// The number of invalidations up to which it is known to be fresh.
    pub known_to: AtomicU64,
    pub tags: Vec<String>,
    /// When it may stop being true without any change.
    pub until: Option<Instant>,
    /// The route that it is of, for the figures.
    pub route: &'static str,
    status: StatusCode,
    location: Option<HeaderValue>,
    hash: String,
    /// Bytes of the document.
    length: usize,
    zstd: Bytes,
    forms: [OnceCell<Form>; FORMS.len()],
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
    fn new(hash: &str, encoding: Encoding, bytes: Bytes) -> Self {
        let suffix = match encoding {
            Encoding::Brotli => "-br",
            Encoding::Zstd => "-zst",
            Encoding::Gzip => "-gz",
            Encoding::Identity => "",
        };
        let etag = HeaderValue::from_str(&format!("\"{hash}{suffix}\""));
        Self {
            bytes,
            etag: etag.unwrap_or_else(|_| HeaderValue::from_static("\"\"")),
        }
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
    /// Compresses it: a tenth of a millisecond. None when there is no memory for that.
    pub fn new(parts: Parts) -> Option<Self> {
        let (surrogate_key, cache_tag) = headers_of(&parts.tags);
        Some(Self {
            began: parts.began,
            known_to: AtomicU64::new(parts.began),
            tags: parts.tags,
            until: parts.until,
            route: parts.route,
            status: parts.status,
            location: parts.location,
            hash: hash(&parts.document),
            length: parts.document.len(),
            zstd: zstd(&parts.document)?,
            forms: Default::default(),
            surrogate_key,
            cache_tag,
        })
    }

    /// Bytes that it takes now, in all its forms.
    pub fn weight(&self) -> u32 {
        let forms = self.forms.iter().skip(1).filter_map(OnceCell::get);
        let forms: usize = forms.map(|form| form.bytes.len()).sum();
        let tags: usize = self.tags.iter().map(|tag| tag.len() * 3 + 64).sum();
        u32::try_from(self.zstd.len() + forms + tags + 768).unwrap_or(u32::MAX)
    }

    /// Whether it was fresh at that number of invalidations, or a later one.
    pub fn is_known_to(&self, count: u64) -> bool {
        self.known_to.load(Ordering::Relaxed) >= count
    }

    /// The page, or that the asker has it already; and whether another form was made for this. `head` is of [`head`].
    pub async fn respond(&self, request: &HeaderMap, head: &HeaderMap) -> (Response, bool) {
        let place = wanted(request);
        let known = self.forms[place].get();
        let form = match known {
            Some(form) => form,
            None => match self.form(place).await {
                Some(form) => form,
                // There was no memory for it.
                None => return (crate::guard::busy(), false),
            },
        };
        let response = if self.status == StatusCode::OK {
            self.answer(request, head, place, form)
        } else {
            self.refer(place, form)
        };
        // The first is no copy.
        (response, known.is_none() && place > 0)
    }

    /// The same, if it is well and the form is there.
    pub fn respond_now(&self, request: &HeaderMap, head: &HeaderMap) -> Option<Response> {
        let place = wanted(request);
        let form = self.forms[place].get()?;
        let is_well = self.status == StatusCode::OK;
        is_well.then(|| self.answer(request, head, place, form))
    }

    fn answer(&self, request: &HeaderMap, head: &HeaderMap, place: usize, form: &Form) -> Response {
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
            (SURROGATE_KEY, &self.surrogate_key),
            (CACHE_TAG, &self.cache_tag),
        ];
        for (name, value) in tags {
            match value {
                Some(value) => headers.insert(name, value.clone()),
                None => headers.remove(name),
            };
        }
        match FORMS[place].name().filter(|_| !is_known) {
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

    /// The form at this place, made now if nobody asked for it before.
    async fn form(&self, place: usize) -> Option<&Form> {
        let encoding = FORMS[place];
        let form = self.forms[place].get_or_try_init(|| async {
            let (zstd, length) = (self.zstd.clone(), self.length);
            let bytes = match encoding {
                Encoding::Zstd => Some(zstd),
                Encoding::Identity => unzstd(&zstd, length),
                // Milliseconds of work: beside the requests.
                Encoding::Brotli | Encoding::Gzip => {
                    let compressing = tokio::task::spawn_blocking(move || {
                        let document = unzstd(&zstd, length)?;
                        Some(match encoding {
                            Encoding::Brotli => brotli(&document, 5),
                            _ => gzip(&document),
                        })
                    });
                    compressing.await.ok().flatten()
                }
            };
            bytes
                .map(|bytes| Form::new(&self.hash, encoding, bytes))
                .ok_or(())
        });
        form.await.ok()
    }
}

/// The place in [`FORMS`] of what a request takes.
fn wanted(request: &HeaderMap) -> usize {
    let best = Encoding::best(request, &FORMS);
    let place = FORMS.iter().position(|form| *form == best);
    place.unwrap_or(FORMS.len() - 1)
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
