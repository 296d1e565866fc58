//! Where the shop sells, to whom it delivers, what tax a destination has, and what options are called in each language.
//!
//! These tables are small, so each instance keeps them, and no page asks the database for them. Whoever changes one says so
//! with the page tag [`TAG`]; every instance then reads them again ([`Markets::reload`]).

pub mod delivery;
mod estimate;
mod file;
mod read;
mod sql;
pub mod tax;
mod words;

pub use estimate::{Estimate, Estimated, estimate};
pub use file::{Problem, TableError};
pub use words::{import_words, write_words};

use crate::{Broken, Caller, Parts, outbox};
use domain::checkout::{Offered, Place, PlaceName};
use domain::pricing::{DeliveryOption, TaxClass, TaxRate, TaxTerms, Terms};
use domain::{Country, Locale, Market, MarketCode, Storefront};
use sqlx::{PgConnection, PgPool};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock};
use words::Words;

/// The page tag that stands for these tables in the outbox.
pub const TAG: &str = "markets";

/// All markets with their delivery and tax. Cheap to clone; clones see the same tables.
#[derive(Clone, Debug)]
pub struct Markets(Arc<RwLock<Arc<Tables>>>);

#[derive(Debug, Default)]
struct Tables {
    /// In the shopkeeper's order; never empty.
    markets: Vec<Arc<Market>>,
    rates: Vec<RegionalRate>,
    deliveries: Vec<Delivery>,
    words: Words,
    /// In the shopkeeper's order.
    attributes: Arc<Vec<Attribute>>,
    /// Of all of the above: the same tables have the same print in every instance.
    print: u64,
}

/// What products can be beyond their texts (`catalog::arrange` says what there is).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Attribute {
    pub code: String,
    /// By locale code.
    names: BTreeMap<String, String>,
    /// Of its numbers; empty where they have none.
    pub unit: String,
    pub is_yes_or_no: bool,
    /// Whether lists can be narrowed by it.
    pub is_facet: bool,
}

impl Attribute {
    /// What it is called; its code where nothing is said.
    pub fn name(&self, locale: Locale) -> &str {
        let name = |locale: Locale| self.names.get(locale.code());
        let said = name(locale).or_else(|| name(Locale::default()));
        said.unwrap_or(&self.code)
    }
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
    /// Countries (`US`) and regions (`US-HI`).
    areas: Vec<String>,
    /// By locale code.
    names: HashMap<String, String>,
    /// Its name is filled in for the locale that asks.
    option: DeliveryOption,
    /// Minor units of goods, before discounts: offered from, and below.
    worth: (i64, Option<i64>),
    pick_up: Option<PickUp>,
}

#[derive(Clone, Debug)]
struct PickUp {
    place: Place,
    /// By locale code.
    names: HashMap<String, String>,
    hours: HashMap<String, String>,
}

/// What selling to one place means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    pub tax: TaxTerms,
    /// In the shopkeeper's order; empty where the market does not deliver.
    pub delivery: Vec<Offered>,
}

/// What there is to deliver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parcel {
    /// Grams.
    pub weight_g: u64,
    /// What it is worth before discounts, in minor units.
    pub subtotal_minor: i64,
}

/// The same delivery of what is sent so many working days later.
pub(crate) fn delay(delivery: &mut DeliveryOption, days: u8) {
    let (from, to) = delivery.days;
    delivery.days = (from.saturating_add(days), to.saturating_add(days));
}

impl Markets {
    /// Reads the tables.
    ///
    /// # Errors
    /// [`Broken`] when the database does not answer, there is no market, or a row names an unknown currency, country,
    /// locale or tax class.
    pub async fn load(db: &PgPool) -> Result<Self, Broken> {
        let tables = read::tables(db).await?;
        Ok(Self(Arc::new(RwLock::new(Arc::new(tables)))))
    }

