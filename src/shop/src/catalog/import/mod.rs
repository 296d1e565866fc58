//! The import of the product CSV that Shopify exports.
//!
//! The file is read twice, as a stream: once to find every problem ([`check`]), once to write ([`run::write`]): each product
//! whole, a few thousand to a transaction, so that a large file neither fills memory nor holds anybody up, and one that was
//! stopped goes on. A product is known again by its handle, a variant by its option values; what is already as the file says
//! is left alone. A column that the file does not have changes nothing.

mod category;
mod check;
mod column;
pub(super) mod copy;
mod file;
mod html;
pub(super) mod merge;
mod preview;
mod product;
mod row;
mod run;
pub(super) mod sql;
pub(super) mod stock;
pub(super) mod translation;
mod value;
mod variant;
mod write;

#[cfg(test)]
pub(super) use html::describe;
pub use preview::{FieldChange, Preview, ProductPreview};
pub use translation::{TranslationReport, translate};

use crate::market::TableError;
use crate::{Broken, Caller, Shop};
use check::{Problems, check};
pub(super) use column::Selling;
use domain::{Action, Denied, MarketCode};
use file::Products;
use merge::Outcome;
use sqlx::PgConnection;
use std::io::{Read, Seek};

/// Products that are compared and written at a time.
const BATCH: usize = 200;
/// Page tags in one event.
pub(super) const TAGS_IN_EVENT: usize = 500;

/// How to import.
#[derive(Clone, Debug)]
pub struct ImportOptions {
    /// The market that `Variant Price` is for; the shop's first when None.
    pub market: Option<MarketCode>,
    /// Leave out products with a problem (a product whole: half of one must not be sold) instead of refusing the file.
    pub skip_bad_rows: bool,
}

/// How far an import is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Rows of the file that were read and checked.
    pub read: u64,
    /// Products written so far.
    pub written: u64,
    /// Products to be written, once the whole file is checked.
    pub total: Option<u64>,
}

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportReport {
    pub products_new: u64,
    pub products_updated: u64,
    pub products_unchanged: u64,
    /// Variants in the products above.
    pub variants: u64,
    /// Why products were left out, as far as it is told.
    pub skipped: Vec<RowProblem>,
    /// Problems beyond these.
    pub skipped_more: u64,
    /// Products that were written already when it went on; 0 for one that was not stopped before.
    pub gone_on_after: u64,
    /// Columns that this shop has no use for.
    pub ignored_columns: Vec<String>,
}

impl std::fmt::Display for Progress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.total {
            None => write!(f, "{} rows read and checked", self.read),
            Some(total) => write!(
                f,
                "{} rows read; {} of {total} products written",
                self.read, self.written
            ),
        }
    }
}

impl ImportReport {
    fn count(&mut self, outcome: Outcome) {
        *match outcome {
            Outcome::New => &mut self.products_new,
            Outcome::Updated => &mut self.products_updated,
            Outcome::Unchanged => &mut self.products_unchanged,
        } += 1;
    }

    fn add(&mut self, part: &Self) {
        self.products_new += part.products_new;
        self.products_updated += part.products_updated;
        self.products_unchanged += part.products_unchanged;
        self.variants += part.variants;
    }
}

impl std::fmt::Display for ImportReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            products_new,
            products_updated,
            products_unchanged,
            variants,
            gone_on_after,
            ..
        } = self;
        write!(
            f,
            "{products_new} products new, {products_updated} changed, {products_unchanged} as they were; {variants} variants"
        )?;
        if *gone_on_after > 0 {
            write!(
                f,
                "\nwent on after the {gone_on_after} products that were written before it stopped"
            )?;
        }
        list_notes(f, self)
    }
}

fn list_notes(f: &mut std::fmt::Formatter<'_>, report: &ImportReport) -> std::fmt::Result {
    if !report.ignored_columns.is_empty() {
        let columns = report.ignored_columns.join(", ");
        write!(f, "\ncolumns without a use here: {columns}")?;
    }
    for problem in &report.skipped {
        write!(f, "\nleft out: {problem}")?;
    }
    if report.skipped_more > 0 {
        write!(f, "\n… and {} more problems", report.skipped_more)?;
    }
    Ok(())
}

/// What is wrong in the file, where, and how to mend it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("row {row}, column {column}: {problem}")]
pub struct RowProblem {
    /// The line of the file that the row begins on; the header is line 1.
    pub row: u64,
    pub column: String,
    pub problem: String,
}

