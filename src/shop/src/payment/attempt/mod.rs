//! Opening a provider's page for an attempt, and passing it on to another provider when that does not work out.

mod describe;
mod sql;

pub(super) use describe::describe;

use super::payments::Wanted;
use super::provider::{Attempt, Keep, ProviderError, Started};
use super::settle::write;
use super::{parse_state, sql as common, state_name};
use crate::{Broken, Caller, Shop, audit, customer, fault, jobs, order};
use domain::cart::CartLine;
use domain::checkout::CheckoutForm;
use domain::order::OrderState;
use domain::payment::AttemptState;
use domain::pricing::Quote;
use domain::{AttemptId, CustomerId, Money, OrderId, Storefront};
use serde_json::json;
use std::time::{Duration, Instant};
use time::OffsetDateTime;

/// How long a shopper waits for the page that another request is opening, and how often that one is looked for.
const PATIENCE: Duration = Duration::from_secs(8);
const LOOK: Duration = Duration::from_millis(25);

/// An attempt, and whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    pub customer: CustomerId,
    pub order: OrderId,
    pub attempt: AttemptId,
}

/// What an attempt is made of.
pub(crate) struct Facts<'a> {
    pub identity: Identity,
    /// The provider it was made for.
    pub provider: &'a str,
    pub number: &'a str,
    pub token: &'a str,
    pub storefront: Storefront,
    pub email: &'a str,
    pub amount: Money,
    pub quote: &'a Quote,
    pub lines: &'a [CartLine],
    /// When its page is asked for, for the first time.
    pub created_at: OffsetDateTime,
    pub choice: Choice<'a>,
}

impl Facts<'_> {
    /// What a provider has to do.
    pub(super) fn wanted(&self) -> Wanted<'_> {
        Wanted {
            market: &self.storefront.market,
            amount: self.amount,
            method: self.choice.method,
        }
    }
}

/// How a shopper wants to pay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Choice<'a> {
    /// `card`; None: by anything.
    pub method: Option<&'a str>,
    /// The means of payment is to be kept for orders to come.
    pub keeps_method: bool,
}

impl<'a> Choice<'a> {
    pub(crate) fn of(form: &'a CheckoutForm) -> Self {
        Self {
            method: Some(form.payment.as_str()).filter(|method| !method.is_empty()),
            keeps_method: form.keep_method,
        }
    }
}

/// Who waits for the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asker {
    /// Who is led there at once.
    Shopper,
    /// Nobody: the shopper is mailed.
    Worker,
}

/// How opening the page went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Opened {
    /// The shopper pays there.
    At(String),
    /// It is paid, or being paid, without the shopper.
    Charged,
    /// No provider could be reached, or it is no longer for this caller to open: a worker sees to it.
    Deferred,
    /// No provider will.
    Refused,
}

/// Opens the page of a stored attempt that nobody else is opening.
///
/// # Errors
/// [`Broken`] of the database; the providers' failures are answers.
pub(crate) async fn start(shop: &Shop, of: Identity, asker: Asker) -> Result<Opened, Broken> {
    let row = facts_row(shop, of).await?;
    open(shop, row.facts(of)?, asker).await
}

/// The same for an attempt whose facts are at hand, with the shopper waiting.
///
/// # Errors
/// As [`start`].
pub(crate) async fn start_with(shop: &Shop, facts: Facts<'_>) -> Result<Opened, Broken> {
    open(shop, facts, Asker::Shopper).await
}

/// An attempt as its provider was told of it.
pub(super) async fn told(shop: &Shop, of: Identity) -> Result<Attempt, Broken> {
    let row = facts_row(shop, of).await?;
    let facts = row.facts(of)?;
    let keep = keep(shop, &facts).await?;
    Ok(describe(shop, &facts, keep))
}

/// What the attempt's provider needs to keep the means of payment, should the shopper want that.
async fn keep(shop: &Shop, facts: &Facts<'_>) -> Result<Option<Keep>, Broken> {
    if !facts.choice.keeps_method {
        return Ok(None);
    }
    let customer = facts.identity.customer;
    let customer = customer::provider_customer(shop, customer, facts.provider).await?;
    Ok(Some(Keep { customer }))
}

pub(super) async fn facts_row(shop: &Shop, of: Identity) -> Result<sql::FactsRow, Broken> {
    sql::facts(&shop.db, of)
        .await?
        .ok_or_else(|| Broken::Other(format!("no payment attempt {}", of.attempt)))
}

