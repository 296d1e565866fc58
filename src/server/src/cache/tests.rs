//! What is kept, for how long, and what is shown when nothing can be rendered.

use super::*;
use axum::response::IntoResponse;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, ETAG, IF_NONE_MATCH};
use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;
use tokio::sync::Semaphore;

const ROUTE: &str = "/{page}";

fn page(text: &str, tags: &[&str]) -> Response {
    let mut response = text.to_owned().into_response();
    response
        .extensions_mut()
        .insert(Tags(tags.iter().map(|tag| (*tag).to_owned()).collect()));
    response
}

async fn text(response: Response) -> String {
    let body = to_bytes(response.into_body(), MAX_PAGE).await.unwrap();
    String::from_utf8(body.to_vec()).unwrap()
}

fn tags(of: &[&str]) -> Vec<String> {
    of.iter().map(|tag| (*tag).to_owned()).collect()
}

/// Long enough ago that nothing is shown past it.
fn long_ago() -> Instant {
    Instant::now()
        .checked_sub(GRACE * 2)
        .expect("a machine that has run for seconds")
}

/// So many can pass the door at once.
const DOOR: u32 = 1_000;

/// A shop whose pages say what `says` says, and that counts its renders.
#[derive(Clone)]
struct Kitchen {
    cache: PageCache,
    pulse: Pulse,
    renders: Arc<AtomicUsize>,
    says: Arc<Mutex<&'static str>>,
    /// Renders wait for it.
    door: Arc<Semaphore>,
}

impl Kitchen {
    fn open() -> Self {
        let pulse = Pulse::default();
        Self {
            cache: PageCache::new(1, 1, pulse.clone(), HeaderMap::new()),
            pulse,
            renders: Arc::default(),
            says: Arc::new(Mutex::new("hello")),
            door: Arc::new(Semaphore::new(DOOR as usize)),
        }
    }

    fn say(&self, text: &'static str) {
        *self.says.lock().unwrap() = text;
    }

    fn renders(&self) -> usize {
        self.renders.load(Ordering::SeqCst)
    }

    /// "broken" is a 503, everything else a page with the tag `mug`.
    async fn ask_as(&self, key: &str, asker: Asker, request: &HeaderMap) -> Response {
        let render = || {
            let kitchen = self.clone();
            async move {
                kitchen.renders.fetch_add(1, Ordering::SeqCst);
                let says = *kitchen.says.lock().unwrap();
                let _open = kitchen.door.acquire().await;
                match says {
                    "broken" => StatusCode::SERVICE_UNAVAILABLE.into_response(),
                    "gone" => {
                        let mut response = page("gone", &["mug"]);
                        *response.status_mut() = StatusCode::NOT_FOUND;
                        response
                    }
                    text => page(text, &["mug"]),
                }
            }
        };
        self.cache.answer(key, ROUTE, request, asker, render).await
    }

    async fn ask(&self) -> String {
        let request = HeaderMap::new();
        text(self.ask_as("/", Asker::Anyone, &request).await).await
    }
}

#[tokio::test]
async fn renders_once_until_a_tag_is_marked() {
    let kitchen = Kitchen::open();
    assert_eq!(kitchen.ask().await, "hello");
    kitchen.cache.invalidate(&tags(&["vase"]), long_ago());
    kitchen.ask().await;
    assert_eq!(kitchen.renders(), 1);
    kitchen.cache.invalidate(&tags(&["mug"]), long_ago());
    kitchen.ask().await;
    kitchen.ask().await;
    assert_eq!(kitchen.renders(), 2);
    kitchen.cache.invalidate_all();
    kitchen.ask().await;
    assert_eq!(kitchen.renders(), 3);
}

#[tokio::test]
async fn many_who_ask_at_once_share_one_render_whatever_comes_of_it() {
    for says in ["hello", "broken", "gone"] {
        let kitchen = Kitchen::open();
        kitchen.say(says);
        let asked: Vec<_> = (0..32)
            .map(|_| {
                let kitchen = kitchen.clone();
                tokio::spawn(async move {
                    let request = HeaderMap::new();
                    let response = kitchen.ask_as("/", Asker::Anyone, &request).await;
                    response.status().as_u16()
                })
            })
            .collect();
        let mut statuses = Vec::new();
        for one in asked {
            statuses.push(one.await.unwrap());
        }
        statuses.dedup();
        let status = match says {
            "broken" => 503,
            "gone" => 404,
            _ => 200,
        };
        assert_eq!((statuses, kitchen.renders()), (vec![status], 1), "{says}");
    }
}

