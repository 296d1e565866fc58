//! Redis may vanish at any time, and nobody waits for it.

use futures::FutureExt;
use shop::redis::{Limits, Redis};
use shop::testing::{RedisServer, connect, redis_url, until};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const LONG: Duration = Duration::from_secs(600);

#[tokio::test]
async fn keeps_copies_and_forgets_them() {
    let redis = connect(&redis_url()).await;
    redis.set_ex("{bag}:one", b"1", LONG).await;
    redis.set_ex("{bag}:two", &[0, 255], LONG).await;

    assert_eq!(redis.get("{bag}:one").await, Some(b"1".to_vec()));
    assert_eq!(
        redis.mget(&["{bag}:two", "{bag}:three", "{bag}:one"]).await,
        [Some(vec![0, 255]), None, Some(b"1".to_vec())]
    );

    redis.del(&["{bag}:one", "{bag}:three"]).await;
    assert_eq!(redis.get("{bag}:one").await, None);
    assert_eq!(redis.get("{bag}:two").await, Some(vec![0, 255]));
}

#[tokio::test]
async fn copies_expire() {
    let redis = connect(&redis_url()).await;
    redis.set_ex("short", b"1", Duration::from_millis(5)).await;
    redis
        .set_newest("{short}", 1, Some(("en", b"1")), Duration::from_millis(5))
        .await;
    until("both are gone", async || {
        redis.get("short").await.is_none() && redis.get_newest("{short}", "en").await.is_none()
    })
    .await;
    assert!(redis.is_connected(), "they were gone because Redis was");
}

#[tokio::test]
async fn a_copy_gives_way_to_a_later_version_only() {
    let redis = connect(&redis_url()).await;
    let put = async |version, language, text: &str| {
        redis
            .set_newest("cart", version, Some((language, text.as_bytes())), LONG)
            .await;
    };
    let get = async |language| {
        let copied = redis.get_newest("cart", language).await;
        copied.map(|bytes| String::from_utf8(bytes).expect("text"))
    };

    put(5, "en", "five").await;
    put(4, "en", "four").await;
    put(4, "de", "vier").await;
    assert_eq!(get("en").await.as_deref(), Some("five"));
    assert_eq!(get("de").await, None);

    put(5, "de", "fünf").await;
    assert_eq!(get("en").await.as_deref(), Some("five"));
    assert_eq!(get("de").await.as_deref(), Some("fünf"));

    put(10, "de", "zehn").await;
    assert_eq!(
        get("en").await,
        None,
        "an older version in another language"
    );
    assert_eq!(get("de").await.as_deref(), Some("zehn"));

    redis.set_newest("cart", 11, None, LONG).await;
    assert_eq!(get("de").await, None);
    put(10, "de", "zehn").await;
    assert_eq!(get("de").await, None, "a copy older than what was dropped");
}

#[tokio::test]
async fn prefixes_keep_shops_apart() {
    let (one, other) = (connect(&redis_url()).await, connect(&redis_url()).await);
    one.set_ex("key", b"1", LONG).await;
    assert_eq!(other.get("key").await, None);
    assert_eq!(one.get("key").await, Some(b"1".to_vec()));
}

#[tokio::test]
async fn without_a_url_every_call_is_a_miss() {
    for redis in [
        Redis::none(),
        Redis::connect(None),
        Redis::connect(Some("not a url")),
    ] {
        redis.set_ex("key", b"1", LONG).await;
        redis.del(&["key"]).await;
        assert_eq!(redis.get("key").await, None);
        assert_eq!(redis.mget(&["key", "key"]).await, [None, None]);
        assert!(!redis.is_connected());
    }
}

#[tokio::test]
async fn a_frozen_redis_is_waited_for_once() {
    let server = RedisServer::started();
    let limits = Limits {
        prefix: String::new(),
        deadline: Duration::from_millis(200),
        pause: Duration::from_millis(20),
    };
    let redis = Redis::with(&server.url(), limits);
    until("it is there", async || redis.is_connected()).await;
    // A busy machine may miss a deadline: try until it is stored.
    until("it is stored", async || {
        redis.set_ex("key", b"1", LONG).await;
        redis.get("key").await.is_some()
    })
    .await;

    server.freeze();
    until("a call notices", async || {
        redis.get("key").await.is_none() && !redis.is_connected()
    })
    .await;
    for _ in 0..1000 {
        let answer = redis.get("key").now_or_never();
        assert_eq!(answer, Some(None), "a call waited for a frozen Redis");
    }
    // The task in the background gets to try, and does not take the silence for an answer.
    let mut turns = 0;
    until("several attempts", async || {
        turns += 1;
        assert!(!redis.is_connected());
        turns > 50
    })
    .await;

    server.thaw();
    until("what was stored is there again", async || {
        redis.get("key").await == Some(b"1".to_vec())
    })
    .await;
}

#[tokio::test]
async fn a_killed_redis_is_found_again() {
    let mut server = RedisServer::new();
    // It is not there when the shop starts.
    let limits = Limits {
        deadline: Duration::from_secs(5),
        pause: Duration::from_millis(20),
        ..Limits::default()
    };
    let redis = Redis::with(&server.url(), limits);
    assert_eq!(redis.get("key").await, None);

    server.start();
    until("it is there", async || redis.is_connected()).await;
    redis.set_ex("key", b"1", LONG).await;
    assert_eq!(redis.get("key").await, Some(b"1".to_vec()));

    server.kill();
    assert_eq!(redis.get("key").await, None);
    redis.set_ex("key", b"2", LONG).await;

    server.start();
    until("it is there again", async || redis.is_connected()).await;
    assert_eq!(redis.get("key").await, None, "it came back empty");
}

#[tokio::test]
async fn a_word_reaches_whoever_listens_also_once_redis_is_back() {
    let mut server = RedisServer::started();
    let redis = connect(&server.url()).await;
    let heard = Arc::new(AtomicUsize::new(0));
    let count = || heard.load(Ordering::SeqCst);
    let listening = tokio::spawn({
        let (redis, heard) = (redis.clone(), heard.clone());
        async move {
            redis
                .listen("changed", move || {
                    heard.fetch_add(1, Ordering::SeqCst);
                })
                .await;
        }
    });
    for is_first in [true, false] {
        // Whoever begins to listen may have missed a word, so one is heard at once.
        let before = if is_first {
            0
        } else {
            let before = count();
            server.kill();
            server.start();
            before
        };
        until("it listens", async || count() > before).await;
        let before = count();
        until("the word comes", async || {
            redis.publish("another").await;
            redis.publish("changed").await;
            count() > before
        })
        .await;
    }
    listening.abort();
}
