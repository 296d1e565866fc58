//! The job that sends a refund.

use super::sql::{self, RefundRow};
use crate::fulfilment::returns;
use crate::jobs::Ended;
use crate::order::{self, Owned, owned_now, record, state_name};
use crate::payment::{ProviderError, Refund};
use crate::{Broken, Caller, Shop, fault, gift_card, jobs};
use domain::fulfilment::{RefundEvent, RefundReason, RefundState};
use domain::order::OrderState;
use domain::settlement::{self, WentBack};
use domain::{AttemptId, CustomerId, OrderId, RefundId};
use serde::Deserialize;
use serde_json::{Value, json};
use sqlx::PgConnection;

/// What a refund's job holds.
#[derive(Deserialize)]
struct Due {
    customer: CustomerId,
    order: OrderId,
    attempt: AttemptId,
    /// None: all of the attempt's money has to go back, because it came too late or twice.
    refund: Option<RefundId>,
    /// The order was paid by another attempt: only this one's money goes back.
    #[serde(default)]
    duplicate: bool,
}

/// Sends a refund, and says so on its order. The provider is asked outside any transaction.
///
/// # Errors
/// [`Broken`]; try again.
pub(crate) async fn send(shop: &Shop, caller: &Caller, payload: &Value) -> Result<Ended, Broken> {
    let due = Due::deserialize(payload)?;
    let of = owned_now(shop, due.customer, due.order)
        .await?
        .ok_or_else(|| Broken::Other(format!("no order {} to refund", due.order)))?;
    let Some(row) = ready(shop, of, &due).await? else {
        return Ok(Ended::Done);
    };
    if row.amount_minor == 0 {
        // Cards paid for it: no provider has anything to send back.
        sent(shop, caller, of, &row).await?;
        return Ok(Ended::Done);
    }
    let reference = row
        .reference
        .clone()
        .ok_or_else(|| Broken::Other(format!("attempt {} has no reference", row.attempt_id)))?;
    let asked = Refund {
        id: RefundId(row.id),
        attempt: AttemptId(row.attempt_id),
        reference,
        amount: row.money()?,
    };
    let provider = shop
        .payments
        .of(&row.provider)
        .ok_or_else(|| Broken::Other(format!("the provider {} is not set up", row.provider)))?;
    match provider.refund(&asked).await {
        Ok(()) => {
            fault::point("refund.sent")?;
            sent(shop, caller, of, &row).await?;
            Ok(Ended::Done)
        }
        Err(error @ (ProviderError::Unknown(_) | ProviderError::NotAsked)) => {
            Err(Broken::Other(error.to_string()))
        }
        Err(ProviderError::Refused(why)) => {
            refused(shop, caller, of, &row, &why).await?;
            Ok(Ended::ForGood(format!(
                "the provider refused the refund: {why}"
            )))
        }
    }
}

/// The refund, due and claimed. None when there is nothing (left) to do.
async fn ready(shop: &Shop, of: Owned, due: &Due) -> Result<Option<RefundRow>, Broken> {
    // The whole of an attempt goes back under the attempt's own id: there is one such refund at most.
    let id = due.refund.map_or(due.attempt.0, |id| id.0);
    let now = shop.clock.now();
    let mut tx = shop.begin().await?;
    let Some(order) = sql::lock_order(&mut tx, of).await? else {
        return Err(Broken::Other(format!("no order {}", of.order)));
    };
    let row = match sql::find(&mut tx, of, id).await? {
        Some(row) => match row.state()? {
            RefundState::Due => Some(row),
            RefundState::Sent => None,
            // A person asked for it again.
            RefundState::Failed => {
                row.next(RefundEvent::Retried)?;
                let credit = sql::left(&mut tx, of)
                    .await?
                    .map_or(0, |left| left.credit_minor);
                let taken = row.credit_minor <= credit
                    && sql::take(&mut tx, of, row.attempt_id, row.amount_minor).await?
                    && sql::count_lines(&mut tx, of, id, 1).await?;
                if !taken {
                    tx.rollback().await?;
                    let text = format!(
                        "refund {id}: its amount or things were refunded otherwise meanwhile"
                    );
                    return Err(Broken::Other(text));
                }
                sql::set_state(&mut tx, of, id, RefundState::Due.name(), None, now).await?;
                Some(row)
            }
        },
        None if due.refund.is_some() => {
            return Err(Broken::Other(format!("no refund {id}")));
        }
        None => {
            let owes = due.duplicate || order::parse_state(&order)? == OrderState::RefundDue;
            let reason = if due.duplicate {
                RefundReason::Duplicate
            } else {
                RefundReason::Late
            };
            if owes && sql::insert_rest(&mut tx, of, id, reason.name(), now).await? {
                sql::find(&mut tx, of, id).await?
            } else {
                None
            }
        }
    };
    tx.commit().await?;
    Ok(row)
}

