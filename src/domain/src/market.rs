//! Where the shop sells, in which languages, in which currency, with which tax.

use crate::money::Currency;
use crate::pricing::{Rounding, TaxMode};
use serde::{Deserialize, Serialize};

/// A language the shop speaks. Its message file is `locales/<code>/main.ftl`.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Locale {
    #[default]
    En,
    De,
}

impl Locale {
    pub const ALL: [Self; 2] = [Self::En, Self::De];

    /// The BCP 47 language tag.
    pub const fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
        }
    }
}

impl std::fmt::Display for Locale {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

impl std::str::FromStr for Locale {
    type Err = UnknownStorefront;
    fn from_str(text: &str) -> Result<Self, UnknownStorefront> {
        Self::ALL
            .into_iter()
            .find(|locale| locale.code() == text)
            .ok_or(UnknownStorefront)
    }
}

/// A market's short name, as it stands in URLs and keys: 1 to 8 lower-case ASCII letters or digits (`eu`, `us`).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MarketCode(String);

impl MarketCode {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for MarketCode {
    type Err = UnknownStorefront;
    fn from_str(text: &str) -> Result<Self, UnknownStorefront> {
        let fits = (1..=8).contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        if fits {
            Ok(Self(text.to_owned()))
        } else {
            Err(UnknownStorefront)
        }
    }
}

impl TryFrom<String> for MarketCode {
    type Error = UnknownStorefront;
    fn try_from(text: String) -> Result<Self, UnknownStorefront> {
        text.parse()
    }
}

impl From<MarketCode> for String {
    fn from(code: MarketCode) -> Self {
        code.0
    }
}

impl std::fmt::Display for MarketCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A country: an ISO 3166-1 alpha-2 code in capitals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Country([u8; 2]);

impl Country {
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl std::str::FromStr for Country {
    type Err = UnknownStorefront;
    fn from_str(text: &str) -> Result<Self, UnknownStorefront> {
        match text.as_bytes() {
            &[a, b] if a.is_ascii_uppercase() && b.is_ascii_uppercase() => Ok(Self([a, b])),
            _ => Err(UnknownStorefront),
        }
    }
}

impl TryFrom<String> for Country {
    type Error = UnknownStorefront;
    fn try_from(text: String) -> Result<Self, UnknownStorefront> {
        text.parse()
    }
}

impl From<Country> for String {
    fn from(country: Country) -> Self {
        country.as_str().to_owned()
    }
}

impl std::fmt::Display for Country {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A group of countries sold to alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Market {
    pub code: MarketCode,
    pub currency: Currency,
    /// At least one; the first is the default.
    pub locales: Vec<Locale>,
    /// At least one; the first is what delivery and tax are estimated for before an address is known.
    pub countries: Vec<Country>,
    pub tax_mode: TaxMode,
    pub rounding: Rounding,
}

/// What a shopper stands in: a market in a language. Written `en-eu`, the first part of every page's path.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Storefront {
    pub locale: Locale,
    pub market: MarketCode,
}

impl std::fmt::Display for Storefront {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.locale, self.market)
    }
}

impl std::str::FromStr for Storefront {
    type Err = UnknownStorefront;
    fn from_str(text: &str) -> Result<Self, UnknownStorefront> {
        let (locale, market) = text.split_once('-').ok_or(UnknownStorefront)?;
        Ok(Self {
            locale: locale.parse()?,
            market: market.parse()?,
        })
    }
}

impl TryFrom<String> for Storefront {
    type Error = UnknownStorefront;
    fn try_from(text: String) -> Result<Self, UnknownStorefront> {
        text.parse()
    }
}

impl From<Storefront> for String {
    fn from(storefront: Storefront) -> Self {
        storefront.to_string()
    }
}

/// No such language, market or country.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such language, market or country")]
pub struct UnknownStorefront;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn storefronts_read_as_they_are_written() {
        for text in ["en-eu", "de-eu", "en-us", "de-a1b2c3d4", "en-1"] {
            let storefront: Storefront = text.parse().unwrap();
            assert_eq!(storefront.to_string(), text);
            let sent = serde_json::to_string(&storefront).unwrap();
            assert_eq!(sent, format!("\"{text}\""));
            assert_eq!(
                serde_json::from_str::<Storefront>(&sent).unwrap(),
                storefront
            );
        }
    }

    #[test]
    fn what_is_no_storefront_is_refused() {
        let wrong = [
            "",
            "-",
            "en",
            "en-",
            "-eu",
            "eu-en",
            "fr-eu",
            "EN-eu",
            "en-EU",
            "en_eu",
            "en--eu",
            "en-eu-x",
            "en-eu ",
            " en-eu",
            "en-ninechars",
            "en-ü",
            "en-e/u",
            "en-..",
        ];
        for text in wrong {
            assert_eq!(
                text.parse::<Storefront>(),
                Err(UnknownStorefront),
                "{text:?}"
            );
            let sent = serde_json::to_string(text).unwrap();
            assert!(serde_json::from_str::<Storefront>(&sent).is_err());
        }
    }

    #[test]
    fn market_codes_are_short_lower_case_and_ascii() {
        for text in ["e", "eu", "us2", "12345678"] {
            assert_eq!(text.parse::<MarketCode>().unwrap().as_str(), text);
        }
        for text in ["", "123456789", "EU", "e-u", "e u", "é", "e\n"] {
            assert!(text.parse::<MarketCode>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn countries_are_two_capitals() {
        for text in ["DE", "US", "KW"] {
            let country: Country = text.parse().unwrap();
            assert_eq!(country.as_str(), text);
            assert_eq!(country.to_string(), text);
        }
        for text in ["", "D", "de", "De", "DEU", "D1", "É", " DE", "D "] {
            assert!(text.parse::<Country>().is_err(), "{text:?}");
            let sent = serde_json::to_string(text).unwrap();
            assert!(serde_json::from_str::<Country>(&sent).is_err());
        }
    }

    #[test]
    fn locales_read_from_their_codes() {
        for locale in Locale::ALL {
            assert_eq!(locale.code().parse(), Ok(locale));
        }
        assert_eq!("En".parse::<Locale>(), Err(UnknownStorefront));
    }
}
