//! Sending events: signed as Stripe signs (<https://docs.stripe.com/webhooks#verify-manually>), tried again until the
//! shop says 2xx, and owed over a restart.

use std::{sync::Arc, time::Duration};

use hmac::{Hmac, KeyInit as _, Mac as _};
use reqwest::{Client, Url, header};
use sha2::Sha256;
use tokio::sync::{Semaphore, mpsc::UnboundedReceiver, oneshot};

use crate::{
    provider::Provider,
    store::model::{Cause, Change, Delivery, DeliveryState, now},
};

/// How many deliveries are under way at once.
const LANES: usize = 64;
/// How long the shop may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// The first pause after a failure; it doubles up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// An event on its way.
pub struct Parcel {
    event: String,
    /// Absent after a restart; then it is read from the ledger.
    body: Option<String>,
    /// It leaves when the ledger is durable up to here.
    position: u64,
    receipt: Option<oneshot::Sender<()>>,
}

impl Parcel {
    pub const fn new(event: String, body: Option<String>, position: u64) -> Self {
        Self {
            event,
            body,
            position,
            receipt: None,
        }
    }

    /// Tells when the first attempt is over, however it ended.
    pub fn receipt(&mut self) -> oneshot::Receiver<()> {
        let (send, receive) = oneshot::channel();
        self.receipt = Some(send);
        receive
    }
}

/// The value of the `Stripe-Signature` header: HMAC-SHA256 of `{time}.{body}`.
pub fn signature(secret: &str, time: i64, body: &str) -> String {
    use std::fmt::Write as _;
    let mut value = format!("t={time},v1=");
    // HMAC takes a key of any length.
    if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) {
        mac.update(time.to_string().as_bytes());
        mac.update(b".");
        mac.update(body.as_bytes());
        for byte in mac.finalize().into_bytes() {
            let _ = write!(value, "{byte:02x}");
        }
    }
    value
}

/// Takes parcels as they come, for as long as the process lives.
pub async fn dispatch(
    provider: Arc<Provider>,
    client: Client,
    mut parcels: UnboundedReceiver<Parcel>,
) {
    let lanes = Arc::new(Semaphore::new(LANES));
    while let Some(parcel) = parcels.recv().await {
        let plan = provider.faults.delivery();
        if plan.drop {
            settle(&provider, &parcel.event, DeliveryState::Dropped, 0, None);
            continue;
        }
        let courier = Courier {
            provider: Arc::clone(&provider),
            client: client.clone(),
            lanes: Arc::clone(&lanes),
        };
        for delay in plan.copies {
            let copy = Parcel::new(parcel.event.clone(), parcel.body.clone(), parcel.position);
            tokio::spawn(courier.clone().copy(copy, delay));
        }
        tokio::spawn(courier.deliver(parcel, plan.delay));
    }
}

/// A client for webhooks: no redirects, no proxy, one deadline.
///
/// # Errors
/// TLS can't be set up.
pub fn client() -> reqwest::Result<Client> {
    Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .timeout(PATIENCE)
        .user_agent("Stripe/1.0 (+https://stripe.com/docs/webhooks)")
        .build()
}

/// Queues every event that is still owed and that nobody looks after: at start, and when a target is set.
pub fn requeue(provider: &Provider) {
    let mut desk = provider.desk();
    let position = desk.ledger.length();
    for (id, entry) in &mut desk.books.events {
        let owed = matches!(entry.state, DeliveryState::Pending | DeliveryState::GivenUp);
        if !owed || entry.under_way {
            continue;
        }
        if provider.wants(&entry.kind) {
            entry.under_way = true;
            entry.state = DeliveryState::Pending;
            let _ = provider
                .parcels
                .send(Parcel::new(id.clone(), None, position));
        } else {
            entry.state = DeliveryState::Unwanted;
        }
    }
}

/// Queues one event again, whatever became of it. False when there is no such event.
pub fn resend(provider: &Provider, event: &str) -> bool {
    let mut desk = provider.desk();
    let position = desk.ledger.length();
    let Some(entry) = desk.books.events.get_mut(event) else {
        return false;
    };
    entry.under_way = true;
    let _ = provider
        .parcels
        .send(Parcel::new(event.to_owned(), None, position));
    true
}

