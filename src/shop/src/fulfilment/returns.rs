//! Goods that come back: announced, received, refunded.

use super::{LONGEST, shelf, sql};
use crate::order::{
    ChangeError, Locked, LockedLine, Owned, check, columns, find_number, lock, of_lines, record,
    too_much, units,
};
use crate::payment::refund::{Claim, Left, claim, left};
use crate::{Broken, Caller, Failure, Shop, jobs};
use domain::fulfilment::{Part, RefundReason, ReturnEvent, ReturnReason, ReturnState, Units};
use domain::{Money, RefundId, ReturnId};
use serde::Serialize;
use serde_json::json;
use sqlx::PgConnection;

/// A return that is announced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewReturn {
    pub parts: Vec<Part>,
    pub reason: ReturnReason,
    pub note: String,
}

/// How goods that came back are received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// They can be sold again.
    pub restock: bool,
    pub refund: Back,
}

/// What goes back for goods that came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Back {
    Nothing,
    /// What they cost.
    Price,
    Amount(Money),
}

/// A return.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Received {
    pub order: String,
    /// Counts within the order, from 1.
    pub number: i32,
    pub state: ReturnState,
    /// What goes back for it.
    pub refund: Option<Money>,
}

/// Expects goods to come back that were shipped.
///
/// # Errors
/// [`ChangeError`]; nothing was changed then.
pub async fn announce(
    shop: &Shop,
    caller: &Caller,
    number: &str,
    new: &NewReturn,
) -> Result<Received, Failure<ChangeError>> {
    check(caller)?;
    if new.note.len() > LONGEST {
        let told = format!("a note has at most {LONGEST} bytes");
        return Err(Failure::Refused(ChangeError::Unfit(told)));
    }
    let of = find_number(shop, number).await?;
    let mut tx = shop.begin().await?;
    let order = lock(&mut tx, of).await?;
    let chosen = order.chosen(
        &new.parts,
        "returned: only what was shipped comes back",
        Units::to_return,
    )?;
    if chosen.is_empty() {
        return Err(Failure::Refused(ChangeError::NothingLeft(
            "returned: name lines",
        )));
    }
    let now = shop.clock.now();
    let id = ReturnId(shop.random.id(now));
    let counted = columns(&chosen);
    let count = sql::insert_return(
        &mut tx,
        of,
        id.0,
        (new.reason.name(), &new.note),
        &counted,
        now,
    )
    .await?;
    let coming = units::Change {
        returned: 1,
        ..units::Change::default()
    };
    units::count_units(&mut tx, of, &counted, coming).await?;
    let change = json!({
        "number": order.number, "return": id, "count": count, "reason": new.reason, "parts": new.parts,
    });
    let mail = [jobs::mail::RETURN_ANNOUNCED];
    record(shop, &mut tx, caller, of, "return.announced", &mail, change).await?;
    tx.commit().await?;
    Ok(Received {
        order: order.number,
        number: count,
        state: ReturnState::Announced,
        refund: None,
    })
}

/// The goods of a return are here.
///
/// # Errors
/// [`ChangeError`]; nothing was changed then.
pub async fn receive(
    shop: &Shop,
    caller: &Caller,
    number: &str,
    count: i32,
    receipt: Receipt,
) -> Result<Received, Failure<ChangeError>> {
    check(caller)?;
    let of = find_number(shop, number).await?;
    let mut tx = shop.begin().await?;
    let order = lock(&mut tx, of).await?;
    let id = numbered(&mut tx, of, count).await?;
    moved(&mut tx, shop, of, id, count, ReturnEvent::Received).await?;
    let parts = sql::return_parts(&mut tx, of, id.0).await?;
    let back: Vec<(&LockedLine, u32)> = parts
        .iter()
        .filter_map(|(position, count)| {
            let line = order.lines.iter().find(|line| line.position == *position)?;
            Some((line, u32::try_from(*count).unwrap_or_default()))
        })
        .collect();
    if receipt.restock {
        shelf::put_back(shop, &mut tx, caller, of, &back).await?;
        sql::restocked(&mut tx, of, id.0).await?;
    }
    let change = json!({
        "number": order.number, "return": id, "count": count, "restock": receipt.restock,
    });
    let mail = [jobs::mail::RETURN_RECEIVED];
    record(shop, &mut tx, caller, of, "return.received", &mail, change).await?;
    let refund = pay_back(shop, &mut tx, caller, &order, id, &back, receipt.refund).await?;
    tx.commit().await?;
    Ok(Received {
        order: order.number,
        number: count,
        state: ReturnState::Received,
        refund,
    })
}

