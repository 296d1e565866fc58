//! A second try at paying for an order.

use super::{is_number, is_same_secret, parse_state, sql};
use crate::payment::{self, HOLD, Identity, Opened, PaymentError};
use crate::{Broken, Caller, Failure, Shop, audit};
use domain::AttemptId;
use domain::order::OrderState;
use domain::payment::{AttemptState, Outcome};
use serde_json::json;
use time::Duration;

/// Trying again holds the stock longer, but not for ever.
const LONGEST_HOLD: Duration = Duration::hours(2);

/// Where an unpaid order can be paid: the page that is still open, or a new one when the provider says that the last one
/// came to nothing. Never two pages that could both be paid. Whoever has the order's token may pay for it.
///
/// # Errors
/// [`PaymentError::Unknown`] without the right token, [`PaymentError::Closed`] for an order that is paid or given up,
/// [`PaymentError::Unavailable`] while the provider does not answer.
pub async fn pay_again(
    shop: &Shop,
    caller: &Caller,
    number: &str,
    token: &str,
) -> Result<String, Failure<PaymentError>> {
    if !is_number(number) {
        return Err(Failure::Refused(PaymentError::Unknown));
    }
    let row = sql::payable(&shop.db, number)
        .await?
        .filter(|row| is_same_secret(&row.token, token))
        .ok_or(Failure::Refused(PaymentError::Unknown))?;
    if parse_state(&row.state)? != OrderState::PaymentDue {
        return Err(Failure::Refused(PaymentError::Closed));
    }
    let of = Identity {
        customer: row.customer_id.into(),
        order: row.id.into(),
        attempt: row.attempt_id.into(),
    };
    match (payment::parse_state(&row.attempt_state)?, row.reference) {
        (AttemptState::Failed, _) => open_another(shop, caller, of, number).await,
        (AttemptState::Captured, _) => Err(Failure::Refused(PaymentError::Closed)),
        // Its beginning got no answer: the same attempt again is the same page.
        (_, None) => match payment::start(shop, of).await? {
            Opened::At(url) => Ok(url),
            Opened::Unknown => Err(Failure::Refused(PaymentError::Unavailable)),
            Opened::Refused => open_another(shop, caller, of, number).await,
        },
        (_, Some(reference)) => {
            let machine = Caller {
                trace: caller.trace.clone(),
                ..Caller::machine("payments", "shopper pays again")
            };
            let report = payment::ask(shop, of, &reference).await?;
            payment::settle(shop, &machine, of, &report).await?;
            match report.outcome {
                Outcome::Pending => report
                    .redirect_url
                    .or(row.redirect_url)
                    .ok_or(Failure::Refused(PaymentError::Unavailable)),
                Outcome::Failed => open_another(shop, caller, of, number).await,
                Outcome::Captured => Err(Failure::Refused(PaymentError::Closed)),
                Outcome::Unknown => Err(Failure::Refused(PaymentError::Unavailable)),
            }
        }
    }
}

async fn open_another(
    shop: &Shop,
    caller: &Caller,
    failed: Identity,
    number: &str,
) -> Result<String, Failure<PaymentError>> {
    let now = shop.clock.now();
    let of = Identity {
        attempt: AttemptId(shop.random.id(now)),
        ..failed
    };
    let ids = (of.customer.0, of.order.0, of.attempt.0);
    let provider = shop.payments.name();
    let mut tx = shop.db.begin().await?;
    if !sql::insert_attempt(&mut tx, ids, provider, now, now + HOLD, LONGEST_HOLD).await? {
        tx.rollback().await?;
        return another_was_faster(shop, number).await;
    }
    let change = json!({ "attempt": of.attempt, "after": failed.attempt, "number": number });
    let order = of.order.to_string();
    audit::write(
        shop,
        &mut tx,
        caller,
        "order.pay_again",
        "order",
        &order,
        change,
    )
    .await?;
    tx.commit().await?;
    match payment::start(shop, of).await? {
        Opened::At(url) => Ok(url),
        Opened::Unknown | Opened::Refused => Err(Failure::Refused(PaymentError::Unavailable)),
    }
}

/// No attempt could be added: two tabs asked at once, and both get the page of the attempt that was; or it is too late.
async fn another_was_faster(shop: &Shop, number: &str) -> Result<String, Failure<PaymentError>> {
    let row = sql::payable(&shop.db, number)
        .await?
        .ok_or_else(|| Broken::Other(format!("order {number} is gone")))?;
    let attempt = payment::parse_state(&row.attempt_state)?;
    if parse_state(&row.state)? != OrderState::PaymentDue || attempt == AttemptState::Failed {
        return Err(Failure::Refused(PaymentError::Closed));
    }
    let of = Identity {
        customer: row.customer_id.into(),
        order: row.id.into(),
        attempt: row.attempt_id.into(),
    };
    match payment::start(shop, of).await? {
        Opened::At(url) => Ok(url),
        Opened::Unknown | Opened::Refused => Err(Failure::Refused(PaymentError::Unavailable)),
    }
}
