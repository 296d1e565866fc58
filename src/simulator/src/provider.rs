//! What all requests share: the books and their ledger under one lock, the webhook queue, the faults.

use std::{
    io,
    sync::{Mutex, MutexGuard, PoisonError, RwLock, atomic::AtomicU64},
};

use reqwest::Url;
use serde_json::value::RawValue;
use tokio::sync::{mpsc::UnboundedSender, oneshot};

use crate::{
    faults::Faults,
    settings::Settings,
    store::{
        books::Books,
        ledger::{Fsync, Ledger},
        model::{Change, DeliveryState, Service},
    },
    webhooks::{Parcel, target::Targets},
};

/// What the lock protects: memory and file change together.
pub struct Desk {
    pub books: Books,
    pub ledger: Ledger,
}

/// The running provider.
pub struct Provider {
    pub settings: Settings,
    /// The origin that answers name, without a slash at the end.
    pub origin: String,
    pub faults: Faults,
    pub fsync: Fsync,
    pub desk: Mutex<Desk>,
    pub parcels: UnboundedSender<Parcel>,
    pub targets: RwLock<Targets>,
    /// PayPal's tokens of another generation than this one hold no longer.
    pub tokens: AtomicU64,
}

/// A change that is in the file and in memory; [`Provider::finish`] waits for what the answer must wait for.
#[must_use]
pub struct Committed {
    durable_at: Option<u64>,
    early: Vec<oneshot::Receiver<()>>,
}

impl Committed {
    /// Waits for everything written so far: a replayed answer must be as durable as the first.
    pub fn everything(desk: &Desk) -> Self {
        Self {
            durable_at: Some(desk.ledger.length()),
            early: Vec::new(),
        }
    }
}

impl Provider {
    /// The books. A panic elsewhere can't leave them half changed: a change is applied after it is written.
    pub fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where a service's webhooks go now.
    pub fn target(&self, service: Service) -> Option<Url> {
        self.targets
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .of(service)
    }

    /// Whether events of this type are to be sent.
    pub fn wants(&self, kind: &str) -> bool {
        let wanted = &self.settings.webhook_events;
        wanted.is_empty() || wanted.iter().any(|name| name == kind || name == "*")
    }

    /// Writes a change and takes it in; its events are queued and leave once it is durable.
    ///
    /// # Errors
    /// The file refused it; then nothing has changed.
    pub fn commit(&self, desk: &mut Desk, mut change: Change) -> io::Result<Committed> {
        let span = desk.ledger.append(&change)?;
        let position = desk.ledger.length();
        let durable_at = change.cause.durable().then_some(position);
        let mut committed = Committed {
            durable_at,
            early: Vec::new(),
        };
        let early = self.faults.webhooks_come_first();
        // The bodies go with the parcels: the books keep none.
        let events: Vec<_> = change
            .events
            .iter_mut()
            .map(|event| {
                let body = std::mem::replace(&mut event.payload, RawValue::NULL.to_owned());
                (
                    event.id.clone(),
                    event.service,
                    self.wants(&event.kind),
                    body,
                )
            })
            .collect();
        desk.books.apply(change, span);
        for (event, service, wanted, body) in events {
            let Some(entry) = desk.books.events.get_mut(&event) else {
                continue;
            };
            if !wanted {
                entry.state = DeliveryState::Unwanted;
            } else if self.target(service).is_some() {
                entry.under_way = true;
                let mut parcel = Parcel::new(event, service, Some(body.into()), position);
                if early {
                    committed.early.push(parcel.receipt());
                }
                // The receiver lives as long as the process.
                let _ = self.parcels.send(parcel);
            }
        }
        Ok(committed)
    }

    /// Waits until the change may be told: on the disk, and, under the fault that asks for it, after its webhooks.
    /// False when durability can't be had.
    pub async fn finish(&self, committed: Committed) -> bool {
        if let Some(position) = committed.durable_at
            && !self.fsync.reach(position).await
        {
            return false;
        }
        for receipt in committed.early {
            let wait = std::time::Duration::from_secs(10);
            let _ = tokio::time::timeout(wait, receipt).await;
        }
        true
    }
}
