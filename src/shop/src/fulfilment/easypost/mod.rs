//! EasyPost, by its published HTTP API, version 2: shipments, labels, trackers and signed webhooks
//! (<https://docs.easypost.com>).

mod message;
mod signature;

use super::carrier::{
    Carrier, CarrierAnswer, CarrierError, Label, NoticeError, Offer, Parcel, Tracking,
    TrackingNotice,
};
use crate::Broken;
use futures::FutureExt;
use reqwest::{Client, RequestBuilder, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::time::Duration;

/// How long one call may take: carriers' rates take their time.
const DEADLINE: Duration = Duration::from_secs(10);
/// No answer of EasyPost's is longer; a longer one is none.
const MOST_BYTES: usize = 1 << 20;

/// EasyPost, or whoever speaks its API.
pub struct EasyPost {
    client: Client,
    /// Without a slash at the end.
    url: String,
    key: String,
    webhook_secret: String,
}

impl EasyPost {
    /// `url` is `https://api.easypost.com`, or the simulator's.
    ///
    /// # Errors
    /// [`Broken::Other`] when TLS can't be set up.
    pub fn new(url: &str, key: &str, webhook_secret: &str) -> Result<Self, Broken> {
        let client = Client::builder()
            .timeout(DEADLINE)
            .connect_timeout(DEADLINE / 2)
            .redirect(reqwest::redirect::Policy::none())
            // Mozilla's are compiled in; reading the machine's as well takes its time at each start.
            .tls_built_in_native_certs(false)
            .build()
            .map_err(|error| Broken::Other(format!("EasyPost client: {error}")))?;
        Ok(Self {
            client,
            url: url.trim_end_matches('/').to_owned(),
            key: key.to_owned(),
            webhook_secret: webhook_secret.to_owned(),
        })
    }

    fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("{}{path}", self.url))
    }

    fn post(&self, path: &str, body: &Value) -> RequestBuilder {
        self.client.post(format!("{}{path}", self.url)).json(body)
    }

    /// Sends a request and reads its answer. The key is the user's name, without a password.
    async fn call<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, CarrierError> {
        let unknown =
            |error: reqwest::Error| CarrierError::Unknown(error.without_url().to_string());
        let mut response = request
            .basic_auth(&self.key, Some(""))
            .send()
            .await
            .map_err(unknown)?;
        let status = response.status();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(unknown)? {
            if body.len() + chunk.len() > MOST_BYTES {
                return Err(CarrierError::Unknown("the answer is too long".to_owned()));
            }
            body.extend_from_slice(&chunk);
        }
        if status.is_success() {
            return serde_json::from_slice(&body)
                .map_err(|error| CarrierError::Unknown(format!("{status}: {error}")));
        }
        let told = format!("{status}: {}", message::refusal(&body));
        // 408, 409, 429 and what is wrong on their side may be over later.
        let for_good = status.is_client_error()
            && !matches!(
                status,
                StatusCode::REQUEST_TIMEOUT | StatusCode::CONFLICT | StatusCode::TOO_MANY_REQUESTS
            );
        Err(if for_good {
            CarrierError::Refused(told)
        } else {
            CarrierError::Unknown(told)
        })
    }
}

impl Carrier for EasyPost {
    fn name(&self) -> &'static str {
        "easypost"
    }

    fn offer<'a>(&'a self, parcel: &'a Parcel) -> CarrierAnswer<'a, Offer> {
        async move {
            let body = message::shipment(parcel);
            let shipment: message::Shipment = self.call(self.post("/v2/shipments", &body)).await?;
            shipment.offer()
        }
        .boxed()
    }

    fn buy<'a>(&'a self, reference: &'a str, rate: &'a str) -> CarrierAnswer<'a, Label> {
        async move {
            let path = format!("/v2/shipments/{}", id(reference)?);
            let body = json!({ "rate": { "id": rate } });
            let bought = self.call(self.post(&format!("{path}/buy"), &body)).await;
            match bought {
                Ok(shipment) => message::Shipment::label(shipment),
                Err(CarrierError::Refused(why)) => {
                    // A label that was bought before can't be bought again, but looked at.
                    let known: Result<message::Shipment, _> = self.call(self.get(&path)).await;
                    known
                        .ok()
                        .and_then(|shipment| shipment.label().ok())
                        .ok_or(CarrierError::Refused(why))
                }
                Err(unknown) => Err(unknown),
            }
        }
        .boxed()
    }

    fn track<'a>(&'a self, tracker: &'a str) -> CarrierAnswer<'a, Tracking> {
        async move {
            let path = format!("/v2/trackers/{}", id(tracker)?);
            let tracker: message::Tracker = self.call(self.get(&path)).await?;
            Ok(tracker.tracking())
        }
        .boxed()
    }

    fn read_webhook(&self, signature: &str, body: &[u8]) -> Result<TrackingNotice, NoticeError> {
        signature::verify(signature, body, &self.webhook_secret)?;
        let body = serde_json::from_slice(body).map_err(|_| NoticeError::Malformed)?;
        self.read_notice(&body)
    }

    fn read_notice(&self, body: &Value) -> Result<TrackingNotice, NoticeError> {
        message::notice(body)
    }
}

/// Only what looks like one of EasyPost's ids goes out in a path.
fn id(text: &str) -> Result<&str, CarrierError> {
    let fits = !text.is_empty()
        && text.len() <= 100
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    if fits {
        Ok(text)
    } else {
        Err(CarrierError::Refused("not an id of EasyPost's".to_owned()))
    }
}
