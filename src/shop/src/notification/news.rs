//! Mails about what follows a payment: parcels, money and goods that come back.

use super::Mail;
use crate::order::{self, Told};
use crate::{Broken, Shop, jobs, text};
use askama::Template;
use domain::checkout::Email;
use domain::format::money;
use domain::fulfilment::{Part, RefundReason};
use domain::link::Links;
use domain::{CustomerId, EventId, Locale, OrderId, RefundId};
use serde::Deserialize;
use serde_json::Value;
use time::OffsetDateTime;

/// What a mail is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum News {
    Shipped,
    Delivered,
    Undeliverable,
    Cancelled,
    Refunded,
    ReturnAnnounced,
    ReturnReceived,
    ReturnCancelled,
}

impl News {
    /// What the consumer of that name writes about.
    pub(crate) fn of(consumer: &str) -> Option<Self> {
        Some(match consumer {
            jobs::mail::SHIPPED => Self::Shipped,
            jobs::mail::DELIVERED => Self::Delivered,
            jobs::mail::UNDELIVERABLE => Self::Undeliverable,
            jobs::mail::CANCELLED => Self::Cancelled,
            jobs::mail::REFUNDED => Self::Refunded,
            jobs::mail::RETURN_ANNOUNCED => Self::ReturnAnnounced,
            jobs::mail::RETURN_RECEIVED => Self::ReturnReceived,
            jobs::mail::RETURN_CANCELLED => Self::ReturnCancelled,
            _ => return None,
        })
    }

    /// The middle of its messages' keys.
    const fn key(self) -> &'static str {
        match self {
            Self::Shipped => "shipped",
            Self::Delivered => "delivered",
            Self::Undeliverable => "undeliverable",
            Self::Cancelled => "cancelled",
            Self::Refunded => "refunded",
            Self::ReturnAnnounced => "return-announced",
            Self::ReturnReceived => "return-received",
            Self::ReturnCancelled => "return-cancelled",
        }
    }

    /// The same where things are not sent but picked up; None where that makes no difference.
    const fn pick_up_key(self) -> Option<&'static str> {
        match self {
            Self::Shipped => Some("pick-up-ready"),
            Self::Delivered => Some("pick-up-done"),
            Self::Undeliverable => Some("pick-up-missed"),
            _ => None,
        }
    }
}

/// What a mail's job holds.
#[derive(Deserialize)]
struct Happened {
    customer: CustomerId,
    order: OrderId,
    /// The shipment's or the return's number within the order.
    #[serde(default)]
    count: Option<i32>,
    #[serde(default)]
    refund: Option<RefundId>,
}

/// Writes to the shopper, in the language of the order. The same event again is the same mail.
///
/// # Errors
/// [`Broken`]; try again.
pub(crate) async fn send(
    shop: &Shop,
    news: News,
    event: EventId,
    at: OffsetDateTime,
    payload: &Value,
) -> Result<(), Broken> {
    let happened = Happened::deserialize(payload)?;
    let told = order::load_now(shop, happened.customer, happened.order).await?;
    let to = Email::parse(&told.view.email)
        .map_err(|_| Broken::Other(format!("order {}: bad address", happened.order)))?;
    let letter = Letter::of(news, &told, &happened, &shop.public_url);
    let unwritten = |error: askama::Error| Broken::Other(format!("mail template: {error}"));
    let mail = Mail {
        event,
        at,
        to,
        subject: letter.subject.clone(),
        html: Html { letter: &letter }.render().map_err(unwritten)?,
        text: Text { letter: &letter }.render().map_err(unwritten)?,
    };
    shop.mailer.send(&mail).await
}

#[derive(Template)]
#[template(path = "news.html")]
struct Html<'a> {
    letter: &'a Letter,
}

#[derive(Template)]
#[template(path = "news.txt")]
struct Text<'a> {
    letter: &'a Letter,
}

/// All that both forms say, in words.
struct Letter {
    locale: Locale,
    subject: String,
    preview: String,
    heading: String,
    paragraphs: Vec<String>,
    /// What it is about: `2 × Calle mug, Lagoon`.
    items: Vec<String>,
    /// Name and value: the carrier, the tracking code, the amount.
    facts: Vec<(String, String)>,
    /// What the button says, and where it leads.
    button: (String, String),
    /// The order's private page.
    link: String,
    home: String,
}

