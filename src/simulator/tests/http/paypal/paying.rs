//! Orders, captures and refunds as they should be.

use super::{Account, first_capture, issue, order, press, types};
use crate::world::{Hook, Shop, World, eventually};
use serde_json::json;

#[tokio::test]
async fn an_order_is_approved_captured_and_told_by_signed_webhooks() {
    let shop = Shop::open(0).await;
    let world = World::with_webhooks(Some(&shop.url));
    let account = Account::open(&world).await;
    let made = account
        .post("/v2/checkout/orders", &order("25.25", "EUR"), "k")
        .await;
    assert_eq!(made.json["status"], "PAYER_ACTION_REQUIRED");
    let id = made.json["id"].as_str().unwrap();
    let link = &made.json["links"][1];
    assert_eq!(link["rel"], "payer-action");

    let page = world.client.get(link["href"].as_str().unwrap());
    let page = page.send().await.unwrap().text().await.unwrap();
    assert!(page.contains("Pay €25.25</button>"), "{page}");
    assert!(!page.contains("<script"), "{page}");
    let early = account.capture(id, "early").await;
    assert_eq!(issue(&early), (422, &json!("ORDER_NOT_APPROVED")));

    assert_eq!(
        press(&world, id, "pay").await,
        format!("http://127.0.0.1:9/return?provider=paypal&token={id}&PayerID=SIMULATEDPAYR")
    );
    let approved = account.get(&format!("/v2/checkout/orders/{id}")).await.json;
    assert_eq!(approved["status"], "APPROVED");
    let captured = account.capture(id, "k").await;
    assert_eq!(captured.status, 201, "{}", captured.text);
    assert_eq!(captured.json["status"], "COMPLETED");
    let capture = first_capture(&captured.json);
    assert_eq!(
        (&capture["status"], &capture["custom_id"]),
        (&json!("COMPLETED"), &json!("attempt-1"))
    );
    assert_eq!(
        capture["amount"],
        json!({"currency_code": "EUR", "value": "25.25"})
    );

    let hooks = shop.until(|hooks| hooks.len() >= 2).await;
    assert_eq!(
        types(&hooks),
        ["CHECKOUT.ORDER.APPROVED", "PAYMENT.CAPTURE.COMPLETED"]
    );
    for hook in &hooks {
        let verified = account.verifies(hook, &hook.body, "WH-SIMULATOR").await;
        assert_eq!(verified, "SUCCESS", "{}", hook.body);
        let other = hook.body.replace("25.25", "2.25");
        let forged = account.verifies(hook, &other, "WH-SIMULATOR").await;
        assert_eq!(forged, "FAILURE");
        let foreign = account.verifies(hook, &hook.body, "WH-OTHER").await;
        assert_eq!(foreign, "FAILURE");
    }
    let told = hooks.iter().map(Hook::event);
    let told = told.filter(|event| event["resource_type"] == "capture");
    for event in told {
        let resource = &event["resource"];
        assert_eq!(
            resource["supplementary_data"]["related_ids"]["order_id"],
            id
        );
        assert_eq!(resource["invoice_id"], "R-1001");
    }
    let ledger = world.ledger().await;
    let line = &ledger["captures"][0];
    assert_eq!(
        (&line["provider"], &line["order"], &line["attempt"]),
        (&json!("paypal"), &json!("R-1001"), &json!("attempt-1"))
    );
    assert_eq!(
        (&line["amount"], &line["currency"]),
        (&json!(2525), &json!("eur"))
    );
    assert_eq!(ledger["totals"]["eur"]["captured"], 2525);
    assert_eq!(ledger["providers"]["paypal"]["eur"]["captures"], 1);
}

