//! Captures and refunds as the API shows them.

use serde::Serialize;

use super::{AmountText, Link, link, moment};
use crate::store::model::paypal::{Capture, CaptureStatus, Refund};

#[derive(Serialize)]
pub struct CaptureView<'a> {
    id: &'a str,
    status: CaptureStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_details: Option<Reason>,
    amount: AmountText,
    final_capture: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    invoice_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    supplementary_data: Option<Related<'a>>,
    links: Vec<Link>,
    create_time: String,
    update_time: String,
}

#[derive(Serialize)]
struct Reason {
    reason: &'static str,
}

#[derive(Serialize)]
struct Related<'a> {
    related_ids: RelatedIds<'a>,
}

#[derive(Serialize)]
struct RelatedIds<'a> {
    order_id: &'a str,
}

impl<'a> CaptureView<'a> {
    /// The capture as it is; `related` names its order, which inside an order is not said.
    pub fn new(capture: &'a Capture, origin: &str, related: bool) -> Self {
        let own = format!("{origin}/v2/payments/captures/{}", capture.id);
        let reason = match capture.status {
            CaptureStatus::Pending => Some("PENDING_REVIEW"),
            CaptureStatus::Declined => Some("DECLINED_BY_RISK_FRAUD_FILTERS"),
            _ => None,
        };
        Self {
            id: &capture.id,
            status: capture.status,
            status_details: reason.map(|reason| Reason { reason }),
            amount: AmountText::of(capture.amount, &capture.currency),
            final_capture: true,
            custom_id: capture.names.custom_id.as_deref(),
            invoice_id: capture.names.invoice_id.as_deref(),
            supplementary_data: related.then_some(Related {
                related_ids: RelatedIds {
                    order_id: &capture.order,
                },
            }),
            links: vec![
                link("self", "GET", own.clone()),
                link("refund", "POST", format!("{own}/refund")),
                link(
                    "up",
                    "GET",
                    format!("{origin}/v2/checkout/orders/{}", capture.order),
                ),
            ],
            create_time: moment(capture.created),
            update_time: moment(capture.updated),
        }
    }
}

#[derive(Serialize)]
pub struct RefundView<'a> {
    id: &'a str,
    status: &'static str,
    amount: AmountText,
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    invoice_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note_to_payer: Option<&'a str>,
    seller_payable_breakdown: Breakdown,
    links: [Link; 2],
    create_time: String,
    update_time: String,
}

#[derive(Serialize)]
struct Breakdown {
    gross_amount: AmountText,
    total_refunded_amount: AmountText,
}

impl<'a> RefundView<'a> {
    /// The refund as it is, and how much of its capture has gone back in all.
    pub fn new(refund: &'a Refund, capture: &Capture, origin: &str) -> Self {
        Self {
            id: &refund.id,
            status: "COMPLETED",
            amount: AmountText::of(refund.amount, &refund.currency),
            custom_id: refund.custom_id.as_deref(),
            invoice_id: refund.invoice_id.as_deref(),
            note_to_payer: refund.note.as_deref(),
            seller_payable_breakdown: Breakdown {
                gross_amount: AmountText::of(refund.amount, &refund.currency),
                total_refunded_amount: AmountText::of(capture.refunded, &refund.currency),
            },
            links: [
                link(
                    "self",
                    "GET",
                    format!("{origin}/v2/payments/refunds/{}", refund.id),
                ),
                link(
                    "up",
                    "GET",
                    format!("{origin}/v2/payments/captures/{}", refund.capture),
                ),
            ],
            create_time: moment(refund.created),
            update_time: moment(refund.created),
        }
    }
}

/// A refund when only what is new is asked for.
#[derive(Serialize)]
pub struct BriefRefund<'a> {
    id: &'a str,
    status: &'static str,
    links: [Link; 2],
}

impl<'a> From<RefundView<'a>> for BriefRefund<'a> {
    fn from(view: RefundView<'a>) -> Self {
        Self {
            id: view.id,
            status: view.status,
            links: view.links,
        }
    }
}
