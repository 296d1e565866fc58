//! Orders as staff handle them: listed, looked at, called off, refunded.

mod cancel;
mod list;
mod refund;
mod show;
mod sql;

pub use cancel::{Cancelled, cancel};
pub use list::{Filter, Listed, PageOfOrders, list};
pub use refund::{NewRefund, RefundOf, Refunding, refund};
pub use show::{Sheet, SheetLine, show};

pub(crate) use refund::{of_lines, too_much};
/// What becomes of lines' units.
pub(crate) mod units {
    pub(crate) use super::sql::{Change, count_units};
}

use crate::outbox::{self, Event};
use crate::{Broken, Caller, Failure, Shop, audit};
use domain::fulfilment::{Part, Units};
use domain::order::OrderState;
use domain::pricing::TaxMode;
use domain::{Action, Currency, CustomerId, Money, OrderId, may};
use serde_json::Value;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

/// Why nothing was changed. The text says how to mend it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    #[error("that is not allowed: it takes the role owner or order desk")]
    Denied,
    #[error("there is no such order; `rialto orders list` shows those there are")]
    NotFound,
    #[error("the order is {state}: {why}")]
    State {
        state: &'static str,
        why: &'static str,
    },
    #[error("the order has no line {0}; `rialto orders show` counts them from 1")]
    NoSuchLine(i32),
    #[error("line {0} was given twice; add its quantities up")]
    LineTwice(i32),
    #[error("a quantity is at least 1")]
    NoQuantity,
    #[error("line {line}: {asked} is more than the {left} that can still be {what}")]
    TooMany {
        line: i32,
        asked: u32,
        left: u32,
        what: &'static str,
    },
    #[error("nothing is left to be {0}")]
    NothingLeft(&'static str),
    #[error("an amount to refund is more than zero")]
    NoAmount,
    #[error("{asked} {currency} is more than the {left} {currency} that can still go back")]
    TooMuch {
        asked: String,
        left: String,
        currency: Currency,
    },
    #[error("the order was paid in {paid}, not in {asked}; give the amount in {paid}")]
    OtherCurrency { paid: Currency, asked: Currency },
    #[error("what delivery cost went back before")]
    DeliveryRefunded,
    #[error("that id was used for another refund; take a new one")]
    IdReused,
    #[error(
        "the payment provider does not answer, so nobody knows whether this order is being paid just now; \
         nothing was changed, try again in a minute"
    )]
    ProviderSilent,
    #[error("the order has no shipment {0}; `rialto orders show` lists them")]
    NoSuchShipment(i32),
    #[error("the order has no return {0}; `rialto orders show` lists them")]
    NoSuchReturn(i32),
    #[error("{what} {number} is {state}: it can't become {event}")]
    Illegal {
        what: &'static str,
        number: i32,
        state: &'static str,
        event: &'static str,
    },
    #[error("{0}")]
    Unfit(String),
}

/// Whose and which order a number names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Owned {
    pub customer: CustomerId,
    pub order: OrderId,
}

/// An order under its lock, with its lines.
pub(crate) struct Locked {
    pub of: Owned,
    pub number: String,
    pub state: OrderState,
    pub currency: Currency,
    /// What delivery cost, with its tax; minor units.
    pub delivery_minor: i64,
    pub lines: Vec<LockedLine>,
}

/// A line of an order under its lock.
pub(crate) struct LockedLine {
    pub position: i32,
    pub units: Units,
    /// All that was paid for the line, minor units.
    pub paid_minor: i64,
}

impl Locked {
    pub(crate) fn line(&self, position: i32) -> Result<&LockedLine, Failure<ChangeError>> {
        self.lines
            .iter()
            .find(|line| line.position == position)
            .ok_or(Failure::Refused(ChangeError::NoSuchLine(position)))
    }

    /// The lines that `parts` name, each once, each with at least one and at most what `left` says.
    pub(crate) fn chosen(
        &self,
        parts: &[Part],
        what: &'static str,
        left: impl Fn(Units) -> u32,
    ) -> Result<Vec<(&LockedLine, u32)>, Failure<ChangeError>> {
        let mut chosen: Vec<(&LockedLine, u32)> = Vec::with_capacity(parts.len());
        for part in parts {
            let line = self.line(part.line)?;
            if chosen
                .iter()
                .any(|(other, _)| other.position == line.position)
            {
                return Err(Failure::Refused(ChangeError::LineTwice(part.line)));
            }
            if part.quantity == 0 {
                return Err(Failure::Refused(ChangeError::NoQuantity));
            }
            let left = left(line.units);
            if part.quantity > left {
                return Err(Failure::Refused(ChangeError::TooMany {
                    line: part.line,
                    asked: part.quantity,
                    left,
                    what,
                }));
            }
            chosen.push((line, part.quantity));
        }
        Ok(chosen)
    }

