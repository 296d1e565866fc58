//! Payment Intents that charge a saved means of payment, and what was saved
//! (<https://docs.stripe.com/payments/save-during-payment>).

use crate::payment::provider::{Kept, ProviderError, Report, Saved};
use domain::customer::MethodLabel;
use domain::payment::Outcome;
use domain::{AttemptId, Currency, Money};
use serde::Deserialize;
use std::collections::HashMap;

/// A Payment Intent: <https://docs.stripe.com/api/payment_intents/object>.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct PaymentIntent {
    id: String,
    status: String,
    amount: i64,
    currency: String,
    #[serde(default)]
    metadata: Option<HashMap<String, String>>,
}

/// A page of a list of them, the newest first.
#[derive(Debug, Deserialize)]
pub(super) struct PaymentIntents {
    data: Vec<PaymentIntent>,
    pub(super) has_more: bool,
}

impl PaymentIntents {
    /// The one that charged for that attempt.
    pub(super) fn about(&self, attempt: AttemptId) -> Option<PaymentIntent> {
        let mut intents = self.data.iter();
        intents
            .find(|intent| intent.charged().is_some_and(|(_, of)| of == attempt))
            .cloned()
    }

    /// The id of the oldest.
    pub(super) fn last(&self) -> Option<&str> {
        self.data.last().map(|intent| intent.id.as_str())
    }
}

impl PaymentIntent {
    /// The order's number and the attempt, of one that the shop made itself. Those of Checkout Sessions are told by their
    /// sessions: one of theirs that was declined may be tried again on the same page.
    pub(super) fn charged(&self) -> Option<(String, AttemptId)> {
        let label = |name: &str| self.metadata.as_ref()?.get(name).map(String::as_str);
        Some((label("number")?.to_owned(), label("attempt")?.parse().ok()?))
    }

    /// # Errors
    /// [`ProviderError::Unknown`] for a currency that nobody knows.
    pub(super) fn report(self) -> Result<Report, ProviderError> {
        let currency: Currency = self.currency.parse().map_err(|_| {
            ProviderError::Unknown(format!("payment {}: {:?}", self.id, self.currency))
        })?;
        Ok(Report {
            outcome: self.outcome(),
            amount: Money::new(self.amount, currency),
            reference: self.id,
            redirect_url: None,
            approved: false,
        })
    }

    fn outcome(&self) -> Outcome {
        match self.status.as_str() {
            "succeeded" => Outcome::Captured,
            "processing" => Outcome::Pending,
            // Whoever could confirm it once more is the shop, and it won't.
            "requires_payment_method"
            | "requires_action"
            | "requires_confirmation"
            | "canceled" => Outcome::Failed,
            _ => Outcome::Unknown,
        }
    }
}

/// The saved cards of a customer: <https://docs.stripe.com/api/payment_methods/customer_list>.
#[derive(Debug, Deserialize)]
pub(super) struct Methods {
    data: Vec<Method>,
}

#[derive(Debug, Deserialize)]
struct Method {
    id: String,
    card: Option<Card>,
}

#[derive(Debug, Deserialize)]
struct Card {
    brand: String,
    last4: String,
}

impl Methods {
    /// The one of that id, with what people call it; None for what has no card, or none that can be named.
    pub(super) fn kept(self, customer: &str, method: &str) -> Option<Kept> {
        let found = self.data.into_iter().find(|one| one.id == method)?;
        let card = found.card?;
        let mut brand = card.brand.chars();
        let brand: String = brand
            .next()
            .map(|first| first.to_uppercase().chain(brand).collect())
            .unwrap_or_default();
        let label = MethodLabel::parse(&format!("{brand}, ending in {}", card.last4)).ok()?;
        Some(Kept {
            saved: Saved {
                customer: customer.to_owned(),
                method: found.id,
            },
            label,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn intent(status: &str) -> PaymentIntent {
        let metadata =
            json!({"attempt": "00000000-0000-0000-0000-000000000001", "number": "RI-7K3M-Q2XW"});
        serde_json::from_value(json!({
            "id": "pi_1", "status": status, "amount": 5290, "currency": "eur", "metadata": metadata,
        }))
        .unwrap()
    }

    #[test]
    fn reads_what_became_of_a_charge() {
        for (status, outcome) in [
            ("succeeded", Outcome::Captured),
            ("processing", Outcome::Pending),
            ("requires_payment_method", Outcome::Failed),
            ("requires_action", Outcome::Failed),
            ("canceled", Outcome::Failed),
            ("something_new", Outcome::Unknown),
        ] {
            let report = intent(status).report().unwrap();
            assert_eq!(report.outcome, outcome, "{status}");
            assert_eq!(report.amount, Money::new(5_290, Currency::Eur));
        }
        let mut foreign = intent("succeeded");
        foreign.currency = "xts".to_owned();
        assert!(matches!(foreign.report(), Err(ProviderError::Unknown(_))));
    }

    #[test]
    fn intents_of_sessions_are_none_of_the_shop_s_charges() {
        let mut of_a_session = intent("succeeded");
        assert!(of_a_session.charged().is_some());
        of_a_session
            .metadata
            .as_mut()
            .map(|labels| labels.remove("number"));
        assert_eq!(of_a_session.charged(), None);
    }

    #[test]
    fn a_kept_card_is_called_by_its_brand_and_ending() {
        let list = json!({"data": [
            {"id": "pm_1", "card": {"brand": "visa", "last4": "4242"}},
            {"id": "pm_2", "card": null},
        ]});
        let methods = || serde_json::from_value::<Methods>(list.clone()).unwrap();
        let kept = methods().kept("cus_1", "pm_1").unwrap();
        assert_eq!(kept.label.as_str(), "Visa, ending in 4242");
        assert_eq!(
            (kept.saved.customer, kept.saved.method),
            ("cus_1".to_owned(), "pm_1".to_owned())
        );
        assert!(methods().kept("cus_1", "pm_2").is_none());
        assert!(methods().kept("cus_1", "pm_3").is_none());
    }
}
