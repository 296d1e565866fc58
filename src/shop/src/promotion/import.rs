//! Promotions from a file that a shopkeeper edits; `demo/promotions.json` is one, `docs/promotions.md` says what each field does.
//!
//! All of the file or nothing. A promotion that the shop has is made what the file says; one that the file does not name stays.

use super::offer::{Amounts, Items, Takes, Terms};
use super::sql;
use crate::{Caller, Failure, Shop, audit};
use domain::promotion::Code;
use domain::{Action, Currency, Locale, Market, Money, PromotionId, may};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Read;
use std::sync::Arc;
use time::format_description::well_known::{Iso8601, Rfc3339};
use time::{Date, OffsetDateTime};

/// Why a file of promotions was not taken in. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("that is not allowed")]
    Denied,
    #[error("the file does not read: {0}")]
    Unreadable(String),
    /// Every one of them, each with the promotion it is in.
    #[error("{}", .0.join("\n"))]
    Wrong(Vec<String>),
}

/// What an import did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// The names, in the file's order.
    pub names: Vec<String>,
}

/// Takes in the promotions of `file`.
///
/// # Errors
/// [`ImportError`]; nothing was changed then.
pub async fn import(
    shop: &Shop,
    caller: &Caller,
    file: impl Read,
) -> Result<Imported, Failure<ImportError>> {
    may(&caller.actor, Action::ChangeCatalogue)
        .map_err(|_| Failure::Refused(ImportError::Denied))?;
    let file: File = serde_json::from_reader(file)
        .map_err(|error| Failure::Refused(ImportError::Unreadable(error.to_string())))?;
    let mut wrong = Vec::new();
    let mut promotions: Vec<NewPromotion> = Vec::new();
    for (at, entry) in (1..).zip(file.promotions) {
        let name = match entry.name.as_str() {
            "" => format!("promotion {at}"),
            name => format!("promotion `{name}`"),
        };
        match entry.read(&shop.markets.all()) {
            Ok(new) if promotions.iter().any(|before| before.name == new.name) => {
                wrong.push(format!("{name}: there are two of that name"));
            }
            Ok(new) => promotions.push(new),
            Err(problems) => {
                wrong.extend(
                    problems
                        .into_iter()
                        .map(|problem| format!("{name}: {problem}")),
                );
            }
        }
    }
    let mut tx = shop.begin().await?;
    sql::lock(&mut tx).await?;
    let now = shop.clock.now();
    for new in &promotions {
        let name = format!("promotion `{}`", new.name);
        let items = new.items();
        let of = |pick: fn(&Items) -> &Vec<String>| -> Vec<String> {
            items
                .iter()
                .flat_map(|items| pick(items))
                .cloned()
                .collect()
        };
        let (products, categories) = (of(|items| &items.products), of(|items| &items.categories));
        let skus = of(|items| &items.skus);
        for what in sql::unknown_items(&mut tx, &products, &categories, &skus).await? {
            wrong.push(format!("{name}: the catalogue has no {what}"));
        }
        let fresh = PromotionId(shop.random.id(now));
        let id = sql::put(&mut tx, fresh, new, now).await?;
        for (code, owner) in sql::put_codes(&mut tx, id, &new.codes).await? {
            wrong.push(format!(
                "{name}: the code {code} belongs to promotion `{owner}`"
            ));
        }
        let change = json!({ "terms": new.terms, "codes": new.codes });
        audit::write(
            shop,
            &mut tx,
            caller,
            "promotion.imported",
            "promotion",
            &new.name,
            change,
        )
        .await?;
    }
    if !wrong.is_empty() {
        tx.rollback().await?;
        return Err(Failure::Refused(ImportError::Wrong(wrong)));
    }
    tx.commit().await?;
    Ok(Imported {
        names: promotions.into_iter().map(|new| new.name).collect(),
    })
}

/// A promotion that holds.
pub(super) struct NewPromotion {
    pub name: String,
    pub titles: BTreeMap<String, String>,
    pub codes: Vec<String>,
    pub terms: Terms,
    pub priority: i32,
    pub markets: Vec<String>,
    pub groups: Vec<String>,
    pub starts_at: Option<OffsetDateTime>,
    pub ends_at: Option<OffsetDateTime>,
    pub most_uses: Option<i64>,
    pub most_per_customer: Option<i64>,
}