impl Letter {
    fn of(news: News, told: &Told, happened: &Happened, public_url: &str) -> Self {
        let order = &told.view;
        let locale = told.storefront.locale;
        let links = Links(told.storefront.clone());
        let link = format!("{public_url}{}", links.order(&order.number, &told.token));
        let mut button = (text::say(locale, "mail-see-order"), link.clone());
        let mut facts = Vec::new();
        let mut parts: Vec<Part> = Vec::new();
        let mut amount = String::new();
        let mut paragraphs = vec!["intro"];
        let followed = &order.followed;
        match news {
            News::Shipped | News::Delivered | News::Undeliverable => {
                let shipment = followed
                    .shipments
                    .iter()
                    .find(|one| Some(one.number) == happened.count);
                if let Some(shipment) = shipment {
                    parts.clone_from(&shipment.lines);
                    let fact = |key: &str, value: &str| (text::say(locale, key), value.to_owned());
                    if !shipment.carrier.is_empty() {
                        facts.push(fact("fulfilment-carrier", &shipment.carrier));
                    }
                    if let Some(code) = &shipment.tracking_code {
                        facts.push(fact("fulfilment-tracking-code", code));
                    }
                    if let Some(url) = shipment
                        .tracking_url
                        .as_ref()
                        .filter(|_| news == News::Shipped)
                    {
                        button = (text::say(locale, "fulfilment-follow"), url.clone());
                    }
                }
                let waits = followed.units.iter().any(|units| units.to_ship() > 0);
                if news == News::Shipped && waits {
                    paragraphs.push("rest");
                }
            }
            News::Cancelled => {
                if let Some(refund) = followed
                    .refunds
                    .iter()
                    .find(|one| one.reason == RefundReason::Cancelled)
                {
                    amount = money(refund.amount, locale);
                    paragraphs.push("refund");
                } else {
                    paragraphs.push("nothing");
                }
            }
            News::Refunded => {
                let refund = followed
                    .refunds
                    .iter()
                    .find(|one| Some(one.id) == happened.refund);
                if let Some(refund) = refund {
                    amount = money(refund.amount, locale);
                    paragraphs.push(match refund.reason {
                        RefundReason::Late => "late",
                        RefundReason::Duplicate => "duplicate",
                        RefundReason::Cancelled => "because-cancelled",
                        RefundReason::Return => "because-return",
                        RefundReason::Agreed => "agreed",
                    });
                }
            }
            News::ReturnAnnounced | News::ReturnReceived | News::ReturnCancelled => {
                let coming = followed
                    .returns
                    .iter()
                    .find(|one| Some(one.number) == happened.count);
                if let Some(coming) = coming {
                    parts.clone_from(&coming.lines);
                    if news != News::ReturnCancelled {
                        let reason = say_reason(locale, coming.reason);
                        facts.push((text::say(locale, "fulfilment-return-reason"), reason));
                    }
                }
            }
        }
        let place = order.address.pick_up.as_ref();
        let kind = match place.and(news.pick_up_key()) {
            Some(key) => {
                let where_to = text::address(locale, &order.address).join(", ");
                facts.push((text::say(locale, "order-place"), where_to));
                key
            }
            None => news.key(),
        };
        let place = place.map_or("", |place| place.name.as_str());
        let say = |part: &str| {
            let key = format!("fulfilment-mail-{kind}-{part}");
            let arguments = [
                ("number", order.number.as_str().into()),
                ("amount", amount.as_str().into()),
                ("place", place.into()),
            ];
            text::say_with(locale, &key, &arguments)
        };
        Self {
            locale,
            subject: say("subject"),
            preview: say("intro"),
            heading: say("heading"),
            paragraphs: paragraphs.into_iter().map(say).collect(),
            items: items(told, &parts),
            facts,
            button,
            link,
            home: format!("{public_url}{}", links.home()),
        }
    }
}

impl Letter {
    fn say(&self, key: &str) -> String {
        text::say(self.locale, key)
    }

    fn language(&self) -> &'static str {
        self.locale.code()
    }
}

/// The reason of a return, in words.
fn say_reason(locale: Locale, reason: domain::fulfilment::ReturnReason) -> String {
    let key = format!("fulfilment-reason-{}", reason.name().replace('_', "-"));
    text::say(locale, &key)
}

fn items(told: &Told, parts: &[Part]) -> Vec<String> {
    parts
        .iter()
        .filter_map(|part| {
            let at = usize::try_from(part.line).ok()?.checked_sub(1)?;
            let line = told.view.lines.get(at)?;
            let options = if line.options.is_empty() {
                String::new()
            } else {
                format!(", {}", line.options)
            };
            Some(format!("{} × {}{options}", part.quantity, line.title))
        })
        .collect()
}
