//! The objects as the API shows them.

use serde::Serialize;

use crate::store::{
    books::Books,
    model::{
        CardFace, Charge, Decline, Intent, IntentStatus, Line, Metadata, Refund, Session,
        SessionStatus,
    },
};

/// Either an id or, when `expand[]` asked for it, the whole object.
#[derive(Serialize)]
#[serde(untagged)]
pub enum Expandable<'a, T> {
    Id(&'a str),
    Object(Box<T>),
}

/// A page of a list.
#[derive(Serialize)]
pub struct ListView<'a, T> {
    pub object: &'static str,
    pub data: Vec<T>,
    pub has_more: bool,
    pub url: &'a str,
}

#[derive(Serialize)]
pub struct SessionView<'a> {
    id: &'a str,
    object: &'static str,
    amount_subtotal: i64,
    amount_total: i64,
    cancel_url: Option<&'a str>,
    client_reference_id: Option<&'a str>,
    created: i64,
    currency: &'a str,
    customer: Option<&'a str>,
    customer_details: Option<CustomerDetails<'a>>,
    customer_email: Option<&'a str>,
    expires_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    line_items: Option<ListView<'a, LineView<'a>>>,
    livemode: bool,
    locale: Option<&'a str>,
    metadata: &'a Metadata,
    mode: &'static str,
    payment_intent: Option<Expandable<'a, IntentView<'a>>>,
    payment_method_types: [&'static str; 1],
    payment_status: crate::store::model::PaymentStatus,
    status: SessionStatus,
    success_url: &'a str,
    total_details: TotalDetails,
    ui_mode: &'static str,
    url: Option<String>,
}

#[derive(Serialize)]
struct CustomerDetails<'a> {
    address: Option<&'a str>,
    email: &'a str,
    name: Option<&'a str>,
    phone: Option<&'a str>,
    tax_exempt: &'static str,
}

#[derive(Serialize)]
struct TotalDetails {
    amount_discount: i64,
    amount_shipping: i64,
    amount_tax: i64,
}

#[derive(Serialize)]
pub struct LineView<'a> {
    id: String,
    object: &'static str,
    amount_discount: i64,
    amount_subtotal: i64,
    amount_tax: i64,
    amount_total: i64,
    currency: &'a str,
    description: &'a str,
    price: PriceView<'a>,
    quantity: i64,
}

#[derive(Serialize)]
struct PriceView<'a> {
    object: &'static str,
    currency: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    unit_amount: i64,
}

/// A session's lines as a list.
pub fn lines_view(session: &Session) -> ListView<'_, LineView<'_>> {
    let line_view = |(index, line): (usize, &'_ Line)| -> LineView<'_> {
        // Priced when the session was opened, so this cannot overflow.
        let amount = line.unit_amount.saturating_mul(line.quantity);
        LineView {
            id: format!("li_{index}_{}", session.id.trim_start_matches("cs_test_")),
            object: "item",
            amount_discount: 0,
            amount_subtotal: amount,
            amount_tax: 0,
            amount_total: amount,
            currency: &session.currency,
            description: session.lines[index].name.as_str(),
            price: PriceView {
                object: "price",
                currency: &session.currency,
                kind: "one_time",
                unit_amount: line.unit_amount,
            },
            quantity: line.quantity,
        }
    };
    ListView {
        object: "list",
        data: session.lines.iter().enumerate().map(line_view).collect(),
        has_more: false,
        url: "/v1/checkout/sessions",
    }
}

impl<'a> SessionView<'a> {
    /// The session as it is, with nothing expanded.
    pub fn new(session: &'a Session, origin: &str) -> Self {
        let open = session.status == SessionStatus::Open;
        Self {
            id: &session.id,
            object: "checkout.session",
            amount_subtotal: session.amount_total,
            amount_total: session.amount_total,
            cancel_url: session.cancel_url.as_deref(),
            client_reference_id: session.client_reference_id.as_deref(),
            created: session.created,
            currency: &session.currency,
            customer: session.customer.as_deref(),
            customer_details: session
                .customer_email
                .as_deref()
                .map(|email| CustomerDetails {
                    address: None,
                    email,
                    name: None,
                    phone: None,
                    tax_exempt: "none",
                }),
            customer_email: session.customer_email.as_deref(),
            expires_at: session.expires_at,
            line_items: None,
            livemode: false,
            locale: session.locale.as_deref(),
            metadata: &session.metadata,
            mode: "payment",
            payment_intent: session.intent.as_deref().map(Expandable::Id),
            payment_method_types: ["card"],
            payment_status: session.payment_status,
            status: session.status,
            success_url: &session.success_url,
            total_details: TotalDetails {
                amount_discount: 0,
                amount_shipping: 0,
                amount_tax: 0,
            },
            ui_mode: "hosted",
            url: open.then(|| format!("{origin}/pay/{}", session.id)),
        }
    }

    /// With what `expand[]` asked for.
    pub fn expanded(
        session: &'a Session,
        origin: &str,
        books: &'a Books,
        expand: &[String],
    ) -> Self {
        let mut view = Self::new(session, origin);
        let wants = |name: &str| expand.iter().any(|path| path == name);
        if wants("line_items") {
            view.line_items = Some(lines_view(session));
        }
        let deep = wants("payment_intent.latest_charge");
        if (wants("payment_intent") || deep)
            && let Some(intent) = session.intent.as_ref().and_then(|id| books.intents.get(id))
        {
            view.payment_intent = Some(Expandable::Object(Box::new(IntentView::expanded(
                intent, books, deep,
            ))));
        }
        view
    }
}

#[derive(Serialize)]
pub struct IntentView<'a> {
    id: &'a str,
    object: &'static str,
    amount: i64,
    amount_capturable: i64,
    amount_received: i64,
    canceled_at: Option<i64>,
    cancellation_reason: Option<&'a str>,
    capture_method: crate::store::model::CaptureMethod,
    client_secret: String,
    confirmation_method: &'static str,
    created: i64,
    currency: &'a str,
    customer: Option<&'a str>,
    description: Option<&'a str>,
    last_payment_error: Option<LastError<'a>>,
    latest_charge: Option<Expandable<'a, ChargeView<'a>>>,
    livemode: bool,
    metadata: &'a Metadata,
    next_action: Option<&'a str>,
    payment_method: Option<&'a str>,
    payment_method_types: [&'static str; 1],
    receipt_email: Option<&'a str>,
    status: IntentStatus,
}

#[derive(Serialize)]
struct LastError<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    code: &'a str,
    decline_code: Option<&'a str>,
    message: &'a str,
    charge: Option<&'a str>,
}

