//! Asking providers about what nobody has told, opening what waited for them, and giving up what was not paid in time.

mod sql;

use super::attempt::{Asker, Identity, Opened, Passing, pass_on, told};
use super::charge;
use super::payments::Channel;
use super::provider::{ProviderError, Report};
use super::settle::{give_up, settle, settle_free};
use super::sql::{self as common, OpenRow};
use super::{FREE, PaymentError};
use crate::{Broken, Caller, Failure, Shop, order};
use domain::order::OrderState;
use domain::payment::{AttemptState, Outcome};
use domain::settlement::GivenUp;
use domain::{CustomerId, OrderId};
use futures::StreamExt;
use time::Duration;
use uuid::Uuid;

/// An attempt that nobody has spoken of for so long is asked about.
const SILENCE: Duration = Duration::seconds(20);
/// When an order that could not be closed is looked at again.
const AGAIN: Duration = Duration::MINUTE;
/// A page that is not found so long after its beginning was given up was never opened.
const NEVER: Duration = Duration::MINUTE;
/// No capture is under way longer than that.
pub(super) const CAPTURE_ENDS: Duration = Duration::minutes(10);
/// How long stock is held, after an order was placed, while no provider can be reached.
const LONGEST_OUTAGE: Duration = Duration::DAY;
/// How many are taken at a time, and how many are asked about at once.
const BATCH: i64 = 50;
const AT_ONCE: usize = 8;

/// Asks about attempts that stand open in silence: what a lost webhook or a lost answer left behind. Returns how many.
///
/// # Errors
/// [`Broken`] of the database.
pub(crate) async fn ask_about_stale(shop: &Shop) -> Result<usize, Broken> {
    let now = shop.clock.now();
    let caller = Caller::machine("payments", "reconciler");
    let mut count = 0;
    loop {
        let stale = sql::claim_stale(&shop.db, now - SILENCE, now, BATCH).await?;
        count += stale.len();
        let asking: Vec<_> = stale
            .iter()
            .map(|row| hear(shop, &caller, row, false))
            .collect();
        let heard: Vec<_> = futures::stream::iter(asking)
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        for failure in heard.into_iter().filter_map(Result::err) {
            // Asked again after the next silence.
            tracing::debug!(%failure, "a payment is still unknown");
        }
        // What was taken counts as asked about: the next batch is another one.
        if stale.is_empty() {
            return Ok(count);
        }
    }
}

/// Begins what was placed while no provider could be reached, as soon as one can: saved means of payment are charged, for all
/// others a page is opened, and its link mailed. Returns how many it were.
///
/// # Errors
/// [`Broken`] of the database.
pub(crate) async fn open_deferred(shop: &Shop) -> Result<usize, Broken> {
    let mut opened = 0;
    // One at first: after an outage it is the one that tries whether somebody is back.
    let mut batch = 1;
    while shop.payments.is_any_healthy() {
        charge::follow(shop).await?;
        let waiting = sql::claim_deferred(&shop.db, shop.clock.now(), batch).await?;
        let opening: Vec<_> = waiting.iter().map(|of| charge::begin(shop, *of)).collect();
        let outcomes: Vec<_> = futures::stream::iter(opening)
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        let mut is_answered = false;
        for outcome in outcomes {
            match outcome? {
                Opened::At(_) | Opened::Charged => {
                    opened += 1;
                    is_answered = true;
                }
                Opened::Refused => is_answered = true,
                Opened::Deferred => {}
            }
        }
        if !is_answered {
            break;
        }
        batch = BATCH;
    }
    Ok(opened)
}

/// Gives up orders that were not paid in time, after making sure that they can't be paid any more. One whose provider
/// does not answer is left for later. Returns how many were given up.
///
/// # Errors
/// [`Broken`] of the database.
pub(crate) async fn expire_holds(shop: &Shop) -> Result<usize, Broken> {
    let now = shop.clock.now();
    let due = sql::claim_expired(&shop.db, now, now + AGAIN, BATCH).await?;
    let caller = Caller::machine("payments", "hold expired");
    let closing: Vec<_> = due
        .into_iter()
        .map(|(customer, order)| expire_hold(shop, &caller, customer, order))
        .collect();
    let closed: Vec<bool> = futures::stream::iter(closing)
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    Ok(closed.into_iter().filter(|given_up| *given_up).count())
}

