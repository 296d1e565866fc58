//! The one place where a payment's outcome becomes an order's fate.

use super::attempt::Identity;
use super::provider::Report;
use super::{PaymentError, parse_state, sql, state_name};
use crate::inventory as stock;
use crate::order::state_name as order_state_name;
use crate::outbox::{self, Event};
use crate::{Caller, Failure, Shop, audit, fault, gift_card, order, promotion};
use domain::order::OrderState;
use domain::payment::Outcome;
use domain::settlement::{self, Decision, Facts, GivenUp, Heard, News, NotSettled, Settlement};
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
    let mut tx = shop.begin().await?;
    let row = sql::lock(&mut tx, of)
        .await?
        .ok_or(Failure::Refused(PaymentError::Unknown))?;
    let facts = row.facts()?;
    #[cfg(feature = "faults")]
    let facts = fault::forgetful(facts);
    let said = Heard {
        outcome: heard.outcome,
        amount: heard.amount,
    };
    let takes = settlement::moves_stock(&facts, said.outcome);
    let lines = if takes {
        stock::lock(&mut tx, of.customer, of.order).await?
    } else {
        Vec::new()
    };
    // What was called off is not taken up again because its money came late.
    let mut can_be_had = !row.called_off && stock::suffices(&lines);
    if can_be_had && takes && facts.order == OrderState::Cancelled {
        // Its codes and gift cards were let go too. What is taken here is undone below should nothing come of it.
        let (customer, order) = (of.customer, of.order);
        can_be_had = promotion::retake_with_credit(shop, &mut tx, caller, customer, order).await?;
    }
    match settlement::hear(&facts, &said, can_be_had) {
        Ok(Decision::Settle(decided)) => {
            #[cfg(feature = "faults")]
            let decided = fault::careless(&facts, decided);
            let settling = Settling {
                shop,
                caller,
                of,
                row: &row,
                from: facts.order,
                reference: &heard.reference,
            };
            settling.apply(&mut tx, decided, &lines).await?;
            fault::point("settle.written")?;
            tx.commit().await?;
            fault::point("settle.committed")?;
            Ok(decided.order)
        }
        undecided => {
            // Not left to the drop, which would keep the locks a while longer.
            tx.rollback().await?;
            match undecided {
                Ok(_) => Ok(facts.order),
                Err(why) => not_settled(of, &row.number, facts.order, why),
            }
        }
    }
}

/// Says why a report was not acted on.
fn not_settled(
    of: Identity,
    number: &str,
    order: OrderState,
    why: NotSettled,
) -> Result<OrderState, Failure<PaymentError>> {
    match why {
        NotSettled::Contradiction(illegal) => {
            tracing::error!(order = number, attempt = %of.attempt, %illegal, "the provider contradicts itself");
            Ok(order)
        }
        NotSettled::WrongAmount { owed, paid } => {
            tracing::error!(
                order = number, attempt = %of.attempt, owed = owed.minor, currency = %owed.currency,
                paid = paid.minor, paid_currency = %paid.currency,
                "what was paid is not what is owed"
            );
            metrics::counter!("rialto_payment_mismatch_total").increment(1);
            Err(Failure::Refused(PaymentError::Malformed))
        }
        NotSettled::Illegal(illegal) => {
            Err(Failure::Broken(crate::Broken::Other(illegal.to_string())))
        }
    }
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
        approved: false,
    };
    settle(shop, &caller, of, &report).await
}

/// Gives up an unpaid order because its hold ran out or it was called off, unless a payment is still under way. Returns
/// whether it did.
///
/// # Errors
/// [`Failure::Broken`].
pub(crate) async fn give_up(
    shop: &Shop,
    caller: &Caller,
    customer: CustomerId,
    order: OrderId,
    because: GivenUp,
) -> Result<bool, Failure<PaymentError>> {
    let mut tx = shop.begin().await?;
    let Some((state, number)) = sql::lock_order(&mut tx, customer.0, order.0).await? else {
        return Ok(false);
    };
    let open = sql::open_attempts(&mut tx, customer.0, order.0).await?;
    let decided = settlement::give_up(order::parse_state(&state)?, because, !open.is_empty());
    let Ok((to, moved)) = decided else {
        tx.rollback().await?;
        return Ok(false);
    };
    let lines = stock::lock(&mut tx, customer, order).await?;
    if !fault::planted("hold_never_released") {
        stock::apply(shop, &mut tx, caller, order, &lines, moved).await?;
    }
    promotion::release(shop, &mut tx, customer, order).await?;
    gift_card::release(shop, &mut tx, caller, customer, order).await?;
    order::sql::set_state(
        &mut tx,
        customer.0,
        order.0,
        order_state_name(to),
        shop.clock.now(),
    )
    .await?;
    let mut mail: &[&str] = &[];
    if because == GivenUp::Cancelled {
        order::call_off(&mut tx, order::Owned { customer, order }, shop.clock.now()).await?;
        mail = &[crate::jobs::mail::CANCELLED];
    }
    let change = json!({ "from": state, "to": order_state_name(to), "number": number });
    write(
        shop,
        &mut tx,
        caller,
        customer,
        order,
        "order.cancelled",
        mail,
        change,
    )
    .await?;
    fault::point("give_up.written")?;
    tx.commit().await?;
    Ok(true)
}

