//! Where the shop sells, to whom it delivers, and what tax a destination has.
//!
//! These tables are small and change with a release, so they are read once, at the start, and no page asks for them again.

mod sql;

use crate::Broken;
use domain::pricing::{
    DeliveryOption, Rounding, RoundingMode, RoundingScope, TaxClass, TaxMode, TaxRate, TaxTerms,
    Terms, WeightBand,
};
use domain::{Country, Currency, Locale, Market, MarketCode, Money, Storefront};
use sqlx::PgPool;
use std::collections::HashMap;
use std::sync::Arc;
use uuid::Uuid;

/// All markets with their delivery and tax. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Markets(Arc<Tables>);

#[derive(Debug)]
struct Tables {
    /// In the shopkeeper's order; never empty.
    markets: Vec<Market>,
    rates: Vec<RegionalRate>,
    deliveries: Vec<Delivery>,
}

#[derive(Debug)]
struct RegionalRate {
    country: Country,
    /// Empty for the country's own rate.
    region: String,
    rate: TaxRate,
}

#[derive(Debug)]
struct Delivery {
    market: MarketCode,
    countries: Vec<Country>,
    /// By locale code.
    names: HashMap<String, String>,
    /// Its name is filled in for the locale that asks.
    option: DeliveryOption,
}

/// What selling to one place means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    pub tax: TaxTerms,
    /// In the shopkeeper's order; empty where the market does not deliver.
    pub delivery: Vec<DeliveryOption>,
}

impl Markets {
    /// Reads the tables.
    ///
    /// # Errors
    /// [`Broken`] when the database does not answer, there is no market, or a row names an unknown currency, country,
    /// locale or tax class.
    pub async fn load(db: &PgPool) -> Result<Self, Broken> {
        let markets = sql::markets(db)
            .await?
            .into_iter()
            .map(market)
            .collect::<Result<Vec<_>, _>>()?;
        if markets.is_empty() {
            return Err(Broken::Other("the table market has no row".to_owned()));
        }
        let rates = sql::tax_rates(db)
            .await?
            .into_iter()
            .map(regional_rate)
            .collect::<Result<_, _>>()?;
        let mut bands: HashMap<Uuid, Vec<(u32, i64)>> = HashMap::new();
        for row in sql::delivery_bands(db).await? {
            let band = (row.up_to_g.unsigned_abs(), row.price_minor);
            bands.entry(row.option_id).or_default().push(band);
        }
        let deliveries = sql::delivery_options(db)
            .await?
            .into_iter()
            .map(|row| {
                let bands = bands.remove(&row.id).unwrap_or_default();
                delivery(&markets, row, &bands)
            })
            .collect::<Result<_, _>>()?;
        Ok(Self(Arc::new(Tables {
            markets,
            rates,
            deliveries,
        })))
    }

    /// The market of a storefront, when there is one and it speaks that language.
    pub fn find(&self, storefront: &Storefront) -> Option<&Market> {
        self.by_code(&storefront.market)
            .filter(|market| market.locales.contains(&storefront.locale))
    }

    /// The market of that code.
    pub fn by_code(&self, code: &MarketCode) -> Option<&Market> {
        self.0.markets.iter().find(|market| market.code == *code)
    }

    /// Every market, the default one first; never empty.
    pub fn all(&self) -> &[Market] {
        &self.0.markets
    }

    /// The first market in its first language.
    pub fn default_storefront(&self) -> Storefront {
        let market = &self.0.markets[0];
        Storefront {
            locale: market.locales.first().copied().unwrap_or_default(),
            market: market.code.clone(),
        }
    }