async fn expire_hold(shop: &Shop, caller: &Caller, customer: Uuid, order: Uuid) -> bool {
    let closing = async {
        let (customer, order) = (CustomerId(customer), OrderId(order));
        let now = shop.clock.now();
        let waits = |row: &OpenRow| row.deferred && now - row.placed_at < LONGEST_OUTAGE;
        if open_rows(shop, customer, order).await?.iter().any(waits) {
            // Nobody could be asked to take the shopper's money: that is no reason to give their things away.
            return Ok(false);
        }
        close_pages(shop, customer, order).await?;
        give_up(shop, caller, customer, order, GivenUp::HoldExpired).await
    };
    match closing.await {
        Ok(given_up) => given_up,
        Err(error) => {
            tracing::warn!(%order, %error, "an unpaid order could not be given up; later");
            false
        }
    }
}

async fn open_rows(
    shop: &Shop,
    customer: CustomerId,
    order: OrderId,
) -> sqlx::Result<Vec<OpenRow>> {
    let mut db = shop.db.acquire().await?;
    common::open_attempts(&mut db, customer.0, order.0).await
}

/// Makes sure that an order's open attempts can't be paid any more, and settles what the provider says of each.
///
/// # Errors
/// [`PaymentError::Unavailable`] while a provider does not answer.
pub(crate) async fn close_pages(
    shop: &Shop,
    customer: CustomerId,
    order: OrderId,
) -> Result<(), Failure<PaymentError>> {
    let caller = Caller::machine("payments", "closing what is open");
    for row in &open_rows(shop, customer, order).await? {
        hear(shop, &caller, row, true).await?;
    }
    Ok(())
}

/// Asks the provider about an attempt, and settles what it says. `close`: a page that is still open is closed; so are those
/// of attempts that were given up, and of orders that are not to be paid any more.
async fn hear(
    shop: &Shop,
    caller: &Caller,
    row: &OpenRow,
    close: bool,
) -> Result<(), Failure<PaymentError>> {
    let of = row.identity();
    if row.deferred {
        // Nobody was asked: there is nothing to close.
        sql::set_failed(&shop.db, of, shop.clock.now()).await?;
        return Ok(());
    }
    if row.provider == FREE {
        // Whoever placed it went away before it was settled.
        let nothing = told(shop, of).await?.amount;
        return settle_free(shop, of, nothing).await.map(|_| ());
    }
    let Some(channel) = shop.payments.of(&row.provider) else {
        tracing::warn!(attempt = %of.attempt, provider = row.provider, "an attempt of a provider that is not set up");
        return Err(Failure::Refused(PaymentError::Unavailable));
    };
    let is_due = order::parse_state(&row.order_state)? == OrderState::PaymentDue;
    let close = close || row.given_up_at.is_some() || !is_due;
    match &row.reference {
        Some(reference) => {
            let report = match channel.ask(reference).await {
                // What the provider does not know, and the shop will never capture, is not charged.
                Err(ProviderError::Refused(why)) if close && channel.captures_on_demand() => {
                    if !forbid_capture(shop, of).await? {
                        return Err(Failure::Refused(PaymentError::Unavailable));
                    }
                    tracing::warn!(attempt = %of.attempt, why, "the provider knows no such payment");
                    sql::set_failed(&shop.db, of, shop.clock.now()).await?;
                    return Ok(());
                }
                answer => heard(of, answer)?,
            };
            if close {
                return shut(shop, caller, channel, of, report).await.map(|_| ());
            }
            settle_heard(shop, caller, channel, of, report)
                .await
                .map(|_| ())
        }
        None if row.saved().is_some() => charge::look_into(shop, caller, channel, row, close).await,
        None if row.given_up_at.is_some() => look_for(shop, caller, channel, row).await,
        // Whoever began it is gone, and nobody was shown its page.
        None => {
            let to = if close {
                Passing::Nothing
            } else {
                Passing::Later(channel.name(), Asker::Worker)
            };
            pass_on(shop, of, AttemptState::Unknown, to).await?;
            Ok(())
        }
    }
}

