//! The payment provider of the test's own.

use super::process::{Folder, Process};
use super::shop::Server;
use serde_json::{Value, json};
use std::path::PathBuf;

pub struct Simulator {
    _process: Process,
    /// Where it listens: API, hosted page and control alike.
    pub origin: String,
    client: reqwest::Client,
}

/// The key of the provider's API.
pub const KEY: &str = "sk_test_for_tests";

impl Simulator {
    /// One that sends no webhooks yet.
    pub fn start(folder: &Folder, webhook_secret: &str) -> Self {
        let program = PathBuf::from(env!("CARGO_BIN_EXE_rialto")).with_file_name("simulator");
        assert!(
            program.exists(),
            "{} is not there: build it with `cargo build -p simulator`",
            program.display()
        );
        let ledger = folder
            .path()
            .join("ledger.jsonl")
            .to_string_lossy()
            .into_owned();
        let arguments = [
            "--address",
            "127.0.0.1:0",
            "--ledger",
            &ledger,
            "--secret-key",
            KEY,
            "--webhook-secret",
            webhook_secret,
        ];
        let mut process = Process::spawn("simulator", &program, &arguments, &[], folder.path());
        let origin = process.until("address", |lines| {
            lines.iter().find_map(|line| {
                line.trim()
                    .strip_prefix("simulator listening on ")
                    .map(str::to_owned)
            })
        });
        let client = reqwest::Client::builder()
            .no_proxy()
            .build()
            .expect("a client");
        Self {
            _process: process,
            origin,
            client,
        }
    }

    pub async fn send_webhooks_to(&self, server: &Server) {
        self.control(
            "webhook-url",
            json!({ "url": format!("{}/webhooks/stripe", server.origin) }),
        )
        .await;
    }

    /// Orders misbehaviour, as POST /simulator/faults takes it.
    pub async fn faults(&self, orders: Value) {
        self.control("faults", orders).await;
    }

    /// Asks the provider's own API for something.
    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> Value {
        let request = self.client.post(format!("{}{path}", self.origin));
        let answer = request.bearer_auth(KEY).form(form).send().await;
        answer
            .expect("the provider")
            .json()
            .await
            .expect("an answer")
    }

    /// Pays a session by the control API: what the page's button does, without the shopper's return.
    pub async fn pay(&self, session: &str) {
        self.control(&format!("pay/{session}"), json!({})).await;
    }

    /// Everything that it knows.
    pub async fn ledger(&self) -> Value {
        let url = format!("{}/simulator/ledger", self.origin);
        self.client
            .get(url)
            .send()
            .await
            .expect("the ledger")
            .json()
            .await
            .expect("a ledger")
    }

    /// The sessions that were opened.
    pub async fn sessions(&self) -> Vec<Value> {
        self.ledger().await["sessions"]
            .as_array()
            .cloned()
            .unwrap_or_default()
    }

    /// The amounts that were captured, in minor units.
    pub async fn captures(&self) -> Vec<i64> {
        let ledger = self.ledger().await;
        let captures = ledger["captures"].as_array().cloned().unwrap_or_default();
        captures
            .iter()
            .filter_map(|charge| charge["amount_captured"].as_i64())
            .collect()
    }

    async fn control(&self, path: &str, body: Value) {
        let url = format!("{}/simulator/{path}", self.origin);
        let answer = self
            .client
            .post(url)
            .json(&body)
            .send()
            .await
            .expect("the simulator's control");
        let status = answer.status();
        let text = answer.text().await.unwrap_or_default();
        assert!(status.is_success(), "{path} {body}: {status} {text}");
    }
}
