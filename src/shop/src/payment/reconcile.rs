//! Asking providers about what nobody has told, and giving up what was not paid in time.

use super::PaymentError;
use super::attempt::{Identity, Opened, start};
use super::provider::{ProviderError, Report};
use super::settle::{give_up, settle};
use super::sql::{self, OpenRow};
use crate::{Broken, Caller, Failure, Shop};
use domain::payment::Outcome;
use domain::settlement::GivenUp;
use domain::{CustomerId, OrderId};
use futures::StreamExt;
use time::Duration;
use uuid::Uuid;

/// An attempt that nobody has spoken of for so long is asked about.
const SILENCE: Duration = Duration::seconds(20);
/// When an order that could not be closed is looked at again.
const AGAIN: Duration = Duration::MINUTE;
/// How many are taken at a time, and how many are asked about at once.
const BATCH: i64 = 50;
const AT_ONCE: usize = 8;

/// Asks about attempts that stand open in silence: what a lost webhook or a lost answer left behind. Returns how many.
///
/// # Errors
/// [`Broken`] of the database.
pub(crate) async fn ask_about_stale(shop: &Shop) -> Result<usize, Broken> {
    let now = shop.clock.now();
    let stale = sql::claim_stale(&shop.db, now - SILENCE, now, BATCH).await?;
    let count = stale.len();
    let caller = Caller::machine("payments", "reconciler");
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
    Ok(count)
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
    let mut db = shop.db.acquire().await?;
    let open = sql::open_attempts(&mut db, customer.0, order.0).await?;
    drop(db);
    for row in &open {
        hear(shop, &caller, row, true).await?;
    }
    Ok(())
}

/// Asks the provider about an attempt, and settles what it says. `close`: a page that is still open is closed.
pub(super) async fn hear(
    shop: &Shop,
    caller: &Caller,
    row: &OpenRow,
    close: bool,
) -> Result<(), Failure<PaymentError>> {
    let of = row.identity();
    if row.provider != shop.payments.name() {
        tracing::warn!(attempt = %of.attempt, provider = row.provider, "an attempt of a provider that is not set up");
        return Err(Failure::Refused(PaymentError::Unavailable));
    }
    let reference = match &row.reference {
        Some(reference) => Some(reference.clone()),
        None => find_out(shop, of).await?,
    };
    // Refused for good: there is nothing to ask about.
    let Some(reference) = reference else {
        return Ok(());
    };
    let mut report = ask(shop, of, &reference).await?;
    if close && report.outcome == Outcome::Pending {
        report = heard(of, shop.payments.expire(&reference).await)?;
    }
    settle(shop, caller, of, &report).await.map(|_| ())
}

/// The reference of an attempt whose beginning got no answer: the provider gives the same answer again, or opens the page
/// now. None when it won't.
async fn find_out(shop: &Shop, of: Identity) -> Result<Option<String>, Failure<PaymentError>> {
    match start(shop, of).await? {
        Opened::At(_) => {
            let mut db = shop.db.acquire().await.map_err(Broken::from)?;
            let open = sql::open_attempts(&mut db, of.customer.0, of.order.0).await?;
            let row = open.into_iter().find(|row| row.id == of.attempt.0);
            Ok(row.and_then(|row| row.reference))
        }
        Opened::Unknown => Err(Failure::Refused(PaymentError::Unavailable)),
        Opened::Refused => Ok(None),
    }
}

pub(crate) async fn ask(
    shop: &Shop,
    of: Identity,
    reference: &str,
) -> Result<Report, Failure<PaymentError>> {
    heard(of, shop.payments.ask(reference).await)
}

fn heard(
    of: Identity,
    answer: Result<Report, ProviderError>,
) -> Result<Report, Failure<PaymentError>> {
    answer.map_err(|error| {
        tracing::warn!(attempt = %of.attempt, %error, "the payment provider was asked in vain");
        Failure::Refused(PaymentError::Unavailable)
    })
}
