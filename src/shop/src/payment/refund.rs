//! Money that has to go back.

use super::attempt::Identity;
use super::provider::Refund;
use super::settle::write;
use super::sql;
use crate::order::{self, state_name};
use crate::{Broken, Caller, Shop, fault};
use domain::order::{OrderEvent, OrderState, next};
use domain::{AttemptId, CustomerId, Money, OrderId};
use serde::Deserialize;
use serde_json::{Value, json};

/// What a refund's job holds.
#[derive(Deserialize)]
struct Due {
    customer: CustomerId,
    order: OrderId,
    attempt: AttemptId,
    /// The order was paid by another attempt: only this one's money goes back.
    #[serde(default)]
    duplicate: bool,
}

/// Sends an attempt's money back, and says so on its order. The provider knows the refund by the attempt's id, so that
/// doing it again sends nothing twice.
///
/// # Errors
/// [`Broken`]; try again.
pub(crate) async fn refund(shop: &Shop, caller: &Caller, payload: &Value) -> Result<(), Broken> {
    let due = Due::deserialize(payload)?;
    let of = Identity {
        customer: due.customer,
        order: due.order,
        attempt: due.attempt,
    };
    let attempt = sql::paid_attempt(&shop.db, of)
        .await?
        .ok_or_else(|| Broken::Other(format!("no payment attempt {} to refund", due.attempt)))?;
    let currency = attempt
        .currency
        .parse()
        .map_err(|_| Broken::Other(format!("attempt {}: bad currency", due.attempt)))?;
    let asked = Refund {
        attempt: due.attempt,
        reference: attempt.reference,
        amount: Money::new(attempt.amount_minor, currency),
    };
    let answer = shop.payments.refund(&asked).await;
    answer.map_err(|error| Broken::Other(error.to_string()))?;
    fault::point("refund.sent");

    let mut tx = shop.db.begin().await?;
    let Some((stored, number)) = sql::lock_order(&mut tx, due.customer.0, due.order.0).await?
    else {
        return Ok(());
    };
    let state = order::parse_state(&stored)?;
    let mut change =
        json!({ "attempt": due.attempt, "amount_minor": asked.amount.minor, "number": number });
    if !due.duplicate {
        if state == OrderState::Refunded {
            tx.rollback().await?;
            return Ok(());
        }
        let to = next(state, OrderEvent::Refunded)
            .map_err(|illegal| Broken::Other(illegal.to_string()))?;
        let now = shop.clock.now();
        order::sql::set_state(&mut tx, due.customer.0, due.order.0, state_name(to), now).await?;
        change["from"] = json!(stored);
        change["to"] = json!(state_name(to));
    }
    let kind = if due.duplicate {
        "payment.refunded"
    } else {
        "order.refunded"
    };
    write(
        shop,
        &mut tx,
        caller,
        due.customer,
        due.order,
        kind,
        &[],
        change,
    )
    .await?;
    tx.commit().await?;
    Ok(())
}
