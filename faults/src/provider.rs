//! The payment simulator, by its control API.

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

/// The world's payment provider.
#[derive(Clone)]
pub struct Provider {
    pub origin: String,
    client: reqwest::Client,
}

/// Money that was taken.
#[derive(Clone, Debug)]
pub struct Capture {
    pub id: String,
    /// The shop's attempt that it was taken for.
    pub attempt: String,
    /// In minor units.
    pub captured: i64,
    pub refunded: i64,
}

/// What the provider knows.
#[derive(Debug, Default)]
pub struct Ledger {
    pub captures: Vec<Capture>,
    /// Ids of pages that can still be paid.
    pub open: Vec<String>,
    /// Events that are on their way.
    pub pending: usize,
    /// Ids of events that the shop has acknowledged.
    pub acknowledged: Vec<String>,
}

impl Provider {
    pub fn at(origin: String, client: reqwest::Client) -> Self {
        Self { origin, client }
    }

    /// Orders misbehaviour, as `POST /simulator/faults` takes it.
    pub async fn misbehave(&self, orders: Value) -> Result<()> {
        self.post("faults", &orders).await.map(drop)
    }

    /// Ends all misbehaviour.
    pub async fn behave(&self) -> Result<()> {
        self.misbehave(json!({ "requests": [], "webhooks": {} }))
            .await
    }

    /// Pays a page as its button does; where the shopper goes from there.
    pub async fn pay(&self, page: &str) -> Result<String> {
        let told = self.post(&format!("pay/{page}"), &json!({})).await?;
        Ok(told["redirect"].as_str().unwrap_or_default().to_owned())
    }

    /// Everything that it knows.
    pub async fn ledger(&self) -> Result<Ledger> {
        let url = format!("{}/simulator/ledger", self.origin);
        let told: Value = self.client.get(url).send().await?.json().await?;
        let list = |name: &str| told[name].as_array().cloned().unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let mut ledger = Ledger::default();
        for capture in list("captures") {
            let attempt = [&capture["attempt"], &capture["metadata"]["attempt"]];
            let attempt = attempt.into_iter().find(|value| value.is_string());
            ledger.captures.push(Capture {
                id: text(&capture["id"]),
                attempt: attempt.map(text).unwrap_or_default(),
                captured: capture["amount_captured"].as_i64().unwrap_or_default(),
                refunded: capture["amount_refunded"].as_i64().unwrap_or_default(),
            });
        }
        for session in list("sessions") {
            if session["status"] == "open" {
                ledger.open.push(text(&session["id"]));
            }
        }
        for event in list("events") {
            match event["delivery"].as_str() {
                Some("pending") => ledger.pending += 1,
                Some("delivered") => ledger.acknowledged.push(text(&event["id"])),
                _ => {}
            }
        }
        Ok(ledger)
    }

    async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        let url = format!("{}/simulator/{path}", self.origin);
        let answer = self.client.post(&url).json(body).send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        if !status.is_success() {
            bail!("{url} {body}: {status} {text}");
        }
        serde_json::from_str(&text).context(url)
    }
}
