//! The rows of the programme: a fault, its dose, and what must hold.

mod browsing;
mod checkout;
mod crooked;
mod disk;
mod holds;
mod killing;
pub mod provider;
mod race;
mod steps;
mod stock;
mod tabs;
mod webhook;

use crate::check;
use crate::sql;
use crate::world::{PATIENCE, Rig, World};
use anyhow::Result;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use xtask::process;

/// A row.
pub struct Row {
    pub name: &'static str,
    /// What is done to the shop.
    pub fault: &'static str,
    /// The whole programme's dose, and a short run's.
    pub full: u32,
    pub short: u32,
    /// What must hold.
    pub pass: &'static str,
    /// The dose in `cargo xtask test`; 0: it is not run there.
    pub tested: u32,
    pub kind: Kind,
}

/// Which row it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    ServerKilled,
    ServerKilledAtSteps,
    StepsFail,
    PostgresKilled,
    SessionsTerminated,
    PostgresFrozen,
    RedisFrozen,
    RedisKilled,
    RedisFlushed,
    ProviderTimesOut,
    ProviderBroken,
    WebhooksShuffled,
    WebhooksLost,
    ProvidersDown,
    SameKey,
    ClientGone,
    Crooked,
    Rush,
    OppositeOrder,
    HoldExpires,
    LateMoney,
    CancelCaptureRefund,
    TwoTabs,
    DiskFull,
    ClockJumps,
    Simulation,
}

/// One row as the table has it.
macro_rules! rows {
    ($($name:literal $kind:ident $fault:literal $full:literal $short:literal $tested:literal $pass:expr;)*) => {
        &[$(Row { name: $name, kind: Kind::$kind, fault: $fault, full: $full, short: $short, tested: $tested, pass: $pass }),*]
    };
}

/// All rows, in the order in which they are run: the shorter ones first.
pub const ROWS: &[Row] = rows! {
    "redis-flushed" RedisFlushed "FLUSHALL" 20 2 0 "browsing and guest checkout keep working, p99 not over 50 ms worse";
    "redis-killed" RedisKilled "kill -9 Redis" 20 2 0 "browsing and guest checkout keep working, p99 not over 50 ms worse";
    "redis-frozen" RedisFrozen "SIGSTOP Redis" 20 2 0 "browsing and guest checkout keep working, p99 not over 50 ms worse";
    "late-money" LateMoney "money comes for an order that was cancelled" 48 4 0 "order or full refund";
    "clock-jumps" ClockJumps "the shop's clock jumps ± 1 h (injected)" 5 1 0 "no early expiry, no replay accepted";
    "hold-expires" HoldExpires "hold expires while paying" 500 8 0 "order or full refund";
    "client-gone" ClientGone "client gone at a random byte" 1000 16 12 "all invariants, no leaked connection";
    "crooked" Crooked "forged, stale, replayed and untrue messages, tampered prices and quantities, skipped steps, another's order: so many of each" 5000 40 24 "refused without a 5xx, nothing changed";
    "webhooks-shuffled" WebhooksShuffled "webhooks × 1–10, shuffled, late, before the response" 10_000 120 80 "the same final state";
    "webhooks-lost" WebhooksLost "all webhooks lost" 500 6 0 "repaired within 60 s";
    "provider-broken" ProviderBroken "the provider answers 500, resets, garbage, one byte a second: so many of each" 500 3 0 "breaker opens within 5 errors, the other takes over within 2 s, ≥ 99 % complete";
    "provider-times-out" ProviderTimesOut "the provider does what it is asked, then times out" 1000 8 0 "no double capture";
    "disk-full" DiskFull "disk full under PostgreSQL (a small tmpfs)" 5 1 0 "reads served, recovers by itself";
    "postgres-frozen" PostgresFrozen "SIGSTOP PostgreSQL for 30 s (short: 5 s)" 10 1 0 "requests fail within 2 s, cached pages still 200";
    "sessions-terminated" SessionsTerminated "terminate all database sessions" 100 2 0 "no 5xx after 3 s";
    "server-killed" ServerKilled "kill -9 the server during checkout" 200 4 3 "M S O E R, serving again within 2 s";
    "same-key" SameKey "same key 50 at once; same key, other body" 1000 2 1 "one order; 422";
    "opposite-order" OppositeOrder "carts sharing stock, SKUs in opposite order" 10_000 60 32 "S, no deadlock reaches a shopper";
    "two-tabs" TwoTabs "two tabs: coupon limit, gift card, same cart" 2000 6 0 "limits hold, no line lost";
    "cancel-capture-refund" CancelCaptureRefund "cancel, capture and refund race" 2000 8 0 "refunds ≤ captures";
    "simulation" Simulation "simulation" 1_000_000 10_000 0 "no violation";
    "postgres-killed" PostgresKilled "kill -9 the PostgreSQL postmaster, at load" 50 2 1 "M S O E R, recovered within 10 s";
    "server-killed-at-steps" ServerKilledAtSteps "kill -9 the server at each recorded step" 20 1 0 "M S O E R, serving again within 2 s";
    "steps-fail" StepsFail "each step of placing, paying, giving up and refunding fails in a living server" 20 1 1 "nothing stays taken, one order for who tries again; M S O E R";
    "rush" Rush "5,000 buyers, 100 units (short: 150 buyers)" 20 1 1 "exactly 100 sold";
    "providers-down" ProvidersDown "all providers down for 10 min (short: 3 s)" 1000 6 0 "all acknowledged, each charged once or sent one link within 60 s of recovery";
};