    /// Reads the tables again, for all clones. What can't be read stays as it was.
    ///
    /// # Errors
    /// As [`Markets::load`].
    pub async fn reload(&self, db: &PgPool) -> Result<(), Broken> {
        let tables = Arc::new(read::tables(db).await?);
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = tables;
        Ok(())
    }

    fn tables(&self) -> Arc<Tables> {
        let tables = self.0.read().unwrap_or_else(PoisonError::into_inner);
        tables.clone()
    }

    /// Tells one state of the tables from another: what was worked out with them can be kept under it.
    pub fn print(&self) -> u64 {
        self.tables().print
    }

    /// What products can be beyond their texts, in the shopkeeper's order.
    pub fn attributes(&self) -> Arc<Vec<Attribute>> {
        self.tables().attributes.clone()
    }

    /// The market of a storefront, when there is one and it speaks that language.
    pub fn find(&self, storefront: &Storefront) -> Option<Arc<Market>> {
        self.by_code(&storefront.market)
            .filter(|market| market.locales.contains(&storefront.locale))
    }

    /// The market of that code.
    pub fn by_code(&self, code: &MarketCode) -> Option<Arc<Market>> {
        let tables = self.tables();
        tables
            .markets
            .iter()
            .find(|market| market.code == *code)
            .cloned()
    }

    /// Every market, the default one first; never empty.
    pub fn all(&self) -> Vec<Arc<Market>> {
        self.tables().markets.clone()
    }

    /// The first market in its first language.
    pub fn default_storefront(&self) -> Storefront {
        let market = &self.tables().markets[0];
        Storefront {
            locale: market.locales.first().copied().unwrap_or_default(),
            market: market.code.clone(),
        }
    }

    /// Every market in each of its languages.
    pub fn storefronts(&self) -> Vec<Storefront> {
        let tables = self.tables();
        let each = tables.markets.iter().flat_map(|market| {
            market.locales.iter().map(|locale| Storefront {
                locale: *locale,
                market: market.code.clone(),
            })
        });
        each.collect()
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
        let tables = self.tables();
        let region = region.trim();
        let offered = tables
            .deliveries_to(market, country, region)
            .map(|delivery| delivery.said_in(locale));
        Destination {
            delivery: offered.collect(),
            tax: TaxTerms {
                mode: market.tax_mode,
                rounding: market.rounding,
                rates: tables.rates(market, country, region),
            },
        }
    }

    /// The terms a cart is priced under when it goes to that place, and the ways of delivery that carry it. Without a choice
    /// (or with one that is not offered) the first way that sends it is estimated with. What is picked up is taxed where it
    /// is picked up.
    pub fn terms(
        &self,
        market: &Market,
        locale: Locale,
        (country, region): (Country, &str),
        chosen: Option<&str>,
        parcel: Parcel,
    ) -> (Terms, Vec<Offered>) {
        let tables = self.tables();
        let region = region.trim();
        let delivery: Vec<Offered> = tables
            .deliveries_to(market, country, region)
            .filter(|delivery| delivery.carries(parcel))
            .map(|delivery| delivery.said_in(locale))
            .collect();
        let choice = delivery
            .iter()
            .find(|offered| Some(offered.option.code.as_str()) == chosen)
            .or_else(|| delivery.iter().find(|offered| offered.pick_up.is_none()))
            .or(delivery.first());
        let rates = match choice.and_then(|offered| offered.pick_up.as_ref()) {
            Some(place) => tables.rates(market, place.country, &place.region),
            None => tables.rates(market, country, region),
        };
        let terms = Terms {
            currency: market.currency,
            tax: TaxTerms {
                mode: market.tax_mode,
                rounding: market.rounding,
                rates,
            },
            rules: Vec::new(),
            delivery: choice.map(|offered| offered.option.clone()),
            credit: None,
        };
        (terms, delivery)
    }

    /// The name of a product's option (`Colour`) in a language.
    pub fn option_name(&self, locale: Locale, source: &str) -> String {
        self.tables().words.name(locale, source).to_owned()
    }

