//! A second try at paying for an order.

use super::{is_number, is_same_secret, parse_state, sql};
use crate::payment::{self, Asker, HOLD, Identity, Opened, PaymentError, Wanted};
use crate::{Broken, Caller, Failure, Shop, audit};
use domain::order::OrderState;
use domain::payment::{AttemptState, Outcome};
use domain::{AttemptId, Money};
use serde_json::json;
use time::Duration;

/// Trying again holds the stock longer, but not for ever.
const LONGEST_HOLD: Duration = Duration::hours(2);

/// A page that nobody has spoken of for so long is not being opened any more: whoever did is gone.
const ABANDONED: Duration = Duration::seconds(15);

/// Where an unpaid order can be paid: the page that is still open, or a new one when the provider says that the last one
/// came to nothing. Never two pages that could both be paid. Whoever has the order's token may pay for it.
///
/// # Errors
/// [`PaymentError::Unknown`] without the right token, [`PaymentError::Closed`] for an order that is paid or given up,
/// [`PaymentError::Unavailable`] while no provider answers.
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
    let of = row.newest();
    match (payment::parse_state(&row.attempt_state)?, &row.reference) {
        (AttemptState::Failed, _) => open_another(shop, caller, &row, number).await,
        (AttemptState::Captured, _) => Err(Failure::Refused(PaymentError::Closed)),
        (_, None) if row.deferred => lead(payment::begin_deferred(shop, of).await?),
        (_, None) if shop.clock.now() - row.updated_at >= ABANDONED => {
            let provider = row.provider_now(shop)?;
            lead(payment::take_over(shop, of, provider).await?)
        }
        (_, None) => lead(payment::wait_for_page(shop, of).await?),
        (_, Some(reference)) => {
            let machine = Caller {
                trace: caller.trace.clone(),
                ..Caller::machine("payments", "shopper pays again")
            };
            let report = payment::look_into(shop, &machine, of, &row.provider, reference).await?;
            match report.outcome {
                Outcome::Pending => report
                    .redirect_url
                    .or(row.redirect_url)
                    .ok_or(Failure::Refused(PaymentError::Unavailable)),
                Outcome::Failed => open_another(shop, caller, &row, number).await,
                Outcome::Captured => Err(Failure::Refused(PaymentError::Closed)),
                Outcome::Unknown => Err(Failure::Refused(PaymentError::Unavailable)),
            }
        }
    }
}

impl sql::PayableRow {
    fn newest(&self) -> Identity {
        Identity {
            customer: self.customer_id.into(),
            order: self.id.into(),
            attempt: self.attempt_id.into(),
        }
    }

    /// The provider that a new attempt belongs to.
    fn provider_now(&self, shop: &Shop) -> Result<&'static str, Broken> {
        let bad = |what: &str| Broken::Other(format!("order {}: bad {what}", self.id));
        let market = self.market.parse().map_err(|_| bad("market"))?;
        let currency = self.currency.parse().map_err(|_| bad("currency"))?;
        Ok(shop.payments.first(&Wanted {
            market: &market,
            amount: Money::new(self.amount_minor, currency),
            method: self.payment.as_deref(),
        }))
    }
}

fn lead(opened: Opened) -> Result<String, Failure<PaymentError>> {
    match opened {
        Opened::At(url) => Ok(url),
        Opened::Charged => Err(Failure::Refused(PaymentError::Closed)),
        Opened::Deferred | Opened::Refused => Err(Failure::Refused(PaymentError::Unavailable)),
    }
}

async fn open_another(
    shop: &Shop,
    caller: &Caller,
    row: &sql::PayableRow,
    number: &str,
) -> Result<String, Failure<PaymentError>> {
    let now = shop.clock.now();
    let failed = row.newest();
    let of = Identity {
        attempt: AttemptId(shop.random.id(now)),
        ..failed
    };
    let ids = (of.customer.0, of.order.0, of.attempt.0);
    let provider = row.provider_now(shop)?;
    let mut tx = shop.begin().await?;
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
    lead(payment::start(shop, of, Asker::Shopper).await?)
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
    lead(payment::wait_for_page(shop, row.newest()).await?)
}
