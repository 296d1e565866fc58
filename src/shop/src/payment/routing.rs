//! Which provider is asked first: by market, and by what the provider can charge.

use domain::MarketCode;
use std::collections::HashMap;
use std::str::FromStr;

/// The providers of each market, the preferred one first: `stripe, paypal; us: paypal, stripe`. A part without a market is
/// for all markets that have none of their own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Routes {
    everywhere: Vec<String>,
    by_market: HashMap<MarketCode, Vec<String>>,
}

/// A text that is no routing; it says what is wrong, and how it is written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}; write it as `stripe, paypal; us: paypal, stripe`")]
pub struct BadRoutes(String);

impl Routes {
    /// The names for a market, in order. None means: all providers, in the order they are set up.
    pub(super) fn of(&self, market: &MarketCode) -> &[String] {
        self.by_market.get(market).unwrap_or(&self.everywhere)
    }

    /// Every provider that is named, once for each time.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let all = self
            .everywhere
            .iter()
            .chain(self.by_market.values().flatten());
        all.map(String::as_str)
    }

    /// The markets that have an order of their own.
    pub fn markets(&self) -> impl Iterator<Item = &MarketCode> {
        self.by_market.keys()
    }
}

impl FromStr for Routes {
    type Err = BadRoutes;

    fn from_str(text: &str) -> Result<Self, BadRoutes> {
        let mut routes = Self::default();
        for part in text
            .split(';')
            .map(str::trim)
            .filter(|part| !part.is_empty())
        {
            let (market, list) = match part.split_once(':') {
                Some((market, list)) => (Some(market.trim()), list),
                None => (None, part),
            };
            let names = read_names(list)?;
            let taken = match market {
                None => !std::mem::replace(&mut routes.everywhere, names).is_empty(),
                Some(code) => {
                    let code: MarketCode = code
                        .parse()
                        .map_err(|_| BadRoutes(format!("{code:?} is no market's name")))?;
                    routes.by_market.insert(code, names).is_some()
                }
            };
            if taken {
                return Err(BadRoutes(format!("{part:?} is said twice")));
            }
        }
        Ok(routes)
    }
}

fn read_names(list: &str) -> Result<Vec<String>, BadRoutes> {
    let mut names = Vec::new();
    for name in list.split(',').map(str::trim) {
        let fits = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase());
        if !fits {
            return Err(BadRoutes(format!("{name:?} is no provider's name")));
        }
        if names.iter().any(|known| known == name) {
            return Err(BadRoutes(format!("{name:?} is said twice")));
        }
        names.push(name.to_owned());
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn market(code: &str) -> MarketCode {
        code.parse().unwrap()
    }

    #[test]
    fn a_market_has_its_own_order_or_everybody_s() {
        let routes: Routes = "stripe, paypal; us: paypal,stripe ;".parse().unwrap();
        assert_eq!(routes.of(&market("eu")), ["stripe", "paypal"]);
        assert_eq!(routes.of(&market("us")), ["paypal", "stripe"]);
        assert_eq!(routes.markets().count(), 1);
        assert_eq!(routes.names().count(), 4);
        let none: Routes = " ".parse().unwrap();
        assert!(none.of(&market("eu")).is_empty());
    }

    #[test]
    fn what_can_not_be_read_is_named() {
        for (text, named) in [
            ("stripe,,paypal", "\"\""),
            ("stripe, stripe", "\"stripe\""),
            ("stripe; paypal", "\"paypal\""),
            ("us: paypal; us: stripe", "\"us: stripe\""),
            ("the-us: paypal", "\"the-us\""),
            ("Stripe", "\"Stripe\""),
            ("us:", "\"\""),
        ] {
            let error = text.parse::<Routes>().unwrap_err().to_string();
            assert!(error.contains(named), "{text}: {error}");
            assert!(error.contains("us: paypal, stripe"), "{error}");
        }
    }
}
