//! The workshop: `cargo xtask …` sets up, runs, tests and measures Rialto, and leaves nothing running.
//!
//! It is a library too, for the fault harness: that starts the same services, and kills them.

mod bench;
pub mod checkout;
mod dev;
mod faults;
pub mod http;
mod leptos;
pub mod machine;
mod mend;
mod pooler;
mod prepare;
pub mod process;
mod reset;
mod run;
pub mod services;
mod setup;
mod simulate;
mod site;
pub mod stack;
mod test;
mod tidy;
mod ui;

use anyhow::Result;
use lexopt::prelude::*;
use std::collections::BTreeMap;
use std::process::ExitCode;

const HELP: &str = "\
Rialto's workshop. Every command does its own set-up and can be run again at once.

Usage: cargo xtask <command> [options]

  run       Builds the shop, serves it at http://127.0.0.1:3000/ and prints where its mail and payments go
  test      Proves that all of it works: lints, invariants, unit, integration and browser tests
  dev       Serves, and rebuilds at each change (cargo leptos watch)
  tidy      Checks the floors' invariants and the weight of what a browser loads
  bench     Measures the release build and prints the figures
  faults    Kills, freezes and lies to a shop under load, and checks that no order and no money went astray
  pooler    Runs the HTTP tests with PgBouncer, in transaction mode, between servers and PostgreSQL
  simulate  Runs a million schedules of orders, payments and stock against the decisions of production
  site      Builds only what a browser loads, into target/site
  prepare   Rewrites .sqlx, which builds read instead of a database, after a query or a migration has changed
  reset     Empties this checkout's own database, mail and payments

Each takes --help.
";

/// Does what the command line asks for.
#[must_use]
pub fn main() -> ExitCode {
    match command() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is::<process::Interrupted>() => {
            eprintln!("stopped");
            ExitCode::from(130)
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn command() -> Result<()> {
    let mut arguments = lexopt::Parser::from_env();
    let name = match arguments.next()? {
        Some(Value(name)) => name.string()?,
        Some(Short('h') | Long("help")) | None => {
            print!("{HELP}");
            return Ok(());
        }
        Some(other) => return Err(other.unexpected().into()),
    };
    process::catch_interrupts()?;
    match name.as_str() {
        "run" => run::command(arguments),
        "test" => test::command(arguments),
        "dev" => dev::command(arguments),
        "tidy" => tidy::command(arguments),
        "bench" => bench::command(arguments),
        "faults" => faults::command(arguments),
        "pooler" => pooler::command(arguments),
        "simulate" => simulate::command(arguments),
        "site" => run::site(arguments),
        "prepare" => prepare::command(arguments),
        "reset" => reset::command(arguments),
        "help" => {
            print!("{HELP}");
            Ok(())
        }
        other => anyhow::bail!("there is no command `{other}`; `cargo xtask --help` lists them"),
    }
}

/// The options given to a command, with their values; a flag's value is empty. Of a repeated one the last counts.
type Options = BTreeMap<String, String>;

/// Reads a command's options into names with their values. `--help` prints the text and gives None; an option that is
/// neither in `flags` nor in `valued` is an error.
fn options(
    mut arguments: lexopt::Parser,
    help: &str,
    flags: &[&str],
    valued: &[&str],
) -> Result<Option<Options>> {
    let mut given = Options::new();
    while let Some(argument) = arguments.next()? {
        let name = match argument {
            Short('h') | Long("help") => {
                print!("{help}");
                return Ok(None);
            }
            Long(name) if flags.contains(&name) || valued.contains(&name) => name.to_owned(),
            other => return Err(other.unexpected().into()),
        };
        let value = if valued.contains(&name.as_str()) {
            arguments.value()?.string()?
        } else {
            String::new()
        };
        given.insert(name, value);
    }
    Ok(Some(given))
}

/// The port that `--port` names, else the usual one.
fn port(options: &Options) -> Result<u16> {
    match options.get("port") {
        None => Ok(stack::PORT),
        Some(value) => match value.parse() {
            Ok(port) if port > 0 => Ok(port),
            _ => anyhow::bail!("--port takes a number from 1 to 65535, not `{value}`"),
        },
    }
}
