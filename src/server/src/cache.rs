//! The page cache: rendered public pages, bounded in bytes, each rendered once however many ask.
//!
//! A page carries the moment its render began and the tags it depends on. A committed change marks its tags; a page older
//! than a mark on one of its tags is rendered anew, so a render that was under way during the change is never served from here.
//!
//! A page that may have stopped being true is shown for [`marks::GRACE`] after that moment at most, and soon made anew
//! meanwhile: prices and stock are never older than a second. After that all wait for the new one.
//!
//! While PostgreSQL does not answer nothing can be rendered, and nobody knows what changed: pages are served as they were.

mod flight;
mod marks;
mod pack;
mod page;

use crate::pulse::{Beat, Pulse};
use app::page::{FreshFor, Tags};
use axum::body::to_bytes;
use axum::response::Response;
use flight::{Flight, Flights, Passing};
use http::header::LOCATION;
use http::{HeaderMap, HeaderValue, StatusCode};
use marks::{GRACE, Marks, Standing};
use metrics::{Counter, counter, gauge};
use moka::sync::Cache;
use pack::Models;
use page::{Form, FormKey, Page, Parts};
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Rendered pages. Cheap to clone.
#[derive(Clone)]
pub struct PageCache(Arc<Inner>);

struct Inner {
    pages: Option<Cache<String, Arc<Page>>>,
    /// What pages are sent as, of those that are asked for most.
    forms: Cache<FormKey, Arc<Form>>,
    models: Models,
    flights: Flights<Made>,
    marks: Marks,
    pulse: Pulse,
    /// What stands around every page.
    head: HeaderMap,
    figures: Figures,
}

/// What a render came to.
#[derive(Clone)]
enum Made {
    Kept(Arc<Page>),
    Passing(Passing),
}

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asker {
    Anyone,
    /// Somebody whose own change must show; this instance has heard of it.
    Writer,
    /// The same, before this instance has heard of it: no page that is kept will do.
    EarlyWriter,
}

/// What is done for who asks for a page that may have stopped being true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Course {
    Show,
    ShowAndRenew,
    Wait,
}

impl Course {
    /// `since`: when it may have stopped being true; None when it is not to be shown.
    fn of(since: Option<Instant>, now: Instant) -> Self {
        match since.map(|since| now.saturating_duration_since(since)) {
            Some(age) if age < SETTLING => Self::Show,
            Some(age) if age < GRACE => Self::ShowAndRenew,
            _ => Self::Wait,
        }
    }
}

/// A page is made anew no sooner after a change: others follow it, and the search index with what lists show.
const SETTLING: Duration = Duration::from_millis(300);
/// The largest document that is kept, in bytes.
const MAX_PAGE: usize = 4 * 1024 * 1024;
/// One part in so many is for pages as they are sent. Of pages that are asked for by Zipf's law a tenth takes most requests.
const SENT: u64 = 5;
/// How long a render may take. Those who wait for it have given up long before.
const LONGEST: Duration = Duration::from_secs(60);

impl PageCache {
    /// Keeps at most `megabytes` of pages, a fifth of it as they are sent; none for 0. `pulse` tells whether PostgreSQL answers. Shared caches are told to ask
    /// again after `cdn_seconds`. `around` are the headers of every answer.
    pub fn new(megabytes: u64, cdn_seconds: u32, pulse: Pulse, around: HeaderMap) -> Self {
        let bytes = megabytes * 1024 * 1024;
        let pages = (megabytes > 0).then(|| {
            Cache::builder()
                .max_capacity(bytes - bytes / SENT)
                .weigher(|key: &String, page: &Arc<Page>| {
                    let key = u32::try_from(key.len()).unwrap_or(u32::MAX);
                    page.weight().saturating_add(key)
                })
                .build()
        });
        let forms = Cache::builder()
            .max_capacity(bytes / SENT)
            .weigher(|_, form: &Arc<Form>| form.weight())
            .build();
        let caching = match cdn_seconds {
            0 => "public, max-age=0, must-revalidate".to_owned(),
            seconds => {
                format!("public, max-age=0, s-maxage={seconds}, stale-while-revalidate={seconds}")
            }
        };
        Self(Arc::new(Inner {
            pages,
            forms,
            models: Models::default(),
            flights: Flights::default(),
            marks: Marks::default(),
            pulse,
            head: page::head(
                around,
                HeaderValue::from_str(&caching)
                    .unwrap_or_else(|_| HeaderValue::from_static("no-cache")),
            ),
            figures: Figures::new(),
        }))
    }

