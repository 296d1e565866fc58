//! `rialto orders cancel` and `rialto orders refund`.

use super::{One, amount, money, parts, refused, sheet, state_name};
use crate::command::staff;
use crate::command::table::{say, say_json};
use clap::Args;
use domain::RefundId;
use shop::Shop;
use shop::order::{self, NewRefund, RefundOf};

#[derive(Args)]
pub struct Cancel {
    #[command(flatten)]
    one: One,
    /// Why, for the log
    #[arg(long, default_value = "")]
    note: String,
}

#[derive(Args)]
pub struct Refund {
    #[command(flatten)]
    one: One,
    /// All that is left
    #[arg(long, conflicts_with_all = ["amount", "lines", "delivery"])]
    all: bool,
    /// An amount, such as 12.50
    #[arg(long, conflicts_with_all = ["lines", "delivery", "restock"], allow_hyphen_values = true)]
    amount: Option<String>,
    /// The currency of the amount; the order's if not given
    #[arg(long, requires = "amount")]
    currency: Option<String>,
    /// What these cost, as SKU=quantity or position=quantity
    #[arg(long = "line", value_name = "SKU=QUANTITY")]
    lines: Vec<String>,
    /// What delivery cost
    #[arg(long)]
    delivery: bool,
    /// The things never left: put them back on the shelf
    #[arg(long)]
    restock: bool,
    /// An id (UUID) of your own: the same id again is the same refund
    #[arg(long)]
    id: Option<RefundId>,
    /// Why, for the log
    #[arg(long, default_value = "")]
    note: String,
}

impl Cancel {
    pub(super) async fn run(self, shop: &Shop) -> Result<(), String> {
        let caller = staff::caller("orders cancel");
        let number = self.one.number.as_str();
        let done = order::cancel(shop, &caller, number, &self.note)
            .await
            .map_err(refused(number))?;
        if self.one.json {
            return say_json(&done);
        }
        let back = match done.refund {
            Some(amount) => format!("{} goes back", money(amount)),
            None => "nothing goes back".to_owned(),
        };
        say(format_args!(
            "{}: {}, {back}",
            done.number,
            state_name(done.state)
        ));
        Ok(())
    }
}

impl Refund {
    pub(super) async fn run(self, shop: &Shop) -> Result<(), String> {
        let caller = staff::caller("orders refund");
        let number = self.one.number.as_str();
        let sheet = sheet(shop, &caller, number).await?;
        let of = if let Some(text) = &self.amount {
            RefundOf::Amount(amount(&sheet, text, self.currency.as_deref())?)
        } else if !self.lines.is_empty() || self.delivery {
            let parts = parts(&sheet, &self.lines)?;
            RefundOf::Lines {
                parts,
                delivery: self.delivery,
            }
        } else if self.all {
            RefundOf::Rest
        } else {
            return Err(format!(
                "{number}: say what goes back: --all, --amount 12.50, --line SKU=quantity or --delivery"
            ));
        };
        let new = NewRefund {
            id: self.id,
            of,
            restock: self.restock,
            note: self.note,
        };
        let done = order::refund(shop, &caller, number, &new)
            .await
            .map_err(refused(number))?;
        if self.one.json {
            return say_json(&done);
        }
        say(format_args!(
            "{}: {} goes back (refund {}, {})",
            done.number,
            money(done.amount),
            done.id,
            done.state
        ));
        Ok(())
    }
}
