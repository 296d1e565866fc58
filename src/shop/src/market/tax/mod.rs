//! Tax rates, as a shopkeeper edits them: a CSV with the columns `country`, `region`, `class` and `percent`.

mod file;
mod sql;

use super::{TableError, changed};
use crate::{Broken, Caller, Shop, audit};
use domain::{Action, may};
use serde_json::json;
use sqlx::PgConnection;
use std::io::Read;

/// What an import did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TaxReport {
    /// Rates in the file.
    pub rates: usize,
    /// Countries in the file; those that are not in it keep what they had.
    pub countries: usize,
    /// Rates that were there and are not any more, or are others now.
    pub replaced: u64,
}

impl std::fmt::Display for TaxReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            rates,
            countries,
            replaced,
        } = self;
        write!(
            f,
            "{rates} rates of {countries} countries; {replaced} of those there were are gone or changed"
        )
    }
}

/// A rate as it is listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedRate {
    pub country: String,
    /// Empty for the country's own rate.
    pub region: String,
    pub class: String,
    /// In millionths.
    pub ppm: u32,
}

impl ListedRate {
    /// `8.875`.
    pub fn percent(&self) -> String {
        let whole = self.ppm / 10_000;
        match self.ppm % 10_000 {
            0 => whole.to_string(),
            rest => format!("{whole}.{rest:04}")
                .trim_end_matches('0')
                .to_owned(),
        }
    }
}

/// Takes the rates of a file, in place of all that the countries in it had.
///
/// # Errors
/// [`TableError`], with each problem's row and column; then nothing was changed.
pub async fn import(
    shop: &Shop,
    caller: &Caller,
    reader: impl Read,
) -> Result<TaxReport, TableError> {
    may(&caller.actor, Action::ChangeMarkets)?;
    let mut tx = shop.begin().await?;
    let report = write(shop, &mut tx, caller, reader).await?;
    tx.commit().await?;
    shop.markets.reload(&shop.db).await?;
    Ok(report)
}

/// The same, inside a transaction of the caller's, who has asked whether it may.
///
/// # Errors
/// [`TableError`].
pub async fn write(
    shop: &Shop,
    tx: &mut PgConnection,
    caller: &Caller,
    reader: impl Read,
) -> Result<TaxReport, TableError> {
    let rates = file::read(reader)?;
    let mut countries: Vec<String> = rates.iter().map(|rate| rate.country.to_string()).collect();
    countries.sort();
    countries.dedup();
    let report = TaxReport {
        rates: rates.len(),
        countries: countries.len(),
        replaced: sql::replace(tx, &countries, &rates).await?,
    };
    let change =
        json!({ "rates": report.rates, "countries": countries, "replaced": report.replaced });
    audit::write(shop, tx, caller, "taxes.import", "taxes", "rates", change).await?;
    changed(shop, tx, caller).await?;
    Ok(report)
}

/// Every rate, by country, region and class.
///
/// # Errors
/// [`Broken`] when the database does not answer.
pub async fn list(shop: &Shop) -> Result<Vec<ListedRate>, Broken> {
    let mut db = shop.db.acquire().await?;
    let rows = super::sql::tax_rates(&mut db).await?;
    let listed = rows.into_iter().map(|row| ListedRate {
        country: row.country,
        region: row.region,
        class: row.tax_class,
        ppm: row.ppm.unsigned_abs(),
    });
    Ok(listed.collect())
}
