//! Zones, ways of delivery and places to pick up at, as a shopkeeper edits them: a JSON file (`demo/delivery.json` shows one).

mod file;
mod sql;

use super::{TableError, changed};
use crate::{Caller, Shop, audit};
use domain::{Action, may};
use serde_json::json;
use sqlx::PgConnection;
use std::io::Read;

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeliveryReport {
    /// The markets whose delivery is the file's now.
    pub markets: Vec<String>,
    pub zones: usize,
    pub options: usize,
    pub places: usize,
}

impl std::fmt::Display for DeliveryReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            markets,
            zones,
            options,
            places,
        } = self;
        let markets = markets.join(", ");
        write!(
            f,
            "markets {markets}: {zones} zones with {options} ways of delivery; {places} places to pick up at"
        )
    }
}

/// Takes a file's zones in place of all that its markets had. A market sells to the countries of its zones, in their order:
/// the first is what is estimated with before an address is known.
///
/// # Errors
/// [`TableError`], with each problem's place; then nothing was changed.
pub async fn import(
    shop: &Shop,
    caller: &Caller,
    reader: impl Read,
) -> Result<DeliveryReport, TableError> {
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
) -> Result<DeliveryReport, TableError> {
    let file = file::read(reader, &shop.markets.all())?;
    let now = shop.clock.now();
    for place in &file.places {
        sql::put_place(tx, shop.random.id(now), place).await?;
    }
    let mut report = DeliveryReport {
        places: file.places.len(),
        ..DeliveryReport::default()
    };
    for market in &file.markets {
        sql::clear(tx, &market.code).await?;
        let mut position = 0;
        for zone in &market.zones {
            sql::put_zone(tx, &market.code, zone, position).await?;
            for option in &zone.options {
                position += 1;
                let id = shop.random.id(now);
                sql::put_option(tx, id, &market.code, zone, option, position).await?;
            }
            report.options += zone.options.len();
        }
        sql::sell_to(tx, &market.code, &market.countries).await?;
        report.zones += market.zones.len();
        report.markets.push(market.code.clone());
    }
    let change = json!({
        "markets": report.markets, "zones": report.zones, "options": report.options, "places": report.places,
    });
    audit::write(
        shop,
        tx,
        caller,
        "delivery.import",
        "delivery",
        "zones",
        change,
    )
    .await?;
    changed(shop, tx, caller).await?;
    Ok(report)
}