    /// Pages with one of `tags` stopped being true, no earlier than `since`.
    pub fn invalidate(&self, tags: &[String], since: Instant) {
        self.0.marks.mark(tags, since);
    }

    /// No page is known to be true.
    pub fn invalidate_all(&self) {
        self.0.marks.mark_all();
    }

    /// The answer for `key` to anyone if it is kept, true, and in the form that the request takes, and the route it is of.
    pub fn answer_now(&self, key: &str, request: &HeaderMap) -> Option<(Response, &'static str)> {
        let page = self.0.pages.as_ref()?.get(key)?;
        if self.0.standing(&page) != Standing::Fresh {
            return None;
        }
        let response = page.respond_now(request, &self.0.head, &self.0.forms)?;
        self.0.figures.hit();
        Some((response, page.route))
    }

    /// The answer for `key`, which is of `route`: a kept page, or what `render` makes. Only answers that carry [`Tags`] are kept.
    pub async fn answer<F>(
        &self,
        key: &str,
        route: &'static str,
        request: &HeaderMap,
        asker: Asker,
        render: impl Fn() -> F,
    ) -> Response
    where
        F: Future<Output = Response> + Send + 'static,
    {
        let Some(pages) = self
            .0
            .pages
            .as_ref()
            .filter(|_| asker != Asker::EarlyWriter)
        else {
            return render().await;
        };
        if let Some(page) = pages.get(key) {
            let since = match self.0.standing(&page) {
                Standing::Fresh => {
                    self.0.figures.hit();
                    return self.0.respond(&page, request).await;
                }
                Standing::Old(since) => since.filter(|_| asker == Asker::Anyone),
            };
            let course = Course::of(since, Instant::now());
            if course == Course::ShowAndRenew {
                self.fly(key, route, &render);
            }
            if course != Course::Wait || self.0.pulse.beat() == Beat::Lost {
                self.0.figures.stale();
                return self.0.respond(&page, request).await;
            }
        }
        self.0.figures.miss();
        // A page that stopped being true while it was rendered is answered to nobody.
        for _ in 0..3 {
            match self.fly(key, route, &render).landed().await {
                Some(Made::Kept(page)) if self.0.standing(&page) == Standing::Fresh => {
                    return self.0.respond(&page, request).await;
                }
                Some(Made::Kept(_)) => {}
                Some(Made::Passing(answer)) => {
                    // Not while PostgreSQL answers: then a page that is known to be old is shown to nobody.
                    if self.0.pulse.beat() != Beat::Steady
                        && let Some(page) = pages.get(key)
                    {
                        self.0.figures.stale();
                        return self.0.respond(&page, request).await;
                    }
                    return answer.respond();
                }
                // It panicked. Once more, where that is caught.
                None => break,
            }
        }
        render().await
    }