impl NewPromotion {
    fn items(&self) -> Vec<&Items> {
        let given = match &self.terms.takes {
            Takes::BuyGet { of, .. } => Some(of),
            _ => None,
        };
        given.into_iter().chain([&self.terms.on]).collect()
    }

    pub(super) fn asks_catalogue(&self) -> bool {
        self.items().into_iter().any(Items::asks_catalogue)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    promotions: Vec<Entry>,
}

/// A promotion as it is written. Amounts are decimals in text, by market: `{"eu": "60.00", "us": "75.00"}`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    title: BTreeMap<String, String>,
    #[serde(default)]
    codes: Vec<String>,
    takes: TakesEntry,
    #[serde(default)]
    on: Items,
    #[serde(default)]
    from: BTreeMap<String, String>,
    units: Option<u32>,
    starts: Option<String>,
    ends: Option<String>,
    #[serde(default)]
    markets: Vec<String>,
    #[serde(default)]
    groups: Vec<String>,
    #[serde(default)]
    priority: i32,
    exclusive: Option<String>,
    #[serde(default)]
    limits: LimitsEntry,
}

/// One of: `percent`; `amount`; `buy` and `get` (and `percent`, `of`); `free_delivery`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TakesEntry {
    /// A number or a text: 10, 12.5, "12.5".
    percent: Option<Value>,
    amount: Option<BTreeMap<String, String>>,
    buy: Option<u32>,
    get: Option<u32>,
    #[serde(default)]
    of: Items,
    #[serde(default)]
    free_delivery: bool,
    #[serde(default)]
    at_most: BTreeMap<String, String>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct LimitsEntry {
    in_all: Option<u32>,
    each: Option<u32>,
}

impl Entry {
    /// # Errors
    /// All that is wrong with it.
    fn read(self, markets: &[Arc<Market>]) -> Result<NewPromotion, Vec<String>> {
        let mut wrong = Vec::new();
        let is_plain = |text: &str| {
            text.chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        };
        if !(1..=60).contains(&self.name.len()) || !is_plain(&self.name) {
            wrong.push("`name` is 1 to 60 of a–z, 0–9 and hyphens".to_owned());
        }
        for locale in Locale::ALL {
            let title = self
                .title
                .get(locale.code())
                .map_or("", |title| title.trim());
            if !(1..=80).contains(&title.chars().count()) {
                wrong.push(format!("`title` wants 1 to 80 characters in `{locale}`"));
            }
        }
        let mut codes = Vec::new();
        for text in &self.codes {
            match Code::parse(text) {
                Ok(code) if codes.contains(&code.to_string()) => {}
                Ok(code) => codes.push(code.to_string()),
                Err(error) => wrong.push(format!("`codes`: {text:?}: {error}")),
            }
        }
        for market in &self.markets {
            if !markets.iter().any(|known| known.code.as_str() == market) {
                wrong.push(format!("`markets`: there is no market `{market}`"));
            }
        }
        let mut named = self.markets;
        let mut read = |field: &str, amounts: &BTreeMap<String, String>| {
            amounts_of(field, amounts, markets, &mut named).unwrap_or_else(|problem| {
                wrong.push(problem);
                Amounts::new()
            })
        };
        let from = read("from", &self.from);
        let at_most = read("takes.at_most", &self.takes.at_most);
        let amount = self
            .takes
            .amount
            .as_ref()
            .map(|amount| read("takes.amount", amount));
        let takes = takes(&self.takes, amount)
            .map_err(|problem| wrong.push(problem))
            .ok();
        if self.units == Some(0) {
            wrong.push("`units` is at least 1".to_owned());
        }
        let mut moment = |field: &str, text: &Option<String>| {
            let read = text.as_deref().map(moment).transpose();
            read.unwrap_or_else(|()| {
                wrong.push(format!(
                    "`{field}` is a date (2026-11-27) or a moment (2026-11-27T08:00:00Z)"
                ));
                None
            })
        };
        let (starts_at, ends_at) = (moment("starts", &self.starts), moment("ends", &self.ends));
        if starts_at
            .zip(ends_at)
            .is_some_and(|(starts, ends)| ends <= starts)
        {
            wrong.push("`ends` is not after `starts`".to_owned());
        }
        if self.limits.in_all == Some(0) || self.limits.each == Some(0) {
            wrong.push(
                "`limits` are at least 1; to end a promotion, `rialto promotions end` it"
                    .to_owned(),
            );
        }
        match takes {
            Some(takes) if wrong.is_empty() => Ok(NewPromotion {
                name: self.name,
                titles: self.title,
                codes,
                terms: Terms {
                    takes,
                    on: self.on,
                    from,
                    units: self.units,
                    at_most,
                    exclusive: self.exclusive,
                },
                priority: self.priority,
                markets: named,
                groups: self.groups,
                starts_at,
                ends_at,
                most_uses: self.limits.in_all.map(Into::into),
                most_per_customer: self.limits.each.map(Into::into),
            }),
            _ => Err(wrong),
        }
    }
}