/// Claims what goes back for a return; None when nothing does, or all of it went back before.
async fn pay_back(
    shop: &Shop,
    tx: &mut PgConnection,
    caller: &Caller,
    order: &Locked,
    id: ReturnId,
    back: &[(&LockedLine, u32)],
    refund: Back,
) -> Result<Option<Money>, Failure<ChangeError>> {
    let of = order.of;
    let unrefunded: Vec<(&LockedLine, u32)> = back
        .iter()
        .map(|(line, count)| (*line, (*count).min(line.units.to_refund())))
        .filter(|(_, count)| *count > 0)
        .collect();
    let rest = left(tx, of).await?;
    let left_minor = rest.map_or(0, Left::minor);
    let amount_minor = match refund {
        Back::Nothing => 0,
        Back::Price => of_lines(order, &unrefunded, false, left_minor).min(left_minor),
        Back::Amount(amount) => {
            if amount.currency != order.currency {
                return Err(Failure::Refused(ChangeError::OtherCurrency {
                    paid: order.currency,
                    asked: amount.currency,
                }));
            }
            if amount.minor <= 0 {
                return Err(Failure::Refused(ChangeError::NoAmount));
            }
            if amount.minor > left_minor {
                return Err(too_much(order, amount.minor, left_minor));
            }
            amount.minor
        }
    };
    let Some(rest) = rest.filter(|_| amount_minor > 0) else {
        return Ok(None);
    };
    let counted = columns(&unrefunded);
    let refunded = units::Change {
        refunded: 1,
        ..units::Change::default()
    };
    units::count_units(tx, of, &counted, refunded).await?;
    let claimed = Claim {
        id: RefundId(shop.random.id(shop.clock.now())),
        left: rest,
        amount: order.money(amount_minor),
        reason: RefundReason::Return,
        returned: Some(id),
        lines: counted,
        delivery: false,
        asked: json!({ "of": "return", "return": id }),
        note: String::new(),
    };
    claim(shop, tx, caller, order, &claimed).await?;
    Ok(Some(claimed.amount))
}

/// A return does not come about: its goods may be announced again.
///
/// # Errors
/// [`ChangeError`]; nothing was changed then.
pub async fn call_off(
    shop: &Shop,
    caller: &Caller,
    number: &str,
    count: i32,
) -> Result<Received, Failure<ChangeError>> {
    check(caller)?;
    let of = find_number(shop, number).await?;
    let mut tx = shop.begin().await?;
    let order = lock(&mut tx, of).await?;
    let id = numbered(&mut tx, of, count).await?;
    moved(&mut tx, shop, of, id, count, ReturnEvent::Cancelled).await?;
    let parts = sql::return_parts(&mut tx, of, id.0).await?;
    let staying = units::Change {
        returned: -1,
        ..units::Change::default()
    };
    units::count_units(&mut tx, of, &parts.into_iter().unzip(), staying).await?;
    let change = json!({ "number": order.number, "return": id, "count": count });
    let mail = [jobs::mail::RETURN_CANCELLED];
    record(shop, &mut tx, caller, of, "return.cancelled", &mail, change).await?;
    tx.commit().await?;
    Ok(Received {
        order: order.number,
        number: count,
        state: ReturnState::Cancelled,
        refund: None,
    })
}

async fn numbered(
    tx: &mut PgConnection,
    of: Owned,
    count: i32,
) -> Result<ReturnId, Failure<ChangeError>> {
    sql::return_of_number(tx, of, count)
        .await?
        .map(ReturnId)
        .ok_or(Failure::Refused(ChangeError::NoSuchReturn(count)))
}

async fn moved(
    tx: &mut PgConnection,
    shop: &Shop,
    of: Owned,
    id: ReturnId,
    count: i32,
    event: ReturnEvent,
) -> Result<(), Failure<ChangeError>> {
    let from = state(tx, of, id).await?;
    let to = from.next(event).map_err(|_| {
        Failure::Refused(ChangeError::Illegal {
            what: "return",
            number: count,
            state: from.name(),
            event: event.name(),
        })
    })?;
    sql::set_return(tx, of, id.0, to.name(), shop.clock.now()).await?;
    Ok(())
}

async fn state(tx: &mut PgConnection, of: Owned, id: ReturnId) -> Result<ReturnState, Broken> {
    let stored = sql::return_state(tx, of, id.0)
        .await?
        .ok_or_else(|| Broken::Other(format!("no return {id}")))?;
    stored
        .parse()
        .map_err(|_| Broken::Other(format!("return state {stored:?}")))
}

/// The refund of a return was sent. One that can't follow changes nothing.
///
/// # Errors
/// [`Broken`].
pub(crate) async fn refunded(
    shop: &Shop,
    tx: &mut PgConnection,
    caller: &Caller,
    of: Owned,
    number: &str,
    id: ReturnId,
) -> Result<(), Broken> {
    let from = state(tx, of, id).await?;
    let Ok(to) = from.next(ReturnEvent::Refunded) else {
        return Ok(());
    };
    sql::set_return(tx, of, id.0, to.name(), shop.clock.now()).await?;
    let change = json!({ "number": number, "return": id });
    record(shop, tx, caller, of, "return.refunded", &[], change).await?;
    Ok(())
}
