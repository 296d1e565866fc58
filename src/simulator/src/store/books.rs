//! The objects in memory, in the order in which they were made, with the indexes that requests need.

use std::collections::{BTreeSet, HashMap};

use indexmap::IndexMap;

use super::{
    ledger::Span,
    model::{
        Answer, Change, Charge, DeliveryState, Intent, Refund, Session, SessionStatus, Stored,
    },
};

/// An event without its payload, which is read from the ledger when it is wanted.
#[derive(Clone, Debug)]
pub struct EventEntry {
    pub kind: String,
    pub created: i64,
    pub span: Span,
    pub state: DeliveryState,
    pub attempts: u32,
    pub status: Option<u16>,
    /// Whether a task of this process is looking after it.
    pub under_way: bool,
}

/// Everything the provider knows.
#[derive(Default)]
pub struct Books {
    pub sessions: IndexMap<String, Session>,
    pub intents: IndexMap<String, Intent>,
    pub charges: IndexMap<String, Charge>,
    pub refunds: IndexMap<String, Refund>,
    pub events: IndexMap<String, EventEntry>,
    answers: HashMap<String, (u64, Stored)>,
    refunds_of: HashMap<String, Vec<String>>,
    /// Open sessions by when they end; the second figure is the session's place in `sessions`.
    ends: BTreeSet<(i64, usize)>,
}

impl Books {
    /// Takes a change in. The same code runs for a request and for the replay at start.
    pub fn apply(&mut self, change: Change, span: Span) {
        if let Some(session) = change.session {
            let (open, end) = (session.status == SessionStatus::Open, session.expires_at);
            let (place, _) = self.sessions.insert_full(session.id.clone(), session);
            if open {
                self.ends.insert((end, place));
            } else {
                self.ends.remove(&(end, place));
            }
        }
        if let Some(intent) = change.intent {
            self.intents.insert(intent.id.clone(), intent);
        }
        if let Some(charge) = change.charge {
            self.charges.insert(charge.id.clone(), charge);
        }
        if let Some(refund) = change.refund {
            self.refunds_of
                .entry(refund.charge.clone())
                .or_default()
                .push(refund.id.clone());
            self.refunds.insert(refund.id.clone(), refund);
        }
        for event in change.events {
            let entry = EventEntry {
                kind: event.kind,
                created: event.created,
                span,
                state: DeliveryState::Pending,
                attempts: 0,
                status: None,
                under_way: false,
            };
            self.events.insert(event.id, entry);
        }
        if let Some(delivery) = change.delivery
            && let Some(entry) = self.events.get_mut(&delivery.event)
        {
            entry.state = delivery.state;
            entry.attempts = delivery.attempts;
            entry.status = delivery.status;
        }
        if let Some(Answer {
            key,
            fingerprint,
            stored,
        }) = change.answer
        {
            self.answers.insert(key, (fingerprint, stored));
        }
    }

    /// What was asked (as a fingerprint) and answered under an idempotency key.
    pub fn answer(&self, key: &str) -> Option<&(u64, Stored)> {
        self.answers.get(key)
    }

    /// A charge's refunds, oldest first.
    pub fn refunds_of(&self, charge: &str) -> impl DoubleEndedIterator<Item = &Refund> {
        self.refunds_of
            .get(charge)
            .into_iter()
            .flatten()
            .filter_map(|id| self.refunds.get(id))
    }

    /// Up to `most` open sessions whose time is over.
    pub fn overdue(&self, now: i64, most: usize) -> Vec<String> {
        self.ends
            .iter()
            .take_while(|(end, _)| *end <= now)
            .take(most)
            .filter_map(|(_, place)| Some(self.sessions.get_index(*place)?.0.clone()))
            .collect()
    }
}
