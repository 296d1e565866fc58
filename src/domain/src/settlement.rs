//! What becomes of an order, its payment and its stock: facts in, decision out.
//!
//! `shop` loads the facts under the order's lock, asks here, and applies what is decided in the same transaction. The
//! simulation of millions of schedules (`domain/tests/simulation`) asks here too.

use crate::money::Money;
use crate::order::{IllegalEvent, OrderEvent, OrderState, next};
use crate::payment::{AttemptState, IllegalOutcome, Outcome};
use serde::{Deserialize, Serialize};

/// An attempt at paying, and its order, as they are stored; both are locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    pub order: OrderState,
    pub attempt: AttemptState,
    /// The provider's own name of the attempt is stored.
    pub has_reference: bool,
    /// Its money came besides another attempt's, and is known to go back.
    pub is_duplicate: bool,
    /// What the attempt is to bring.
    pub owed: Money,
}

/// What a provider says of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heard {
    pub outcome: Outcome,
    /// What was, or is to be, charged.
    pub amount: Money,
}

/// What happens to every unit of an order's stock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Move {
    /// The hold becomes a sale.
    Sell,
    /// The hold ends.
    Release,
    /// Sold from the shelf, without a hold: it was released before.
    SellLate,
}

impl Move {
    /// Changes of on hand, held and sold for each unit, and their cause as the ledger names it.
    pub const fn per_unit(self) -> (i64, i64, i64, &'static str) {
        match self {
            Self::Sell => (-1, -1, 1, "sale"),
            Self::Release => (0, -1, 0, "release"),
            Self::SellLate => (-1, 0, 1, "sale"),
        }
    }
}

/// What follows from a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It was known before: nothing changes.
    Known,
    Settle(Settlement),
}

/// How things stand from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settlement {
    pub attempt: AttemptState,
    pub order: OrderState,
    pub stock: Option<Move>,
    /// What is told to the rest of the shop.
    pub news: Option<News>,
}

/// What a report has brought about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum News {
    /// Nothing was charged, and nothing will be.
    PaymentFailed,
    OrderPaid,
    /// Money came too late for the stock: all of it has to go back.
    RefundDue,
    /// The order was paid before, by another attempt: this one's money has to go back.
    PaidTwice,
}

/// Why a report is not acted on. Nothing changes then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotSettled {
    /// The provider contradicts itself.
    #[error(transparent)]
    Contradiction(#[from] IllegalOutcome),
    #[error("{paid:?} was paid of {owed:?}")]
    WrongAmount { owed: Money, paid: Money },
    #[error(transparent)]
    Illegal(#[from] IllegalEvent),
}

/// Whether deciding on `outcome` takes a look at the order's stock, and may move it.
pub fn moves_stock(facts: &Facts, outcome: Outcome) -> bool {
    outcome == Outcome::Captured
        && facts.attempt != AttemptState::Captured
        && !facts.is_duplicate
        && matches!(facts.order, OrderState::PaymentDue | OrderState::Cancelled)
}

/// What becomes of an order and its attempt when its provider is heard, by whatever way. `can_be_had`: everything that
/// the order let go when it was cancelled could be taken again now; asked only where [`moves_stock`].
///
/// # Errors
/// [`NotSettled`].
pub fn hear(facts: &Facts, heard: &Heard, can_be_had: bool) -> Result<Decision, NotSettled> {
    let attempt = facts.attempt.next(heard.outcome)?;
    let is_captured = attempt == AttemptState::Captured;
    let is_known = attempt == facts.attempt && (is_captured || facts.has_reference)
        // It counts as failed, however often its capture is told.
        || is_captured && facts.is_duplicate;
    if is_known {
        return Ok(Decision::Known);
    }
    if is_captured && heard.amount != facts.owed {
        return Err(NotSettled::WrongAmount {
            owed: facts.owed,
            paid: heard.amount,
        });
    }
    if is_captured {
        return captured(facts.order, can_be_had).map(Decision::Settle);
    }
    Ok(Decision::Settle(Settlement {
        attempt,
        order: facts.order,
        stock: None,
        news: (attempt == AttemptState::Failed).then_some(News::PaymentFailed),
    }))
}

/// The hold becomes a sale; without a hold, the stock is taken if it is still there, or the money has to go back.
fn captured(order: OrderState, can_be_had: bool) -> Result<Settlement, NotSettled> {
    let (event, stock, news) = match order {
        OrderState::PaymentDue => (OrderEvent::Captured, Some(Move::Sell), News::OrderPaid),
        OrderState::Cancelled if can_be_had => (
            OrderEvent::CapturedLateWithStock,
            Some(Move::SellLate),
            News::OrderPaid,
        ),
        OrderState::Cancelled => (OrderEvent::CapturedLateWithoutStock, None, News::RefundDue),
        // At most one attempt of an order is ever "captured", so this one counts as failed.
        OrderState::Paid | OrderState::RefundDue | OrderState::Refunded => {
            return Ok(Settlement {
                attempt: AttemptState::Failed,
                order,
                stock: None,
                news: Some(News::PaidTwice),
            });
        }
    };
    Ok(Settlement {
        attempt: AttemptState::Captured,
        order: next(order, event)?,
        stock,
        news: Some(news),
    })
}

/// Why an unpaid order is given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GivenUp {
    /// Its hold ran out.
    HoldExpired,
    /// The shopper or the shop wants it no more.
    Cancelled,
}

impl GivenUp {
    const fn event(self) -> OrderEvent {
        match self {
            Self::HoldExpired => OrderEvent::HoldExpired,
            Self::Cancelled => OrderEvent::Cancelled,
        }
    }
}

/// Why an order is not given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotGivenUp {
    #[error(transparent)]
    Illegal(#[from] IllegalEvent),
    /// One of its attempts may still bring money: its provider is to be asked, or its page closed, before.
    #[error("a payment may still be under way")]
    PaymentOpen,
}

/// What becomes of an order that is given up, whose stock is released then. `payment_open`: the provider has not said its
/// last word about one of its attempts.
///
/// # Errors
/// [`NotGivenUp`].
pub fn give_up(
    order: OrderState,
    why: GivenUp,
    payment_open: bool,
) -> Result<(OrderState, Move), NotGivenUp> {
    let to = next(order, why.event())?;
    if payment_open {
        return Err(NotGivenUp::PaymentOpen);
    }
    Ok((to, Move::Release))
}

/// Whose money went back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WentBack {
    /// That of an attempt which came besides the one that paid the order.
    Duplicate,
    /// All that paid the order.
    All,
}

/// How an order stands after money went back; None when that was known, or does not concern it.
///
/// # Errors
/// [`IllegalEvent`] for an order that was never paid.
pub fn refunded(order: OrderState, what: WentBack) -> Result<Option<OrderState>, IllegalEvent> {
    match what {
        WentBack::Duplicate => Ok(None),
        WentBack::All if order == OrderState::Refunded => Ok(None),
        WentBack::All => next(order, OrderEvent::Refunded).map(Some),
    }
}

/// Whether an order may be given another attempt: never two that could both bring money.
pub fn may_pay_again(order: OrderState, attempts: &[AttemptState]) -> bool {
    order == OrderState::PaymentDue
        && attempts
            .iter()
            .all(|attempt| *attempt == AttemptState::Failed)
}

#[cfg(test)]
mod tests;
