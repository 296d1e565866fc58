//! A saved card, charged by the worker when the provider is back: against the simulator, as Stripe publishes it.

use crate::world::{World, eventually};
use serde_json::json;

/// A customer whom the provider knows, with a card of the provider's test cards; and the shop knows both.
async fn save_card(world: &World, card: &str) {
    let email = [("email", "ada@example.com")];
    let made = world.simulator.post("/v1/customers", &email).await;
    let customer = made["id"].as_str().expect("its id").to_owned();
    sqlx::query(
        "WITH known AS (
             INSERT INTO provider_customer (customer_id, provider, reference, created_at)
             SELECT customer_id, 'stripe', $1, now() FROM cart RETURNING customer_id)
         INSERT INTO saved_payment_method (customer_id, id, provider, reference, label, created_at)
         SELECT customer_id, gen_random_uuid(), 'stripe', $2, 'Visa, ending in 4242', now() FROM known",
    )
    .bind(customer)
    .bind(card)
    .execute(&world.db)
    .await
    .expect("it is saved");
}

/// One order, placed while the provider opens no pages.
async fn placed(world: &World, card: &str, charges: serde_json::Value) -> String {
    let shopper = world.shopper();
    shopper.add(&world.variant("LAST-TEN").await, 1).await;
    save_card(world, card).await;
    let mut faults = vec![json!({ "kind": "status500", "operation": "session.create", "next": 1 })];
    faults.extend(charges.as_array().cloned().unwrap_or_default());
    world.simulator.faults(json!({ "requests": faults })).await;
    let checkout = shopper.checkout_as_ada().await;
    let placed = checkout.press(&shopper).await.expect(303);
    assert!(
        placed.location().contains("/orders/"),
        "{}",
        placed.location()
    );
    let query = "SELECT number FROM orders WHERE email = $1";
    world.one(query, "ada@example.com").await
}

async fn assert_paid_once(world: &World, number: &str) {
    world.until_order_is(number, "paid").await;
    assert_eq!(world.stock("LAST-TEN").await, (9, 0, 1));
    assert_eq!(world.simulator.captures().await.len(), 1);
    world.until_jobs_are_done().await;
    let mails = world.mails();
    assert_eq!(mails.len(), 1, "{mails:#?}");
}

#[tokio::test]
async fn a_saved_card_pays_when_the_provider_is_back() {
    let world = World::start().await;
    let number = placed(&world, "pm_card_visa", json!([])).await;
    assert_paid_once(&world, &number).await;
    let ledger = world.simulator.ledger().await;
    assert_eq!(ledger["captures"][0]["order"], number.as_str());
}

#[tokio::test]
async fn a_charge_whose_answer_is_lost_is_found_at_the_provider() {
    let world = World::start().await;
    // Neither its answer nor its message arrives: the provider's list tells.
    world
        .simulator
        .faults(json!({ "webhooks": { "drop": 1.0 } }))
        .await;
    let lost = json!([{ "kind": "charge_then_timeout", "operation": "intent.create", "next": 1, "ms": 100 }]);
    let number = placed(&world, "pm_card_visa", lost).await;
    eventually("it was charged, and nobody knows", async || {
        world
            .count("SELECT count(*) FROM payment_attempt WHERE charge_method IS NOT NULL AND state = 'unknown'")
            .await
            == 1
    })
    .await;
    sqlx::query("UPDATE payment_attempt SET updated_at = updated_at - interval '1 minute'")
        .execute(&world.db)
        .await
        .unwrap();
    assert_paid_once(&world, &number).await;
}

#[tokio::test]
async fn who_is_declined_gets_the_link() {
    let world = World::start().await;
    let number = placed(&world, "pm_card_chargeDeclined", json!([])).await;
    eventually("the link is mailed", async || !world.mails().is_empty()).await;
    world.until_jobs_are_done().await;
    let mails = world.mails();
    assert_eq!(mails.len(), 1, "{mails:#?}");
    assert!(mails[0].contains(&number), "{}", mails[0]);
    let sessions = world.simulator.sessions().await;
    let open = sessions.iter().filter(|one| one["status"] == "open");
    assert_eq!(open.count(), 1);
    assert_eq!(world.simulator.captures().await.len(), 0);
}
