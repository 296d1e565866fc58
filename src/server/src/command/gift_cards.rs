//! `rialto gift-cards …`: issuing them, and where their money went.

use crate::build;
use crate::settings::Settings;
use clap::Subcommand;
use domain::{Currency, Money};
use shop::gift_card::{self, Listed};
use shop::{Caller, Failure};
use time::format_description::well_known::{Iso8601, Rfc3339};
use time::{Date, OffsetDateTime};

/// What can be done with gift cards.
#[derive(Subcommand)]
pub enum GiftCards {
    /// Issue a gift card and show its code, once
    Issue {
        /// What it holds, as a decimal: 50.00
        amount: String,
        /// Its currency: EUR, USD
        currency: String,
        /// The day it runs out, such as 2028-12-31
        #[arg(long)]
        until: Option<String>,
        /// Make it the store credit of the customer with this id, without a code
        #[arg(long, conflicts_with = "until")]
        customer: Option<String>,
    },
    /// Show a card by its id, with every change of its balance
    Show { id: String },
    /// Name the newest cards, 200 at most
    List,
}

impl GiftCards {
    /// # Errors
    /// What went wrong, and how to mend it.
    pub async fn run(self, settings: &Settings) -> Result<(), String> {
        let shop = build::shop(settings).await?;
        let caller = Caller::machine("rialto", "rialto gift-cards");
        match self {
            Self::Issue {
                amount,
                currency,
                until,
                customer,
            } => {
                let currency: Currency = currency
                    .parse()
                    .map_err(|_| format!("`{currency}` is not a currency, such as EUR or USD"))?;
                let amount = Money::parse(&amount, currency).map_err(|_| {
                    format!("`{amount}` is not an amount of {currency}, such as 50.00")
                })?;
                if let Some(customer) = customer {
                    let customer = customer
                        .parse()
                        .map_err(|_| format!("`{customer}` is not a customer's id"))?;
                    let id = gift_card::issue_credit(&shop, &caller, customer, amount)
                        .await
                        .map_err(said)?;
                    println!("{id}: {} {currency} of credit", amount.decimal());
                } else {
                    let until = until.as_deref().map(end_of_day).transpose()?;
                    let issued = gift_card::issue(&shop, &caller, amount, until)
                        .await
                        .map_err(said)?;
                    println!("{}: {} {currency}", issued.id, amount.decimal());
                    println!("code, not to be shown again: {}", issued.code);
                }
            }
            Self::Show { id } => {
                let id = id
                    .parse()
                    .map_err(|_| format!("`{id}` is not a gift card's id"))?;
                let (card, entries) = gift_card::find(&shop, id).await.map_err(said)?;
                println!("{}", line(&card));
                for entry in entries {
                    let order = entry
                        .order
                        .map_or(String::new(), |order| format!(" · order {order}"));
                    println!(
                        "  {} · {} {}{order} · {} left",
                        written(entry.at),
                        entry.cause,
                        entry.change.decimal(),
                        entry.balance.decimal()
                    );
                }
            }
            Self::List => {
                let cards = gift_card::list(&shop)
                    .await
                    .map_err(|error| error.to_string())?;
                if cards.is_empty() {
                    println!("there are no gift cards");
                }
                for card in cards {
                    println!("{}", line(&card));
                }
            }
        }
        Ok(())
    }
}

fn said<E: std::fmt::Display>(failure: Failure<E>) -> String {
    match failure {
        Failure::Refused(error) => error.to_string(),
        Failure::Broken(broken) => broken.to_string(),
    }
}

/// The first moment after a day, in UTC.
fn end_of_day(text: &str) -> Result<OffsetDateTime, String> {
    Date::parse(text, &Iso8601::DATE)
        .ok()
        .and_then(Date::next_day)
        .map(|day| day.midnight().assume_utc())
        .ok_or_else(|| format!("`{text}` is not a day, such as 2028-12-31"))
}

fn line(card: &Listed) -> String {
    let what = card.customer.map_or_else(
        || format!("card ending in {}", card.ending),
        |customer| format!("credit of customer {customer}"),
    );
    let until = card
        .expires_at
        .map_or(String::new(), |at| format!(" · until {}", written(at)));
    format!(
        "{} · {what} · {} {} left · issued {}{until}",
        card.id,
        card.balance.decimal(),
        card.balance.currency,
        written(card.issued_at)
    )
}

fn written(at: OffsetDateTime) -> String {
    at.format(&Rfc3339).unwrap_or_default()
}
