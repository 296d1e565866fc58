//! What Stripe is told, as it wants to be told: form fields with nested keys.

use crate::payment::provider::{Attempt, Keep, ProviderError, Refund, Saved};
use domain::Money;

/// More lines than this can't be shown on Stripe's page.
const MOST_LINES: usize = 100;
/// Characters of a line's name.
const LONGEST_NAME: usize = 250;

/// The fields of `POST /v1/checkout/sessions`.
///
/// # Errors
/// [`ProviderError::Refused`] for an amount that Stripe can't charge.
pub(super) fn session(attempt: &Attempt) -> Result<Vec<(String, String)>, ProviderError> {
    let mut form = vec![
        field("mode", "payment"),
        field("client_reference_id", &attempt.number),
        field("locale", attempt.locale.code()),
        field("expires_at", attempt.expires_at.unix_timestamp()),
        field(
            "success_url",
            format!("{}?session_id={{CHECKOUT_SESSION_ID}}", attempt.return_url),
        ),
        field("cancel_url", &attempt.cancel_url),
    ];
    // A session belongs to a customer whom Stripe knows, or to an address.
    match &attempt.keep {
        Some(Keep {
            customer: Some(customer),
        }) => form.push(field("customer", customer)),
        Some(Keep { customer: None }) => {
            form.push(field("customer_email", &attempt.email));
            form.push(field("customer_creation", "always"));
        }
        None => form.push(field("customer_email", &attempt.email)),
    }
    if attempt.keep.is_some() {
        form.push(field(
            "payment_intent_data[setup_future_usage]",
            "off_session",
        ));
    }
    if let Some(method) = &attempt.method {
        form.push(field("payment_method_types[0]", method));
    }
    for prefix in ["", "payment_intent_data"] {
        let key = |name: &str| match prefix {
            "" => format!("metadata[{name}]"),
            prefix => format!("{prefix}[metadata][{name}]"),
        };
        form.push(field(key("attempt"), attempt.id));
        form.push(field(key("order"), attempt.order));
    }
    let one = [(format!("Order {}", attempt.number), attempt.amount)];
    let lines: Vec<(String, Money)> = attempt
        .charges
        .iter()
        .map(|charge| {
            (
                charge.name.chars().take(LONGEST_NAME).collect(),
                charge.amount,
            )
        })
        .collect();
    let itemised = (1..=MOST_LINES).contains(&lines.len())
        && lines.iter().all(|(_, amount)| units(*amount).is_ok());
    let lines = if itemised {
        lines.as_slice()
    } else {
        one.as_slice()
    };
    for (at, (name, amount)) in lines.iter().enumerate() {
        let key = |tail: &str| format!("line_items[{at}]{tail}");
        let currency = amount.currency.code().to_ascii_lowercase();
        form.push(field(key("[quantity]"), 1));
        form.push(field(key("[price_data][currency]"), currency));
        form.push(field(key("[price_data][unit_amount]"), units(*amount)?));
        form.push(field(key("[price_data][product_data][name]"), name));
    }
    Ok(form)
}

/// The fields of `POST /v1/payment_intents` for a charge while the shopper is away
/// (<https://docs.stripe.com/payments/save-during-payment#charge-saved-payment-method>).
///
/// # Errors
/// [`ProviderError::Refused`] for an amount that Stripe can't charge.
pub(super) fn charge(
    attempt: &Attempt,
    saved: &Saved,
) -> Result<Vec<(String, String)>, ProviderError> {
    Ok(vec![
        field("amount", units(attempt.amount)?),
        field(
            "currency",
            attempt.amount.currency.code().to_ascii_lowercase(),
        ),
        field("customer", &saved.customer),
        field("payment_method", &saved.method),
        field("off_session", true),
        field("confirm", true),
        // Where a bank would send the shopper back to; there is none, but Stripe wants to know.
        field("return_url", &attempt.cancel_url),
        field("description", format!("Order {}", attempt.number)),
        field("metadata[attempt]", attempt.id),
        field("metadata[order]", &attempt.number),
        field("metadata[number]", &attempt.number),
    ])
}

