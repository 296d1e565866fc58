//! A payment provider that does as it is told, and remembers.

use domain::payment::Outcome;
use domain::{AttemptId, Currency, Money};
use futures::FutureExt;
use futures::future::BoxFuture;
use http::{HeaderMap, HeaderValue};
use serde_json::{Value, json};
use shop::payment::{
    Answer, Attempt, Kept, Notice, PaymentProvider, ProviderError, Refund, Report, Saved, Started,
    WebhookError,
};
use std::sync::{Arc, Mutex};
use time::OffsetDateTime;
use tokio::sync::Notify;

/// How it answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mood {
    #[default]
    Well,
    /// It never hears.
    Down,
    /// It does what is asked, and the answer is lost.
    LosesAnswers,
    /// It takes the money, and that answer is lost.
    LosesCaptures,
    /// It hears, and says nothing.
    Hangs,
    Refuses,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    pub reference: String,
    pub attempt: Attempt,
    pub outcome: Outcome,
    pub amount: Money,
    /// The shopper agreed to pay.
    pub approved: bool,
    /// No page, but a charge of this.
    pub saved: Option<Saved>,
}

#[derive(Default)]
struct Books {
    mood: Mood,
    pages: Vec<Page>,
    starts: usize,
    refunds: Vec<Refund>,
    calls: usize,
    captures: Vec<AttemptId>,
    /// Saved means of payment are refused.
    declines: bool,
    kept: Option<Kept>,
}

pub struct Fake {
    name: &'static str,
    on_demand: bool,
    charges_saved: bool,
    currencies: Option<&'static [Currency]>,
    books: Mutex<Books>,
    gate: Mutex<Option<Arc<Gate>>>,
}

/// Where a call waits until it is let through.
#[derive(Default)]
pub struct Gate {
    pub reached: Notify,
    pub open: Notify,
}

impl Default for Fake {
    fn default() -> Self {
        Self::named("fake")
    }
}

impl Fake {
    pub fn named(name: &'static str) -> Self {
        Self {
            name,
            on_demand: false,
            charges_saved: false,
            currencies: None,
            books: Mutex::default(),
            gate: Mutex::default(),
        }
    }

    /// One whose page only gathers the shopper's consent.
    pub fn on_demand(name: &'static str) -> Self {
        Self {
            on_demand: true,
            ..Self::named(name)
        }
    }

    /// One that charges saved means of payment.
    pub fn saving() -> Self {
        Self {
            charges_saved: true,
            ..Self::default()
        }
    }

    /// From now on it refuses saved means of payment.
    pub fn decline(&self) {
        self.books.lock().unwrap().declines = true;
    }

    /// What it keeps of every payment.
    pub fn keeps(&self, kept: Kept) {
        self.books.lock().unwrap().kept = Some(kept);
    }

    /// One that charges nothing else.
    pub fn charging(self, currencies: &'static [Currency]) -> Self {
        Self {
            currencies: Some(currencies),
            ..self
        }
    }

    /// The next page that is opened, or the next capture, waits at a gate.
    pub fn wait_at_gate(&self) -> Arc<Gate> {
        let gate = Arc::new(Gate::default());
        *self.gate.lock().unwrap() = Some(gate.clone());
        gate
    }

    /// How often it was asked anything.
    pub fn calls(&self) -> usize {
        self.books.lock().unwrap().calls
    }

    /// The attempts whose money was taken because the shop asked for it.
    pub fn captures(&self) -> Vec<AttemptId> {
        self.books.lock().unwrap().captures.clone()
    }

    /// The shopper agrees to pay.
    pub fn approve(&self, reference: &str) {
        self.with(reference, |page| page.approved = true);
    }

    pub fn set(&self, mood: Mood) {
        self.books.lock().unwrap().mood = mood;
    }

    /// Pages that were opened.
    pub fn pages(&self) -> Vec<Page> {
        let mut all = self.payments();
        all.retain(|page| page.saved.is_none());
        all
    }

    /// Charges of saved means of payment.
    pub fn charges(&self) -> Vec<Page> {
        let mut all = self.payments();
        all.retain(|page| page.saved.is_some());
        all
    }

    fn payments(&self) -> Vec<Page> {
        self.books.lock().unwrap().pages.clone()
    }

    /// The page opened last.
    pub fn page(&self) -> Page {
        self.pages().pop().expect("a page was opened")
    }

    /// How often it was asked to open one.
    pub fn starts(&self) -> usize {
        self.books.lock().unwrap().starts
    }

    pub fn refunds(&self) -> Vec<Refund> {
        self.books.lock().unwrap().refunds.clone()
    }

    /// The shopper pays, the bank refuses, the page runs out.
    pub fn decide(&self, reference: &str, outcome: Outcome) {
        self.with(reference, |page| page.outcome = outcome);
    }

    pub fn charge_instead(&self, reference: &str, amount: Money) {
        self.with(reference, |page| page.amount = amount);
    }

