//! Wrong requests, and PayPal when it is told to misbehave.

use super::{Account, first_capture, issue, order, press, token, types};
use crate::world::{Shop, World};
use serde_json::json;

#[tokio::test]
async fn amounts_are_in_the_currencys_decimals_and_wrong_ones_are_named() {
    let world = World::start();
    let account = Account::open(&world).await;
    account.paid("1500", "JPY", "yen").await;
    account.paid("12.34", "USD", "dollar").await;
    let totals = world.ledger().await["totals"].clone();
    assert_eq!(
        (&totals["jpy"]["captured"], &totals["usd"]["captured"]),
        (&json!(1500), &json!(1234))
    );
    for (value, currency, status, name) in [
        ("1.234", "KWD", 422, "CURRENCY_NOT_SUPPORTED"),
        ("1.00", "XXX", 422, "CURRENCY_NOT_SUPPORTED"),
        ("1.234", "EUR", 422, "DECIMAL_PRECISION"),
        ("1.5", "JPY", 422, "DECIMALS_NOT_SUPPORTED"),
        ("0.00", "EUR", 422, "CANNOT_BE_ZERO_OR_NEGATIVE"),
        ("-1.00", "EUR", 422, "CANNOT_BE_ZERO_OR_NEGATIVE"),
        ("one", "EUR", 400, "INVALID_PARAMETER_SYNTAX"),
        ("99999999999", "EUR", 422, "MAX_VALUE_EXCEEDED"),
    ] {
        let body = order(value, currency);
        let answer = account.post("/v2/checkout/orders", &body, "").await;
        assert_eq!(
            issue(&answer),
            (status, &json!(name)),
            "{value} {currency}: {}",
            answer.text
        );
        assert!(answer.json["message"].is_string() && answer.json["debug_id"].is_string());
    }
    let mut parts = order("10.00", "EUR");
    parts["purchase_units"][0]["items"] = json!([
        {"name": "Mug", "quantity": "2", "unit_amount": {"currency_code": "EUR", "value": "4.00"}},
    ]);
    let mut sent = async |item_total: &str, shipping: &str| {
        let money = |value: &str| json!({"currency_code": "EUR", "value": value});
        parts["purchase_units"][0]["amount"]["breakdown"] =
            json!({"item_total": money(item_total), "shipping": money(shipping)});
        let answer = account.post("/v2/checkout/orders", &parts, "").await;
        (
            answer.status,
            answer.json["details"][0]["issue"]
                .as_str()
                .map(str::to_owned),
        )
    };
    let named = |name: &str| Some(name.to_owned());
    assert_eq!(sent("8.00", "2.00").await, (200, None));
    assert_eq!(sent("8.00", "2.01").await, (422, named("AMOUNT_MISMATCH")));
    assert_eq!(
        sent("9.00", "1.00").await,
        (422, named("ITEM_TOTAL_MISMATCH"))
    );
}

#[tokio::test]
async fn strangers_and_unknown_things_are_refused() {
    let world = World::start();
    let wrong = token(&world, "simulator-client", "wrong").await;
    assert_eq!(
        (wrong.status, &wrong.json["error"]),
        (401, &json!("invalid_client"))
    );
    let mut account = Account::open(&world).await;
    let missing = account.get("/v2/checkout/orders/NONE").await;
    assert_eq!(issue(&missing), (404, &json!("INVALID_RESOURCE_ID")));
    assert_eq!(missing.json["name"], "RESOURCE_NOT_FOUND");
    assert_eq!(account.get("/v2/checkout/nowhere").await.status, 404);
    let broken = account.post("/v2/checkout/orders", &json!([1]), "b").await;
    assert_eq!(issue(&broken), (400, &json!("MALFORMED_REQUEST_JSON")));
    let authorising = json!({"intent": "AUTHORIZE", "purchase_units": []});
    let refused = account.post("/v2/checkout/orders", &authorising, "c").await;
    assert_eq!(issue(&refused), (400, &json!("INVALID_PARAMETER_VALUE")));
    world.control("tokens/revoke", &json!({})).await;
    let stale = account.get("/v2/checkout/orders/NONE").await;
    assert_eq!(
        (stale.status, &stale.json["error"]),
        (401, &json!("invalid_token"))
    );
    account.token = "A21AA99999999999.0.00".to_owned();
    assert_eq!(account.get("/v2/checkout/orders/NONE").await.status, 401);
}

