//! The page cache: rendered public pages, bounded in bytes, each rendered once however many ask.
//!
//! A page carries the moment its render began and the tags it depends on. A committed change marks its tags; a page older
//! than a mark on one of its tags is rendered anew, so a render that was under way during the change is never served from here.

use crate::assets::{Encoding, brotli, gzip};
use app::page::Tags;
use axum::body::{Body, to_bytes};
use axum::response::Response;
use http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY};
use http::{HeaderMap, HeaderValue, StatusCode};
use hyper::body::Bytes;
use metrics::counter;
use std::collections::HashMap;
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, RwLock};

/// Rendered pages. Cheap to clone.
#[derive(Clone)]
pub struct PageCache(Arc<Inner>);

struct Inner {
    pages: Option<moka::future::Cache<String, Arc<Page>>>,
    /// Counts invalidations; a page's `began` is compared with it.
    now: AtomicU64,
    marks: RwLock<Marks>,
}

#[derive(Default)]
struct Marks {
    /// When each tag was last invalidated.
    by_tag: HashMap<String, u64>,
    /// Pages that began before this are all stale.
    floor: u64,
    /// The latest of all marks.
    latest: u64,
}

/// Marks are forgotten beyond this number, and with them all pages.
const MAX_MARKS: usize = 100_000;

/// The largest document that is kept, in bytes.
const MAX_PAGE: usize = 4 * 1024 * 1024;

struct Page {
    began: u64,
    tags: Vec<String>,
    etag: String,
    identity: Bytes,
    brotli: OnceLock<Bytes>,
    gzip: OnceLock<Bytes>,
}

/// Why a render was not kept: it is the answer all the same, for the one who asked.
struct NotKept(std::sync::Mutex<Option<Response>>);

impl PageCache {
    /// Keeps at most `megabytes` of pages; none for 0.
    pub fn new(megabytes: u64) -> Self {
        let pages = (megabytes > 0).then(|| {
            moka::future::Cache::builder()
                .max_capacity(megabytes * 1024 * 1024)
                // A page and its two compressed forms, at the usual ratio.
                .weigher(|key: &String, page: &Arc<Page>| {
                    u32::try_from(key.len() + page.identity.len() * 3 / 2 + 512).unwrap_or(u32::MAX)
                })
                .build()
        });
        Self(Arc::new(Inner {
            pages,
            now: AtomicU64::new(1),
            marks: RwLock::default(),
        }))
    }

    /// Drops every page that carries one of `tags`.
    pub fn invalidate(&self, tags: &[String]) {
        if tags.is_empty() {
            return;
        }
        let now = self.0.now.fetch_add(1, Ordering::SeqCst) + 1;
        let mut marks = self
            .0
            .marks
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if marks.by_tag.len() + tags.len() > MAX_MARKS {
            marks.by_tag.clear();
            marks.floor = now;
        }
        for tag in tags {
            marks.by_tag.insert(tag.clone(), now);
        }
        marks.latest = now;
    }

    /// Drops every page.
    pub fn invalidate_all(&self) {
        let now = self.0.now.fetch_add(1, Ordering::SeqCst) + 1;
        let mut marks = self
            .0
            .marks
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        marks.by_tag.clear();
        marks.floor = now;
        marks.latest = now;
    }

    /// The answer for `key`: a kept page, or what `render` makes. Only 200s that carry [`Tags`] are kept.
    pub async fn answer<F>(
        &self,
        key: String,
        request: &HeaderMap,
        render: impl Fn() -> F,
    ) -> Response
    where
        F: Future<Output = Response>,
    {
        let Some(pages) = &self.0.pages else {
            return render().await;
        };
        if let Some(page) = pages.get(&key).await {
            if self.is_fresh(&page) {
                counter!("rialto_page_cache_total", "result" => "hit").increment(1);
                return page.respond(request);
            }
            // Only this one: another may have put a fresh page there since.
            let stale = page.began;
            if let Some(current) = pages.get(&key).await
                && current.began == stale
            {
                pages.invalidate(&key).await;
            }
        }
        counter!("rialto_page_cache_total", "result" => "miss").increment(1);
        // A page whose tags were marked while it was rendered is answered to those who waited for it at most once.
        for _ in 0..2 {
            match pages.try_get_with(key.clone(), self.keep(render())).await {
                Ok(page) if self.is_fresh(&page) => return page.respond(request),
                Ok(_) => pages.invalidate(&key).await,
                Err(not_kept) => {
                    let mine = not_kept
                        .0
                        .lock()
                        .unwrap_or_else(std::sync::PoisonError::into_inner)
                        .take();
                    return match mine {
                        Some(response) => response,
                        None => render().await,
                    };
                }
            }
        }
        render().await
    }

    async fn keep(&self, render: impl Future<Output = Response>) -> Result<Arc<Page>, NotKept> {
        let began = self.0.now.load(Ordering::SeqCst);
        let mut response = render.await;
        let not_kept = |response| NotKept(std::sync::Mutex::new(Some(response)));
        let Some(Tags(tags)) = response.extensions_mut().remove::<Tags>() else {
            return Err(not_kept(response));
        };
        if response.status() != StatusCode::OK {
            return Err(not_kept(response));
        }
        let (parts, body) = response.into_parts();
        match to_bytes(body, MAX_PAGE).await {
            Ok(identity) => {
                let etag = blake3::hash(&identity).to_hex()[..24].to_owned();
                let (brotli, gzip) = (OnceLock::new(), OnceLock::new());
                Ok(Arc::new(Page {
                    began,
                    tags,
                    etag,
                    identity,
                    brotli,
                    gzip,
                }))
            }
            Err(error) => {
                tracing::error!(%error, "a page was too large to be kept");
                Err(not_kept(Response::from_parts(parts, Body::empty())))
            }
        }
    }