    /// What it would tell of that page by webhook.
    pub fn notice(&self, event: &str, reference: &str) -> Vec<u8> {
        let page = self.known(reference).expect("that page");
        let body = json!({
            "event": event, "number": page.attempt.number, "attempt": page.attempt.id, "reference": reference,
            "outcome": page.outcome, "minor": page.amount.minor, "currency": page.amount.currency,
            "approved": page.approved && page.outcome == Outcome::Pending,
        });
        serde_json::to_vec(&body).unwrap()
    }

    fn with(&self, reference: &str, change: impl FnOnce(&mut Page)) {
        let mut books = self.books.lock().unwrap();
        let page = books
            .pages
            .iter_mut()
            .find(|page| page.reference == reference);
        change(page.expect("that page"));
    }

    fn known(&self, reference: &str) -> Option<Page> {
        self.payments()
            .into_iter()
            .find(|page| page.reference == reference)
    }

    async fn pass_gate(&self) {
        let gate = self.gate.lock().unwrap().take();
        if let Some(gate) = gate {
            gate.reached.notify_one();
            gate.open.notified().await;
        }
    }

    fn url(&self, reference: &str) -> String {
        match self.name {
            "fake" => format!("https://pay.example/{reference}"),
            name => format!("https://{name}.example/{reference}"),
        }
    }

    fn answer<T>(
        &self,
        act: impl FnOnce(&mut Books) -> Result<T, ProviderError>,
    ) -> Result<T, ProviderError> {
        let lost = || Err(ProviderError::Unknown("no answer".to_owned()));
        let mut books = self.books.lock().unwrap();
        books.calls += 1;
        match books.mood {
            Mood::Well | Mood::LosesCaptures => act(&mut books),
            Mood::Down | Mood::Hangs => lost(),
            Mood::LosesAnswers => {
                let _ = act(&mut books);
                lost()
            }
            Mood::Refuses => Err(ProviderError::Refused("no".to_owned())),
        }
    }

    fn report(&self, reference: &str) -> Result<Report, ProviderError> {
        let page = self
            .known(reference)
            .ok_or_else(|| ProviderError::Refused("no such page".to_owned()))?;
        Ok(Report {
            redirect_url: (page.outcome == Outcome::Pending).then(|| self.url(reference)),
            approved: page.approved && page.outcome == Outcome::Pending,
            reference: page.reference,
            outcome: page.outcome,
            amount: page.amount,
        })
    }
}

/// The headers of a genuine webhook.
pub fn signed() -> HeaderMap {
    HeaderMap::from_iter([(SIGNATURE, HeaderValue::from_static("signed"))])
}

const SIGNATURE: http::HeaderName = http::HeaderName::from_static("fake-signature");

