//! Stripe, by its published HTTP API: Checkout Sessions, Payment Intents of saved cards, refunds and signed webhooks
//! (<https://docs.stripe.com/api>).

mod encode;
mod intent;
mod reply;
mod signature;

use super::provider::{
    Answer, Attempt, Kept, Notice, PaymentProvider, ProviderError, Refund, Report, Saved, Started,
    WebhookError,
};
use crate::{Broken, fault};
use domain::Money;
use futures::FutureExt;
use futures::future::BoxFuture;
use http::HeaderMap;
use reqwest::{Client, RequestBuilder, StatusCode};
use serde::de::DeserializeOwned;
use std::time::Duration;
use time::OffsetDateTime;

/// How long one call may take.
const DEADLINE: Duration = Duration::from_secs(5);
/// The version of the API that this adapter was written for.
const VERSION: &str = "2024-06-20";
/// No answer of Stripe's is longer; a longer one is none.
const MOST_BYTES: usize = 1 << 20;
/// How many pages of a list are read, of 100 sessions each.
const MOST_PAGES: usize = 5;
/// How far Stripe's clock may be from ours.
const CLOCKS_DIFFER: time::Duration = time::Duration::minutes(2);

/// Stripe, or whoever speaks its API.
pub struct Stripe {
    client: Client,
    /// Without a slash at the end.
    url: String,
    secret_key: String,
    webhook_secret: String,
}

impl Stripe {
    /// `url` is `https://api.stripe.com`, or the simulator's.
    ///
    /// # Errors
    /// [`Broken::Other`] when TLS can't be set up.
    pub fn new(url: &str, secret_key: &str, webhook_secret: &str) -> Result<Self, Broken> {
        let client = Client::builder()
            .timeout(DEADLINE)
            .connect_timeout(DEADLINE / 2)
            .pool_max_idle_per_host(64)
            .redirect(reqwest::redirect::Policy::none())
            // Mozilla's are compiled in; reading the machine's as well takes its time at each start.
            .tls_built_in_native_certs(false)
            .build()
            .map_err(|error| Broken::Other(format!("Stripe client: {error}")))?;
        Ok(Self {
            client,
            url: url.trim_end_matches('/').to_owned(),
            secret_key: secret_key.to_owned(),
            webhook_secret: webhook_secret.to_owned(),
        })
    }

    fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("{}{path}", self.url))
    }

    fn post(&self, path: &str, idempotency_key: &str, form: &[(String, String)]) -> RequestBuilder {
        let is_refund = path == "/v1/refunds";
        if fault::planted(if is_refund {
            "refund_without_key"
        } else {
            "provider_without_key"
        }) {
            return self.client.post(format!("{}{path}", self.url)).form(form);
        }
        self.client
            .post(format!("{}{path}", self.url))
            .header("Idempotency-Key", idempotency_key)
            .form(form)
    }

    /// Sends a request and reads its answer. What can't be told from "it happened" is unknown.
    async fn call<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, ProviderError> {
        let unknown =
            |error: reqwest::Error| ProviderError::Unknown(error.without_url().to_string());
        let mut response = request
            .bearer_auth(&self.secret_key)
            .header("Stripe-Version", VERSION)
            .send()
            .await
            .map_err(unknown)?;
        let status = response.status();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(unknown)? {
            if body.len() + chunk.len() > MOST_BYTES {
                return Err(ProviderError::Unknown("the answer is too long".to_owned()));
            }
            body.extend_from_slice(&chunk);
        }
        if status.is_success() {
            return serde_json::from_slice(&body)
                .map_err(|error| ProviderError::Unknown(format!("{status}: {error}")));
        }
        Err(refusal(status, &body))
    }

    async fn session(&self, reference: &str) -> Result<reply::Session, ProviderError> {
        let path = session_path(reference, "?expand%5B%5D=payment_intent")?;
        self.call(self.get(&path)).await
    }

    async fn intent(&self, reference: &str) -> Result<intent::PaymentIntent, ProviderError> {
        self.call(self.get(&intent_path(reference, "")?)).await
    }

    /// The session of an attempt by the very request that began it: under the same key Stripe says for a day what it said
    /// first. A request that is refused for what it says was not carried out before, because such answers are not kept. One
    /// that was never heard before opens a page, if it comes within a minute: the caller closes it.
    async fn once_more(&self, attempt: &Attempt) -> Result<Option<Report>, ProviderError> {
        let form = encode::session(attempt)?;
        let key = attempt.id.to_string();
        let request = self.post("/v1/checkout/sessions", &key, &form);
        match self.call::<reply::Session>(request).await {
            // As it was then; how it stands now is another question.
            Ok(session) => self.session(session.id()).await?.report().map(Some),
            Err(ProviderError::Refused(why)) if why.starts_with("400 ") => Ok(None),
            Err(ProviderError::Refused(why)) => Err(ProviderError::Unknown(why)),
            Err(error) => Err(error),
        }
    }
}

