//! Opening a provider's page for an attempt.

use super::provider::{Attempt, Charge, ProviderError};
use super::{HOLD, sql};
use crate::{Broken, Shop, fault, text};
use domain::cart::CartLine;
use domain::link::Links;
use domain::payment::AttemptState;
use domain::pricing::{Quote, TaxMode};
use domain::{AttemptId, CustomerId, Money, OrderId, Storefront};
use std::time::Duration;
use time::OffsetDateTime;

/// No provider is waited for longer than this, whatever its own deadline is.
const DEADLINE: Duration = Duration::from_secs(6);

/// Stripe takes sessions of at least 30 minutes, counted from when it hears of them.
const GRACE: time::Duration = time::Duration::MINUTE;

/// An attempt, and whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    pub customer: CustomerId,
    pub order: OrderId,
    pub attempt: AttemptId,
}

/// What an attempt is made of.
pub(crate) struct Facts<'a> {
    pub identity: Identity,
    pub number: &'a str,
    pub token: &'a str,
    pub storefront: Storefront,
    pub email: &'a str,
    pub amount: Money,
    pub quote: &'a Quote,
    pub lines: &'a [CartLine],
    pub created_at: OffsetDateTime,
}

/// How opening the page went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Opened {
    /// The shopper pays there.
    At(String),
    /// Nobody knows whether it is open.
    Unknown,
    /// The provider won't.
    Refused,
}

/// Opens the page of an attempt that is stored. Safe to repeat: the provider knows the attempt by its id.
///
/// # Errors
/// [`Broken`] of the database; the provider's failures are answers.
pub(crate) async fn start(shop: &Shop, of: Identity) -> Result<Opened, Broken> {
    let row = sql::facts(&shop.db, of)
        .await?
        .ok_or_else(|| Broken::Other(format!("no payment attempt {}", of.attempt)))?;
    let unknown = |_| Broken::Other(format!("order {} is of an unknown market", row.number));
    let currency = row
        .currency
        .parse()
        .map_err(|_| Broken::Other(format!("order {}: bad currency", row.number)))?;
    start_with(
        shop,
        Facts {
            identity: of,
            number: &row.number,
            token: &row.token,
            storefront: Storefront {
                locale: row.locale.parse().map_err(unknown)?,
                market: row.market.parse().map_err(unknown)?,
            },
            email: &row.email,
            amount: Money::new(row.amount_minor, currency),
            quote: &row.quote,
            lines: &row.lines,
            created_at: row.created_at,
        },
    )
    .await
}

/// The same for an attempt whose facts are at hand.
///
/// # Errors
/// As [`start`].
pub(crate) async fn start_with(shop: &Shop, facts: Facts<'_>) -> Result<Opened, Broken> {
    let of = facts.identity;
    let attempt = describe(shop, &facts);
    let call = tokio::time::timeout(DEADLINE, shop.payments.start(&attempt));
    let answer = call
        .await
        .unwrap_or_else(|_| Err(ProviderError::Unknown("no answer in time".to_owned())));
    fault::point("pay.answered");
    let now = shop.clock.now();
    let provider = shop.payments.name();
    match answer {
        Ok(started) => {
            sql::record_started(&shop.db, of, provider, &started, now).await?;
            fault::point("pay.recorded");
            Ok(Opened::At(started.redirect_url))
        }
        Err(error) => {
            tracing::warn!(order = facts.number, attempt = %of.attempt, provider, %error, "payment not started");
            let (state, opened) = match error {
                ProviderError::Unknown(_) => (AttemptState::Unknown, Opened::Unknown),
                ProviderError::Refused(_) => (AttemptState::Failed, Opened::Refused),
            };
            sql::record_not_started(&shop.db, of, super::state_name(state), now).await?;
            Ok(opened)
        }
    }
}

fn describe(shop: &Shop, facts: &Facts<'_>) -> Attempt {
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
        expires_at: facts.created_at + HOLD + GRACE,
        return_url: url(links.checkout_return()),
        cancel_url: url(links.order(facts.number, facts.token)),
    }
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
