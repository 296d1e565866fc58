//! What Stripe says.

use super::intent::PaymentIntent;
use crate::payment::provider::{Attempt, Notice, ProviderError, Report, Started, WebhookError};
use domain::payment::Outcome;
use domain::{AttemptId, Currency, Money};
use serde::Deserialize;
use serde_json::Value;
use std::collections::HashMap;

/// A Checkout Session: <https://docs.stripe.com/api/checkout/sessions/object>.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Session {
    id: String,
    url: Option<String>,
    /// `open`, `complete`, `expired`.
    status: Option<String>,
    /// `paid`, `unpaid`, `no_payment_required`.
    payment_status: String,
    amount_total: Option<i64>,
    currency: Option<String>,
    client_reference_id: Option<String>,
    #[serde(default)]
    metadata: Option<HashMap<String, String>>,
    payment_intent: Option<Intent>,
    #[serde(default)]
    customer: Option<String>,
}

/// A page of a list of sessions, the newest first: <https://docs.stripe.com/api/pagination>.
#[derive(Debug, Deserialize)]
pub(super) struct Sessions {
    data: Vec<Session>,
    pub(super) has_more: bool,
}

impl Sessions {
    /// The session that was opened for that attempt.
    pub(super) fn about(&self, attempt: AttemptId) -> Option<Session> {
        let mut sessions = self.data.iter();
        sessions
            .find(|session| session.attempt() == Some(attempt))
            .cloned()
    }

    /// The id of the oldest.
    pub(super) fn last(&self) -> Option<&str> {
        self.data.last().map(|session| session.id.as_str())
    }
}

/// A Payment Intent: its id, or all of it where it was asked for.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Intent {
    Id(String),
    Whole {
        id: String,
        status: String,
        #[serde(default)]
        payment_method: Option<String>,
    },
}

/// A refund: <https://docs.stripe.com/api/refunds/object>.
#[derive(Debug, Deserialize)]
pub(super) struct Refund {
    id: String,
    status: Option<String>,
}

impl Refund {
    /// # Errors
    /// [`ProviderError::Unknown`] for one that did not work out: it has to be tried again, or looked at.
    pub(super) fn accepted(&self) -> Result<(), ProviderError> {
        match self.status.as_deref() {
            Some("failed" | "canceled") => Err(ProviderError::Unknown(format!(
                "refund {} did not work out",
                self.id
            ))),
            _ => Ok(()),
        }
    }
}

impl Session {
    /// # Errors
    /// [`ProviderError::Unknown`] for a session that can't be the one asked for, or has no page.
    pub(super) fn started(self, attempt: &Attempt) -> Result<Started, ProviderError> {
        let amount = self.amount()?;
        if amount != attempt.amount {
            return Err(ProviderError::Unknown(format!(
                "session {} is about {} {}",
                self.id,
                amount.decimal(),
                amount.currency
            )));
        }
        match self.url {
            Some(redirect_url) => Ok(Started {
                reference: self.id,
                redirect_url,
            }),
            // The page is closed already: the reference is all that is needed to ask what became of it.
            None => Ok(Started {
                reference: self.id,
                redirect_url: attempt.cancel_url.clone(),
            }),
        }
    }

    /// # Errors
    /// [`ProviderError::Unknown`] for an answer that makes no sense.
    pub(super) fn report(self) -> Result<Report, ProviderError> {
        let amount = self.amount()?;
        let outcome = self.outcome();
        Ok(Report {
            reference: self.id,
            outcome,
            amount,
            redirect_url: self.url,
            approved: false,
        })
    }

