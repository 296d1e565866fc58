//! The deterministic simulation of orders, payments and stock: schedules made of a seed, run against the decisions that
//! production takes, checked after every step. It is shared by the tests beside it, by `examples/simulate.rs`, and by the
//! replay on PostgreSQL in `src/shop/tests/simulation`.

mod check;
mod provider;
mod random;
mod rules;
mod schedule;
mod tally;
mod world;

pub use check::Violation;
pub use provider::{Fate, Provider};
pub use rules::{Rules, Sound};
pub use schedule::{MOST_ORDERS, PRODUCTS, Profile, Schedule, Shelf, Step};
pub use tally::Tally;
pub use world::{Order, World};

use std::fmt::Write as _;

/// A schedule that ends badly, as short as it could be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    pub schedule: Schedule,
    pub violation: Violation,
}

/// Runs the schedules of `count` seeds from `first` on. Ends at the first that breaks an invariant, cut down to what it
/// takes.
///
/// # Errors
/// [`Failed`].
pub fn simulate<R: Rules>(rules: &R, first: u64, count: u64) -> Result<Tally, Box<Failed>> {
    let mut tally = Tally::default();
    for seed in (0..count).map(|at| first.wrapping_add(at)) {
        let schedule = Schedule::of(seed, Profile::WHOLE);
        if run(rules, &schedule, &mut tally).is_some() {
            return Err(Box::new(shrink(rules, schedule)));
        }
    }
    Ok(tally)
}

/// Runs one schedule to its end, or to the first step after which an invariant does not hold.
fn run<R: Rules>(rules: &R, schedule: &Schedule, tally: &mut Tally) -> Option<Violation> {
    let mut world = World::new(rules, schedule);
    for step in &schedule.steps {
        world.step(*step);
        if let Some(violation) = world.check() {
            return Some(violation);
        }
    }
    world.drain();
    tally.count(&world, schedule.steps.len());
    world.check_end()
}

/// Leaves out every step without which the schedule still ends badly.
fn shrink<R: Rules>(rules: &R, mut schedule: Schedule) -> Failed {
    let fails = |schedule: &Schedule| run(rules, schedule, &mut Tally::default());
    loop {
        let before = schedule.steps.len();
        for at in (0..before).rev() {
            let mut shorter = schedule.clone();
            shorter.steps.remove(at);
            if fails(&shorter).is_some() {
                schedule = shorter;
            }
        }
        if schedule.steps.len() == before {
            break;
        }
    }
    let violation = fails(&schedule).unwrap_or(Violation {
        what: "it does not fail again",
        order: String::new(),
    });
    Failed {
        schedule,
        violation,
    }
}

impl Failed {
    /// What happened, step by step, and how to see it again.
    pub fn told<R: Rules>(&self, rules: &R) -> String {
        let Self {
            schedule,
            violation,
        } = self;
        let mut told = format!("{}\n  {}\n", violation.what, violation.order);
        let mut world = World::new(rules, schedule);
        // Writing to a string can't fail.
        let _ = writeln!(told, "seed {}, {:?}", schedule.seed, schedule.shelves);
        for step in &schedule.steps {
            world.step(*step);
            let orders = world.orders.iter().map(|order| {
                let attempts: Vec<_> = order.attempts.iter().map(|attempt| attempt.state).collect();
                (order.state, attempts)
            });
            let orders: Vec<_> = orders.collect();
            let _ = writeln!(told, "  {step:?}\n    {:?} {orders:?}", world.stock);
        }
        let _ = writeln!(
            told,
            "again: cargo xtask simulate --schedules 1 --seed {}",
            schedule.seed
        );
        told
    }
}
