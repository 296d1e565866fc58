//! The simulation's provider, as the shop calls it.

use crate::model::{Fate, Provider};
use domain::payment::Outcome;
use domain::settlement::Heard;
use domain::{AttemptId, Currency, Money, OrderId};
use futures::FutureExt;
use futures::future::BoxFuture;
use http::HeaderMap;
use serde_json::{Value, json};
use shop::payment::{
    Answer, Attempt, Notice, PaymentProvider, ProviderError, Refund, Report, Started, WebhookError,
};
use std::sync::{Mutex, MutexGuard, PoisonError};
use time::OffsetDateTime;

/// The books of one schedule, and who is who in them.
pub struct Ledger {
    pub schedule: u64,
    pub provider: Provider,
    /// What becomes of calls now.
    pub fate: Fate,
    /// Orders with their numbers, and their attempts, in the order in which they were first heard of.
    pub orders: Vec<(OrderId, String, Vec<AttemptId>)>,
}

pub struct Books(Mutex<Ledger>);

impl Books {
    pub fn new() -> Self {
        Self(Mutex::new(Ledger {
            schedule: 0,
            provider: Provider::default(),
            fate: Fate::Answers,
            orders: Vec::new(),
        }))
    }

    pub fn open(&self) -> MutexGuard<'_, Ledger> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ledger {
    /// Which order, and which of its attempts.
    fn key(&mut self, attempt: &Attempt) -> (usize, usize) {
        let known = self
            .orders
            .iter()
            .position(|order| order.0 == attempt.order);
        let order = known.unwrap_or_else(|| {
            let number = attempt.number.clone();
            self.orders.push((attempt.order, number, Vec::new()));
            self.orders.len() - 1
        });
        let attempts = &mut self.orders[order].2;
        let known = attempts.iter().position(|id| *id == attempt.id);
        let at = known.unwrap_or_else(|| {
            attempts.push(attempt.id);
            attempts.len() - 1
        });
        (order, at)
    }

    pub fn reference(&self, page: usize) -> String {
        format!("page_{}_{page}", self.schedule)
    }

    fn page(&self, reference: &str) -> Result<usize, ProviderError> {
        let pages = 0..self.provider.pages.len();
        let mut pages = pages.filter(|page| self.reference(*page) == reference);
        pages
            .next()
            .ok_or_else(|| ProviderError::Refused("no such page".to_owned()))
    }

    fn report(&self, page: usize, heard: Heard) -> Report {
        Report {
            reference: self.reference(page),
            outcome: heard.outcome,
            amount: heard.amount,
            redirect_url: (heard.outcome == Outcome::Pending).then(|| url(page)),
            approved: false,
        }
    }

    /// The webhook that says so.
    pub fn notice(&self, event: &str, page: usize, heard: Heard) -> Vec<u8> {
        let (order, attempt) = self.provider.pages[page].key;
        let (_, number, attempts) = &self.orders[order];
        let body = json!({
            "event": event, "number": number, "attempt": attempts[attempt], "reference": self.reference(page),
            "outcome": heard.outcome, "minor": heard.amount.minor, "currency": heard.amount.currency,
        });
        body.to_string().into_bytes()
    }
}

fn url(page: usize) -> String {
    format!("https://pay.example/{page}")
}

fn no_answer<T>(_: T) -> ProviderError {
    ProviderError::Unknown("no answer".to_owned())
}

impl PaymentProvider for Books {
    fn name(&self) -> &'static str {
        "books"
    }

    fn takes(&self, _: Money) -> Result<(), String> {
        Ok(())
    }

    fn start<'a>(&'a self, attempt: &'a Attempt) -> Answer<'a, Started> {
        async move {
            let mut ledger = self.open();
            let key = ledger.key(attempt);
            let fate = ledger.fate;
            match ledger.provider.start(key, attempt.amount, fate) {
                Ok(page) => Ok(Started {
                    reference: ledger.reference(page),
                    redirect_url: url(page),
                }),
                Err(_) if fate == Fate::Refuses => Err(ProviderError::Refused("no".to_owned())),
                Err(lost) => Err(no_answer(lost)),
            }
        }
        .boxed()
    }

    fn find<'a>(&'a self, attempt: &'a Attempt) -> Answer<'a, Option<Report>> {
        async move {
            let mut ledger = self.open();
            let (key, fate) = (ledger.key(attempt), ledger.fate);
            let Some(page) = ledger.provider.find(key, fate).map_err(no_answer)? else {
                return Ok(None);
            };
            let heard = ledger.provider.ask(page, fate).map_err(no_answer)?;
            Ok(Some(ledger.report(page, heard)))
        }
        .boxed()
    }

    fn ask<'a>(&'a self, reference: &'a str) -> Answer<'a, Report> {
        async move {
            let mut ledger = self.open();
            let (page, fate) = (ledger.page(reference)?, ledger.fate);
            let heard = ledger.provider.ask(page, fate).map_err(no_answer)?;
            Ok(ledger.report(page, heard))
        }
        .boxed()
    }

    fn expire<'a>(&'a self, reference: &'a str) -> Answer<'a, Report> {
        async move {
            let mut ledger = self.open();
            let (page, fate) = (ledger.page(reference)?, ledger.fate);
            let heard = ledger.provider.expire(page, fate).map_err(no_answer)?;
            Ok(ledger.report(page, heard))
        }
        .boxed()
    }

    fn refund<'a>(&'a self, refund: &'a Refund) -> Answer<'a, ()> {
        async move {
            let mut ledger = self.open();
            let (page, fate) = (ledger.page(&refund.reference)?, ledger.fate);
            let (_, key) = ledger.provider.pages[page].key;
            ledger
                .provider
                .refund(page, key, refund.amount, fate)
                .map_err(no_answer)
        }
        .boxed()
    }

    fn read_webhook<'a>(
        &'a self,
        _: &'a HeaderMap,
        body: &'a [u8],
        _: OffsetDateTime,
    ) -> BoxFuture<'a, Result<Notice, WebhookError>> {
        let read = serde_json::from_slice::<Value>(body)
            .map_err(|_| WebhookError::Malformed)
            .and_then(|body| self.read_notice(&body));
        std::future::ready(read).boxed()
    }

    fn read_notice(&self, body: &Value) -> Result<Notice, WebhookError> {
        let text = |name: &str| body[name].as_str().ok_or(WebhookError::Malformed);
        let attempt: AttemptId = text("attempt")?
            .parse()
            .map_err(|_| WebhookError::Malformed)?;
        let currency: Currency = text("currency")?
            .parse()
            .map_err(|_| WebhookError::Malformed)?;
        let report = Report {
            reference: text("reference")?.to_owned(),
            outcome: serde_json::from_value(body["outcome"].clone())
                .map_err(|_| WebhookError::Malformed)?,
            amount: Money::new(
                body["minor"].as_i64().ok_or(WebhookError::Malformed)?,
                currency,
            ),
            redirect_url: None,
            approved: false,
        };
        Ok(Notice {
            event: text("event")?.to_owned(),
            about: Some((text("number")?.to_owned(), attempt, report)),
        })
    }
}