    pub(super) fn payment_intent(&self) -> Option<&str> {
        self.payment_intent.as_ref().map(|intent| match intent {
            Intent::Id(id) | Intent::Whole { id, .. } => id.as_str(),
        })
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// Whose payment it was and what it was made with, where Stripe knows the customer. The Payment Intent has to be there
    /// whole.
    pub(super) fn paid_with(&self) -> Option<(&str, &str)> {
        let Some(Intent::Whole { payment_method, .. }) = &self.payment_intent else {
            return None;
        };
        self.customer.as_deref().zip(payment_method.as_deref())
    }

    fn outcome(&self) -> Outcome {
        match (self.payment_status.as_str(), self.status.as_deref()) {
            ("paid" | "no_payment_required", _) => Outcome::Captured,
            (_, Some("expired")) => Outcome::Failed,
            // Complete and not paid: money is on its way, unless the bank refused it meanwhile.
            (_, Some("complete")) => match &self.payment_intent {
                Some(Intent::Whole { status, .. })
                    if matches!(status.as_str(), "canceled" | "requires_payment_method") =>
                {
                    Outcome::Failed
                }
                _ => Outcome::Pending,
            },
            (_, Some("open")) => Outcome::Pending,
            _ => Outcome::Unknown,
        }
    }

    fn amount(&self) -> Result<Money, ProviderError> {
        let currency = self.currency.as_deref().unwrap_or_default();
        let currency: Currency = currency
            .parse()
            .map_err(|_| ProviderError::Unknown(format!("session {}: {currency:?}", self.id)))?;
        let units = self
            .amount_total
            .ok_or_else(|| ProviderError::Unknown(format!("session {} has no amount", self.id)))?;
        Ok(Money::new(units, currency))
    }
}

/// An event: <https://docs.stripe.com/api/events/object>.
#[derive(Deserialize)]
struct Event {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    data: EventData,
}

#[derive(Deserialize)]
struct EventData {
    object: Value,
}

/// Reads an event.
///
/// # Errors
/// [`WebhookError::Malformed`].
pub(super) fn notice(body: &Value) -> Result<Notice, WebhookError> {
    let event = Event::deserialize(body).map_err(|_| WebhookError::Malformed)?;
    let about = match event.kind.as_str() {
        "checkout.session.completed"
        | "checkout.session.expired"
        | "checkout.session.async_payment_succeeded"
        | "checkout.session.async_payment_failed" => {
            let session =
                Session::deserialize(event.data.object).map_err(|_| WebhookError::Malformed)?;
            let names = session.client_reference_id.clone().zip(session.attempt());
            let mut report = session.report().map_err(|_| WebhookError::Malformed)?;
            if event.kind.ends_with("async_payment_failed") {
                report.outcome = Outcome::Failed;
            }
            // Sessions that another system opened on the same account are none of ours.
            names.map(|(number, attempt)| (number, attempt, report))
        }
        // One that was declined is told by the answer to the charge: what follows it waits for that.
        "payment_intent.succeeded" => {
            let intent = PaymentIntent::deserialize(event.data.object)
                .map_err(|_| WebhookError::Malformed)?;
            let names = intent.charged();
            let report = intent.report().map_err(|_| WebhookError::Malformed)?;
            names.map(|(number, attempt)| (number, attempt, report))
        }
        _ => None,
    };
    Ok(Notice {
        event: event.id,
        about,
    })
}

impl Session {
    fn attempt(&self) -> Option<AttemptId> {
        self.metadata.as_ref()?.get("attempt")?.parse().ok()
    }
}

/// An error: <https://docs.stripe.com/api/errors>.
#[derive(Default, Deserialize)]
pub(super) struct Failure {
    #[serde(default)]
    error: FailureDetail,
}

#[derive(Default, Deserialize)]
struct FailureDetail {
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    message: String,
}

impl Failure {
    pub(super) fn read(body: &[u8]) -> Self {
        serde_json::from_slice(body).unwrap_or_default()
    }

    pub(super) fn is_idempotency_conflict(&self) -> bool {
        self.error.kind == "idempotency_error"
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.error.kind, self.error.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn session(change: Value) -> Value {
        let mut session = json!({
            "id": "cs_1", "url": "https://pay.example/cs_1", "status": "open", "payment_status": "unpaid",
            "amount_total": 5290, "currency": "eur", "client_reference_id": "RI-7K3M-Q2XW",
            "metadata": {"attempt": "00000000-0000-0000-0000-000000000001"}, "payment_intent": null,
        });
        for (key, value) in change.as_object().unwrap() {
            session[key] = value.clone();
        }
        session
    }

    fn outcome(change: Value) -> Outcome {
        let session: Session = serde_json::from_value(session(change)).unwrap();
        session.report().unwrap().outcome
    }

    #[test]
    fn reads_what_became_of_a_session() {
        assert_eq!(outcome(json!({})), Outcome::Pending);
        assert_eq!(
            outcome(json!({"status": "complete", "payment_status": "paid"})),
            Outcome::Captured
        );
        assert_eq!(outcome(json!({"status": "expired"})), Outcome::Failed);
        assert_eq!(
            outcome(json!({"status": "complete", "payment_intent": "pi_1"})),
            Outcome::Pending
        );
        let refused = json!({"status": "complete", "payment_intent": {"id": "pi_1", "status": "requires_payment_method"}});
        assert_eq!(outcome(refused), Outcome::Failed);
        assert_eq!(outcome(json!({"status": null})), Outcome::Unknown);
    }

    #[test]
    fn an_answer_without_amount_or_with_an_unknown_currency_is_no_answer() {
        for change in [
            json!({"amount_total": null}),
            json!({"currency": "xts"}),
            json!({"currency": null}),
        ] {
            let session: Session = serde_json::from_value(session(change)).unwrap();
            assert!(matches!(session.report(), Err(ProviderError::Unknown(_))));
        }
    }

    #[test]
    fn reads_events_about_sessions_and_passes_by_all_others() {
        let event = |kind: &str, object: Value| json!({"id": "evt_1", "type": kind, "data": {"object": object}});
        let paid = session(json!({"status": "complete", "payment_status": "paid"}));
        let read = notice(&event("checkout.session.completed", paid)).unwrap();
        let (number, attempt, report) = read.about.unwrap();
        assert_eq!(
            (read.event.as_str(), number.as_str()),
            ("evt_1", "RI-7K3M-Q2XW")
        );
        assert_eq!(attempt.to_string(), "00000000-0000-0000-0000-000000000001");
        assert_eq!(report.outcome, Outcome::Captured);
        assert_eq!(report.amount, Money::new(5_290, Currency::Eur));

        let failed = session(json!({"status": "complete"}));
        let read = notice(&event("checkout.session.async_payment_failed", failed)).unwrap();
        assert_eq!(read.about.unwrap().2.outcome, Outcome::Failed);

        let other = notice(&event("invoice.paid", json!({}))).unwrap();
        assert_eq!(other.about, None);
        let foreign = session(json!({"client_reference_id": null}));
        assert_eq!(
            notice(&event("checkout.session.completed", foreign))
                .unwrap()
                .about,
            None
        );
        assert_eq!(
            notice(&json!({"id": "evt_1"})),
            Err(WebhookError::Malformed)
        );
        assert_eq!(
            notice(&event("checkout.session.completed", json!({}))),
            Err(WebhookError::Malformed)
        );
    }
}
