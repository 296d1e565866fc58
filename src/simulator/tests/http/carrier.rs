//! The carrier's API over HTTP, as the shop meets it.

use crate::world::{Answer, Hook, Shop, World, eventually};
use hmac::{Hmac, KeyInit as _, Mac as _};
use reqwest::Method;
use serde_json::{Value, json};

async fn call(world: &World, method: Method, path: &str, body: &Value) -> Answer {
    call_as(world, "simulator-key", method, path, body).await
}

async fn call_as(world: &World, key: &str, method: Method, path: &str, body: &Value) -> Answer {
    let url = format!("{}{path}", world.origin);
    let request = world.client.request(method, url);
    let request = request.basic_auth(key, Some("")).json(body);
    Answer::read(request.send().await.unwrap()).await
}

fn shipment(weight: f64) -> Value {
    let address = |name: &str| json!({"name": name, "street1": "1 Mole St", "city": "Berlin", "zip": "10115", "country": "DE"});
    json!({"shipment": {
        "reference": "R-1001-1",
        "from_address": address("Rialto"),
        "to_address": address("Ada <Lovelace>"),
        "parcel": {"weight": weight},
    }})
}

/// Creates a shipment and buys its first rate.
async fn bought(world: &World) -> Value {
    let made = call(world, Method::POST, "/v2/shipments", &shipment(17.6)).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let path = format!("/v2/shipments/{}/buy", made.json["id"].as_str().unwrap());
    let choice = json!({"rate": {"id": made.json["rates"][0]["id"]}});
    let label = call(world, Method::POST, &path, &choice).await;
    assert_eq!(label.status, 200, "{}", label.text);
    label.json
}

fn verifies(hook: &Hook) -> bool {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(b"simulator-carrier").unwrap();
    mac.update(hook.body.as_bytes());
    let right: String = mac
        .finalize()
        .into_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    hook.headers["x-hmac-signature"] == format!("hmac-sha256-hex={right}")
}

#[tokio::test]
async fn a_label_is_bought_once_and_the_parcels_way_is_told() {
    let shop = Shop::open(0).await;
    let mut world = World::with_webhooks(Some(&shop.url));
    let label = bought(&world).await;
    assert_eq!(label["selected_rate"]["rate"], "6.37");
    assert_eq!(label["selected_rate"]["currency"], "EUR");
    assert_eq!(label["tracker"]["status"], "pre_transit");
    let id = label["id"].as_str().unwrap();
    let choice = json!({"rate": {"id": label["rates"][0]["id"]}});
    let path = format!("/v2/shipments/{id}");
    let again = call(&world, Method::POST, &format!("{path}/buy"), &choice).await;
    assert_eq!(
        (again.status, &again.json["error"]["code"]),
        (422, &json!("SHIPMENT.POSTAGE.EXISTS"))
    );
    for name in [path.as_str(), "/v2/shipments/R-1001-1"] {
        let known = call(&world, Method::GET, name, &Value::Null).await.json;
        assert_eq!(known, label, "{name}");
    }
    let drawn = world
        .client
        .get(label["postage_label"]["label_url"].as_str().unwrap());
    let drawn = drawn.send().await.unwrap().text().await.unwrap();
    let code = label["tracking_code"].as_str().unwrap();
    assert!(
        drawn.contains(code) && drawn.contains("Ada &#60;Lovelace&#62;"),
        "{drawn}"
    );

    let advance = format!("parcels/{code}/advance");
    let moved = world.control(&advance, &json!({})).await;
    assert_eq!(moved.json["status"], "in_transit", "{}", moved.text);
    let lost = world.control(&advance, &json!({"status": "failure"})).await;
    assert_eq!(lost.json["status"], "failure");
    assert_eq!(world.control(&advance, &json!({})).await.status, 409);
    let wrong = world.control(&advance, &json!({"status": "eaten"})).await;
    assert_eq!(wrong.status, 400);
    assert_eq!(
        world
            .control("parcels/NONE/advance", &json!({}))
            .await
            .status,
        409
    );
    let hooks = shop.until(|hooks| hooks.len() >= 3).await;
    assert!(hooks.iter().all(verifies));
    let mut told: Vec<_> = hooks
        .iter()
        .map(|hook| {
            let event = hook.event();
            let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
            (
                text(&event["description"]),
                text(&event["previous_attributes"]["status"]),
                text(&event["result"]["status"]),
            )
        })
        .collect();
    told.sort();
    let line =
        |kind: &str, before: &str, now: &str| (kind.to_owned(), before.to_owned(), now.to_owned());
    assert_eq!(
        told,
        [
            line("tracker.created", "-", "pre_transit"),
            line("tracker.updated", "in_transit", "failure"),
            line("tracker.updated", "pre_transit", "in_transit"),
        ]
    );
    let path = format!("/v2/trackers/{}", label["tracker"]["id"].as_str().unwrap());
    let tracker = call(&world, Method::GET, &path, &Value::Null).await.json;
    assert_eq!(tracker["tracking_details"].as_array().unwrap().len(), 3);
    let page = world.client.get(tracker["public_url"].as_str().unwrap());
    let page = page.send().await.unwrap().text().await.unwrap();
    assert!(page.contains("Could not be delivered"), "{page}");

    eventually("deliveries", async || {
        let events = world.ledger().await["events"].clone();
        let mut events = events.as_array().unwrap().iter();
        events.all(|event| event["delivery"] == "delivered")
    })
    .await;
    let before = world.ledger().await;
    world.kill_and_restart();
    assert_eq!(world.ledger().await, before, "the parcels are still known");
}