/// The provider took it on.
async fn sent(shop: &Shop, caller: &Caller, of: Owned, row: &RefundRow) -> Result<(), Broken> {
    let now = shop.clock.now();
    let mut tx = shop.begin().await?;
    let Some(stored) = sql::lock_order(&mut tx, of).await? else {
        return Err(Broken::Other(format!("no order {}", of.order)));
    };
    let row = sql::find(&mut tx, of, row.id)
        .await?
        .ok_or_else(|| Broken::Other(format!("no refund {}", row.id)))?;
    if row.state()? == RefundState::Sent {
        tx.rollback().await?;
        return Ok(());
    }
    let state = row.next(RefundEvent::Accepted)?;
    sql::set_state(&mut tx, of, row.id, state.name(), None, now).await?;
    if row.credit_minor > 0 {
        let credit = domain::Money::new(row.credit_minor, row.money()?.currency);
        let whose = (of.customer, of.order);
        let id = RefundId(row.id);
        let given = gift_card::refund(shop, &mut tx, caller, whose, id, credit).await?;
        if given != credit {
            return Err(Broken::Other(format!(
                "refund {}: its cards take {} of {} minor units",
                row.id, given.minor, credit.minor
            )));
        }
    }
    let mut change = row.change();
    let mut kind = "refund.sent";
    if row.reason == RefundReason::Duplicate.name() {
        kind = "payment.refunded";
    } else if sql::add_refunded(&mut tx, of, row.amount_minor, now).await? {
        let from = order::parse_state(&stored)?;
        if let Ok(Some(to)) = settlement::refunded(from, WentBack::All) {
            order::sql::set_state(&mut tx, of.customer.0, of.order.0, state_name(to), now).await?;
            kind = "order.refunded";
            change["from"] = json!(state_name(from));
            change["to"] = json!(state_name(to));
        }
    }
    record(
        shop,
        &mut tx,
        caller,
        of,
        kind,
        &[jobs::mail::REFUNDED],
        change,
    )
    .await?;
    if let Some(returned) = row.return_id {
        let returned = returned.into();
        returns::refunded(shop, &mut tx, caller, of, &row.number, returned).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// The provider said no, and did nothing: what was claimed is free again, and a person has to look.
async fn refused(
    shop: &Shop,
    caller: &Caller,
    of: Owned,
    row: &RefundRow,
    why: &str,
) -> Result<(), Broken> {
    let now = shop.clock.now();
    let mut tx = shop.begin().await?;
    sql::lock_order(&mut tx, of).await?;
    let Some(row) = still_due(&mut tx, of, row.id).await? else {
        tx.rollback().await?;
        return Ok(());
    };
    let state = row.next(RefundEvent::Refused)?;
    sql::set_state(&mut tx, of, row.id, state.name(), Some(why), now).await?;
    sql::take(&mut tx, of, row.attempt_id, -row.amount_minor).await?;
    sql::count_lines(&mut tx, of, row.id, -1).await?;
    let mut change = row.change();
    change["failure"] = json!(why);
    record(shop, &mut tx, caller, of, "refund.failed", &[], change).await?;
    tx.commit().await?;
    tracing::error!(order = %of.order, refund = %row.id, why, "a refund was refused; a person has to look");
    metrics::counter!("rialto_refunds_failed_total").increment(1);
    Ok(())
}

async fn still_due(
    tx: &mut PgConnection,
    of: Owned,
    id: uuid::Uuid,
) -> Result<Option<RefundRow>, Broken> {
    let row = sql::find(tx, of, id).await?;
    Ok(row.filter(|row| row.state == RefundState::Due.name()))
}

impl RefundRow {
    /// What the provider sends back.
    pub(super) fn money(&self) -> Result<domain::Money, Broken> {
        let currency = self
            .currency
            .parse()
            .map_err(|_| Broken::Other(format!("refund {}: bad currency", self.id)))?;
        Ok(domain::Money::new(self.amount_minor, currency))
    }

    pub(super) fn state(&self) -> Result<RefundState, Broken> {
        self.state
            .parse()
            .map_err(|_| Broken::Other(format!("refund {}: state {:?}", self.id, self.state)))
    }

    /// All that goes back by it, by the provider and to cards.
    pub(super) fn whole(&self) -> Result<domain::Money, Broken> {
        let part = self.money()?;
        let credit = domain::Money::new(self.credit_minor, part.currency);
        domain::Money::sum(part.currency, [part, credit])
            .map_err(|error| Broken::Other(format!("refund {}: {error}", self.id)))
    }

    fn next(&self, event: RefundEvent) -> Result<RefundState, Broken> {
        self.state()?
            .next(event)
            .map_err(|illegal| Broken::Other(illegal.to_string()))
    }

    fn change(&self) -> Value {
        json!({
            "number": self.number,
            "refund": self.id,
            "attempt": self.attempt_id,
            "amount_minor": self.amount_minor,
            "credit_minor": self.credit_minor,
            "currency": self.currency,
            "reason": self.reason,
        })
    }
}