/// An order and its attempt, locked.
struct Settling<'a> {
    shop: &'a Shop,
    caller: &'a Caller,
    of: Identity,
    row: &'a sql::LockedRow,
    from: OrderState,
    /// The provider's name of the attempt.
    reference: &'a str,
}

impl Settling<'_> {
    /// Does what was decided: moves the stock, the order and the attempt, and tells of it.
    async fn apply(
        &self,
        tx: &mut PgConnection,
        decided: Settlement,
        lines: &[stock::Held],
    ) -> Result<(), sqlx::Error> {
        let Identity {
            customer, order, ..
        } = self.of;
        let now = self.shop.clock.now();
        if let Some(moved) = decided.stock {
            stock::apply(self.shop, tx, self.caller, order, lines, moved).await?;
        }
        if decided.order != self.from {
            let to = order_state_name(decided.order);
            order::sql::set_state(tx, customer.0, order.0, to, now).await?;
        }
        if let Some(news) = decided.news {
            self.tell(tx, news, decided.order).await?;
        }
        if decided.news == Some(News::PaidTwice) {
            sql::mark_duplicate(tx, self.of, now).await?;
        }
        let reference = (self.row.provider.as_str(), self.reference);
        sql::set_attempt(tx, self.of, state_name(decided.attempt), reference, now).await
    }

    /// The event with its jobs, and the audit log.
    async fn tell(
        &self,
        tx: &mut PgConnection,
        news: News,
        to: OrderState,
    ) -> Result<(), sqlx::Error> {
        let moved = json!({ "from": order_state_name(self.from), "to": order_state_name(to) });
        let (kind, jobs, mut change): (_, &[&str], _) = match news {
            News::PaymentFailed => ("payment.failed", &[], json!({})),
            News::OrderPaid if self.row.keeps_method => (
                "order.paid",
                &[crate::jobs::ORDER_CONFIRMATION, crate::jobs::KEEP_METHOD],
                moved,
            ),
            News::OrderPaid => ("order.paid", &[crate::jobs::ORDER_CONFIRMATION], moved),
            News::RefundDue => ("order.refund_due", &[crate::jobs::REFUND], moved),
            News::PaidTwice => {
                tracing::error!(order = self.row.number, attempt = %self.of.attempt, "an order was paid twice; one goes back");
                (
                    "payment.duplicate",
                    &[crate::jobs::REFUND],
                    json!({ "duplicate": true }),
                )
            }
        };
        let Identity {
            customer,
            order,
            attempt,
        } = self.of;
        change["number"] = json!(self.row.number);
        change["attempt"] = json!(attempt);
        change["amount_minor"] = json!(self.row.amount_minor);
        write(
            self.shop,
            tx,
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

impl sql::LockedRow {
    fn facts(&self) -> Result<Facts, crate::Broken> {
        let currency = self
            .currency
            .parse()
            .map_err(|_| crate::Broken::Other(format!("order {}: bad currency", self.number)))?;
        Ok(Facts {
            order: order::parse_state(&self.order_state)?,
            attempt: parse_state(&self.attempt_state)?,
            has_reference: self.reference.is_some(),
            is_duplicate: self.is_duplicate,
            owed: Money::new(self.amount_minor, currency),
        })
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
    if fault::planted("effect_before_commit") {
        outbox::write(shop, &mut *shop.db.acquire().await?, caller, event).await?;
    } else {
        outbox::write(shop, tx, caller, event).await?;
    }
    audit::write(shop, tx, caller, kind, "order", &order.to_string(), change).await
}
