//! What PayPal says.

use crate::payment::provider::{Attempt, Notice, ProviderError, Report, Started, WebhookError};
use domain::payment::Outcome;
use domain::{AttemptId, Currency, Money};
use serde::Deserialize;
use serde_json::Value;

/// An order: <https://developer.paypal.com/docs/api/orders/v2/#orders_get>.
#[derive(Debug, Deserialize)]
pub(super) struct Order {
    id: String,
    /// `CREATED`, `SAVED`, `PAYER_ACTION_REQUIRED`, `APPROVED`, `COMPLETED`, `VOIDED`.
    status: String,
    #[serde(default)]
    purchase_units: Vec<Unit>,
    #[serde(default)]
    links: Vec<Link>,
}

#[derive(Debug, Deserialize)]
struct Unit {
    amount: Option<Amount>,
    custom_id: Option<String>,
    invoice_id: Option<String>,
    #[serde(default)]
    payments: Payments,
}

#[derive(Debug, Default, Deserialize)]
struct Payments {
    #[serde(default)]
    captures: Vec<Capture>,
}

/// A capture: <https://developer.paypal.com/docs/api/payments/v2/#captures_get>.
#[derive(Debug, Deserialize)]
struct Capture {
    id: String,
    /// `COMPLETED`, `PENDING`, `DECLINED`, `FAILED`, `PARTIALLY_REFUNDED`, `REFUNDED`.
    status: String,
    amount: Option<Amount>,
    custom_id: Option<String>,
    invoice_id: Option<String>,
    supplementary_data: Option<Supplement>,
}

#[derive(Debug, Deserialize)]
struct Supplement {
    related_ids: Option<Related>,
}

#[derive(Debug, Deserialize)]
struct Related {
    order_id: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Amount {
    currency_code: String,
    value: String,
}

#[derive(Debug, Deserialize)]
struct Link {
    href: String,
    rel: String,
}

impl Amount {
    fn read(&self) -> Option<Money> {
        let currency: Currency = self.currency_code.parse().ok()?;
        let text = match currency.decimals() {
            // Some of PayPal's answers write whole yen as `1200.00`.
            0 => self
                .value
                .trim_end_matches('0')
                .strip_suffix('.')
                .unwrap_or(&self.value),
            _ => &self.value,
        };
        Money::parse(text, currency).ok()
    }
}

impl Capture {
    fn outcome(&self) -> Outcome {
        match self.status.as_str() {
            "COMPLETED" | "PARTIALLY_REFUNDED" | "REFUNDED" => Outcome::Captured,
            "PENDING" => Outcome::Pending,
            "DECLINED" | "FAILED" => Outcome::Failed,
            _ => Outcome::Unknown,
        }
    }
}

impl Order {
    /// # Errors
    /// [`ProviderError::Unknown`] for an order that can't be the one asked for, or has no page.
    pub(super) fn started(self, attempt: &Attempt) -> Result<Started, ProviderError> {
        // A short answer leaves the amount out; one that is there must be the one asked for.
        let amount = self.unit().and_then(|unit| unit.amount.as_ref());
        if amount.is_some_and(|amount| amount.read() != Some(attempt.amount)) {
            return Err(ProviderError::Unknown(format!(
                "order {} is about something else",
                self.id
            )));
        }
        let redirect_url = match self.page() {
            Some(page) => page,
            // Approved or captured before: the reference is all that is needed to ask.
            None if matches!(self.status.as_str(), "APPROVED" | "COMPLETED") => {
                attempt.cancel_url.clone()
            }
            None => {
                let why = format!("order {} has no page", self.id);
                return Err(ProviderError::Unknown(why));
            }
        };
        Ok(Started {
            reference: self.id,
            redirect_url,
        })
    }

    /// # Errors
    /// [`ProviderError::Unknown`] for an answer that makes no sense.
    pub(super) fn report(self) -> Result<Report, ProviderError> {
        let senseless = |what: &str| ProviderError::Unknown(format!("order {}: {what}", self.id));
        let unit = self.unit().ok_or_else(|| senseless("no purchase unit"))?;
        let capture = self.last_capture();
        let amount = capture
            .and_then(|capture| capture.amount.as_ref())
            .or(unit.amount.as_ref())
            .and_then(Amount::read)
            .ok_or_else(|| senseless("no amount"))?;
        let outcome = match (capture.map(Capture::outcome), self.status.as_str()) {
            (Some(outcome @ (Outcome::Captured | Outcome::Pending)), _) => outcome,
            (Some(Outcome::Failed), "COMPLETED" | "VOIDED") | (None, "VOIDED") => Outcome::Failed,
            (_, "CREATED" | "SAVED" | "PAYER_ACTION_REQUIRED" | "APPROVED") => Outcome::Pending,
            _ => Outcome::Unknown,
        };
        let approved = outcome == Outcome::Pending && self.status == "APPROVED";
        let redirect_url = match outcome {
            Outcome::Pending => self.page(),
            _ => None,
        };
        Ok(Report {
            outcome,
            amount,
            redirect_url,
            approved,
            reference: self.id,
        })
    }