    /// All lines of which something is left, with all of it.
    pub(crate) fn all(&self, left: impl Fn(Units) -> u32) -> Vec<(&LockedLine, u32)> {
        self.lines
            .iter()
            .map(|line| (line, left(line.units)))
            .filter(|(_, count)| *count > 0)
            .collect()
    }

    pub(crate) fn money(&self, minor: i64) -> Money {
        Money::new(minor, self.currency)
    }
}

/// Whether `caller` may change orders.
pub(crate) fn check(caller: &Caller) -> Result<(), Failure<ChangeError>> {
    may(&caller.actor, Action::ChangeOrder).map_err(|_| Failure::Refused(ChangeError::Denied))
}

/// Whose order that number names.
pub(crate) async fn find(shop: &Shop, number: &str) -> Result<Owned, Failure<ChangeError>> {
    let number = number.trim().to_ascii_uppercase();
    if !super::is_number(&number) {
        return Err(Failure::Refused(ChangeError::NotFound));
    }
    sql::owner_of_number(&shop.db, &number)
        .await?
        .ok_or(Failure::Refused(ChangeError::NotFound))
}

/// Locks an order: everything that moves one does so first.
pub(crate) async fn lock(tx: &mut PgConnection, of: Owned) -> Result<Locked, Failure<ChangeError>> {
    let row = sql::lock(tx, of)
        .await?
        .ok_or(Failure::Refused(ChangeError::NotFound))?;
    let currency = row
        .currency
        .parse()
        .map_err(|_| Broken::Other(format!("order {}: bad currency", row.number)))?;
    let added = |tax: i64| {
        if row.quote.tax_mode == TaxMode::Added {
            tax
        } else {
            0
        }
    };
    let lines = sql::lines(tx, of)
        .await?
        .into_iter()
        .map(|line| LockedLine {
            paid_minor: line.subtotal_minor - line.discount_minor + added(line.tax_minor),
            position: line.position,
            units: Units {
                bought: count(line.quantity),
                shipped: count(line.shipped),
                withdrawn: count(line.withdrawn),
                returned: count(line.returned),
                refunded: count(line.refunded),
            },
        })
        .collect::<Vec<_>>();
    let goods: i64 = lines.iter().map(|line| line.paid_minor).sum();
    Ok(Locked {
        of,
        state: super::parse_state(&row.state)?,
        currency,
        delivery_minor: row
            .quote
            .delivery
            .map_or(0, |_| (row.quote.total.minor - goods).max(0)),
        number: row.number,
        lines,
    })
}

/// The same, when only its number is wanted.
pub(crate) async fn lock_number(tx: &mut PgConnection, of: Owned) -> sqlx::Result<Option<String>> {
    Ok(sql::lock(tx, of).await?.map(|row| row.number))
}

fn count(stored: i32) -> u32 {
    u32::try_from(stored).unwrap_or_default()
}

/// The positions and quantities of chosen lines, as statements take them.
pub(crate) fn columns(chosen: &[(&LockedLine, u32)]) -> (Vec<i32>, Vec<i32>) {
    chosen
        .iter()
        .map(|(line, count)| (line.position, i32::try_from(*count).unwrap_or(i32::MAX)))
        .unzip()
}

/// What happened to an order: into the outbox, with its jobs, and into the audit log.
pub(crate) async fn record(
    shop: &Shop,
    tx: &mut PgConnection,
    caller: &Caller,
    of: Owned,
    kind: &str,
    jobs: &[&str],
    change: Value,
) -> Result<Uuid, sqlx::Error> {
    let mut payload = change.clone();
    payload["customer"] = serde_json::json!(of.customer);
    payload["order"] = serde_json::json!(of.order);
    let event = Event {
        kind,
        schema_version: 1,
        subject: Some(of.order.0),
        customer: Some(of.customer),
        payload,
        jobs,
    };
    let id = outbox::write(shop, tx, caller, event).await?;
    let order = of.order.to_string();
    audit::write(shop, tx, caller, kind, "order", &order, change).await?;
    Ok(id)
}

/// The customer an order is of now: its own may have been folded into another since the work was asked for.
pub(crate) async fn owned_now(
    shop: &Shop,
    customer: CustomerId,
    order: OrderId,
) -> Result<Option<Owned>, Broken> {
    let found = sql::current_owner(&shop.db, customer.0, order.0).await?;
    Ok(found.map(|customer| Owned {
        customer: customer.into(),
        order,
    }))
}

pub(crate) async fn call_off(
    tx: &mut PgConnection,
    of: Owned,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sql::call_off(tx, of, now).await
}