/// Why nothing was imported, or not everything.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Each of the `done` products is whole.
    #[error(
        "{done} of {total} products are imported, then it stopped: {why}; the same command goes on where it stopped"
    )]
    Stopped { done: u64, total: u64, why: String },
    #[error("the same file is being imported by another process: wait until it is through")]
    Overtaken,
    #[error("{}", list(.0))]
    Problems(Vec<RowProblem>),
    #[error("there is no market {0}")]
    UnknownMarket(MarketCode),
    #[error(transparent)]
    Denied(#[from] Denied),
    #[error("the file can't be read: {0}")]
    Unreadable(String),
    /// Of the demo shop: its taxes, its delivery or its words.
    #[error(transparent)]
    Table(#[from] TableError),
    #[error(transparent)]
    Broken(#[from] Broken),
}

impl From<sqlx::Error> for ImportError {
    fn from(error: sqlx::Error) -> Self {
        Self::Broken(error.into())
    }
}

impl From<csv::Error> for ImportError {
    fn from(error: csv::Error) -> Self {
        Self::Unreadable(error.to_string())
    }
}

impl From<std::io::Error> for ImportError {
    fn from(error: std::io::Error) -> Self {
        Self::Unreadable(error.to_string())
    }
}

/// Imports a file. `progress` is told now and then.
///
/// A file of a few thousand products is taken in whole or not at all. A larger one is committed in parts of that size, each
/// product whole: if it stops on the way, the same import goes on where it stopped.
///
/// # Errors
/// [`ImportError::Stopped`]; after any other nothing was changed.
pub async fn run(
    shop: &Shop,
    caller: &Caller,
    mut reader: impl Read + Seek + Send,
    options: &ImportOptions,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<ImportReport, ImportError> {
    domain::may(&caller.actor, Action::ChangeCatalogue)?;
    domain::may(&caller.actor, Action::AdjustStock)?;
    let selling = Selling::of(&shop.markets, options.market.as_ref())?;
    let checked = check(&mut reader, &selling, options, &mut reading(progress))?;
    reader.rewind()?;
    run::write(shop, caller, reader, &selling, checked, progress).await
}

/// Says what an import would change, and names the first `named` products that differ. Changes nothing.
///
/// # Errors
/// [`ImportError`], as the import would.
pub async fn preview(
    shop: &Shop,
    caller: &Caller,
    mut reader: impl Read + Seek + Send,
    options: &ImportOptions,
    named: usize,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Preview, ImportError> {
    domain::may(&caller.actor, Action::ChangeCatalogue)?;
    domain::may(&caller.actor, Action::AdjustStock)?;
    let selling = Selling::of(&shop.markets, options.market.as_ref())?;
    let checked = check(&mut reader, &selling, options, &mut reading(progress))?;
    reader.rewind()?;
    preview::preview(shop, reader, &selling, checked, named, progress).await
}

/// Imports a small file inside a transaction of the caller's, who has asked whether it may.
pub(super) async fn write(
    shop: &Shop,
    tx: &mut PgConnection,
    caller: &Caller,
    mut reader: impl Read + Seek + Send,
    options: &ImportOptions,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<ImportReport, ImportError> {
    let selling = Selling::of(&shop.markets, options.market.as_ref())?;
    let checked = check(&mut reader, &selling, options, &mut reading(progress))?;
    reader.rewind()?;
    let mut file = Products::open(&mut reader, &selling)?;
    let mut products = Vec::new();
    while let Some((product, _)) = file.next_good(&checked.torn)? {
        products.push(product);
    }
    let mut now = Progress {
        read: checked.rows,
        written: 0,
        total: Some(checked.products),
    };
    let mut told = |count| {
        now.written += count;
        progress(now);
    };
    let skipped = checked.problems.len() as u64 + checked.more_problems;
    let mut report = run::write_part(shop, tx, caller, products, skipped, &mut told).await?;
    report.ignored_columns = file.ignored_columns();
    report.skipped = checked.problems;
    report.skipped_more = checked.more_problems;
    Ok(report)
}

/// Tells how many rows were checked.
fn reading(progress: &mut (dyn FnMut(Progress) + Send)) -> impl FnMut(u64) {
    move |read| {
        progress(Progress {
            read,
            written: 0,
            total: None,
        });
    }
}

fn list(problems: &[RowProblem]) -> String {
    let lines: Vec<String> = problems.iter().map(RowProblem::to_string).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests;
