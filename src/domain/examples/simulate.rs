//! Runs schedules of the simulation: `simulate <first seed> <how many>`. It is what `cargo xtask simulate` calls.

#[allow(dead_code, unused_imports)] // The tests and the replay on PostgreSQL use other parts of it.
#[path = "../tests/simulation/model/mod.rs"]
mod model;

use model::{Sound, Tally, simulate};
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut given = std::env::args().skip(1).map(|text| text.parse::<u64>());
    let (Some(Ok(seed)), Some(Ok(schedules)), None) = (given.next(), given.next(), given.next())
    else {
        eprintln!("simulate takes the first seed and the number of schedules: simulate 1 1000000");
        return ExitCode::from(2);
    };
    let threads = std::thread::available_parallelism().map_or(1, |count| count.get() as u64);
    let share = schedules.div_ceil(threads);
    let outcomes = std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads)
            .map(|at| {
                let first = seed.wrapping_add(at * share);
                let count = share.min(schedules.saturating_sub(at * share));
                scope.spawn(move || simulate(&Sound, first, count))
            })
            .collect();
        running
            .into_iter()
            .map(|thread| thread.join())
            .collect::<Vec<_>>()
    });
    let mut tally = Tally::default();
    for outcome in outcomes {
        match outcome {
            Ok(Ok(part)) => tally = tally.and(part),
            Ok(Err(failed)) => {
                println!("{}", failed.told(&Sound));
                return ExitCode::FAILURE;
            }
            Err(_) => return ExitCode::FAILURE,
        }
    }
    println!("{tally:#?}");
    ExitCode::SUCCESS
}