/// Closes the page that an attempt may have opened before it was given up. Nobody was shown it, so that it matters little
/// whether it is found; but what is open is closed.
async fn look_for(
    shop: &Shop,
    caller: &Caller,
    channel: &Channel,
    row: &OpenRow,
) -> Result<(), Failure<PaymentError>> {
    let of = row.identity();
    let attempt = told(shop, of).await?;
    let now = shop.clock.now();
    match heard(of, channel.find(&attempt).await)? {
        Some(report) => shut(shop, caller, channel, of, report).await.map(|_| ()),
        None if row.given_up_at.is_some_and(|at| now - at >= NEVER) => {
            sql::set_failed(&shop.db, of, now).await?;
            Ok(())
        }
        None => Ok(()),
    }
}

/// Closes a page that is still open, and settles what it is then.
pub(super) async fn shut(
    shop: &Shop,
    caller: &Caller,
    channel: &Channel,
    of: Identity,
    mut report: Report,
) -> Result<Report, Failure<PaymentError>> {
    if matches!(report.outcome, Outcome::Pending | Outcome::Unknown) {
        if channel.captures_on_demand() && !forbid_capture(shop, of).await? {
            // A capture was asked for, and nobody heard how it went: the same again says.
            return settle_heard(shop, caller, channel, of, report).await;
        }
        report = heard(of, channel.expire(&report.reference).await)?;
    }
    report.approved = false;
    settle(shop, caller, of, &report).await?;
    Ok(report)
}

/// Whether no capture of that attempt will be asked for any more. Not so while one was asked for, and nobody heard how it
/// went; after ten minutes the provider's own word is believed that it did not happen.
async fn forbid_capture(shop: &Shop, of: Identity) -> sqlx::Result<bool> {
    let now = shop.clock.now();
    sql::forbid_capture(&shop.db, of, now, now - CAPTURE_ENDS).await
}

/// Settles what a provider says. Money that the shopper agreed to pay is captured first, when its order still wants it:
/// the one place where that is asked for, by the shopper's return, the webhook and the reconciler alike.
pub(super) async fn settle_heard(
    shop: &Shop,
    caller: &Caller,
    channel: &Channel,
    of: Identity,
    mut report: Report,
) -> Result<Report, Failure<PaymentError>> {
    let now = shop.clock.now();
    if report.approved && sql::allow_capture(&shop.db, of, report.amount, now).await? {
        let answer = channel.capture(of.attempt, &report.reference).await;
        // Every other answer leaves open whether this call, or one before it, took the money.
        if matches!(&answer, Ok(report) if report.outcome != Outcome::Captured) {
            sql::capture_answered(&shop.db, of).await?;
        }
        report = heard(of, answer)?;
    }
    settle(shop, caller, of, &report).await?;
    Ok(report)
}

/// What a provider says of that reference.
pub(super) async fn ask(
    of: Identity,
    channel: &Channel,
    reference: &str,
) -> Result<Report, Failure<PaymentError>> {
    heard(of, channel.ask(reference).await)
}

/// Asks an attempt's provider how it stands, and settles that.
///
/// # Errors
/// [`PaymentError::Unavailable`] while it does not answer.
pub(crate) async fn look_into(
    shop: &Shop,
    caller: &Caller,
    of: Identity,
    provider: &str,
    reference: &str,
) -> Result<Report, Failure<PaymentError>> {
    let channel = shop
        .payments
        .of(provider)
        .ok_or(Failure::Refused(PaymentError::Unavailable))?;
    let report = ask(of, channel, reference).await?;
    settle_heard(shop, caller, channel, of, report).await
}

pub(super) fn heard<T>(
    of: Identity,
    answer: Result<T, ProviderError>,
) -> Result<T, Failure<PaymentError>> {
    answer.map_err(|error| {
        tracing::warn!(attempt = %of.attempt, %error, "the payment provider was asked in vain");
        Failure::Refused(PaymentError::Unavailable)
    })
}
