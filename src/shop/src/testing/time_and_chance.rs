//! A clock that stands and randomness that repeats itself.

use crate::clock::{Clock, Random};
use rand::rngs::StdRng;
use rand::{RngCore, SeedableRng};
use std::sync::{Mutex, PoisonError};
use time::macros::datetime;
use time::{Duration, OffsetDateTime};
use uuid::{Builder, Uuid};

/// Stands at noon of 23 November 2026 until it is set.
pub struct TestClock(Mutex<OffsetDateTime>);

impl Default for TestClock {
    fn default() -> Self {
        Self(Mutex::new(datetime!(2026-11-23 12:00 UTC)))
    }
}

impl TestClock {
    pub fn time(&self) -> OffsetDateTime {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn set(&self, to: OffsetDateTime) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = to;
    }

    pub fn advance(&self, by: Duration) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) += by;
    }
}

impl Clock for TestClock {
    fn now(&self) -> OffsetDateTime {
        self.time()
    }
}

/// The same ids and secrets in every run; ids sort in the order they were made.
pub struct SeededRandom(Mutex<(StdRng, u32)>);

impl SeededRandom {
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new((StdRng::seed_from_u64(seed), 0)))
    }
}

impl Random for SeededRandom {
    fn id(&self, now: OffsetDateTime) -> Uuid {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (random, made) = &mut *state;
        let mut bytes = [0; 10];
        random.fill_bytes(&mut bytes);
        // The 18 bits after the time that version and variant leave free count the ids.
        *made += 1;
        bytes[0] = (*made >> 14) as u8;
        bytes[1] = (*made >> 6) as u8;
        bytes[2] = (*made & 0x3f) as u8;
        let millis = now.unix_timestamp_nanos() / 1_000_000;
        Builder::from_unix_timestamp_millis(u64::try_from(millis).unwrap_or_default(), &bytes)
            .into_uuid()
    }

    fn secret(&self) -> [u8; 32] {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut secret = [0; 32];
        state.0.fill_bytes(&mut secret);
        secret
    }
}
