//! Regions of countries, as ISO 3166-2 codes and names them: where an address needs one, or a tax rate hangs on one.

use crate::market::{Country, Locale};

/// A state, province or region of a country.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// The code within its country: `NY` of `US-NY`.
    pub code: &'static str,
    name: &'static str,
    /// Empty where German says the same.
    german: &'static str,
}

impl Region {
    pub const fn name(&self, locale: Locale) -> &'static str {
        match locale {
            Locale::De if !self.german.is_empty() => self.german,
            Locale::En | Locale::De => self.name,
        }
    }
}

/// The regions of a country that matter to a shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Regions {
    pub kind: RegionKind,
    /// Whether every address of the country lies in one of them, and has to say in which.
    pub required: bool,
    /// By name.
    pub all: &'static [Region],
}

/// What people of a country call its regions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegionKind {
    State,
    Province,
    Region,
}

/// The regions of `country`; None where neither addresses nor taxes tell them apart.
pub fn of(country: Country) -> Option<&'static Regions> {
    match country.as_str() {
        "US" => Some(&UNITED_STATES),
        "CA" => Some(&CANADA),
        "ES" => Some(&SPAIN),
        "PT" => Some(&PORTUGAL),
        _ => None,
    }
}

/// The region of `country` that somebody means by `typed`: its code (`NY`, `us-ny`, `N.Y.`), its name in either language, or
/// the beginning of exactly one name, from four letters on (`Calif.`).
pub fn find(country: Country, typed: &str) -> Option<&'static Region> {
    let regions = of(country)?.all;
    let typed = plain(typed);
    let code = plain(country.as_str());
    let names = |region: &Region| [plain(region.name), plain(region.german)];
    let exact = regions.iter().find(|region| {
        let own = plain(region.code);
        typed == own
            || typed.strip_prefix(code.as_str()) == Some(own.as_str())
            || (!typed.is_empty() && names(region).contains(&typed))
    });
    exact.or_else(|| {
        let mut meant = regions
            .iter()
            .filter(|region| names(region).iter().any(|name| name.starts_with(&typed)));
        match (meant.next(), meant.next()) {
            (Some(region), None) if typed.chars().count() >= 4 => Some(region),
            _ => None,
        }
    })
}

/// The name of a region as an address has it; what is no code we know stays as it was typed.
pub fn name(country: Country, region: &str, locale: Locale) -> &str {
    of(country)
        .and_then(|regions| regions.all.iter().find(|known| known.code == region))
        .map_or(region, |known| known.name(locale))
}

