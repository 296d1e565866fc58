//! The provider when it is told to misbehave.

use crate::world::{KEY, SESSION, Shop, World, eventually};
use serde_json::json;

#[tokio::test]
async fn a_charge_that_times_out_was_made_and_its_key_finds_it() {
    let world = World::start();
    let form = [
        ("amount", "900"),
        ("currency", "eur"),
        ("confirm", "true"),
        ("payment_method", "pm_card_visa"),
    ];
    world
        .control(
            "faults",
            &json!({"requests": [{"kind": "charge_then_timeout", "next": 1, "ms": 50}]}),
        )
        .await;
    let url = format!("{}/v1/payment_intents", world.origin);
    let lost = world
        .client
        .post(url)
        .bearer_auth(KEY)
        .header("idempotency-key", "k")
        .form(&form)
        .send()
        .await;
    assert!(lost.is_err(), "no answer: {lost:?}");
    let again = world.post_as("/v1/payment_intents", &form, Some("k")).await;
    assert_eq!(again.json["status"], "succeeded");
    assert_eq!(again.headers["idempotent-replayed"], "true");
    assert_eq!(world.ledger().await["totals"]["eur"]["captures"], 1);
}

#[tokio::test]
async fn a_slow_request_happens_though_the_caller_hangs_up() {
    let world = World::start();
    world
        .control(
            "faults",
            &json!({"requests": [{"kind": "slow", "next": 1, "ms": 300}]}),
        )
        .await;
    let url = format!("{}/v1/checkout/sessions", world.origin);
    let request = world.client.post(url).bearer_auth(KEY).form(&SESSION);
    let hung_up = request
        .timeout(std::time::Duration::from_millis(50))
        .send()
        .await;
    assert!(hung_up.is_err_and(|error| error.is_timeout()));
    eventually("the session", async || {
        world.ledger().await["sessions"].as_array().unwrap().len() == 1
    })
    .await;
}

#[tokio::test]
async fn errors_resets_and_garbage_come_as_ordered_and_end_when_cleared() {
    let world = World::start();
    let path = "/v1/checkout/sessions";
    let rules = json!({"requests": [
        {"kind": "status500", "next": 1},
        {"kind": "garbage", "next": 1},
        {"kind": "reset", "next": 1},
        {"kind": "status500", "next": 1, "effect": true},
        {"kind": "trickle", "next": 1, "ms": 0},
    ]});
    assert_eq!(world.control("faults", &rules).await.status, 200);
    let failed = world.post(path, &SESSION).await;
    assert_eq!(
        (failed.status, &failed.json["error"]["type"]),
        (500, &json!("api_error"))
    );
    let url = format!("{}{path}", world.origin);
    let request = world.client.post(&url).bearer_auth(KEY).form(&SESSION);
    let garbage = request.send().await.unwrap();
    assert_eq!(garbage.status(), 200);
    assert!(garbage.json::<serde_json::Value>().await.is_err());
    let reset = world
        .client
        .post(&url)
        .bearer_auth(KEY)
        .form(&SESSION)
        .send()
        .await;
    assert!(reset.is_err(), "{reset:?}");
    assert_eq!(
        world.ledger().await["sessions"],
        json!([]),
        "none of these did anything"
    );
    assert_eq!(world.post(path, &SESSION).await.status, 500);
    assert_eq!(
        world.ledger().await["sessions"].as_array().unwrap().len(),
        1,
        "this one did"
    );
    assert_eq!(
        world.post(path, &SESSION).await.json["status"],
        "open",
        "a byte at a time"
    );

    world
        .control("faults", &json!({"requests": [{"kind": "reset"}]}))
        .await;
    let cleared = world
        .client
        .delete(format!("{}/simulator/faults", world.origin))
        .send()
        .await;
    assert_eq!(cleared.unwrap().status(), 200);
    assert_eq!(world.post(path, &SESSION).await.status, 200);
    let wrong = world
        .control("faults", &json!({"requests": [{"kind": "nonsense"}]}))
        .await;
    assert_eq!(wrong.status, 400);
}

