//! A whole purchase without a script: every arrow from the product's page to the mail, each asserted where it arrives.

use crate::browser::{ADA, Paying, Shopper, order_number, tags};
use crate::world::{World, eventually, files};
use serde_json::json;

#[tokio::test]
async fn a_purchase_by_forms_alone() {
    let world = World::start().await;
    let shopper = world.shopper();

    // The page knows its variants, and its form puts one into the bag.
    let page = shopper.get("/en-eu/product/calle-mug").await.expect(200);
    let mut buy = page.form("/en-eu/cart/lines");
    assert_eq!(buy.get("option1"), Some("Lagoon"));
    assert_eq!(
        buy.get("option2"),
        Some("350 ml"),
        "what is sold out is not chosen: {buy:?}"
    );
    buy.fill("option1", "Sand").fill("quantity", "2");
    let added = buy.send(&shopper).await.expect(303);
    assert_eq!(added.location(), "/en-eu/cart");

    // The bag shows it, and its forms change it.
    let bag = shopper
        .follow(&added)
        .await
        .expect(200)
        .says("Calle mug")
        .says("Glaze: Sand · Size: 350 ml")
        .says("€48.00");
    let mut line = bag.form(&format!(
        "/cart/lines/{}",
        world.variant("MUG-SAND-350").await
    ));
    assert_eq!(line.get("quantity"), Some("2"));
    let fewer = line
        .fill("quantity", "1")
        .press(&shopper, "", "")
        .await
        .expect(303);
    shopper.follow(&fewer).await.says("€24.00");
    shopper.add(&world.variant("VASE").await, 2).await;

    // The checkout asks, and prices what was typed when asked to.
    let mut checkout = shopper.checkout().await;
    checkout.fill(&ADA).fill(&[("country", "DE")]);
    let updated = checkout
        .form
        .press(&shopper, "action", "update")
        .await
        .expect(200);
    assert_eq!(updated.header("cache-control"), "no-store");
    let mut form = updated.form("/checkout");
    assert_eq!(
        (form.get("email"), form.get("country")),
        (Some("ada@example.com"), Some("DE")),
        "what was typed is kept"
    );
    form.fill("country", "IT").fill("delivery", "express");
    let updated = form.press(&shopper, "action", "update").await.expect(200);
    // 24.00 + 2 × 19.99 = 63.98; 370 g + 2 × 900 g = 2170 g by express to Italy cost 14.90.
    let form = updated.form("/checkout");
    assert_eq!(form.get("seen_total"), Some("7888"));
    let updated = updated.says("€63.98").says("€14.90").says("€78.88");

    // Placing holds the stock, writes the order, and leads to the provider's page.
    let placed = updated
        .form("/checkout")
        .press(&shopper, "action", "place")
        .await
        .expect(303);
    assert_eq!(placed.header("cache-control"), "no-store");
    let paying = placed.location().to_owned();
    assert!(
        paying.starts_with(&format!("{}/pay/cs_test_", world.simulator.origin)),
        "{paying}"
    );
    assert_eq!(world.stock("MUG-SAND-350").await, (3, 1, 0));
    assert_eq!(world.stock("VASE").await, (500, 2, 0));
    assert_eq!(
        world
            .count("SELECT count(*) FROM orders WHERE state = 'payment_due'")
            .await,
        1
    );
    let page = shopper.get(&paying).await.expect(200);
    page.says("€78.88")
        .says("Calle mug, Glaze: Sand · Size: 350 ml")
        .says("Dogana vase")
        .says("ada@example.com");

    // Paid there, the shopper comes back to a page that says so, and names the thing.
    let paid = shopper.pay(&Paying { url: paying }).await;
    assert!(
        paid.location()
            .starts_with(&format!("{}/en-eu/checkout/return?", world.server.origin)),
        "{paid}"
    );
    let returned = shopper.follow(&paid).await.expect(303);
    let number = order_number(returned.location());
    let thanks = shopper.follow(&returned).await.expect(200);
    let thanks = thanks
        .says("Thank you. It is yours.")
        .says("Your Calle mug and one other thing")
        .says(&number);
    thanks
        .says("€78.88")
        .says("Calle dei Fabbri 1")
        .says("Paid");

    // The hold became a sale, in stock and money.
    assert_eq!(world.stock("MUG-SAND-350").await, (2, 0, 1));
    assert_eq!(world.stock("VASE").await, (498, 0, 2));
    assert_eq!(world.simulator.captures().await, [7888]);
    assert_eq!(
        world
            .count("SELECT total_minor FROM orders WHERE state = 'paid'")
            .await,
        7888
    );

    // The webhooks came, were signed, kept and handled; the mail went out.
    eventually("the webhooks are handled", async || {
        world
            .count("SELECT count(*) FROM webhook_event WHERE handled_at IS NOT NULL")
            .await
            == 2
    })
    .await;
    world.until_jobs_are_done().await;
    let mails = world.mails();
    assert_eq!(mails.len(), 1, "{mails:#?}");
    let mail = &mails[0];
    for wanted in [
        "1 × Calle mug, Glaze: Sand · Size: 350 ml: €24.00",
        "2 × Dogana vase: €39.98",
        "€14.90",
        "€78.88",
        &number,
        "Ada Lovelace",
    ] {
        assert!(mail.contains(wanted), "no {wanted} in {mail}");
    }
    let html = &files(&world.folder.path().join("mail"), "html")[0];
    assert!(
        html.contains("Dogana vase") && html.contains("€78.88"),
        "{html}"
    );
    let message = &files(&world.folder.path().join("mail"), "eml")[0];
    assert!(message.contains("To: ada@example.com"), "{message}");

    // Where mail goes into a folder, a page lists it; nothing in a mail may run.
    let list = shopper.get("/dev/mail").await.expect(200);
    let of_list = tags(list.text());
    let shown = of_list
        .iter()
        .filter_map(|tag| tag.get("href"))
        .find(|href| href.ends_with(".html"));
    let shown = shopper
        .get(shown.expect("a mail in the list"))
        .await
        .expect(200);
    assert!(
        shown
            .header("content-security-policy")
            .starts_with("default-src 'none'"),
        "{shown}"
    );
    shown.says("Dogana vase");
    shopper.get("/dev/mail/..%2fledger.jsonl").await.expect(404);

    // The mail's link is the order's page, for whoever has it, and the bag is empty.
    let link = mail
        .lines()
        .find(|line| line.contains("/orders/"))
        .expect("a link")
        .trim();
    let stranger = world.shopper();
    stranger
        .get(link)
        .await
        .expect(200)
        .says(&number)
        .says("Paid");
    shopper.get("/en-eu/cart").await.says("Nothing in it yet.");
    world.server.assert_unbroken();
}