/// The fields of `POST /v1/refunds` of a Payment Intent.
///
/// # Errors
/// [`ProviderError::Refused`] for an amount that Stripe can't send back.
pub(super) fn refund(
    refund: &Refund,
    payment: &str,
) -> Result<Vec<(String, String)>, ProviderError> {
    Ok(vec![
        field("payment_intent", payment),
        field("amount", units(refund.amount)?),
        field("metadata[attempt]", refund.attempt),
    ])
}

fn field(name: impl Into<String>, value: impl ToString) -> (String, String) {
    (name.into(), value.to_string())
}

/// An amount in Stripe's units: the minor unit, of currencies without decimals the unit itself. Amounts of three decimals
/// must end in a zero (<https://docs.stripe.com/currencies#three-decimal>).
///
/// # Errors
/// [`ProviderError::Refused`].
pub(super) fn units(amount: Money) -> Result<i64, ProviderError> {
    let refuse = |why: &str| {
        Err(ProviderError::Refused(format!(
            "{}: {why}",
            amount.decimal()
        )))
    };
    if amount.minor <= 0 {
        return refuse("not an amount to charge");
    }
    if amount.currency.decimals() == 3 && amount.minor % 10 != 0 {
        return refuse("an amount of three decimals has to end in a zero");
    }
    Ok(amount.minor)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payment::provider::Charge;
    use domain::{AttemptId, Currency, Locale, OrderId};
    use time::macros::datetime;
    use uuid::Uuid;

    fn attempt(amount: Money, charges: Vec<(&str, i64)>) -> Attempt {
        Attempt {
            id: AttemptId(Uuid::from_u128(1)),
            order: OrderId(Uuid::from_u128(2)),
            number: "RI-7K3M-Q2XW".to_owned(),
            amount,
            email: "ada@example.com".to_owned(),
            locale: Locale::De,
            charges: charges
                .into_iter()
                .map(|(name, minor)| Charge {
                    name: name.to_owned(),
                    amount: Money::new(minor, amount.currency),
                })
                .collect(),
            expires_at: datetime!(2026-11-27 10:31 UTC),
            return_url: "https://rialto.example/de-eu/checkout/return".to_owned(),
            cancel_url: "https://rialto.example/de-eu/orders/RI-7K3M-Q2XW/t".to_owned(),
            method: None,
            keep: None,
        }
    }

    fn value<'a>(form: &'a [(String, String)], name: &str) -> Option<&'a str> {
        form.iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    #[test]
    fn tells_stripe_everything_it_needs() {
        let total = Money::new(5_290, Currency::Eur);
        let form = session(&attempt(
            total,
            vec![("2 × Calle mug", 4_800), ("Versand", 490)],
        ))
        .unwrap();
        for (name, expected) in [
            ("mode", "payment"),
            ("client_reference_id", "RI-7K3M-Q2XW"),
            ("customer_email", "ada@example.com"),
            ("locale", "de"),
            ("expires_at", "1795775460"),
            (
                "success_url",
                "https://rialto.example/de-eu/checkout/return?session_id={CHECKOUT_SESSION_ID}",
            ),
            (
                "cancel_url",
                "https://rialto.example/de-eu/orders/RI-7K3M-Q2XW/t",
            ),
            ("metadata[attempt]", "00000000-0000-0000-0000-000000000001"),
            (
                "payment_intent_data[metadata][order]",
                "00000000-0000-0000-0000-000000000002",
            ),
            ("line_items[0][price_data][currency]", "eur"),
            ("line_items[0][price_data][unit_amount]", "4800"),
            (
                "line_items[0][price_data][product_data][name]",
                "2 × Calle mug",
            ),
            ("line_items[0][quantity]", "1"),
            ("line_items[1][price_data][unit_amount]", "490"),
        ] {
            assert_eq!(value(&form, name), Some(expected), "{name}");
        }
        assert_eq!(value(&form, "line_items[2][quantity]"), None);
    }

    #[test]
    fn a_card_is_kept_for_a_customer_whom_stripe_knows_or_gets_to_know() {
        let mut one = attempt(Money::new(5_290, Currency::Eur), Vec::new());
        let usage = "payment_intent_data[setup_future_usage]";
        let form = session(&one).unwrap();
        for absent in [
            usage,
            "customer",
            "customer_creation",
            "payment_method_types[0]",
        ] {
            assert_eq!(value(&form, absent), None, "{absent}");
        }
        one.keep = Some(Keep { customer: None });
        one.method = Some("card".to_owned());
        let form = session(&one).unwrap();
        assert_eq!(value(&form, usage), Some("off_session"));
        assert_eq!(value(&form, "customer_creation"), Some("always"));
        assert_eq!(value(&form, "customer_email"), Some("ada@example.com"));
        assert_eq!(value(&form, "payment_method_types[0]"), Some("card"));
        let customer = Some("cus_1".to_owned());
        one.keep = Some(Keep { customer });
        let form = session(&one).unwrap();
        assert_eq!(value(&form, "customer"), Some("cus_1"));
        assert_eq!(
            value(&form, "customer_email"),
            None,
            "Stripe takes one of both"
        );
        assert_eq!(value(&form, "customer_creation"), None);
    }

    #[test]
    fn a_saved_card_is_charged_for_whom_it_belongs_to_and_named_by_order_and_attempt() {
        let one = attempt(Money::new(5_290, Currency::Eur), Vec::new());
        let saved = Saved {
            customer: "cus_1".to_owned(),
            method: "pm_1".to_owned(),
        };
        let form = charge(&one, &saved).unwrap();
        for (name, expected) in [
            ("amount", "5290"),
            ("currency", "eur"),
            ("customer", "cus_1"),
            ("payment_method", "pm_1"),
            ("off_session", "true"),
            ("confirm", "true"),
            ("metadata[attempt]", "00000000-0000-0000-0000-000000000001"),
            ("metadata[number]", "RI-7K3M-Q2XW"),
        ] {
            assert_eq!(value(&form, name), Some(expected), "{name}");
        }
    }

    #[test]
    fn what_can_not_be_itemised_is_one_line_of_the_whole_amount() {
        let total = Money::new(10_100, Currency::Eur);
        let many: Vec<_> = (0..101).map(|_| ("Hook", 100)).collect();
        for charges in [Vec::new(), many] {
            let form = session(&attempt(total, charges)).unwrap();
            assert_eq!(
                value(&form, "line_items[0][price_data][unit_amount]"),
                Some("10100")
            );
            assert_eq!(
                value(&form, "line_items[0][price_data][product_data][name]"),
                Some("Order RI-7K3M-Q2XW")
            );
            assert_eq!(value(&form, "line_items[1][quantity]"), None);
        }
    }

    #[test]
    fn amounts_are_in_stripes_units() {
        assert_eq!(units(Money::new(1_200, Currency::Jpy)), Ok(1_200));
        assert_eq!(units(Money::new(2_450, Currency::Eur)), Ok(2_450));
        assert_eq!(units(Money::new(5_120, Currency::Kwd)), Ok(5_120));
        for odd in [
            Money::new(5_124, Currency::Kwd),
            Money::new(0, Currency::Eur),
            Money::new(-1, Currency::Eur),
        ] {
            assert!(
                matches!(units(odd), Err(ProviderError::Refused(_))),
                "{odd:?}"
            );
        }
    }

    #[test]
    fn lines_that_stripe_could_not_charge_are_charged_together() {
        let total = Money::new(2_000, Currency::Kwd);
        let form = session(&attempt(total, vec![("Mug", 1_004), ("Bowl", 996)])).unwrap();
        assert_eq!(
            value(&form, "line_items[0][price_data][unit_amount]"),
            Some("2000")
        );
        assert_eq!(value(&form, "line_items[1][quantity]"), None);
    }
}
