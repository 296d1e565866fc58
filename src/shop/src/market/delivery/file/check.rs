//! From what was written to what holds; every problem is told, not only the first.

use super::raw::{self, Texts};
use super::{NewDelivery, NewMarket, NewOption, NewPlace, NewZone};
use crate::market::{Problem, tax_class};
use crate::text;
use domain::pricing::TaxClass;
use domain::{Country, Currency, Locale, Market, Money, region};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The heaviest parcel, in grams: whatever is heavier is freight.
const HEAVIEST: u32 = 1_000_000_000;
/// Whatever takes longer is no promise.
const LONGEST: u8 = 120;

/// What is wrong so far.
#[derive(Default)]
pub struct Check {
    pub problems: Vec<Problem>,
}

impl Check {
    fn add(&mut self, place: &str, problem: impl Into<String>) {
        self.problems.push(Problem::new(place, problem));
    }

    pub fn file(&mut self, raw: raw::File, known: &[Arc<Market>]) -> NewDelivery {
        if raw.markets.is_empty() {
            self.add("markets", "there is none; write at least one");
        }
        let places: Vec<NewPlace> = raw
            .places
            .into_iter()
            .filter_map(|(code, place)| self.place(code, place))
            .collect();
        let mut markets = Vec::new();
        for (code, market) in raw.markets {
            let at = format!("markets.{code}");
            match known.iter().find(|market| market.code.as_str() == code) {
                Some(known) => markets.push(self.market(&at, code, market, known, &places)),
                None => {
                    let codes: Vec<&str> = known.iter().map(|known| known.code.as_str()).collect();
                    self.add(
                        &at,
                        format!("there is no such market; there are {}", codes.join(", ")),
                    );
                }
            }
        }
        NewDelivery { places, markets }
    }

    fn place(&mut self, code: String, place: raw::Place) -> Option<NewPlace> {
        let at = format!("places.{code}");
        self.code(&at, &code);
        self.texts(&format!("{at}.name"), &place.name);
        if !place.hours.is_empty() {
            self.texts(&format!("{at}.hours"), &place.hours);
        }
        for (field, text, longest) in [
            ("line1", &place.line1, 120),
            ("postcode", &place.postcode, 16),
            ("city", &place.city, 80),
        ] {
            let fits = !text.trim().is_empty() && text.chars().count() <= longest;
            if !fits || text.chars().any(char::is_control) {
                let said = format!("write 1 to {longest} characters on one line");
                self.add(&format!("{at}.{field}"), said);
            }
        }
        let country = self.country(&format!("{at}.country"), &place.country)?;
        let region = match (region::of(country), place.region.trim()) {
            (Some(regions), "") if !regions.required => String::new(),
            (None, typed) => typed.to_owned(),
            (Some(_), typed) => match region::find(country, typed) {
                Some(region) => region.code.to_owned(),
                None => {
                    let said =
                        format!("{typed:?} is no region of {country}; write its ISO 3166-2 code");
                    self.add(&format!("{at}.region"), said);
                    return None;
                }
            },
        };
        Some(NewPlace {
            name: place
                .name
                .get(Locale::default().code())
                .cloned()
                .unwrap_or_default(),
            code,
            names: place.name,
            hours: place.hours,
            line1: place.line1.trim().to_owned(),
            postcode: place.postcode.trim().to_owned(),
            city: place.city.trim().to_owned(),
            region,
            country,
        })
    }

