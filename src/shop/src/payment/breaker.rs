//! A circuit breaker: who does not answer is left alone for a while, then tried by one call.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Opens after so many failures in a row, and lets one call through after each pause. Time is handed in; it is the
/// machine's steady one, so that a clock that jumps neither opens nor closes anything.
pub(super) struct Breaker {
    failures: u32,
    pause: Duration,
    state: Mutex<State>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Closed {
        failures: u32,
    },
    Open {
        until: Instant,
    },
    /// One call was let through; it may be lost, so after a pause there is another.
    Probing {
        since: Instant,
    },
}

/// How a breaker stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Position {
    Closed,
    HalfOpen,
    Open,
}

impl Breaker {
    /// `failures`: how many in a row open it, 1 at least.
    pub(super) const fn new(failures: u32, pause: Duration) -> Self {
        Self {
            failures,
            pause,
            state: Mutex::new(State::Closed { failures: 0 }),
        }
    }

    /// Whether a call may be made now. A `true` of a breaker that is not closed is the one probe.
    pub(super) fn admit(&self, now: Instant) -> bool {
        let mut state = self.lock();
        let admitted = self.admits(*state, now);
        if admitted && !matches!(*state, State::Closed { .. }) {
            *state = State::Probing { since: now };
        }
        admitted
    }

    /// Whether [`Breaker::admit`] would say yes, without taking the probe.
    pub(super) fn would_admit(&self, now: Instant) -> bool {
        self.admits(*self.lock(), now)
    }

    fn admits(&self, state: State, now: Instant) -> bool {
        match state {
            State::Closed { .. } => true,
            State::Open { until } => now >= until,
            State::Probing { since } => now >= since + self.pause,
        }
    }

    /// How a call that was admitted went.
    pub(super) fn record(&self, answered: bool, now: Instant) {
        let mut state = self.lock();
        *state = match (*state, answered) {
            (State::Closed { .. } | State::Probing { .. }, true) => State::Closed { failures: 0 },
            (State::Closed { failures }, false) if failures + 1 < self.failures => State::Closed {
                failures: failures + 1,
            },
            (State::Closed { .. } | State::Probing { .. }, false) => State::Open {
                until: now + self.pause,
            },
            // News of a call that was made before it opened: the probe decides.
            (open @ State::Open { .. }, _) => open,
        };
    }

    pub(super) fn position(&self) -> Position {
        match *self.lock() {
            State::Closed { .. } => Position::Closed,
            State::Probing { .. } => Position::HalfOpen,
            State::Open { .. } => Position::Open,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAUSE: Duration = Duration::from_secs(3);

    fn open(now: Instant) -> Breaker {
        let breaker = Breaker::new(5, PAUSE);
        for _ in 0..5 {
            assert!(breaker.admit(now));
            breaker.record(false, now);
        }
        breaker
    }

    #[test]
    fn opens_at_the_fifth_failure_in_a_row() {
        let now = Instant::now();
        let breaker = Breaker::new(5, PAUSE);
        for answered in [false, false, false, false, true, false, false, false, false] {
            assert!(breaker.admit(now));
            breaker.record(answered, now);
        }
        assert_eq!(breaker.position(), Position::Closed, "never five in a row");
        breaker.record(false, now);
        assert_eq!(breaker.position(), Position::Open);
        assert!(!breaker.admit(now));
    }

    #[test]
    fn lets_one_call_through_after_each_pause_and_closes_when_it_is_answered() {
        let now = Instant::now();
        let breaker = open(now);
        let later = now + PAUSE;
        assert!(!breaker.admit(later - Duration::from_millis(1)));
        assert!(breaker.would_admit(later));
        assert!(breaker.admit(later), "the probe");
        assert_eq!(breaker.position(), Position::HalfOpen);
        assert!(!breaker.admit(later), "only one");
        breaker.record(false, later);
        assert_eq!(breaker.position(), Position::Open);
        assert!(!breaker.admit(later));
        assert!(breaker.admit(later + PAUSE));
        breaker.record(true, later + PAUSE);
        assert_eq!(breaker.position(), Position::Closed);
        assert!(breaker.admit(later + PAUSE));
    }

    #[test]
    fn a_probe_that_is_never_heard_of_is_followed_by_another() {
        let now = Instant::now();
        let breaker = open(now);
        assert!(breaker.admit(now + PAUSE));
        assert!(breaker.admit(now + PAUSE * 2));
    }

    #[test]
    fn late_news_of_older_calls_does_not_close_it() {
        let now = Instant::now();
        let breaker = open(now);
        breaker.record(true, now);
        assert_eq!(breaker.position(), Position::Open);
    }
}
