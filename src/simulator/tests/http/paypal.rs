//! PayPal's API over HTTP, as the shop meets it.

use crate::world::{Answer, Hook, Shop, World, eventually};
use reqwest::Method;
use serde_json::{Value, json};

/// A shop's connection to PayPal: its token.
struct Account<'a> {
    world: &'a World,
    token: String,
}

impl<'a> Account<'a> {
    async fn open(world: &'a World) -> Self {
        let answer = token(world, "simulator-client", "simulator-secret").await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!(answer.json["token_type"], "Bearer");
        let token = answer.json["access_token"].as_str().unwrap().to_owned();
        Self { world, token }
    }

    async fn call(&self, method: Method, path: &str, body: &Value, key: Option<&str>) -> Answer {
        let url = format!("{}{path}", self.world.origin);
        let mut request = self.world.client.request(method.clone(), url);
        request = request.bearer_auth(&self.token);
        if method == Method::POST {
            request = request.json(body);
        }
        if let Some(key) = key {
            request = request.header("PayPal-Request-Id", key);
        }
        Answer::read(request.send().await.unwrap()).await
    }

    async fn post(&self, path: &str, body: &Value, key: &str) -> Answer {
        self.call(Method::POST, path, body, Some(key)).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, &Value::Null, None).await
    }

    /// Creates an order and returns its id.
    async fn order(&self, value: &str, currency: &str, key: &str) -> String {
        let answer = self
            .post("/v2/checkout/orders", &order(value, currency), key)
            .await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json["id"].as_str().unwrap().to_owned()
    }

    /// Creates, approves and captures; the capture's id.
    async fn paid(&self, value: &str, currency: &str, key: &str) -> String {
        let id = self.order(value, currency, key).await;
        press(self.world, &id, "pay").await;
        let answer = self.capture(&id, key).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        first_capture(&answer.json)["id"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    async fn capture(&self, id: &str, key: &str) -> Answer {
        let path = format!("/v2/checkout/orders/{id}/capture");
        self.post(&path, &json!({}), key).await
    }

    async fn refund(&self, capture: &str, body: &Value, key: &str) -> Answer {
        let path = format!("/v2/payments/captures/{capture}/refund");
        self.post(&path, body, key).await
    }

    /// Asks PayPal whether a webhook is from it.
    async fn verifies(&self, hook: &Hook, body: &str, webhook: &str) -> Value {
        let header = |name: &str| hook.headers[name].to_str().unwrap();
        let asked = format!(
            r#"{{"auth_algo":"{}","cert_url":"{}","transmission_id":"{}","transmission_sig":"{}",
               "transmission_time":"{}","webhook_id":"{webhook}","webhook_event":{body}}}"#,
            header("paypal-auth-algo"),
            header("paypal-cert-url"),
            header("paypal-transmission-id"),
            header("paypal-transmission-sig"),
            header("paypal-transmission-time"),
        );
        let url = format!(
            "{}/v1/notifications/verify-webhook-signature",
            self.world.origin
        );
        let request = self.world.client.post(url).bearer_auth(&self.token);
        let request = request.header("content-type", "application/json");
        let answer = Answer::read(request.body(asked).send().await.unwrap()).await;
        answer.json["verification_status"].clone()
    }
}

async fn token(world: &World, id: &str, secret: &str) -> Answer {
    let request = world
        .client
        .post(format!("{}/v1/oauth2/token", world.origin))
        .basic_auth(id, Some(secret))
        .form(&[("grant_type", "client_credentials")]);
    Answer::read(request.send().await.unwrap()).await
}

fn order(value: &str, currency: &str) -> Value {
    json!({
        "intent": "CAPTURE",
        "purchase_units": [{
            "reference_id": "R-1001",
            "custom_id": "attempt-1",
            "invoice_id": "R-1001",
            "amount": {"currency_code": currency, "value": value},
        }],
        "payment_source": {"paypal": {"experience_context": {
            "return_url": "http://127.0.0.1:9/return?provider=paypal",
            "cancel_url": "http://127.0.0.1:9/cart",
            "user_action": "PAY_NOW",
        }}},
    })
}

/// Presses a button on the approval page.
async fn press(world: &World, order: &str, wish: &str) -> String {
    let url = format!("{}/checkoutnow?token={order}", world.origin);
    let form = [("wish", wish), ("email", "ada@example.com")];
    let answer = world.client.post(url).form(&form).send().await.unwrap();
    assert_eq!(answer.status(), 303, "{answer:?}");
    answer.headers()["location"].to_str().unwrap().to_owned()
}

fn first_capture(order: &Value) -> &Value {
    &order["purchase_units"][0]["payments"]["captures"][0]
}

fn issue(answer: &Answer) -> (u16, &Value) {
    (answer.status, &answer.json["details"][0]["issue"])
}

fn types(hooks: &[Hook]) -> Vec<String> {
    let mut types: Vec<_> = hooks
        .iter()
        .map(|hook| hook.event()["event_type"].as_str().unwrap().to_owned())
        .collect();
    types.sort();
    types
}

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
