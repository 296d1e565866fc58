//! Twenty thousand schedules of everything that can happen to an order, its payment and its stock; and the proof that they
//! would find a wrong decision. `cargo xtask simulate` runs a million.

#[allow(dead_code, unused_imports)]
// The replay on PostgreSQL and the example use other parts of it.
mod model;

mod defects;

use model::{Sound, simulate};

const SCHEDULES: u64 = 20_000;

#[test]
fn no_schedule_breaks_an_invariant() {
    let tally =
        simulate(&Sound, 1, SCHEDULES).unwrap_or_else(|failed| panic!("{}", failed.told(&Sound)));
    assert_eq!(tally.schedules, SCHEDULES);
    let reached = [
        tally.refused,
        tally.paid,
        tally.cancelled,
        tally.refunded,
        tally.paid_late,
        tally.paid_again,
        tally.paid_twice,
    ];
    assert!(reached.into_iter().all(|count| count >= 100), "{tally:?}");
}

#[test]
fn the_same_seed_is_the_same_schedule() {
    let once = simulate(&Sound, 7, 50);
    assert_eq!(once, simulate(&Sound, 7, 50));
    assert_ne!(once, simulate(&Sound, 8, 50));
}