#[tokio::test]
async fn a_render_goes_on_when_who_asked_for_it_leaves() {
    let kitchen = Kitchen::open();
    let door = kitchen.door.acquire_many(DOOR).await.unwrap();
    let leaving = tokio::spawn({
        let kitchen = kitchen.clone();
        async move { kitchen.ask().await }
    });
    while kitchen.renders() == 0 {
        tokio::task::yield_now().await;
    }
    leaving.abort();
    let _ = leaving.await;
    drop(door);
    assert_eq!(
        (kitchen.ask().await.as_str(), kitchen.renders()),
        ("hello", 1)
    );
}

#[tokio::test]
async fn a_change_during_a_render_is_not_hidden_by_it() {
    let cache = PageCache::new(1, 1, Pulse::default(), HeaderMap::new());
    let renders = Arc::new(AtomicUsize::new(0));
    let request = HeaderMap::new();
    let ask = || {
        cache.answer("/", ROUTE, &request, Asker::Anyone, || {
            let (cache, renders) = (cache.clone(), renders.clone());
            async move {
                if renders.fetch_add(1, Ordering::SeqCst) == 0 {
                    cache.invalidate(&tags(&["home"]), Instant::now());
                    page("old", &["home"])
                } else {
                    page("new", &["home"])
                }
            }
        })
    };
    assert_eq!(text(ask().await).await, "new");
    assert_eq!(text(ask().await).await, "new");
    assert_eq!(renders.load(Ordering::SeqCst), 2);
}

#[test]
fn changes_that_follow_each_other_make_one_page_anew_within_its_second() {
    let since = Instant::now();
    let after = |milliseconds| Course::of(Some(since), since + Duration::from_millis(milliseconds));
    assert_eq!(after(0), Course::Show);
    assert_eq!(after(299), Course::Show);
    assert_eq!(after(300), Course::ShowAndRenew);
    assert_eq!(after(899), Course::ShowAndRenew);
    assert_eq!(after(900), Course::Wait);
    assert_eq!(Course::of(None, since), Course::Wait);
    let to_come = since + Duration::from_secs(1);
    assert_eq!(Course::of(Some(to_come), since), Course::Show);
}

#[tokio::test]
async fn a_page_that_just_changed_is_shown_to_all_but_who_changed_it() {
    let kitchen = Kitchen::open();
    assert_eq!(kitchen.ask().await, "hello");
    kitchen.say("news");
    let door = kitchen.door.acquire_many(DOOR).await.unwrap();
    // A moment to come stands for one that just passed, however slow this machine is.
    let just_now = Instant::now() + Duration::from_secs(600);
    kitchen.cache.invalidate(&tags(&["mug"]), just_now);
    assert_eq!(kitchen.ask().await, "hello");
    assert_eq!(kitchen.ask().await, "hello");
    let writer = tokio::spawn({
        let kitchen = kitchen.clone();
        async move {
            let request = HeaderMap::new();
            text(kitchen.ask_as("/", Asker::Writer, &request).await).await
        }
    });
    drop(door);
    assert_eq!(writer.await.unwrap(), "news");
    assert_eq!(kitchen.ask().await, "news");
    assert_eq!(kitchen.renders(), 2, "one for all who asked");
}

#[tokio::test]
async fn a_page_whose_second_is_over_is_shown_to_nobody() {
    let kitchen = Kitchen::open();
    assert_eq!(kitchen.ask().await, "hello");
    kitchen.say("news");
    kitchen.cache.invalidate(&tags(&["mug"]), long_ago());
    // A later change does not make the first one younger.
    kitchen.cache.invalidate(&tags(&["mug"]), Instant::now());
    assert_eq!(kitchen.ask().await, "news");
}

