//! `rialto taxes` and `rialto delivery`: the tables that a shopkeeper edits in files.

use crate::build;
use crate::settings::Settings;
use clap::Subcommand;
use shop::Caller;
use shop::market::{TableError, delivery, tax};
use std::fs::File;
use std::io::{BufReader, Write};
use std::path::{Path, PathBuf};

/// What can be done with tax rates.
#[derive(Subcommand)]
pub enum Taxes {
    /// Take the rates of a CSV (country, region, class, percent) in place of all that its countries had
    Import {
        /// The CSV file; demo/taxes.csv shows one
        file: PathBuf,
    },
    /// Print all rates, as a CSV that can be imported
    List,
}

/// What can be done with delivery.
#[derive(Subcommand)]
pub enum Delivery {
    /// Take the zones of a JSON file in place of all that its markets had
    Import {
        /// The JSON file; demo/delivery.json shows one
        file: PathBuf,
    },
}

impl Taxes {
    /// # Errors
    /// What went wrong, with the row and column of each problem.
    pub async fn run(self, settings: &Settings) -> Result<(), String> {
        match self {
            Self::Import { file } => {
                let reader = open(&file)?;
                let shop = build::shop(settings).await?;
                let caller = Caller::machine("rialto", "rialto taxes import");
                let report = tax::import(&shop, &caller, reader).await;
                println!("{}", report.map_err(|error| refused(&file, &error))?);
                Ok(())
            }
            Self::List => {
                let shop = build::shop(settings).await?;
                let rates = tax::list(&shop).await.map_err(|error| error.to_string())?;
                let mut text = String::from("country,region,class,percent\n");
                for rate in rates {
                    let percent = rate.percent();
                    text.push_str(&format!(
                        "{},{},{},{percent}\n",
                        rate.country, rate.region, rate.class
                    ));
                }
                // Whoever reads only the first lines closes the pipe.
                let _ = std::io::stdout().write_all(text.as_bytes());
                Ok(())
            }
        }
    }
}

impl Delivery {
    /// # Errors
    /// What went wrong, with the place of each problem.
    pub async fn run(self, settings: &Settings) -> Result<(), String> {
        let Self::Import { file } = self;
        let reader = open(&file)?;
        let shop = build::shop(settings).await?;
        let caller = Caller::machine("rialto", "rialto delivery import");
        let report = delivery::import(&shop, &caller, reader).await;
        println!("{}", report.map_err(|error| refused(&file, &error))?);
        Ok(())
    }
}

fn open(file: &Path) -> Result<BufReader<File>, String> {
    File::open(file)
        .map(BufReader::new)
        .map_err(|error| format!("{} can't be read: {error}", file.display()))
}

fn refused(file: &Path, error: &TableError) -> String {
    format!(
        "nothing of {} was taken, and nothing was changed:\n{error}",
        file.display()
    )
}