impl<'a> IntentView<'a> {
    /// The intent as it is.
    pub fn new(intent: &'a Intent) -> Self {
        Self {
            id: &intent.id,
            object: "payment_intent",
            amount: intent.amount,
            amount_capturable: intent.amount_capturable,
            amount_received: intent.amount_received,
            canceled_at: intent.canceled_at,
            cancellation_reason: intent.cancellation_reason.as_deref(),
            capture_method: intent.capture_method,
            client_secret: format!("{}_secret_simulator", intent.id),
            confirmation_method: "automatic",
            created: intent.created,
            currency: &intent.currency,
            customer: intent.customer.as_deref(),
            description: intent.description.as_deref(),
            last_payment_error: intent.last_error.as_ref().map(|decline| LastError {
                kind: "card_error",
                code: &decline.code,
                decline_code: decline.decline_code.as_deref(),
                message: &decline.message,
                charge: intent.latest_charge.as_deref(),
            }),
            latest_charge: intent.latest_charge.as_deref().map(Expandable::Id),
            livemode: false,
            metadata: &intent.metadata,
            next_action: None,
            payment_method: intent.payment_method.as_deref(),
            payment_method_types: ["card"],
            receipt_email: intent.receipt_email.as_deref(),
            status: intent.status,
        }
    }

    /// With its charge, when that is asked for.
    pub fn expanded(intent: &'a Intent, books: &'a Books, charge: bool) -> Self {
        let mut view = Self::new(intent);
        if charge
            && let Some(charge) = intent
                .latest_charge
                .as_ref()
                .and_then(|id| books.charges.get(id))
        {
            view.show(charge);
        }
        view
    }

    /// Puts the whole charge in the place of its id.
    pub fn show(&mut self, charge: &'a Charge) {
        self.latest_charge = Some(Expandable::Object(Box::new(ChargeView::new(charge))));
    }
}

#[derive(Serialize)]
pub struct ChargeView<'a> {
    id: &'a str,
    object: &'static str,
    amount: i64,
    amount_captured: i64,
    amount_refunded: i64,
    captured: bool,
    created: i64,
    currency: &'a str,
    failure_code: Option<&'a str>,
    failure_message: Option<&'a str>,
    livemode: bool,
    metadata: &'a Metadata,
    paid: bool,
    payment_intent: &'a str,
    payment_method: &'a str,
    payment_method_details: MethodDetails<'a>,
    refunded: bool,
    status: &'static str,
}

#[derive(Serialize)]
struct MethodDetails<'a> {
    card: &'a CardFace,
    #[serde(rename = "type")]
    kind: &'static str,
}

impl<'a> ChargeView<'a> {
    /// The charge as it is.
    pub fn new(charge: &'a Charge) -> Self {
        let failure = |part: fn(&Decline) -> &str| charge.failure.as_ref().map(part);
        Self {
            id: &charge.id,
            object: "charge",
            amount: charge.amount,
            amount_captured: charge.amount_captured,
            amount_refunded: charge.amount_refunded,
            captured: charge.captured,
            created: charge.created,
            currency: &charge.currency,
            failure_code: failure(|decline| &decline.code),
            failure_message: failure(|decline| &decline.message),
            livemode: false,
            metadata: &charge.metadata,
            paid: charge.failure.is_none(),
            payment_intent: &charge.intent,
            payment_method: &charge.payment_method,
            payment_method_details: MethodDetails {
                card: &charge.card,
                kind: "card",
            },
            refunded: charge.captured && charge.amount_refunded == charge.amount_captured,
            status: if charge.failure.is_none() {
                "succeeded"
            } else {
                "failed"
            },
        }
    }
}

#[derive(Serialize)]
pub struct RefundView<'a> {
    id: &'a str,
    object: &'static str,
    amount: i64,
    balance_transaction: Option<&'a str>,
    charge: &'a str,
    created: i64,
    currency: &'a str,
    metadata: &'a Metadata,
    payment_intent: &'a str,
    reason: Option<&'a str>,
    receipt_number: Option<&'a str>,
    status: &'static str,
}

impl<'a> RefundView<'a> {
    /// The refund as it is.
    pub fn new(refund: &'a Refund) -> Self {
        Self {
            id: &refund.id,
            object: "refund",
            amount: refund.amount,
            balance_transaction: None,
            charge: &refund.charge,
            created: refund.created,
            currency: &refund.currency,
            metadata: &refund.metadata,
            payment_intent: &refund.intent,
            reason: refund.reason.as_deref(),
            receipt_number: None,
            status: "succeeded",
        }
    }
}