#[tokio::test]
async fn a_page_ends_when_its_time_comes() {
    let cache = PageCache::new(1, 1, Pulse::default(), HeaderMap::new());
    let renders = Arc::new(AtomicUsize::new(0));
    let request = HeaderMap::new();
    let ask = |seconds: u64| {
        let (cache, renders, request) = (&cache, renders.clone(), &request);
        async move {
            let render = || {
                let renders = renders.clone();
                async move {
                    let number = renders.fetch_add(1, Ordering::SeqCst);
                    let mut response = page(&format!("page {number}"), &[]);
                    let fresh_for = FreshFor(Duration::from_secs(seconds));
                    response.extensions_mut().insert(fresh_for);
                    response
                }
            };
            let response = cache
                .answer("/", ROUTE, request, Asker::Writer, render)
                .await;
            text(response).await
        }
    };
    // Its time is over at once, again and again: it is made for whoever asks, and kept by nobody.
    let first = ask(0).await;
    assert_ne!(ask(0).await, first);
    let long = ask(600).await;
    assert_eq!(ask(600).await, long);
}

#[tokio::test]
async fn a_known_page_is_not_sent_again_and_what_broke_is_not_kept() {
    let kitchen = Kitchen::open();
    for (taken, encoding) in [
        ("", ""),
        ("gzip, br, zstd", "zstd"),
        ("gzip, br", "br"),
        ("gzip;q=0.5, br;q=0", "gzip"),
    ] {
        let mut request = HeaderMap::new();
        request.insert(ACCEPT_ENCODING, HeaderValue::from_static(taken));
        let first = kitchen.ask_as("/", Asker::Anyone, &request).await;
        let found = first.headers().get(CONTENT_ENCODING);
        assert_eq!(found.map_or("", |name| name.to_str().unwrap()), encoding);
        request.insert(IF_NONE_MATCH, first.headers()[ETAG].clone());
        let second = kitchen.ask_as("/", Asker::Anyone, &request).await;
        assert_eq!(second.status(), StatusCode::NOT_MODIFIED, "{taken}");
        request.insert(
            IF_NONE_MATCH,
            HeaderValue::from_static("\"other\", W/\"more\""),
        );
        let third = kitchen.ask_as("/", Asker::Anyone, &request).await;
        assert_eq!(third.status(), StatusCode::OK, "{taken}");
    }
    assert_eq!(kitchen.renders(), 1, "all forms are of one render");
    kitchen.say("broken");
    let request = HeaderMap::new();
    let broken = kitchen.ask_as("/x", Asker::Anyone, &request).await;
    assert_eq!(broken.status(), StatusCode::SERVICE_UNAVAILABLE);
    kitchen.say("fine");
    let mended = kitchen.ask_as("/x", Asker::Anyone, &request).await;
    assert_eq!(mended.status(), StatusCode::OK);
}

#[tokio::test]
async fn at_the_door_only_what_is_kept_and_true_is_answered() {
    let kitchen = Kitchen::open();
    let mut request = HeaderMap::new();
    let now = |request: &HeaderMap| kitchen.cache.answer_now("/", request);
    assert!(now(&request).is_none(), "nothing is kept");
    kitchen.ask_as("/", Asker::Anyone, &request).await;
    let (first, route) = now(&request).expect("it is kept");
    assert_eq!(route, ROUTE);
    let etag = first.headers()[ETAG].clone();
    assert_eq!(text(first).await, "hello");
    request.insert(IF_NONE_MATCH, etag);
    let (known, _) = now(&request).expect("it is kept");
    assert_eq!(known.status(), StatusCode::NOT_MODIFIED);
    assert!(known.headers().get(CONTENT_ENCODING).is_none());
    request.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
    assert!(now(&request).is_none(), "nobody asked for that form yet");
    kitchen.cache.invalidate(&tags(&["mug"]), Instant::now());
    assert!(now(&HeaderMap::new()).is_none(), "it may be old");
    kitchen.say("gone");
    kitchen.ask_as("/", Asker::Writer, &HeaderMap::new()).await;
    assert!(now(&HeaderMap::new()).is_none(), "it is not there");
}