impl PaymentProvider for Fake {
    fn name(&self) -> &'static str {
        self.name
    }

    fn takes(&self, amount: Money) -> Result<(), String> {
        match self.currencies {
            Some(taken) if !taken.contains(&amount.currency) => {
                Err(format!("no {}", amount.currency))
            }
            _ => Ok(()),
        }
    }

    fn captures_on_demand(&self) -> bool {
        self.on_demand
    }

    fn start<'a>(&'a self, attempt: &'a Attempt) -> Answer<'a, Started> {
        async move {
            // As a real one, it takes its time: equal placements get to wait for each other.
            tokio::task::yield_now().await;
            self.pass_gate().await;
            if self.books.lock().unwrap().mood == Mood::Hangs {
                std::future::pending::<()>().await;
            }
            self.answer(|books| {
                books.starts += 1;
                let known = books
                    .pages
                    .iter()
                    .find(|page| page.attempt.id == attempt.id);
                let reference = match known {
                    Some(page) => {
                        assert_eq!(page.attempt, *attempt, "one key, two bodies");
                        page.reference.clone()
                    }
                    None => {
                        let reference = format!("page_{}", books.pages.len() + 1);
                        books.pages.push(Page {
                            reference: reference.clone(),
                            attempt: attempt.clone(),
                            outcome: Outcome::Pending,
                            amount: attempt.amount,
                            approved: false,
                            saved: None,
                        });
                        reference
                    }
                };
                Ok(Started {
                    redirect_url: self.url(&reference),
                    reference,
                })
            })
        }
        .boxed()
    }

    fn charges_saved_methods(&self) -> bool {
        self.charges_saved
    }

    fn charge<'a>(&'a self, attempt: &'a Attempt, saved: &'a Saved) -> Answer<'a, Report> {
        async move {
            tokio::task::yield_now().await;
            self.pass_gate().await;
            let reference = self.answer(|books| {
                if books.declines {
                    return Err(ProviderError::Refused("declined".to_owned()));
                }
                let known = books
                    .pages
                    .iter()
                    .find(|page| page.attempt.id == attempt.id);
                if let Some(page) = known {
                    assert_eq!((&page.attempt, page.saved.as_ref()), (attempt, Some(saved)));
                    return Ok(page.reference.clone());
                }
                let reference = format!("charge_{}", books.pages.len() + 1);
                books.pages.push(Page {
                    reference: reference.clone(),
                    attempt: attempt.clone(),
                    outcome: Outcome::Captured,
                    amount: attempt.amount,
                    approved: false,
                    saved: Some(saved.clone()),
                });
                Ok(reference)
            })?;
            self.report(&reference)
        }
        .boxed()
    }

    fn find_charge<'a>(&'a self, attempt: &'a Attempt, _: &'a Saved) -> Answer<'a, Option<Report>> {
        async move {
            let reference = self.answer(|books| {
                let mut pages = books.pages.iter();
                let page = pages.find(|page| page.attempt.id == attempt.id);
                Ok(page.map(|page| page.reference.clone()))
            })?;
            reference
                .map(|reference| self.report(&reference))
                .transpose()
        }
        .boxed()
    }

    fn kept<'a>(&'a self, _: &'a str) -> Answer<'a, Option<Kept>> {
        async move { self.answer(|books| Ok(books.kept.clone())) }.boxed()
    }

    fn find<'a>(&'a self, attempt: &'a Attempt) -> Answer<'a, Option<Report>> {
        async move {
            let reference = self.answer(|books| {
                let mut pages = books.pages.iter();
                let page = pages.find(|page| page.attempt.id == attempt.id);
                Ok(page.map(|page| page.reference.clone()))
            })?;
            match reference {
                Some(reference) if !self.on_demand => self.report(&reference).map(Some),
                _ => Ok(None),
            }
        }
        .boxed()
    }

    fn capture<'a>(&'a self, attempt: AttemptId, reference: &'a str) -> Answer<'a, Report> {
        async move {
            tokio::task::yield_now().await;
            self.pass_gate().await;
            let lost = self.answer(|books| {
                let mood = books.mood;
                let page = books
                    .pages
                    .iter_mut()
                    .find(|page| page.reference == reference);
                let page = page.ok_or_else(|| ProviderError::Refused("no such page".to_owned()))?;
                assert_eq!(page.attempt.id, attempt);
                if page.approved && page.outcome == Outcome::Pending {
                    page.outcome = Outcome::Captured;
                    books.captures.push(attempt);
                }
                Ok(mood == Mood::LosesCaptures)
            })?;
            if lost {
                return Err(ProviderError::Unknown("no answer".to_owned()));
            }
            self.report(reference)
        }
        .boxed()
    }

    fn ask<'a>(&'a self, reference: &'a str) -> Answer<'a, Report> {
        async move {
            self.answer(|_| Ok(()))?;
            self.report(reference)
        }
        .boxed()
    }

    fn expire<'a>(&'a self, reference: &'a str) -> Answer<'a, Report> {
        async move {
            self.answer(|books| {
                for page in &mut books.pages {
                    let is_it = page.reference == reference && page.outcome == Outcome::Pending;
                    if is_it && !self.on_demand {
                        page.outcome = Outcome::Failed;
                    }
                }
                Ok(())
            })?;
            let mut report = self.report(reference)?;
            if report.outcome == Outcome::Pending {
                // It closes nothing itself: what is never captured is never charged.
                report.outcome = Outcome::Failed;
            }
            Ok(report)
        }
        .boxed()
    }

    fn refund<'a>(&'a self, refund: &'a Refund) -> Answer<'a, ()> {
        async move {
            self.answer(|books| {
                match books.refunds.iter().find(|known| known.id == refund.id) {
                    Some(known) => assert_eq!(known, refund, "one key, two bodies"),
                    None => books.refunds.push(refund.clone()),
                }
                Ok(())
            })
        }
        .boxed()
    }

    fn read_webhook<'a>(
        &'a self,
        headers: &'a HeaderMap,
        body: &'a [u8],
        _: OffsetDateTime,
    ) -> BoxFuture<'a, Result<Notice, WebhookError>> {
        let genuine = headers
            .get(SIGNATURE)
            .is_some_and(|value| value == "signed");
        let read = match serde_json::from_slice::<Value>(body) {
            _ if !genuine => Err(WebhookError::Forged),
            Ok(body) => self.read_notice(&body),
            Err(_) => Err(WebhookError::Malformed),
        };
        std::future::ready(read).boxed()
    }

    fn read_notice(&self, body: &Value) -> Result<Notice, WebhookError> {
        let text = |name: &str| body[name].as_str().ok_or(WebhookError::Malformed);
        let event = text("event")?.to_owned();
        if body["number"].is_null() {
            return Ok(Notice { event, about: None });
        }
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
            approved: body["approved"] == true,
        };
        Ok(Notice {
            event,
            about: Some((text("number")?.to_owned(), attempt, report)),
        })
    }
}
