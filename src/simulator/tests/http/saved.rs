//! Cards that are kept for a customer, and pages that are paid by themselves.

use crate::{
    paypal::Account,
    world::{SESSION, World},
};
use serde_json::json;

const GOOD: &str = "4242 4242 4242 4242";

#[tokio::test]
async fn a_card_that_was_kept_is_charged_while_the_shopper_is_away() {
    let mut world = World::start();
    let made = world
        .post("/v1/customers", &[("email", "ada@example.com")])
        .await;
    let customer = made.json["id"].as_str().unwrap().to_owned();
    let mut form = SESSION.to_vec();
    form.push(("customer", &customer));
    form.push(("payment_intent_data[setup_future_usage]", "off_session"));
    let session = world.post("/v1/checkout/sessions", &form).await.json;
    assert_eq!(session["customer"], customer.as_str());
    world.pay(session["id"].as_str().unwrap(), GOOD).await;
    world.kill_and_restart();
    let path = format!("/v1/customers/{customer}/payment_methods");
    let kept = world.get(&path).await.json;
    assert_eq!(kept["data"][0]["card"]["last4"], "4242");
    let method = kept["data"][0]["id"].as_str().unwrap().to_owned();

    let charge = |customer: Option<String>| {
        let method = method.clone();
        let world = &world;
        async move {
            let mut form = vec![
                ("amount", "900"),
                ("currency", "eur"),
                ("confirm", "true"),
                ("off_session", "true"),
                ("payment_method", method.as_str()),
            ];
            if let Some(customer) = &customer {
                form.push(("customer", customer));
            }
            world
                .post_as("/v1/payment_intents", &form, Some("attempt-2"))
                .await
        }
    };
    let stranger = charge(None).await;
    assert_eq!(
        (stranger.status, &stranger.json["error"]["param"]),
        (400, &json!("payment_method"))
    );
    let paid = charge(Some(customer.clone())).await;
    assert_eq!(paid.json["status"], "succeeded", "{}", paid.text);
    let again = charge(Some(customer.clone())).await;
    assert_eq!(again.text, paid.text);
    assert_eq!(world.ledger().await["totals"]["eur"]["captures"], 2);
    let missing = world.get("/v1/customers/cus_none").await;
    assert_eq!(missing.status, 404);
}

#[tokio::test]
async fn paying_makes_a_customer_where_that_is_asked_for() {
    let world = World::start();
    let mut form = SESSION.to_vec();
    form.push(("customer_email", "ada@example.com"));
    form.push(("customer_creation", "always"));
    form.push(("payment_intent_data[setup_future_usage]", "off_session"));
    let path = "/v1/checkout/sessions";
    let session = world.post_as(path, &form, Some("k")).await;
    assert_eq!(session.json["customer"], json!(null));
    let id = session.json["id"].as_str().unwrap();
    world.pay(id, GOOD).await;
    let paid = world.get(&format!("{path}/{id}")).await.json;
    let customer = paid["customer"].as_str().unwrap();
    let found = world.get(&format!("/v1/customers/{customer}")).await.json;
    assert_eq!(found["email"], "ada@example.com");
    let kept = world
        .get(&format!("/v1/customers/{customer}/payment_methods"))
        .await
        .json;
    assert_eq!(kept["data"].as_array().unwrap().len(), 1);
    let again = world.post_as(path, &form, Some("k")).await;
    assert_eq!(again.text, session.text, "as it was answered first");
}

#[tokio::test]
async fn pages_are_paid_when_they_are_opened_if_that_is_wished() {
    let world = World::start();
    let account = Account::open(&world).await;
    let on = world.control("autopay", &json!({"on": true})).await;
    assert_eq!(on.json["on"], true);
    let session = world.open().await;
    let opened = world.client.get(session["url"].as_str().unwrap());
    let opened = opened.send().await.unwrap();
    assert_eq!(opened.status(), 303);
    let order = account.order("3.00", "EUR", "k").await;
    let page = format!("{}/checkoutnow?token={order}", world.origin);
    let opened = world.client.get(&page).send().await.unwrap();
    assert_eq!(opened.status(), 303, "{opened:?}");
    let pages = world.ledger().await["pages"].clone();
    let states: Vec<_> = pages
        .as_array()
        .unwrap()
        .iter()
        .map(|page| page["status"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(states, ["paid", "approved"]);
    world.control("autopay", &json!({"on": false})).await;
    let other = account.order("4.00", "EUR", "l").await;
    let page = format!("{}/checkoutnow?token={other}", world.origin);
    assert_eq!(world.client.get(&page).send().await.unwrap().status(), 200);
}
