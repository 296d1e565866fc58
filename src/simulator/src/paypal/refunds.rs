//! Giving captured money back: never more than was captured.

use serde::Deserialize;

use super::{
    Ask,
    amount::AmountText,
    error::{Issue, PaypalError},
    event::{Told, event},
    views::{BriefRefund, RefundView},
};
use crate::{
    api::Reply,
    store::{
        books::Books,
        model::{
            Cause, Change,
            paypal::{CaptureStatus, Refund, Touched, new_id},
        },
    },
};

#[derive(Deserialize)]
struct NewRefund {
    amount: Option<AmountText>,
    custom_id: Option<String>,
    invoice_id: Option<String>,
    note_to_payer: Option<String>,
}

/// POST /v2/payments/captures/{id}/refund
///
/// # Errors
/// No such capture, nothing captured, all given back already, or more asked for than is left.
pub fn create(books: &Books, ask: &Ask<'_>, body: &[u8]) -> Result<(Change, Reply), PaypalError> {
    let new: NewRefund = super::read(body)?;
    let capture = books.paypal.captures.get(ask.id);
    let mut capture = capture.ok_or_else(PaypalError::missing)?.clone();
    let refuse =
        |issue, description| Err(PaypalError::unprocessable(Issue::new(issue, description)));
    if !capture.took_money() {
        return refuse(
            "CAPTURE_NOT_COMPLETED",
            "The capture is not completed and can't be refunded.",
        );
    }
    let left = capture.amount - capture.refunded;
    if left == 0 {
        return refuse(
            "CAPTURE_FULLY_REFUNDED",
            "The capture has already been fully refunded.",
        );
    }
    let amount = match &new.amount {
        None => left,
        Some(text) => {
            let (amount, currency) = text.positive("/amount")?;
            if currency != capture.currency {
                return refuse(
                    "REFUND_CAPTURE_CURRENCY_MISMATCH",
                    "Refund must be in the same currency as the capture.",
                );
            }
            amount
        }
    };
    if amount > left {
        return refuse(
            "REFUND_AMOUNT_EXCEEDED",
            "The refund amount must be less than or equal to the capture amount that has not yet been refunded.",
        );
    }
    capture.refunded += amount;
    capture.updated = ask.at;
    capture.status = if capture.refunded == capture.amount {
        CaptureStatus::Refunded
    } else {
        CaptureStatus::PartiallyRefunded
    };
    let refund = Refund {
        id: new_id(),
        created: ask.at,
        capture: capture.id.clone(),
        amount,
        currency: capture.currency.clone(),
        custom_id: new.custom_id.or_else(|| capture.names.custom_id.clone()),
        invoice_id: new.invoice_id,
        note: new.note_to_payer,
    };
    let view = RefundView::new(&refund, &capture, ask.origin);
    let mut change = Change::new(ask.at, Cause::Refunded);
    let told = event(Told::Refunded, &view, ask.at, ask.origin)?;
    change.events.push(told);
    let reply = if ask.whole {
        Reply::json(&view)
    } else {
        Reply::json(&BriefRefund::from(view))
    };
    let reply = reply.map_err(|_| PaypalError::ours())?.status(201);
    change.paypal = Some(Box::new(Touched {
        order: None,
        capture: Some(capture),
        refund: Some(refund),
    }));
    Ok((change, reply))
}

/// GET /v2/payments/refunds/{id}
///
/// # Errors
/// No such refund.
pub fn find(books: &Books, ask: &Ask<'_>) -> Result<Reply, PaypalError> {
    let refund = books.paypal.refunds.get(ask.id);
    let refund = refund.ok_or_else(PaypalError::missing)?;
    let capture = books.paypal.captures.get(&refund.capture);
    let capture = capture.ok_or_else(PaypalError::ours)?;
    Reply::json(&RefundView::new(refund, capture, ask.origin)).map_err(|_| PaypalError::ours())
}