    /// Every market in each of its languages.
    pub fn storefronts(&self) -> impl Iterator<Item = Storefront> + '_ {
        self.0.markets.iter().flat_map(|market| {
            market.locales.iter().map(|locale| Storefront {
                locale: *locale,
                market: market.code.clone(),
            })
        })
    }

    /// Tax and delivery to a place, priced in `market`'s currency. A region's rate overrides the country's own; a country
    /// outside the market has neither delivery nor tax.
    pub fn destination(
        &self,
        market: &Market,
        locale: Locale,
        country: Country,
        region: &str,
    ) -> Destination {
        Destination {
            tax: TaxTerms {
                mode: market.tax_mode,
                rounding: market.rounding,
                rates: self.rates(market, country, region.trim()),
            },
            delivery: self
                .0
                .deliveries
                .iter()
                .filter(|delivery| {
                    delivery.market == market.code && delivery.countries.contains(&country)
                })
                .map(|delivery| delivery.said_in(locale))
                .collect(),
        }
    }

    /// The terms a cart of `weight_g` grams is priced under when it goes to that place, and the ways of delivery that
    /// carry it. Without a choice (or with one that is not offered) the first way is estimated with.
    pub fn terms(
        &self,
        market: &Market,
        locale: Locale,
        country: Country,
        region: &str,
        chosen: Option<&str>,
        weight_g: u64,
    ) -> (Terms, Vec<DeliveryOption>) {
        let Destination { tax, mut delivery } = self.destination(market, locale, country, region);
        delivery.retain(|option| {
            option
                .bands
                .iter()
                .any(|band| u64::from(band.up_to_g) >= weight_g)
        });
        let choice = delivery
            .iter()
            .find(|option| Some(option.code.as_str()) == chosen)
            .or(delivery.first())
            .cloned();
        let terms = Terms {
            currency: market.currency,
            tax,
            rules: Vec::new(),
            delivery: choice,
            credit: None,
        };
        (terms, delivery)
    }

    fn rates(&self, market: &Market, country: Country, region: &str) -> Vec<TaxRate> {
        if !market.countries.contains(&country) {
            return Vec::new();
        }
        let of = |region: &str, class| {
            self.0.rates.iter().find(|row| {
                row.country == country
                    && row.region.eq_ignore_ascii_case(region)
                    && row.rate.class == class
            })
        };
        [TaxClass::Standard, TaxClass::Reduced, TaxClass::Zero]
            .into_iter()
            .filter_map(|class| of(region, class).or_else(|| of("", class)))
            .map(|row| row.rate)
            .collect()
    }
}

impl Delivery {
    fn said_in(&self, locale: Locale) -> DeliveryOption {
        let name = self
            .names
            .get(locale.code())
            .or_else(|| self.names.get(Locale::default().code()));
        DeliveryOption {
            name: name.unwrap_or(&self.option.code).clone(),
            ..self.option.clone()
        }
    }
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

fn delivery(
    markets: &[Market],
    row: sql::DeliveryRow,
    bands: &[(u32, i64)],
) -> Result<Delivery, Broken> {
    let label = format!("{} {}", row.market, row.code);
    let currency: Currency = markets
        .iter()
        .find(|market| market.code.as_str() == row.market)
        .map(|market| market.currency)
        .ok_or_else(|| unknown("delivery_option", &label, "market", &row.market))?;
    let days = |days: i16| u8::try_from(days).unwrap_or(u8::MAX);
    Ok(Delivery {
        market: read("delivery_option", &label, "market", &row.market)?,
        countries: read_all("delivery_option", &label, "countries", &row.countries)?,
        names: serde_json::from_value(row.name)?,
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

/// The tax class of that name in the database.
pub fn tax_class(text: &str) -> Option<TaxClass> {
    match text {
        "standard" => Some(TaxClass::Standard),
        "reduced" => Some(TaxClass::Reduced),
        "zero" => Some(TaxClass::Zero),
        _ => None,
    }
}

/// A tax class's name in the database.
pub const fn tax_class_name(class: TaxClass) -> &'static str {
    match class {
        TaxClass::Standard => "standard",
        TaxClass::Reduced => "reduced",
        TaxClass::Zero => "zero",
    }
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
