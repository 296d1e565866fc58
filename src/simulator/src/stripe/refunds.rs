//! Refunds (<https://docs.stripe.com/api/refunds>): never more than was captured.

use super::{
    Ask, Reply,
    error::StripeError,
    form::Form,
    shown,
    views::{ChargeView, RefundView},
};
use crate::{
    money,
    provider::Desk,
    store::{
        books::Books,
        model::{Cause, Change, Charge, Refund, new_id},
    },
};

/// POST /v1/refunds
///
/// # Errors
/// Nothing captured, all given back already, or more asked for than is left.
pub fn create(
    books: &Books,
    ask: &Ask<'_>,
    mut form: Form,
) -> Result<(Change, Reply), StripeError> {
    let intent = form.text("payment_intent")?;
    let charge = form.text("charge")?;
    let amount = form.integer("amount", 1)?;
    let reasons = ["duplicate", "fraudulent", "requested_by_customer"];
    let reason = form.one_of("reason", &reasons)?;
    let metadata = form.metadata()?;
    form.ignore(&["expand", "refund_application_fee", "reverse_transfer"]);
    form.finish()?;
    let mut charge = captured(books, intent.as_deref(), charge.as_deref())?.clone();
    let left = charge.amount_captured - charge.amount_refunded;
    if left == 0 {
        return Err(StripeError::invalid(format!(
            "Charge {} has already been refunded.",
            charge.id
        ))
        .code("charge_already_refunded"));
    }
    let amount = amount.unwrap_or(left);
    if amount > left {
        return Err(StripeError::invalid(format!(
            "Refund amount ({}) is greater than unrefunded amount on charge ({})",
            money::format(amount, &charge.currency),
            money::format(left, &charge.currency)
        ))
        .param("amount"));
    }
    charge.amount_refunded += amount;
    let refund = Refund {
        id: new_id("re_"),
        created: ask.at,
        charge: charge.id.clone(),
        intent: charge.intent.clone(),
        amount,
        currency: charge.currency.clone(),
        reason,
        metadata,
    };
    let view = RefundView::new(&refund);
    let mut change = Change::new(ask.at, Cause::Refunded);
    change.events.push(ask.event("refund.created", &view)?);
    change
        .events
        .push(ask.event("charge.refunded", &ChargeView::new(&charge))?);
    let reply = shown(&view)?;
    change.charge = Some(charge);
    change.refund = Some(refund);
    Ok((change, reply))
}

/// The charge that money can be given back from.
fn captured<'a>(
    books: &'a Books,
    intent: Option<&str>,
    charge: Option<&str>,
) -> Result<&'a Charge, StripeError> {
    let found = match (intent, charge) {
        (Some(id), None) => {
            let intent = books
                .intents
                .get(id)
                .ok_or_else(|| StripeError::missing("payment_intent", id, "payment_intent"))?;
            let charge = intent
                .latest_charge
                .as_ref()
                .and_then(|id| books.charges.get(id));
            charge.filter(|charge| charge.captured).ok_or_else(|| {
                StripeError::invalid(format!(
                    "This PaymentIntent ({id}) does not have a successful charge to refund."
                ))
            })?
        }
        (None, Some(id)) => books
            .charges
            .get(id)
            .ok_or_else(|| StripeError::missing("charge", id, "charge"))?,
        (Some(_), Some(_)) => {
            return Err(StripeError::invalid(
                "You may only specify one of these parameters: charge, payment_intent.",
            ));
        }
        (None, None) => {
            return Err(StripeError::invalid(
                "One of the following params should be provided for this request: payment_intent or charge.",
            ));
        }
    };
    if found.captured {
        Ok(found)
    } else {
        Err(StripeError::invalid(format!(
            "Charge {} has not been captured and cannot be refunded.",
            found.id
        )))
    }
}

/// GET /v1/refunds/{id}
///
/// # Errors
/// No such refund.
pub fn find(desk: &Desk, ask: &Ask<'_>, mut form: Form) -> Result<Reply, StripeError> {
    form.ignore(&["expand"]);
    form.finish()?;
    let refund = desk
        .books
        .refunds
        .get(ask.id)
        .ok_or_else(|| StripeError::missing("refund", ask.id, "refund"))?;
    shown(&RefundView::new(refund))
}
