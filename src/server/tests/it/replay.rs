//! The same thing sent often is one thing.

use crate::browser::ADA;
use crate::world::World;
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_order_eight_times_at_once_is_one_order_and_eight_equal_answers() {
    let world = World::start().await;
    let shopper = std::sync::Arc::new(world.shopper());
    shopper.add(&world.variant("LAST-TEN").await, 2).await;
    let checkout = std::sync::Arc::new(shopper.checkout_as_ada().await);
    let sent: Vec<_> = (0..8)
        .map(|_| {
            let (shopper, checkout) = (shopper.clone(), checkout.clone());
            tokio::spawn(async move { checkout.press(&shopper).await })
        })
        .collect();
    let mut answers = Vec::new();
    for answer in sent {
        let answer = answer.await.unwrap();
        answers.push((answer.status, answer.location().to_owned()));
    }
    assert_eq!(answers[0].0, 303);
    assert!(answers[0].1.contains("/pay/cs_test_"), "{answers:?}");
    assert!(
        answers.iter().all(|answer| *answer == answers[0]),
        "{answers:?}"
    );
    assert_eq!(world.count("SELECT count(*) FROM orders").await, 1);
    assert_eq!(world.count("SELECT count(*) FROM payment_attempt").await, 1);
    assert_eq!(world.count("SELECT count(*) FROM idempotency_key").await, 1);
    assert_eq!(world.simulator.sessions().await.len(), 1);
    assert_eq!(world.stock("LAST-TEN").await, (10, 2, 0));

    // Later too, when the cart is long closed.
    let later = checkout.press(&shopper).await;
    assert_eq!((later.status, later.location().to_owned()), answers[0]);

    // The same key for something else is refused, and changes nothing.
    let before = world.snapshot().await;
    for (field, other) in [
        ("name", "Eve"),
        ("seen_total", "1"),
        ("email", "eve@example.com"),
    ] {
        let mut form = checkout.form.clone();
        form.fill(field, other);
        let refused = form.press(&shopper, "action", "place").await.expect(422);
        refused.says("This order was already placed with other details, so nothing was changed.");
    }
    assert_eq!(world.snapshot().await, before);

    // Someone else's key is not theirs to use.
    let eve = world.shopper();
    eve.add(&world.variant("VASE").await, 1).await;
    let mut theirs = eve.checkout_as_ada().await;
    theirs.form.fill("key", checkout.form.get("key").unwrap());
    let before = world.snapshot().await;
    theirs
        .press(&eve)
        .await
        .expect(422)
        .says("This order was already placed with other details");
    assert_eq!(world.snapshot().await, before);
    world.server.assert_unbroken();
}

#[tokio::test]
async fn a_cart_command_twice_is_one_change_by_form_and_by_call() {
    let world = World::start().await;
    let shopper = world.shopper();
    let variant = world.variant("VASE").await;
    let command = uuid::Uuid::now_v7().to_string();
    let fields = [
        ("variant", variant.as_str()),
        ("quantity", "2"),
        ("command", &command),
    ];
    shopper.post("/en-eu/cart/lines", &fields).await.expect(303);
    shopper.post("/en-eu/cart/lines", &fields).await.expect(303);
    assert_eq!(shopper.bag().await["lines"][0]["quantity"], 2);

    let command = uuid::Uuid::now_v7().to_string();
    let change = json!({ "kind": "add_line", "variant": variant, "quantity": 3 });
    let first = shopper
        .change("en-eu", &command, change.clone())
        .await
        .expect(200)
        .json();
    let again = shopper
        .change("en-eu", &command, change)
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&first["lines"][0]["quantity"], &first["version"]),
        (&json!(5), &json!(2))
    );
    assert_eq!(first, again);
    let other = json!({ "kind": "add_line", "variant": variant, "quantity": 4 });
    let reused = shopper
        .change("en-eu", &command, other)
        .await
        .expect(422)
        .json();
    assert_eq!(reused["code"], "error-command-reused");
    assert_eq!(shopper.bag().await, first);
}

#[tokio::test]
async fn an_agreed_total_is_the_charged_total_or_the_shopper_is_asked_again() {
    let world = World::start().await;
    let shopper = world.shopper();
    shopper.add(&world.variant("VASE").await, 1).await;
    let mut checkout = shopper.checkout().await;
    checkout.fill(&ADA);
    let raise = "UPDATE price SET amount_minor = 2099 WHERE market = 'eu'
                 AND variant_id = (SELECT id FROM variant WHERE sku = 'VASE')";
    sqlx::query(raise).execute(&world.db).await.unwrap();
    let before = world.snapshot().await;
    let asked = checkout.press(&shopper).await.expect(409);
    let asked = asked.says("The total is now €25.89; you saw €24.89.");
    assert_eq!(
        world.snapshot().await,
        before,
        "nothing was held or ordered"
    );
    // The page that asks carries the new total: agreeing to it places the order.
    let placed = asked
        .form("/checkout")
        .press(&shopper, "action", "place")
        .await
        .expect(303);
    assert!(placed.location().contains("/pay/"), "{placed}");
    assert_eq!(world.count("SELECT total_minor FROM orders").await, 2589);
    assert_eq!(world.simulator.sessions().await[0]["amount_total"], 2589);
}