    /// Money is on its way.
    pub(super) fn is_being_captured(&self) -> bool {
        self.captures()
            .any(|capture| capture.outcome() == Outcome::Pending)
    }

    /// The id of the capture that took the money.
    pub(super) fn captured(&self) -> Option<&str> {
        let mut captures = self.captures();
        captures
            .find(|capture| capture.outcome() == Outcome::Captured)
            .map(|capture| capture.id.as_str())
    }

    /// The capture that decides: one that took the money, one that may, the last one.
    fn last_capture(&self) -> Option<&Capture> {
        self.captures()
            .enumerate()
            .max_by_key(|(at, capture)| {
                let weight = match capture.outcome() {
                    Outcome::Captured => 2,
                    Outcome::Pending => 1,
                    Outcome::Failed | Outcome::Unknown => 0,
                };
                (weight, *at)
            })
            .map(|(_, capture)| capture)
    }

    fn captures(&self) -> impl Iterator<Item = &Capture> {
        self.purchase_units
            .iter()
            .flat_map(|unit| &unit.payments.captures)
    }

    fn unit(&self) -> Option<&Unit> {
        self.purchase_units.first()
    }

    /// Where the shopper agrees to pay.
    fn page(&self) -> Option<String> {
        let mut links = self.links.iter();
        links
            .find(|link| matches!(link.rel.as_str(), "payer-action" | "approve"))
            .map(|link| link.href.clone())
    }
}

/// A refund: <https://developer.paypal.com/docs/api/payments/v2/#captures_refund>.
#[derive(Debug, Deserialize)]
pub(super) struct Refund {
    id: String,
    #[serde(default)]
    status: String,
}

impl Refund {
    /// # Errors
    /// [`ProviderError::Unknown`] for one that did not work out: it has to be tried again, or looked at.
    pub(super) fn accepted(&self) -> Result<(), ProviderError> {
        match self.status.as_str() {
            "FAILED" | "CANCELLED" => Err(ProviderError::Unknown(format!(
                "refund {} did not work out",
                self.id
            ))),
            _ => Ok(()),
        }
    }
}

/// A webhook's event: <https://developer.paypal.com/api/rest/webhooks/event-names/>.
#[derive(Deserialize)]
struct Event {
    id: String,
    event_type: String,
    resource: Value,
}

/// Reads an event.
///
/// # Errors
/// [`WebhookError::Malformed`].
pub(super) fn notice(body: &Value) -> Result<Notice, WebhookError> {
    let event = Event::deserialize(body).map_err(|_| WebhookError::Malformed)?;
    if event.id.is_empty() || event.id.len() > 255 {
        return Err(WebhookError::Malformed);
    }
    let about = match event.event_type.as_str() {
        "CHECKOUT.ORDER.APPROVED" => about_order(event.resource)?,
        "PAYMENT.CAPTURE.COMPLETED"
        | "PAYMENT.CAPTURE.PENDING"
        | "PAYMENT.CAPTURE.DENIED"
        | "PAYMENT.CAPTURE.DECLINED" => about_capture(event.resource)?,
        _ => None,
    };
    Ok(Notice {
        event: event.id,
        about,
    })
}

type About = Option<(String, AttemptId, Report)>;

fn about_order(resource: Value) -> Result<About, WebhookError> {
    let order = Order::deserialize(resource).map_err(|_| WebhookError::Malformed)?;
    let names = order
        .unit()
        .and_then(|unit| names(unit.invoice_id.as_deref(), unit.custom_id.as_deref()));
    let report = order.report().map_err(|_| WebhookError::Malformed)?;
    // Orders that another system opened on the same account are none of ours.
    Ok(names.map(|(number, attempt)| (number, attempt, report)))
}

fn about_capture(resource: Value) -> Result<About, WebhookError> {
    let capture = Capture::deserialize(resource).map_err(|_| WebhookError::Malformed)?;
    let names = names(capture.invoice_id.as_deref(), capture.custom_id.as_deref());
    let related = capture.supplementary_data.as_ref();
    let related = related.and_then(|data| data.related_ids.as_ref());
    let reference = related.and_then(|ids| ids.order_id.clone());
    let (Some((number, attempt)), Some(reference)) = (names, reference) else {
        return Ok(None);
    };
    let amount = capture.amount.as_ref().and_then(Amount::read);
    let report = Report {
        reference,
        outcome: capture.outcome(),
        amount: amount.ok_or(WebhookError::Malformed)?,
        redirect_url: None,
        approved: false,
    };
    Ok(Some((number, attempt, report)))
}

/// The order's number and its attempt.
fn names(invoice: Option<&str>, custom: Option<&str>) -> Option<(String, AttemptId)> {
    Some((invoice?.to_owned(), custom?.parse().ok()?))
}

/// An error: <https://developer.paypal.com/api/rest/responses/#link-failedrequests>.
#[derive(Default, Deserialize)]
pub(super) struct Failure {
    #[serde(default)]
    name: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    details: Vec<Detail>,
}

#[derive(Deserialize)]
struct Detail {
    #[serde(default)]
    issue: String,
}

impl Failure {
    pub(super) fn read(body: &[u8]) -> Self {
        serde_json::from_slice(body).unwrap_or_default()
    }

