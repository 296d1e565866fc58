//! The mail with the link by which a guest claims an e-mail address.

use super::Mail;
use crate::customer::fresh_link;
use crate::{Broken, Shop, text};
use askama::Template;
use domain::checkout::Email;
use domain::link::Links;
use domain::{EventId, Locale, Storefront};
use serde::Deserialize;
use serde_json::Value;
use time::OffsetDateTime;
use uuid::Uuid;

/// What the mail's job holds.
#[derive(Deserialize)]
struct Requested {
    claim: Uuid,
}

/// Mails the link of a claim, in the language it was asked for in. One that was used or replaced meanwhile is not mailed.
/// Sent again, it holds another secret, and both work until one is used.
///
/// # Errors
/// [`Broken`]; try again.
pub(crate) async fn send_claim_link(
    shop: &Shop,
    event: EventId,
    at: OffsetDateTime,
    payload: &Value,
) -> Result<(), Broken> {
    let Requested { claim } = Requested::deserialize(payload)?;
    let Some(link) = fresh_link(shop, claim).await? else {
        return Ok(());
    };
    let bad = |what: &str| Broken::Other(format!("claim {claim}: bad {what}"));
    let storefront = Storefront {
        locale: link.locale.parse().map_err(|_| bad("locale"))?,
        market: link.market.parse().map_err(|_| bad("market"))?,
    };
    let locale = storefront.locale;
    let links = Links(storefront);
    let letter = Letter {
        locale,
        link: format!("{}{}", shop.public_url, links.claim(&link.token)),
        home: format!("{}{}", shop.public_url, links.home()),
    };
    let unwritten = |error: askama::Error| Broken::Other(format!("mail template: {error}"));
    let mail = Mail {
        event,
        at,
        to: Email::parse(&link.email).map_err(|_| bad("address"))?,
        subject: letter.say("customer-claim-subject"),
        html: Html { letter: &letter }.render().map_err(unwritten)?,
        text: Text { letter: &letter }.render().map_err(unwritten)?,
    };
    shop.mailer.send(&mail).await
}

#[derive(Template)]
#[template(path = "claim_link.html")]
struct Html<'a> {
    letter: &'a Letter,
}

#[derive(Template)]
#[template(path = "claim_link.txt")]
struct Text<'a> {
    letter: &'a Letter,
}

struct Letter {
    locale: Locale,
    link: String,
    home: String,
}

impl Letter {
    fn say(&self, key: &str) -> String {
        text::say(self.locale, key)
    }

    fn language(&self) -> &'static str {
        self.locale.code()
    }
}
