//! The mail that says: the payment service answers again, here your order can be paid.

use super::Mail;
use crate::order::{self, Told};
use crate::{Broken, Shop, text};
use askama::Template;
use domain::checkout::Email;
use domain::format::money;
use domain::link::Links;
use domain::order::OrderState;
use domain::{CustomerId, EventId, Locale, OrderId};
use serde::Deserialize;
use serde_json::Value;
use time::OffsetDateTime;

/// What the mail's job holds.
#[derive(Deserialize)]
struct Requested {
    customer: CustomerId,
    order: OrderId,
}

/// Mails the link to an order that awaits its payment, in the language it was placed in. One that was paid or given up
/// meanwhile is not asked for any more. The same event again is the same mail.
///
/// # Errors
/// [`Broken`]; try again.
pub(crate) async fn send_payment_link(
    shop: &Shop,
    event: EventId,
    at: OffsetDateTime,
    payload: &Value,
) -> Result<(), Broken> {
    let requested = Requested::deserialize(payload)?;
    let told = order::load(shop, requested.customer, requested.order)
        .await?
        .ok_or_else(|| Broken::Other(format!("no order {}", requested.order)))?;
    if told.view.state != OrderState::PaymentDue {
        return Ok(());
    }
    let to = Email::parse(&told.view.email)
        .map_err(|_| Broken::Other(format!("order {}: bad address", requested.order)))?;
    let letter = Letter::of(&told, &shop.public_url);
    let unwritten = |error: askama::Error| Broken::Other(format!("mail template: {error}"));
    let mail = Mail {
        event,
        at,
        to,
        subject: letter.say("payment-mail-subject"),
        html: Html { letter: &letter }.render().map_err(unwritten)?,
        text: Text { letter: &letter }.render().map_err(unwritten)?,
    };
    shop.mailer.send(&mail).await
}

#[derive(Template)]
#[template(path = "payment_link.html")]
struct Html<'a> {
    letter: &'a Letter,
}

#[derive(Template)]
#[template(path = "payment_link.txt")]
struct Text<'a> {
    letter: &'a Letter,
}

/// What both forms say.
struct Letter {
    locale: Locale,
    number: String,
    total: String,
    /// The order's private page, where it is paid: that link lives longer than any page of a provider's.
    link: String,
    home: String,
}

impl Letter {
    fn of(told: &Told, public_url: &str) -> Self {
        let locale = told.storefront.locale;
        let links = Links(told.storefront.clone());
        Self {
            locale,
            number: told.view.number.clone(),
            total: money(told.view.quote.due(), locale),
            link: format!(
                "{public_url}{}",
                links.order(&told.view.number, &told.token)
            ),
            home: format!("{public_url}{}", links.home()),
        }
    }

    /// A message about the order and what it comes to.
    fn say(&self, key: &str) -> String {
        let arguments = [
            ("number", self.number.as_str().into()),
            ("total", self.total.as_str().into()),
        ];
        text::say_with(self.locale, key, &arguments)
    }

    fn language(&self) -> &'static str {
        self.locale.code()
    }
}
