//! Checkout Sessions (<https://docs.stripe.com/api/checkout/sessions>), in `payment` mode with prices sent along.

use super::{
    Ask, Reply, customers,
    error::StripeError,
    form::Form,
    shown,
    views::{SessionView, lines_view},
};
use crate::{
    money, pay,
    provider::Desk,
    store::{
        books::Books,
        model::{
            CaptureMethod, Cause, Change, Line, PaymentStatus, Session, SessionStatus, new_id,
        },
    },
};

/// Seconds a session stays open unless it says otherwise, which is also the most.
const LONGEST: i64 = 24 * 60 * 60;
/// The least that `expires_at` may be ahead, in seconds.
const SHORTEST: i64 = 30 * 60;
/// "Now plus 30 minutes" takes a moment to arrive.
const GRACE: i64 = 10;
/// The most lines in `payment` mode.
const MOST_LINES: usize = 100;

/// Parameters that Stripe knows and that make no difference here.
const WITHOUT_EFFECT: [&str; 9] = [
    "payment_method_types",
    "submit_type",
    "billing_address_collection",
    "phone_number_collection",
    "automatic_tax",
    "allow_promotion_codes",
    "after_expiration",
    "consent_collection",
    "invoice_creation",
];

/// POST /v1/checkout/sessions
///
/// # Errors
/// Parameters that are missing, malformed or unknown; totals outside Stripe's bounds.
pub fn open(books: &Books, ask: &Ask<'_>, mut form: Form) -> Result<(Change, Reply), StripeError> {
    form.one_of("mode", &["payment"])?
        .ok_or_else(|| form.absent("mode"))?;
    form.one_of("ui_mode", &["hosted"])?;
    let expand = form.texts("expand")?;
    let (currency, lines, amount_total) = read_lines(&mut form)?;
    let success_url = form
        .url("success_url")?
        .ok_or_else(|| form.absent("success_url"))?;
    let expires_at = form.integer("expires_at", 0)?.unwrap_or(ask.at + LONGEST);
    check_end(expires_at, ask.at)?;
    let customer_email = form.short("customer_email", 512)?;
    if let Some(email) = customer_email
        .as_deref()
        .filter(|email| !looks_like_mail(email))
    {
        return Err(
            StripeError::invalid(format!("Invalid email address: {email}"))
                .code("email_invalid")
                .param("customer_email"),
        );
    }
    let customer = form.text("customer")?;
    if let Some(customer) = &customer {
        if customer_email.is_some() {
            return Err(StripeError::invalid(
                "You may only specify one of these parameters: customer, customer_email.",
            ));
        }
        customers::named(books, customer)?;
    }
    let creation = form.one_of("customer_creation", &["always", "if_required"])?;
    let mut intent = form.group("payment_intent_data")?;
    let future = intent.one_of("setup_future_usage", &["off_session", "on_session"])?;
    let capture = intent.one_of(
        "capture_method",
        &["automatic", "automatic_async", "manual"],
    )?;
    let session = Session {
        id: new_id("cs_test_"),
        created: ask.at,
        expires_at,
        status: SessionStatus::Open,
        payment_status: PaymentStatus::Unpaid,
        currency,
        lines,
        amount_total,
        success_url,
        cancel_url: form.url("cancel_url")?,
        client_reference_id: form.short("client_reference_id", 200)?,
        customer_email,
        locale: form.short("locale", 12)?,
        metadata: form.metadata()?,
        intent_metadata: intent.metadata()?,
        description: intent.short("description", 1000)?,
        capture_method: if capture.as_deref() == Some("manual") {
            CaptureMethod::Manual
        } else {
            CaptureMethod::Automatic
        },
        intent: None,
        makes_customer: customer.is_none() && creation.as_deref() == Some("always"),
        customer,
        keeps_card: future.is_some(),
    };
    intent.ignore(&[
        "statement_descriptor",
        "statement_descriptor_suffix",
        "receipt_email",
    ]);
    intent.finish()?;
    form.ignore(&WITHOUT_EFFECT);
    form.finish()?;
    let view = SessionView::expanded(&session, ask.origin, books, &expand);
    let mut reply = shown(&view)?;
    reply.opened = expand.is_empty().then(|| session.id.clone());
    let mut change = Change::new(ask.at, Cause::SessionOpened);
    change.session = Some(session);
    Ok((change, reply))
}

fn looks_like_mail(email: &str) -> bool {
    email
        .split_once('@')
        .is_some_and(|(name, host)| !name.is_empty() && !host.is_empty() && !host.contains('@'))
        && !email.chars().any(char::is_whitespace)
}

fn check_end(expires_at: i64, at: i64) -> Result<(), StripeError> {
    let refused = |message: &str| Err(StripeError::invalid(message).param("expires_at"));
    if expires_at < at + SHORTEST - GRACE {
        refused(
            "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.",
        )
    } else if expires_at > at + LONGEST + GRACE {
        refused(
            "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.",
        )
    } else {
        Ok(())
    }
}

