//! `cargo xtask simulate`: a million schedules of everything that can happen to orders, payments and stock.

use crate::services::Services;
use crate::setup::{self, count_crates, debian};
use crate::ui::{Progress, thousands};
use crate::{Options, process};
use anyhow::{Context, Result};

const HELP: &str = "\
Runs seeded schedules of shoppers, providers, messages, reconciler, expiry and refunds against the decisions that
production takes, and checks after every step that no money, stock or order is lost, made or counted twice.
A schedule that breaks an invariant is cut down, told step by step, and found again by its seed.

Usage: cargo xtask simulate [--schedules N] [--seed S] [--postgres]

  --schedules N   how many (1000000; with --postgres 10000)
  --seed S        the first one's seed (1)
  --postgres      replay them with the whole shop on a PostgreSQL of its own, and compare every outcome
";

/// Runs `cargo xtask simulate`.
pub fn command(arguments: lexopt::Parser) -> Result<()> {
    let valued = ["schedules", "seed"];
    let Some(options) = crate::options(arguments, HELP, &["postgres"], &valued)? else {
        return Ok(());
    };
    let on_postgres = options.contains_key("postgres");
    let usual = if on_postgres { 10_000 } else { 1_000_000 };
    let schedules = number(&options, "schedules", usual)?;
    let seed = number(&options, "seed", 1)?;
    setup::check_disk()?;
    let told = if on_postgres {
        replay(seed, schedules)?
    } else {
        simulate(seed, schedules)?
    };
    println!("{told}");
    println!(
        "{} schedules from seed {seed} on: no violation",
        thousands(schedules)
    );
    Ok(())
}

fn number(options: &Options, name: &str, usual: u64) -> Result<u64> {
    match options.get(name) {
        None => Ok(usual),
        Some(text) => text
            .parse()
            .with_context(|| format!("--{name} takes a whole number, not `{text}`")),
    }
}

/// In memory; answers how often what was reached.
fn simulate(seed: u64, schedules: u64) -> Result<String> {
    const EXAMPLE: [&str; 5] = ["--release", "-p", "domain", "--example", "simulate"];
    let progress = Progress::new(2);
    let phase = progress.begin("building the simulation");
    let mut cargo = process::cargo();
    cargo.arg("build").args(EXAMPLE);
    process::run(&mut cargo, "simulate-build", count_crates(&phase))?;
    phase.done("");
    let phase = progress.begin("simulating");
    let mut cargo = process::cargo();
    cargo.arg("run").arg("--quiet").args(EXAMPLE).arg("--");
    cargo.args([seed.to_string(), schedules.to_string()]);
    let told = process::run(&mut cargo, "simulate", |_| ())?;
    phase.done(&format!("{} schedules", thousands(schedules)));
    progress.close();
    Ok(told.trim_end().to_owned())
}

/// With the whole shop; answers what the replay says of itself.
fn replay(seed: u64, schedules: u64) -> Result<String> {
    const TEST: [&str; 5] = ["test", "-p", "shop", "--test", "simulation"];
    let progress = Progress::new(3);
    let phase = progress.begin("compiling the replay");
    let mut cargo = process::cargo();
    cargo.args(TEST).arg("--no-run");
    process::run(&mut cargo, "replay-build", count_crates(&phase))?;
    phase.done("");
    let phase = progress.begin("starting PostgreSQL");
    debian::install(false, &phase)?;
    let services = Services::throwaway("rialto_simulation")?;
    phase.done("");
    let phase = progress.begin("replaying");
    let mut cargo = process::cargo();
    cargo
        .args(TEST)
        .args(["--", "--nocapture"])
        .env("DATABASE_URL", &services.database_url)
        .env("REDIS_URL", &services.redis_url)
        .env("RIALTO_REPLAY_SCHEDULES", schedules.to_string())
        .env("RIALTO_REPLAY_SEED", seed.to_string());
    let told = process::run(&mut cargo, "replay", |line| {
        if let Some(count) = line.strip_prefix("replayed ") {
            phase.note(count);
        }
    })?;
    phase.done(&format!("{} schedules", thousands(schedules)));
    progress.close();
    let last = told
        .lines()
        .rev()
        .find(|line| line.starts_with("replayed "));
    last.map(ToOwned::to_owned)
        .context("the replay did not say what it did")
}
