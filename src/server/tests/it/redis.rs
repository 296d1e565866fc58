//! Redis may vanish at any time: killed, emptied and frozen, it costs no cart, session or order.

use crate::browser::{ADA, Shopper};
use crate::world::{World, eventually};

/// The bag through Redis: its copy is there, and served.
async fn warm(world: &World, shopper: &Shopper) {
    eventually("the bag is copied into Redis", async || {
        shopper.bag().await;
        world.redis.size() > 0
    })
    .await;
}

#[tokio::test]
async fn a_purchase_completes_while_redis_is_killed_emptied_and_frozen() {
    let mut world = World::start().await;
    let shopper = world.shopper();
    shopper.add(&world.variant("VASE").await, 1).await;
    warm(&world, &shopper).await;

    // Emptied: the session and the bag are still there.
    world.redis.empty();
    shopper
        .get("/en-eu/cart")
        .await
        .expect(200)
        .says("Dogana vase");
    warm(&world, &shopper).await;

    // Killed: the bag changes, and the checkout opens.
    world.redis.kill();
    shopper.add(&world.variant("MUG-LAGOON-350").await, 1).await;
    shopper
        .get("/en-eu/cart")
        .await
        .expect(200)
        .says("Dogana vase")
        .says("Calle mug");
    let mut checkout = shopper.checkout().await;
    checkout.fill(&ADA);

    // Back, empty, and warm again; then frozen with that copy in it.
    world.redis.start_again();
    warm(&world, &shopper).await;
    world.redis.freeze();
    let paying = checkout.place(&shopper).await;
    let paid = shopper.pay(&paying).await;
    let returned = shopper.follow(&paid).await.expect(303);
    shopper
        .follow(&returned)
        .await
        .expect(200)
        .says("Thank you. It is yours.");
    shopper
        .get("/en-eu/cart")
        .await
        .expect(200)
        .says("Nothing in it yet.");
    world.until_jobs_are_done().await;
    assert_eq!(world.mails().len(), 1);

    // Thawed: its old copy of the bag is not believed.
    world.redis.thaw();
    warm(&world, &shopper).await;
    shopper
        .get("/en-eu/cart")
        .await
        .expect(200)
        .says("Nothing in it yet.");
    let bag = shopper.bag().await;
    assert_eq!(bag["lines"], serde_json::json!([]), "{bag}");
    assert_eq!(
        world
            .count("SELECT count(*) FROM orders WHERE state = 'paid'")
            .await,
        1
    );
    world.server.assert_unbroken();
}

#[tokio::test]
async fn a_warm_bag_is_read_without_postgresql() {
    let world = World::start().await;
    let shopper = world.shopper();
    shopper.add(&world.variant("VASE").await, 1).await;
    warm(&world, &shopper).await;
    // What no answer from PostgreSQL could say: if it is said, Redis said it.
    sqlx::query("ALTER TABLE cart RENAME TO cart_away")
        .execute(&world.db)
        .await
        .unwrap();
    sqlx::query("ALTER TABLE session RENAME TO session_away")
        .execute(&world.db)
        .await
        .unwrap();
    shopper
        .get("/en-eu/cart")
        .await
        .expect(200)
        .says("Dogana vase");
    assert_eq!(
        shopper.bag().await["lines"].as_array().map(Vec::len),
        Some(1)
    );
    // And without Redis it could not be: the test would notice.
    world.redis.empty();
    assert_eq!(shopper.get("/en-eu/cart").await.status, 500);
}