/// How a row went.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Report {
    /// What was measured and counted: name and value.
    pub figures: Vec<(String, String)>,
    /// What did not hold.
    pub broken: Vec<String>,
    /// What of the row could not be run, and why.
    pub not_run: Vec<String>,
    /// Nothing of the row was run.
    pub nothing_run: bool,
}

impl Report {
    pub fn not_run(why: &str) -> Self {
        Self {
            not_run: vec![why.to_owned()],
            nothing_run: true,
            ..Self::default()
        }
    }

    pub fn figure(&mut self, name: &str, value: impl ToString) {
        self.figures.push((name.to_owned(), value.to_string()));
    }

    /// What did not hold unless `so`.
    pub fn must(&mut self, so: bool, otherwise: impl FnOnce() -> String) {
        if !so {
            self.broken.push(otherwise());
        }
    }
}

/// One run of a row.
pub struct Run<'a> {
    pub rig: &'a mut Rig,
    pub dose: u32,
    pub seed: u64,
    pub rng: StdRng,
    /// Whether the row's times are limits, or only told.
    pub strict: bool,
    /// Whether the row's own lengths (30 s, 5,000 buyers) are the programme's.
    pub full: bool,
    /// Whether lengths are cut once more, for `cargo xtask test`.
    pub brief: bool,
    /// Whether the programs are a development build.
    pub dev: bool,
    /// How long the shop may take to come to rest.
    pub patience: Duration,
    /// What every server of this run is told.
    pub env: Vec<(&'static str, String)>,
}

impl<'a> Run<'a> {
    pub fn new(rig: &'a mut Rig, row: &Row, dose: u32, seed: u64) -> Self {
        // Each row has its own chance, so that one alone is the same as one among all.
        let own = row.name.bytes().fold(seed, |seed, byte| {
            seed.wrapping_mul(0x0000_0100_0000_01b3) ^ u64::from(byte)
        });
        Self {
            rig,
            dose,
            seed: own,
            rng: StdRng::seed_from_u64(own),
            strict: false,
            full: false,
            brief: false,
            dev: false,
            patience: PATIENCE * 2,
            env: Vec::new(),
        }
    }

    async fn world(&mut self) -> Result<World> {
        self.world_with(&[]).await
    }

    /// One whose server is told something besides.
    async fn world_with(&mut self, besides: &[(&str, &str)]) -> Result<World> {
        let own = self.env.iter().map(|(key, value)| (*key, value.as_str()));
        let env: Vec<(&str, &str)> = own.chain(besides.iter().copied()).collect();
        let world = self.rig.world(&env).await?;
        if env.contains(&("FAULT_PLANTED", "unconditional_hold")) {
            sql::drop_the_check_on_stock(&world.db).await?;
        }
        Ok(world)
    }

    /// So many, for what is mostly waiting.
    async fn worlds(&mut self, count: usize) -> Result<Vec<World>> {
        let mut worlds = Vec::with_capacity(count);
        for _ in 0..count {
            worlds.push(self.world().await?);
        }
        Ok(worlds)
    }

    /// The dose, in that many parts.
    fn shares(&self, count: usize) -> Vec<u32> {
        let count = count as u32;
        let share = |number| (self.dose + number) / count;
        (0..count).map(share).collect()
    }

    /// The first or the second half of the dose.
    fn half(&self, number: usize) -> u32 {
        self.shares(2)[1 - number]
    }

