//! Redis holds copies of carts: they spare PostgreSQL, and may vanish.

use crate::{add, change, lines, read};
use domain::Storefront;
use shop::redis::{Limits, Redis};
use shop::testing::{RedisServer, TestShop, connect, until};
use shop::{Failure, cart, customer};
use sqlx::PgPool;
use std::time::Duration;

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_warm_read_asks_redis_only(db: PgPool) {
    let shop = TestShop::new(db).await;
    let mug = shop.product("calle-mug").price(2400).stock(10).await;
    let (token, guest) = customer::begin_session(&shop, None).await.unwrap();
    let changed = shop.add(&guest, mug.variant(), 2).await;
    let german: Storefront = "de-eu".parse().unwrap();
    let filled = cart::read(&shop, Some(&guest), &german, 0).await.unwrap();

    shop.db.close().await;
    let found = customer::find_session(&shop, &token).await.unwrap();
    assert_eq!(found, Some(guest));
    let warm = cart::read(&shop, Some(&guest), &shop.eu(), changed.version)
        .await
        .unwrap();
    assert_eq!(warm, changed, "what the change wrote");
    let warm = cart::read(&shop, Some(&guest), &german, 0).await.unwrap();
    assert_eq!(warm, filled, "what the miss wrote");

    let cold = cart::read(&shop, Some(&guest), &shop.eu(), changed.version + 1).await;
    assert!(
        matches!(cold, Err(Failure::Broken(_))),
        "a copy older than what the browser saw"
    );
    let cold = cart::read(&shop, Some(&guest), &shop.us(), 0).await;
    assert!(
        matches!(cold, Err(Failure::Broken(_))),
        "a copy of another market"
    );
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_change_drops_the_copies_in_other_languages(db: PgPool) {
    let shop = TestShop::new(db).await;
    let mug = shop.product("calle-mug").price(2400).stock(10).await;
    let guest = shop.guest().await;
    let german: Storefront = "de-eu".parse().unwrap();
    shop.add(&guest, mug.variant(), 1).await;
    cart::read(&shop, Some(&guest), &german, 0).await.unwrap();
    shop.add(&guest, mug.variant(), 1).await;
    let fresh = cart::read(&shop, Some(&guest), &german, 0).await.unwrap();
    assert_eq!(lines(&fresh), [(mug.variant(), 2)]);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn flushing_redis_between_calls_loses_nothing(db: PgPool) {
    let server = RedisServer::started();
    let redis = connect(&server.url()).await;
    let shop = TestShop::build(db).redis(redis).start().await;
    let mug = shop.product("calle-mug").price(2400).stock(10).await;
    let (token, guest) = customer::begin_session(&shop, None).await.unwrap();
    for count in 1..=3 {
        server.flush().await;
        assert_eq!(
            customer::find_session(&shop, &token).await.unwrap(),
            Some(guest)
        );
        let changed = shop.add(&guest, mug.variant(), 1).await;
        assert_eq!(lines(&changed), [(mug.variant(), count)]);
        server.flush().await;
        assert_eq!(read(&shop, &guest).await, changed);
    }
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_frozen_or_killed_redis_loses_nothing(db: PgPool) {
    let mut server = RedisServer::started();
    let limits = Limits {
        pause: Duration::from_millis(20),
        ..Limits::default()
    };
    let redis = Redis::with(&server.url(), limits);
    until("Redis is there", async || redis.is_connected()).await;
    let shop = TestShop::build(db).redis(redis).start().await;
    let mug = shop.product("calle-mug").price(2400).stock(10).await;
    let (token, guest) = customer::begin_session(&shop, None).await.unwrap();
    let before = shop.add(&guest, mug.variant(), 1).await;

    server.freeze();
    assert_eq!(
        customer::find_session(&shop, &token).await.unwrap(),
        Some(guest)
    );
    assert_eq!(read(&shop, &guest).await, before);
    let frozen = shop.add(&guest, mug.variant(), 1).await;
    assert_eq!(lines(&frozen), [(mug.variant(), 2)]);
    // The copy it still holds is older than what the browser saw.
    server.thaw();
    until("Redis is back", async || shop.redis.is_connected()).await;
    let thawed = cart::read(&shop, Some(&guest), &shop.eu(), frozen.version)
        .await
        .unwrap();
    assert_eq!(thawed, frozen);

    server.kill();
    assert_eq!(
        customer::find_session(&shop, &token).await.unwrap(),
        Some(guest)
    );
    let killed = change(&shop, &guest, add(mug.variant(), 1)).await.unwrap();
    assert_eq!(lines(&killed), [(mug.variant(), 3)]);
    assert_eq!(read(&shop, &guest).await, killed);
}