    /// A value of an option (`Ink`) in a language.
    pub fn option_value(&self, locale: Locale, source: &str) -> String {
        self.tables().words.value(locale, source).to_owned()
    }

    /// A variant's options as a line says them: `Colour: Ink · Size: Large`.
    pub fn options(&self, locale: Locale, names: &[String], values: &[String]) -> String {
        let tables = self.tables();
        let each = names.iter().zip(values).map(|(name, value)| {
            let name = tables.words.name(locale, name);
            format!("{name}: {}", tables.words.value(locale, value))
        });
        each.collect::<Vec<_>>().join(" · ")
    }
}

impl Tables {
    /// The market's ways of delivery to a place: those whose zone names the region, or else those whose zone names the country.
    fn deliveries_to<'a>(
        &'a self,
        market: &'a Market,
        country: Country,
        region: &str,
    ) -> impl Iterator<Item = &'a Delivery> + use<'a> {
        let of_market = || {
            self.deliveries
                .iter()
                .filter(|delivery| delivery.market == market.code)
        };
        let regional = format!("{country}-{}", region.to_ascii_uppercase());
        let names = |area: &str| of_market().any(|delivery| delivery.covers(area));
        let area = if names(&regional) {
            regional
        } else {
            country.to_string()
        };
        of_market().filter(move |delivery| delivery.covers(&area))
    }

    /// A class without a rate of its own is taxed as standard; without that, not at all.
    fn rates(&self, market: &Market, country: Country, region: &str) -> Vec<TaxRate> {
        if !market.countries.contains(&country) {
            return Vec::new();
        }
        let of = |region: &str, class| {
            self.rates.iter().find(|row| {
                row.country == country
                    && row.region.eq_ignore_ascii_case(region)
                    && row.rate.class == class
            })
        };
        let rate = |class| of(region, class).or_else(|| of("", class));
        let standard = rate(TaxClass::Standard);
        let reduced = rate(TaxClass::Reduced).or(standard).map(|row| TaxRate {
            class: TaxClass::Reduced,
            ppm: row.rate.ppm,
        });
        let zero = rate(TaxClass::Zero).map(|row| row.rate);
        [standard.map(|row| row.rate), reduced, zero]
            .into_iter()
            .flatten()
            .collect()
    }
}

impl Delivery {
    fn covers(&self, area: &str) -> bool {
        self.areas.iter().any(|own| own == area)
    }

    fn carries(&self, parcel: Parcel) -> bool {
        let (from, below) = self.worth;
        let bands = &self.option.bands;
        bands
            .iter()
            .any(|band| u64::from(band.up_to_g) >= parcel.weight_g)
            && parcel.subtotal_minor >= from
            && below.is_none_or(|below| parcel.subtotal_minor < below)
    }

    fn said_in(&self, locale: Locale) -> Offered {
        let name = said(&self.names, locale).unwrap_or(&self.option.code);
        let pick_up = self.pick_up.as_ref().map(|pick_up| Place {
            called: PlaceName {
                name: said(&pick_up.names, locale)
                    .unwrap_or(&pick_up.place.called.name)
                    .to_owned(),
                hours: said(&pick_up.hours, locale).unwrap_or_default().to_owned(),
            },
            ..pick_up.place.clone()
        });
        Offered {
            option: DeliveryOption {
                name: name.to_owned(),
                ..self.option.clone()
            },
            pick_up,
        }
    }
}

/// A text in `locale`, or in the shop's own language.
fn said(texts: &HashMap<String, String>, locale: Locale) -> Option<&str> {
    texts
        .get(locale.code())
        .or_else(|| texts.get(Locale::default().code()))
        .map(String::as_str)
}

/// Says that these tables changed: every page shows some of them (prices of delivery, names of options).
///
/// # Errors
/// The database's.
async fn changed(shop: &Parts, tx: &mut PgConnection, caller: &Caller) -> Result<(), sqlx::Error> {
    let tags = [TAG.to_owned(), "layout".to_owned()];
    outbox::pages_changed(shop, tx, caller, &tags).await
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