#[tokio::test]
async fn webhooks_come_often_or_never_or_first() {
    let shop = Shop::open(0).await;
    let world = World::with_webhooks(Some(&shop.url));
    world
        .control(
            "faults",
            &json!({"seed": 3, "webhooks": {"duplicate": 3, "reorder_ms": 20}}),
        )
        .await;
    let paid = world.control(&pay_path(&world).await, &json!({})).await;
    assert_eq!(paid.status, 200, "{}", paid.text);
    shop.until(|hooks| hooks.len() == 6).await;

    world
        .control("faults", &json!({"webhooks": {"drop": 1.0}}))
        .await;
    world.control(&pay_path(&world).await, &json!({})).await;
    eventually("two lost events", async || {
        let events = world.ledger().await["events"].clone();
        events
            .as_array()
            .unwrap()
            .iter()
            .filter(|event| event["delivery"] == "dropped")
            .count()
            == 2
    })
    .await;
    assert_eq!(shop.hooks().len(), 6);

    world
        .control("faults", &json!({"webhooks": {"before_response": true}}))
        .await;
    world.control(&pay_path(&world).await, &json!({})).await;
    assert_eq!(shop.hooks().len(), 8, "both were there before the answer");
}

async fn pay_path(world: &World) -> String {
    format!("pay/{}", world.open().await["id"].as_str().unwrap())
}

#[tokio::test]
async fn the_control_api_declines_and_the_dashboard_steers() {
    let world = World::start();
    let path = pay_path(&world).await;
    let declined = world
        .control(&path, &json!({"card": "4000000000000002"}))
        .await;
    assert_eq!(
        (declined.status, &declined.json["error"]),
        (402, &json!("Your card was declined."))
    );
    assert_eq!(
        world.control("pay/cs_test_none", &json!({})).await.status,
        404
    );
    let post = async |part: &str, form: &[(&str, &str)]| {
        let url = format!("{}/simulator/dashboard/{part}", world.origin);
        world
            .client
            .post(url)
            .form(form)
            .send()
            .await
            .unwrap()
            .status()
            .as_u16()
    };
    let fault = [
        ("kind", "status500"),
        ("next", "1"),
        ("share", ""),
        ("ms", ""),
        ("path", "/v1/"),
    ];
    assert_eq!(post("fault", &fault).await, 303);
    assert_eq!(
        post("fault", &[("kind", "slow"), ("share", "x")]).await,
        400
    );
    assert_eq!(
        post("webhooks", &[("duplicate", "2"), ("drop", "0.5")]).await,
        303
    );
    assert_eq!(
        world.post("/v1/checkout/sessions", &SESSION).await.status,
        500
    );
    let page = world
        .client
        .get(format!("{}/simulator/dashboard", world.origin));
    let page = page.send().await.unwrap().text().await.unwrap();
    assert!(
        page.contains("declined") && page.contains("order-1") && page.contains("€25.25"),
        "{page}"
    );
    assert_eq!(
        post("down", &[("provider", "paypal"), ("kind", "status500")]).await,
        303
    );
    let token = world
        .client
        .post(format!("{}/v1/oauth2/token", world.origin));
    assert_eq!(token.send().await.unwrap().status(), 500);
    assert_eq!(post("down", &[("provider", "paypal")]).await, 303);
    let rule = [("kind", "slow"), ("provider", "paypal"), ("operation", "x")];
    assert_eq!(post("fault", &rule).await, 400);
    let hooks = [("provider", "paypal"), ("duplicate", "3")];
    assert_eq!(post("webhooks", &hooks).await, 303);
    assert!(
        !page.contains("<script") && !page.contains("style="),
        "{page}"
    );
    assert_eq!(post("clear", &[]).await, 303);
    let faults = world
        .client
        .get(format!("{}/simulator/faults", world.origin));
    let faults: serde_json::Value = faults.send().await.unwrap().json().await.unwrap();
    assert_eq!(
        (&faults["requests"], &faults["webhooks"]["duplicate"]),
        (&json!([]), &json!(0))
    );
}