#[tokio::test]
async fn the_same_request_id_gets_the_same_answer() {
    let world = World::start();
    let account = Account::open(&world).await;
    let path = "/v2/checkout/orders";
    let first = account.post(path, &order("1.00", "EUR"), "k").await;
    let again = account.post(path, &order("1.00", "EUR"), "k").await;
    assert_eq!((again.status, &again.text), (200, &first.text));
    let other = account.post(path, &order("1.01", "EUR"), "k").await;
    assert_eq!(issue(&other), (422, &json!("DUPLICATE_REQUEST_ID")));

    let id = first.json["id"].as_str().unwrap();
    press(&world, id, "pay").await;
    // The key of creating the order counts for that alone.
    let at_once = (0..8).map(|_| account.capture(id, "k"));
    let answers = futures::future::join_all(at_once).await;
    assert!(
        answers
            .iter()
            .all(|answer| answer.status < 300 && answer.text == answers[0].text)
    );
    let made = answers.iter().filter(|answer| answer.status == 201);
    assert_eq!(made.count(), 1);
    let other = account.capture(id, "another").await;
    assert_eq!(issue(&other), (422, &json!("ORDER_ALREADY_CAPTURED")));
    let ledger = world.ledger().await;
    assert_eq!(ledger["captures"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn never_more_goes_back_than_was_captured() {
    let shop = Shop::open(0).await;
    let world = World::with_webhooks(Some(&shop.url));
    let account = Account::open(&world).await;
    let capture = account.paid("25.25", "EUR", "k").await;
    let part =
        json!({"amount": {"currency_code": "EUR", "value": "20.00"}, "invoice_id": "refund-1"});
    let at_once = (0..8).map(|_| account.refund(&capture, &part, "r1"));
    let answers = futures::future::join_all(at_once).await;
    assert!(
        answers
            .iter()
            .all(|answer| answer.status < 300 && answer.text == answers[0].text)
    );
    let over = account.refund(&capture, &part, "r2").await;
    assert_eq!(issue(&over), (422, &json!("REFUND_AMOUNT_EXCEEDED")));
    let foreign = json!({"amount": {"currency_code": "USD", "value": "1.00"}});
    let foreign = account.refund(&capture, &foreign, "r3").await;
    assert_eq!(
        issue(&foreign),
        (422, &json!("REFUND_CAPTURE_CURRENCY_MISMATCH"))
    );
    let path = format!("/v2/payments/captures/{capture}");
    let found = account.get(&path).await.json;
    assert_eq!(found["status"], "PARTIALLY_REFUNDED");
    let rest = account.refund(&capture, &json!({}), "r4").await;
    assert_eq!(rest.json["status"], "COMPLETED", "{}", rest.text);
    let done = account.refund(&capture, &json!({}), "r5").await;
    assert_eq!(issue(&done), (422, &json!("CAPTURE_FULLY_REFUNDED")));
    assert_eq!(account.get(&path).await.json["status"], "REFUNDED");
    let path = format!("/v2/payments/refunds/{}", rest.json["id"].as_str().unwrap());
    assert_eq!(account.get(&path).await.json["amount"]["value"], "5.25");
    let hooks = shop.until(|hooks| hooks.len() >= 4).await;
    let refunds = types(&hooks);
    let refunds = refunds
        .iter()
        .filter(|kind| *kind == "PAYMENT.CAPTURE.REFUNDED");
    assert_eq!(refunds.count(), 2);
    let ledger = world.ledger().await;
    assert_eq!(ledger["totals"]["eur"]["refunded"], 2525);
    assert_eq!(ledger["captures"][0]["amount_refunded"], 2525);
    let line = &ledger["refunds"][0];
    assert_eq!(
        (&line["amount"], &line["capture"], &line["invoice_id"]),
        (&json!(2000), &json!(capture), &json!("refund-1"))
    );
}

#[tokio::test]
async fn payers_cancel_are_declined_and_come_again() {
    let shop = Shop::open(0).await;
    let world = World::with_webhooks(Some(&shop.url));
    let account = Account::open(&world).await;
    let id = account.order("9.90", "USD", "k").await;
    assert_eq!(
        press(&world, &id, "cancel").await,
        format!("http://127.0.0.1:9/cart?token={id}")
    );
    press(&world, &id, "decline").await;
    let declined = account.capture(&id, "k").await;
    assert_eq!(issue(&declined), (422, &json!("INSTRUMENT_DECLINED")));
    assert!(declined.json["debug_id"].as_str().is_some());
    let page = declined.json["links"].as_array().unwrap();
    let page = page.iter().find(|link| link["rel"] == "redirect").unwrap();
    assert_eq!(
        page["href"],
        format!("{}/checkoutnow?token={id}", world.origin)
    );
    assert_eq!(world.ledger().await["captures"], json!([]));
    press(&world, &id, "pay").await;
    assert_eq!(account.capture(&id, "k").await.status, 201);
    let hooks = shop.until(|hooks| hooks.len() >= 4).await;
    assert_eq!(
        types(&hooks),
        [
            "CHECKOUT.ORDER.APPROVED",
            "CHECKOUT.ORDER.APPROVED",
            "PAYMENT.CAPTURE.COMPLETED",
            "PAYMENT.CAPTURE.DENIED"
        ]
    );
}

#[tokio::test]
async fn a_pending_capture_is_no_money_until_it_is_settled() {
    let world = World::start();
    let account = Account::open(&world).await;
    for completes in [true, false] {
        let id = account.order("5.00", "EUR", &format!("{completes}")).await;
        let wish = json!({"id": id, "wish": "pending"});
        let done = world.control("pay", &wish).await;
        assert_eq!(done.json["outcome"], "paid", "{}", done.text);
        let held = account.capture(&id, &format!("{completes}")).await.json;
        let capture = first_capture(&held);
        assert_eq!(capture["status"], "PENDING");
        let path = format!("captures/{}/settle", capture["id"].as_str().unwrap());
        let verdict = json!({ "completes": completes });
        assert_eq!(world.control(&path, &verdict).await.status, 204);
        assert_eq!(world.control(&path, &verdict).await.status, 409);
        let order = account.get(&format!("/v2/checkout/orders/{id}")).await.json;
        let status = if completes { "COMPLETED" } else { "DECLINED" };
        assert_eq!(first_capture(&order)["status"], status);
    }
    let ledger = world.ledger().await;
    assert_eq!(ledger["totals"]["eur"]["captures"], 1);
}

#[tokio::test]
async fn paypals_books_survive_a_kill() {
    let shop = Shop::open(0).await;
    let mut world = World::start();
    let token = {
        let account = Account::open(&world).await;
        let capture = account.paid("7.00", "EUR", "k").await;
        account.refund(&capture, &json!({}), "r").await;
        account.token
    };
    let before = world.ledger().await;
    world.kill_and_restart();
    assert_eq!(world.ledger().await, before);
    let account = Account {
        world: &world,
        token,
    };
    let capture = before["captures"][0]["id"].as_str().unwrap();
    let again = account.refund(capture, &json!({}), "r").await;
    assert_eq!(
        again.status, 200,
        "the old token and the old key: {}",
        again.text
    );
    assert_eq!(world.ledger().await["totals"]["eur"]["refunds"], 1);
    world
        .control("webhook-url", &json!({ "url": shop.url }))
        .await;
    eventually("deliveries", async || {
        let events = world.ledger().await["events"].clone();
        let events = events.as_array().unwrap().clone();
        events.len() == 3 && events.iter().all(|event| event["delivery"] == "delivered")
    })
    .await;
    for hook in shop.hooks() {
        let verified = account.verifies(&hook, &hook.body, "WH-SIMULATOR").await;
        assert_eq!(verified, "SUCCESS");
    }
}