    fn market(
        &mut self,
        at: &str,
        code: String,
        raw: raw::Market,
        known: &Market,
        places: &[NewPlace],
    ) -> NewMarket {
        if raw.zones.is_empty() {
            self.add(
                &format!("{at}.zones"),
                "there is none; a market has to deliver somewhere",
            );
        }
        let mut taken: BTreeMap<String, String> = BTreeMap::new();
        let mut zones: Vec<NewZone> = Vec::new();
        for (index, zone) in raw.zones.into_iter().enumerate() {
            let at = format!("{at}.zones[{index}]");
            self.code(&format!("{at}.code"), &zone.code);
            if zones.iter().any(|other| other.code == zone.code) {
                self.add(&format!("{at}.code"), "another zone has this code");
            }
            zones.push(self.zone(&at, zone, known.currency, &mut taken));
        }
        let mut countries: Vec<String> = Vec::new();
        for country in zones.iter().flat_map(|zone| &zone.countries) {
            if !countries.contains(country) {
                countries.push(country.clone());
            }
        }
        for (index, zone) in zones.iter().enumerate() {
            for (number, option) in zone.options.iter().enumerate() {
                let Some(code) = &option.pick_up else {
                    continue;
                };
                let at = format!("{at}.zones[{index}].options[{number}].pick_up");
                match places.iter().find(|place| place.code == *code) {
                    None => self.add(
                        &at,
                        format!("there is no place {code:?} under `places` that holds"),
                    ),
                    Some(place) if !countries.iter().any(|own| own == place.country.as_str()) => {
                        let said = format!(
                            "the place lies in {}, which no zone of this market names: its tax is not known",
                            place.country
                        );
                        self.add(&at, said);
                    }
                    Some(_) => {}
                }
            }
        }
        NewMarket {
            code,
            zones,
            countries,
        }
    }

    fn zone(
        &mut self,
        at: &str,
        zone: raw::Zone,
        currency: Currency,
        taken: &mut BTreeMap<String, String>,
    ) -> NewZone {
        if zone.areas.is_empty() {
            self.add(
                &format!("{at}.areas"),
                "there is none; write countries such as DE, or regions such as US-HI",
            );
        }
        let mut areas = Vec::new();
        let mut countries: Vec<String> = Vec::new();
        for (index, area) in zone.areas.iter().enumerate() {
            let at = format!("{at}.areas[{index}]");
            let Some((country, area)) = self.area(&at, area) else {
                continue;
            };
            if let Some(other) = taken.insert(area.clone(), zone.code.clone()) {
                self.add(
                    &at,
                    format!("{area} is in the zone {other:?} already; keep it in one"),
                );
            }
            let country = country.to_string();
            if !countries.contains(&country) {
                countries.push(country);
            }
            areas.push(area);
        }
        if zone.options.is_empty() {
            self.add(
                &format!("{at}.options"),
                "there is none; write at least one",
            );
        }
        let mut options: Vec<NewOption> = Vec::new();
        for (index, option) in zone.options.into_iter().enumerate() {
            let at = format!("{at}.options[{index}]");
            let option = self.option(&at, option, currency);
            let rival = options
                .iter()
                .any(|other| other.code == option.code && overlap(other.worth, option.worth));
            if rival {
                self.add(
                    &format!("{at}.code"),
                    "another option of this zone has this code, for goods of the same worth",
                );
            }
            options.push(option);
        }
        NewZone {
            code: zone.code,
            areas,
            countries,
            options,
        }
    }

    fn area(&mut self, at: &str, area: &str) -> Option<(Country, String)> {
        let (code, typed) = match area.split_once('-') {
            Some((code, typed)) => (code, Some(typed)),
            None => (area, None),
        };
        let country = self.country(at, code)?;
        let Some(typed) = typed else {
            return Some((country, area.to_owned()));
        };
        match region::find(country, typed).filter(|region| region.code == typed) {
            Some(region) => Some((country, format!("{country}-{}", region.code))),
            None => {
                let said = format!("{typed:?} is no region of {country} that this shop knows");
                self.add(at, said);
                None
            }
        }
    }

    fn country(&mut self, at: &str, code: &str) -> Option<Country> {
        let Ok(country) = code.parse::<Country>() else {
            let said = format!("{code:?} is no country; write its two capitals, such as DE");
            self.add(at, said);
            return None;
        };
        if text::country(Locale::default(), country).is_none() {
            let said = format!(
                "the shop has no name for {country}; add country-{} to locales/*/country.ftl",
                code.to_lowercase()
            );
            self.add(at, said);
            return None;
        }
        Some(country)
    }

