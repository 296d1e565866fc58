//! The import of the product CSV that Shopify exports.
//!
//! The file is read twice, as a stream: once to find every problem, once to write. All of it is written in one transaction,
//! so that a shop never shows half a file. A product is known again by its handle, a variant by its option values; what
//! is already as the file says is left alone. A column that the file does not have changes nothing.

mod column;
pub(super) mod copy;
mod file;
mod html;
pub(super) mod merge;
mod product;
mod row;
pub(super) mod sql;
pub(super) mod stock;
pub(super) mod translation;
mod value;
mod variant;
mod write;

#[cfg(test)]
pub(super) use html::describe;
pub use translation::{TranslationReport, translate};

use crate::market::TableError;
use crate::{Broken, Caller, Shop, audit, outbox};
use column::Selling;
use domain::{Action, Denied, MarketCode};
use file::Products;
use serde_json::json;
use sqlx::PgConnection;
use std::io::{Read, Seek};
use write::Writer;

/// Products that are written at a time.
const BATCH: usize = 200;
/// A file with so many problems is not read on, unless bad rows are to be skipped.
const ENOUGH_PROBLEMS: usize = 1_000;
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
    /// Why products were left out.
    pub skipped: Vec<RowProblem>,
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

impl std::fmt::Display for ImportReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            products_new,
            products_updated,
            products_unchanged,
            variants,
            ..
        } = self;
        write!(
            f,
            "{products_new} products new, {products_updated} changed, {products_unchanged} as they were; {variants} variants"
        )?;
        if !self.ignored_columns.is_empty() {
            write!(
                f,
                "\ncolumns without a use here: {}",
                self.ignored_columns.join(", ")
            )?;
        }
        for problem in &self.skipped {
            write!(f, "\nleft out: {problem}")?;
        }
        Ok(())
    }
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

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
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
/// # Errors
/// [`ImportError`]; then nothing was changed.
pub async fn run(
    shop: &Shop,
    caller: &Caller,
    reader: impl Read + Seek + Send,
    options: &ImportOptions,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<ImportReport, ImportError> {
    domain::may(&caller.actor, Action::ChangeCatalogue)?;
    domain::may(&caller.actor, Action::AdjustStock)?;
    let mut tx = shop.db.begin().await?;
    let report = write(shop, &mut tx, caller, reader, options, progress).await?;
    tx.commit().await?;
    Ok(report)
}

/// The same, inside a transaction of the caller's, who has asked whether it may.
pub(super) async fn write(
    shop: &Shop,
    tx: &mut PgConnection,
    caller: &Caller,
    mut reader: impl Read + Seek + Send,
    options: &ImportOptions,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<ImportReport, ImportError> {
    let selling = Selling::of(&shop.markets, options.market.as_ref())?;
    let mut done = Progress {
        read: 0,
        written: 0,
        total: None,
    };
    let checked = check(&mut reader, &selling, options.skip_bad_rows, &mut |read| {
        progress(Progress { read, ..done });
    })?;
    let may_leave_out = options.skip_bad_rows && checked.readable;
    if !(checked.problems.is_empty() || may_leave_out) {
        return Err(ImportError::Problems(checked.problems));
    }
    done.read = checked.rows;
    done.total = Some(checked.products);

    // Two imports at once would make the same product twice.
    sql::lock(tx).await?;
    let mut writer = Writer::begin(shop, tx).await?;
    reader.rewind()?;
    let mut products = Products::open(&mut reader, &selling)?;
    let mut batch = Vec::with_capacity(BATCH);
    loop {
        let next = products.next()?;
        let is_last = next.is_none();
        // What has problems was counted the first time.
        batch.extend(next.and_then(Result::ok));
        if batch.len() == BATCH || (is_last && !batch.is_empty()) {
            done.written += batch.len() as u64;
            writer.write(std::mem::take(&mut batch)).await?;
            progress(done);
        }
        if is_last {
            break;
        }
    }
    let ignored_columns = products.ignored_columns();
    let (mut report, tags) = writer.finish().await?;
    report.skipped = checked.problems;
    report.ignored_columns = ignored_columns;

    let change = json!({
        "new": report.products_new, "updated": report.products_updated, "unchanged": report.products_unchanged,
        "variants": report.variants, "skipped": report.skipped.len(),
    });
    audit::write(
        shop,
        tx,
        caller,
        "catalog.import",
        "catalog",
        "products",
        change,
    )
    .await?;
    for tags in tags.chunks(TAGS_IN_EVENT) {
        outbox::pages_changed(shop, tx, caller, tags).await?;
    }
    Ok(report)
}

/// What the first reading found.
struct Checked {
    rows: u64,
    /// Those without a problem.
    products: u64,
    problems: Vec<RowProblem>,
    /// Whether the header was one.
    readable: bool,
}

fn check(
    reader: impl Read,
    selling: &Selling,
    to_the_end: bool,
    progress: &mut dyn FnMut(u64),
) -> Result<Checked, ImportError> {
    let mut checked = Checked {
        rows: 0,
        products: 0,
        problems: Vec::new(),
        readable: true,
    };
    let mut products = match Products::open(reader, selling) {
        Ok(products) => products,
        Err(ImportError::Problems(problems)) => {
            checked.problems = problems;
            checked.readable = false;
            return Ok(checked);
        }
        Err(error) => return Err(error),
    };
    while let Some(product) = products.next()? {
        match product {
            Ok(_) => checked.products += 1,
            Err(problems) => checked.problems.extend(problems),
        }
        checked.rows = products.rows();
        if checked.products.is_multiple_of(BATCH as u64) {
            progress(checked.rows);
        }
        if checked.problems.len() >= ENOUGH_PROBLEMS && !to_the_end {
            break;
        }
    }
    progress(checked.rows);
    Ok(checked)
}

fn list(problems: &[RowProblem]) -> String {
    let lines: Vec<String> = problems.iter().map(RowProblem::to_string).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests;