/// Letters and digits alone, in lower case.
fn plain(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

const fn region(code: &'static str, name: &'static str) -> Region {
    german(code, name, "")
}

const fn german(code: &'static str, name: &'static str, german: &'static str) -> Region {
    Region { code, name, german }
}

const UNITED_STATES: Regions = Regions {
    kind: RegionKind::State,
    required: true,
    all: &[
        region("AL", "Alabama"),
        region("AK", "Alaska"),
        region("AZ", "Arizona"),
        region("AR", "Arkansas"),
        german("CA", "California", "Kalifornien"),
        region("CO", "Colorado"),
        region("CT", "Connecticut"),
        region("DE", "Delaware"),
        region("DC", "District of Columbia"),
        region("FL", "Florida"),
        region("GA", "Georgia"),
        region("HI", "Hawaii"),
        region("ID", "Idaho"),
        region("IL", "Illinois"),
        region("IN", "Indiana"),
        region("IA", "Iowa"),
        region("KS", "Kansas"),
        region("KY", "Kentucky"),
        region("LA", "Louisiana"),
        region("ME", "Maine"),
        region("MD", "Maryland"),
        region("MA", "Massachusetts"),
        region("MI", "Michigan"),
        region("MN", "Minnesota"),
        region("MS", "Mississippi"),
        region("MO", "Missouri"),
        region("MT", "Montana"),
        region("NE", "Nebraska"),
        region("NV", "Nevada"),
        region("NH", "New Hampshire"),
        region("NJ", "New Jersey"),
        region("NM", "New Mexico"),
        region("NY", "New York"),
        region("NC", "North Carolina"),
        region("ND", "North Dakota"),
        region("OH", "Ohio"),
        region("OK", "Oklahoma"),
        region("OR", "Oregon"),
        region("PA", "Pennsylvania"),
        region("RI", "Rhode Island"),
        region("SC", "South Carolina"),
        region("SD", "South Dakota"),
        region("TN", "Tennessee"),
        region("TX", "Texas"),
        region("UT", "Utah"),
        region("VT", "Vermont"),
        region("VA", "Virginia"),
        region("WA", "Washington"),
        region("WV", "West Virginia"),
        region("WI", "Wisconsin"),
        region("WY", "Wyoming"),
    ],
};

const CANADA: Regions = Regions {
    kind: RegionKind::Province,
    required: true,
    all: &[
        region("AB", "Alberta"),
        german("BC", "British Columbia", "Britisch-Kolumbien"),
        region("MB", "Manitoba"),
        german("NB", "New Brunswick", "Neubraunschweig"),
        german(
            "NL",
            "Newfoundland and Labrador",
            "Neufundland und Labrador",
        ),
        german("NT", "Northwest Territories", "Nordwest-Territorien"),
        german("NS", "Nova Scotia", "Neuschottland"),
        region("NU", "Nunavut"),
        region("ON", "Ontario"),
        german("PE", "Prince Edward Island", "Prinz-Edward-Insel"),
        german("QC", "Quebec", "Québec"),
        region("SK", "Saskatchewan"),
        region("YT", "Yukon"),
    ],
};

/// Those outside the VAT area of the European Union (Directive 2006/112/EC, article 6).
const SPAIN: Regions = Regions {
    kind: RegionKind::Region,
    required: false,
    all: &[
        german("CN", "Canary Islands", "Kanarische Inseln"),
        region("CE", "Ceuta"),
        region("ML", "Melilla"),
    ],
};

/// Those with rates of their own (Directive 2006/112/EC, article 105).
const PORTUGAL: Regions = Regions {
    kind: RegionKind::Region,
    required: false,
    all: &[german("20", "Azores", "Azoren"), region("30", "Madeira")],
};

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn country(code: &str) -> Country {
        code.parse().unwrap()
    }

    #[test]
    fn a_state_is_found_by_what_people_type() {
        for typed in [
            "NY",
            "ny",
            " NY ",
            "N.Y.",
            "US-NY",
            "us ny",
            "New York",
            "new york",
            "NEW  YORK",
        ] {
            let found = find(country("US"), typed).map(|region| region.code);
            assert_eq!(found, Some("NY"), "{typed:?}");
        }
        for (typed, code) in [
            ("Kalifornien", "CA"),
            ("Calif.", "CA"),
            ("Penn", "PA"),
            ("Virginia", "VA"),
            ("Kansas", "KS"),
            ("Washington", "WA"),
            ("District of Columbia", "DC"),
        ] {
            let found = find(country("US"), typed).map(|region| region.code);
            assert_eq!(found, Some(code), "{typed:?}");
        }
    }

    #[test]
    fn what_could_mean_two_or_none_is_not_guessed() {
        for typed in [
            "", " ", "New", "North", "Miss", "Cal", "XX", "Bavaria", "US", "-",
        ] {
            assert_eq!(find(country("US"), typed), None, "{typed:?}");
        }
        assert_eq!(find(country("DE"), "Bayern"), None);
    }

    #[test]
    fn codes_and_names_are_unique_and_sorted_by_name() {
        for code in ["US", "CA", "ES", "PT"] {
            let regions = of(country(code)).unwrap().all;
            let codes: BTreeSet<_> = regions.iter().map(|region| region.code).collect();
            assert_eq!(codes.len(), regions.len(), "{code}");
            assert!(
                regions.is_sorted_by_key(|region| region.name),
                "{code} is not sorted"
            );
            for region in regions {
                for text in [region.code, region.name, region.german] {
                    if !text.is_empty() {
                        assert_eq!(find(country(code), text), Some(region), "{code} {text}");
                    }
                }
            }
        }
        assert_eq!(of(country("US")).unwrap().all.len(), 51);
    }

    #[test]
    fn an_address_names_its_region() {
        assert_eq!(name(country("US"), "CA", Locale::De), "Kalifornien");
        assert_eq!(name(country("US"), "CA", Locale::En), "California");
        assert_eq!(name(country("US"), "ZZ", Locale::En), "ZZ");
        assert_eq!(name(country("IT"), "VE", Locale::En), "VE");
    }
}
