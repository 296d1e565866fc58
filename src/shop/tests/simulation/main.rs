//! The simulation's schedules again, with the whole shop over PostgreSQL: every outcome must be the simulated one.
//!
//! A few hundred of them, or as many as `RIALTO_REPLAY_SCHEDULES` says from the seed `RIALTO_REPLAY_SEED` on:
//! `cargo xtask simulate --postgres`.

mod books;
#[allow(dead_code, unused_imports)] // The tests in `domain` and its example use other parts of it.
#[path = "../../../domain/tests/simulation/model/mod.rs"]
mod model;
mod replay;
mod sql;

use replay::Lane;
use sqlx::PgPool;
use std::time::{Duration, Instant};

/// Schedules of one lane, unless more are asked for.
const SCHEDULES: u64 = 150;
/// On a slow machine a lane ends earlier, but not before it has replayed a few.
const PATIENCE: Duration = Duration::from_secs(20);
const FEWEST: u64 = 10;
const LANES: u64 = 2;

/// Replays every second schedule, one after the other: each is over before the next begins, so that they can share a
/// database and its clock.
async fn lane(db: PgPool, at: u64) {
    let asked: Option<u64> = number("RIALTO_REPLAY_SCHEDULES");
    let first = number("RIALTO_REPLAY_SEED").unwrap_or(1) + at;
    let count = asked.map_or(SCHEDULES, |all| (all + LANES - 1 - at) / LANES);
    let begun = Instant::now();
    let mut lane = Lane::new(db, at).await;
    let mut replayed = 0;
    while replayed < count {
        if asked.is_none() && replayed >= FEWEST && begun.elapsed() > PATIENCE {
            break;
        }
        lane.replay(first + replayed * LANES).await;
        replayed += 1;
        if replayed % 100 == 0 || replayed == count {
            println!(
                "replayed {replayed} of {count} in lane {at}: {}",
                lane.tally
            );
        }
    }
}

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{name} is a whole number, not {text:?}")),
    )
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn schedules_end_as_simulated(db: PgPool) {
    lane(db, 0).await;
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn schedules_of_the_second_lane_end_as_simulated(db: PgPool) {
    lane(db, 1).await;
}
