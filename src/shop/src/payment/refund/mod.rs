//! Money that goes back. A refund is a row with an id of its own, claimed under its order's lock and sent by a job: the
//! provider knows it by that id, so that doing it again sends nothing twice.

mod send;
mod sql;

pub(crate) use send::send;

use crate::order::{Locked, Owned, record};
use crate::{Broken, Caller, Failure, Shop, jobs};
use domain::fulfilment::{RefundReason, RefundState};
use domain::{AttemptId, Money, RefundId, ReturnId};
use serde_json::{Value, json};
use sqlx::PgConnection;

/// A refund to be recorded.
pub(crate) struct Claim {
    pub id: RefundId,
    /// What it is taken from.
    pub left: Left,
    /// All that goes back, by the provider and to cards.
    pub amount: Money,
    pub reason: RefundReason,
    /// The return it is for.
    pub returned: Option<ReturnId>,
    /// Positions and quantities of the units it is for.
    pub lines: (Vec<i32>, Vec<i32>),
    pub delivery: bool,
    pub asked: Value,
    pub note: String,
}

/// What is left of what an order was paid with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Left {
    pub attempt: AttemptId,
    /// Of what the provider captured, minor units.
    pub captured_minor: i64,
    /// Of gift cards and store credit, minor units.
    pub credit_minor: i64,
}

impl Left {
    pub(crate) fn minor(self) -> i64 {
        self.captured_minor + self.credit_minor
    }

    /// What of an amount goes back by the provider, and what to cards: the provider gives back first.
    fn split(self, minor: i64) -> (i64, i64) {
        let captured = minor.min(self.captured_minor);
        (captured, minor - captured)
    }
}

/// A refund that was recorded before.
pub(crate) struct Known {
    pub asked: Value,
    pub amount: Money,
    pub state: RefundState,
}

/// What can still go back of what a locked order was paid with; None when it was not paid.
pub(crate) async fn left(tx: &mut PgConnection, of: Owned) -> sqlx::Result<Option<Left>> {
    sql::left(tx, of).await
}

/// The refund of that id, should it be one of this order's.
pub(crate) async fn known<E>(
    tx: &mut PgConnection,
    of: Owned,
    id: RefundId,
) -> Result<Option<Known>, Failure<E>> {
    let Some(row) = sql::find(tx, of, id.0).await? else {
        return Ok(None);
    };
    Ok(Some(Known {
        amount: row.whole()?,
        state: row.state()?,
        asked: row.asked,
    }))
}

/// Whether delivery's price went back, or is going to.
pub(crate) async fn delivery_refunded(tx: &mut PgConnection, of: Owned) -> sqlx::Result<bool> {
    sql::delivery_refunded(tx, of).await
}

/// Whether a refund of the order is still to be sent.
pub(crate) async fn under_way(tx: &mut PgConnection, of: Owned) -> sqlx::Result<bool> {
    sql::under_way(tx, of).await
}

/// Records a refund of a locked order, takes its amount from what is left, and asks for it to be sent. What goes to cards is
/// claimed by the row itself while it is due, and given when the provider's part was sent: both or neither.
///
/// # Errors
/// [`Failure::Broken`] when less is left than is claimed: callers look at [`left`] first.
pub(crate) async fn claim<E>(
    shop: &Shop,
    tx: &mut PgConnection,
    caller: &Caller,
    order: &Locked,
    new: &Claim,
) -> Result<(), Failure<E>> {
    let now = shop.clock.now();
    let (captured, credit) = new.left.split(new.amount.minor);
    let suffices = credit <= new.left.credit_minor
        && sql::take(tx, order.of, new.left.attempt.0, captured).await?;
    if !suffices {
        let text = format!("refund {}: less is left than it claims", new.id);
        return Err(Failure::Broken(Broken::Other(text)));
    }
    sql::insert(tx, order.of, new, (captured, credit), now).await?;
    let change = json!({
        "number": order.number,
        "refund": new.id,
        "attempt": new.left.attempt,
        "amount_minor": captured,
        "credit_minor": credit,
        "currency": new.amount.currency,
        "reason": new.reason,
        "note": new.note,
    });
    record(
        shop,
        tx,
        caller,
        order.of,
        "refund.due",
        &[jobs::REFUND],
        change,
    )
    .await?;
    Ok(())
}