    fn option(&mut self, at: &str, raw: raw::Delivery, currency: Currency) -> NewOption {
        self.code(&format!("{at}.code"), &raw.code);
        self.texts(&format!("{at}.name"), &raw.name);
        if raw.days.0 > raw.days.1 || raw.days.1 > LONGEST {
            let said = format!("write the earliest and the latest business day, at most {LONGEST}");
            self.add(&format!("{at}.days"), said);
        }
        let mut amount = |field: &str, text: &Option<String>| {
            let text = text.as_ref()?;
            self.amount(&format!("{at}.{field}"), text, currency)
        };
        let free_from = amount("free_from", &raw.free_from);
        let worth = (
            amount("from", &raw.from).unwrap_or(0),
            amount("below", &raw.below),
        );
        if worth.1.is_some_and(|below| below <= worth.0) {
            self.add(&format!("{at}.below"), "has to be more than `from`");
        }
        let class = raw.tax_class.as_deref().unwrap_or("standard");
        let tax_class = tax_class(class).unwrap_or_else(|| {
            let said = format!("{class:?} is no tax class; write standard, reduced or zero");
            self.add(&format!("{at}.tax_class"), said);
            TaxClass::Standard
        });
        let bands = if raw.pick_up.is_some() {
            if !raw.prices.is_empty() || free_from.is_some() {
                self.add(
                    &format!("{at}.prices"),
                    "picking up costs nothing; leave `prices` and `free_from` out",
                );
            }
            vec![(i32::MAX, 0)]
        } else {
            self.bands(&format!("{at}.prices"), &raw.prices, currency)
        };
        NewOption {
            code: raw.code,
            names: raw.name,
            days: raw.days,
            free_from,
            worth,
            tax_class,
            pick_up: raw.pick_up,
            bands,
        }
    }

    fn bands(&mut self, at: &str, prices: &[raw::Price], currency: Currency) -> Vec<(i32, i64)> {
        if prices.is_empty() {
            self.add(at, "there is none; write at least one");
        }
        let mut bands: Vec<(i32, i64)> = Vec::new();
        let mut last = 0;
        for (index, price) in prices.iter().enumerate() {
            let at = format!("{at}[{index}]");
            let fits = (1..=HEAVIEST).contains(&price.up_to_g);
            let up_to_g = i32::try_from(price.up_to_g).unwrap_or(i32::MAX);
            if !fits || up_to_g <= last {
                let said = format!("write grams up to {HEAVIEST}, each more than the one before");
                self.add(&format!("{at}.up_to_g"), said);
            }
            last = up_to_g;
            if let Some(minor) = self.amount(&format!("{at}.price"), &price.price, currency) {
                bands.push((up_to_g, minor));
            }
        }
        bands
    }

    fn amount(&mut self, at: &str, text: &str, currency: Currency) -> Option<i64> {
        match Money::parse(text, currency) {
            Ok(amount) if (0..=100_000_000_000).contains(&amount.minor) => Some(amount.minor),
            _ => {
                let code = currency.code();
                self.add(
                    at,
                    format!("{text:?} is no amount of {code}, such as \"4.90\""),
                );
                None
            }
        }
    }

    fn code(&mut self, at: &str, code: &str) {
        let fits = (1..=40).contains(&code.len())
            && code
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if !fits {
            self.add(
                at,
                format!("{code:?} is no code: write 1 to 40 small letters, digits and -"),
            );
        }
    }

    /// A text for each language the shop speaks, or at least for its own.
    fn texts(&mut self, at: &str, texts: &Texts) {
        for (locale, text) in texts {
            if locale.parse::<Locale>().is_err() {
                self.add(
                    &format!("{at}.{locale}"),
                    "the shop speaks no such language",
                );
            } else if text.trim().is_empty() || text.chars().count() > 120 {
                self.add(&format!("{at}.{locale}"), "write 1 to 120 characters");
            }
        }
        let own = Locale::default().code();
        if !texts.contains_key(own) {
            self.add(&format!("{at}.{own}"), "this text is missing");
        }
    }
}

/// Whether some worth of goods lies in both ranges.
fn overlap(a: (i64, Option<i64>), b: (i64, Option<i64>)) -> bool {
    b.1.is_none_or(|below| a.0 < below) && a.1.is_none_or(|below| b.0 < below)
}