fn read_lines(form: &mut Form) -> Result<(String, Vec<Line>, i64), StripeError> {
    let groups = form.list("line_items")?;
    if groups.is_empty() {
        return Err(form.absent("line_items"));
    }
    if groups.len() > MOST_LINES {
        return Err(StripeError::invalid(format!(
            "You can specify a maximum of {MOST_LINES} line items."
        ))
        .param("line_items"));
    }
    let mut currency: Option<String> = None;
    let mut total = 0_i64;
    let mut lines = Vec::with_capacity(groups.len());
    for mut group in groups {
        let (code, line) = read_line(&mut group)?;
        group.finish()?;
        if currency.get_or_insert_with(|| code.clone()) != &code {
            return Err(StripeError::invalid(
                "All line items must have the same currency. Please update your items to use the same currency.",
            )
            .param("line_items"));
        }
        total = line
            .unit_amount
            .checked_mul(line.quantity)
            .and_then(|amount| amount.checked_add(total))
            .ok_or_else(too_large)?;
        lines.push(line);
    }
    let currency = currency.unwrap_or_default();
    check_amount(total, &currency, None)?;
    Ok((currency, lines, total))
}

fn read_line(group: &mut Form) -> Result<(String, Line), StripeError> {
    let mut price = group.group("price_data")?;
    let mut product = price.group("product_data")?;
    let currency = read_currency(&mut price)?;
    let line = Line {
        name: product.needed("name")?,
        unit_amount: price
            .integer("unit_amount", 0)?
            .ok_or_else(|| price.absent("unit_amount"))?,
        quantity: group
            .integer("quantity", 1)?
            .ok_or_else(|| group.absent("quantity"))?,
    };
    product.ignore(&["description", "images", "metadata", "tax_code"]);
    product.finish()?;
    price.ignore(&["tax_behavior"]);
    price.finish()?;
    Ok((currency, line))
}

/// A currency that Stripe takes, in lower case.
///
/// # Errors
/// Missing or unknown.
pub fn read_currency(form: &mut Form) -> Result<String, StripeError> {
    let currency = form.needed("currency")?.to_ascii_lowercase();
    if money::known(&currency) {
        Ok(currency)
    } else {
        Err(StripeError::invalid(format!("Invalid currency: {currency}.")).param("currency"))
    }
}

fn too_large() -> StripeError {
    StripeError::invalid(format!(
        "Amount must be no more than {}, in the smallest unit of the currency.",
        money::MOST
    ))
    .code("amount_too_large")
}

/// Holds an amount against Stripe's bounds for its currency.
///
/// # Errors
/// Too small, too large, or not a multiple of what the currency is paid in.
pub fn check_amount(amount: i64, currency: &str, param: Option<&str>) -> Result<(), StripeError> {
    let error = if amount > money::MOST {
        too_large()
    } else if amount < money::least(currency) {
        StripeError::invalid(format!(
            "Amount must be at least {}.",
            money::format(money::least(currency), currency)
        ))
        .code("amount_too_small")
    } else if amount % money::step(currency) != 0 {
        StripeError::invalid(format!(
            "Invalid amount: amounts in {currency} must be a multiple of {}.",
            money::step(currency)
        ))
    } else {
        return Ok(());
    };
    Err(match param {
        Some(param) => error.param(param),
        None => error,
    })
}

/// A session by the id in the path.
fn named<'a>(books: &'a Books, ask: &Ask<'_>) -> Result<&'a Session, StripeError> {
    books
        .sessions
        .get(ask.id)
        .ok_or_else(|| StripeError::missing("checkout.session", ask.id, "session"))
}

/// GET /v1/checkout/sessions/{id}
///
/// # Errors
/// No such session.
pub fn find(desk: &Desk, ask: &Ask<'_>, mut form: Form) -> Result<Reply, StripeError> {
    let expand = form.texts("expand")?;
    form.finish()?;
    let session = named(&desk.books, ask)?;
    let over = session.status == SessionStatus::Open && session.expires_at <= ask.at;
    if over {
        // The sweep that ends it for good runs each second; nobody should see it open until then.
        let mut ended = session.clone();
        ended.status = SessionStatus::Expired;
        return shown(&SessionView::expanded(
            &ended,
            ask.origin,
            &desk.books,
            &expand,
        ));
    }
    shown(&SessionView::expanded(
        session,
        ask.origin,
        &desk.books,
        &expand,
    ))
}

/// GET /v1/checkout/sessions/{id}/line_items
///
/// # Errors
/// No such session.
pub fn lines(desk: &Desk, ask: &Ask<'_>, mut form: Form) -> Result<Reply, StripeError> {
    form.ignore(&["limit", "starting_after", "ending_before"]);
    form.finish()?;
    shown(&lines_view(named(&desk.books, ask)?))
}

/// POST /v1/checkout/sessions/{id}/expire
///
/// # Errors
/// No such session, or it is no longer open.
pub fn expire(
    books: &Books,
    ask: &Ask<'_>,
    mut form: Form,
) -> Result<(Change, Reply), StripeError> {
    let expand = form.texts("expand")?;
    form.finish()?;
    let session = named(books, ask)?;
    let status = match session.status {
        SessionStatus::Open if session.expires_at > ask.at => None,
        SessionStatus::Complete => Some("complete"),
        SessionStatus::Open | SessionStatus::Expired => Some("expired"),
    };
    if let Some(status) = status {
        return Err(StripeError::invalid(format!(
            "Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout Session has a status of \
             `{status}`."
        )));
    }
    let change = pay::expire(session, ask.at, ask.origin, Some(ask.request), ask.key)
        .map_err(|_| StripeError::ours())?;
    let ended = change.session.as_ref().unwrap_or(session);
    let reply = shown(&SessionView::expanded(ended, ask.origin, books, &expand))?;
    Ok((change, reply))
}
