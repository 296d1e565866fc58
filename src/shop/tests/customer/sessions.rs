//! A browser's session.

use crate::sql;
use shop::customer::{SESSION_LASTS, begin_session, find_session};
use shop::testing::TestShop;
use sqlx::PgPool;
use time::Duration;

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_token_leads_to_its_session(db: PgPool) {
    let shop = TestShop::new(db).await;
    let (token, session) = begin_session(&shop, None).await.unwrap();
    let (other_token, other) = begin_session(&shop, None).await.unwrap();
    assert_ne!(session.customer, other.customer);
    assert_eq!(find_session(&shop, &token).await.unwrap(), Some(session));
    assert_eq!(
        find_session(&shop, &other_token).await.unwrap(),
        Some(other)
    );

    // Without the copy as well.
    let plain = TestShop::build(shop.db.clone())
        .without_redis()
        .start()
        .await;
    assert_eq!(find_session(&plain, &token).await.unwrap(), Some(session));
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn tokens_are_unknown_to_the_database(db: PgPool) {
    let shop = TestShop::new(db).await;
    let (token, session) = begin_session(&shop, None).await.unwrap();
    assert_eq!(token.len(), 43);
    assert_eq!(
        sql::token_hashes(&shop.db).await,
        [session.token_hash.to_vec()]
    );
    assert_ne!(session.token_hash.as_slice(), token.as_bytes());
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn foreign_tokens_lead_nowhere(db: PgPool) {
    let shop = TestShop::new(db).await;
    let (token, _) = begin_session(&shop, None).await.unwrap();
    let swapped: String = token.chars().rev().collect();
    for foreign in [
        "",
        "x",
        &token[1..],
        &swapped,
        &format!("{token}A"),
        &"é".repeat(43),
    ] {
        assert_eq!(
            find_session(&shop, foreign).await.unwrap(),
            None,
            "{foreign}"
        );
    }
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_session_ends_after_180_days(db: PgPool) {
    let shop = TestShop::new(db.clone()).await;
    let plain = TestShop::build(db).without_redis().seed(2).start().await;
    let (token, session) = begin_session(&shop, None).await.unwrap();
    let last_moment = shop.clock.time() + SESSION_LASTS - Duration::SECOND;
    for shop in [&shop, &plain] {
        shop.clock.set(last_moment);
        assert_eq!(find_session(shop, &token).await.unwrap(), Some(session));
        shop.clock.advance(Duration::SECOND);
        assert_eq!(find_session(shop, &token).await.unwrap(), None);
    }
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn beginning_is_written_to_the_audit_log(db: PgPool) {
    let shop = TestShop::new(db).await;
    let (_, session) = begin_session(&shop, Some("trace-7".to_owned()))
        .await
        .unwrap();
    let entry = sql::audit_entry(&shop.db, "session.begin").await;
    assert_eq!(entry.subject, session.customer.to_string());
    assert_eq!(entry.actor["customer"], session.customer.to_string());
    assert_eq!(entry.trace.as_deref(), Some("trace-7"));
}