#[tokio::test]
async fn faults_meet_paypal_alone_and_a_capture_that_timed_out_was_made() {
    let world = World::start();
    let account = Account::open(&world).await;
    let id = account.order("3.00", "EUR", "k").await;
    press(&world, &id, "pay").await;
    let rules = json!({"requests": [
        {"kind": "charge_then_timeout", "provider": "paypal", "operation": "order.capture", "next": 1, "ms": 20},
        {"kind": "status500", "provider": "paypal", "operation": "refund.create", "next": 1},
    ]});
    assert_eq!(world.control("faults", &rules).await.status, 200);
    let url = format!("{}/v2/checkout/orders/{id}/capture", world.origin);
    let request = world.client.post(url).bearer_auth(&account.token);
    let request = request.header("PayPal-Request-Id", "k").json(&json!({}));
    assert!(request.send().await.is_err());
    let again = account.capture(&id, "k").await;
    assert_eq!(again.status, 200, "made before: {}", again.text);
    let capture = first_capture(&again.json)["id"].as_str().unwrap();
    let failed = account.refund(capture, &json!({}), "r").await;
    assert_eq!(
        (failed.status, &failed.json["name"]),
        (500, &json!("INTERNAL_SERVER_ERROR"))
    );
    assert_eq!(account.refund(capture, &json!({}), "r").await.status, 201);

    let down = json!({"down": {"paypal": "reset"}});
    assert_eq!(
        world.control("faults", &down).await.json["down"]["paypal"],
        "reset"
    );
    let url = format!("{}/v2/checkout/orders/{id}", world.origin);
    let request = world.client.get(&url).bearer_auth(&account.token);
    assert!(request.send().await.is_err());
    let page = format!("{}/checkoutnow?token={id}", world.origin);
    assert!(world.client.get(page).send().await.is_err());
    let paid = world.control("pay", &json!({"id": id})).await;
    assert_eq!(paid.status, 503, "{}", paid.text);
    let session = world.open().await;
    let wish = json!({"id": session["url"], "wish": "decline"});
    assert_eq!(world.control("pay", &wish).await.status, 402);
    let wish = json!({"id": session["url"]});
    let paid = world.control("pay", &wish).await;
    assert_eq!(paid.json["provider"], "stripe", "{}", paid.text);
    world.control("faults", &json!({"down": {}})).await;
    assert_eq!(
        account
            .get(&format!("/v2/checkout/orders/{id}"))
            .await
            .status,
        200
    );
    let unknown = json!({"requests": [{"kind": "slow", "provider": "paypal", "operation": "session.create"}]});
    let refused = world.control("faults", &unknown).await;
    assert!(refused.text.contains("order.capture"), "{}", refused.text);
}

#[tokio::test]
async fn webhook_faults_are_for_one_provider() {
    let shop = Shop::open(0).await;
    let world = World::with_webhooks(Some(&shop.url));
    let account = Account::open(&world).await;
    let rules = json!({"webhooks_of": {"paypal": {
        "duplicate": 3, "before_response": true, "types": ["PAYMENT.CAPTURE.COMPLETED"],
    }}});
    assert_eq!(world.control("faults", &rules).await.status, 200);
    account.paid("3.00", "EUR", "k").await;
    let first = types(&shop.hooks());
    assert!(
        first.iter().any(|kind| kind == "PAYMENT.CAPTURE.COMPLETED"),
        "told before the answer: {first:?}"
    );
    let session = world.open().await;
    world.control("pay", &json!({"id": session["id"]})).await;
    // Three of the capture, one of the approval, two of Stripe's.
    shop.until(|hooks| hooks.len() == 6).await;
    let mut stripes = shop.hooks();
    stripes.retain(|hook| hook.headers.contains_key("stripe-signature"));
    assert_eq!(stripes.len(), 2);
}
