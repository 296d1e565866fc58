//! From rows to tables.

use super::words::Words;
use super::{Attribute, Delivery, PickUp, RegionalRate, Tables, sql, tax_class};
use crate::{Broken, transaction};
use domain::checkout::{Place, PlaceName};
use domain::pricing::{
    DeliveryOption, Rounding, RoundingMode, RoundingScope, TaxMode, TaxRate, WeightBand,
};
use domain::{Currency, Market, Money};
use sqlx::PgPool;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use uuid::Uuid;

/// All of them, as they stood at one moment.
pub(super) async fn tables(db: &PgPool) -> Result<Tables, Broken> {
    let mut tx = transaction::begin_snapshot(db).await?;
    let markets = sql::markets(&mut tx)
        .await?
        .into_iter()
        .map(|row| market(row).map(Arc::new))
        .collect::<Result<Vec<_>, _>>()?;
    if markets.is_empty() {
        return Err(Broken::Other("the table market has no row".to_owned()));
    }
    let rates = sql::tax_rates(&mut tx)
        .await?
        .into_iter()
        .map(regional_rate)
        .collect::<Result<_, _>>()?;
    let mut bands: HashMap<Uuid, Vec<(u32, i64)>> = HashMap::new();
    for row in sql::delivery_bands(&mut tx).await? {
        let band = (row.up_to_g.unsigned_abs(), row.price_minor);
        bands.entry(row.option_id).or_default().push(band);
    }
    let places = sql::places(&mut tx)
        .await?
        .into_iter()
        .map(place)
        .collect::<Result<HashMap<_, _>, _>>()?;
    let deliveries = sql::delivery_options(&mut tx)
        .await?
        .into_iter()
        .map(|row| {
            let bands = bands.remove(&row.id).unwrap_or_default();
            delivery(&markets, &places, row, &bands)
        })
        .collect::<Result<_, _>>()?;
    let words = Words::of(sql::option_words(&mut tx).await?);
    let attributes = sql::attributes(&mut tx)
        .await?
        .into_iter()
        .map(attribute)
        .collect::<Result<_, Broken>>()?;
    tx.commit().await?;
    let mut tables = Tables {
        markets,
        rates,
        deliveries,
        words,
        attributes: Arc::new(attributes),
        print: 0,
    };
    tables.print = print(&tables);
    Ok(tables)
}

/// Of what `Debug` shows of the tables, which is all there is in them; maps are sorted first.
fn print(tables: &Tables) -> u64 {
    let mut hasher = DefaultHasher::new();
    format!("{:?}{:?}", tables.markets, tables.rates).hash(&mut hasher);
    let sorted = |texts: &HashMap<String, String>| {
        let mut texts: Vec<_> = texts.clone().into_iter().collect();
        texts.sort();
        texts
    };
    for delivery in &tables.deliveries {
        let own = (
            &delivery.market,
            &delivery.areas,
            &delivery.option,
            delivery.worth,
        );
        format!("{own:?}").hash(&mut hasher);
        sorted(&delivery.names).hash(&mut hasher);
        if let Some(pick_up) = &delivery.pick_up {
            format!("{:?}", pick_up.place).hash(&mut hasher);
            sorted(&pick_up.names).hash(&mut hasher);
            sorted(&pick_up.hours).hash(&mut hasher);
        }
    }
    tables.words.hash(&mut hasher);
    tables.attributes.hash(&mut hasher);
    hasher.finish()
}

fn market(row: sql::MarketRow) -> Result<Market, Broken> {
    let tax_mode = match row.tax_mode.as_str() {
        "included" => TaxMode::Included,
        "added" => TaxMode::Added,
        other => return Err(unknown("market", &row.code, "tax_mode", other)),
    };
    let scope = match row.rounding_scope.as_str() {
        "line" => RoundingScope::Line,
        "order" => RoundingScope::Order,
        other => return Err(unknown("market", &row.code, "rounding_scope", other)),
    };
    let mode = match row.rounding_mode.as_str() {
        "half_up" => RoundingMode::HalfUp,
        "half_even" => RoundingMode::HalfEven,
        other => return Err(unknown("market", &row.code, "rounding_mode", other)),
    };
    Ok(Market {
        code: read("market", &row.code, "code", &row.code)?,
        currency: read("market", &row.code, "currency", &row.currency)?,
        locales: read_all("market", &row.code, "locales", &row.locales)?,
        countries: read_all("market", &row.code, "countries", &row.countries)?,
        tax_mode,
        rounding: Rounding { scope, mode },
    })
}