impl sql::FactsRow {
    pub(in crate::payment) fn facts(&self, identity: Identity) -> Result<Facts<'_>, Broken> {
        let unknown = |_| Broken::Other(format!("order {} is of an unknown market", self.number));
        let currency = self
            .currency
            .parse()
            .map_err(|_| Broken::Other(format!("order {}: bad currency", self.number)))?;
        Ok(Facts {
            identity,
            provider: &self.provider,
            number: &self.number,
            token: &self.token,
            storefront: Storefront {
                locale: self.locale.parse().map_err(unknown)?,
                market: self.market.parse().map_err(unknown)?,
            },
            email: &self.email,
            amount: Money::new(self.amount_minor, currency),
            quote: &self.quote,
            lines: &self.lines,
            created_at: self.begun_at,
            choice: Choice {
                method: self.payment.as_deref().filter(|method| !method.is_empty()),
                keeps_method: self.keeps_method,
            },
        })
    }
}

/// Asks one provider after the other. An attempt that its provider did not clearly open is never shown to the shopper: when
/// nothing happened it has failed, otherwise it stays unknown and is closed by the reconciler; the next provider gets an
/// attempt of its own.
pub(super) async fn open(
    shop: &Shop,
    mut facts: Facts<'_>,
    asker: Asker,
) -> Result<Opened, Broken> {
    let mut tried = Vec::new();
    let mut channel = shop.payments.of(facts.provider);
    loop {
        tried.extend(channel.map(|channel| channel.name()));
        let others = shop.payments.next(&facts.wanted(), &tried);
        let answer = match channel {
            Some(channel) => {
                facts.provider = channel.name();
                let attempt = describe(shop, &facts, keep(shop, &facts).await?);
                channel.start(&attempt, others.is_some()).await
            }
            None => Err(ProviderError::NotAsked),
        };
        fault::point("pay.answered")?;
        let of = facts.identity;
        let provider = channel.map_or(facts.provider, |channel| channel.name());
        let error = match answer {
            Ok(started) => {
                let recorded = record(shop, &facts, provider, &started, asker).await?;
                fault::point("pay.recorded")?;
                return match recorded {
                    true => Ok(Opened::At(started.redirect_url)),
                    false => standing(shop, of).await,
                };
            }
            Err(error) => error,
        };
        tracing::warn!(order = facts.number, attempt = %of.attempt, provider, %error, "payment not started");
        metrics::counter!("rialto_payment_not_started_total", "provider" => provider.to_owned())
            .increment(1);
        let next = shop.payments.next(&facts.wanted(), &tried);
        let passed = match (&error, next) {
            (ProviderError::Refused(_), None) => {
                sql::set_not_started(&shop.db, of, "failed", shop.clock.now()).await?;
                return Ok(Opened::Refused);
            }
            (ProviderError::NotAsked, None) => {
                defer(shop, of, asker).await?;
                return Ok(Opened::Deferred);
            }
            (ProviderError::Unknown(_), None) => {
                let later = shop.payments.first(&facts.wanted());
                let passing = Passing::Later(later, asker);
                pass_on(shop, of, AttemptState::Unknown, passing).await?;
                return Ok(Opened::Deferred);
            }
            (error, Some(next)) => {
                let state = match error {
                    ProviderError::Unknown(_) => AttemptState::Unknown,
                    ProviderError::Refused(_) | ProviderError::NotAsked => AttemptState::Failed,
                };
                pass_on(shop, of, state, Passing::Now(next.name())).await?
            }
        };
        let Some((attempt, at)) = passed else {
            return standing(shop, of).await;
        };
        facts.identity.attempt = attempt;
        facts.created_at = at;
        channel = next;
    }
}

/// Records that the page is open, and, when nobody waits for it, that its link is to be mailed: once for an order. False
/// when the attempt was given up or settled meanwhile; then its page is shown to nobody.
async fn record(
    shop: &Shop,
    facts: &Facts<'_>,
    provider: &str,
    started: &Started,
    asker: Asker,
) -> Result<bool, Broken> {
    let of = facts.identity;
    let now = shop.clock.now();
    if asker == Asker::Shopper {
        let mut db = shop.db.acquire().await?;
        return Ok(sql::record_started(&mut db, of, provider, started, now).await?);
    }
    let mut tx = shop.begin().await?;
    // In the one order everybody locks in: the order, then its attempt.
    common::lock_order(&mut tx, of.customer.0, of.order.0).await?;
    let open = sql::record_started(&mut tx, of, provider, started, now).await?;
    if open && sql::take_link(&mut tx, of, now, now + super::HOLD_AFTER_LINK).await? {
        let caller = Caller::machine("payments", "a provider is back");
        let change = json!({ "attempt": of.attempt, "number": facts.number, "provider": provider });
        write(
            shop,
            &mut tx,
            &caller,
            of.customer,
            of.order,
            "payment.requested",
            &[jobs::PAYMENT_LINK],
            change,
        )
        .await?;
    }
    tx.commit().await?;
    Ok(open)
}

