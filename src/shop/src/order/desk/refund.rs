//! Sending money back: all that is left, an amount, or lines.

use super::{ChangeError, Locked, check, columns, find, lock, sql};
use crate::fulfilment::shelf;
use crate::payment::refund::{Claim, Left, claim};
use crate::{Caller, Failure, Shop};
use domain::fulfilment::{Part, RefundReason, RefundState, Units, share};
use domain::order::OrderState;
use domain::{Money, RefundId};
use serde::Serialize;
use serde_json::json;

/// What is to be refunded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefundOf {
    /// All that is left of what was paid.
    Rest,
    Amount(Money),
    /// What these units cost, and what delivery cost.
    Lines {
        parts: Vec<Part>,
        delivery: bool,
    },
}

/// A refund that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRefund {
    /// The asker's id of it: the same one again is the same refund. Without one, each call is a refund of its own.
    pub id: Option<RefundId>,
    pub of: RefundOf,
    /// The units never left: back on the shelf with them, not to be shipped any more.
    pub restock: bool,
    pub note: String,
}

/// A refund that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refunding {
    pub id: RefundId,
    pub number: String,
    pub amount: Money,
    pub state: RefundState,
}

/// Records a refund; the worker sends it. The provider gives back first, up to what it captured; the rest goes back to the
/// gift cards and the store credit it came from. Never more goes back than was paid, however many ask at once.
///
/// # Errors
/// [`ChangeError`]; nothing was changed then.
pub async fn refund(
    shop: &Shop,
    caller: &Caller,
    number: &str,
    new: &NewRefund,
) -> Result<Refunding, Failure<ChangeError>> {
    check(caller)?;
    let of = find(shop, number).await?;
    let now = shop.clock.now();
    let id = new.id.unwrap_or_else(|| RefundId(shop.random.id(now)));
    let asked = asked(new);
    let mut tx = shop.begin().await?;
    let order = lock(&mut tx, of).await?;
    if let Some(known) = crate::payment::refund::known(&mut tx, of, id).await? {
        tx.rollback().await?;
        return if known.asked == asked {
            Ok(Refunding {
                id,
                amount: known.amount,
                state: known.state,
                number: order.number,
            })
        } else {
            Err(Failure::Refused(ChangeError::IdReused))
        };
    }
    refundable(&order)?;
    let left = crate::payment::refund::left(&mut tx, of).await?;
    let left_minor = left.map_or(0, Left::minor);
    let mut chosen = Vec::new();
    let mut delivery = false;
    let amount_minor = match &new.of {
        RefundOf::Rest => {
            chosen = order.all(Units::to_refund);
            left_minor
        }
        RefundOf::Amount(amount) => {
            if amount.currency != order.currency {
                return Err(Failure::Refused(ChangeError::OtherCurrency {
                    paid: order.currency,
                    asked: amount.currency,
                }));
            }
            if amount.minor <= 0 {
                return Err(Failure::Refused(ChangeError::NoAmount));
            }
            amount.minor
        }
        RefundOf::Lines {
            parts,
            delivery: with_delivery,
        } => {
            chosen = order.chosen(parts, "refunded", Units::to_refund)?;
            delivery = *with_delivery;
            if delivery && crate::payment::refund::delivery_refunded(&mut tx, of).await? {
                return Err(Failure::Refused(ChangeError::DeliveryRefunded));
            }
            of_lines(&order, &chosen, delivery, left_minor)
        }
    };
    if left_minor == 0 || amount_minor == 0 {
        return Err(Failure::Refused(ChangeError::NothingLeft("refunded")));
    }
    if amount_minor > left_minor {
        return Err(too_much(&order, amount_minor, left_minor));
    }
    let Some(left) = left else {
        return Err(Failure::Refused(ChangeError::NothingLeft("refunded")));
    };
    if new.restock {
        withdraw(shop, &mut tx, caller, &order, &chosen).await?;
    }
    let counted = columns(&chosen);
    let refunded = sql::Change {
        refunded: 1,
        ..sql::Change::default()
    };
    sql::count_units(&mut tx, of, &counted, refunded).await?;
    let claimed = Claim {
        id,
        left,
        amount: order.money(amount_minor),
        reason: RefundReason::Agreed,
        returned: None,
        lines: counted,
        delivery,
        asked,
        note: new.note.clone(),
    };
    claim(shop, &mut tx, caller, &order, &claimed)
        .await
        .map_err(|failure| {
            if is_taken(&failure) {
                Failure::Refused(ChangeError::IdReused)
            } else {
                failure
            }
        })?;
    tx.commit().await?;
    Ok(Refunding {
        id,
        number: order.number,
        amount: claimed.amount,
        state: RefundState::Due,
    })
}

