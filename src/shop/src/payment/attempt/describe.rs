//! An attempt as its provider is told of it.

use super::Facts;
use crate::payment::provider::{Attempt, Charge, Keep};
use crate::{Shop, text};
use domain::Money;
use domain::link::Links;
use domain::pricing::TaxMode;

/// What a provider is told of an attempt. `keep`: what it needs to keep the means of payment.
pub(in crate::payment) fn describe(shop: &Shop, facts: &Facts<'_>, keep: Option<Keep>) -> Attempt {
    let links = Links(facts.storefront.clone());
    let url = |path: String| format!("{}{path}", shop.public_url);
    Attempt {
        id: facts.identity.attempt,
        order: facts.identity.order,
        number: facts.number.to_owned(),
        amount: facts.amount,
        email: facts.email.to_owned(),
        locale: facts.storefront.locale,
        charges: charges(facts),
        method: method(shop, facts),
        keep,
        expires_at: facts.created_at + Attempt::LIFE,
        return_url: url(links.checkout_return()),
        cancel_url: url(links.order(facts.number, facts.token)),
    }
}

/// By what the shopper wants to pay, where the provider takes it.
fn method(shop: &Shop, facts: &Facts<'_>) -> Option<String> {
    let chosen = facts.choice.method?;
    let market = &facts.storefront.market;
    let is_taken = shop.payments.takes(facts.provider, market, chosen);
    is_taken.then(|| chosen.to_owned())
}

/// The order's lines, delivery and added tax; nothing when they don't add up to the amount, so that what is charged is
/// always the amount.
fn charges(facts: &Facts<'_>) -> Vec<Charge> {
    let quote = facts.quote;
    let locale = facts.storefront.locale;
    let of_lines = facts.lines.iter().zip(&quote.lines).map(|(line, quoted)| {
        let options = if line.options.is_empty() {
            String::new()
        } else {
            format!(", {}", line.options)
        };
        Charge {
            name: format!("{} × {}{options}", line.quantity.get(), line.title),
            amount: Money::new(
                quoted.subtotal.minor - quoted.discount.minor,
                facts.amount.currency,
            ),
        }
    });
    let delivery = quote.delivery.map(|amount| Charge {
        name: text::say(locale, "mail-delivery"),
        amount,
    });
    let tax = (quote.tax_mode == TaxMode::Added).then(|| Charge {
        name: text::say(locale, "mail-tax-added"),
        amount: quote.tax,
    });
    let charges: Vec<Charge> = of_lines
        .chain(delivery)
        .chain(tax)
        .filter(|charge| !charge.amount.is_zero())
        .collect();
    let sum = Money::sum(
        facts.amount.currency,
        charges.iter().map(|charge| charge.amount),
    );
    let adds_up = sum == Ok(facts.amount) && charges.iter().all(|charge| charge.amount.minor > 0);
    if adds_up { charges } else { Vec::new() }
}
