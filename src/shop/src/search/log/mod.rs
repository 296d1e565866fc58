//! What is searched for: how often, how often in vain, and what is opened then. For whoever looks after the shop and its
//! words; nothing of who searched is kept.
//!
//! Searches and clicks are counted in the process, which costs a page no statement, and added to the tables every few seconds.
//! Only so many texts are counted one by one; beyond them, and what may say who somebody is, all are counted together, under
//! the empty text. What an instance counted last is lost when it is killed.

mod counts;
mod report;
mod sql;
mod text;

pub use report::{
    Clicked, Filter, LONGEST_PERIOD, Line, LogError, MOST, Report, Totals, clicked, nothing_found,
    top,
};
pub use text::written;

use super::{Count, Found};
use crate::{Broken, Shop};
use counts::{Counts, Key};
use domain::Storefront;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use time::{Date, UtcOffset};
use tokio_util::sync::CancellationToken;

/// How often what was counted is added to the tables.
const EVERY: Duration = Duration::from_secs(3);
/// Days that are kept.
const KEPT_FOR: time::Duration = time::Duration::days(400);
/// Bytes of a product's slug.
const LONGEST_SLUG: usize = 200;

/// What was counted and not yet written down.
#[derive(Default)]
pub struct Log(Mutex<Counts>);

impl Log {
    fn counts(&self) -> MutexGuard<'_, Counts> {
        // Numbers alone: whatever panicked, they are as good as before.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts a search: the first page of what `text` finds, with nothing that narrows it.
pub fn count_search(shop: &Shop, at: &Storefront, text: &str, found: &Found) {
    let (Count::Exactly(results) | Count::AtLeast(results)) = found.count;
    let results = i64::try_from(results).unwrap_or(i64::MAX);
    let key = key(shop, at, text);
    shop.searches.counts().search(key, results, found.loosened);
}

/// Counts that the product of that slug was opened from place `rank`, from 1 on, of the first page of what `text` found.
/// What no page of ours could have sent is not counted; nor are products that there are none of.
pub fn count_click(shop: &Shop, at: &Storefront, text: &str, slug: &str, rank: usize) {
    let is_slug = (1..=LONGEST_SLUG).contains(&slug.len())
        && slug
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
    let is_text = !text.trim().is_empty();
    if is_text
        && is_slug
        && let Ok(rank @ 1..=100) = i64::try_from(rank)
    {
        let key = key(shop, at, text);
        shop.searches.counts().click(key, slug, rank);
    }
}

fn key(shop: &Shop, at: &Storefront, text: &str) -> Key {
    Key {
        day: today(shop),
        market: at.market.clone(),
        locale: at.locale,
        query: written(text),
    }
}

/// The day in UTC.
fn today(shop: &Shop) -> Date {
    shop.clock.now().to_offset(UtcOffset::UTC).date()
}

/// Adds to the tables what was counted, in one statement.
///
/// # Errors
/// [`Broken`] when the database does not take it; it is kept, and added next time.
pub async fn flush(shop: &Shop) -> Result<(), Broken> {
    let taken = shop.searches.counts().take();
    if taken.is_empty() {
        return Ok(());
    }
    let added = sql::add(&shop.db, &taken).await;
    if added.is_err() {
        shop.searches.counts().put_back(taken);
    }
    Ok(added?)
}

/// Adds what is counted to the tables every few seconds, until `stop`. Whoever stops last calls [`flush`] once more.
pub async fn keep(shop: Shop, stop: CancellationToken) {
    while tokio::time::timeout(EVERY, stop.cancelled()).await.is_err() {
        if let Err(error) = flush(&shop).await {
            tracing::warn!(%error, "searches were not written down; they are kept for now");
        }
    }
}

/// Drops what is older than 400 days.
pub(crate) async fn prune(shop: &Shop) -> Result<(), Broken> {
    Ok(sql::drop_before(&shop.db, today(shop) - KEPT_FOR).await?)
}