/// What an attempt that did not work out is followed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Passing<'a> {
    /// An attempt at that provider, which the caller begins.
    Now(&'a str),
    /// One that waits for a provider.
    Later(&'a str, Asker),
    /// Nothing.
    Nothing,
}

/// Ends an attempt whose page was not shown to the shopper, and makes the next one, with its beginning. None when there is
/// none to make: it was begun, given up or settled by somebody else meanwhile, or its order is not to be paid any more.
pub(super) async fn pass_on(
    shop: &Shop,
    of: Identity,
    state: AttemptState,
    to: Passing<'_>,
) -> Result<Option<(AttemptId, OffsetDateTime)>, Broken> {
    let now = shop.clock.now();
    let next = AttemptId(shop.random.id(now));
    let caller = Caller::machine("payments", "a provider did not answer");
    let mut tx = shop.begin().await?;
    let Some((order_state, number)) =
        common::lock_order(&mut tx, of.customer.0, of.order.0).await?
    else {
        return Ok(None);
    };
    if !sql::give_up(&mut tx, of, state_name(state), now).await? {
        tx.rollback().await?;
        return Ok(None);
    }
    let is_due = order::parse_state(&order_state)? == OrderState::PaymentDue;
    let (provider, deferred_at) = match to {
        Passing::Now(provider) if is_due => (Some(provider), None),
        Passing::Later(provider, _) if is_due => (Some(provider), Some(now)),
        Passing::Now(_) | Passing::Later(..) | Passing::Nothing => (None, None),
    };
    if let Some(provider) = provider {
        sql::insert_next(&mut tx, of, next.0, provider, now, deferred_at).await?;
    }
    let change = json!({
        "number": number, "attempt": of.attempt, "was": state_name(state),
        "next": provider.map(|_| next), "provider": provider,
    });
    // What a worker tries in vain during an outage is no news to anyone but the audit log.
    if let (Some(_), Passing::Later(_, Asker::Shopper)) = (provider, to) {
        write(
            shop,
            &mut tx,
            &caller,
            of.customer,
            of.order,
            "payment.deferred",
            &[],
            change,
        )
        .await?;
    } else {
        let order = of.order.to_string();
        audit::write(
            shop,
            &mut tx,
            &caller,
            "payment.passed_on",
            "order",
            &order,
            change,
        )
        .await?;
    }
    tx.commit().await?;
    Ok(provider.map(|_| (next, now)))
}

/// No provider may be asked now: the attempt waits for one.
async fn defer(shop: &Shop, of: Identity, asker: Asker) -> Result<(), Broken> {
    let now = shop.clock.now();
    let mut tx = shop.begin().await?;
    if sql::defer(&mut tx, of, now).await? && asker == Asker::Shopper {
        let caller = Caller::machine("payments", "no provider can be reached");
        let change = json!({ "attempt": of.attempt });
        write(
            shop,
            &mut tx,
            &caller,
            of.customer,
            of.order,
            "payment.deferred",
            &[],
            change,
        )
        .await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Where an order can be paid by now, as others left it.
pub(super) async fn standing(shop: &Shop, of: Identity) -> Result<Opened, Broken> {
    let newest = sql::newest_attempt(&shop.db, of.customer.0, of.order.0).await?;
    let newest = newest.ok_or_else(|| Broken::Other(format!("order {} is gone", of.order)))?;
    Ok(match (parse_state(&newest.state)?, newest.redirect_url) {
        (AttemptState::Pending, Some(url)) => Opened::At(url),
        (AttemptState::Failed, _) => Opened::Refused,
        _ => Opened::Deferred,
    })
}

/// Begins an attempt that waits for a provider, for the shopper who asks; or waits for whoever was faster.
///
/// # Errors
/// As [`start`].
pub(crate) async fn begin_deferred(shop: &Shop, of: Identity) -> Result<Opened, Broken> {
    let now = shop.clock.now();
    if sql::claim_one_deferred(&shop.db, of, now, now + super::HOLD).await? {
        start(shop, of, Asker::Shopper).await
    } else {
        wait_for_page(shop, of).await
    }
}

/// Begins another attempt in the place of one whose beginning was cut short: its page, if there is one, was shown to nobody.
///
/// # Errors
/// As [`start`].
pub(crate) async fn take_over(shop: &Shop, of: Identity, provider: &str) -> Result<Opened, Broken> {
    let to = Passing::Now(provider);
    match pass_on(shop, of, AttemptState::Unknown, to).await? {
        Some((attempt, _)) => start(shop, Identity { attempt, ..of }, Asker::Shopper).await,
        None => wait_for_page(shop, of).await,
    }
}

/// Waits for the page that somebody else is opening for that order.
pub(crate) async fn wait_for_page(shop: &Shop, of: Identity) -> Result<Opened, Broken> {
    let begun = Instant::now();
    loop {
        let newest = sql::newest_attempt(&shop.db, of.customer.0, of.order.0).await?;
        let under_way = newest.is_some_and(|row| row.state == "created" && !row.deferred);
        if !under_way || begun.elapsed() >= PATIENCE {
            return standing(shop, of).await;
        }
        tokio::time::sleep(LOOK).await;
    }
}
