//! The second reading: it writes. A few thousand products to a transaction, so that nothing is locked for long and memory
//! does not grow with the file; how far it came is written with them (`import_run`), so that an import that was killed goes
//! on where it stopped.

mod sql;

use super::check::Checked;
use super::column::Selling;
use super::file::Products;
use super::product::NewProduct;
use super::write::Writer;
use super::{ImportError, ImportReport, Progress, TAGS_IN_EVENT, sql as import_sql};
use crate::{Caller, Shop, audit, outbox};
use serde_json::json;
use sqlx::PgConnection;
use std::io::Read;
use time::Duration;
use uuid::Uuid;

/// Products in a transaction, at most: a file of no more is taken in whole or not at all.
const CHUNK: usize = 2_000;
/// Bytes of the file in a transaction, about.
const CHUNK_BYTES: usize = 32 << 20;
/// An import that stopped so long ago is begun anew: too much may have changed meanwhile.
const GOES_ON_FOR: Duration = Duration::DAY;

/// An import that was begun.
pub struct Run {
    pub id: Uuid,
    /// Products of the file that are committed.
    pub done: u64,
    pub report: ImportReport,
}

/// Writes what of a checked file is not written yet.
///
/// # Errors
/// [`ImportError::Stopped`] when a part is written already, any other when nothing is.
pub async fn write(
    shop: &Shop,
    caller: &Caller,
    reader: impl Read + Send,
    selling: &Selling,
    checked: Checked,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<ImportReport, ImportError> {
    let mut now = Progress {
        read: checked.rows,
        written: 0,
        total: Some(checked.products),
    };
    let mut done = 0;
    let result = go_on(
        shop, caller, reader, selling, &checked, &mut now, progress, &mut done,
    )
    .await;
    let mut report = result.map_err(|error| match done {
        0 => error,
        done => ImportError::Stopped {
            done,
            total: checked.products,
            why: error.to_string(),
        },
    })?;
    report.skipped = checked.problems;
    report.skipped_more = checked.more_problems;
    Ok(report)
}

#[allow(clippy::too_many_arguments)] // One loop, and what it tells while it runs.
async fn go_on(
    shop: &Shop,
    caller: &Caller,
    reader: impl Read + Send,
    selling: &Selling,
    checked: &Checked,
    now: &mut Progress,
    progress: &mut (dyn FnMut(Progress) + Send),
    done: &mut u64,
) -> Result<ImportReport, ImportError> {
    let mut products = Products::open(reader, selling)?;
    let mut run = find_or_begin(shop, checked).await?;
    run.report.ignored_columns = products.ignored_columns();
    run.report.gone_on_after = run.done;
    *done = run.done;
    now.written = run.done;
    products.skip(run.done, &checked.torn)?;
    let mut first_of_next = None;
    loop {
        let mut chunk = Vec::with_capacity(CHUNK);
        let mut bytes = 0;
        chunk.extend(first_of_next.take());
        while let Some((product, size)) = products.next_good(&checked.torn)? {
            // One more than the chunk holds is read, to know whether there is more.
            if chunk.len() == CHUNK || bytes >= CHUNK_BYTES {
                first_of_next = Some(product);
                break;
            }
            bytes += size;
            chunk.push(product);
        }
        let is_last = first_of_next.is_none();
        let count = chunk.len() as u64;
        let mut tx = shop.begin().await?;
        let skipped = checked.problems.len() as u64 + checked.more_problems;
        let mut told = |count| {
            now.written += count;
            progress(*now);
        };
        let part = write_part(shop, &mut tx, caller, chunk, skipped, &mut told).await?;
        run.report.add(&part);
        let time = shop.clock.now();
        if !sql::advance(&mut tx, &run, count, time, is_last).await? {
            return Err(ImportError::Overtaken);
        }
        tx.commit().await?;
        run.done += count;
        *done = run.done;
        if is_last {
            return Ok(run.report);
        }
    }
}

/// Writes products, with stock, audit and the pages that changed, in a transaction of the caller's.
pub async fn write_part(
    shop: &Shop,
    tx: &mut PgConnection,
    caller: &Caller,
    products: Vec<NewProduct>,
    skipped: u64,
    told: &mut (dyn FnMut(u64) + Send),
) -> Result<ImportReport, ImportError> {
    // Two imports at once would make the same product twice.
    import_sql::lock(tx).await?;
    let mut writer = Writer::begin(shop, tx).await?;
    writer.write(products, told).await?;
    let (report, tags) = writer.finish().await?;
    let change = json!({
        "new": report.products_new, "updated": report.products_updated, "unchanged": report.products_unchanged,
        "variants": report.variants, "skipped": skipped,
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

/// The run of this very import that stopped lately, or a new one.
async fn find_or_begin(shop: &Shop, checked: &Checked) -> Result<Run, ImportError> {
    let now = shop.clock.now();
    let mut tx = shop.begin().await?;
    import_sql::lock(&mut tx).await?;
    let run = match sql::find_stopped(&mut tx, &checked.print, now - GOES_ON_FOR).await? {
        Some(run) => run,
        None => {
            let run = Run {
                id: shop.random.id(now),
                done: 0,
                report: ImportReport::default(),
            };
            sql::begin(&mut tx, run.id, &checked.print, checked.products, now).await?;
            run
        }
    };
    tx.commit().await?;
    Ok(run)
}