#[tokio::test]
async fn a_refused_form_keeps_what_was_typed_and_says_why_at_each_field() {
    let world = World::start().await;
    let shopper = world.shopper();
    shopper.add(&world.variant("VASE").await, 1).await;
    let mut checkout = shopper.checkout().await;
    checkout.fill(&[
        ("email", "ada@"),
        ("name", "Ada"),
        ("line1", ""),
        ("postcode", "12345678901234567"),
        ("city", "X"),
    ]);
    let refused = checkout.press(&shopper).await.expect(422);
    assert_eq!(refused.header("cache-control"), "no-store");
    let page = refused.text();
    for (field, problem) in [
        (
            "email",
            "We need an e-mail address, such as ada@example.com.",
        ),
        ("line1", "We need this one."),
        ("postcode", "That is longer than a label can hold."),
    ] {
        let at_field = tags(page)
            .into_iter()
            .find(|tag| tag.get("id") == Some(&format!("{field}-problem")));
        assert_eq!(
            at_field.map(|tag| tag.after),
            Some(problem.to_owned()),
            "{field}"
        );
        let input = tags(page)
            .into_iter()
            .find(|tag| tag.get("id") == Some(field))
            .expect(field);
        assert_eq!(input.get("aria-invalid"), Some("true"));
        assert_eq!(
            input.get("aria-describedby"),
            Some(format!("{field}-problem").as_str())
        );
    }
    let mut form = refused.form("/checkout");
    assert_eq!(
        (form.get("email"), form.get("name")),
        (Some("ada@"), Some("Ada"))
    );
    assert_eq!(world.count("SELECT count(*) FROM orders").await, 0);
    // Mended, the same page places it.
    for (name, value) in ADA {
        form.fill(name, value);
    }
    form.press(&shopper, "action", "place").await.expect(303);
    assert_eq!(world.count("SELECT count(*) FROM orders").await, 1);
}

