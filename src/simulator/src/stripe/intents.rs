//! Payment Intents (<https://docs.stripe.com/api/payment_intents>).

use super::{
    Ask, Reply,
    checkout::{check_amount, read_currency},
    customers,
    error::StripeError,
    form::Form,
    refused, shown,
    views::{ChargeView, IntentView},
};
use crate::{
    cards::Card,
    pay,
    provider::Desk,
    store::{
        books::Books,
        model::{
            CaptureMethod, Cause, Change, Intent, IntentStatus, PaymentStatus, SessionStatus,
            new_id,
        },
    },
};

/// Parameters that Stripe knows and that make no difference here.
const WITHOUT_EFFECT: [&str; 10] = [
    "payment_method_types",
    "automatic_payment_methods",
    "off_session",
    "return_url",
    "setup_future_usage",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "shipping",
    "error_on_requires_action",
    "confirmation_method",
];

/// POST /v1/payment_intents
///
/// # Errors
/// Parameters that are missing, malformed or unknown.
pub fn create(
    books: &Books,
    ask: &Ask<'_>,
    mut form: Form,
) -> Result<(Change, Reply), StripeError> {
    let amount = form
        .integer("amount", 1)?
        .ok_or_else(|| form.absent("amount"))?;
    let currency = read_currency(&mut form)?;
    check_amount(amount, &currency, Some("amount"))?;
    let method = form.text("payment_method")?;
    let confirm = form.flag("confirm")?;
    let capture = form.one_of(
        "capture_method",
        &["automatic", "automatic_async", "manual"],
    )?;
    let expand = form.texts("expand")?;
    let mut intent = Intent {
        id: new_id("pi_"),
        created: ask.at,
        amount,
        currency,
        status: if method.is_some() {
            IntentStatus::RequiresConfirmation
        } else {
            IntentStatus::RequiresPaymentMethod
        },
        capture_method: if capture.as_deref() == Some("manual") {
            CaptureMethod::Manual
        } else {
            CaptureMethod::Automatic
        },
        amount_capturable: 0,
        amount_received: 0,
        latest_charge: None,
        payment_method: method.clone(),
        customer: form.text("customer")?,
        description: form.short("description", 1000)?,
        receipt_email: form.short("receipt_email", 512)?,
        metadata: form.metadata()?,
        session: None,
        last_error: None,
        canceled_at: None,
        cancellation_reason: None,
    };
    form.ignore(&WITHOUT_EFFECT);
    form.finish()?;
    if let Some(customer) = &intent.customer {
        customers::named(books, customer)?;
    }
    let card = match &method {
        Some(method) => Some(find_card(books, method, intent.customer.as_deref())?),
        None => None,
    };
    if !confirm {
        let reply = shown(&IntentView::new(&intent))?;
        let mut change = Change::new(ask.at, Cause::IntentCreated);
        change
            .events
            .push(ask.event("payment_intent.created", &IntentView::new(&intent))?);
        change.intent = Some(intent);
        return Ok((change, reply));
    }
    let (Some(card), Some(method)) = (card, method) else {
        return Err(StripeError::invalid(
            "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the \
             PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a \
             payment method or ConfirmationToken.",
        )
        .code("payment_intent_unexpected_state"));
    };
    charge(books, ask, &mut intent, &card, method, &expand)
}

/// Tries the card and answers as Stripe does: the intent, or 402.
fn charge(
    books: &Books,
    ask: &Ask<'_>,
    intent: &mut Intent,
    card: &Card,
    method: String,
    expand: &[String],
) -> Result<(Change, Reply), StripeError> {
    let charge = pay::charge(intent, card, method, ask.at);
    let (cause, told) = pay::outcome(intent);
    let mut view = IntentView::new(intent);
    let mut change = Change::new(ask.at, cause);
    change.events.push(ask.event(told, &view)?);
    let reply = match &charge.failure {
        Some(decline) => refused(&StripeError::card(decline, &charge.id).intent(&view)),
        None => {
            if expand.iter().any(|path| path == "latest_charge") {
                view.show(&charge);
            }
            shown(&view)?
        }
    };
    change.session = paid_session(books, intent);
    change.intent = Some(intent.clone());
    change.charge = Some(charge);
    Ok((change, reply))
}

