//! An order's life: one `next`, and nothing else moves an order.

use crate::cart::CartLine;
use crate::checkout::Address;
use crate::fulfilment::Followed;
use crate::id::OrderId;
use crate::payment::AttemptState;
use crate::pricing::Quote;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// How far an order has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderState {
    /// Stock is held; payment is awaited.
    PaymentDue,
    /// Paid; the stock is sold.
    Paid,
    /// Not paid in time, or given up; the stock was released.
    Cancelled,
    /// All of the money has to go back: it came after the stock was gone, or the order was called off after it was paid.
    RefundDue,
    /// All of it went back. An order of which a part went back stays paid.
    Refunded,
}

impl OrderState {
    pub const ALL: [Self; 5] = [
        Self::PaymentDue,
        Self::Paid,
        Self::Cancelled,
        Self::RefundDue,
        Self::Refunded,
    ];
}

/// What can happen to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderEvent {
    /// The whole amount was captured.
    Captured,
    /// The hold ran out, with no payment under way.
    HoldExpired,
    /// The shopper or the shop gave it up before it was paid.
    Cancelled,
    /// The shop called it off after it was paid.
    CalledOff,
    /// Money came after the hold was released, and the stock was still there.
    CapturedLateWithStock,
    /// Money came after the hold was released, and the stock was gone.
    CapturedLateWithoutStock,
    /// All of it went back.
    Refunded,
}

impl OrderEvent {
    pub const ALL: [Self; 7] = [
        Self::Captured,
        Self::HoldExpired,
        Self::Cancelled,
        Self::CalledOff,
        Self::CapturedLateWithStock,
        Self::CapturedLateWithoutStock,
        Self::Refunded,
    ];
}

/// That can't happen to such an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{event:?} can't happen to an order that is {state:?}")]
pub struct IllegalEvent {
    pub state: OrderState,
    pub event: OrderEvent,
}

/// The state after `event`.
///
/// # Errors
/// [`IllegalEvent`] for every pair that is not listed here.
pub fn next(state: OrderState, event: OrderEvent) -> Result<OrderState, IllegalEvent> {
    use OrderEvent as E;
    use OrderState as S;
    match (state, event) {
        (S::PaymentDue, E::Captured) | (S::Cancelled, E::CapturedLateWithStock) => Ok(S::Paid),
        (S::PaymentDue, E::HoldExpired | E::Cancelled) => Ok(S::Cancelled),
        (S::Cancelled, E::CapturedLateWithoutStock) | (S::Paid, E::CalledOff) => Ok(S::RefundDue),
        (S::Paid | S::RefundDue, E::Refunded) => Ok(S::Refunded),
        _ => Err(IllegalEvent { state, event }),
    }
}

/// An order, as its page and mail show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderView {
    pub id: OrderId,
    /// Opaque, for people: `RI-7K3M-Q2XW`.
    pub number: String,
    pub state: OrderState,
    /// How the last attempt at paying stands.
    pub payment: AttemptState,
    #[serde(with = "time::serde::rfc3339")]
    pub placed_at: OffsetDateTime,
    pub email: String,
    pub address: Address,
    pub delivery_name: String,
    /// Business days until it arrives, at the earliest and at the latest.
    pub delivery_days: (u8, u8),
    pub lines: Vec<CartLine>,
    pub quote: Quote,
    /// The shop or the shopper gave it up, it did not just run out.
    pub called_off: bool,
    /// What happened after it was paid.
    pub followed: Followed,
}

#[cfg(test)]
mod tests {
    use super::*;
    use OrderEvent as E;
    use OrderState as S;

    /// All that may happen, and nothing else.
    const LEGAL: [(S, E, S); 8] = [
        (S::PaymentDue, E::Captured, S::Paid),
        (S::PaymentDue, E::HoldExpired, S::Cancelled),
        (S::PaymentDue, E::Cancelled, S::Cancelled),
        (S::Cancelled, E::CapturedLateWithStock, S::Paid),
        (S::Cancelled, E::CapturedLateWithoutStock, S::RefundDue),
        (S::Paid, E::CalledOff, S::RefundDue),
        (S::Paid, E::Refunded, S::Refunded),
        (S::RefundDue, E::Refunded, S::Refunded),
    ];

    #[test]
    fn only_what_is_listed_moves_an_order() {
        for state in S::ALL {
            for event in E::ALL {
                let legal = LEGAL
                    .iter()
                    .find(|(from, by, _)| (*from, *by) == (state, event));
                let expected = match legal {
                    Some((_, _, to)) => Ok(*to),
                    None => Err(IllegalEvent { state, event }),
                };
                assert_eq!(next(state, event), expected, "{state:?} {event:?}");
            }
        }
    }

    #[test]
    fn the_lists_of_states_and_events_are_whole() {
        // A variant added without its place in ALL fails to compile or fails here.
        for (at, state) in S::ALL.into_iter().enumerate() {
            let place = match state {
                S::PaymentDue => 0,
                S::Paid => 1,
                S::Cancelled => 2,
                S::RefundDue => 3,
                S::Refunded => 4,
            };
            assert_eq!(at, place);
        }
        for (at, event) in E::ALL.into_iter().enumerate() {
            let place = match event {
                E::Captured => 0,
                E::HoldExpired => 1,
                E::Cancelled => 2,
                E::CalledOff => 3,
                E::CapturedLateWithStock => 4,
                E::CapturedLateWithoutStock => 5,
                E::Refunded => 6,
            };
            assert_eq!(at, place);
        }
    }
}