#[tokio::test]
async fn parcels_that_nobody_takes_and_wrong_requests_are_told() {
    let world = World::start();
    let heavy = call(&world, Method::POST, "/v2/shipments", &shipment(5000.0)).await;
    assert_eq!(heavy.json["rates"], json!([]));
    assert!(heavy.json["messages"][0]["message"].is_string());
    let refused = async |body: Value, code: &str| {
        let answer = call(&world, Method::POST, "/v2/shipments", &body).await;
        assert_eq!(
            answer.json["error"]["code"], code,
            "{body}: {}",
            answer.text
        );
        assert!(answer.json["error"]["message"].is_string());
    };
    refused(shipment(0.0), "PARCEL.WEIGHT.INVALID").await;
    let mut nowhere = shipment(1.0);
    nowhere["shipment"]["to_address"]["city"] = json!("");
    refused(nowhere, "SHIPMENT.INVALID_PARAMS").await;
    refused(json!([]), "PARAMETER.INVALID").await;
    let made = call(&world, Method::POST, "/v2/shipments", &shipment(1.0)).await;
    let path = format!("/v2/shipments/{}/buy", made.json["id"].as_str().unwrap());
    let other = json!({"rate": {"id": "rate_other"}});
    assert_eq!(call(&world, Method::POST, &path, &other).await.status, 422);
    let stranger = call_as(&world, "wrong", Method::GET, "/v2/trackers/x", &Value::Null).await;
    assert_eq!(stranger.status, 401);
    for path in ["/v2/trackers/x", "/v2/shipments/x", "/v2/nowhere"] {
        let missing = call(&world, Method::GET, path, &Value::Null).await;
        assert_eq!(
            (missing.status, &missing.json["error"]["code"]),
            (404, &json!("NOT_FOUND")),
            "{path}"
        );
    }
}

#[tokio::test]
async fn the_carrier_fails_as_ordered_without_the_others() {
    let world = World::start();
    let rules = json!({"requests": [
        {"kind": "status500", "provider": "carrier", "operation": "shipment.buy", "next": 1, "effect": true},
    ]});
    assert_eq!(world.control("faults", &rules).await.status, 200);
    let made = call(&world, Method::POST, "/v2/shipments", &shipment(1.0)).await;
    assert_eq!(made.status, 201);
    let path = format!("/v2/shipments/{}", made.json["id"].as_str().unwrap());
    let choice = json!({"rate": {"id": made.json["rates"][1]["id"]}});
    let failed = call(&world, Method::POST, &format!("{path}/buy"), &choice).await;
    assert_eq!(
        (failed.status, &failed.json["error"]["code"]),
        (500, &json!("INTERNAL_SERVER_ERROR"))
    );
    let known = call(&world, Method::GET, &path, &Value::Null).await.json;
    assert!(known["tracking_code"].is_string(), "bought all the same");
    world
        .control("providers/carrier/down", &json!({"kind": "status500"}))
        .await;
    assert_eq!(
        call(&world, Method::GET, &path, &Value::Null).await.status,
        500
    );
    assert_eq!(world.open().await["status"], "open");
    world.control("providers/carrier/up", &json!({})).await;
    assert_eq!(
        call(&world, Method::GET, &path, &Value::Null).await.status,
        200
    );
}
