//! Time and chance, handed in: production reads the machine's, tests set their own.

use time::OffsetDateTime;
use uuid::Uuid;

/// Tells the time (UTC).
pub trait Clock: Send + Sync {
    fn now(&self) -> OffsetDateTime;
}

/// Makes ids and secrets.
pub trait Random: Send + Sync {
    /// A fresh UUID, version 7, for an id made at `now`.
    fn id(&self, now: OffsetDateTime) -> Uuid;
    /// 32 unpredictable bytes, for tokens.
    fn secret(&self) -> [u8; 32];
}

/// The machine's clock.
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> OffsetDateTime {
        #[cfg(feature = "faults")]
        return OffsetDateTime::now_utc() + crate::fault::clock_offset();
        #[cfg(not(feature = "faults"))]
        OffsetDateTime::now_utc()
    }
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
