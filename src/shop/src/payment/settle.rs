//! The one place where a payment's outcome becomes an order's fate.

use super::attempt::Identity;
use super::provider::Report;
use super::{PaymentError, parse_state, sql, state_name};
use crate::inventory::{self as stock, Move};
use crate::order::state_name as order_state_name;
use crate::outbox::{self, Event};
use crate::{Caller, Failure, Shop, audit, order};
use domain::order::{OrderEvent, OrderState, next};
use domain::payment::{AttemptState, Outcome};
use domain::{Action, CustomerId, Money, OrderId, may};
use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

/// Records what a provider says of an attempt, and moves the order with it, in one transaction. Hearing the same again,
/// from anyone, changes nothing. Returns how the order stands then.
///
/// # Errors
/// [`PaymentError::Unknown`] when there is no such attempt (or the caller may not), [`PaymentError::Malformed`] when what
/// was paid is not what is owed: then nothing is changed.
pub(crate) async fn settle(
    shop: &Shop,
    caller: &Caller,
    of: Identity,
    heard: &Report,
) -> Result<OrderState, Failure<PaymentError>> {
    may(&caller.actor, Action::SettlePayment)
        .map_err(|_| Failure::Refused(PaymentError::Unknown))?;
    let mut tx = shop.db.begin().await?;
    let row = sql::lock(&mut tx, of)
        .await?
        .ok_or(Failure::Refused(PaymentError::Unknown))?;
    let order = order::parse_state(&row.order_state)?;
    let from = parse_state(&row.attempt_state)?;
    let to = match from.next(heard.outcome) {
        Ok(to) => to,
        Err(illegal) => {
            tracing::error!(order = row.number, attempt = %of.attempt, %illegal, "the provider contradicts itself");
            tx.rollback().await?;
            return Ok(order);
        }
    };
    if to == from && (to == AttemptState::Captured || row.reference.is_some()) {
        // Not left to the drop, which would keep the locks a while longer.
        tx.rollback().await?;
        return Ok(order);
    }
    if heard.outcome == Outcome::Captured && !is_owed(&row, heard.amount) {
        tracing::error!(
            order = row.number, attempt = %of.attempt, owed = row.amount_minor, currency = row.currency,
            paid = heard.amount.minor, paid_currency = %heard.amount.currency,
            "what was paid is not what is owed"
        );
        metrics::counter!("rialto_payment_mismatch_total").increment(1);
        tx.rollback().await?;
        return Err(Failure::Refused(PaymentError::Malformed));
    }
    let mut settling = Settling {
        shop,
        caller,
        of,
        number: &row.number,
        amount_minor: row.amount_minor,
        tx: &mut tx,
    };
    let (attempt, order) = match to {
        AttemptState::Captured => settling.captured(order).await?,
        AttemptState::Failed => {
            settling.record("payment.failed", &[], json!({})).await?;
            (to, order)
        }
        AttemptState::Created | AttemptState::Pending | AttemptState::Unknown => (to, order),
    };
    let reference = (row.provider.as_str(), heard.reference.as_str());
    let now = shop.clock.now();
    sql::set_attempt(&mut tx, of, state_name(attempt), reference, now).await?;
    tx.commit().await?;
    Ok(order)
}

/// Settles an order that costs nothing.
///
/// # Errors
/// As [`settle`].
pub(crate) async fn settle_free(
    shop: &Shop,
    of: Identity,
    nothing: Money,
) -> Result<OrderState, Failure<PaymentError>> {
    let caller = Caller::machine("payments", "nothing to pay");
    let report = Report {
        reference: of.attempt.to_string(),
        outcome: Outcome::Captured,
        amount: nothing,
        redirect_url: None,
    };
    settle(shop, &caller, of, &report).await
}

/// Gives up an order whose hold ran out, unless a payment is still under way. Returns whether it did.
///
/// # Errors
/// [`Failure::Broken`].
pub(super) async fn cancel_expired(
    shop: &Shop,
    caller: &Caller,
    customer: CustomerId,
    order: OrderId,
) -> Result<bool, Failure<PaymentError>> {
    let mut tx = shop.db.begin().await?;
    let Some((state, number)) = sql::lock_order(&mut tx, customer.0, order.0).await? else {
        return Ok(false);
    };
    let Ok(to) = next(order::parse_state(&state)?, OrderEvent::HoldExpired) else {
        tx.rollback().await?;
        return Ok(false);
    };
    if !sql::open_attempts(&mut tx, customer.0, order.0)
        .await?
        .is_empty()
    {
        tx.rollback().await?;
        return Ok(false);
    }
    let lines = stock::lock(&mut tx, customer, order).await?;
    stock::apply(shop, &mut tx, caller, order, &lines, Move::Release).await?;
    order::sql::set_state(
        &mut tx,
        customer.0,
        order.0,
        order_state_name(to),
        shop.clock.now(),
    )
    .await?;
    let change = json!({ "from": state, "to": order_state_name(to), "number": number });
    write(
        shop,
        &mut tx,
        caller,
        customer,
        order,
        "order.cancelled",
        &[],
        change,
    )
    .await?;
    tx.commit().await?;
    Ok(true)
}

