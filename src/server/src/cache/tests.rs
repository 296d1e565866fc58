//! What is kept, for how long, and what is shown when nothing can be rendered.

use super::*;
use axum::response::IntoResponse;
use http::header::{ETAG, IF_NONE_MATCH};
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
    let cache = PageCache::new(1, Pulse::default());
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
    let cache = PageCache::new(1, Pulse::default());
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

async fn futures_join<F: Future<Output = Response>>(all: impl Iterator<Item = F>) -> Vec<Response> {
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
    let cache = PageCache::new(1, Pulse::default());
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
    let cache = PageCache::new(1, Pulse::default());
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

#[tokio::test]
async fn without_postgresql_a_page_is_what_it_was_and_afterwards_it_is_new() {
    let pulse = Pulse::default();
    let cache = PageCache::new(1, pulse.clone());
    let request = HeaderMap::new();
    let broken = async || StatusCode::SERVICE_UNAVAILABLE.into_response();
    let (old, new) = (
        async || page("old", &["home"]),
        async || page("new", &["home"]),
    );
    let ask = |render: &'static str| {
        let (cache, request) = (&cache, &request);
        async move {
            let response = match render {
                "old" => cache.answer("/".to_owned(), request, old).await,
                "new" => cache.answer("/".to_owned(), request, new).await,
                _ => cache.answer("/".to_owned(), request, broken).await,
            };
            (response.status(), text(response).await)
        }
    };
    let known = (StatusCode::OK, "old".to_owned());
    assert_eq!(ask("old").await, known);
    // Changes can't be followed, and rendering fails, again and again: the last page is still there.
    pulse.set(Beat::Unsure);
    cache.invalidate_all();
    assert_eq!(ask("broken").await, known);
    assert_eq!(ask("broken").await, known);
    pulse.set(Beat::Lost);
    cache.invalidate_all();
    assert_eq!(ask("broken").await, known);
    // It answers again, but the page can't be made: what is known to be old is not shown.
    pulse.set(Beat::Steady);
    assert_eq!(ask("broken").await.0, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(ask("new").await, (StatusCode::OK, "new".to_owned()));
    // A known change, then silence: nothing newer can be had, so it is what it was, and not what it was before.
    cache.invalidate(&["home".to_owned()]);
    pulse.set(Beat::Lost);
    assert_eq!(ask("broken").await, (StatusCode::OK, "new".to_owned()));
}

#[tokio::test]
async fn an_unsure_pulse_renders_what_can_be_rendered() {
    let pulse = Pulse::default();
    let cache = PageCache::new(1, pulse.clone());
    let request = HeaderMap::new();
    let old = cache.answer("/".to_owned(), &request, async || page("old", &[]));
    assert_eq!(text(old.await).await, "old");
    pulse.set(Beat::Unsure);
    cache.invalidate_all();
    let new = cache.answer("/".to_owned(), &request, async || page("new", &[]));
    assert_eq!(text(new.await).await, "new");
}
