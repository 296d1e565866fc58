//! Follows PostgreSQL: drops pages that committed changes made stale, on this instance, and knows whether it answers at all.

mod late;

use crate::cache::PageCache;
use crate::operations;
use crate::pulse::{Beat, Pulse};
use crate::signal::Signal;
use late::Late;
use shop::outbox::{Changes, Follower, Heard};
use shop::{Broken, Shop, catalog, market};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// How often committed changes are looked for, when no word comes of one.
const EVERY: Duration = Duration::from_millis(250);
/// What was not answered for so long is lost. A request that waits for PostgreSQL is refused no later than this, and one
/// question, after it stopped to answer: within two seconds.
const SILENCE: Duration = Duration::from_millis(1200);

/// Goes on until `stop`. `follower` has been asked once, so that no page was rendered before changes were followed.
pub async fn follow(
    shop: Shop,
    cache: PageCache,
    pulse: Pulse,
    mut follower: Follower,
    signal: Signal,
    stop: CancellationToken,
) {
    // When the last question was asked that was answered: what it did not tell of had not committed.
    let mut known = Instant::now();
    // When the first question was asked that had no answer.
    let mut silent_since = None;
    let mut ticks: u32 = 0;
    let mut late = Late::default();
    loop {
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = signal.heard() => {}
            () = stop.cancelled() => return,
        }
        let asked = Instant::now();
        let asking = tokio::time::timeout(SILENCE, follower.ask(&shop));
        let answer = tokio::select! {
            answer = asking => answer,
            () = stop.cancelled() => return,
        };
        let answer = answer.unwrap_or_else(|_| Err(Broken::Other("no answer in time".to_owned())));
        match answer {
            Ok(Heard { changes, at }) => {
                silent_since = None;
                late.hear(&changes);
                if act(&shop, &cache, &mut follower, changes, known).await {
                    pulse.acted_on(at);
                }
                known = asked;
                // After the pages: none that changed meanwhile is taken for a fresh one.
                if pulse.set(Beat::Steady) {
                    tracing::info!("PostgreSQL answers again");
                }
            }
            Err(error) => {
                let is_lost = silent_since.get_or_insert(asked).elapsed() >= SILENCE;
                let beat = if is_lost { Beat::Lost } else { Beat::Unsure };
                if pulse.set(beat) {
                    tracing::warn!(%error, is_lost, "PostgreSQL does not answer; pages are as old as its last answer");
                }
                shop.cards.forget_all();
                cache.invalidate_all();
            }
        }
        cache.invalidate(&late.due(shop.search.freshness()), Instant::now());
        ticks = ticks.wrapping_add(1);
        if ticks.is_multiple_of(20) {
            operations::tidy_metrics();
            cache.tell();
        }
    }
}

/// Reads the tables again when they changed, then drops the pages: none is rendered anew with the old ones. What changed did so
/// after `known`. Whether all was done.
async fn act(
    shop: &Shop,
    cache: &PageCache,
    follower: &mut Follower,
    changes: Changes,
    known: Instant,
) -> bool {
    let is_changed = |of: &str| match &changes {
        Changes::Unknown => true,
        Changes::Tags(tags) => tags.iter().any(|tag| tag == of),
    };
    if is_changed(catalog::TAG_LAYOUT) {
        shop.guides.forget();
    }
    if is_changed(market::TAG) {
        let reading = tokio::time::timeout(SILENCE, shop.markets.reload(&shop.db));
        let read = reading
            .await
            .unwrap_or_else(|_| Err(Broken::Other("no answer in time".to_owned())));
        if let Err(error) = read {
            tracing::warn!(%error, "the tables can't be read again; keeping no pages");
            cache.invalidate_all();
            follower.forget();
            return false;
        }
    }
    // Cards before pages: a page is made of them.
    match changes {
        Changes::Tags(tags) if tags.is_empty() => {}
        Changes::Tags(tags) => {
            shop.cards.forget(&tags);
            cache.invalidate(&tags, known);
        }
        // What happened before this moment was not seen.
        Changes::Unknown => {
            shop.cards.forget_all();
            cache.invalidate_all();
        }
    }
    true
}
