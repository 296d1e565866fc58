//! Codes at the checkout, hints in the bag, and a destination that was chosen there: as forms, without a script.

use crate::world::{World, rialto};
use serde_json::json;

async fn world() -> World {
    let world = World::start().await;
    let file = world.folder.path().join("promotions.json");
    let promotions = json!({ "promotions": [
        { "name": "ten", "title": { "en": "Ten off", "de": "Zehn weniger" }, "codes": ["TENOFF"],
          "takes": { "percent": 10 } },
        { "name": "big", "title": { "en": "Five for a full bag", "de": "Fünf für eine volle Tasche" },
          "takes": { "amount": { "eu": "5.00", "us": "5.00" } }, "from": { "eu": "50.00", "us": "50.00" }, "priority": 30 },
        { "name": "three", "title": { "en": "Three of a kind", "de": "Drei gleiche" },
          "takes": { "percent": 5 }, "on": { "skus": ["VASE"] }, "units": 3, "priority": 20 },
        { "name": "four", "title": { "en": "Four of a kind", "de": "Vier gleiche" },
          "takes": { "percent": 5 }, "on": { "skus": ["VASE"] }, "units": 4, "priority": 10 },
    ] });
    std::fs::write(&file, promotions.to_string()).expect("a file");
    let import = ["promotions", "import", &file.to_string_lossy()];
    rialto(&world.folder, &world.database, &import).must();
    world
}

#[tokio::test]
async fn a_code_is_entered_at_the_checkout_and_what_was_typed_stays() {
    let world = world().await;
    let shopper = world.shopper();
    shopper.add(&world.variant("VASE").await, 1).await;
    let mut checkout = shopper.checkout_as_ada().await;
    let before = checkout.total();
    checkout.form.fill("code", "no-such");
    let refused = checkout.form.press(&shopper, "action", "code").await;
    let refused = refused.expect(422).says("We don't know that code.");
    assert_eq!(refused.header("cache-control"), "no-store");
    let form = refused.form("/checkout");
    assert_eq!(form.get("code"), Some("no-such"), "{refused}");
    assert_eq!(form.get("city"), Some("Venezia"));

    checkout.form.fill("code", " tenoff ");
    let taken = checkout.form.press(&shopper, "action", "code").await;
    let taken = taken.expect(200).says("Ten off").says("TENOFF");
    let mut form = taken.form("/checkout");
    assert_eq!(form.get("name"), Some("Ada Lovelace"));
    let total: i64 = form.get("seen_total").unwrap().parse().unwrap();
    assert_eq!(total, before - 200, "ten per cent of 19.99");
    let fewer = form.press(&shopper, "remove", "TENOFF").await.expect(200);
    assert!(!fewer.words().contains("Ten off"), "{fewer}");

    // A code that was typed counts before anything is ordered.
    form.fill("code", "TENOFF");
    let looked_at = form.press(&shopper, "action", "place").await.expect(200);
    assert_eq!(world.count("SELECT count(*) FROM orders").await, 0);
    let placed = looked_at.form("/checkout");
    placed.press(&shopper, "action", "place").await.expect(303);
    let totals = "SELECT total_minor FROM orders";
    assert_eq!(world.count(totals).await, before - 200);
    world.server.assert_unbroken();
}

#[tokio::test]
async fn the_bag_hints_at_two_rules_that_more_would_bring() {
    let world = world().await;
    let shopper = world.shopper();
    shopper.add(&world.variant("VASE").await, 2).await;
    let bag = shopper.get("/en-eu/cart").await.expect(200);
    let bag = bag
        .says("Five for a full bag: €10.02 more, and it counts.")
        .says("Three of a kind: 1 more of what it is for, and it counts.");
    assert!(!bag.words().contains("Four of a kind:"), "two are enough");
    shopper
        .get("/de-eu/cart")
        .await
        .expect(200)
        .says("Drei gleiche: Noch 1 von dem, wofür er gilt");
}

#[tokio::test]
async fn the_destination_chosen_in_the_bag_is_the_checkout_s() {
    let world = World::start().await;
    let shopper = world.shopper();
    shopper.add(&world.variant("VASE").await, 1).await;
    let bag = shopper.get("/en-eu/cart").await.expect(200);
    let mut form = bag.form("/checkout/destination");
    form.fill("country", "ES");
    let chosen = form.send(&shopper).await.expect(303);
    assert_eq!(chosen.location(), "/en-eu/cart?country=ES&region=#estimate");
    let bag = shopper.get("/en-eu/cart?country=ES&region=").await;
    assert!(
        bag.expect(200)
            .text()
            .contains("<option value=\"ES\" selected")
    );
    let mut checkout = shopper.checkout().await;
    assert_eq!(checkout.form.get("country"), Some("ES"));
    assert!(checkout.form.get("delivery").is_some());

    // An address that was typed is not overwritten, and nonsense goes nowhere.
    checkout.fill(&[("country", "IT"), ("line1", "Calle dei Fabbri 1")]);
    checkout
        .form
        .press(&shopper, "action", "update")
        .await
        .expect(200);
    form.send(&shopper).await.expect(303);
    let other = [("country", "SE"), ("region", "<script>")];
    shopper
        .post("/en-eu/checkout/destination", &other)
        .await
        .expect(400);
    assert_eq!(shopper.checkout().await.form.get("country"), Some("IT"));
    world.server.assert_unbroken();
}
