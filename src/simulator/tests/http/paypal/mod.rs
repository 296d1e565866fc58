//! PayPal's API over HTTP, as the shop meets it.

mod failing;
mod paying;

use crate::world::{Answer, Hook, World};
use reqwest::Method;
use serde_json::{Value, json};

/// A shop's connection to PayPal: its token.
pub struct Account<'a> {
    world: &'a World,
    token: String,
}

impl<'a> Account<'a> {
    pub async fn open(world: &'a World) -> Self {
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
    pub async fn order(&self, value: &str, currency: &str, key: &str) -> String {
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