impl PaymentProvider for Stripe {
    fn name(&self) -> &'static str {
        "stripe"
    }

    fn takes(&self, amount: Money) -> Result<(), String> {
        encode::units(amount)
            .map(|_| ())
            .map_err(|error| error.to_string())
    }

    fn start<'a>(&'a self, attempt: &'a Attempt) -> Answer<'a, Started> {
        async move {
            let form = encode::session(attempt)?;
            let key = attempt.id.to_string();
            let request = self.post("/v1/checkout/sessions", &key, &form);
            let session: reply::Session = match self.call(request).await {
                Err(ProviderError::Unknown(_)) if fault::planted("provider_without_key") => {
                    self.call(self.post("/v1/checkout/sessions", &key, &form))
                        .await?
                }
                answer => answer?,
            };
            session.started(attempt)
        }
        .boxed()
    }

    /// By its metadata, among the sessions of its time: Stripe repeats a failure under the same key for a day, so that the
    /// same call again does not always tell. Where there are too many to look through, it has to.
    fn find<'a>(&'a self, attempt: &'a Attempt) -> Answer<'a, Option<Report>> {
        async move {
            let begun = attempt.expires_at - Attempt::LIFE;
            let from = (begun - CLOCKS_DIFFER).unix_timestamp();
            let to = (begun + CLOCKS_DIFFER).unix_timestamp();
            let list = format!(
                "/v1/checkout/sessions?limit=100&created%5Bgte%5D={from}&created%5Blte%5D={to}"
            );
            let mut after = String::new();
            for _ in 0..MOST_PAGES {
                let page: reply::Sessions = self.call(self.get(&format!("{list}{after}"))).await?;
                if let Some(session) = page.about(attempt.id) {
                    return session.report().map(Some);
                }
                match page.last() {
                    Some(last) if page.has_more => after = format!("&starting_after={last}"),
                    _ => return Ok(None),
                }
            }
            self.once_more(attempt).await
        }
        .boxed()
    }

    fn ask<'a>(&'a self, reference: &'a str) -> Answer<'a, Report> {
        async move {
            if is_intent(reference) {
                self.intent(reference).await?.report()
            } else {
                self.session(reference).await?.report()
            }
        }
        .boxed()
    }

    fn charges_saved_methods(&self) -> bool {
        true
    }

    fn charge<'a>(&'a self, attempt: &'a Attempt, saved: &'a Saved) -> Answer<'a, Report> {
        async move {
            let form = encode::charge(attempt, saved)?;
            let key = attempt.id.to_string();
            let request = self.post("/v1/payment_intents", &key, &form);
            self.call::<intent::PaymentIntent>(request).await?.report()
        }
        .boxed()
    }

    /// Among all of the customer's payments since then.
    fn find_charge<'a>(
        &'a self,
        attempt: &'a Attempt,
        saved: &'a Saved,
    ) -> Answer<'a, Option<Report>> {
        async move {
            let from = (attempt.expires_at - Attempt::LIFE - CLOCKS_DIFFER).unix_timestamp();
            let customer = plain(&saved.customer)?;
            let list = format!(
                "/v1/payment_intents?limit=100&customer={customer}&created%5Bgte%5D={from}"
            );
            let mut after = String::new();
            loop {
                let page: intent::PaymentIntents =
                    self.call(self.get(&format!("{list}{after}"))).await?;
                if let Some(found) = page.about(attempt.id) {
                    return found.report().map(Some);
                }
                match page.last() {
                    Some(last) if page.has_more => after = format!("&starting_after={last}"),
                    _ => return Ok(None),
                }
            }
        }
        .boxed()
    }

    fn kept<'a>(&'a self, reference: &'a str) -> Answer<'a, Option<Kept>> {
        async move {
            if is_intent(reference) {
                // It was charged because it is kept.
                return Ok(None);
            }
            let session = self.session(reference).await?;
            let Some((customer, method)) = session.paid_with() else {
                return Ok(None);
            };
            let path = format!(
                "/v1/customers/{}/payment_methods?limit=100",
                plain(customer)?
            );
            let methods: intent::Methods = self.call(self.get(&path)).await?;
            Ok(methods.kept(customer, method))
        }
        .boxed()
    }

    fn expire<'a>(&'a self, reference: &'a str) -> Answer<'a, Report> {
        async move {
            if is_intent(reference) {
                let request = self.client.post(format!(
                    "{}{}",
                    self.url,
                    intent_path(reference, "/cancel")?
                ));
                return match self.call::<intent::PaymentIntent>(request).await {
                    Ok(intent) => intent.report(),
                    // It is over, or under way: it says so itself.
                    Err(ProviderError::Refused(_)) => self.intent(reference).await?.report(),
                    Err(unknown) => Err(unknown),
                };
            }
            let path = session_path(reference, "/expire")?;
            // Without a key: closing twice is closing, and Stripe would repeat a failure under the same key for a day.
            let request = self.client.post(format!("{}{path}", self.url));
            match self.call::<reply::Session>(request).await {
                Ok(session) => session.report(),
                // Stripe refuses to expire what is not open any more: then it is something else, and says what.
                Err(ProviderError::Refused(_)) => self.session(reference).await?.report(),
                Err(unknown) => Err(unknown),
            }
        }
        .boxed()
    }

    fn refund<'a>(&'a self, refund: &'a Refund) -> Answer<'a, ()> {
        async move {
            let form = if is_intent(&refund.reference) {
                encode::refund(refund, plain(&refund.reference)?)?
            } else {
                let session = self.session(&refund.reference).await?;
                let payment = session.payment_intent().ok_or_else(|| {
                    ProviderError::Refused("nothing was paid that could go back".to_owned())
                })?;
                encode::refund(refund, payment)?
            };
            let key = format!("refund-{}", refund.id);
            let answer: reply::Refund = self.call(self.post("/v1/refunds", &key, &form)).await?;
            answer.accepted()
        }
        .boxed()
    }

    fn read_webhook<'a>(
        &'a self,
        headers: &'a HeaderMap,
        body: &'a [u8],
        now: OffsetDateTime,
    ) -> BoxFuture<'a, Result<Notice, WebhookError>> {
        let signature = headers
            .get("stripe-signature")
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let read = signature::verify(signature, body, &self.webhook_secret, now)
            .and_then(|()| serde_json::from_slice(body).map_err(|_| WebhookError::Malformed))
            .and_then(|body| self.read_notice(&body));
        std::future::ready(read).boxed()
    }

    fn read_notice(&self, body: &serde_json::Value) -> Result<Notice, WebhookError> {
        reply::notice(body)
    }
}

