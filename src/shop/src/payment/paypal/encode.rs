//! What PayPal is told: amounts as decimal texts in major units.

use crate::payment::provider::{Attempt, ProviderError, Refund};
use domain::{Currency, Locale, Money};
use serde_json::{Value, json};

/// The body of `POST /v2/checkout/orders`. The order's number is the invoice's: PayPal takes no second payment for one
/// invoice, whichever attempt it is made by.
///
/// # Errors
/// [`ProviderError::Refused`] for an amount that PayPal can't charge.
pub(super) fn order(attempt: &Attempt) -> Result<Value, ProviderError> {
    let locale = match attempt.locale {
        Locale::En => "en-US",
        Locale::De => "de-DE",
    };
    Ok(json!({
        "intent": "CAPTURE",
        "purchase_units": [{
            "reference_id": attempt.number,
            "custom_id": attempt.id,
            "invoice_id": attempt.number,
            "amount": amount(attempt.amount)?,
        }],
        "payment_source": { "paypal": {
            "email_address": attempt.email,
            "experience_context": {
                "locale": locale,
                "user_action": "PAY_NOW",
                "shipping_preference": "NO_SHIPPING",
                "return_url": format!("{}?provider=paypal", attempt.return_url),
                "cancel_url": attempt.cancel_url,
            },
        } },
    }))
}

/// The body of `POST /v2/payments/captures/{id}/refund`.
///
/// # Errors
/// [`ProviderError::Refused`] for an amount that can't go back.
pub(super) fn refund(refund: &Refund) -> Result<Value, ProviderError> {
    Ok(json!({ "amount": amount(refund.amount)?, "custom_id": refund.attempt }))
}

fn amount(amount: Money) -> Result<Value, ProviderError> {
    Ok(json!({ "currency_code": amount.currency, "value": value(amount)? }))
}

/// An amount as PayPal writes it: `12.34`, `1234` yen (<https://developer.paypal.com/api/rest/reference/currency-codes/>).
///
/// # Errors
/// [`ProviderError::Refused`] for a currency that PayPal does not take, or nothing to charge.
pub(super) fn value(amount: Money) -> Result<String, ProviderError> {
    if !is_taken(amount.currency) {
        return Err(ProviderError::Refused(format!(
            "PayPal takes no payments in {}",
            amount.currency
        )));
    }
    if amount.minor <= 0 {
        return Err(ProviderError::Refused(format!(
            "{}: not an amount to charge",
            amount.decimal()
        )));
    }
    Ok(amount.decimal())
}

/// PayPal takes no currency of three decimals.
const fn is_taken(currency: Currency) -> bool {
    match currency {
        Currency::Eur | Currency::Usd | Currency::Gbp | Currency::Chf | Currency::Jpy => true,
        Currency::Kwd => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payment::paypal::tests::attempt;
    use domain::{AttemptId, RefundId};
    use uuid::Uuid;

    #[test]
    fn an_order_as_paypal_wants_it() {
        let body = order(&attempt(Money::new(5_290, Currency::Eur))).unwrap();
        let golden = json!({
            "intent": "CAPTURE",
            "purchase_units": [{
                "reference_id": "RI-7K3M-Q2XW",
                "custom_id": "00000000-0000-0000-0000-000000000001",
                "invoice_id": "RI-7K3M-Q2XW",
                "amount": { "currency_code": "EUR", "value": "52.90" },
            }],
            "payment_source": { "paypal": {
                "email_address": "ada@example.com",
                "experience_context": {
                    "locale": "de-DE",
                    "user_action": "PAY_NOW",
                    "shipping_preference": "NO_SHIPPING",
                    "return_url": "https://rialto.example/de-eu/checkout/return?provider=paypal",
                    "cancel_url": "https://rialto.example/de-eu/orders/RI-7K3M-Q2XW/t",
                },
            } },
        });
        assert_eq!(body, golden);
    }

    #[test]
    fn a_refund_as_paypal_wants_it() {
        let body = refund(&Refund {
            id: RefundId(Uuid::from_u128(3)),
            attempt: AttemptId(Uuid::from_u128(1)),
            reference: "5O190127TN364715T".to_owned(),
            amount: Money::new(1_200, Currency::Jpy),
        });
        let golden = json!({
            "amount": { "currency_code": "JPY", "value": "1200" },
            "custom_id": "00000000-0000-0000-0000-000000000001",
        });
        assert_eq!(body.unwrap(), golden);
    }

    #[test]
    fn amounts_are_in_paypals_units() {
        for (minor, currency, expected) in [
            (1_200, Currency::Jpy, "1200"),
            (1, Currency::Jpy, "1"),
            (2_450, Currency::Eur, "24.50"),
            (5, Currency::Usd, "0.05"),
            (100, Currency::Chf, "1.00"),
            (99, Currency::Gbp, "0.99"),
        ] {
            assert_eq!(value(Money::new(minor, currency)).unwrap(), expected);
        }
    }

    #[test]
    fn what_paypal_can_not_charge_is_refused_by_name() {
        let refused = |minor, currency| match value(Money::new(minor, currency)) {
            Err(ProviderError::Refused(why)) => why,
            other => panic!("not refused: {other:?}"),
        };
        assert_eq!(
            refused(5_120, Currency::Kwd),
            "PayPal takes no payments in KWD"
        );
        assert!(refused(0, Currency::Eur).contains("not an amount"));
        assert!(refused(-1, Currency::Jpy).contains("not an amount"));
    }
}
