//! Putting a card against an intent, and paying a checkout session with one.

use crate::{
    cards::Card,
    store::{
        books::Books,
        model::{
            CaptureMethod, Cause, Change, Charge, Customer, Intent, IntentStatus, Metadata, Method,
            PaymentStatus, Session, SessionStatus, new_id,
        },
    },
    stripe::{
        event::event,
        views::{IntentView, SessionView},
    },
};

/// What paying a session came to.
pub enum Payment {
    /// To be committed; the shopper goes back to the shop.
    Done(Change),
    /// To be committed; the shopper may try another card.
    Declined(Change, String),
    /// Paid before: nothing to do, and nothing is captured again.
    Already,
}

/// Why a session can't be paid.
#[derive(Debug, PartialEq, Eq)]
pub enum Refusal {
    Unknown,
    Expired,
    /// Our own fault.
    Broken,
}

/// Tries a card. The intent and the charge that come back say how it ended.
pub fn charge(intent: &mut Intent, card: &Card, method: String, at: i64) -> Charge {
    let captured = card.decline.is_none() && intent.capture_method == CaptureMethod::Automatic;
    let charge = Charge {
        id: new_id("ch_"),
        created: at,
        intent: intent.id.clone(),
        amount: intent.amount,
        amount_captured: if captured { intent.amount } else { 0 },
        amount_refunded: 0,
        currency: intent.currency.clone(),
        captured,
        card: card.face.clone(),
        payment_method: method.clone(),
        metadata: intent.metadata.clone(),
        failure: card.decline.clone(),
    };
    intent.latest_charge = Some(charge.id.clone());
    intent.last_error.clone_from(&card.decline);
    if card.decline.is_some() {
        intent.status = IntentStatus::RequiresPaymentMethod;
        intent.payment_method = None;
    } else if captured {
        intent.status = IntentStatus::Succeeded;
        intent.amount_received = intent.amount;
        intent.payment_method = Some(method);
    } else {
        intent.status = IntentStatus::RequiresCapture;
        intent.amount_capturable = intent.amount;
        intent.payment_method = Some(method);
    }
    charge
}

/// The ledger's word for how a charge ended, and the event that tells of it.
pub fn outcome(intent: &Intent) -> (Cause, &'static str) {
    match intent.status {
        IntentStatus::Succeeded => (Cause::Captured, "payment_intent.succeeded"),
        IntentStatus::RequiresCapture => (
            Cause::Authorised,
            "payment_intent.amount_capturable_updated",
        ),
        _ => (Cause::Declined, "payment_intent.payment_failed"),
    }
}

/// Pays an open session.
///
/// # Errors
/// No such session, or its time is over.
pub fn session(
    books: &Books,
    id: &str,
    card: &Card,
    email: Option<String>,
    at: i64,
    origin: &str,
) -> Result<Payment, Refusal> {
    let session = books.sessions.get(id).ok_or(Refusal::Unknown)?;
    match session.status {
        SessionStatus::Complete => return Ok(Payment::Already),
        SessionStatus::Expired => return Err(Refusal::Expired),
        SessionStatus::Open if session.expires_at <= at => return Err(Refusal::Expired),
        SessionStatus::Open => {}
    }
    let mut session = session.clone();
    session.customer_email = session.customer_email.or(email);
    let mut intent = session
        .intent
        .as_ref()
        .and_then(|id| books.intents.get(id))
        .filter(|intent| intent.status != IntentStatus::Canceled)
        .cloned()
        .unwrap_or_else(|| fresh_intent(&session, at));
    let charge = charge(&mut intent, card, new_id("pm_"), at);
    let paid = charge.failure.is_none();
    let made = (paid && session.makes_customer && session.customer.is_none()).then(|| Customer {
        id: new_id("cus_"),
        created: at,
        email: session.customer_email.clone(),
        name: None,
        metadata: Metadata::new(),
    });
    if let Some(customer) = &made {
        session.customer = Some(customer.id.clone());
    }
    intent.customer.clone_from(&session.customer);
    let kept = session
        .customer
        .clone()
        .filter(|_| paid && session.keeps_card)
        .map(|customer| Method {
            id: charge.payment_method.clone(),
            created: at,
            customer,
            card: charge.card.clone(),
        });
    let (cause, told) = outcome(&intent);
    session.intent = Some(intent.id.clone());
    if paid {
        session.status = SessionStatus::Complete;
        if charge.captured {
            session.payment_status = PaymentStatus::Paid;
        }
    }
    let mut change = Change::new(at, cause);
    let tell = |kind, view: &IntentView<'_>| event(kind, view, at, None, None);
    change
        .events
        .push(tell(told, &IntentView::new(&intent)).map_err(|_| Refusal::Broken)?);
    if session.status == SessionStatus::Complete {
        let view = SessionView::new(&session, origin);
        let completed = event("checkout.session.completed", &view, at, None, None);
        change.events.push(completed.map_err(|_| Refusal::Broken)?);
    }
    let declined = charge
        .failure
        .as_ref()
        .map(|decline| decline.message.clone());
    change.session = Some(session);
    change.intent = Some(intent);
    change.charge = Some(charge);
    change.customer = made;
    change.method = kept;
    Ok(match declined {
        Some(message) => Payment::Declined(change, message),
        None => Payment::Done(change),
    })
}

fn fresh_intent(session: &Session, at: i64) -> Intent {
    Intent {
        id: new_id("pi_"),
        created: at,
        amount: session.amount_total,
        currency: session.currency.clone(),
        status: IntentStatus::RequiresPaymentMethod,
        capture_method: session.capture_method,
        amount_capturable: 0,
        amount_received: 0,
        latest_charge: None,
        payment_method: None,
        customer: None,
        description: session.description.clone(),
        receipt_email: None,
        metadata: session.intent_metadata.clone(),
        session: Some(session.id.clone()),
        last_error: None,
        canceled_at: None,
        cancellation_reason: None,
    }
}

/// Ends a session: what the API's `expire` and the passing of time both do.
///
/// # Errors
/// The event can't be written.
pub fn expire(
    session: &Session,
    at: i64,
    origin: &str,
    request: Option<&str>,
    key: Option<&str>,
) -> Result<Change, serde_json::Error> {
    let mut session = session.clone();
    session.status = SessionStatus::Expired;
    let mut change = Change::new(at, Cause::SessionExpired);
    let view = SessionView::new(&session, origin);
    change
        .events
        .push(event("checkout.session.expired", &view, at, request, key)?);
    change.session = Some(session);
    Ok(change)
}

/// Where a paid session sends the shopper.
pub fn success_url(session: &Session) -> String {
    session
        .success_url
        .replace("{CHECKOUT_SESSION_ID}", &session.id)
}
