//! A simulator of its own on a free port, a shop that takes webhooks, and the requests that the tests make.

use std::{
    io::{BufRead as _, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use axum::{Router, extract::State, http::HeaderMap, http::StatusCode, routing::post};
use hmac::{Hmac, KeyInit as _, Mac as _};
use reqwest::{Client, Response};
use serde_json::Value;

pub const KEY: &str = "sk_test_for_tests";
pub const SECRET: &str = "whsec_for_tests";
/// How long anything that must happen may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running simulator; killed, and its folder removed, when the test ends.
pub struct World {
    child: Child,
    pub origin: String,
    folder: PathBuf,
    webhook_url: Option<String>,
    pub client: Client,
}

impl World {
    /// Starts one that sends no webhooks.
    pub fn start() -> Self {
        Self::with_webhooks(None)
    }

    pub fn with_webhooks(url: Option<&str>) -> Self {
        let name = format!("simulator-{}", uuid::Uuid::now_v7().simple());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir(&folder).unwrap();
        let (child, origin) = spawn(&folder, url);
        Self {
            child,
            origin,
            folder,
            webhook_url: url.map(str::to_owned),
            client: Client::builder()
                .no_proxy()
                .redirect(reqwest::redirect::Policy::none())
                .build()
                .unwrap(),
        }
    }

    /// Kills the process (SIGKILL) and starts another on the same ledger.
    pub fn kill_and_restart(&mut self) {
        self.kill();
        (self.child, self.origin) = spawn(&self.folder, self.webhook_url.as_deref());
    }

    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub fn start_again(&mut self) {
        (self.child, self.origin) = spawn(&self.folder, self.webhook_url.as_deref());
    }

    pub fn ledger_file(&self) -> PathBuf {
        self.folder.join("ledger.jsonl")
    }

    /// A POST to the API.
    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        self.post_as(path, form, None).await
    }

    /// A POST with an idempotency key.
    pub async fn post_as(&self, path: &str, form: &[(&str, &str)], key: Option<&str>) -> Answer {
        let mut request = self
            .client
            .post(format!("{}{path}", self.origin))
            .bearer_auth(KEY)
            .form(form);
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        Answer::read(request.send().await.unwrap()).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        let request = self.client.get(format!("{}{path}", self.origin));
        Answer::read(request.bearer_auth(KEY).send().await.unwrap()).await
    }

    /// Opens a session of two lines, 12.50 and 3 × 4.25: 25.25 in all.
    pub async fn open(&self) -> Value {
        let answer = self.post("/v1/checkout/sessions", &SESSION).await;
        assert_eq!(answer.status, 200, "{}", answer.json);
        answer.json
    }

    /// Types a card on the hosted page.
    pub async fn pay(&self, session: &str, card: &str) -> Response {
        self.client
            .post(format!("{}/pay/{session}", self.origin))
            .form(&[("card_number", card), ("expiry", "12 / 34"), ("cvc", "123")])
            .send()
            .await
            .unwrap()
    }

    /// The control API.
    pub async fn control(&self, path: &str, body: &Value) -> Answer {
        let request = self
            .client
            .post(format!("{}/simulator/{path}", self.origin));
        Answer::read(request.json(body).send().await.unwrap()).await
    }

    pub async fn ledger(&self) -> Value {
        let url = format!("{}/simulator/ledger", self.origin);
        self.client
            .get(url)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn spawn(folder: &std::path::Path, webhook_url: Option<&str>) -> (Child, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_simulator"));
    command
        .args([
            "--address",
            "127.0.0.1:0",
            "--secret-key",
            KEY,
            "--webhook-secret",
            SECRET,
        ])
        .arg("--ledger")
        .arg(folder.join("ledger.jsonl"))
        .env("SIMULATOR_LOG", "off")
        .env_remove("SIMULATOR_WEBHOOK_URL")
        .env_remove("SIMULATOR_WEBHOOK_EVENTS")
        .env_remove("SIMULATOR_PUBLIC_URL")
        .stdout(Stdio::piped());
    if let Some(url) = webhook_url {
        command.args(["--webhook-url", url]);
    }
    let mut child = command.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let origin = line
        .trim()
        .strip_prefix("simulator listening on ")
        .unwrap()
        .to_owned();
    (child, origin)
}

/// An answer, read.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
    pub json: Value,
}

impl Answer {
    pub async fn read(response: Response) -> Self {
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let text = response.text().await.unwrap();
        let json = serde_json::from_str(&text).unwrap_or(Value::Null);
        Self {
            status,
            headers,
            text,
            json,
        }
    }
}

pub const SESSION: [(&str, &str); 13] = [
    ("mode", "payment"),
    ("line_items[0][price_data][currency]", "eur"),
    ("line_items[0][price_data][unit_amount]", "1250"),
    ("line_items[0][price_data][product_data][name]", "Calle mug"),
    ("line_items[0][quantity]", "1"),
    ("line_items[1][price_data][currency]", "eur"),
    ("line_items[1][price_data][unit_amount]", "425"),
    (
        "line_items[1][price_data][product_data][name]",
        "Beeswax <candle>",
    ),
    ("line_items[1][quantity]", "3"),
    (
        "success_url",
        "http://127.0.0.1:9/done?session={CHECKOUT_SESSION_ID}",
    ),
    ("cancel_url", "http://127.0.0.1:9/cart"),
    ("client_reference_id", "order-1"),
    ("metadata[order]", "R-1001"),
];

/// A webhook as it arrived.
#[derive(Clone, Debug)]
pub struct Hook {
    pub headers: HeaderMap,
    pub body: String,
}

impl Hook {
    pub fn event(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// Verifies as Stripe's libraries do.
    pub fn verifies(&self, secret: &str) -> bool {
        let mut time = "";
        let mut given = "";
        let Some(signature) = self.headers.get("stripe-signature") else {
            return false;
        };
        for part in signature.to_str().unwrap().split(',') {
            match part.split_once('=') {
                Some(("t", value)) => time = value,
                Some(("v1", value)) => given = value,
                _ => {}
            }
        }
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(format!("{time}.{}", self.body).as_bytes());
        let right: String = mac
            .finalize()
            .into_bytes()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        right == given
    }
}

struct Taken {
    hooks: Vec<Hook>,
    refuse: usize,
}

/// A shop that keeps the webhooks it gets.
pub struct Shop {
    pub url: String,
    taken: Arc<Mutex<Taken>>,
}

impl Shop {
    /// Answers 500 to the first `refuse` webhooks.
    pub async fn open(refuse: usize) -> Self {
        let taken = Arc::new(Mutex::new(Taken {
            hooks: Vec::new(),
            refuse,
        }));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let router = Router::new()
            .route("/hook", post(take))
            .with_state(Arc::clone(&taken));
        tokio::spawn(async { axum::serve(listener, router).await });
        Self { url, taken }
    }

    pub fn hooks(&self) -> Vec<Hook> {
        self.taken.lock().unwrap().hooks.clone()
    }

    /// Waits until the hooks are as wanted.
    pub async fn until(&self, wanted: impl Fn(&[Hook]) -> bool) -> Vec<Hook> {
        let mut last = Vec::new();
        eventually("webhooks", async || {
            last = self.hooks();
            wanted(&last)
        })
        .await;
        last
    }
}

async fn take(
    State(taken): State<Arc<Mutex<Taken>>>,
    headers: HeaderMap,
    body: String,
) -> StatusCode {
    let mut taken = taken.lock().unwrap();
    taken.hooks.push(Hook { headers, body });
    if taken.refuse > 0 {
        taken.refuse -= 1;
        return StatusCode::INTERNAL_SERVER_ERROR;
    }
    StatusCode::OK
}

/// Asks until it is so, or fails after a while.
pub async fn eventually(what: &str, mut so: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !so().await {
        assert!(Instant::now() < deadline, "{what}: not in time");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// The types of the events in webhooks.
pub fn kinds(hooks: &[Hook]) -> Vec<String> {
    let mut kinds: Vec<String> = hooks
        .iter()
        .map(|hook| hook.event()["type"].as_str().unwrap().to_owned())
        .collect();
    kinds.sort();
    kinds
}
