//! Sending events: signed as each service signs, tried again until the shop says 2xx, and owed over a restart.

pub mod target;

use std::{sync::Arc, time::Duration};

use reqwest::{
    Client, Url,
    header::{self, HeaderMap},
};
use serde_json::Value;
use tokio::sync::{Semaphore, mpsc::UnboundedReceiver, oneshot};

use crate::{
    carrier, paypal,
    provider::Provider,
    store::{
        books::EventEntry,
        model::{Cause, Change, Delivery, DeliveryState, Event, Service, now},
    },
    stripe,
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
    pub event: String,
    pub kind: String,
    pub service: Service,
    /// Absent after a restart; then it is read from the ledger.
    body: Option<Arc<str>>,
    /// It leaves when the ledger is durable up to here.
    position: u64,
    receipt: Option<oneshot::Sender<()>>,
    /// It comes as if it had happened so many seconds before.
    old: i64,
}

impl Parcel {
    pub fn of(event: &Event, body: Option<Box<str>>, position: u64) -> Self {
        Self {
            event: event.id.clone(),
            kind: event.kind.clone(),
            service: event.service,
            body: body.map(Arc::from),
            position,
            receipt: None,
            old: 0,
        }
    }

    /// One whose body lies in the ledger.
    fn kept(event: &str, entry: &EventEntry, position: u64) -> Self {
        Self {
            event: event.to_owned(),
            kind: entry.kind.clone(),
            service: entry.service,
            body: None,
            position,
            receipt: None,
            old: 0,
        }
    }

    /// A further one of the same event.
    fn copy(&self) -> Self {
        Self {
            event: self.event.clone(),
            kind: self.kind.clone(),
            service: self.service,
            body: self.body.clone(),
            position: self.position,
            receipt: None,
            old: self.old,
        }
    }

    /// Tells when the first attempt is over, however it ended.
    pub fn receipt(&mut self) -> oneshot::Receiver<()> {
        let (send, receive) = oneshot::channel();
        self.receipt = Some(send);
        receive
    }
}

/// Takes parcels as they come, for as long as the process lives.
pub async fn dispatch(
    provider: Arc<Provider>,
    client: Client,
    mut parcels: UnboundedReceiver<Parcel>,
) {
    let lanes = Arc::new(Semaphore::new(LANES));
    while let Some(mut parcel) = parcels.recv().await {
        let plan = provider.faults.delivery(parcel.service, &parcel.kind);
        if plan.drop {
            settle(&provider, &parcel.event, DeliveryState::Dropped, 0, None);
            continue;
        }
        parcel.old = plan.old;
        let courier = Courier {
            provider: Arc::clone(&provider),
            client: client.clone(),
            lanes: Arc::clone(&lanes),
        };
        for delay in plan.copies {
            let copy = parcel.copy();
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
        if !provider.wants(&entry.kind) {
            entry.state = DeliveryState::Unwanted;
        } else if provider.target(entry.service).is_some() {
            entry.under_way = true;
            entry.state = DeliveryState::Pending;
            let parcel = Parcel::kept(id, entry, position);
            let _ = provider.parcels.send(parcel);
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
    let parcel = Parcel::kept(event, entry, position);
    let _ = provider.parcels.send(parcel);
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

/// The same event as if it had happened so many seconds before. Stripe signs each delivery anew, PayPal's says when it was begun.
fn backdated(service: Service, body: Arc<str>, old: i64) -> Arc<str> {
    match service {
        _ if old == 0 => body,
        Service::Stripe => with(&body, "created", (now() - old).into()).into(),
        Service::Paypal => paypal::backdated(&body, old).into(),
        Service::Carrier => body,
    }
}

/// A JSON object with another value of one of its names.
pub fn with(body: &str, name: &str, value: Value) -> String {
    match serde_json::from_str(body) {
        Ok(Value::Object(mut object)) => {
            object.insert(name.to_owned(), value);
            Value::Object(object).to_string()
        }
        _ => body.to_owned(),
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
            let Some(target) = self.provider.target(parcel.service) else {
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
        if let Some(target) = self.provider.target(parcel.service) {
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
        let body = backdated(parcel.service, body, parcel.old);
        self.provider
            .messages
            .fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let response = self
            .client
            .post(target)
            .header(header::CONTENT_TYPE, "application/json; charset=utf-8")
            .headers(self.signed(parcel.service, &body, parcel.old))
            .body(body.to_string())
            .send()
            .await
            .ok()?;
        let status = response.status().as_u16();
        // Read to the end, or the connection can't be used again.
        let _ = response.bytes().await;
        Some(status)
    }

    /// The headers by which the shop knows whose the event is.
    fn signed(&self, service: Service, body: &str, old: i64) -> HeaderMap {
        let settings = &self.provider.settings;
        match service {
            Service::Stripe => stripe::event::headers(&settings.webhook_secret, now(), body),
            Service::Paypal => paypal::headers(settings, &self.provider.origin, body, old),
            Service::Carrier => carrier::headers(&settings.carrier_webhook_secret, body),
        }
    }

    fn stored(&self, id: &str) -> Option<Arc<str>> {
        let desk = self.provider.desk();
        let change = desk.ledger.read(desk.books.events.get(id)?.span).ok()?;
        let event = change.events.into_iter().find(|event| event.id == id)?;
        Some(event.payload.get().into())
    }
}