/// Records how a delivery ended.
fn settle(
    provider: &Provider,
    event: &str,
    state: DeliveryState,
    attempts: u32,
    status: Option<u16>,
) {
    let mut change = Change::new(now(), Cause::Webhook);
    change.delivery = Some(Delivery {
        event: event.to_owned(),
        state,
        attempts,
        status,
    });
    let mut desk = provider.desk();
    if let Some(entry) = desk.books.events.get_mut(event) {
        entry.under_way = false;
    }
    // Lost with a full disk, it is sent once more after a restart, which receivers must bear anyway.
    if let Err(error) = provider.commit(&mut desk, change).map(drop) {
        tracing::error!(%error, "the ledger refused a delivery's line");
    }
}

#[derive(Clone)]
struct Courier {
    provider: Arc<Provider>,
    client: Client,
    lanes: Arc<Semaphore>,
}

impl Courier {
    /// Tries until 2xx, with growing pauses.
    async fn deliver(self, mut parcel: Parcel, delay: Duration) {
        self.wait(&parcel, delay).await;
        let mut pause = FIRST_PAUSE;
        let mut status = None;
        for attempt in 1..=self.provider.settings.webhook_attempts.max(1) {
            let Some(target) = self.provider.target() else {
                // Nowhere to go: `requeue` finds it when a target is set.
                self.release(&parcel.event);
                return;
            };
            status = self.attempt(target, &mut parcel).await;
            if let Some(receipt) = parcel.receipt.take() {
                let _ = receipt.send(());
            }
            if status.is_some_and(|status| (200..300).contains(&status)) {
                settle(
                    &self.provider,
                    &parcel.event,
                    DeliveryState::Delivered,
                    attempt,
                    status,
                );
                return;
            }
            self.note(&parcel.event, attempt, status);
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        let attempts = self.provider.settings.webhook_attempts;
        settle(
            &self.provider,
            &parcel.event,
            DeliveryState::GivenUp,
            attempts,
            status,
        );
    }

    /// Sends a duplicate once and forgets it.
    async fn copy(self, mut parcel: Parcel, delay: Duration) {
        self.wait(&parcel, delay).await;
        if let Some(target) = self.provider.target() {
            self.attempt(target, &mut parcel).await;
        }
    }

    async fn wait(&self, parcel: &Parcel, delay: Duration) {
        self.provider.fsync.reach(parcel.position).await;
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
    }

    fn release(&self, event: &str) {
        if let Some(entry) = self.provider.desk().books.events.get_mut(event) {
            entry.under_way = false;
        }
    }

    fn note(&self, event: &str, attempt: u32, status: Option<u16>) {
        tracing::info!(event, attempt, ?status, "a webhook was not taken");
        if let Some(entry) = self.provider.desk().books.events.get_mut(event) {
            entry.attempts = attempt;
            entry.status = status;
        }
    }

    /// One request; the status, or nothing when there was no answer.
    async fn attempt(&self, target: Url, parcel: &mut Parcel) -> Option<u16> {
        let _lane = self.lanes.acquire().await.ok()?;
        let body = match &parcel.body {
            Some(body) => body.clone(),
            None => {
                let body = self.stored(&parcel.event)?;
                parcel.body.insert(body).clone()
            }
        };
        let signature = signature(&self.provider.settings.webhook_secret, now(), &body);
        let response = self
            .client
            .post(target)
            .header(header::CONTENT_TYPE, "application/json; charset=utf-8")
            .header("stripe-signature", signature)
            .body(body)
            .send()
            .await
            .ok()?;
        let status = response.status().as_u16();
        // Read to the end, or the connection can't be used again.
        let _ = response.bytes().await;
        Some(status)
    }

    fn stored(&self, id: &str) -> Option<String> {
        let desk = self.provider.desk();
        let change = desk.ledger.read(desk.books.events.get(id)?.span).ok()?;
        let event = change.events.into_iter().find(|event| event.id == id)?;
        Some(event.payload.get().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_the_hmac_of_time_and_body() {
        // printf '1700000000.{"id":"evt_1"}' | openssl dgst -sha256 -hmac whsec_test
        assert_eq!(
            signature("whsec_test", 1_700_000_000, r#"{"id":"evt_1"}"#),
            "t=1700000000,v1=c89214b5b5da833daed6f0b8c5bb6bd58cea9022bd80ccc78230f3942d632925"
        );
    }
}
