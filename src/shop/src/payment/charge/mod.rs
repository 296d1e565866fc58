//! Charging a saved means of payment for an order that waited for a provider, while its shopper is away.
//!
//! An attempt says that it is a charge, and that it was asked for, before the provider hears of it; nobody gives it up until
//! it is known how that went. An order is charged so once at most: after a charge in vain its shopper is mailed the link.

mod sql;

use super::attempt::{Asker, Facts, Identity, Opened, describe, facts_row, open, standing, told};
use super::payments::Channel;
use super::provider::{Attempt, ProviderError, Saved};
use super::reconcile::{CAPTURE_ENDS, heard, shut};
use super::settle::settle;
use super::sql::OpenRow;
use super::{PaymentError, sql as common};
use crate::{Broken, Caller, Failure, Shop, audit, order};
use domain::AttemptId;
use domain::order::OrderState;
use domain::payment::Outcome;
use serde_json::json;

/// How many are followed at a time.
const BATCH: i64 = 50;

fn machine() -> Caller {
    Caller::machine("payments", "a saved means of payment")
}

/// Begins an attempt that waited for a provider, and was taken from the waiting ones, without its shopper: a saved means of
/// payment is charged, if there is one; otherwise its page is opened, and the link mailed.
///
/// # Errors
/// [`Broken`] of the database; the providers' failures are answers.
pub(super) async fn begin(shop: &Shop, of: Identity) -> Result<Opened, Broken> {
    let row = facts_row(shop, of).await?;
    let facts = row.facts(of)?;
    let Some((channel, saved)) = chosen(shop, &facts).await? else {
        return open(shop, facts, Asker::Worker).await;
    };
    if !mark(shop, &facts, channel.name(), &saved).await? {
        return standing(shop, of).await;
    }
    ask(shop, channel, of, &describe(shop, &facts, None), &saved).await
}

/// The newest of the shopper's saved means of payment that could be charged now; None for an order that was charged before.
async fn chosen<'a>(
    shop: &'a Shop,
    facts: &Facts<'_>,
) -> Result<Option<(&'a Channel, Saved)>, Broken> {
    let saved = sql::saved(&shop.db, facts.identity).await?;
    let wanted = facts.wanted();
    let found = saved.into_iter().find_map(|row| {
        let channel = shop.payments.to_charge(&wanted, &row.provider)?;
        let saved = Saved {
            customer: row.customer,
            method: row.method,
        };
        Some((channel, saved))
    });
    Ok(found)
}

/// Writes down that it is going to be charged. False when the order is not to be paid any more.
async fn mark(
    shop: &Shop,
    facts: &Facts<'_>,
    provider: &str,
    saved: &Saved,
) -> Result<bool, Broken> {
    let of = facts.identity;
    let mut tx = shop.begin().await?;
    let order = common::lock_order(&mut tx, of.customer.0, of.order.0).await?;
    let is_due = match &order {
        Some((state, _)) => order::parse_state(state)? == OrderState::PaymentDue,
        None => false,
    };
    if !is_due || !sql::mark(&mut tx, of, provider, saved, shop.clock.now()).await? {
        tx.rollback().await?;
        return Ok(false);
    }
    let change = json!({ "number": facts.number, "attempt": of.attempt, "provider": provider });
    let subject = of.order.to_string();
    audit::write(
        shop,
        &mut tx,
        &machine(),
        "payment.charge",
        "order",
        &subject,
        change,
    )
    .await?;
    tx.commit().await?;
    Ok(true)
}

