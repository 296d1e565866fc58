//! The export: the product CSV as Shopify writes it, with our markets' prices, in the shop's order. Importing it again
//! changes nothing. It streams: a few hundred products are in memory, each batch as it stood at one moment.

mod row;
mod sql;

use super::import::{Selling, sql as import_sql};
use crate::{Broken, Caller, Shop, transaction};
use domain::{Action, Denied, Locale, MarketCode};
use row::Format;
use std::io::Write;

/// Products that are read at a time.
const BATCH: i64 = 500;

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exported {
    pub products: u64,
    /// The header not counted.
    pub rows: u64,
}

/// Why an export is not whole.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error(transparent)]
    Denied(#[from] Denied),
    #[error("there is no market {0}")]
    UnknownMarket(MarketCode),
    #[error("it can't be written: {0}")]
    Unwritable(#[from] csv::Error),
    #[error(transparent)]
    Broken(#[from] Broken),
}

impl From<sqlx::Error> for ExportError {
    fn from(error: sqlx::Error) -> Self {
        Self::Broken(error.into())
    }
}

/// Writes all products, those that are not shown included. `Variant Price` is of `market`, or of the shop's first.
/// `progress` is told after each batch.
///
/// # Errors
/// [`ExportError`].
pub async fn products(
    shop: &Shop,
    caller: &Caller,
    market: Option<&MarketCode>,
    out: impl Write + Send,
    progress: &mut (dyn FnMut(Exported) + Send),
) -> Result<Exported, ExportError> {
    domain::may(&caller.actor, Action::ChangeCatalogue)?;
    let selling = Selling::of(&shop.markets, market)
        .map_err(|_| ExportError::UnknownMarket(market.cloned().unwrap_or_else(|| first(shop))))?;
    let format = Format::of(&selling);
    let mut out = csv::Writer::from_writer(out);
    out.write_record(format.header())?;
    let mut done = Exported::default();
    let mut after = sql::START;
    loop {
        let mut tx = transaction::begin_snapshot(&shop.read).await?;
        let page = sql::handles(&mut tx, after, BATCH).await?;
        let Some(last) = page.last() else { break };
        after = (last.position, last.id);
        let handles: Vec<String> = page.iter().map(|row| row.slug.clone()).collect();
        let mut stored = import_sql::stored(&mut tx, &handles).await?;
        let categories = sql::categories(&mut tx).await?;
        let variants: Vec<_> = stored
            .values()
            .flat_map(|stored| stored.variants.iter().map(|variant| variant.id))
            .collect();
        let stock = sql::stock(&mut tx, &variants).await?;
        tx.rollback().await?;
        for handle in &handles {
            let Some(product) = stored.remove(handle) else {
                continue;
            };
            done.products += 1;
            for row in format.rows(&product, &categories, &stock) {
                done.rows += 1;
                out.write_record(row)?;
            }
        }
        progress(done);
    }
    out.flush().map_err(csv::Error::from)?;
    Ok(done)
}

/// Writes the products' texts in another language, as `rialto import --translation` takes them.
///
/// # Errors
/// [`ExportError`].
pub async fn translations(
    shop: &Shop,
    caller: &Caller,
    locale: Locale,
    out: impl Write + Send,
    progress: &mut (dyn FnMut(Exported) + Send),
) -> Result<Exported, ExportError> {
    domain::may(&caller.actor, Action::ChangeCatalogue)?;
    let mut out = csv::Writer::from_writer(out);
    out.write_record(row::TRANSLATION)?;
    let mut done = Exported::default();
    let mut after = sql::START;
    loop {
        let mut db = shop.read.acquire().await?;
        let page = sql::translations(&mut db, locale.code(), after, BATCH).await?;
        drop(db);
        let Some(last) = page.last() else { break };
        after = (last.position, last.product_id);
        for texts in &page {
            done.products += 1;
            done.rows += 1;
            out.write_record(row::translation(texts))?;
        }
        progress(done);
    }
    out.flush().map_err(csv::Error::from)?;
    Ok(done)
}

fn first(shop: &Shop) -> MarketCode {
    shop.markets.default_storefront().market
}