#[tokio::test]
async fn a_declined_card_can_be_tried_again_and_an_open_order_paid_later() {
    let world = World::start().await;
    let shopper = world.shopper();
    shopper.add(&world.variant("VASE").await, 1).await;
    let paying = shopper.place_as_ada().await;
    let declined = [
        ("card_number", "4000000000000002"),
        ("expiry", "12 / 34"),
        ("cvc", "123"),
    ];
    shopper
        .post(&paying.url, &declined)
        .await
        .expect(200)
        .says("declined");

    // They give up there, and come back by the order's page, whose button leads to the same open page.
    let (number, token): (String, String) = sqlx::query_as("SELECT number, token FROM orders")
        .fetch_one(&world.db)
        .await
        .unwrap();
    let order = format!("/en-eu/orders/{number}/{token}");
    let page = shopper
        .get(&order)
        .await
        .expect(200)
        .says("This order is not paid yet.");
    let again = page.form("/pay").press(&shopper, "", "").await.expect(303);
    assert_eq!(again.location(), paying.url);
    shopper
        .pay_and_return(&paying)
        .await
        .says("Thank you. It is yours.");
    assert_eq!(world.simulator.captures().await.len(), 1);
    // Paid, it can't be paid again: its page says how it stands, and offers no payment.
    let paid = shopper.post(&format!("{order}/pay"), &[]).await.expect(303);
    assert_eq!(paid.location(), order);
    let page = shopper.follow(&paid).await.expect(200).says("Paid");
    assert!(!page.text().contains("/pay\""), "{page}");
    assert_eq!(world.simulator.captures().await.len(), 1);
}

#[tokio::test]
async fn what_is_charged_is_what_was_shown() {
    let world = World::start().await;
    // New York: 8.875 % on goods and delivery, rounded once for the order.
    // (27.00 + 23.50 + 14.90) × 0.08875 = 5.80425 → 5.80; 65.40 + 5.80 = 71.20.
    let shopper = world.shopper();
    for sku in ["MUG-LAGOON-350", "VASE"] {
        let change =
            json!({ "kind": "add_line", "variant": world.variant(sku).await, "quantity": 1 });
        shopper
            .change("en-us", &uuid::Uuid::now_v7().to_string(), change)
            .await
            .expect(200);
    }
    let mut checkout = shopper.checkout_in("en-us").await;
    checkout.fill(&ADA).fill(&[
        ("country", "US"),
        ("region", "NY"),
        ("delivery", "standard"),
    ]);
    let updated = checkout
        .form
        .press(&shopper, "action", "update")
        .await
        .expect(200)
        .says("$71.20");
    let placed = updated
        .form("/checkout")
        .press(&shopper, "action", "place")
        .await
        .expect(303);
    shopper
        .get(placed.location())
        .await
        .expect(200)
        .says("$71.20");
    let sessions = world.simulator.sessions().await;
    assert_eq!(
        (&sessions[0]["amount_total"], &sessions[0]["currency"]),
        (&json!(7120), &json!("usd"))
    );
    assert_eq!(
        world
            .count("SELECT total_minor FROM orders WHERE currency = 'USD'")
            .await,
        7120
    );
    assert_eq!(
        world
            .count("SELECT amount_minor FROM payment_attempt")
            .await,
        7120
    );
}

#[tokio::test]
async fn the_shop_speaks_german_all_the_way() {
    let world = World::start().await;
    let shopper: Shopper = world.shopper();
    let german = shopper
        .get_with("/", &[("accept-language", "de-AT,de;q=0.9,en;q=0.5")])
        .await;
    assert_eq!(german.location(), "/de-eu/");
    let page = shopper.get("/de-eu/product/dogana-vase").await.expect(200);
    assert!(page.text().contains("<html lang=\"de\">"), "{page}");
    page.form("/de-eu/cart/lines")
        .send(&shopper)
        .await
        .expect(303);
    let mut checkout = shopper.checkout_in("de-eu").await;
    checkout.fill(&[("email", "ada")]);
    let refused = checkout.press(&shopper).await.expect(422);
    assert!(!refused.words().contains("We need"), "{refused}");
    checkout.fill(&ADA);
    let paying = checkout.place(&shopper).await;
    let thanks = shopper.pay_and_return(&paying).await.says("19,99 €");
    assert!(thanks.url.contains("/de-eu/orders/"), "{}", thanks.url);
    world.until_jobs_are_done().await;
    assert!(
        world.mails()[0].contains("19,99\u{a0}€"),
        "{}",
        world.mails()[0]
    );
}
