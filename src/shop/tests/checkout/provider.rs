//! A payment provider that does as it is told, and remembers.

use domain::payment::Outcome;
use domain::{AttemptId, Currency, Money};
use futures::FutureExt;
use serde_json::{Value, json};
use shop::payment::{
    Answer, Attempt, Notice, PaymentProvider, ProviderError, Refund, Report, Started, WebhookError,
};
use std::sync::Mutex;
use time::OffsetDateTime;

/// How it answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mood {
    #[default]
    Well,
    /// It never hears.
    Down,
    /// It does what is asked, and the answer is lost.
    LosesAnswers,
    Refuses,
}

#[derive(Clone, Debug)]
pub struct Page {
    pub reference: String,
    pub attempt: Attempt,
    pub outcome: Outcome,
    pub amount: Money,
}

#[derive(Default)]
struct Books {
    mood: Mood,
    pages: Vec<Page>,
    starts: usize,
    refunds: Vec<Refund>,
}

#[derive(Default)]
pub struct Fake(Mutex<Books>);

impl Fake {
    pub fn set(&self, mood: Mood) {
        self.0.lock().unwrap().mood = mood;
    }

    /// Pages that were opened.
    pub fn pages(&self) -> Vec<Page> {
        self.0.lock().unwrap().pages.clone()
    }

    /// The page opened last.
    pub fn page(&self) -> Page {
        self.pages().pop().expect("a page was opened")
    }

    /// How often it was asked to open one.
    pub fn starts(&self) -> usize {
        self.0.lock().unwrap().starts
    }

    pub fn refunds(&self) -> Vec<Refund> {
        self.0.lock().unwrap().refunds.clone()
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
        let page = self.find(reference).expect("that page");
        let body = json!({
            "event": event, "number": page.attempt.number, "attempt": page.attempt.id, "reference": reference,
            "outcome": page.outcome, "minor": page.amount.minor, "currency": page.amount.currency,
        });
        serde_json::to_vec(&body).unwrap()
    }

    fn with(&self, reference: &str, change: impl FnOnce(&mut Page)) {
        let mut books = self.0.lock().unwrap();
        let page = books
            .pages
            .iter_mut()
            .find(|page| page.reference == reference);
        change(page.expect("that page"));
    }

    fn find(&self, reference: &str) -> Option<Page> {
        self.pages()
            .into_iter()
            .find(|page| page.reference == reference)
    }

    fn answer<T>(
        &self,
        act: impl FnOnce(&mut Books) -> Result<T, ProviderError>,
    ) -> Result<T, ProviderError> {
        let lost = || Err(ProviderError::Unknown("no answer".to_owned()));
        let mut books = self.0.lock().unwrap();
        match books.mood {
            Mood::Well => act(&mut books),
            Mood::Down => lost(),
            Mood::LosesAnswers => {
                let _ = act(&mut books);
                lost()
            }
            Mood::Refuses => Err(ProviderError::Refused("no".to_owned())),
        }
    }

    fn report(&self, reference: &str) -> Result<Report, ProviderError> {
        let page = self
            .find(reference)
            .ok_or_else(|| ProviderError::Refused("no such page".to_owned()))?;
        Ok(Report {
            redirect_url: (page.outcome == Outcome::Pending).then(|| url(reference)),
            reference: page.reference,
            outcome: page.outcome,
            amount: page.amount,
        })
    }
}

fn url(reference: &str) -> String {
    format!("https://pay.example/{reference}")
}

impl PaymentProvider for Fake {
    fn name(&self) -> &'static str {
        "fake"
    }

    fn start<'a>(&'a self, attempt: &'a Attempt) -> Answer<'a, Started> {
        async move {
            // As a real one, it takes its time: equal placements get to wait for each other.
            tokio::task::yield_now().await;
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
                        });
                        reference
                    }
                };
                Ok(Started {
                    redirect_url: url(&reference),
                    reference,
                })
            })
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
                    if page.reference == reference && page.outcome == Outcome::Pending {
                        page.outcome = Outcome::Failed;
                    }
                }
                Ok(())
            })?;
            self.report(reference)
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

    fn read_webhook(
        &self,
        signature: &str,
        body: &[u8],
        _: OffsetDateTime,
    ) -> Result<Notice, WebhookError> {
        if signature != "signed" {
            return Err(WebhookError::Forged);
        }
        let body: Value = serde_json::from_slice(body).map_err(|_| WebhookError::Malformed)?;
        self.read_notice(&body)
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
        };
        Ok(Notice {
            event,
            about: Some((text("number")?.to_owned(), attempt, report)),
        })
    }
}
