//! Taking the money that a payer has agreed to: once per order.

use super::{
    Ask,
    error::{Issue, PaypalError},
    event::{Told, event},
    orders,
    views::{CaptureView, Extent, page_url},
};
use crate::{
    api::Reply,
    store::{
        books::Books,
        model::{
            Cause, Change,
            paypal::{Capture, CaptureStatus, Funding, Order, OrderStatus, Touched, new_id},
        },
    },
};

/// POST /v2/checkout/orders/{id}/capture
///
/// # Errors
/// No such order, not yet approved, or captured already.
pub fn create(books: &Books, ask: &Ask<'_>, _: &[u8]) -> Result<(Change, Reply), PaypalError> {
    let order = books.paypal.orders.get(ask.id);
    let order = order.ok_or_else(PaypalError::missing)?;
    match order.status {
        OrderStatus::Approved => {}
        OrderStatus::Created | OrderStatus::PayerActionRequired => {
            return Err(PaypalError::unprocessable(Issue::new(
                "ORDER_NOT_APPROVED",
                "Payer has not yet approved the Order for payment. Please redirect the payer to the \
                 'rel':'approve' url returned as part of the HATEOAS links within the Create Order call or provide a \
                 valid payment_source in the request.",
            )));
        }
        OrderStatus::Completed => {
            return Err(PaypalError::unprocessable(Issue::new(
                "ORDER_ALREADY_CAPTURED",
                "Order already captured. If 'intent=CAPTURE' only one capture per order is allowed.",
            )));
        }
    }
    let paid = |invoice: &String| books.paypal.is_paid(invoice);
    if ask.one_per_invoice && order.names.invoice_id.as_ref().is_some_and(paid) {
        return Err(PaypalError::unprocessable(Issue::new(
            "DUPLICATE_INVOICE_ID",
            "Duplicate Invoice ID detected. To avoid a potential duplicate transaction your account setting requires \
             that Invoice Id be unique for each transaction.",
        )));
    }
    let (status, cause, told) = match order.funding {
        Funding::Good => (CaptureStatus::Completed, Cause::Captured, Told::Completed),
        Funding::Pending => (CaptureStatus::Pending, Cause::Pending, Told::Pending),
        Funding::Declined => (CaptureStatus::Declined, Cause::Declined, Told::Denied),
    };
    let capture = Capture {
        id: new_id(),
        created: ask.at,
        updated: ask.at,
        order: order.id.clone(),
        names: order.names.clone(),
        status,
        amount: order.amount,
        refunded: 0,
        currency: order.currency.clone(),
    };
    let mut change = Change::new(ask.at, cause);
    let view = CaptureView::new(&capture, ask.origin, true);
    change.events.push(event(told, &view, ask.at, ask.origin)?);
    let mut order = order.clone();
    order.updated = ask.at;
    if status == CaptureStatus::Declined {
        // The payer may choose another way to pay on the page, and the same request may then succeed.
        order.status = if order.wallet {
            OrderStatus::PayerActionRequired
        } else {
            OrderStatus::Created
        };
        let error = PaypalError::declined(page_url(ask.origin, &order.id));
        change.paypal = touched(order, capture);
        return Ok((change, Reply::of(error.status(), error.body()).fleeting()));
    }
    order.status = OrderStatus::Completed;
    order.capture = Some(capture.id.clone());
    let reply = orders::shown(&order, Some(&capture), books, ask, Extent::Captured)?;
    change.paypal = touched(order, capture);
    Ok((change, reply.status(201)))
}

fn touched(order: Order, capture: Capture) -> Option<Box<Touched>> {
    Some(Box::new(Touched {
        order: Some(order),
        capture: Some(capture),
        refund: None,
    }))
}

/// GET /v2/payments/captures/{id}
///
/// # Errors
/// No such capture.
pub fn find(books: &Books, ask: &Ask<'_>) -> Result<Reply, PaypalError> {
    let capture = books.paypal.captures.get(ask.id);
    let capture = capture.ok_or_else(PaypalError::missing)?;
    Reply::json(&CaptureView::new(capture, ask.origin, true)).map_err(|_| PaypalError::ours())
}

/// What `POST /simulator/captures/{id}/settle` does: a pending capture becomes money, or does not.
///
/// # Errors
/// No such capture, or it is not pending.
pub fn settle(
    books: &Books,
    id: &str,
    takes: bool,
    at: i64,
    origin: &str,
) -> Result<Change, &'static str> {
    let capture = books.paypal.captures.get(id).ok_or("no such capture")?;
    if capture.status != CaptureStatus::Pending {
        return Err("the capture is not pending");
    }
    let mut capture = capture.clone();
    capture.updated = at;
    let (status, cause, told) = if takes {
        (CaptureStatus::Completed, Cause::Captured, Told::Completed)
    } else {
        (CaptureStatus::Declined, Cause::Declined, Told::Denied)
    };
    capture.status = status;
    let mut change = Change::new(at, cause);
    let view = CaptureView::new(&capture, origin, true);
    let event = event(told, &view, at, origin).map_err(|_| "the event can't be written")?;
    change.events.push(event);
    change.paypal = Some(Box::new(Touched {
        capture: Some(capture),
        ..Touched::default()
    }));
    Ok(change)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{ledger::Span, model::paypal::Names};

    fn approved(id: &str) -> Order {
        Order {
            id: id.to_owned(),
            created: 1,
            updated: 1,
            status: OrderStatus::Approved,
            names: Names {
                reference_id: "default".to_owned(),
                custom_id: None,
                invoice_id: Some("R-1001".to_owned()),
            },
            description: None,
            currency: "eur".to_owned(),
            amount: 100,
            items: Vec::new(),
            return_url: None,
            cancel_url: None,
            brand: None,
            wallet: true,
            payer: None,
            funding: Funding::Good,
            capture: None,
        }
    }

    #[test]
    fn one_invoice_is_paid_once_where_the_account_says_so() {
        let span = Span {
            start: 0,
            length: 0,
        };
        let mut books = Books::default();
        for id in ["A", "B"] {
            let mut change = Change::new(1, Cause::OrderApproved);
            change.paypal = Some(Box::new(Touched {
                order: Some(approved(id)),
                ..Touched::default()
            }));
            books.apply(change, span);
        }
        let ask = |id, one_per_invoice| Ask {
            id,
            at: 2,
            origin: "http://127.0.0.1",
            one_per_invoice,
            whole: false,
        };
        let (change, _) = create(&books, &ask("A", true), b"").unwrap();
        books.apply(change, span);
        let refused = create(&books, &ask("B", true), b"").err().unwrap();
        assert_eq!(refused.issue(), "DUPLICATE_INVOICE_ID");
        assert!(create(&books, &ask("B", false), b"").is_ok());
    }
}
