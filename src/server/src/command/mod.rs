//! The command line.

mod arrange;
mod customers;
mod gift_cards;
mod import;
mod jobs;
mod markets;
mod media;
mod orders;
mod promotions;
mod recommend;
mod reindex;
mod reviews;
mod searches;
mod seed;
mod staff;
mod stock;
mod table;

use crate::settings::Settings;
use crate::{build, serve};
use clap::Subcommand;
use markets::{Delivery, Taxes};
use shop::MIGRATIONS;
use shop::catalog::import::Progress;
use std::io::Write;
use std::path::PathBuf;

/// What the program can be asked to do.
#[derive(Subcommand)]
pub enum Command {
    /// Serve the shop; runs the workers too, unless the setting `workers` is off
    Serve,
    /// Run the workers alone: mail, holds that run out, payments to be asked about
    Worker,
    /// Bring the database's schema up to this release
    Migrate,
    /// Import the demo catalogue, if the shop has no products yet; then generate as many products as are asked for
    Seed(seed::Seed),
    /// Import a product CSV as Shopify exports it
    Import(import::Import),
    /// Write all products as a CSV that can be imported again
    Export(import::Export),
    /// Arrange the catalogue as a JSON file says: tree, brands, attributes, collections, addresses, prices to come
    Arrange {
        /// The JSON file; demo/arrangement.json shows one
        file: PathBuf,
    },
    /// Build the search index anew, from PostgreSQL; the old one serves until the new one is whole
    Reindex,
    /// Compute what is bought together and what is alike, now; a worker does so once a day
    Recommend,
    /// Look at stock and its ledger; correct it; say how a variant is sold
    #[command(subcommand)]
    Stock(stock::Stock),
    /// Discounts: import, list, show, end them
    #[command(subcommand)]
    Promotions(promotions::Promotions),
    /// Gift cards and store credit: issue, list, show them
    #[command(subcommand)]
    GiftCards(gift_cards::GiftCards),
    /// Groups of customers, which promotions can be for
    #[command(subcommand)]
    Customers(customers::Customers),
    /// Look at orders, ship them, call them off, send money back, take goods back
    #[command(subcommand)]
    Orders(orders::Orders),
    /// Read what shoppers say of products; publish it, or refuse it
    #[command(subcommand)]
    Reviews(reviews::Reviews),
    /// What is searched for: most, in vain, and what is opened then
    #[command(subcommand)]
    Searches(searches::Searches),
    /// Look at the work that waits or failed; do it again, or give it up
    #[command(subcommand)]
    Jobs(jobs::Jobs),
    /// Pictures: take them in, show them with a product, list and check them
    #[command(subcommand)]
    Media(media::Media),
    /// Tax rates: from a CSV, or as they are
    #[command(subcommand)]
    Taxes(Taxes),
    /// Zones, ways of delivery and places to pick up at: from a JSON file
    #[command(subcommand)]
    Delivery(Delivery),
}

impl Command {
    /// Does it.
    ///
    /// # Errors
    /// What went wrong, and how to mend it.
    pub async fn run(self, settings: Settings) -> Result<(), String> {
        match self {
            Self::Serve => serve::run(settings).await,
            Self::Worker => serve::work(settings).await,
            Self::Migrate => migrate(&settings).await,
            Self::Seed(seed) => seed.run(&settings).await,
            Self::Arrange { file } => arrange::run(&settings, &file).await,
            Self::Reindex => reindex::run(&settings).await,
            Self::Recommend => recommend::run(&settings).await,
            Self::Stock(stock) => stock.run(&settings).await,
            Self::Promotions(promotions) => promotions.run(&settings).await,
            Self::GiftCards(cards) => cards.run(&settings).await,
            Self::Customers(customers) => customers.run(&settings).await,
            Self::Orders(orders) => orders.run(&settings).await,
            Self::Reviews(reviews) => reviews.run(&settings).await,
            Self::Searches(searches) => searches.run(&settings).await,
            Self::Jobs(jobs) => jobs.run(&settings).await,
            Self::Media(media) => media.run(&settings).await,
            Self::Taxes(taxes) => taxes.run(&settings).await,
            Self::Delivery(delivery) => delivery.run(&settings).await,
            Self::Import(import) => import.run(&settings).await,
            Self::Export(export) => export.run(&settings).await,
        }
    }
}

async fn migrate(settings: &Settings) -> Result<(), String> {
    let db = build::pool(&settings.database_url, 1, "DATABASE_URL").await?;
    let before = shop::migration::pending(&db)
        .await
        .map_err(|error| error.to_string())?;
    MIGRATIONS
        .run(&db)
        .await
        .map_err(|error| format!("a migration failed, nothing of it was kept: {error}"))?;
    println!(
        "{} migrations run; the schema is this release's",
        before.len()
    );
    Ok(())
}

fn show(progress: Progress) {
    eprint!("\r{progress}");
    let _ = std::io::stderr().flush();
}
