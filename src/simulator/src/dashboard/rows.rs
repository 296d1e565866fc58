//! What the dashboard shows: the last of everything, from the books.

use crate::{
    faults::Rule,
    money,
    store::{
        books::Books,
        model::{
            DeliveryState, SessionStatus,
            paypal::{CaptureStatus, OrderStatus},
        },
    },
};

/// How many of each kind are shown.
const SHOWN: usize = 25;

/// A page that a shopper pays on.
pub struct PageRow {
    pub provider: &'static str,
    pub id: String,
    pub at: String,
    pub reference: String,
    pub amount: String,
    pub status: &'static str,
    /// Where it is, while it can be paid.
    pub url: Option<String>,
    created: i64,
}

pub struct ChargeRow {
    pub provider: &'static str,
    pub id: String,
    pub at: String,
    pub payment: String,
    pub with: String,
    pub amount: String,
    pub refunded: String,
    pub state: &'static str,
    created: i64,
}

pub struct ParcelRow {
    pub code: String,
    pub at: String,
    pub reference: String,
    pub carrier: String,
    pub status: &'static str,
    pub moves: bool,
}

pub struct EventRow {
    pub provider: &'static str,
    pub id: String,
    pub at: String,
    pub kind: String,
    pub state: &'static str,
    pub attempts: u32,
    pub status: String,
}

pub struct RuleRow {
    pub what: &'static str,
    pub whom: String,
    pub hits: u64,
}

fn clock(seconds: i64) -> String {
    time::OffsetDateTime::from_unix_timestamp(seconds).map_or_else(
        |_| seconds.to_string(),
        |at| {
            let (hour, minute, second) = at.to_hms();
            format!("{} {hour:02}:{minute:02}:{second:02}", at.date())
        },
    )
}

fn some(amount: i64, currency: &str) -> String {
    match amount {
        0 => String::new(),
        amount => money::format(amount, currency),
    }
}

pub fn pages(books: &Books) -> Vec<PageRow> {
    let sessions = books.sessions.values().rev().take(SHOWN).map(|session| {
        let open = session.status == SessionStatus::Open;
        PageRow {
            provider: "Stripe",
            id: session.id.clone(),
            at: clock(session.created),
            reference: session.client_reference_id.clone().unwrap_or_default(),
            amount: money::format(session.amount_total, &session.currency),
            status: match session.status {
                SessionStatus::Open => "open",
                SessionStatus::Complete => "complete",
                SessionStatus::Expired => "expired",
            },
            url: open.then(|| format!("/pay/{}", session.id)),
            created: session.created,
        }
    });
    let orders = books.paypal.orders.values().rev().take(SHOWN).map(|order| {
        let names = &order.names;
        let open = matches!(
            order.status,
            OrderStatus::Created | OrderStatus::PayerActionRequired
        );
        PageRow {
            provider: "PayPal",
            id: order.id.clone(),
            at: clock(order.created),
            reference: names
                .invoice_id
                .clone()
                .unwrap_or_else(|| names.reference_id.clone()),
            amount: money::format(order.amount, &order.currency),
            status: match order.status {
                OrderStatus::Created | OrderStatus::PayerActionRequired => "open",
                OrderStatus::Approved => "approved",
                OrderStatus::Completed => "complete",
            },
            url: open.then(|| format!("/checkoutnow?token={}", order.id)),
            created: order.created,
        }
    });
    let mut rows: Vec<_> = sessions.chain(orders).collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.created));
    rows.truncate(SHOWN);
    rows
}

pub fn charges(books: &Books) -> Vec<ChargeRow> {
    let stripe = books.charges.values().rev().take(SHOWN);
    let stripe = stripe.map(|charge| ChargeRow {
        provider: "Stripe",
        id: charge.id.clone(),
        at: clock(charge.created),
        payment: charge.intent.clone(),
        with: format!("{} {}", charge.card.brand, charge.card.last4),
        amount: money::format(charge.amount, &charge.currency),
        refunded: some(charge.amount_refunded, &charge.currency),
        state: match (charge.failure.is_some(), charge.captured) {
            (true, _) => "declined",
            (false, true) => "captured",
            (false, false) => "authorised",
        },
        created: charge.created,
    });
    let paypal = books.paypal.captures.values().rev().take(SHOWN);
    let paypal = paypal.map(|capture| ChargeRow {
        provider: "PayPal",
        id: capture.id.clone(),
        at: clock(capture.created),
        payment: capture.order.clone(),
        with: books
            .paypal
            .orders
            .get(&capture.order)
            .and_then(|order| order.payer.clone())
            .unwrap_or_default(),
        amount: money::format(capture.amount, &capture.currency),
        refunded: some(capture.refunded, &capture.currency),
        state: match capture.status {
            CaptureStatus::Declined => "declined",
            CaptureStatus::Pending => "pending",
            _ => "captured",
        },
        created: capture.created,
    });
    let mut rows: Vec<_> = stripe.chain(paypal).collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.created));
    rows.truncate(SHOWN);
    rows
}

pub fn parcels(books: &Books) -> Vec<ParcelRow> {
    let trackers = books.carrier.trackers.values().rev().take(SHOWN);
    trackers
        .map(|tracker| ParcelRow {
            code: tracker.tracking_code.clone(),
            at: clock(tracker.created),
            reference: books
                .carrier
                .shipments
                .get(&tracker.shipment)
                .and_then(|shipment| shipment.reference.clone())
                .unwrap_or_default(),
            carrier: tracker.carrier.clone(),
            status: tracker.status.words(),
            moves: tracker.status.next().is_some(),
        })
        .collect()
}

pub fn events(books: &Books) -> Vec<EventRow> {
    let events = books.events.iter().rev().take(SHOWN);
    events
        .map(|(id, event)| EventRow {
            provider: event.service.name(),
            id: id.clone(),
            at: clock(event.created),
            kind: event.kind.clone(),
            state: match event.state {
                DeliveryState::Pending => "pending",
                DeliveryState::Delivered => "delivered",
                DeliveryState::Dropped => "dropped",
                DeliveryState::GivenUp => "given up",
                DeliveryState::Unwanted => "not wanted",
            },
            attempts: event.attempts,
            status: event
                .status
                .map_or_else(String::new, |status| status.to_string()),
        })
        .collect()
}

pub fn rule(rule: &Rule) -> RuleRow {
    let how_many = match (rule.next, rule.share) {
        (Some(next), _) => format!("the next {next}"),
        (None, Some(share)) => format!("{share} of all"),
        (None, None) => "all".to_owned(),
    };
    let whose = rule.provider.map_or("every provider", |one| one.name());
    let mut whom = format!("{how_many} requests to {whose}");
    for part in [&rule.operation, &rule.path, &rule.path_end, &rule.method]
        .into_iter()
        .flatten()
    {
        whom.push_str(&format!(", {part}"));
    }
    if rule.effect {
        whom.push_str(", done all the same");
    }
    RuleRow {
        what: rule.kind.words(),
        whom,
        hits: rule.hits,
    }
}
