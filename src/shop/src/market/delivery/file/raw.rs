//! The file as it is written. A name that is not here is a slip of the pen, and refused.

use serde::Deserialize;
use std::collections::BTreeMap;

/// By locale code.
pub type Texts = BTreeMap<String, String>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// What the file is, for whoever opens it.
    #[serde(default, rename = "about")]
    pub _about: Option<serde::de::IgnoredAny>,
    /// By the location's code.
    #[serde(default)]
    pub places: BTreeMap<String, Place>,
    /// By the market's code.
    pub markets: BTreeMap<String, Market>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    pub name: Texts,
    #[serde(default)]
    pub hours: Texts,
    pub line1: String,
    pub postcode: String,
    pub city: String,
    #[serde(default)]
    pub region: String,
    pub country: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Market {
    pub zones: Vec<Zone>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Zone {
    pub code: String,
    pub areas: Vec<String>,
    pub options: Vec<Delivery>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delivery {
    pub code: String,
    pub name: Texts,
    /// Business days, at the earliest and at the latest.
    pub days: (u8, u8),
    /// Amounts are decimals of the market's currency: `"60.00"`.
    pub free_from: Option<String>,
    /// Offered from this worth of goods on.
    pub from: Option<String>,
    /// Offered below this worth of goods.
    pub below: Option<String>,
    pub tax_class: Option<String>,
    /// The place where it is fetched; then it has no prices.
    pub pick_up: Option<String>,
    #[serde(default)]
    pub prices: Vec<Price>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    pub up_to_g: u32,
    pub price: String,
}
