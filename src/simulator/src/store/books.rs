//! The objects in memory, in the order in which they were made, with the indexes that requests need.

use std::collections::{BTreeSet, HashMap, HashSet};

use indexmap::IndexMap;

use super::{
    ledger::Span,
    model::{
        Answer, Change, Charge, Customer, DeliveryState, Intent, Method, Refund, Service, Session,
        SessionStatus, Stored, carrier, paypal,
    },
};

/// An event without its payload, which is read from the ledger when it is wanted.
#[derive(Clone, Debug)]
pub struct EventEntry {
    pub service: Service,
    pub kind: String,
    pub created: i64,
    pub span: Span,
    pub state: DeliveryState,
    pub attempts: u32,
    pub status: Option<u16>,
    /// Whether a task of this process is looking after it.
    pub under_way: bool,
}

/// What PayPal knows.
#[derive(Default)]
pub struct PaypalBooks {
    pub orders: IndexMap<String, paypal::Order>,
    pub captures: IndexMap<String, paypal::Capture>,
    pub refunds: IndexMap<String, paypal::Refund>,
    /// Invoice ids that money was taken for, or may be.
    paid: HashSet<String>,
    refunds_of: HashMap<String, Vec<String>>,
}

impl PaypalBooks {
    fn apply(&mut self, touched: paypal::Touched) {
        if let Some(order) = touched.order {
            self.orders.insert(order.id.clone(), order);
        }
        if let Some(capture) = touched.capture {
            if let Some(invoice) = &capture.names.invoice_id
                && capture.status != paypal::CaptureStatus::Declined
            {
                self.paid.insert(invoice.clone());
            }
            self.captures.insert(capture.id.clone(), capture);
        }
        if let Some(refund) = touched.refund {
            self.refunds_of
                .entry(refund.capture.clone())
                .or_default()
                .push(refund.id.clone());
            self.refunds.insert(refund.id.clone(), refund);
        }
    }

    /// Whether money was taken for that invoice, or may be.
    pub fn is_paid(&self, invoice: &str) -> bool {
        self.paid.contains(invoice)
    }

    /// A capture's refunds, oldest first.
    pub fn refunds_of(&self, capture: &str) -> impl Iterator<Item = &paypal::Refund> {
        self.refunds_of
            .get(capture)
            .into_iter()
            .flatten()
            .filter_map(|id| self.refunds.get(id))
    }
}

/// What the carrier knows.
#[derive(Default)]
pub struct CarrierBooks {
    pub shipments: IndexMap<String, carrier::Shipment>,
    /// By their ids.
    pub trackers: IndexMap<String, carrier::Tracker>,
    tracker_of: HashMap<String, String>,
}

impl CarrierBooks {
    fn apply(&mut self, touched: carrier::Touched) {
        if let Some(shipment) = touched.shipment {
            self.shipments.insert(shipment.id.clone(), shipment);
        }
        if let Some(tracker) = touched.tracker {
            self.tracker_of
                .insert(tracker.tracking_code.clone(), tracker.id.clone());
            self.trackers.insert(tracker.id.clone(), tracker);
        }
    }

    /// By the code that the shopper knows.
    pub fn tracker_of(&self, tracking_code: &str) -> Option<&carrier::Tracker> {
        self.trackers.get(self.tracker_of.get(tracking_code)?)
    }
}

/// What is known of an idempotency key.
pub enum Known<'a> {
    /// Nothing: it is new.
    New,
    /// It was used for the same request, which was answered so.
    Same(&'a Stored),
    /// It was used for another request.
    Other,
}

/// Everything the provider knows.
#[derive(Default)]
pub struct Books {
    pub sessions: IndexMap<String, Session>,
    pub intents: IndexMap<String, Intent>,
    pub charges: IndexMap<String, Charge>,
    pub refunds: IndexMap<String, Refund>,
    pub customers: HashMap<String, Customer>,
    pub methods: IndexMap<String, Method>,
    methods_of: HashMap<String, Vec<String>>,
    pub paypal: PaypalBooks,
    pub carrier: CarrierBooks,
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
        if let Some(customer) = change.customer {
            self.customers.insert(customer.id.clone(), customer);
        }
        if let Some(method) = change.method {
            self.methods_of
                .entry(method.customer.clone())
                .or_default()
                .push(method.id.clone());
            self.methods.insert(method.id.clone(), method);
        }
        if let Some(touched) = change.paypal {
            self.paypal.apply(*touched);
        }
        if let Some(touched) = change.carrier {
            self.carrier.apply(*touched);
        }
        for event in change.events {
            let entry = EventEntry {
                service: event.service,
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

    /// What was answered under an idempotency key; the fingerprint says what is asked now.
    pub fn known(&self, key: &str, fingerprint: u64) -> Known<'_> {
        match self.answers.get(key) {
            None => Known::New,
            Some((asked, stored)) if *asked == fingerprint => Known::Same(stored),
            Some(_) => Known::Other,
        }
    }

    /// A charge's refunds, oldest first.
    pub fn refunds_of(&self, charge: &str) -> impl DoubleEndedIterator<Item = &Refund> {
        self.refunds_of
            .get(charge)
            .into_iter()
            .flatten()
            .filter_map(|id| self.refunds.get(id))
    }

    /// The cards that are kept for a customer, newest first.
    pub fn methods_of(&self, customer: &str) -> impl Iterator<Item = &Method> {
        self.methods_of
            .get(customer)
            .into_iter()
            .flatten()
            .rev()
            .filter_map(|id| self.methods.get(id))
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