fn regional_rate(row: sql::TaxRateRow) -> Result<RegionalRate, Broken> {
    Ok(RegionalRate {
        country: read("tax_rate", &row.country, "country", &row.country)?,
        rate: TaxRate {
            class: tax_class(&row.tax_class)
                .ok_or_else(|| unknown("tax_rate", &row.country, "tax_class", &row.tax_class))?,
            ppm: row.ppm.unsigned_abs(),
        },
        region: row.region,
    })
}

fn place(row: sql::PlaceRow) -> Result<(String, PickUp), Broken> {
    let place = Place {
        called: PlaceName {
            name: row.name,
            hours: String::new(),
        },
        line1: row.line1,
        postcode: row.postcode,
        city: row.city,
        region: row.region,
        country: read("location", &row.code, "country", &row.country)?,
    };
    let pick_up = PickUp {
        place,
        names: serde_json::from_value(row.called)?,
        hours: serde_json::from_value(row.hours)?,
    };
    Ok((row.code, pick_up))
}

fn attribute(row: sql::AttributeRow) -> Result<Attribute, Broken> {
    Ok(Attribute {
        names: serde_json::from_value(row.name)?,
        is_yes_or_no: row.kind == "boolean",
        code: row.code,
        unit: row.unit,
        is_facet: row.is_facet,
    })
}

fn delivery(
    markets: &[Arc<Market>],
    places: &HashMap<String, PickUp>,
    row: sql::DeliveryRow,
    bands: &[(u32, i64)],
) -> Result<Delivery, Broken> {
    let label = format!("{} {}", row.market, row.code);
    let currency: Currency = markets
        .iter()
        .find(|market| market.code.as_str() == row.market)
        .map(|market| market.currency)
        .ok_or_else(|| unknown("delivery_option", &label, "market", &row.market))?;
    let pick_up = match &row.pick_up {
        None => None,
        Some(code) => {
            let place = places.get(code).cloned();
            Some(place.ok_or_else(|| unknown("delivery_option", &label, "pick_up", code))?)
        }
    };
    let days = |days: i16| u8::try_from(days).unwrap_or(u8::MAX);
    Ok(Delivery {
        market: read("delivery_option", &label, "market", &row.market)?,
        areas: row.areas,
        names: serde_json::from_value(row.name)?,
        worth: (row.from_minor, row.below_minor),
        pick_up,
        option: DeliveryOption {
            name: String::new(),
            days: (days(row.days_min), days(row.days_max)),
            bands: bands
                .iter()
                .map(|&(up_to_g, minor)| WeightBand {
                    up_to_g,
                    price: Money::new(minor, currency),
                })
                .collect(),
            free_from: row.free_from_minor.map(|minor| Money::new(minor, currency)),
            tax_class: tax_class(&row.tax_class)
                .ok_or_else(|| unknown("delivery_option", &label, "tax_class", &row.tax_class))?,
            code: row.code,
        },
    })
}

fn read<T: std::str::FromStr>(
    table: &str,
    row: &str,
    column: &str,
    value: &str,
) -> Result<T, Broken> {
    value
        .parse()
        .map_err(|_| unknown(table, row, column, value))
}

fn read_all<T: std::str::FromStr>(
    table: &str,
    row: &str,
    column: &str,
    values: &[String],
) -> Result<Vec<T>, Broken> {
    values
        .iter()
        .map(|value| read(table, row, column, value))
        .collect()
}

fn unknown(table: &str, row: &str, column: &str, value: &str) -> Broken {
    Broken::Other(format!(
        "table {table}, row {row}: {column} is {value:?}, which this release does not know"
    ))
}
