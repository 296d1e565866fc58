//! `rialto stock`: figures, their ledger, and what to do when they differ.

mod offer;

use crate::build;
use crate::settings::Settings;
use clap::Subcommand;
use shop::inventory::{self, Adjustment, Difference, StockAt};
use shop::{Caller, Failure, Shop};

/// What can be asked about stock.
#[derive(Subcommand)]
pub enum Stock {
    /// Compare every figure with its ledger, and what is held with what was promised; changes nothing
    Check,
    /// Make the figures what the ledger adds up to, where they differ
    Rebuild,
    /// Correct what lies on the shelf, as after a stocktaking
    Adjust {
        /// The variant's SKU
        sku: String,
        /// Units found or lost: 5 or -3
        #[arg(allow_negative_numbers = true)]
        change: i64,
        /// The location's code; the shop's first if not given
        #[arg(long)]
        location: Option<String>,
        /// Why, for the audit log
        #[arg(long)]
        reason: String,
    },
    /// Sell a variant ahead of the shelf: as a pre-order or a backorder, with the day it is sent
    Supply(offer::Supply),
    /// Make a variant a bundle of others
    Bundle(offer::Bundle),
    /// Limit how many of a variant an order, and a customer, may have
    Limits(offer::Limit),
    /// Show how a variant is sold, its stock, and the newest entries of its ledger
    Show {
        /// The variant's SKU
        sku: String,
        /// How many entries
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1000))]
        entries: u16,
    },
}

impl Stock {
    /// Does it.
    ///
    /// # Errors
    /// What went wrong, and how to mend it; also when figures differ, so that scripts see it.
    pub async fn run(self, settings: &Settings) -> Result<(), String> {
        let shop = build::shop(settings).await?;
        match self {
            Self::Check => {
                let caller = caller("check");
                let found = inventory::check(&shop, &caller).await.map_err(told)?;
                list(&found);
                match found.len() {
                    0 => {
                        println!("every figure is what its ledger says");
                        Ok(())
                    }
                    count => Err(format!(
                        "{count} differ; `rialto stock rebuild` makes the figures those of the ledger"
                    )),
                }
            }
            Self::Rebuild => {
                let caller = caller("rebuild");
                let mended = inventory::rebuild(&shop, &caller).await.map_err(told)?;
                list(&mended);
                println!("{} mended", mended.len());
                Ok(())
            }
            Self::Adjust {
                sku,
                change,
                location,
                reason,
            } => {
                let wanted = Adjustment {
                    sku: &sku,
                    location: location.as_deref(),
                    change,
                    reason: &reason,
                };
                let caller = caller("adjust");
                let now = inventory::adjust(&shop, &caller, &wanted)
                    .await
                    .map_err(told)?;
                println!("{}", line(&now));
                Ok(())
            }
            Self::Supply(supply) => supply.run(&shop).await,
            Self::Bundle(bundle) => bundle.run(&shop).await,
            Self::Limits(limits) => limits.run(&shop).await,
            Self::Show { sku, entries } => show(&shop, &sku, entries).await,
        }
    }
}

async fn show(shop: &Shop, sku: &str, entries: u16) -> Result<(), String> {
    offer::show(shop, sku).await?;
    let stock = inventory::show(shop, sku).await.map_err(told)?;
    if stock.is_empty() {
        println!("the stock of {sku} is not tracked");
    }
    for here in &stock {
        println!("{}", line(here));
    }
    let entries = inventory::entries(shop, sku, i64::from(entries))
        .await
        .map_err(told)?;
    for entry in entries {
        let about = entry
            .reference
            .map(|order| format!("  {order}"))
            .unwrap_or_default();
        println!(
            "{}  {:<12} {:<10} on hand {:+}, held {:+}, sold {:+}{about}",
            entry.at, entry.location, entry.cause, entry.on_hand, entry.held, entry.sold
        );
    }
    Ok(())
}

fn line(here: &StockAt) -> String {
    let is = here.figures;
    format!(
        "{}: on hand {}, held {}, sold {}",
        here.location, is.on_hand, is.held, is.sold
    )
}

fn list(differences: &[Difference]) {
    for difference in differences {
        println!("{difference}");
    }
}

fn caller(command: &str) -> Caller {
    Caller::machine("rialto", &format!("rialto stock {command}"))
}

fn told(failure: Failure<inventory::InventoryError>) -> String {
    failure.to_string()
}