    fn is_fresh(&self, page: &Page) -> bool {
        let marks = self
            .0
            .marks
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        page.began >= marks.latest
            || (page.began >= marks.floor
                && page
                    .tags
                    .iter()
                    .all(|tag| marks.by_tag.get(tag).is_none_or(|mark| page.began >= *mark)))
    }
}

impl Page {
    fn respond(&self, request: &HeaderMap) -> Response {
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

#[cfg(test)]
mod tests {
    use super::*;
    use axum::response::IntoResponse;
    use std::sync::atomic::AtomicUsize;

    fn page(text: &'static str, tags: &[&str]) -> Response {
        let mut response = text.into_response();
        response
            .extensions_mut()
            .insert(Tags(tags.iter().map(|tag| (*tag).to_owned()).collect()));
        response
    }

    async fn text(response: Response) -> String {
        String::from_utf8(
            to_bytes(response.into_body(), MAX_PAGE)
                .await
                .unwrap()
                .to_vec(),
        )
        .unwrap()
    }

    #[tokio::test]
    async fn renders_once_until_a_tag_is_marked() {
        let cache = PageCache::new(1);
        let renders = AtomicUsize::new(0);
        let request = HeaderMap::new();
        let ask = || {
            cache.answer("/".to_owned(), &request, async || {
                renders.fetch_add(1, Ordering::SeqCst);
                page("hello", &["product:mug"])
            })
        };
        assert_eq!(text(ask().await).await, "hello");
        ask().await;
        cache.invalidate(&["product:vase".to_owned()]);
        ask().await;
        assert_eq!(renders.load(Ordering::SeqCst), 1);
        cache.invalidate(&["product:mug".to_owned()]);
        ask().await;
        ask().await;
        assert_eq!(renders.load(Ordering::SeqCst), 2);
        cache.invalidate_all();
        ask().await;
        assert_eq!(renders.load(Ordering::SeqCst), 3);
    }

    #[tokio::test]
    async fn many_who_ask_at_once_wait_for_one_render() {
        let cache = PageCache::new(1);
        let renders = AtomicUsize::new(0);
        let request = HeaderMap::new();
        let asks = (0..32).map(|_| {
            cache.answer("/".to_owned(), &request, async || {
                renders.fetch_add(1, Ordering::SeqCst);
                tokio::task::yield_now().await;
                page("hello", &[])
            })
        });
        for response in futures_join(asks).await {
            assert_eq!(response.status(), StatusCode::OK);
        }
        assert_eq!(renders.load(Ordering::SeqCst), 1);
    }

    async fn futures_join<F: Future<Output = Response>>(
        all: impl Iterator<Item = F>,
    ) -> Vec<Response> {
        let mut pinned: Vec<_> = all.map(Box::pin).collect();
        let mut done = Vec::new();
        std::future::poll_fn(|context| {
            pinned.retain_mut(|future| match future.as_mut().poll(context) {
                std::task::Poll::Ready(response) => {
                    done.push(response);
                    false
                }
                std::task::Poll::Pending => true,
            });
            if pinned.is_empty() {
                std::task::Poll::Ready(())
            } else {
                std::task::Poll::Pending
            }
        })
        .await;
        done
    }

    #[tokio::test]
    async fn a_change_during_a_render_is_not_hidden_by_it() {
        let cache = PageCache::new(1);
        let renders = AtomicUsize::new(0);
        let request = HeaderMap::new();
        let ask = || {
            cache.answer("/".to_owned(), &request, async || {
                if renders.fetch_add(1, Ordering::SeqCst) == 0 {
                    cache.invalidate(&["home".to_owned()]);
                    page("old", &["home"])
                } else {
                    page("new", &["home"])
                }
            })
        };
        assert_eq!(text(ask().await).await, "new");
        assert_eq!(text(ask().await).await, "new");
        assert_eq!(renders.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn a_known_page_is_not_sent_again_and_errors_are_not_kept() {
        let cache = PageCache::new(1);
        let request = HeaderMap::new();
        let first = cache
            .answer("/".to_owned(), &request, async || page("hello", &[]))
            .await;
        let mut again = HeaderMap::new();
        again.insert(IF_NONE_MATCH, first.headers()[ETAG].clone());
        let second = cache
            .answer("/".to_owned(), &again, async || page("other", &[]))
            .await;
        assert_eq!(second.status(), StatusCode::NOT_MODIFIED);
        let broken = async || StatusCode::INTERNAL_SERVER_ERROR.into_response();
        assert_eq!(
            cache
                .answer("/x".to_owned(), &request, broken)
                .await
                .status(),
            500
        );
        let mended = cache
            .answer("/x".to_owned(), &request, async || page("fine", &[]))
            .await;
        assert_eq!(mended.status(), StatusCode::OK);
    }
}