/// Whether that reference is a Payment Intent's, which charged a saved card; all others are sessions'.
fn is_intent(reference: &str) -> bool {
    reference.starts_with("pi_")
}

fn session_path(reference: &str, tail: &str) -> Result<String, ProviderError> {
    Ok(format!("/v1/checkout/sessions/{}{tail}", plain(reference)?))
}

fn intent_path(reference: &str, tail: &str) -> Result<String, ProviderError> {
    Ok(format!("/v1/payment_intents/{}{tail}", plain(reference)?))
}

/// References come in by URL: only what looks like one of Stripe's ids goes out in a path.
fn plain(reference: &str) -> Result<&str, ProviderError> {
    let fits = !reference.is_empty()
        && reference.len() <= 255
        && reference
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if !fits {
        return Err(ProviderError::Refused("not one of Stripe's ids".to_owned()));
    }
    Ok(reference)
}

/// What an answer that is no success means: <https://docs.stripe.com/api/errors>.
fn refusal(status: StatusCode, body: &[u8]) -> ProviderError {
    let told = reply::Failure::read(body);
    let text = format!("{status}: {told}");
    let not_done = matches!(
        status,
        StatusCode::BAD_REQUEST
            | StatusCode::UNAUTHORIZED
            | StatusCode::PAYMENT_REQUIRED
            | StatusCode::FORBIDDEN
            | StatusCode::NOT_FOUND
    );
    // The same key with another body: the first call did happen. 409 and 429: it may yet.
    if not_done && !told.is_idempotency_conflict() {
        ProviderError::Refused(text)
    } else {
        ProviderError::Unknown(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_plain_refusal_means_that_nothing_happened() {
        let plain = br#"{"error": {"type": "invalid_request_error", "message": "No such price"}}"#;
        let reused = br#"{"error": {"type": "idempotency_error", "message": "Keys for idempotent requests"}}"#;
        let of = |status: u16, body: &[u8]| refusal(StatusCode::from_u16(status).unwrap(), body);
        for status in [400, 401, 402, 403, 404] {
            assert!(
                matches!(of(status, plain), ProviderError::Refused(_)),
                "{status}"
            );
        }
        for status in [301, 409, 418, 429, 500, 502, 503] {
            assert!(
                matches!(of(status, plain), ProviderError::Unknown(_)),
                "{status}"
            );
        }
        assert!(matches!(of(400, reused), ProviderError::Unknown(_)));
        assert!(matches!(of(500, b"<html>"), ProviderError::Unknown(_)));
    }

    #[test]
    fn only_ids_go_into_paths() {
        assert_eq!(
            session_path("cs_test_a1B2", "/expire").unwrap(),
            "/v1/checkout/sessions/cs_test_a1B2/expire"
        );
        for odd in [
            "",
            "../refunds",
            "cs_1?x=1",
            "cs 1",
            "cs_1/expire",
            &"a".repeat(256),
        ] {
            assert!(session_path(odd, "").is_err(), "{odd:?}");
        }
    }
}
