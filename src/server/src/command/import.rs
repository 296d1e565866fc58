//! `rialto import` and `rialto export`: the catalogue as a CSV, in and out.

use super::show;
use crate::build;
use crate::settings::Settings;
use clap::Args;
use domain::{Locale, MarketCode};
use shop::catalog::export::{self, Exported};
use shop::catalog::import::{self, ImportError, ImportOptions};
use shop::{Caller, Shop};
use std::fs::File;
use std::io::{BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

/// What to import, and how.
#[derive(Args)]
pub struct Import {
    /// The CSV file
    file: PathBuf,
    /// Leave bad rows' products out and take the rest
    #[arg(long)]
    skip_bad_rows: bool,
    /// The market that the column "Variant Price" is for; the shop's first market if not given
    #[arg(long)]
    market: Option<String>,
    /// Say what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// How many products a dry run names
    #[arg(long, default_value_t = 20, requires = "dry_run")]
    name: usize,
    /// The file holds texts in this language (de), for products that are there
    #[arg(long, conflicts_with_all = ["skip_bad_rows", "market", "dry_run"])]
    translation: Option<Locale>,
}

impl Import {
    /// Does it.
    ///
    /// # Errors
    /// What is wrong with the file, row by row, or what went wrong, and how to mend it.
    pub async fn run(self, settings: &Settings) -> Result<(), String> {
        let path = self.file.display();
        let file =
            File::open(&self.file).map_err(|error| format!("{path} can't be read: {error}"))?;
        let file = BufReader::new(file);
        let options = ImportOptions {
            market: self.market.as_deref().map(market).transpose()?,
            skip_bad_rows: self.skip_bad_rows,
        };
        let shop = build::shop(settings).await?;
        let caller = Caller::machine("rialto", "rialto import");
        if let Some(locale) = self.translation {
            let report = import::translate(&shop, &caller, locale, file).await;
            let report = report.map_err(|error| format!("nothing was imported: {error}"))?;
            println!(
                "{} products read, {} changed",
                report.products, report.changed
            );
            return Ok(());
        }
        if self.dry_run {
            let preview =
                import::preview(&shop, &caller, file, &options, self.name, &mut show).await;
            eprintln!();
            println!("{}", preview.map_err(|error| error.to_string())?);
            return Ok(());
        }
        let report = import::run(&shop, &caller, file, &options, &mut show).await;
        eprintln!();
        let report = report.map_err(|error| match error {
            ImportError::Stopped { .. } => error.to_string(),
            error => format!("nothing was imported: {error}"),
        })?;
        println!("{report}");
        Ok(())
    }
}

/// What to export, and where to.
#[derive(Args)]
pub struct Export {
    /// The CSV file to write; standard output if not given
    #[arg(long, short)]
    output: Option<PathBuf>,
    /// The market that the column "Variant Price" is for; the shop's first market if not given
    #[arg(long)]
    market: Option<String>,
    /// Write the texts in this language (de) instead
    #[arg(long, conflicts_with = "market")]
    translation: Option<Locale>,
}

impl Export {
    /// Does it. A file is there whole or not at all.
    ///
    /// # Errors
    /// What went wrong, and how to mend it.
    pub async fn run(self, settings: &Settings) -> Result<(), String> {
        let market = self.market.as_deref().map(market).transpose()?;
        let shop = build::shop(settings).await?;
        let done = match &self.output {
            None => {
                let out = BufWriter::new(std::io::stdout());
                write(&shop, market.as_ref(), self.translation, out).await?
            }
            Some(path) => {
                let part = part(path);
                let failed =
                    |error: std::io::Error| format!("{} can't be written: {error}", part.display());
                let file = File::create(&part).map_err(failed)?;
                let out = BufWriter::new(&file);
                let done = write(&shop, market.as_ref(), self.translation, out).await;
                let written = match &done {
                    Ok(_) => file.sync_all().and_then(|()| std::fs::rename(&part, path)),
                    Err(_) => std::fs::remove_file(&part),
                };
                let done = done?;
                written.map_err(failed)?;
                done
            }
        };
        eprintln!("\r{:<60}", told(done));
        Ok(())
    }
}

async fn write(
    shop: &Shop,
    market: Option<&MarketCode>,
    translation: Option<Locale>,
    out: impl Write + Send,
) -> Result<Exported, String> {
    let caller = Caller::machine("rialto", "rialto export");
    let mut progress = |done| {
        eprint!("\r{:<60}", told(done));
        let _ = std::io::stderr().flush();
    };
    let done = match translation {
        Some(locale) => export::translations(shop, &caller, locale, out, &mut progress).await,
        None => export::products(shop, &caller, market, out, &mut progress).await,
    };
    done.map_err(|error| format!("the export is not whole: {error}"))
}

fn told(done: Exported) -> String {
    format!("{} products in {} rows written", done.products, done.rows)
}

/// Where a file is written until it is whole.
fn part(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    PathBuf::from(name)
}

fn market(code: &str) -> Result<MarketCode, String> {
    code.parse()
        .map_err(|_| format!("`{code}` is not a market's code, such as eu or us"))
}
