//! Taking money: the provider's trait, and the one `settle` that the shopper's return, the webhook and the reconciler
//! all call.

mod attempt;
mod breaker;
mod charge;
mod keep;
mod methods;
mod payments;
pub mod paypal;
mod provider;
mod reconcile;
pub(crate) mod refund;
mod returned;
mod routing;
mod settle;
mod sql;

pub mod stripe;
mod webhook;

pub use methods::{BadMethods, Methods};
pub use payments::{Channel, Limits, Payments, Wanted};
pub use provider::{
    Answer, Attempt, Charge, Keep, Kept, Notice, PaymentProvider, ProviderError, Refund, Report,
    Saved, Started, WebhookError,
};
pub use returned::returned;
pub use routing::{BadRoutes, Routes};
pub use webhook::webhook;

pub(crate) use attempt::{
    Asker, Choice, Facts, Identity, Opened, begin_deferred, start, start_with, take_over,
    wait_for_page,
};
pub(crate) use keep::keep;
pub(crate) use reconcile::{ask_about_stale, close_pages, expire_holds, look_into, open_deferred};
pub(crate) use settle::{give_up, settle_free};
pub(crate) use webhook::handle as handle_webhook;

use crate::Broken;
use domain::payment::AttemptState;
use serde::{Deserialize, Serialize};
use time::Duration;

/// How long an order's stock is held for its payment.
pub const HOLD: Duration = Duration::minutes(30);

/// The same after the link to pay was mailed: a mail is not read at once.
pub(crate) const HOLD_AFTER_LINK: Duration = Duration::hours(2);

/// Why a payment call was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum PaymentError {
    #[error("no such payment")]
    Unknown,
    #[error("the signature does not hold")]
    Forged,
    #[error("that is not a message of this provider")]
    Malformed,
    #[error("this order can't be paid any more")]
    Closed,
    #[error("the payment provider can't be reached")]
    Unavailable,
}

/// The name of the provider of orders that cost nothing.
pub(crate) const FREE: &str = "none";

/// The state's name in the database.
pub(crate) const fn state_name(state: AttemptState) -> &'static str {
    match state {
        AttemptState::Created => "created",
        AttemptState::Pending => "pending",
        AttemptState::Unknown => "unknown",
        AttemptState::Captured => "captured",
        AttemptState::Failed => "failed",
    }
}

/// The state of that name.
pub(crate) fn parse_state(name: &str) -> Result<AttemptState, Broken> {
    match name {
        "created" => Ok(AttemptState::Created),
        "pending" => Ok(AttemptState::Pending),
        "unknown" => Ok(AttemptState::Unknown),
        "captured" => Ok(AttemptState::Captured),
        "failed" => Ok(AttemptState::Failed),
        other => Err(Broken::Other(format!("payment attempt state {other:?}"))),
    }
}