    /// The shopper has not agreed yet, or has to do something more: nothing has failed.
    pub(super) fn wants_the_payer(&self) -> bool {
        let issues = ["ORDER_NOT_APPROVED", "PAYER_ACTION_REQUIRED"];
        self.details
            .iter()
            .any(|detail| issues.contains(&detail.issue.as_str()))
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.name, self.message)?;
        for detail in &self.details {
            write!(f, " {}", detail.issue)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payment::paypal::tests::{ATTEMPT, attempt, captured, eur, order};
    use serde_json::json;

    fn report(status: &str, captures: Value) -> Report {
        let order: Order = serde_json::from_value(order(status, captures)).unwrap();
        order.report().unwrap()
    }

    #[test]
    fn a_new_order_leads_to_its_page() {
        let answer: Order =
            serde_json::from_value(order("PAYER_ACTION_REQUIRED", json!([]))).unwrap();
        let started = answer.started(&attempt(eur(5_290))).unwrap();
        assert_eq!(started.reference, "5O190127TN364715T");
        assert_eq!(
            started.redirect_url,
            "https://www.paypal.com/checkoutnow?token=5O190127TN364715T"
        );
        let other: Order =
            serde_json::from_value(order("PAYER_ACTION_REQUIRED", json!([]))).unwrap();
        assert!(matches!(
            other.started(&attempt(eur(5_291))),
            Err(ProviderError::Unknown(_))
        ));
        let short: Order = serde_json::from_value(json!({
            "id": "5O1", "status": "PAYER_ACTION_REQUIRED",
            "links": [{ "href": "https://www.paypal.com/x", "rel": "payer-action", "method": "GET" }],
        }))
        .unwrap();
        assert!(short.started(&attempt(eur(5_290))).is_ok());
        let pageless: Order =
            serde_json::from_value(json!({ "id": "5O1", "status": "CREATED" })).unwrap();
        assert!(pageless.started(&attempt(eur(5_290))).is_err());
    }

    #[test]
    fn reads_what_became_of_an_order() {
        let none = || json!([]);
        let with = |status: &str| json!([captured(status, "52.90")]);
        for (status, captures, outcome, approved) in [
            ("CREATED", none(), Outcome::Pending, false),
            ("PAYER_ACTION_REQUIRED", none(), Outcome::Pending, false),
            ("APPROVED", none(), Outcome::Pending, true),
            ("APPROVED", with("DECLINED"), Outcome::Pending, true),
            ("COMPLETED", with("COMPLETED"), Outcome::Captured, false),
            ("COMPLETED", with("REFUNDED"), Outcome::Captured, false),
            ("COMPLETED", with("PENDING"), Outcome::Pending, false),
            ("COMPLETED", with("DECLINED"), Outcome::Failed, false),
            ("VOIDED", none(), Outcome::Failed, false),
            ("COMPLETED", none(), Outcome::Unknown, false),
            ("WHAT", none(), Outcome::Unknown, false),
        ] {
            let report = report(status, captures.clone());
            assert_eq!(
                (report.outcome, report.approved, report.amount),
                (outcome, approved, eur(5_290)),
                "{status} {captures}"
            );
        }
        let both = json!([captured("COMPLETED", "52.90"), captured("DECLINED", "1.00")]);
        assert_eq!(report("COMPLETED", both).outcome, Outcome::Captured);
    }

    #[test]
    fn the_amount_is_what_was_captured() {
        let report = report("COMPLETED", json!([captured("COMPLETED", "52.89")]));
        assert_eq!(report.amount, eur(5_289));
        let yen = |value: &str| {
            Amount {
                currency_code: "JPY".to_owned(),
                value: value.to_owned(),
            }
            .read()
        };
        for text in ["1200", "1200.00", "1200.0"] {
            assert_eq!(yen(text), Some(Money::new(1_200, Currency::Jpy)), "{text}");
        }
        assert_eq!(yen("1200.50"), None);
        assert_eq!(yen("1e3"), None);
    }

    #[test]
    fn reads_events_about_its_orders_and_passes_by_all_others() {
        let event = |kind: &str, resource: Value| json!({ "id": "WH-1", "event_type": kind, "resource": resource });
        let approved = event("CHECKOUT.ORDER.APPROVED", order("APPROVED", json!([])));
        let read = notice(&approved).unwrap();
        let (number, named, report) = read.about.unwrap();
        assert_eq!(
            (read.event.as_str(), number.as_str()),
            ("WH-1", "RI-7K3M-Q2XW")
        );
        assert_eq!(named.to_string(), ATTEMPT);
        assert!(report.approved);

        for (kind, status, outcome) in [
            ("PAYMENT.CAPTURE.COMPLETED", "COMPLETED", Outcome::Captured),
            ("PAYMENT.CAPTURE.PENDING", "PENDING", Outcome::Pending),
            ("PAYMENT.CAPTURE.DENIED", "DECLINED", Outcome::Failed),
        ] {
            let read = notice(&event(kind, captured(status, "52.90"))).unwrap();
            let (number, _, report) = read.about.unwrap();
            assert_eq!(number, "RI-7K3M-Q2XW");
            assert_eq!(
                (report.outcome, report.amount, report.reference.as_str()),
                (outcome, eur(5_290), "5O190127TN364715T")
            );
        }
        for other in [
            event("PAYMENT.CAPTURE.REFUNDED", json!({ "id": "1" })),
            event("CUSTOMER.DISPUTE.CREATED", json!({})),
        ] {
            assert_eq!(notice(&other).unwrap().about, None);
        }
        let mut foreign = captured("COMPLETED", "52.90");
        foreign["custom_id"] = json!("another system's");
        let foreign = event("PAYMENT.CAPTURE.COMPLETED", foreign);
        assert_eq!(notice(&foreign).unwrap().about, None);
    }

    #[test]
    fn what_is_no_event_is_malformed() {
        let mut strange = captured("COMPLETED", "fifty");
        for body in [
            json!({}),
            json!({ "id": "WH-1", "event_type": "PAYMENT.CAPTURE.COMPLETED" }),
            json!({ "id": "", "event_type": "X", "resource": {} }),
            json!({ "id": "WH-1", "event_type": "PAYMENT.CAPTURE.COMPLETED", "resource": strange.take() }),
            json!({ "id": "WH-1", "event_type": "CHECKOUT.ORDER.APPROVED", "resource": { "id": "1", "status": "APPROVED" } }),
        ] {
            assert_eq!(notice(&body), Err(WebhookError::Malformed), "{body}");
        }
    }

    #[test]
    fn a_failure_says_whether_the_shopper_is_wanted() {
        let failure = |issue: &str| {
            let body = json!({ "name": "UNPROCESSABLE_ENTITY", "message": "no", "details": [{ "issue": issue }] });
            Failure::read(&serde_json::to_vec(&body).unwrap())
        };
        assert!(failure("ORDER_NOT_APPROVED").wants_the_payer());
        assert!(failure("PAYER_ACTION_REQUIRED").wants_the_payer());
        assert!(!failure("INSTRUMENT_DECLINED").wants_the_payer());
        assert!(!Failure::read(b"<html>").wants_the_payer());
        assert_eq!(
            failure("INSTRUMENT_DECLINED").to_string(),
            "UNPROCESSABLE_ENTITY no INSTRUMENT_DECLINED"
        );
    }

    #[test]
    fn a_refund_that_did_not_work_out_is_not_done() {
        let refund = |status: &str| {
            let body = json!({ "id": "1JU08902781691411", "status": status });
            serde_json::from_value::<Refund>(body).unwrap().accepted()
        };
        assert!(refund("COMPLETED").is_ok());
        assert!(refund("PENDING").is_ok());
        assert!(refund("FAILED").is_err());
        assert!(refund("CANCELLED").is_err());
    }
}
