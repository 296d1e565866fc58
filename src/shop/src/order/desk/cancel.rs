//! Calling an order off, before it was paid or after.

use super::{ChangeError, Locked, Owned, call_off, check, columns, find, lock, record, sql};
use crate::fulfilment::shelf;
use crate::order::state_name;
use crate::payment::refund::{Claim, claim, left};
use crate::payment::{self, PaymentError};
use crate::{Broken, Caller, Failure, Shop, jobs, order};
use domain::fulfilment::{RefundReason, Units};
use domain::order::{OrderEvent, OrderState, next};
use domain::settlement::GivenUp;
use domain::{Money, RefundId};
use serde::Serialize;
use serde_json::json;

/// How often the order's state may change under our hands before we give up.
const ROUNDS: usize = 4;

/// An order that was called off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cancelled {
    pub number: String,
    /// Cancelled when nothing was paid; refund due while money goes back; refunded when there was none.
    pub state: OrderState,
    /// What goes back.
    pub refund: Option<Money>,
}

/// Calls an order off. Unpaid: the provider's page is closed and the hold released. Paid and not shipped: everything goes
/// back on the shelf, and all the money to where it came from: the shopper's means of payment, gift cards, store credit. Promotions that an unpaid
/// order used may be had again; those of one that was paid stay used.
///
/// # Errors
/// [`ChangeError`]; nothing was changed then. [`ChangeError::ProviderSilent`] while it can't be told whether it is being
/// paid.
pub async fn cancel(
    shop: &Shop,
    caller: &Caller,
    number: &str,
    note: &str,
) -> Result<Cancelled, Failure<ChangeError>> {
    check(caller)?;
    let of = find(shop, number).await?;
    for _ in 0..ROUNDS {
        let mut tx = shop.begin().await?;
        let order = lock(&mut tx, of).await?;
        match order.state {
            OrderState::PaymentDue => {
                // The provider is asked without the lock; whoever pays meanwhile has paid, and we see that next.
                tx.rollback().await?;
                if before_payment(shop, caller, of).await? {
                    return Ok(Cancelled {
                        number: order.number,
                        state: OrderState::Cancelled,
                        refund: None,
                    });
                }
            }
            OrderState::Paid => {
                let done = after_payment(shop, &mut tx, caller, &order, note).await?;
                tx.commit().await?;
                return Ok(done);
            }
            OrderState::Cancelled => return Err(closed(&order, "it was given up before")),
            OrderState::RefundDue => {
                return Err(closed(&order, "its money is on its way back already"));
            }
            OrderState::Refunded => return Err(closed(&order, "its money went back before")),
        }
    }
    Err(Failure::Refused(ChangeError::ProviderSilent))
}

fn closed(order: &Locked, why: &'static str) -> Failure<ChangeError> {
    Failure::Refused(ChangeError::State {
        state: state_name(order.state),
        why,
    })
}

/// Closes what could still be paid, and gives the order up. False when it was paid meanwhile.
async fn before_payment(
    shop: &Shop,
    caller: &Caller,
    of: Owned,
) -> Result<bool, Failure<ChangeError>> {
    let told = |failure: Failure<PaymentError>| match failure {
        Failure::Refused(_) => Failure::Refused(ChangeError::ProviderSilent),
        Failure::Broken(broken) => Failure::Broken(broken),
    };
    payment::close_pages(shop, of.customer, of.order)
        .await
        .map_err(told)?;
    payment::give_up(shop, caller, of.customer, of.order, GivenUp::Cancelled)
        .await
        .map_err(told)
}

async fn after_payment(
    shop: &Shop,
    tx: &mut sqlx::PgConnection,
    caller: &Caller,
    order: &Locked,
    note: &str,
) -> Result<Cancelled, Failure<ChangeError>> {
    if order.lines.iter().any(|line| line.units.shipped > 0) {
        return Err(closed(
            order,
            "some of it was shipped. Take the rest back with `rialto orders refund --line … --restock`, and what was \
             shipped with `rialto orders return`",
        ));
    }
    let of = order.of;
    let now = shop.clock.now();
    let to = |state, event| {
        next(state, event).map_err(|illegal| Failure::Broken(Broken::Other(illegal.to_string())))
    };
    let back = order.all(Units::to_ship);
    let withdrawn = sql::Change {
        withdrawn: 1,
        ..sql::Change::default()
    };
    sql::count_units(tx, of, &columns(&back), withdrawn).await?;
    shelf::put_back(shop, tx, caller, of, &back).await?;
    call_off(tx, of, now).await?;
    let mut state = to(order.state, OrderEvent::CalledOff)?;
    let rest = left(tx, of).await?.filter(|rest| rest.minor() > 0);
    if rest.is_none() && !payment::refund::under_way(tx, of).await? {
        // It cost nothing, or all of it went back before.
        state = to(state, OrderEvent::Refunded)?;
    }
    order::sql::set_state(tx, of.customer.0, of.order.0, state_name(state), now).await?;
    let change = json!({
        "number": order.number, "from": state_name(order.state), "to": state_name(state), "note": note,
    });
    record(
        shop,
        tx,
        caller,
        of,
        "order.cancelled",
        &[jobs::mail::CANCELLED],
        change,
    )
    .await?;
    let mut refund = None;
    if let Some(rest) = rest {
        let unrefunded = order.all(Units::to_refund);
        let counted = columns(&unrefunded);
        let refunded = sql::Change {
            refunded: 1,
            ..sql::Change::default()
        };
        sql::count_units(tx, of, &counted, refunded).await?;
        let claimed = Claim {
            id: RefundId(shop.random.id(now)),
            left: rest,
            amount: order.money(rest.minor()),
            reason: RefundReason::Cancelled,
            returned: None,
            lines: counted,
            delivery: false,
            asked: json!({ "of": "cancelled" }),
            note: note.to_owned(),
        };
        claim(shop, tx, caller, order, &claimed).await?;
        refund = Some(claimed.amount);
    }
    Ok(Cancelled {
        number: order.number.clone(),
        state,
        refund,
    })
}
