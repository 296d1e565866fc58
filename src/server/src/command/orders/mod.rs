//! `rialto orders`: what a shop's staff does with orders until it has a back office.

mod list;
mod refund;
mod returns;
mod ship;
mod show;

use super::staff;
use super::table::{one_line, say_json};
use crate::build;
use crate::settings::Settings;
use clap::{Args, Subcommand};
use domain::Money;
use domain::fulfilment::Part;
use domain::order::OrderState;
use list::List;
use refund::{Cancel, Refund};
use returns::Return;
use ship::Ship;
use shop::order::{self, ChangeError, Sheet};
use shop::{Caller, Failure, Shop};
use show::show;

#[derive(Subcommand)]
pub enum Orders {
    /// List orders, newest first
    List(List),
    /// Show all there is to know of an order
    Show(One),
    /// Ship an order, or a part of it; say what became of a parcel
    Ship(Ship),
    /// Call an order off: unpaid, its hold is released; paid and not shipped, all of its money goes back
    Cancel(Cancel),
    /// Send money back: all that is left, an amount, or lines
    Refund(Refund),
    /// Announce a return (--line), receive its goods (--receive), or call it off (--cancel)
    Return(Return),
}

#[derive(Args)]
pub struct One {
    /// The order's number, such as RI-7K3M-Q2XW
    number: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Orders {
    /// Does it.
    ///
    /// # Errors
    /// What went wrong, and how to mend it.
    pub async fn run(self, settings: &Settings) -> Result<(), String> {
        let shop = build::shop(settings).await?;
        match self {
            Self::List(list) => list.run(&shop).await,
            Self::Show(one) => {
                let sheet = sheet(&shop, &staff::caller("orders show"), &one.number).await?;
                if one.json {
                    say_json(&sheet)
                } else {
                    show(&sheet);
                    Ok(())
                }
            }
            Self::Ship(ship) => ship.run(&shop).await,
            Self::Cancel(cancel) => cancel.run(&shop).await,
            Self::Refund(refund) => refund.run(&shop).await,
            Self::Return(back) => back.run(&shop).await,
        }
    }
}

fn refused(number: &str) -> impl Fn(Failure<ChangeError>) -> String {
    let number = one_line(number.to_owned());
    move |failure| match failure {
        Failure::Refused(error) => format!("{number}: {error}"),
        Failure::Broken(broken) => format!("{number}: {broken}"),
    }
}

async fn sheet(shop: &Shop, caller: &Caller, number: &str) -> Result<Sheet, String> {
    order::show(shop, caller, number)
        .await
        .map_err(refused(number))
}

/// `SKU=2` or `1=2`, by the order's lines.
fn parts(sheet: &Sheet, given: &[String]) -> Result<Vec<Part>, String> {
    let unread = |text: &str| {
        format!(
            "`--line {text}`: give it as SKU=quantity, such as {}=1",
            example(sheet)
        )
    };
    given
        .iter()
        .map(|text| {
            let (name, quantity) = text.rsplit_once('=').ok_or_else(|| unread(text))?;
            let quantity = quantity.parse().map_err(|_| unread(text))?;
            let by_sku = sheet
                .lines
                .iter()
                .find(|line| line.line.sku == name && !name.is_empty());
            let line = match by_sku {
                Some(line) => line.position,
                None => name.parse().map_err(|_| {
                    format!(
                        "{}: no line has the SKU `{name}`; it has {}",
                        sheet.number,
                        skus(sheet)
                    )
                })?,
            };
            Ok(Part { line, quantity })
        })
        .collect()
}

fn example(sheet: &Sheet) -> &str {
    sheet
        .lines
        .first()
        .map(|line| line.line.sku.as_str())
        .filter(|sku| !sku.is_empty())
        .unwrap_or("1")
}

fn skus(sheet: &Sheet) -> String {
    let named = |line: &order::SheetLine| format!("{} (line {})", line.line.sku, line.position);
    sheet.lines.iter().map(named).collect::<Vec<_>>().join(", ")
}

fn money(amount: Money) -> String {
    format!("{} {}", amount.decimal(), amount.currency)
}

fn state_name(state: OrderState) -> String {
    serde_json::to_value(state)
        .ok()
        .and_then(|name| name.as_str().map(str::to_owned))
        .unwrap_or_default()
}

/// An amount in the order's currency, or in the one that is named.
fn amount(sheet: &Sheet, text: &str, currency: Option<&str>) -> Result<Money, String> {
    let own = sheet.quote.total.currency;
    let currency = match currency {
        Some(code) => code.parse().map_err(|_| {
            format!("`{code}` is not a currency this shop knows; the order is in {own}")
        })?,
        None => own,
    };
    Money::parse(text, currency).map_err(|_| {
        format!(
            "`{text}` is not an amount of {currency}; give one such as {}",
            Money::new(1_250, currency).decimal()
        )
    })
}
