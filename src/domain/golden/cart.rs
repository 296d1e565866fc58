//! The golden carts: `carts.json`, whose totals were worked out by hand, each with its reasoning. Whoever prices a cart is
//! held to them: this crate's tests, the same code in WebAssembly, and the server's.

use domain::pricing::{PricedLine, Terms, quote};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Golden {
    pub name: String,
    /// How a person came to the totals.
    pub why: String,
    pub lines: Vec<PricedLine>,
    pub terms: Terms,
    pub expect: Expect,
}

/// The totals, in minor units.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    pub subtotal: i64,
    pub discount: i64,
    pub delivery: Option<i64>,
    pub tax: i64,
    pub total: i64,
}

/// All of them, in the order of the file.
pub fn all() -> Vec<Golden> {
    serde_json::from_str(include_str!("carts.json")).expect("carts.json holds golden carts")
}

impl Golden {
    /// What is wrong with how this cart is priced.
    pub fn mistake(&self) -> Option<String> {
        let is = match quote(&self.lines, &self.terms) {
            Ok(quote) => Expect {
                subtotal: quote.subtotal.minor,
                discount: quote.discount.minor,
                delivery: quote.delivery.map(|price| price.minor),
                tax: quote.tax.minor,
                total: quote.total.minor,
            },
            Err(error) => return Some(format!("{}: {error}", self.name)),
        };
        (is != self.expect).then(|| {
            format!(
                "{}: {is:?} instead of {:?}, because {}",
                self.name, self.expect, self.why
            )
        })
    }
}
