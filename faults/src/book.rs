//! What the shop has told its buyers, which it is held to afterwards.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// What buyers were told.
#[derive(Default)]
pub struct Book(Mutex<Told>);

#[derive(Default)]
pub struct Told {
    /// The keys of placements that were answered with "it is placed".
    pub acknowledged: Vec<Uuid>,
    pub sold_out: u32,
    /// Answers that no shopper deserves: neither placed nor sold out.
    pub refused: Vec<String>,
    /// Buyers who lost patience, and with what.
    pub gave_up: Vec<String>,
    /// Answers of 500 and more, and requests that were not answered at all.
    pub errors: Vec<(Instant, String)>,
    /// How long answered requests took.
    pub latencies: Vec<Duration>,
}

impl Book {
    pub fn told(&self) -> MutexGuard<'_, Told> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes an error down; with the last one a buyer gives up, which is handed back.
    pub fn error(&self, what: String, last: bool) -> bool {
        let mut told = self.told();
        if last {
            told.gave_up.push(what.clone());
        }
        told.errors.push((Instant::now(), what));
        last
    }

    /// How many errors came in that time, and the first of them.
    pub fn errors_between(&self, from: Instant, to: Instant) -> (usize, Option<String>) {
        let told = self.told();
        let mut within = told.errors.iter().filter(|(at, _)| (from..to).contains(at));
        let first = within.next().map(|(_, what)| what.clone());
        (first.iter().count() + within.count(), first)
    }

    /// The latencies so far, which are forgotten.
    pub fn take_latencies(&self) -> Vec<Duration> {
        std::mem::take(&mut self.told().latencies)
    }
}

/// The duration that a share of them does not exceed, in milliseconds.
pub fn percentile(durations: &mut [Duration], share: f64) -> f64 {
    durations.sort_unstable();
    let index = (durations.len() as f64 * share) as usize;
    let at = index.min(durations.len().saturating_sub(1));
    durations
        .get(at)
        .map_or(0.0, |duration| duration.as_secs_f64() * 1000.0)
}
