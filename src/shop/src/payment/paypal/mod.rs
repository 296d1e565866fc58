//! PayPal, by its published REST API: Orders v2, captures, refunds and verified webhooks
//! (<https://developer.paypal.com/docs/api/orders/v2/>).
//!
//! The shopper only agrees on PayPal's page; money moves when the shop captures the order. What was never captured can't be
//! charged, so an order that is given up needs no call to be safe.

mod encode;
mod reply;
mod token;
mod webhook;

use super::provider::{
    Answer, Attempt, Notice, PaymentProvider, ProviderError, Refund, Report, Started, WebhookError,
};
use crate::Broken;
use domain::payment::Outcome;
use domain::{AttemptId, Money};
use futures::FutureExt;
use futures::future::BoxFuture;
use http::HeaderMap;
use reqwest::{Client, Method, StatusCode};
use serde::de::DeserializeOwned;
use std::time::Duration;
use time::OffsetDateTime;
use token::Tokens;

/// How long one call may take.
const DEADLINE: Duration = Duration::from_secs(5);
/// No answer of PayPal's is longer; a longer one is none.
const MOST_BYTES: usize = 1 << 20;

/// The keys of a REST app, and the id of its webhook.
#[derive(Clone)]
pub struct Keys {
    pub client_id: String,
    pub client_secret: String,
    /// Without it no webhook is believed.
    pub webhook_id: String,
}

/// PayPal, or whoever speaks its API.
pub struct PayPal {
    client: Client,
    /// Without a slash at the end.
    url: String,
    tokens: Tokens,
    webhook_id: String,
}

/// An answer, read whole.
struct Answered {
    status: StatusCode,
    body: Vec<u8>,
}

impl PayPal {
    /// `url` is `https://api-m.paypal.com`, `https://api-m.sandbox.paypal.com`, or the simulator's.
    ///
    /// # Errors
    /// [`Broken::Other`] when TLS can't be set up.
    pub fn new(url: &str, keys: Keys) -> Result<Self, Broken> {
        let client = Client::builder()
            .timeout(DEADLINE)
            .connect_timeout(DEADLINE / 2)
            .pool_max_idle_per_host(64)
            .redirect(reqwest::redirect::Policy::none())
            // Mozilla's are compiled in; reading the machine's as well takes its time at each start.
            .tls_built_in_native_certs(false)
            .build()
            .map_err(|error| Broken::Other(format!("PayPal client: {error}")))?;
        let url = url.trim_end_matches('/').to_owned();
        Ok(Self {
            tokens: Tokens::new(&url, keys.client_id, keys.client_secret),
            client,
            url,
            webhook_id: keys.webhook_id,
        })
    }

    /// Sends a request, with a fresh token when the kept one is not taken any more.
    async fn send(
        &self,
        method: Method,
        path: &str,
        key: Option<&str>,
        body: Option<&str>,
    ) -> Result<Answered, ProviderError> {
        let mut token = self.tokens.get(&self.client).await?;
        for fresh in [false, true] {
            let mut request = self
                .client
                .request(method.clone(), format!("{}{path}", self.url))
                .bearer_auth(&token)
                .header("Prefer", "return=representation");
            if let Some(key) = key {
                request = request.header("PayPal-Request-Id", key);
            }
            if let Some(body) = body {
                request = request
                    .header("Content-Type", "application/json")
                    .body(body.to_owned());
            }
            let answer = read(request).await?;
            if answer.status != StatusCode::UNAUTHORIZED || fresh {
                return Ok(answer);
            }
            token = self.tokens.renew(&self.client, &token).await?;
        }
        Err(ProviderError::Unknown("no token is taken".to_owned()))
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, ProviderError> {
        self.send(Method::GET, path, None, None).await?.success()
    }

    async fn post(&self, path: &str, key: &str, body: &str) -> Result<Answered, ProviderError> {
        self.send(Method::POST, path, Some(key), Some(body)).await
    }

    async fn order(&self, reference: &str) -> Result<reply::Order, ProviderError> {
        self.get(&order_path(reference, "")?).await
    }
}

/// Sends `request` and reads its answer. What can't be told from "it happened" is unknown.
async fn read(request: reqwest::RequestBuilder) -> Result<Answered, ProviderError> {
    let unknown = |error: reqwest::Error| ProviderError::Unknown(error.without_url().to_string());
    let mut response = request.send().await.map_err(unknown)?;
    let status = response.status();
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unknown)? {
        if body.len() + chunk.len() > MOST_BYTES {
            return Err(ProviderError::Unknown("the answer is too long".to_owned()));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answered { status, body })
}

impl Answered {
    /// # Errors
    /// [`ProviderError`] for a failure, or an answer that can't be read.
    fn success<T: DeserializeOwned>(self) -> Result<T, ProviderError> {
        if !self.status.is_success() {
            return Err(self.failure());
        }
        serde_json::from_slice(&self.body)
            .map_err(|error| ProviderError::Unknown(format!("{}: {error}", self.status)))
    }

