//! The page cache: rendered public pages, bounded in bytes, each rendered once however many ask.
//!
//! A page carries the moment its render began and the tags it depends on. A committed change marks its tags; a page older
//! than a mark on one of its tags is rendered anew, so a render that was under way during the change is never served from here.
//!
//! While PostgreSQL does not answer nothing can be rendered, and nobody knows what changed: pages are served as they were.

mod page;

use crate::pulse::{Beat, Pulse};
use app::page::Tags;
use axum::body::{Body, to_bytes};
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use metrics::counter;
use page::Page;
use std::collections::HashMap;
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, RwLock};

/// Rendered pages. Cheap to clone.
#[derive(Clone)]
pub struct PageCache(Arc<Inner>);

struct Inner {
    pages: Option<moka::future::Cache<String, Arc<Page>>>,
    /// Counts invalidations; a page's `began` is compared with it.
    now: AtomicU64,
    marks: RwLock<Marks>,
    pulse: Pulse,
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

/// Why a render was not kept: it is the answer all the same, for the one who asked.
struct NotKept(std::sync::Mutex<Option<Response>>);

impl PageCache {
    /// Keeps at most `megabytes` of pages; none for 0. `pulse` tells whether PostgreSQL answers.
    pub fn new(megabytes: u64, pulse: Pulse) -> Self {
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
            pulse,
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
        // Where the last page of this address lies while a new one is made. No address begins like this.
        let aside = format!("last {key}");
        if let Some(page) = pages.get(&key).await {
            if self.is_fresh(&page) {
                count("hit");
                return page.respond(request);
            }
            if self.0.pulse.beat() == Beat::Lost {
                count("stale");
                return page.respond(request);
            }
            pages.insert(aside.clone(), page.clone()).await;
            // Only this one: another may have put a fresh page there since.
            if let Some(current) = pages.get(&key).await
                && current.began == page.began
            {
                pages.invalidate(&key).await;
            }
        }
        count("miss");
        // A page whose tags were marked while it was rendered is answered to those who waited for it at most once.
        for _ in 0..2 {
            match pages.try_get_with(key.clone(), self.keep(render())).await {
                Ok(page) if self.is_fresh(&page) => {
                    if pages.contains_key(&aside) {
                        pages.invalidate(&aside).await;
                    }
                    return page.respond(request);
                }
                Ok(_) => pages.invalidate(&key).await,
                Err(not_kept) => {
                    // Not while PostgreSQL answers: then a page that is known to be old is shown to nobody.
                    if self.0.pulse.beat() != Beat::Steady
                        && let Some(page) = pages.get(&aside).await
                    {
                        count("stale");
                        return page.respond(request);
                    }
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
            Ok(identity) => Ok(Arc::new(Page::new(began, tags, identity))),
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

fn count(result: &'static str) {
    counter!("rialto_page_cache_total", "result" => result).increment(1);
}

#[cfg(test)]
mod tests;
