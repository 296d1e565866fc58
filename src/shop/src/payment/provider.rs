//! What the shop asks of a payment provider, whoever it is.

use domain::customer::MethodLabel;
use domain::payment::Outcome;
use domain::{AttemptId, Locale, Money, OrderId, RefundId};
use futures::future::BoxFuture;
use http::HeaderMap;
use time::OffsetDateTime;

/// A provider's answer, later.
pub type Answer<'a, T> = BoxFuture<'a, Result<T, ProviderError>>;

/// A payment provider with a hosted page. Every call may be repeated; deadlines and breakers are the caller's.
pub trait PaymentProvider: Send + Sync {
    /// As it stands in the database and in webhook URLs: `stripe`.
    fn name(&self) -> &'static str;

    /// Whether such an amount can be charged at all; asked before anything is begun.
    ///
    /// # Errors
    /// Why not, for people who run the shop.
    fn takes(&self, amount: Money) -> Result<(), String>;

    /// Whether the page only gathers the shopper's consent, and money moves when [`PaymentProvider::capture`] is called.
    fn captures_on_demand(&self) -> bool {
        false
    }

    /// Opens a page where `attempt` can be paid. The attempt's id is the idempotency key: the same attempt again is the
    /// same page, never a second charge.
    fn start<'a>(&'a self, attempt: &'a Attempt) -> Answer<'a, Started>;

    /// Looks for the page of an attempt whose beginning got no answer. None: there is none that could be paid.
    fn find<'a>(&'a self, attempt: &'a Attempt) -> Answer<'a, Option<Report>>;

    /// What became of the payment with that reference. Moves no money.
    fn ask<'a>(&'a self, reference: &'a str) -> Answer<'a, Report>;

    /// Takes the money that the shopper agreed to pay. The attempt's id is the idempotency key. Providers that take it by
    /// themselves are only asked.
    fn capture<'a>(&'a self, _attempt: AttemptId, reference: &'a str) -> Answer<'a, Report> {
        self.ask(reference)
    }

    /// Closes an open page, so that it can't be paid any more; answers what the payment is after that. One that was paid
    /// or closed before stays what it was.
    fn expire<'a>(&'a self, reference: &'a str) -> Answer<'a, Report>;

    /// Whether it charges saved means of payment while their owner is away.
    fn charges_saved_methods(&self) -> bool {
        false
    }

    /// Charges a saved means of payment for `attempt`, whose id is the idempotency key. Refused: nothing was charged, and the
    /// shopper has to pay it on a page.
    fn charge<'a>(&'a self, _attempt: &'a Attempt, _saved: &'a Saved) -> Answer<'a, Report> {
        let refused = ProviderError::Refused("it charges nobody by itself".to_owned());
        Box::pin(std::future::ready(Err(refused)))
    }

    /// Looks for the charge of an attempt whose answer was lost. Moves no money. None: the provider knows of none (yet).
    fn find_charge<'a>(
        &'a self,
        _attempt: &'a Attempt,
        _saved: &'a Saved,
    ) -> Answer<'a, Option<Report>> {
        Box::pin(std::future::ready(Ok(None)))
    }

    /// What was saved when the payment of that reference was made; None when nothing was.
    fn kept<'a>(&'a self, _reference: &'a str) -> Answer<'a, Option<Kept>> {
        Box::pin(std::future::ready(Ok(None)))
    }

    /// Sends money back. The refund's id is the idempotency key.
    fn refund<'a>(&'a self, refund: &'a Refund) -> Answer<'a, ()>;

    /// Reads a webhook's body when what its headers say of it holds at `now`.
    ///
    /// # Errors
    /// [`WebhookError`].
    fn read_webhook<'a>(
        &'a self,
        headers: &'a HeaderMap,
        body: &'a [u8],
        now: OffsetDateTime,
    ) -> BoxFuture<'a, Result<Notice, WebhookError>>;

    /// Reads a body whose signature was checked before.
    ///
    /// # Errors
    /// [`WebhookError::Malformed`].
    fn read_notice(&self, body: &serde_json::Value) -> Result<Notice, WebhookError>;
}

/// What is to be paid. Made of stored rows only, so that a repeated call says the very same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    pub id: AttemptId,
    pub order: OrderId,
    /// The order's number, for people: `RI-7K3M-Q2XW`.
    pub number: String,
    /// All that is charged.
    pub amount: Money,
    pub email: String,
    pub locale: Locale,
    /// What the amount is made of; their sum is the amount, or there are none.
    pub charges: Vec<Charge>,
    /// From when on it can't be paid any more; it was begun 31 minutes before ([`Attempt::LIFE`]).
    pub expires_at: OffsetDateTime,
    /// Where the shopper comes back to after paying; the provider adds its reference.
    pub return_url: String,
    /// Where the shopper comes back to without.
    pub cancel_url: String,
    /// By what the shopper wants to pay, such as `card`, where the provider takes it.
    pub method: Option<String>,
    /// The means of payment is to be kept.
    pub keep: Option<Keep>,
}

/// The provider is to keep what the shopper pays with, so that it can be charged again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keep {
    /// Whom the provider knows the shopper as; None: nobody yet.
    pub customer: Option<String>,
}

/// A saved means of payment, and whose it is, by the provider's names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    pub customer: String,
    pub method: String,
}

/// A means of payment that a provider has kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    pub saved: Saved,
    pub label: MethodLabel,
}

impl Attempt {
    /// From its beginning to its end. Stripe takes sessions of at least 30 minutes, counted from when it hears of them.
    pub const LIFE: time::Duration = time::Duration::minutes(31);
}

/// A line of the provider's page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charge {
    pub name: String,
    /// For all of them together.
    pub amount: Money,
}

/// A page is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Started {
    /// The provider's id of it.
    pub reference: String,
    /// Where the shopper pays.
    pub redirect_url: String,
}

/// What a provider says of a payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    pub reference: String,
    pub outcome: Outcome,
    /// What was, or is to be, charged.
    pub amount: Money,
    /// Where it can be paid, while it can.
    pub redirect_url: Option<String>,
    /// The shopper agreed, and the money waits to be captured.
    pub approved: bool,
}

/// Money to send back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refund {
    pub id: RefundId,
    pub attempt: AttemptId,
    pub reference: String,
    pub amount: Money,
}

/// A webhook's message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The provider's id of the event: the same id is the same event.
    pub event: String,
    /// The order's number and attempt, and what is said of it; None for kinds the shop has no use for.
    pub about: Option<(String, AttemptId, Report)>,
}

/// Why a provider did not do as asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// No answer, or one that can't be read: it may or may not have happened.
    #[error("no answer from the payment provider: {0}")]
    Unknown(String),
    /// The provider said no: it did not happen.
    #[error("the payment provider refused: {0}")]
    Refused(String),
    /// It has not answered for a while and is left alone: nobody asked, so it did not happen.
    #[error("the payment provider is left alone for now")]
    NotAsked,
}

/// Why a webhook is not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WebhookError {
    #[error("the signature does not hold")]
    Forged,
    #[error("the body can't be read")]
    Malformed,
    /// Nobody could tell whether it is genuine: it has to come again.
    #[error("the signature could not be checked: {0}")]
    Unverified(String),
}