/// An order and its attempt, locked, while the money has come.
struct Settling<'a> {
    shop: &'a Shop,
    caller: &'a Caller,
    of: Identity,
    number: &'a str,
    amount_minor: i64,
    tx: &'a mut PgConnection,
}

impl Settling<'_> {
    /// The hold becomes a sale; without a hold, the stock is taken if it is still there, or the money has to go back.
    async fn captured(
        &mut self,
        order: OrderState,
    ) -> Result<(AttemptState, OrderState), Failure<PaymentError>> {
        let Identity {
            customer,
            order: id,
            ..
        } = self.of;
        let (event, moved) = match order {
            OrderState::PaymentDue => (OrderEvent::Captured, Some(Move::Sell)),
            OrderState::Cancelled => {
                let lines = stock::lock(self.tx, customer, id).await?;
                if stock::suffices(&lines) {
                    (OrderEvent::CapturedLateWithStock, Some(Move::SellLate))
                } else {
                    (OrderEvent::CapturedLateWithoutStock, None)
                }
            }
            OrderState::Paid | OrderState::RefundDue | OrderState::Refunded => {
                return self.captured_twice(order).await;
            }
        };
        let to = next(order, event).map_err(|illegal| crate::Broken::Other(illegal.to_string()))?;
        if let Some(moved) = moved {
            let lines = stock::lock(self.tx, customer, id).await?;
            stock::apply(self.shop, self.tx, self.caller, id, &lines, moved).await?;
        }
        let now = self.shop.clock.now();
        order::sql::set_state(self.tx, customer.0, id.0, order_state_name(to), now).await?;
        let change = json!({ "from": order_state_name(order), "to": order_state_name(to) });
        if to == OrderState::Paid {
            self.record("order.paid", &[crate::jobs::ORDER_CONFIRMATION], change)
                .await?;
        } else {
            self.record("order.refund_due", &[crate::jobs::REFUND], change)
                .await?;
        }
        Ok((AttemptState::Captured, to))
    }

    /// The order was paid by another attempt before: this one's money goes back, and the order stays as it is. At most
    /// one attempt of an order is ever "captured", so this one counts as failed.
    async fn captured_twice(
        &mut self,
        order: OrderState,
    ) -> Result<(AttemptState, OrderState), Failure<PaymentError>> {
        tracing::error!(order = self.number, attempt = %self.of.attempt, "an order was paid twice; one goes back");
        let change = json!({ "duplicate": true });
        self.record("payment.duplicate", &[crate::jobs::REFUND], change)
            .await?;
        Ok((AttemptState::Failed, order))
    }

    /// The event with its jobs, and the audit log.
    async fn record(
        &mut self,
        kind: &str,
        jobs: &[&str],
        mut change: Value,
    ) -> Result<(), sqlx::Error> {
        let Identity {
            customer,
            order,
            attempt,
        } = self.of;
        change["number"] = json!(self.number);
        change["attempt"] = json!(attempt);
        change["amount_minor"] = json!(self.amount_minor);
        write(
            self.shop,
            self.tx,
            self.caller,
            customer,
            order,
            kind,
            jobs,
            change,
        )
        .await
    }
}

/// Writes what happened to an order into the outbox and the audit log.
#[allow(clippy::too_many_arguments)]
pub(super) async fn write(
    shop: &Shop,
    tx: &mut PgConnection,
    caller: &Caller,
    customer: CustomerId,
    order: OrderId,
    kind: &str,
    jobs: &[&str],
    change: Value,
) -> Result<(), sqlx::Error> {
    let mut payload = change.clone();
    payload["customer"] = json!(customer);
    payload["order"] = json!(order);
    let event = Event {
        kind,
        schema_version: 1,
        subject: Some(Uuid::from(order)),
        customer: Some(customer),
        payload,
        jobs,
    };
    outbox::write(shop, tx, caller, event).await?;
    audit::write(shop, tx, caller, kind, "order", &order.to_string(), change).await
}

fn is_owed(row: &sql::LockedRow, paid: Money) -> bool {
    row.amount_minor == paid.minor && row.currency == paid.currency.code()
}
