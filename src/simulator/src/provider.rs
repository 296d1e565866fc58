//! What all requests share: the books and their ledger under one lock, the webhook queue, the faults.

use std::{
    io,
    sync::{
        Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicU64},
    },
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
    /// Whether pages are paid as soon as they are opened.
    pub autopay: AtomicBool,
    /// PayPal's tokens of another generation than this one hold no longer.
    pub tokens: AtomicU64,
    /// How many webhooks were sent since the start, each copy and each try counted.
    pub messages: AtomicU64,
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
        // The bodies go with the parcels: the books keep none.
        let parcels: Vec<_> = change
            .events
            .iter_mut()
            .map(|event| {
                let body = std::mem::replace(&mut event.payload, RawValue::NULL.to_owned());
                Parcel::of(event, Some(body.into()), position)
            })
            .collect();
        desk.books.apply(change, span);
        for mut parcel in parcels {
            let Some(entry) = desk.books.events.get_mut(&parcel.event) else {
                continue;
            };
            if !self.wants(&parcel.kind) {
                entry.state = DeliveryState::Unwanted;
            } else if self.target(parcel.service).is_some() {
                entry.under_way = true;
                let first = self
                    .faults
                    .webhooks_come_first(parcel.service, &parcel.kind);
                if first {
                    committed.early.push(parcel.receipt());
                }
                // The receiver lives as long as the process.
                let _ = self.parcels.send(parcel);
            }
        }
        Ok(committed)
    }

    /// Decides on a change under the lock, makes it, and waits until it may be told.
    ///
    /// # Errors
    /// What `decide` refuses, or that the ledger did not take it.
    pub async fn change(
        &self,
        decide: impl FnOnce(&Books) -> Result<Change, &'static str>,
    ) -> Result<(), &'static str> {
        const LOST: &str = "the change was not kept";
        let committed = {
            let mut desk = self.desk();
            let change = decide(&desk.books)?;
            self.commit(&mut desk, change).map_err(|error| {
                tracing::error!(%error, "the ledger refused a line");
                LOST
            })?
        };
        if self.finish(committed).await {
            Ok(())
        } else {
            Err(LOST)
        }
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
