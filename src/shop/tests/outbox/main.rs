//! The outbox's tail misses nothing and repeats nothing, whatever order transactions commit in.

mod begun;
mod sql;

use shop::outbox::{self, Changes, MOST_TAGS, Position};
use shop::testing::{TestShop, until};
use shop::{Caller, Shop};
use sqlx::PgPool;

fn caller() -> Caller {
    Caller::machine("test", "test")
}

async fn say(shop: &Shop, tag: &str) {
    let mut tx = shop.begin().await.expect("a transaction");
    outbox::pages_changed(shop, &mut tx, &caller(), &[tag.to_owned()])
        .await
        .expect("it is written");
    tx.commit().await.expect("it is committed");
}

async fn tail(shop: &Shop, position: &Position) -> (Vec<String>, Position) {
    match outbox::tail(shop, position).await.expect("the tail") {
        (Changes::Tags(tags), next) => (tags, next),
        (Changes::Unknown, _) => panic!("that is no more than can be told"),
    }
}

/// Reads on until `count` tags came.
async fn read(shop: &Shop, position: &mut Position, count: usize) -> Vec<String> {
    let mut seen = Vec::new();
    until("the tags come", async || {
        let (tags, next) = tail(shop, position).await;
        *position = next;
        seen.extend(tags);
        seen.len() >= count
    })
    .await;
    seen.sort();
    seen
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn says_which_pages_changed_once(db: PgPool) {
    let shop = TestShop::build(db).without_redis().start().await;
    let mut position = outbox::position(&shop).await.expect("a position");
    say(&shop, "product:calle-mug").await;
    say(&shop, "home").await;
    say(&shop, "home").await;
    let mut seen = read(&shop, &mut position, 2).await;
    seen.dedup();
    assert_eq!(seen, ["home", "product:calle-mug"]);

    say(&shop, "category:cups").await;
    assert_eq!(read(&shop, &mut position, 1).await, ["category:cups"]);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_slow_transaction_holds_back_nothing_but_its_own_events(db: PgPool) {
    let shop = TestShop::build(db).without_redis().start().await;
    let position = outbox::position(&shop).await.expect("a position");
    let mut slow = shop.begin().await.expect("a transaction");
    outbox::pages_changed(&shop, &mut slow, &caller(), &["slow".to_owned()])
        .await
        .expect("it is written");
    say(&shop, "quick").await;

    let (tags, position) = tail(&shop, &position).await;
    assert_eq!(tags, ["quick"]);
    let (tags, position) = tail(&shop, &position).await;
    assert!(tags.is_empty(), "{tags:?} came twice, or too early");

    slow.commit().await.expect("it is committed");
    let (tags, position) = tail(&shop, &position).await;
    assert_eq!(tags, ["slow"]);
    let (tags, _) = tail(&shop, &position).await;
    assert!(tags.is_empty(), "{tags:?} came twice");
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn forgets_what_was_rolled_back(db: PgPool) {
    let shop = TestShop::build(db).without_redis().start().await;
    let mut position = outbox::position(&shop).await.expect("a position");
    let mut tx = shop.begin().await.expect("a transaction");
    outbox::pages_changed(&shop, &mut tx, &caller(), &["never".to_owned()])
        .await
        .expect("it is written");
    tx.rollback().await.expect("it is rolled back");
    say(&shop, "after").await;
    assert_eq!(read(&shop, &mut position, 1).await, ["after"]);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn loses_nothing_among_many_writers(db: PgPool) {
    let shop = TestShop::build(db).without_redis().start().await;
    let mut position = outbox::position(&shop).await.expect("a position");
    let writers: Vec<_> = (0..8)
        .map(|writer| {
            let shop = shop.shop();
            tokio::spawn(async move {
                for event in 0..10 {
                    say(&shop, &format!("{writer}-{event}")).await;
                }
            })
        })
        .collect();
    let seen = read(&shop, &mut position, 80).await;
    for writer in writers {
        writer.await.expect("the writer ends");
    }
    let mut expected: Vec<_> = (0..8)
        .flat_map(|writer| (0..10).map(move |event| format!("{writer}-{event}")))
        .collect();
    expected.sort();
    assert_eq!(seen, expected);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
#[should_panic(expected = "this test left jobs waiting: [\"mail\", \"search\"]")]
async fn a_test_that_leaves_jobs_waiting_fails(db: PgPool) {
    let shop = TestShop::build(db).without_redis().start().await;
    let mut tx = shop.begin().await.expect("a transaction");
    let event = outbox::Event {
        kind: "thing.happened",
        schema_version: 1,
        subject: None,
        customer: None,
        payload: serde_json::json!({}),
        jobs: &["mail", "search"],
    };
    outbox::write(&shop, &mut tx, &caller(), event)
        .await
        .expect("it is written");
    tx.commit().await.expect("it is committed");
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn more_than_can_be_told_is_not_told_one_by_one(db: PgPool) {
    let shop = TestShop::build(db).without_redis().start().await;
    let start = outbox::position(&shop).await.expect("a position");
    let tags: Vec<String> = (0..=MOST_TAGS)
        .map(|number| format!("product:{number}"))
        .collect();
    let mut tx = shop.begin().await.expect("a transaction");
    for some in tags.chunks(5_000) {
        outbox::pages_changed(&shop, &mut tx, &caller(), some)
            .await
            .expect("it is written");
    }
    tx.commit().await.expect("it is committed");
    let mut position = start;
    until("it is heard of", async || {
        let (changes, next) = outbox::tail(&shop, &position).await.expect("the tail");
        position = next;
        changes == Changes::Unknown
    })
    .await;
    say(&shop, "home").await;
    assert_eq!(read(&shop, &mut position, 1).await, ["home"]);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn much_is_told_in_events_that_are_not_long(db: PgPool) {
    let shop = TestShop::build(db).without_redis().start().await;
    let mut position = outbox::position(&shop).await.expect("a position");
    let mut tags: Vec<String> = (0..2_300).map(|n| format!("product:{n}")).collect();
    let mut tx = shop.begin().await.expect("a transaction");
    outbox::pages_changed(&shop, &mut tx, &caller(), &tags)
        .await
        .expect("it is written");
    tx.commit().await.expect("it is committed");
    assert_eq!(sql::tags_of_events(&shop.db).await, [300, 1_000, 1_000]);
    tags.sort();
    assert_eq!(read(&shop, &mut position, tags.len()).await, tags);
}
