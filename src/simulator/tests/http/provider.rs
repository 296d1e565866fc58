//! The provider over HTTP, as the shop meets it.

use crate::world::{KEY, SECRET, SESSION, Shop, World, eventually, kinds};
use serde_json::json;

const GOOD: &str = "4242 4242 4242 4242";
const DECLINED: &str = "4000 0000 0000 0002";

#[tokio::test]
async fn a_session_is_paid_on_the_page_and_told_by_a_signed_webhook() {
    let shop = Shop::open(0).await;
    let world = World::with_webhooks(Some(&shop.url));
    let session = world.open().await;
    assert_eq!(session["amount_total"], 2525);
    assert_eq!(session["status"], "open");
    assert_eq!(session["payment_status"], "unpaid");
    assert_eq!(session["metadata"]["order"], "R-1001");
    let id = session["id"].as_str().unwrap();
    let url = session["url"].as_str().unwrap();

    let page = world
        .client
        .get(url)
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(page.contains("Pay €25.25</button>"), "{page}");
    assert!(
        page.contains("Beeswax &#60;candle&#62;"),
        "markup in names is text: {page}"
    );
    assert!(page.contains(r#"href="http://127.0.0.1:9/cart""#));

    let paid = world.pay(id, GOOD).await;
    assert_eq!(paid.status(), 303);
    assert_eq!(
        paid.headers()["location"],
        format!("http://127.0.0.1:9/done?session={id}")
    );

    let hooks = shop.until(|hooks| hooks.len() >= 2).await;
    assert_eq!(
        kinds(&hooks),
        ["checkout.session.completed", "payment_intent.succeeded"]
    );
    for hook in &hooks {
        assert!(hook.verifies(SECRET));
        assert!(!hook.verifies("whsec_other"));
    }
    let seen = world
        .get(&format!(
            "/v1/checkout/sessions/{id}?expand[]=payment_intent.latest_charge"
        ))
        .await
        .json;
    assert_eq!(
        (&seen["status"], &seen["payment_status"]),
        (&json!("complete"), &json!("paid"))
    );
    assert_eq!(seen["payment_intent"]["amount_received"], 2525);
    assert_eq!(seen["payment_intent"]["latest_charge"]["captured"], true);
    assert_eq!(seen["url"], json!(null));
    let completed = hooks
        .iter()
        .map(crate::world::Hook::event)
        .find(|event| event["type"] == "checkout.session.completed")
        .unwrap();
    assert_eq!(completed["data"]["object"]["id"], id);
    assert_eq!(
        completed["data"]["object"]["payment_intent"],
        seen["payment_intent"]["id"]
    );
}

#[tokio::test]
async fn paying_many_times_at_once_captures_once() {
    let world = World::start();
    let session = world.open().await;
    let id = session["id"].as_str().unwrap();
    let answers = futures::future::join_all((0..16).map(|_| world.pay(id, GOOD))).await;
    assert!(answers.iter().all(|answer| answer.status() == 303));
    let ledger = world.ledger().await;
    assert_eq!(ledger["captures"].as_array().unwrap().len(), 1);
    assert_eq!(ledger["totals"]["eur"]["captured"], 2525);
}

#[tokio::test]
async fn a_declined_card_is_told_on_the_page_and_another_may_follow() {
    let world = World::start();
    let session = world.open().await;
    let id = session["id"].as_str().unwrap();
    let answer = world.pay(id, DECLINED).await;
    assert_eq!(answer.status(), 200);
    let page = answer.text().await.unwrap();
    assert!(page.contains("Your card was declined."), "{page}");
    assert!(
        page.contains("4000 0000 0000 0002"),
        "what was typed stays: {page}"
    );
    assert_eq!(world.ledger().await["captures"], json!([]));
    let intent = world
        .get(&format!(
            "/v1/checkout/sessions/{id}?expand[]=payment_intent"
        ))
        .await
        .json;
    assert_eq!(
        intent["payment_intent"]["last_payment_error"]["code"],
        "card_declined"
    );

    for (card, said) in [
        ("4242", "invalid"),
        ("", "incomplete"),
        ("4242 4242 4242 4241", "invalid"),
    ] {
        let page = world.pay(id, card).await.text().await.unwrap();
        assert!(
            page.contains(&format!("Your card number is {said}.")),
            "{card}: {page}"
        );
    }
    assert_eq!(world.pay(id, GOOD).await.status(), 303);
    let ledger = world.ledger().await;
    assert_eq!(ledger["intents"].as_array().unwrap().len(), 1);
    assert_eq!(ledger["captures"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn an_expired_session_says_so_and_takes_no_money() {
    let world = World::start();
    let session = world.open().await;
    let id = session["id"].as_str().unwrap();
    let path = format!("/v1/checkout/sessions/{id}/expire");
    assert_eq!(world.post(&path, &[]).await.json["status"], "expired");
    let again = world.post(&path, &[]).await;
    assert_eq!(again.status, 400);
    assert!(again.text.contains("status of `expired`"));
    let answer = world.pay(id, GOOD).await;
    assert_eq!(answer.status(), 410);
    assert!(answer.text().await.unwrap().contains("expired"));
    assert_eq!(world.ledger().await["charges"], json!([]));
}

#[tokio::test]
async fn the_same_key_gets_the_same_answer_and_another_body_an_error() {
    let world = World::start();
    let path = "/v1/checkout/sessions";
    let first = world.post_as(path, &SESSION, Some("key-1")).await;
    let id = first.json["id"].as_str().unwrap().to_owned();
    world.pay(&id, GOOD).await;
    let again = world.post_as(path, &SESSION, Some("key-1")).await;
    assert_eq!(
        first.text, again.text,
        "as it was answered first, though it is paid by now"
    );
    assert_eq!(again.headers["idempotent-replayed"], "true");
    let mut other = SESSION;
    other[2].1 = "1251";
    let refused = world.post_as(path, &other, Some("key-1")).await;
    assert_eq!(refused.status, 400);
    assert_eq!(refused.json["error"]["type"], "idempotency_error");

    let intent = first_intent(&world, &id).await;
    let refund = [("payment_intent", intent.as_str()), ("amount", "100")];
    let at_once = (0..8).map(|_| world.post_as("/v1/refunds", &refund, Some("key-2")));
    let answers = futures::future::join_all(at_once).await;
    assert!(
        answers
            .iter()
            .all(|answer| answer.status == 200 && answer.text == answers[0].text)
    );
    assert_eq!(world.ledger().await["totals"]["eur"]["refunded"], 100);
}

async fn first_intent(world: &World, session: &str) -> String {
    let session = world
        .get(&format!("/v1/checkout/sessions/{session}"))
        .await
        .json;
    session["payment_intent"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn never_more_is_refunded_than_was_captured() {
    let world = World::start();
    let id = world.open().await["id"].as_str().unwrap().to_owned();
    world.pay(&id, GOOD).await;
    let intent = first_intent(&world, &id).await;
    let refund = async |amount: &str| {
        world
            .post(
                "/v1/refunds",
                &[("payment_intent", &intent), ("amount", amount)],
            )
            .await
    };
    assert_eq!(refund("2000").await.json["status"], "succeeded");
    let over = refund("526").await;
    assert_eq!(
        (over.status, &over.json["error"]["param"]),
        (400, &json!("amount"))
    );
    assert!(
        over.text
            .contains("greater than unrefunded amount on charge (€5.25)")
    );
    for wrong in ["0", "-1", "1.5", "x", "99999999999999999999"] {
        assert_eq!(refund(wrong).await.status, 400, "{wrong}");
    }
    let rest = world
        .post("/v1/refunds", &[("payment_intent", &intent)])
        .await;
    assert_eq!(rest.json["amount"], 525);
    let done = world
        .post("/v1/refunds", &[("payment_intent", &intent)])
        .await;
    assert_eq!(done.json["error"]["code"], "charge_already_refunded");
    assert_eq!(world.ledger().await["totals"]["eur"]["refunded"], 2525);
    let found = world
        .get(&format!(
            "/v1/refunds/{}",
            rest.json["id"].as_str().unwrap()
        ))
        .await;
    assert_eq!(found.json["amount"], 525);
}

#[tokio::test]
async fn intents_are_confirmed_captured_canceled_and_declined() {
    let world = World::start();
    let make = async |method: &str, capture: &str| {
        let form = [
            ("amount", "1500"),
            ("currency", "JPY"),
            ("confirm", "true"),
            ("payment_method", method),
            ("capture_method", capture),
        ];
        world.post("/v1/payment_intents", &form).await
    };
    let held = make("pm_card_visa", "manual").await.json;
    assert_eq!(
        (&held["status"], &held["amount_capturable"]),
        (&json!("requires_capture"), &json!(1500))
    );
    let path = format!("/v1/payment_intents/{}", held["id"].as_str().unwrap());
    let over = world
        .post(&format!("{path}/capture"), &[("amount_to_capture", "1501")])
        .await;
    assert_eq!(over.json["error"]["code"], "amount_too_large");
    let captured = world
        .post(&format!("{path}/capture"), &[("amount_to_capture", "1400")])
        .await
        .json;
    assert_eq!(
        (&captured["status"], &captured["amount_received"]),
        (&json!("succeeded"), &json!(1400))
    );
    for verb in ["capture", "cancel"] {
        let late = world.post(&format!("{path}/{verb}"), &[]).await;
        assert_eq!(
            late.json["error"]["code"],
            "payment_intent_unexpected_state"
        );
        assert_eq!(late.json["error"]["payment_intent"]["status"], "succeeded");
    }
    let other = make("pm_card_visa", "manual").await.json;
    let path = format!(
        "/v1/payment_intents/{}/cancel",
        other["id"].as_str().unwrap()
    );
    assert_eq!(world.post(&path, &[]).await.json["status"], "canceled");
    let refused = make("pm_card_chargeDeclined", "automatic").await;
    assert_eq!(refused.status, 402);
    assert_eq!(refused.json["error"]["code"], "card_declined");
    assert_eq!(
        refused.json["error"]["payment_intent"]["status"],
        "requires_payment_method"
    );
    assert_eq!(world.ledger().await["totals"]["jpy"]["captured"], 1400);
    let charges = world.get("/v1/charges?limit=2").await.json;
    assert_eq!(
        (
            charges["data"].as_array().unwrap().len(),
            &charges["has_more"]
        ),
        (2, &json!(true))
    );
}

#[tokio::test]
async fn wrong_requests_get_stripes_errors() {
    let world = World::start();
    let path = "/v1/checkout/sessions";
    let url = format!("{}{path}", world.origin);
    assert_eq!(
        world
            .client
            .post(&url)
            .form(&SESSION)
            .send()
            .await
            .unwrap()
            .status(),
        401
    );
    let wrong = world
        .client
        .post(&url)
        .bearer_auth("sk_test_wrong")
        .form(&SESSION);
    assert_eq!(wrong.send().await.unwrap().status(), 401);
    let basic = world
        .client
        .post(&url)
        .basic_auth(KEY, Some(""))
        .form(&SESSION);
    assert_eq!(basic.send().await.unwrap().status(), 200);

    let with = |name: &'static str, value: &'static str| {
        let mut form = SESSION.to_vec();
        form.retain(|(known, _)| *known != name);
        form.push((name, value));
        form
    };
    for (name, value, code) in [
        (
            "line_items[0][price_data][unit_amount]",
            "-1",
            "parameter_invalid_integer",
        ),
        ("line_items[0][quantity]", "0", "parameter_invalid_integer"),
        (
            "line_items[0][price_data][unit_amount]",
            "9223372036854775807",
            "amount_too_large",
        ),
        (
            "line_items[0][price_data][unit_amount]",
            "100000000",
            "amount_too_large",
        ),
        ("success_url", "javascript:alert(1)", "url_invalid"),
        ("success_url", "", "parameter_invalid_empty"),
        ("customer_email", "nobody", "email_invalid"),
        ("nonsense", "1", "parameter_unknown"),
        ("line_items[0][nonsense]", "1", "parameter_unknown"),
    ] {
        let answer = world.post(path, &with(name, value)).await;
        assert_eq!(
            (answer.status, &answer.json["error"]["code"]),
            (400, &json!(code)),
            "{name}={value}: {}",
            answer.text
        );
        assert_eq!(answer.json["error"]["type"], "invalid_request_error");
    }
    for (name, value) in [
        ("line_items[1][price_data][currency]", "usd"),
        ("mode", "setup"),
        ("expires_at", "1000"),
        ("line_items[0][price_data][currency]", "zzz"),
    ] {
        assert_eq!(
            world.post(path, &with(name, value)).await.status,
            400,
            "{name}={value}"
        );
    }
    let missing = world.get("/v1/checkout/sessions/cs_test_none").await;
    assert_eq!(
        (missing.status, &missing.json["error"]["code"]),
        (404, &json!("resource_missing"))
    );
    let nowhere = world.get("/v1/nowhere").await;
    assert_eq!(nowhere.status, 404);
    assert!(nowhere.text.contains("Unrecognized request URL"));
    assert_eq!(
        world.ledger().await["sessions"].as_array().unwrap().len(),
        1
    );
}

#[tokio::test]
async fn the_ledger_survives_a_kill_and_a_torn_line() {
    let mut world = World::start();
    let paid = world
        .post_as("/v1/checkout/sessions", &SESSION, Some("key-1"))
        .await;
    let id = paid.json["id"].as_str().unwrap().to_owned();
    let open = world.open().await["id"].as_str().unwrap().to_owned();
    world.pay(&id, GOOD).await;
    let intent = first_intent(&world, &id).await;
    world
        .post_as(
            "/v1/refunds",
            &[("payment_intent", &intent), ("amount", "25")],
            Some("key-2"),
        )
        .await;
    let before = world.ledger().await;
    world.kill();
    let torn = &std::fs::read(world.ledger_file()).unwrap()[..40];
    let mut file = std::fs::OpenOptions::new()
        .append(true)
        .open(world.ledger_file())
        .unwrap();
    std::io::Write::write_all(&mut file, torn).unwrap();
    drop(file);
    world.start_again();
    assert_eq!(world.ledger().await, before);
    let refund = [("payment_intent", intent.as_str()), ("amount", "25")];
    let again = world.post_as("/v1/refunds", &refund, Some("key-2")).await;
    assert_eq!(again.headers["idempotent-replayed"], "true");
    assert_eq!(world.pay(&id, GOOD).await.status(), 303);
    assert_eq!(world.pay(&open, GOOD).await.status(), 303);
    world.kill_and_restart();
    let after = world.ledger().await;
    assert_eq!(after["totals"]["eur"]["captures"], 2);
    assert_eq!(after["totals"]["eur"]["refunded"], 25);
}

#[tokio::test]
async fn webhooks_are_tried_again_and_survive_a_restart() {
    let shop = Shop::open(3).await;
    let mut world = World::start();
    let id = world.open().await["id"].as_str().unwrap().to_owned();
    world.pay(&id, GOOD).await;
    world.kill_and_restart();
    let pending = world.ledger().await;
    assert!(
        pending["events"]
            .as_array()
            .unwrap()
            .iter()
            .all(|event| event["delivery"] == "pending")
    );
    world
        .control("webhook-url", &json!({ "url": shop.url }))
        .await;
    eventually("deliveries", async || {
        let events = world.ledger().await["events"].clone();
        events
            .as_array()
            .unwrap()
            .iter()
            .all(|event| event["delivery"] == "delivered")
    })
    .await;
    let hooks = shop.hooks();
    assert_eq!(hooks.len(), 5, "three refused, two taken");
    assert!(hooks.iter().all(|hook| hook.verifies(SECRET)));
    let events = world
        .get("/v1/events?type=checkout.session.completed")
        .await
        .json;
    assert_eq!(events["data"][0]["data"]["object"]["id"], id.as_str());
    assert_eq!(events["data"][0]["pending_webhooks"], 0);
}
