//! The payment providers, by the simulator's control API.

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

/// The world's payment providers.
#[derive(Clone)]
pub struct Provider {
    pub origin: String,
    client: reqwest::Client,
}

/// Money that was taken.
#[derive(Clone, Debug)]
pub struct Capture {
    pub provider: String,
    pub id: String,
    /// The shop's attempt that it was taken for.
    pub attempt: String,
    /// In minor units.
    pub captured: i64,
    pub refunded: i64,
}

/// A page that can still be paid.
#[derive(Clone, Debug)]
pub struct Page {
    pub provider: String,
    pub id: String,
    /// The shop's attempt that it was opened for.
    pub attempt: String,
}

/// What the providers know.
#[derive(Debug, Default)]
pub struct Ledger {
    pub captures: Vec<Capture>,
    pub open: Vec<Page>,
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
        self.misbehave(json!({ "requests": [], "webhooks": {}, "webhooks_of": {}, "down": {} }))
            .await
    }

    /// How many requests each rule in force has met.
    pub async fn hits(&self) -> Result<Vec<u64>> {
        let url = format!("{}/simulator/faults", self.origin);
        let told: Value = self.client.get(url).send().await?.json().await?;
        let rules = told["requests"].as_array().cloned().unwrap_or_default();
        Ok(rules
            .iter()
            .map(|rule| rule["hits"].as_u64().unwrap_or_default())
            .collect())
    }

    /// Pays a page as its button does; where the shopper goes from there.
    pub async fn pay(&self, page: &str) -> Result<String> {
        let told = self.post(&format!("pay/{page}"), &json!({})).await?;
        Ok(told["redirect"].as_str().unwrap_or_default().to_owned())
    }

    /// How many messages the shop was sent, copies counted.
    pub async fn delivered(&self) -> Result<i64> {
        let url = format!("{}/simulator/ledger?only=messages", self.origin);
        let told: Value = self.client.get(url).send().await?.json().await?;
        Ok(told["messages"].as_i64().unwrap_or_default())
    }

    /// Types a card on a page that the bank declines; the page stays open.
    pub async fn decline(&self, page: &str) {
        // What answers a declined card is an error: that is what was wanted.
        let _ = self
            .post(&format!("pay/{page}"), &json!({ "wish": "decline" }))
            .await;
    }

    /// What they took, which pages are open, and what became of their messages.
    pub async fn ledger(&self) -> Result<Ledger> {
        let parts = "captures,pages,events";
        let url = format!("{}/simulator/ledger?only={parts}", self.origin);
        let told: Value = self.client.get(url).send().await?.json().await?;
        let list = |name: &str| told[name].as_array().cloned().unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let mut ledger = Ledger::default();
        for capture in list("captures") {
            ledger.captures.push(Capture {
                provider: text(&capture["provider"]),
                id: text(&capture["id"]),
                attempt: text(&capture["attempt"]),
                captured: capture["amount_captured"].as_i64().unwrap_or_default(),
                refunded: capture["amount_refunded"].as_i64().unwrap_or_default(),
            });
        }
        for page in list("pages") {
            if page["status"] == "open" {
                ledger.open.push(Page {
                    provider: text(&page["provider"]),
                    id: text(&page["id"]),
                    attempt: text(&page["attempt"]),
                });
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
