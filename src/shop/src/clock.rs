//! Time and chance, handed in: production follows PostgreSQL's clock, tests set their own.
//!
//! Holds, leases and the age of webhooks are times in the database that many machines compare with "now". A machine whose
//! clock is wrong, or jumps, would let a hold run out early or believe an old message. So none of them uses its own: each
//! asks PostgreSQL, and carries the answer on by a clock that nobody can set ([`Instant`]).

mod sql;

use crate::{Broken, Parts};
use sqlx::PgPool;
use sqlx::postgres::PgExecutor;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};
use time::OffsetDateTime;
use uuid::Uuid;

/// Tells the time (UTC).
pub trait Clock: Send + Sync {
    fn now(&self) -> OffsetDateTime;

    /// PostgreSQL's clock showed `time` at some moment since `asked`. A clock that was set by hand does not listen.
    fn hear(&self, _time: OffsetDateTime, _asked: Instant) {}
}

/// Makes ids and secrets.
pub trait Random: Send + Sync {
    /// A fresh UUID, version 7, for an id made at `now`.
    fn id(&self, now: OffsetDateTime) -> Uuid;
    /// 32 unpredictable bytes, for tokens.
    fn secret(&self) -> [u8; 32];
}

/// Where an answer took longer than this, it is not known well enough when PostgreSQL's clock was read.
const TOO_LONG: Duration = Duration::from_secs(1);
/// Nanoseconds that the clocks may differ by before this one is set: set at every answer, it would jitter.
const TOLERANCE: i64 = 100_000_000;
/// Nanoseconds of difference that somebody should look into.
const REMARKABLE: i64 = 2_000_000_000;

/// PostgreSQL's clock, as far as it is known: the machine's until PostgreSQL was asked.
pub struct DatabaseClock {
    began: Instant,
    /// Nanoseconds from 1970 to `began`.
    offset: AtomicI64,
}

impl DatabaseClock {
    /// Begins with what the machine's clock shows.
    pub fn new() -> Self {
        let now = OffsetDateTime::now_utc();
        #[cfg(feature = "faults")]
        let now = now + crate::fault::clock_offset();
        Self::beginning_at(now)
    }

    /// Begins with `now`, right or wrong.
    pub fn beginning_at(now: OffsetDateTime) -> Self {
        Self {
            began: Instant::now(),
            offset: AtomicI64::new(i64::try_from(now.unix_timestamp_nanos()).unwrap_or_default()),
        }
    }

    fn since(&self, offset: i64) -> OffsetDateTime {
        let passed = i128::try_from(self.began.elapsed().as_nanos()).unwrap_or_default();
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(offset) + passed)
            .unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }

    /// Begins with what PostgreSQL's clock shows.
    ///
    /// # Errors
    /// [`Broken`] of the database.
    pub async fn of(db: &PgPool) -> Result<Self, Broken> {
        let clock = Self::new();
        ask(&clock, db).await?;
        Ok(clock)
    }
}

impl Default for DatabaseClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for DatabaseClock {
    fn now(&self) -> OffsetDateTime {
        self.since(self.offset.load(Ordering::Relaxed))
    }

    fn hear(&self, time: OffsetDateTime, asked: Instant) {
        let took = asked.elapsed();
        if took > TOO_LONG || crate::fault::planted("own_clock") {
            return;
        }
        // Read at any moment of the question: half of it is what it can be wrong by.
        let half = took / 2;
        let before = self.offset.load(Ordering::Relaxed);
        let off = (time + half - self.since(before)).whole_nanoseconds();
        let off = i64::try_from(off).unwrap_or_default();
        let known_to = i64::try_from(half.as_nanos()).unwrap_or(i64::MAX);
        if off.abs() <= TOLERANCE.saturating_add(known_to) {
            return;
        }
        if off.abs() >= REMARKABLE {
            tracing::warn!(
                milliseconds = off / 1_000_000,
                "PostgreSQL's clock differs from this machine's by so much; following it"
            );
        }
        // Whoever heard it meanwhile has set it.
        let _ = self.offset.compare_exchange(
            before,
            before.saturating_add(off),
            Ordering::Relaxed,
            Ordering::Relaxed,
        );
    }
}

/// Asks PostgreSQL what time it is, so that what is decided next is decided by its clock.
///
/// # Errors
/// [`Broken`] of the database.
pub async fn follow(shop: &Parts) -> Result<(), Broken> {
    ask(shop.clock.as_ref(), &shop.db).await
}

pub(crate) async fn ask<'e>(clock: &dyn Clock, db: impl PgExecutor<'e>) -> Result<(), Broken> {
    let asked = Instant::now();
    clock.hear(sql::read(db).await?, asked);
    Ok(())
}

/// The operating system's randomness.
pub struct SystemRandom;

impl Random for SystemRandom {
    fn id(&self, now: OffsetDateTime) -> Uuid {
        let seconds = u64::try_from(now.unix_timestamp()).unwrap_or_default();
        Uuid::new_v7(uuid::Timestamp::from_unix(
            uuid::NoContext,
            seconds,
            now.nanosecond(),
        ))
    }

    fn secret(&self) -> [u8; 32] {
        rand::random()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::ext::NumericalDuration;
    use time::macros::datetime;

    const RIGHT: OffsetDateTime = datetime!(2026-11-23 12:00 UTC);

    #[test]
    fn a_clock_that_is_an_hour_off_follows_postgresql() {
        for off in [1.hours(), (-1).hours()] {
            let clock = DatabaseClock::beginning_at(RIGHT + off);
            assert!((clock.now() - RIGHT).abs() > 50.minutes(), "{off}");
            clock.hear(RIGHT, Instant::now());
            // Beyond what a slow machine may take, and far from the hour.
            assert!((clock.now() - RIGHT).abs() < 10.minutes(), "{off}");
            assert!(clock.now() >= RIGHT, "{off}");
        }
    }

    #[test]
    fn an_answer_that_took_too_long_or_differs_by_little_changes_nothing() {
        let clock = DatabaseClock::beginning_at(RIGHT);
        let before = clock.offset.load(Ordering::Relaxed);
        let long_ago = Instant::now().checked_sub(TOO_LONG * 2);
        clock.hear(
            RIGHT + 1.hours(),
            long_ago.expect("a machine that has run for seconds"),
        );
        assert_eq!(clock.offset.load(Ordering::Relaxed), before);
        clock.hear(clock.now(), Instant::now());
        assert_eq!(clock.offset.load(Ordering::Relaxed), before);
    }
}