fn takes(entry: &TakesEntry, amount: Option<Amounts>) -> Result<Takes, String> {
    let percent = entry.percent.as_ref().map(basis_points).transpose()?;
    let kinds = [
        entry.buy.is_some() || entry.get.is_some(),
        amount.is_some(),
        entry.free_delivery,
    ];
    let count = kinds.iter().filter(|is| **is).count();
    let takes = match (amount, entry.buy, entry.get, percent) {
        _ if count > 1 => None,
        (Some(amount), _, _, None) if !amount.is_empty() => Some(Takes::Amount { amount }),
        (None, Some(buy), Some(get), percent)
            if (1..=1_000).contains(&buy) && (1..=1_000).contains(&get) =>
        {
            Some(Takes::BuyGet {
                buy,
                get,
                basis_points: percent.unwrap_or(10_000),
                of: entry.of.clone(),
            })
        }
        (None, None, None, None) if entry.free_delivery => Some(Takes::FreeDelivery),
        (None, None, None, Some(basis_points)) if !entry.free_delivery => {
            Some(Takes::Percent { basis_points })
        }
        _ => None,
    };
    let takes = takes.ok_or(
        "`takes` has one of `percent`; `amount`; `buy` and `get` (1 to 1000 each); `\"free_delivery\": true`",
    )?;
    if !entry.of.is_empty() && !matches!(takes, Takes::BuyGet { .. }) {
        return Err("`takes.of` goes with `buy` and `get`".to_owned());
    }
    Ok(takes)
}

/// Hundredths of a percent, of a number or its text: at most two decimals, 0.01 to 100.
fn basis_points(percent: &Value) -> Result<u32, String> {
    let text = match percent {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    };
    // A decimal of two places, as an amount of euros is.
    Money::parse(&text, Currency::Eur)
        .ok()
        .and_then(|hundredths| u32::try_from(hundredths.minor).ok())
        .filter(|points| (1..=10_000).contains(points))
        .ok_or_else(|| {
            format!("`takes.percent` is 0.01 to 100, with two decimals at most, not {percent}")
        })
}

/// Amounts by market. Every market that the promotion is for has one; without a list it is for those that have.
fn amounts_of(
    field: &str,
    amounts: &BTreeMap<String, String>,
    markets: &[Arc<Market>],
    named: &mut Vec<String>,
) -> Result<Amounts, String> {
    let mut read = Amounts::new();
    for (market, text) in amounts {
        let known = markets
            .iter()
            .find(|known| known.code.as_str() == market)
            .ok_or_else(|| format!("`{field}`: there is no market `{market}`"))?;
        let money = Money::parse(text, known.currency)
            .ok()
            .filter(|money| money.minor > 0)
            .ok_or_else(|| {
                format!(
                    "`{field}.{market}` is an amount of {} above 0, such as \"5.00\", not {text:?}",
                    known.currency
                )
            })?;
        read.insert(market.clone(), money.minor);
    }
    if !read.is_empty() && named.is_empty() {
        named.extend(read.keys().cloned());
    }
    match named.iter().find(|market| !read.contains_key(*market)) {
        Some(market) if !read.is_empty() => {
            Err(format!("`{field}` has no amount for market `{market}`"))
        }
        _ => Ok(read),
    }
}

/// A moment; a date is its first one, in UTC.
fn moment(text: &str) -> Result<OffsetDateTime, ()> {
    let text = text.trim();
    OffsetDateTime::parse(text, &Rfc3339)
        .or_else(|_| Date::parse(text, &Iso8601::DATE).map(|day| day.midnight().assume_utc()))
        .map_err(|_| ())
}
