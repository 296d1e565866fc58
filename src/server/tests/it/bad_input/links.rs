//! Addresses, private links, and the provider's webhook.

use super::Scene;
use serde_json::json;

#[tokio::test]
async fn what_orders_returns_and_webhooks_refuse() {
    let scene = Scene::set().await;
    let before = scene.world.snapshot().await;
    let long = "x".repeat(300);
    for path in [
        "/en-eu/checkout/return",
        "/en-eu/checkout/return?session_id=",
        &format!("/en-eu/checkout/return?session_id={long}"),
        "/en-eu/checkout/return?session_id=a&session_id=b",
    ] {
        let answer = scene.shopper.get(path).await;
        assert!(matches!(answer.status, 400 | 404), "{path}: {answer}");
    }
    for path in [
        "/en-eu/checkout/return?session_id=cs_test_none",
        "/en-eu/checkout/return?session_id=%00",
        "/en-eu/orders/RI-0000-0000/token",
        "/en-eu/orders/%00/%00",
        "/en-eu/orders/%ff/%fe/thank-you",
        "/en-eu/orders/RI-0000-0000/%F0%9F%8C%8A/thank-you",
        "/en-eu/product/%00",
        "/en-eu/product/%27%20OR%201=1",
        "/en-eu/category/%00",
        "/en-eu/pages/..%2f..%2fetc",
        "/en-eu%00/",
    ] {
        let answer = scene.shopper.get(path).await;
        assert!(matches!(answer.status, 400 | 404), "{path}: {answer}");
    }
    for after in ["%00", "nonsense", "AAAA", &long, "-1", "eyJ9"] {
        let answer = scene
            .shopper
            .get(&format!("/en-eu/category/textiles?after={after}"))
            .await;
        assert!(matches!(answer.status, 200 | 400), "{after}: {answer}");
    }
    let event =
        json!({ "id": "evt_1", "type": "checkout.session.completed", "data": { "object": {} } })
            .to_string();
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let stale = format!("t=1,v1={}", "0".repeat(64));
    let wrong = format!("t={now},v1={}", "0".repeat(64));
    for signature in [
        "",
        "nonsense",
        "t=,v1=",
        &stale,
        &wrong,
        "t=99999999999999999999,v1=00",
        "v1=zz,t=x",
    ] {
        let headers = [
            ("stripe-signature", signature),
            ("content-type", "application/json"),
        ];
        let body = Some(event.clone().into_bytes());
        let answer = scene
            .shopper
            .send(reqwest::Method::POST, "/webhooks/stripe", &headers, body)
            .await;
        assert_eq!(answer.status, 400, "{signature}: {answer}");
    }
    scene.assert_as(&before).await;
}