/// The session that an intent belongs to, when the intent's new state makes it paid.
fn paid_session(books: &Books, intent: &Intent) -> Option<crate::store::model::Session> {
    let session = books.sessions.get(intent.session.as_ref()?)?;
    let settles =
        intent.status == IntentStatus::Succeeded && session.payment_status == PaymentStatus::Unpaid;
    settles.then(|| {
        let mut session = session.clone();
        session.payment_status = PaymentStatus::Paid;
        session
    })
}

/// A test card by its published name, or one that is kept for this customer.
fn find_card(books: &Books, method: &str, customer: Option<&str>) -> Result<Card, StripeError> {
    if let Some(card) = Card::named(method) {
        return Ok(card);
    }
    match books.methods.get(method) {
        Some(kept) if Some(kept.customer.as_str()) == customer => Ok(Card::kept(&kept.card)),
        Some(_) => Err(StripeError::invalid(
            "The provided PaymentMethod belongs to a Customer. Include the Customer in the `customer` parameter on \
             the PaymentIntent.",
        )
        .param("payment_method")),
        None => Err(StripeError::missing(
            "PaymentMethod",
            method,
            "payment_method",
        )),
    }
}

fn named<'a>(books: &'a Books, ask: &Ask<'_>) -> Result<&'a Intent, StripeError> {
    books
        .intents
        .get(ask.id)
        .ok_or_else(|| StripeError::missing("payment_intent", ask.id, "intent"))
}

fn unexpected(intent: &Intent, verb: &str, allowed: &str) -> StripeError {
    StripeError::invalid(format!(
        "This PaymentIntent could not be {verb} because it has a status of {}. Only a PaymentIntent with one of the \
         following statuses may be {verb}: {allowed}.",
        intent.status.name()
    ))
    .code("payment_intent_unexpected_state")
    .intent(&IntentView::new(intent))
}

/// GET /v1/payment_intents/{id}
///
/// # Errors
/// No such intent.
pub fn find(desk: &Desk, ask: &Ask<'_>, mut form: Form) -> Result<Reply, StripeError> {
    let expand = form.texts("expand")?;
    form.ignore(&["client_secret"]);
    form.finish()?;
    let charge = expand.iter().any(|path| path == "latest_charge");
    let intent = named(&desk.books, ask)?;
    shown(&IntentView::expanded(intent, &desk.books, charge))
}

/// POST /v1/payment_intents/{id}/confirm
///
/// # Errors
/// No such intent, or not one that can be confirmed.
pub fn confirm(
    books: &Books,
    ask: &Ask<'_>,
    mut form: Form,
) -> Result<(Change, Reply), StripeError> {
    let mut intent = named(books, ask)?.clone();
    let method = form
        .text("payment_method")?
        .or_else(|| intent.payment_method.clone());
    let expand = form.texts("expand")?;
    form.ignore(&WITHOUT_EFFECT);
    form.finish()?;
    let confirmable = matches!(
        intent.status,
        IntentStatus::RequiresPaymentMethod | IntentStatus::RequiresConfirmation
    );
    if !confirmable || intent.session.is_some() {
        return Err(unexpected(
            &intent,
            "confirmed",
            "requires_payment_method, requires_confirmation",
        ));
    }
    let method = method.ok_or_else(|| form_needs_method(&intent))?;
    let card = find_card(books, &method, intent.customer.as_deref())?;
    charge(books, ask, &mut intent, &card, method, &expand)
}

fn form_needs_method(intent: &Intent) -> StripeError {
    StripeError::invalid(
        "You cannot confirm this PaymentIntent because it's missing a payment method.",
    )
    .code("payment_intent_unexpected_state")
    .intent(&IntentView::new(intent))
}

