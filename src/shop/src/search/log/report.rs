//! What the shop's people read of it.

use super::{sql, today, written};
use crate::{Caller, Failure, Shop};
use domain::{Action, Locale, MarketCode, may};
use serde::Serialize;
use time::{Date, Duration};

/// Days that a report looks back, at most: as many as are kept.
pub const LONGEST_PERIOD: u16 = 400;
/// Rows of a report, at most.
pub const MOST: i64 = 500;

/// Which searches a report is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// Today and the days before it (UTC), at most [`LONGEST_PERIOD`].
    pub days: u16,
    pub market: Option<MarketCode>,
    pub locale: Option<Locale>,
    /// At most [`MOST`].
    pub limit: i64,
}

/// Why there is no report.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogError {
    #[error("that is not allowed")]
    Denied,
    #[error("give 1 to {LONGEST_PERIOD} days: no more are kept")]
    Days,
    #[error("give a limit of 1 to {MOST}")]
    Limit,
    #[error("there is no market {0}; there are {1}")]
    Market(MarketCode, String),
    #[error(
        "what looks like an address or a long number is not written down; ask for another text"
    )]
    NotWritten,
}

/// One text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    pub query: String,
    /// How often it was asked.
    pub asked: i64,
    /// Of these: without any result.
    pub nothing: i64,
    /// Of these: with products that have only some of its words.
    pub loosened: i64,
    /// How many it found last; of a large number, how far was counted.
    pub results: Option<i64>,
    /// Products that were opened from the first page.
    pub clicks: i64,
}

/// All texts of the period together, also those not written down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    pub asked: i64,
    pub nothing: i64,
    pub loosened: i64,
    pub clicks: i64,
    /// Searches whose text is not written down.
    pub unwritten: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    pub all: Totals,
    pub lines: Vec<Line>,
}

/// A product that was opened.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Clicked {
    /// The product's slug.
    pub product: String,
    pub clicks: i64,
    /// Its place in the list, on average; the first is 1.
    pub rank: f64,
}

/// The texts that are asked most.
///
/// # Errors
/// [`LogError`].
pub async fn top(
    shop: &Shop,
    caller: &Caller,
    filter: &Filter,
) -> Result<Report, Failure<LogError>> {
    let since = since(shop, caller, filter)?;
    let (all, lines) = futures::try_join!(
        sql::totals(&shop.db, since, filter),
        sql::top(&shop.db, since, filter)
    )?;
    Ok(Report { all, lines })
}

/// The texts that most often find nothing.
///
/// # Errors
/// [`LogError`].
pub async fn nothing_found(
    shop: &Shop,
    caller: &Caller,
    filter: &Filter,
) -> Result<Report, Failure<LogError>> {
    let since = since(shop, caller, filter)?;
    let (all, lines) = futures::try_join!(
        sql::totals(&shop.db, since, filter),
        sql::nothing_found(&shop.db, since, filter)
    )?;
    Ok(Report { all, lines })
}

/// The products that are opened most after `text` was searched for.
///
/// # Errors
/// [`LogError`].
pub async fn clicked(
    shop: &Shop,
    caller: &Caller,
    filter: &Filter,
    text: &str,
) -> Result<Vec<Clicked>, Failure<LogError>> {
    let since = since(shop, caller, filter)?;
    let query = written(text);
    if query.is_empty() {
        return Err(Failure::Refused(LogError::NotWritten));
    }
    Ok(sql::clicked(&shop.db, since, filter, &query).await?)
}

/// The first day of the period, of a filter that makes sense, for who may know.
fn since(shop: &Shop, caller: &Caller, filter: &Filter) -> Result<Date, Failure<LogError>> {
    let refuse = |why| Err(Failure::Refused(why));
    if may(&caller.actor, Action::ReadSearches).is_err() {
        return refuse(LogError::Denied);
    }
    if !(1..=LONGEST_PERIOD).contains(&filter.days) {
        return refuse(LogError::Days);
    }
    if !(1..=MOST).contains(&filter.limit) {
        return refuse(LogError::Limit);
    }
    let markets = shop.markets.all();
    if let Some(code) = &filter.market
        && markets.iter().all(|market| market.code != *code)
    {
        let codes: Vec<_> = markets.iter().map(|market| market.code.as_str()).collect();
        return refuse(LogError::Market(code.clone(), codes.join(", ")));
    }
    Ok(today(shop) - Duration::days(i64::from(filter.days) - 1))
}