/// Asks for the charge, under the attempt's id, and records how it went.
async fn ask(
    shop: &Shop,
    channel: &Channel,
    of: Identity,
    attempt: &Attempt,
    saved: &Saved,
) -> Result<Opened, Broken> {
    let answer = channel.charge(attempt, saved).await;
    let now = shop.clock.now();
    match answer {
        Ok(report) => {
            let in_vain = report.outcome == Outcome::Failed;
            match settle(shop, &machine(), of, &report).await {
                // Refused is an answer too, and was logged.
                Ok(_) | Err(Failure::Refused(_)) => {}
                Err(Failure::Broken(broken)) => return Err(broken),
            }
            Ok(if in_vain {
                Opened::Refused
            } else {
                Opened::Charged
            })
        }
        Err(ProviderError::Refused(why)) => {
            tracing::info!(order = attempt.number, attempt = %of.attempt, why, "a saved means of payment was refused");
            sql::in_vain(&shop.db, of, now).await?;
            Ok(Opened::Refused)
        }
        Err(ProviderError::NotAsked) => {
            sql::unmark(&shop.db, of, now).await?;
            Ok(Opened::Deferred)
        }
        Err(ProviderError::Unknown(why)) => {
            tracing::warn!(order = attempt.number, attempt = %of.attempt, why, "it is not known whether a charge went through");
            sql::unknown(&shop.db, of, now).await?;
            Ok(Opened::Deferred)
        }
    }
}

/// Finds out what became of a charge whose answer was lost. One that the provider does not know is asked for again while
/// its order wants it, and has failed when it could not have been under way any longer. `close`: the order wants it no more.
///
/// # Errors
/// [`PaymentError::Unavailable`] while that is not known.
pub(super) async fn look_into(
    shop: &Shop,
    caller: &Caller,
    channel: &Channel,
    row: &OpenRow,
    close: bool,
) -> Result<(), Failure<PaymentError>> {
    let of = row.identity();
    let Some(saved) = row.saved() else {
        return Ok(());
    };
    let attempt = told(shop, of).await?;
    if let Some(report) = heard(of, channel.find_charge(&attempt, &saved).await)? {
        return if close {
            shut(shop, caller, channel, of, report).await.map(|_| ())
        } else {
            settle(shop, caller, of, &report).await.map(|_| ())
        };
    }
    let now = shop.clock.now();
    if now - row.capture_asked_at.unwrap_or(row.begun_at) >= CAPTURE_ENDS {
        sql::in_vain(&shop.db, of, now).await?;
        return Ok(());
    }
    let wants = !close && now - row.begun_at < CAPTURE_ENDS;
    if !wants || !sql::again(&shop.db, of, now).await? {
        return Err(Failure::Refused(PaymentError::Unavailable));
    }
    ask(shop, channel, of, &attempt, &saved).await?;
    Ok(())
}

/// Makes the attempts that follow charges in vain: they wait for a provider as all others do, and their links are mailed.
///
/// # Errors
/// [`Broken`] of the database.
pub(super) async fn follow(shop: &Shop) -> Result<(), Broken> {
    for of in sql::to_follow(&shop.db, BATCH).await? {
        follow_one(shop, of).await?;
    }
    Ok(())
}

async fn follow_one(shop: &Shop, of: Identity) -> Result<(), Broken> {
    let now = shop.clock.now();
    let next = AttemptId(shop.random.id(now));
    let mut tx = shop.begin().await?;
    let order = common::lock_order(&mut tx, of.customer.0, of.order.0).await?;
    let Some((state, number)) = order else {
        return Ok(());
    };
    if !sql::followed(&mut tx, of, now).await? {
        tx.rollback().await?;
        return Ok(());
    }
    let open = common::open_attempts(&mut tx, of.customer.0, of.order.0).await?;
    // The shopper may have been faster, and pays already; or does not want it any more.
    if order::parse_state(&state)? == OrderState::PaymentDue && open.is_empty() {
        sql::insert_next(&mut tx, of, next.0, now).await?;
        let change =
            json!({ "number": number, "attempt": of.attempt, "was": "failed", "next": next });
        let subject = of.order.to_string();
        audit::write(
            shop,
            &mut tx,
            &machine(),
            "payment.passed_on",
            "order",
            &subject,
            change,
        )
        .await?;
    }
    tx.commit().await?;
    Ok(())
}
