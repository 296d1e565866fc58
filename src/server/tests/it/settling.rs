//! An order is paid by whichever news comes first: the shopper's return, the webhook, or the worker that asks. With any two of
//! them missing, the third is enough; and each is the only one left in one of these tests.

use crate::browser::Shopper;
use crate::world::{Plan, World, eventually};
use serde_json::json;

async fn placed(world: &World) -> (Shopper, crate::browser::Paying) {
    let shopper = world.shopper();
    shopper.add(&world.variant("LAST-TEN").await, 1).await;
    let paying = shopper.place_as_ada().await;
    assert_eq!(world.stock("LAST-TEN").await, (10, 1, 0));
    (shopper, paying)
}

async fn assert_paid_once(world: &World) {
    let number = world
        .one(
            "SELECT number FROM orders WHERE email = $1",
            "ada@example.com",
        )
        .await;
    world.until_order_is(&number, "paid").await;
    assert_eq!(world.stock("LAST-TEN").await, (9, 0, 1));
    assert_eq!(world.simulator.captures().await.len(), 1);
    world.until_jobs_are_done().await;
    assert_eq!(world.mails().len(), 1);
}

#[tokio::test]
async fn the_return_alone_settles_when_webhooks_are_signed_with_another_secret() {
    let plan = Plan {
        settings: vec![(
            "RIALTO_STRIPE_WEBHOOK_SECRET",
            "whsec_of_another".to_owned(),
        )],
        ..Plan::default()
    };
    let world = World::with(plan).await;
    let (shopper, paying) = placed(&world).await;
    let paid = shopper.pay(&paying).await;
    eventually(
        "a webhook was refused, and said so in the log",
        async || !world.server.logged("a webhook was refused").is_empty(),
    )
    .await;
    // Nothing of it was believed, nothing of it kept.
    assert_eq!(world.count("SELECT count(*) FROM webhook_event").await, 0);
    assert_eq!(
        world
            .count("SELECT count(*) FROM orders WHERE state = 'payment_due'")
            .await,
        1
    );
    eventually("the provider saw the refusal", async || {
        let ledger = world.simulator.ledger().await;
        ledger["events"]
            .as_array()
            .is_some_and(|events| events.iter().any(|event| event["status"] == 400))
    })
    .await;
    let returned = shopper.follow(&paid).await.expect(303);
    shopper
        .follow(&returned)
        .await
        .says("Thank you. It is yours.");
    assert_paid_once(&world).await;
}

#[tokio::test]
async fn the_webhook_alone_settles_when_the_shopper_never_returns() {
    let world = World::start().await;
    let (_shopper, paying) = placed(&world).await;
    world.simulator.pay(paying.session()).await;
    assert_paid_once(&world).await;
    let by = world
        .one(
            "SELECT cause FROM audit_log WHERE action = $1",
            "order.paid",
        )
        .await;
    // Who took the message, or a worker who was quicker to act on it.
    assert!(by.starts_with("webhook"), "not the webhook, but {by}");
}

#[tokio::test]
async fn the_worker_s_asking_alone_settles_when_all_webhooks_are_lost() {
    let world = World::start().await;
    world
        .simulator
        .faults(json!({ "webhooks": { "drop": 1.0 } }))
        .await;
    let (_shopper, paying) = placed(&world).await;
    world.simulator.pay(paying.session()).await;
    // Nobody has spoken of it for a while: the worker asks about such attempts.
    sqlx::query("UPDATE payment_attempt SET updated_at = updated_at - interval '1 minute'")
        .execute(&world.db)
        .await
        .unwrap();
    assert_paid_once(&world).await;
    assert_eq!(world.count("SELECT count(*) FROM webhook_event").await, 0);
    let by = world
        .one(
            "SELECT cause FROM audit_log WHERE action = $1",
            "order.paid",
        )
        .await;
    assert_eq!(by, "reconciler");
}

#[tokio::test]
async fn all_at_once_and_often_is_one_payment() {
    let world = World::start().await;
    world
        .simulator
        .faults(json!({ "webhooks": { "duplicate": 5, "reorder_ms": 40 } }))
        .await;
    let (shopper, paying) = placed(&world).await;
    let paid = shopper.pay(&paying).await;
    let back = paid.location();
    let returns = tokio::join!(
        shopper.get(back),
        shopper.get(back),
        shopper.get(back),
        shopper.get(back)
    );
    for returned in [returns.0, returns.1, returns.2, returns.3] {
        shopper
            .follow(&returned.expect(303))
            .await
            .says("Thank you. It is yours.");
    }
    assert_paid_once(&world).await;
    eventually("every copy of every event was acknowledged", async || {
        let ledger = world.simulator.ledger().await;
        let events = ledger["events"].as_array().cloned().unwrap_or_default();
        events.len() == 2 && events.iter().all(|event| event["delivery"] == "delivered")
    })
    .await;
    assert_eq!(world.count("SELECT count(*) FROM webhook_event").await, 2);
    assert_eq!(
        world
            .count("SELECT count(*) FROM stock_ledger WHERE cause = 'sale'")
            .await,
        1
    );
    world.server.assert_unbroken();
}

#[tokio::test]
async fn an_order_is_taken_though_the_provider_does_not_answer_and_can_be_paid_later() {
    let world = World::start().await;
    world
        .simulator
        .faults(json!({ "requests": [{ "kind": "reset" }] }))
        .await;
    let shopper = world.shopper();
    shopper.add(&world.variant("LAST-TEN").await, 1).await;
    let placed = shopper
        .checkout_as_ada()
        .await
        .press(&shopper)
        .await
        .expect(303);
    assert!(placed.location().starts_with("/en-eu/orders/"), "{placed}");
    let page = shopper.follow(&placed).await.expect(200);
    let page = page.says("We could not reach the payment service. Nothing was charged.");
    assert_eq!(world.stock("LAST-TEN").await, (10, 1, 0));
    let pay = page.form("/pay");
    // Asked again in vain, it says so again; nothing was opened twice.
    let in_vain = pay.press(&shopper, "", "").await.expect(303);
    let page = shopper.follow(&in_vain).await.expect(200);
    page.says("We could not reach the payment service. Nothing was charged.");
    world.simulator.faults(json!({ "requests": [] })).await;
    let leads = pay.press(&shopper, "", "").await.expect(303);
    let paying = crate::browser::Paying {
        url: leads.location().to_owned(),
    };
    shopper
        .pay_and_return(&paying)
        .await
        .says("Thank you. It is yours.");
    let number = world
        .one(
            "SELECT number FROM orders WHERE email = $1",
            "ada@example.com",
        )
        .await;
    world.until_order_is(&number, "paid").await;
    assert_eq!(world.stock("LAST-TEN").await, (9, 0, 1));
    assert_eq!(world.simulator.captures().await.len(), 1);
    world.until_jobs_are_done().await;
    assert_eq!(
        world.simulator.sessions().await.len(),
        1,
        "one page to pay at"
    );
    // The worker may have been faster than the shopper, and mailed the link.
    let mails = world.mails();
    let links = mails.iter().filter(|mail| mail.contains("can be paid"));
    let links = links.count();
    assert!(links <= 1 && mails.len() == links + 1, "{mails:#?}");
}