/// Whether the id is another order's refund's.
fn is_taken(failure: &Failure<ChangeError>) -> bool {
    let Failure::Broken(crate::Broken::Database(sqlx::Error::Database(error))) = failure else {
        return false;
    };
    error.constraint() == Some("refund_pkey")
}

/// What the request says, to tell it from another under the same id.
fn asked(new: &NewRefund) -> serde_json::Value {
    let of = match &new.of {
        RefundOf::Rest => json!("rest"),
        RefundOf::Amount(amount) => json!(amount),
        RefundOf::Lines { parts, delivery } => json!({ "lines": parts, "delivery": delivery }),
    };
    json!({ "of": of, "restock": new.restock })
}

fn refundable(order: &Locked) -> Result<(), Failure<ChangeError>> {
    let why = match order.state {
        OrderState::Paid | OrderState::RefundDue => return Ok(()),
        OrderState::PaymentDue => "nothing was paid yet; `rialto orders cancel` gives it up",
        OrderState::Cancelled => "nothing was paid, so nothing can go back",
        OrderState::Refunded => "all of it went back before",
    };
    Err(Failure::Refused(ChangeError::State {
        state: crate::order::state_name(order.state),
        why,
    }))
}

/// What the chosen units cost. Where tax was rounded once for the order, lines may say a cent each more than was paid.
pub(crate) fn of_lines(
    order: &Locked,
    chosen: &[(&super::LockedLine, u32)],
    delivery: bool,
    left_minor: i64,
) -> i64 {
    let goods: i64 = chosen
        .iter()
        .map(|(line, count)| {
            let units = line.units;
            share(line.paid_minor, units.bought, units.refunded, *count)
        })
        .sum();
    let sum = goods + if delivery { order.delivery_minor } else { 0 };
    let slack = i64::try_from(order.lines.len()).unwrap_or(i64::MAX);
    if sum > left_minor && sum - left_minor <= slack {
        left_minor
    } else {
        sum
    }
}

pub(crate) fn too_much(order: &Locked, asked: i64, left: i64) -> Failure<ChangeError> {
    Failure::Refused(ChangeError::TooMuch {
        asked: order.money(asked).decimal(),
        left: order.money(left).decimal(),
        currency: order.currency,
    })
}

/// Takes units that never left back onto the shelf.
async fn withdraw(
    shop: &Shop,
    tx: &mut sqlx::PgConnection,
    caller: &Caller,
    order: &Locked,
    chosen: &[(&super::LockedLine, u32)],
) -> Result<(), Failure<ChangeError>> {
    for (line, count) in chosen {
        let left = line.units.to_ship();
        if *count > left {
            return Err(Failure::Refused(ChangeError::TooMany {
                line: line.position,
                asked: *count,
                left,
                what: "put back on the shelf: the others were shipped and come back by `rialto orders return`",
            }));
        }
    }
    if chosen.is_empty() {
        return Err(Failure::Refused(ChangeError::Unfit(
            "an amount has no things to put back on the shelf; name lines".to_owned(),
        )));
    }
    let withdrawn = sql::Change {
        withdrawn: 1,
        ..sql::Change::default()
    };
    sql::count_units(tx, order.of, &columns(chosen), withdrawn).await?;
    shelf::put_back(shop, tx, caller, order.of, chosen).await?;
    Ok(())
}
