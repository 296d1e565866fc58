//! `rialto orders return`.

use super::{One, amount, money, parts, refused, sheet};
use crate::command::staff;
use crate::command::table::{say, say_json};
use clap::Args;
use domain::fulfilment::ReturnReason;
use shop::Shop;
use shop::fulfilment::{self, Back, NewReturn, Receipt, Received};

#[derive(Args)]
pub struct Return {
    #[command(flatten)]
    one: One,
    /// What comes back, as SKU=quantity or position=quantity
    #[arg(long = "line", value_name = "SKU=QUANTITY", conflicts_with_all = ["receive", "cancel"])]
    lines: Vec<String>,
    /// changed_mind, damaged, wrong_item, not_as_described, late or other
    #[arg(long, value_parser = reason, default_value = "other", conflicts_with_all = ["receive", "cancel"])]
    reason: ReturnReason,
    /// Why, for the log
    #[arg(long, default_value = "")]
    note: String,
    /// The goods of the return of this number are here
    #[arg(long, value_name = "RETURN", conflicts_with = "cancel")]
    receive: Option<i32>,
    /// They can't be sold again
    #[arg(long, requires = "receive")]
    no_restock: bool,
    /// Nothing goes back for them
    #[arg(long, requires = "receive", conflicts_with = "amount")]
    no_refund: bool,
    /// This goes back for them, instead of what they cost
    #[arg(long, requires = "receive", allow_hyphen_values = true)]
    amount: Option<String>,
    /// The return of this number does not come about
    #[arg(long, value_name = "RETURN")]
    cancel: Option<i32>,
}

fn reason(text: &str) -> Result<ReturnReason, String> {
    let names: Vec<&str> = ReturnReason::ALL.iter().map(|one| one.name()).collect();
    text.parse()
        .map_err(|_| format!("give one of {}", names.join(", ")))
}

impl Return {
    pub(super) async fn run(self, shop: &Shop) -> Result<(), String> {
        let caller = staff::caller("orders return");
        let number = self.one.number.as_str();
        let done: Received = if let Some(count) = self.receive {
            let refund = match &self.amount {
                Some(text) => Back::Amount(amount(&sheet(shop, &caller, number).await?, text, None)?),
                None if self.no_refund => Back::Nothing,
                None => Back::Price,
            };
            let receipt = Receipt { restock: !self.no_restock, refund };
            fulfilment::receive(shop, &caller, number, count, receipt).await
        } else if let Some(count) = self.cancel {
            fulfilment::cancel_return(shop, &caller, number, count).await
        } else {
            let sheet = sheet(shop, &caller, number).await?;
            if self.lines.is_empty() {
                return Err(format!("{number}: say what comes back with --line SKU=quantity, or --receive or --cancel a return"));
            }
            let new = NewReturn { parts: parts(&sheet, &self.lines)?, reason: self.reason, note: self.note };
            fulfilment::announce(shop, &caller, number, &new).await
        }
        .map_err(refused(number))?;
        if self.one.json {
            return say_json(&done);
        }
        let back = done
            .refund
            .map(|amount| format!(", {} goes back", money(amount)))
            .unwrap_or_default();
        say(format_args!(
            "{} return {}: {}{back}",
            done.order, done.number, done.state
        ));
        Ok(())
    }
}