    /// A seed for each of them.
    fn seeds(&mut self, count: usize) -> Vec<u64> {
        (0..count).map(|_| self.rng.random()).collect()
    }

    /// A limit of time: what exceeds it fails the row when times count, and is told in any case.
    fn limit(&self, report: &mut Report, what: &str, took: Duration, limit: Duration) {
        report.figure(what, format!("{:.2} s", took.as_secs_f64()));
        report.must(!self.strict || took <= limit, || {
            format!(
                "{what}: {:.2} s, more than {} s",
                took.as_secs_f64(),
                limit.as_secs()
            )
        });
    }

    /// Waits for rest, and takes the invariants into the report. Buyers must not have been refused anything.
    async fn conclude(&self, world: &World, report: &mut Report) -> Result<()> {
        let (found, took) = check::verdict(world, self.patience).await?;
        report.broken.extend(found);
        let reached = Duration::from_secs(60);
        self.limit(
            report,
            "every capture has its order after",
            took.reached,
            reached,
        );
        report.figure(
            "at rest after",
            format!("{:.2} s", took.rested.as_secs_f64()),
        );
        let told = world.scene.book.told();
        report.figure("orders acknowledged", told.acknowledged.len());
        let refused = told.refused.iter().take(3);
        report
            .broken
            .extend(refused.map(|what| format!("a shopper was refused: {what}")));
        // On a machine that is slow enough somebody loses patience; what they were told still has to hold.
        report.figure("shoppers who gave up", told.gave_up.len());
        if self.strict {
            let gave_up = told.gave_up.iter().take(3);
            report
                .broken
                .extend(gave_up.map(|what| format!("a shopper gave up: {what}")));
        }
        Ok(())
    }

    /// Does the row.
    pub async fn perform(&mut self, kind: Kind) -> Result<Report> {
        match kind {
            Kind::ServerKilled => killing::server(self).await,
            Kind::ServerKilledAtSteps => at_steps(self, killing::STEPS).await,
            Kind::StepsFail => steps::fail(self).await,
            Kind::PostgresKilled => killing::postgres(self).await,
            Kind::SessionsTerminated => killing::sessions(self).await,
            Kind::PostgresFrozen => browsing::postgres_frozen(self).await,
            Kind::RedisFrozen | Kind::RedisKilled | Kind::RedisFlushed => {
                browsing::redis(self, kind).await
            }
            Kind::ProviderTimesOut => provider::times_out(self).await,
            Kind::ProviderBroken => provider::broken(self).await,
            Kind::ProvidersDown => provider::down(self).await,
            Kind::WebhooksShuffled => webhook::shuffled(self).await,
            Kind::WebhooksLost => webhook::lost(self).await,
            Kind::SameKey => checkout::same_key(self).await,
            Kind::ClientGone => checkout::client_gone(self).await,
            Kind::Crooked => crooked::crooked(self).await,
            Kind::TwoTabs => tabs::two_tabs(self).await,
            Kind::Rush => stock::rush(self).await,
            Kind::OppositeOrder => stock::opposite_order(self).await,
            Kind::HoldExpires => holds::expires(self).await,
            Kind::LateMoney => holds::late_money(self).await,
            Kind::CancelCaptureRefund => race::cancel_capture_refund(self).await,
            Kind::DiskFull => disk::full(self).await,
            Kind::ClockJumps => holds::clock(self).await,
            Kind::Simulation => simulation(self),
        }
    }
}

/// The simulation has a command of its own, which is run as it is.
fn simulation(run: &Run<'_>) -> Result<Report> {
    if run.dev {
        return Ok(Report::not_run(
            "takes a release build; `cargo xtask simulate` runs it alone",
        ));
    }
    let mut cargo = process::cargo();
    cargo.args(["run", "--quiet", "-p", "xtask", "--", "simulate"]);
    cargo.args(["--schedules", &run.dose.to_string()]);
    let (ended, told, _) = process::attempt(&mut cargo, "faults-simulation", |_| ())?;
    let mut report = Report::default();
    let last = told.lines().rev().find(|line| !line.trim().is_empty());
    report.figure("it says", last.unwrap_or_default());
    report.must(ended.success(), || {
        "a schedule broke an invariant".to_owned()
    });
    Ok(report)
}

/// What some defects are looked for with.
pub use holds::unpaid;
pub use killing::at_steps;
pub use stock::rush_for_few;

/// A row by its name.
pub fn find(name: &str) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.name == name)
}
