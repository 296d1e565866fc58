//! What a file of arrangements may say. Everything may be left out; what is left out stays as it is.

use super::super::Rule;
use crate::market::{Markets, Problem};
use domain::{Market, Money};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use time::OffsetDateTime;

/// Texts by language: `{"en": "Mugs", "de": "Becher"}`.
pub type Texts = BTreeMap<String, String>;

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct File {
    /// By slug.
    pub categories: BTreeMap<String, NewCategory>,
    /// By the vendor's name.
    pub brands: BTreeMap<String, NewBrand>,
    /// In the order in which pages show them.
    pub attributes: Vec<NewAttribute>,
    pub collections: Vec<NewCollection>,
    /// By slug.
    pub products: BTreeMap<String, NewProduct>,
    pub prices: Vec<NewPrice>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewCategory {
    /// The slug of the category it lies in; "" for none.
    pub parent: Option<String>,
    /// Its slug from now on.
    pub slug: Option<String>,
    pub names: Option<Texts>,
    pub intro: Option<Texts>,
    pub position: Option<i32>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewBrand {
    pub slug: Option<String>,
    pub intro: Option<Texts>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewAttribute {
    pub code: String,
    pub kind: AttributeKind,
    #[serde(default)]
    pub unit: String,
    pub names: Texts,
    #[serde(default = "yes")]
    pub facet: bool,
}

const fn yes() -> bool {
    true
}

/// What an attribute's values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttributeKind {
    Text,
    Number,
    Boolean,
}

impl AttributeKind {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::Boolean => "boolean",
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewCollection {
    pub slug: String,
    pub names: Texts,
    #[serde(default)]
    pub intro: Texts,
    /// By hand: the products' slugs, in order.
    #[serde(default)]
    pub products: Option<Vec<String>>,
    #[serde(default)]
    pub rule: Option<NewRule>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewRule {
    tags: Vec<String>,
    category: Option<String>,
    brand: Option<String>,
    /// By market; amounts of the major unit, such as "19.90".
    price: BTreeMap<String, NewRange>,
    in_stock: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct NewRange {
    from: Option<String>,
    to: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewProduct {
    /// Its slug from now on.
    pub slug: Option<String>,
    /// By the attribute's code; null takes it away.
    pub attributes: BTreeMap<String, serde_json::Value>,
    /// The slugs of products shown beside it, in place of those that were.
    pub related: Option<Vec<String>>,
    /// When it appears.
    #[serde(with = "time::serde::rfc3339::option")]
    pub publish_at: Option<OffsetDateTime>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewPrice {
    pub sku: String,
    market: String,
    price: String,
    #[serde(default)]
    compare_at: Option<String>,
    #[serde(with = "time::serde::rfc3339")]
    pub from: OffsetDateTime,
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub until: Option<OffsetDateTime>,
}

/// A price that is to come, read.
pub struct ReadPrice {
    pub market: String,
    pub amount_minor: i64,
    pub compare_at_minor: Option<i64>,
}

fn market(markets: &Markets, code: &str, place: &str) -> Result<Arc<Market>, Problem> {
    let all = markets.all();
    let found = all.iter().find(|market| market.code.as_str() == code);
    found.cloned().ok_or_else(|| {
        let known: Vec<&str> = all.iter().map(|market| market.code.as_str()).collect();
        let said = format!(
            "there is no market `{code}`; there are: {}",
            known.join(", ")
        );
        Problem::new(place, said)
    })
}

fn amount(text: &str, market: &Market, place: String) -> Result<i64, Problem> {
    match Money::parse(text, market.currency) {
        Ok(money) if money.minor >= 0 => Ok(money.minor),
        _ => Err(Problem::new(
            place,
            format!("`{text}` is no amount; write it like 19.90"),
        )),
    }
}

impl NewRule {
    pub fn read(self, markets: &Markets, place: &str) -> Result<Rule, Problem> {
        let mut price = BTreeMap::new();
        for (code, range) in self.price {
            let place = format!("{place}.price.{code}");
            let market = market(markets, &code, &place)?;
            let bound = |text: Option<String>| {
                let read = |text: String| amount(&text, &market, place.clone());
                text.map(read).transpose()
            };
            price.insert(code, (bound(range.from)?, bound(range.to)?));
        }
        let rule = Rule {
            tags: self.tags,
            category: self.category,
            brand: self.brand,
            price,
            in_stock: self.in_stock,
        };
        if rule == Rule::default() {
            let said = "the rule asks for nothing; name tags, category, brand, price or in_stock";
            return Err(Problem::new(place, said));
        }
        Ok(rule)
    }
}

impl NewPrice {
    pub fn read(&self, markets: &Markets, place: &str) -> Result<ReadPrice, Problem> {
        let market = market(markets, &self.market, &format!("{place}.market"))?;
        let amount_minor = amount(&self.price, &market, format!("{place}.price"))?;
        let compare_at = self.compare_at.as_deref();
        let compare_at_minor = compare_at
            .map(|text| amount(text, &market, format!("{place}.compare_at")))
            .transpose()?;
        if compare_at_minor.is_some_and(|before| before <= amount_minor) {
            let said = "a price to compare with is higher than the price";
            return Err(Problem::new(format!("{place}.compare_at"), said));
        }
        if self.until.is_some_and(|until| until <= self.from) {
            let said = "the end lies before the beginning";
            return Err(Problem::new(format!("{place}.until"), said));
        }
        Ok(ReadPrice {
            market: self.market.clone(),
            amount_minor,
            compare_at_minor,
        })
    }
}

/// Whether it may stand in a URL as it is.
pub fn is_slug(text: &str) -> bool {
    (1..=100).contains(&text.len())
        && text
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'))
}
