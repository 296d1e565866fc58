//! What orders can be paid by: which provider takes a card, which another means of payment, and where.

use domain::MarketCode;
use std::str::FromStr;

/// What each provider takes: `stripe: card, klarna@eu; paypal: paypal`. One with `@eu` is taken in that market only. A
/// shopper is asked where more than one can be had; where nothing is said, nobody is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Methods(Vec<Taken>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Taken {
    provider: String,
    method: String,
    market: Option<MarketCode>,
}

/// A text that says not what is taken; it says what is wrong, and how it is written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}; write it as `stripe: card, klarna@eu; paypal: paypal`")]
pub struct BadMethods(String);

impl Methods {
    /// What a provider takes in a market, in the order it is said.
    pub(super) fn of<'a>(
        &'a self,
        provider: &'a str,
        market: &'a MarketCode,
    ) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |taken| {
                let is_there = taken.market.as_ref().is_none_or(|only| only == market);
                taken.provider == provider && is_there
            })
            .map(|taken| taken.method.as_str())
    }

    pub(super) fn take(&self, provider: &str, market: &MarketCode, method: &str) -> bool {
        self.of(provider, market).any(|taken| taken == method)
    }

    /// The providers that are named, once for each time.
    pub fn providers(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|taken| taken.provider.as_str())
    }

    /// The means of payment that are named, once for each time.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|taken| taken.method.as_str())
    }

    /// The markets that are named, once for each time.
    pub fn markets(&self) -> impl Iterator<Item = &MarketCode> {
        self.0.iter().filter_map(|taken| taken.market.as_ref())
    }
}

impl FromStr for Methods {
    type Err = BadMethods;

    fn from_str(text: &str) -> Result<Self, BadMethods> {
        let mut methods = Self::default();
        for part in text
            .split(';')
            .map(str::trim)
            .filter(|part| !part.is_empty())
        {
            let (provider, list) = part
                .split_once(':')
                .ok_or_else(|| BadMethods(format!("{part:?} names no provider")))?;
            let provider = name(provider, "a provider's name")?;
            for one in list.split(',') {
                let (method, market) = match one.split_once('@') {
                    Some((method, code)) => {
                        let code = code.trim().parse().map_err(|_| {
                            BadMethods(format!("{:?} is no market's name", code.trim()))
                        })?;
                        (method, Some(code))
                    }
                    None => (one, None),
                };
                let taken = Taken {
                    provider: provider.clone(),
                    method: name(method, "a means of payment")?,
                    market,
                };
                if methods.0.contains(&taken) {
                    return Err(BadMethods(format!("{:?} is said twice", one.trim())));
                }
                methods.0.push(taken);
            }
        }
        Ok(methods)
    }
}

fn name(text: &str, what: &str) -> Result<String, BadMethods> {
    let text = text.trim();
    let fits = (1..=32).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    if fits {
        Ok(text.to_owned())
    } else {
        Err(BadMethods(format!("{text:?} is not {what}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_provider_takes_what_is_said_where_it_is_said() {
        let methods: Methods = "stripe: card, klarna@eu; paypal: paypal ;".parse().unwrap();
        let (eu, us) = ("eu".parse().unwrap(), "us".parse().unwrap());
        let of = |provider, market| methods.of(provider, market).collect::<Vec<_>>();
        assert_eq!(of("stripe", &eu), ["card", "klarna"]);
        assert_eq!(of("stripe", &us), ["card"]);
        assert_eq!(of("paypal", &us), ["paypal"]);
        assert!(methods.take("stripe", &eu, "klarna"));
        assert!(!methods.take("stripe", &us, "klarna"));
        assert!(!methods.take("paypal", &eu, "card"));
        assert_eq!(methods.markets().collect::<Vec<_>>(), [&eu]);
        let none: Methods = " ".parse().unwrap();
        assert_eq!(none, Methods::default());
    }

    #[test]
    fn what_can_not_be_read_is_named() {
        for (text, named) in [
            ("stripe", "\"stripe\""),
            ("stripe:", "\"\""),
            ("stripe: card,, klarna", "\"\""),
            ("stripe: card, card", "\"card\""),
            ("stripe: Card", "\"Card\""),
            (": card", "\"\""),
            ("stripe: card@the-eu", "\"the-eu\""),
        ] {
            let error = text.parse::<Methods>().unwrap_err().to_string();
            assert!(error.contains(named), "{text}: {error}");
            assert!(error.contains("paypal: paypal"), "{error}");
        }
    }
}