/// POST /v1/payment_intents/{id}/capture
///
/// # Errors
/// No such intent, nothing to capture, or more than was authorised.
pub fn capture(
    books: &Books,
    ask: &Ask<'_>,
    mut form: Form,
) -> Result<(Change, Reply), StripeError> {
    let mut intent = named(books, ask)?.clone();
    let amount = form.integer("amount_to_capture", 1)?;
    let expand = form.texts("expand")?;
    form.ignore(&[
        "final_capture",
        "statement_descriptor",
        "statement_descriptor_suffix",
    ]);
    form.finish()?;
    let charge = intent
        .latest_charge
        .as_ref()
        .and_then(|id| books.charges.get(id));
    let (IntentStatus::RequiresCapture, Some(charge)) = (intent.status, charge) else {
        return Err(unexpected(&intent, "captured", "requires_capture"));
    };
    let amount = amount.unwrap_or(intent.amount_capturable);
    if amount > intent.amount_capturable {
        return Err(StripeError::invalid(
            "The requested capture amount is greater than the authorized amount.",
        )
        .code("amount_too_large")
        .param("amount_to_capture"));
    }
    let mut charge = charge.clone();
    charge.captured = true;
    charge.amount_captured = amount;
    intent.status = IntentStatus::Succeeded;
    intent.amount_received = amount;
    intent.amount_capturable = 0;
    let mut change = Change::new(ask.at, Cause::Captured);
    let mut view = IntentView::new(&intent);
    change
        .events
        .push(ask.event("charge.captured", &ChargeView::new(&charge))?);
    change
        .events
        .push(ask.event("payment_intent.succeeded", &view)?);
    if expand.iter().any(|path| path == "latest_charge") {
        view.show(&charge);
    }
    let reply = shown(&view)?;
    change.session = paid_session(books, &intent);
    change.intent = Some(intent);
    change.charge = Some(charge);
    Ok((change, reply))
}

/// POST /v1/payment_intents/{id}/cancel
///
/// # Errors
/// No such intent, one that is over, or one that an open session holds.
pub fn cancel(
    books: &Books,
    ask: &Ask<'_>,
    mut form: Form,
) -> Result<(Change, Reply), StripeError> {
    let mut intent = named(books, ask)?.clone();
    let reasons = [
        "duplicate",
        "fraudulent",
        "requested_by_customer",
        "abandoned",
    ];
    let reason = form.one_of("cancellation_reason", &reasons)?;
    form.finish()?;
    if matches!(
        intent.status,
        IntentStatus::Succeeded | IntentStatus::Canceled
    ) {
        return Err(StripeError::invalid(format!(
            "You cannot cancel this PaymentIntent because it has a status of {}. Only a PaymentIntent with one of the \
             following statuses may be canceled: requires_payment_method, requires_capture, requires_confirmation, \
             requires_action, processing.",
            intent.status.name()
        ))
        .code("payment_intent_unexpected_state")
        .intent(&IntentView::new(&intent)));
    }
    let held = intent
        .session
        .as_ref()
        .and_then(|id| books.sessions.get(id))
        .is_some_and(|session| session.status == SessionStatus::Open);
    if held {
        return Err(StripeError::invalid(
            "You cannot cancel this PaymentIntent because it was created by a Checkout Session. Expire the Checkout \
             Session instead.",
        )
        .code("payment_intent_unexpected_state"));
    }
    intent.status = IntentStatus::Canceled;
    intent.amount_capturable = 0;
    intent.canceled_at = Some(ask.at);
    intent.cancellation_reason = reason;
    let mut change = Change::new(ask.at, Cause::IntentCanceled);
    let view = IntentView::new(&intent);
    change
        .events
        .push(ask.event("payment_intent.canceled", &view)?);
    let reply = shown(&view)?;
    change.intent = Some(intent);
    Ok((change, reply))
}
