//! The mail that says: we have your order.

use super::Mail;
use crate::order::{self, Told};
use crate::{Broken, Shop, text};
use askama::Template;
use domain::checkout::Email;
use domain::format::money;
use domain::link::Links;
use domain::pricing::TaxMode;
use domain::{CustomerId, EventId, Locale, OrderId};
use serde::Deserialize;
use serde_json::Value;
use time::OffsetDateTime;

/// What the mail's job holds.
#[derive(Deserialize)]
struct Paid {
    customer: CustomerId,
    order: OrderId,
}

/// Mails the confirmation of a paid order, in the language it was placed in. The same event again is the same mail.
///
/// # Errors
/// [`Broken`]; try again.
pub(crate) async fn send_order_confirmation(
    shop: &Shop,
    event: EventId,
    at: OffsetDateTime,
    payload: &Value,
) -> Result<(), Broken> {
    let paid = Paid::deserialize(payload)?;
    let told = order::load_now(shop, paid.customer, paid.order).await?;
    let to = Email::parse(&told.view.email)
        .map_err(|_| Broken::Other(format!("order {}: bad address", paid.order)))?;
    let letter = Letter::of(&told, &shop.public_url);
    let unwritten = |error: askama::Error| Broken::Other(format!("mail template: {error}"));
    let mail = Mail {
        event,
        at,
        to,
        subject: letter.say_number("mail-confirmation-subject"),
        html: Html { letter: &letter }.render().map_err(unwritten)?,
        text: Text { letter: &letter }.render().map_err(unwritten)?,
    };
    shop.mailer.send(&mail).await
}

#[derive(Template)]
#[template(path = "order_confirmation.html")]
struct Html<'a> {
    letter: &'a Letter,
}

#[derive(Template)]
#[template(path = "order_confirmation.txt")]
struct Text<'a> {
    letter: &'a Letter,
}

/// All that both forms say, in words.
struct Letter {
    locale: Locale,
    number: String,
    /// The order's private page.
    link: String,
    home: String,
    lines: Vec<Item>,
    /// Subtotal, discount, delivery, tax: each with its name.
    sums: Vec<(String, String)>,
    total: String,
    /// What gift cards paid, and what was paid besides; empty without any.
    paid: Vec<(String, String)>,
    /// Where prices hold the tax: how much it is.
    tax_note: Option<String>,
    /// What stands above the address.
    goes_to: String,
    address: Vec<String>,
    delivery: String,
    arrival: String,
    /// Where it is picked up, when it is not sent.
    place: Option<String>,
}

struct Item {
    title: String,
    options: String,
    quantity: u32,
    subtotal: String,
}

impl Letter {
    fn of(told: &Told, public_url: &str) -> Self {
        let order = &told.view;
        let locale = told.storefront.locale;
        let quote = &order.quote;
        let links = Links(told.storefront.clone());
        let lines = order
            .lines
            .iter()
            .zip(&quote.lines)
            .map(|(line, quoted)| Item {
                title: line.title.clone(),
                options: line.options.clone(),
                quantity: line.quantity.get(),
                subtotal: money(quoted.subtotal, locale),
            });
        let mut sums = vec![(
            text::say(locale, "mail-subtotal"),
            money(quote.subtotal, locale),
        )];
        for adjustment in &quote.adjustments {
            let less = domain::Money::new(-adjustment.amount.minor, adjustment.amount.currency);
            sums.push((adjustment.rule.clone(), money(less, locale)));
        }
        if let Some(delivery) = quote.delivery {
            let price = if delivery.is_zero() {
                text::say(locale, "mail-free")
            } else {
                money(delivery, locale)
            };
            sums.push((text::say(locale, "mail-delivery"), price));
        }
        let tax = money(quote.tax, locale);
        let mut tax_note = None;
        match quote.tax_mode {
            TaxMode::Added => sums.push((text::say(locale, "mail-tax-added"), tax)),
            TaxMode::Included => {
                let arguments = [("tax", tax.into())];
                tax_note = Some(text::say_with(locale, "mail-tax-included", &arguments));
            }
        }
        let paid = quote.credit.map_or_else(Vec::new, |credit| {
            let less = domain::Money::new(-credit.minor, credit.currency);
            vec![
                (text::say(locale, "promotion-credit"), money(less, locale)),
                (
                    text::say(locale, "promotion-paid"),
                    money(quote.due(), locale),
                ),
            ]
        });
        let day = text::delivery_date(order.placed_at, order.delivery_days.1);
        Self {
            locale,
            number: order.number.clone(),
            link: format!("{public_url}{}", links.order(&order.number, &told.token)),
            home: format!("{public_url}{}", links.home()),
            lines: lines.collect(),
            sums,
            total: money(quote.total, locale),
            paid,
            tax_note,
            goes_to: text::say(
                locale,
                if order.address.pick_up.is_some() {
                    "mail-pick-up"
                } else {
                    "mail-goes-to"
                },
            ),
            address: text::address(locale, &order.address),
            delivery: order.delivery_name.clone(),
            arrival: text::date(locale, day),
            place: order.address.pick_up.clone().map(|place| place.name),
        }
    }

    /// A message without arguments.
    fn say(&self, key: &str) -> String {
        text::say(self.locale, key)
    }

    /// A message about the order's number.
    fn say_number(&self, key: &str) -> String {
        text::say_with(self.locale, key, &[("number", self.number.as_str().into())])
    }

    /// A message about the day it arrives, or lies ready.
    fn say_arrival(&self, key: &str) -> String {
        let day = ("day", self.arrival.as_str().into());
        match &self.place {
            Some(place) => {
                let key = format!("mail-confirmation-pick-up-{key}");
                text::say_with(self.locale, &key, &[day, ("place", place.as_str().into())])
            }
            None => text::say_with(self.locale, &format!("mail-confirmation-{key}"), &[day]),
        }
    }

    fn language(&self) -> &'static str {
        self.locale.code()
    }
}