    /// The render of `key` that is under way, or a new one.
    fn fly<F>(&self, key: &str, route: &'static str, render: impl Fn() -> F) -> Flight<Made>
    where
        F: Future<Output = Response> + Send + 'static,
    {
        self.0.flights.join(key, || {
            let (cache, key, rendering) = (self.clone(), key.to_owned(), render());
            async move { cache.0.make(key, route, rendering).await }
        })
    }

    /// Says in the figures how full it is; to be called every few seconds.
    pub fn tell(&self) {
        let Some(pages) = &self.0.pages else { return };
        pages.run_pending_tasks();
        self.0.forms.run_pending_tasks();
        let bytes = pages.weighted_size() + self.0.forms.weighted_size();
        self.0.figures.tell(bytes, pages.entry_count());
    }
}

impl Inner {
    /// Renders, and keeps what can be kept.
    async fn make(
        &self,
        key: String,
        route: &'static str,
        rendering: impl Future<Output = Response>,
    ) -> Made {
        let (began, asked) = (self.marks.count(), Instant::now());
        let Ok(mut response) = tokio::time::timeout(LONGEST, rendering).await else {
            return passing(crate::guard::busy()).await;
        };
        let (tags, fresh_for) = (
            response.extensions_mut().remove::<Tags>(),
            response.extensions_mut().remove::<FreshFor>(),
        );
        let status = response.status();
        let Some(Tags(tags)) = tags.filter(|_| is_kept(status)) else {
            return passing(response).await;
        };
        let (parts, body) = response.into_parts();
        let document = match to_bytes(body, MAX_PAGE).await {
            Ok(document) => document,
            Err(error) => {
                tracing::error!(%error, key, "a page was too large");
                let broken = app::problem::Refusal::Broken;
                let refused = crate::guard::refuse(StatusCode::INTERNAL_SERVER_ERROR, broken);
                return passing(refused).await;
            }
        };
        let parts = Parts {
            began,
            tags,
            until: fresh_for.map(|FreshFor(time)| asked + time),
            route,
            status,
            location: parts.headers.get(LOCATION).cloned(),
            document,
        };
        let page = Page::new(parts, &key, &self.marks, &self.models);
        let Some(page) = page.map(Arc::new) else {
            return passing(crate::guard::busy()).await;
        };
        if let Some(pages) = &self.pages {
            pages.insert(key, page.clone());
        }
        Made::Kept(page)
    }

    fn standing(&self, page: &Page) -> Standing {
        if let Some(until) = page.until
            && until <= Instant::now()
        {
            return Standing::Old(Some(until));
        }
        let count = self.marks.count();
        if page.is_known_to(count) {
            return Standing::Fresh;
        }
        let standing = self.marks.standing(page.began, &page.tags);
        if standing == Standing::Fresh {
            page.known_to.fetch_max(count, Ordering::Relaxed);
        }
        standing
    }

    async fn respond(&self, page: &Page, request: &HeaderMap) -> Response {
        page.respond(request, &self.head, &self.forms).await
    }
}

/// What holds for everyone until something changes.
fn is_kept(status: StatusCode) -> bool {
    matches!(
        status.as_u16(),
        200 | 301 | 302 | 303 | 307 | 308 | 400 | 404 | 410
    )
}

async fn passing(response: Response) -> Made {
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, MAX_PAGE).await;
    Made::Passing(Passing {
        status: parts.status,
        headers: parts.headers,
        extensions: parts.extensions,
        body: body.unwrap_or_default(),
    })
}

/// What is counted. The handles are kept: finding one costs more than a page.
struct Figures {
    hits: (AtomicU64, Counter),
    stale: (AtomicU64, Counter),
    misses: (AtomicU64, Counter),
}

impl Figures {
    fn new() -> Self {
        let of = |result| {
            let counter = counter!("rialto_page_cache_total", "result" => result);
            (AtomicU64::new(0), counter)
        };
        Self {
            hits: of("hit"),
            stale: of("stale"),
            misses: of("miss"),
        }
    }

    fn hit(&self) {
        count(&self.hits);
    }

    fn stale(&self) {
        count(&self.stale);
    }

    fn miss(&self) {
        count(&self.misses);
    }

    #[allow(clippy::cast_precision_loss)] // a figure to look at
    fn tell(&self, bytes: u64, pages: u64) {
        let of = |(count, _): &(AtomicU64, Counter)| count.load(Ordering::Relaxed) as f64;
        let served = of(&self.hits) + of(&self.stale);
        let all = served + of(&self.misses);
        if all > 0.0 {
            gauge!("rialto_page_cache_hit_ratio").set(served / all);
        }
        gauge!("rialto_page_cache_bytes").set(bytes as f64);
        gauge!("rialto_page_cache_pages").set(pages as f64);
    }
}

fn count((count, counter): &(AtomicU64, Counter)) {
    count.fetch_add(1, Ordering::Relaxed);
    counter.increment(1);
}

#[cfg(test)]
mod tests;