#[tokio::test]
async fn what_is_not_there_is_kept_too() {
    let kitchen = Kitchen::open();
    kitchen.say("gone");
    let request = HeaderMap::new();
    for _ in 0..2 {
        let response = kitchen.ask_as("/", Asker::Anyone, &request).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
        assert!(response.headers().get(ETAG).is_none());
        assert_eq!(text(response).await, "gone");
    }
    assert_eq!(kitchen.renders(), 1);
    kitchen.say("here");
    kitchen.cache.invalidate(&tags(&["mug"]), long_ago());
    assert_eq!(kitchen.ask().await, "here");
}

#[tokio::test]
async fn pages_say_their_tags_to_cdns() {
    let cache = PageCache::new(1, 1, Pulse::default(), HeaderMap::new());
    let render = || async { page("hello", &["product:mug", "odd tag,\n"]) };
    let request = HeaderMap::new();
    let response = cache
        .answer("/", ROUTE, &request, Asker::Anyone, render)
        .await;
    assert_eq!(
        response.headers()["surrogate-key"],
        "product:mug odd%20tag%2C%0A"
    );
    assert_eq!(
        response.headers()["cache-tag"],
        "product:mug,odd%20tag%2C%0A"
    );
}

#[tokio::test]
async fn its_bytes_are_bounded_with_all_their_forms() {
    let cache = PageCache::new(1, 1, Pulse::default(), HeaderMap::new());
    // Text that hardly compresses, so that forms weigh.
    let body = |number: u64| {
        let mut state = number + 1;
        let mut text = String::new();
        while text.len() < 60_000 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            text.push_str(&format!("{:016x}", state));
        }
        text
    };
    for number in 0..24_u64 {
        for taken in ["", "gzip", "zstd"] {
            let mut request = HeaderMap::new();
            request.insert(ACCEPT_ENCODING, HeaderValue::from_static(taken));
            let render = || async move { page(&body(number), &[]) };
            let key = format!("/{number}");
            cache
                .answer(&key, ROUTE, &request, Asker::Anyone, render)
                .await;
        }
    }
    let (pages, forms) = (cache.0.pages.as_ref().unwrap(), &cache.0.forms);
    pages.run_pending_tasks();
    forms.run_pending_tasks();
    let kept: u64 = pages.iter().map(|(_, page)| u64::from(page.weight())).sum();
    let sent: u64 = forms.iter().map(|(_, form)| u64::from(form.weight())).sum();
    // The part for what is sent is full but for one more form, the page as it is, that does not fit.
    let full = 1024 * 1024 / SENT - 61_000;
    assert!(kept > 400_000 && sent > full, "{kept} {sent}");
    assert!(kept + sent <= 1024 * 1024, "{kept} {sent}");
    let counted = pages.weighted_size() + forms.weighted_size();
    assert!((kept + sent..=1024 * 1024).contains(&counted), "{counted}");
}

#[tokio::test]
async fn without_postgresql_a_page_is_what_it_was_and_afterwards_it_is_new() {
    let kitchen = Kitchen::open();
    assert_eq!(kitchen.ask().await, "hello");
    // Changes can't be followed, and rendering fails, again and again: the last page is still there.
    kitchen.say("broken");
    kitchen.pulse.set(Beat::Unsure);
    kitchen.cache.invalidate_all();
    assert_eq!(kitchen.ask().await, "hello");
    assert_eq!(kitchen.ask().await, "hello");
    kitchen.pulse.set(Beat::Lost);
    kitchen.cache.invalidate_all();
    assert_eq!(kitchen.ask().await, "hello");
    // It answers again, but the page can't be made: what is known to be old is not shown.
    kitchen.pulse.set(Beat::Steady);
    assert_eq!(kitchen.ask().await, "");
    kitchen.say("new");
    assert_eq!(kitchen.ask().await, "new");
    // A known change, then silence: nothing newer can be had, so it is what it was, and not what it was before.
    kitchen.say("broken");
    kitchen.cache.invalidate(&tags(&["mug"]), long_ago());
    kitchen.pulse.set(Beat::Lost);
    assert_eq!(kitchen.ask().await, "new");
}

#[tokio::test]
async fn an_unsure_pulse_renders_what_can_be_rendered() {
    let kitchen = Kitchen::open();
    assert_eq!(kitchen.ask().await, "hello");
    kitchen.say("new");
    kitchen.pulse.set(Beat::Unsure);
    kitchen.cache.invalidate_all();
    assert_eq!(kitchen.ask().await, "new");
}
