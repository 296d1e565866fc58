//! The objects as the API shows them.

mod payments;

use serde::Serialize;
use time::format_description::well_known::Rfc3339;

use super::amount::AmountText;
pub use payments::{BriefRefund, CaptureView, RefundView};

use crate::store::{
    books::PaypalBooks,
    model::paypal::{Capture, Item, Order, OrderStatus},
};

/// A moment as PayPal writes it: `2026-03-01T12:00:00Z`.
pub fn moment(seconds: i64) -> String {
    time::OffsetDateTime::from_unix_timestamp(seconds)
        .ok()
        .and_then(|at| at.format(&Rfc3339).ok())
        .unwrap_or_default()
}

/// Where the payer approves an order.
pub fn page_url(origin: &str, order: &str) -> String {
    format!("{origin}/checkoutnow?token={order}")
}

#[derive(Serialize)]
pub struct Link {
    href: String,
    rel: &'static str,
    method: &'static str,
}

fn link(rel: &'static str, method: &'static str, href: String) -> Link {
    Link { href, rel, method }
}

/// How much of an order is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Id, status, links.
    Minimal,
    /// Minimal, and what was captured.
    Captured,
    Whole,
}

#[derive(Serialize)]
pub struct OrderView<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    intent: Option<&'static str>,
    status: OrderStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_source: Option<Source<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    purchase_units: Option<[UnitView<'a>; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payer: Option<Payer<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    create_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    update_time: Option<String>,
    links: Vec<Link>,
}

#[derive(Serialize)]
struct Source<'a> {
    paypal: Wallet<'a>,
}

#[derive(Serialize)]
struct Wallet<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    email_address: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_id: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_status: Option<&'static str>,
}

#[derive(Serialize)]
struct Payer<'a> {
    email_address: &'a str,
    payer_id: &'static str,
}

/// The one payer there is.
pub const PAYER: &str = "SIMULATEDPAYR";

#[derive(Serialize)]
struct UnitView<'a> {
    reference_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<AmountText>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    invoice_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    items: Vec<ItemView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payments: Option<Payments<'a>>,
}

#[derive(Serialize)]
struct ItemView<'a> {
    name: &'a str,
    quantity: String,
    unit_amount: AmountText,
}

#[derive(Serialize)]
struct Payments<'a> {
    captures: [CaptureView<'a>; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    refunds: Vec<RefundView<'a>>,
}

impl<'a> OrderView<'a> {
    /// The order as it is, with its capture and refunds where the extent wants them. `capture` may be newer than
    /// what the books hold.
    pub fn new(
        order: &'a Order,
        capture: Option<&'a Capture>,
        books: &'a PaypalBooks,
        origin: &str,
        extent: Extent,
    ) -> Self {
        let whole = extent == Extent::Whole;
        let capture = capture.or_else(|| books.captures.get(order.capture.as_ref()?));
        let payments = capture.map(|capture| Payments {
            captures: [CaptureView::new(capture, origin, false)],
            refunds: books
                .refunds_of(&capture.id)
                .map(|refund| RefundView::new(refund, capture, origin))
                .collect(),
        });
        let unit = || UnitView {
            reference_id: &order.names.reference_id,
            amount: whole.then(|| AmountText::of(order.amount, &order.currency)),
            description: order.description.as_deref().filter(|_| whole),
            custom_id: order.names.custom_id.as_deref().filter(|_| whole),
            invoice_id: order.names.invoice_id.as_deref().filter(|_| whole),
            items: order
                .items
                .iter()
                .filter(|_| whole)
                .map(|item| item_view(item, &order.currency))
                .collect(),
            payments,
        };
        let payer = order.payer.as_deref();
        Self {
            id: &order.id,
            intent: whole.then_some("CAPTURE"),
            status: order.status,
            payment_source: order.wallet.then_some(Source {
                paypal: Wallet {
                    email_address: payer,
                    account_id: payer.map(|_| PAYER),
                    account_status: payer.map(|_| "VERIFIED"),
                },
            }),
            purchase_units: (extent != Extent::Minimal).then(|| [unit()]),
            payer: payer
                .filter(|_| extent != Extent::Minimal)
                .map(|email_address| Payer {
                    email_address,
                    payer_id: PAYER,
                }),
            create_time: whole.then(|| moment(order.created)),
            update_time: whole.then(|| moment(order.updated)),
            links: order_links(order, origin),
        }
    }
}

fn order_links(order: &Order, origin: &str) -> Vec<Link> {
    let own = format!("{origin}/v2/checkout/orders/{}", order.id);
    let mut links = vec![link("self", "GET", own.clone())];
    match order.status {
        OrderStatus::Created | OrderStatus::PayerActionRequired => {
            let rel = if order.wallet {
                "payer-action"
            } else {
                "approve"
            };
            links.push(link(rel, "GET", page_url(origin, &order.id)));
        }
        OrderStatus::Approved => links.push(link("capture", "POST", format!("{own}/capture"))),
        OrderStatus::Completed => {}
    }
    links
}

fn item_view<'a>(item: &'a Item, currency: &str) -> ItemView<'a> {
    ItemView {
        name: &item.name,
        quantity: item.quantity.to_string(),
        unit_amount: AmountText::of(item.amount, currency),
    }
}