    /// What an answer that is no success means: <https://developer.paypal.com/api/rest/responses/>. 409 says that the same
    /// request is still being worked on, 429 that it was not looked at; both may yet happen.
    fn failure(&self) -> ProviderError {
        let text = format!("{}: {}", self.status, reply::Failure::read(&self.body));
        let not_done = matches!(
            self.status,
            StatusCode::BAD_REQUEST
                | StatusCode::UNAUTHORIZED
                | StatusCode::FORBIDDEN
                | StatusCode::NOT_FOUND
                | StatusCode::UNPROCESSABLE_ENTITY
        );
        if not_done {
            ProviderError::Refused(text)
        } else {
            ProviderError::Unknown(text)
        }
    }
}

impl PaymentProvider for PayPal {
    fn name(&self) -> &'static str {
        "paypal"
    }

    fn takes(&self, amount: Money) -> Result<(), String> {
        encode::value(amount)
            .map(|_| ())
            .map_err(|error| error.to_string())
    }

    fn captures_on_demand(&self) -> bool {
        true
    }

    fn start<'a>(&'a self, attempt: &'a Attempt) -> Answer<'a, Started> {
        async move {
            let body = encode::order(attempt)?.to_string();
            let key = attempt.id.to_string();
            let answer = self.post("/v2/checkout/orders", &key, &body).await?;
            answer.success::<reply::Order>()?.started(attempt)
        }
        .boxed()
    }

    /// An order whose id nobody heard can't be captured, so there is none that could be paid.
    fn find<'a>(&'a self, _: &'a Attempt) -> Answer<'a, Option<Report>> {
        std::future::ready(Ok(None)).boxed()
    }

    fn ask<'a>(&'a self, reference: &'a str) -> Answer<'a, Report> {
        async move { self.order(reference).await?.report() }.boxed()
    }

    fn capture<'a>(&'a self, attempt: AttemptId, reference: &'a str) -> Answer<'a, Report> {
        async move {
            let path = order_path(reference, "/capture")?;
            let answer = self.post(&path, &attempt.to_string(), "{}").await?;
            if answer.status.is_success() {
                return answer.success::<reply::Order>()?.report();
            }
            let issue = reply::Failure::read(&answer.body);
            if answer.status != StatusCode::UNPROCESSABLE_ENTITY {
                return Err(answer.failure());
            }
            // Refused; but it may have been captured by the call before this one.
            let mut report = self.order(reference).await?.report()?;
            if report.outcome == Outcome::Pending && report.approved && !issue.wants_the_payer() {
                tracing::info!(%attempt, %issue, "PayPal did not capture");
                report.outcome = Outcome::Failed;
            }
            report.approved = false;
            Ok(report)
        }
        .boxed()
    }

    /// PayPal closes an order by itself when it is not captured; whoever asks here has made sure that it never will be.
    fn expire<'a>(&'a self, reference: &'a str) -> Answer<'a, Report> {
        async move {
            let order = self.order(reference).await?;
            let is_under_way = order.is_being_captured();
            let mut report = order.report()?;
            if report.outcome == Outcome::Pending && !is_under_way {
                report.outcome = Outcome::Failed;
                report.redirect_url = None;
            }
            report.approved = false;
            Ok(report)
        }
        .boxed()
    }

    fn refund<'a>(&'a self, refund: &'a Refund) -> Answer<'a, ()> {
        async move {
            let order = self.order(&refund.reference).await?;
            let capture = order.captured().ok_or_else(|| {
                ProviderError::Refused("nothing was paid that could go back".to_owned())
            })?;
            let path = format!("/v2/payments/captures/{}/refund", id(capture)?);
            let key = format!("refund-{}", refund.id);
            let body = encode::refund(refund)?.to_string();
            let answer = self.post(&path, &key, &body).await?;
            answer.success::<reply::Refund>()?.accepted()
        }
        .boxed()
    }

    fn read_webhook<'a>(
        &'a self,
        headers: &'a HeaderMap,
        body: &'a [u8],
        now: OffsetDateTime,
    ) -> BoxFuture<'a, Result<Notice, WebhookError>> {
        async move {
            let question = webhook::question(headers, body, &self.webhook_id, now)?;
            let path = "/v1/notifications/verify-webhook-signature";
            let answer = self.send(Method::POST, path, None, Some(&question)).await;
            let answer = answer.and_then(Answered::success::<webhook::Verdict>);
            match answer {
                Ok(verdict) if verdict.holds() => {}
                // PayPal does not know such a webhook, or can't read what it was asked: not one of its own.
                Ok(_) | Err(ProviderError::Refused(_)) => return Err(WebhookError::Forged),
                Err(error) => return Err(WebhookError::Unverified(error.to_string())),
            }
            let body = serde_json::from_slice(body).map_err(|_| WebhookError::Malformed)?;
            self.read_notice(&body)
        }
        .boxed()
    }

    fn read_notice(&self, body: &serde_json::Value) -> Result<Notice, WebhookError> {
        reply::notice(body)
    }
}

fn order_path(reference: &str, tail: &str) -> Result<String, ProviderError> {
    Ok(format!("/v2/checkout/orders/{}{tail}", id(reference)?))
}

/// References come in by URL: only what looks like one of PayPal's ids goes out in a path.
fn id(text: &str) -> Result<&str, ProviderError> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if (1..=64).contains(&text.len()) && text.bytes().all(is_plain) {
        Ok(text)
    } else {
        Err(ProviderError::Refused("not one of PayPal's ids".to_owned()))
    }
}

#[cfg(test)]
mod tests;
