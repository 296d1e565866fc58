//! `cargo xtask faults`: builds what the harness breaks, and lets it.

use crate::checkout;
use crate::process;
use crate::setup::{self, count_crates, debian};
use crate::ui::Progress;
use anyhow::{Result, bail};
use lexopt::prelude::*;
use std::path::{Path, PathBuf};

const HELP: &str = "\
Starts a shop with its PostgreSQL, Redis and payment provider, drives seeded buyers through it, kills, freezes and lies to
its parts meanwhile, and checks that no order and no money went astray.

Usage: cargo xtask faults [options] [row] …

  <row> …         these rows alone; --list names them
  --full          the doses of the whole programme (hours); writes benches/FAULTS.md, and goes on where it was stopped: what
                  passed at this commit is not run again unless it is named; other rows keep their results in the file,
                  each with the commit it was run at
  --only NAME     the same as naming a row (or several, with commas); with --sabotage: a defect
  --dose NUMBER   another dose than the row's
  --seed NUMBER   where chance begins; a failure prints it (1)
  --sabotage      plants known defects, one at a time, and fails unless each is found
  --list          says which rows and defects there are
  --dev           the development build instead of the release

DATABASE_URL and REDIS_URL are not used. Nothing is left running.
";

/// Runs `cargo xtask faults`.
pub fn command(mut arguments: lexopt::Parser) -> Result<()> {
    let mut handed_on = Vec::new();
    let mut dev = false;
    let mut list = false;
    while let Some(argument) = arguments.next()? {
        match argument {
            Short('h') | Long("help") => {
                print!("{HELP}");
                return Ok(());
            }
            Long("dev") => dev = true,
            Long(flag @ ("full" | "sabotage" | "list")) => {
                list |= flag == "list";
                handed_on.push(format!("--{flag}"));
            }
            Long(option @ ("only" | "dose" | "seed")) => {
                let option = format!("--{option}");
                handed_on.extend([option, arguments.value()?.string()?]);
            }
            Value(row) => handed_on.push(row.string()?),
            other => return Err(other.unexpected().into()),
        }
    }
    setup::check_disk()?;
    if !list {
        debian::check(false)?;
    }
    let progress = Progress::new(if list { 1 } else { 2 });
    if !list {
        let phase = progress.begin("finding PostgreSQL and Redis");
        debian::install(false, &phase)?;
        phase.done("");
    }
    let folder = build(dev, list, &progress)?;
    progress.close();
    let mut harness = process::command(checkout::target().join(profile(dev)).join("faults"));
    harness.args(&handed_on).arg("--programs").arg(folder);
    if dev {
        harness.arg("--dev");
    }
    let ended = process::wait(&mut process::spawn(&mut harness)?)?;
    if !ended.success() {
        bail!("not everything held: it is told above");
    }
    Ok(())
}

const fn profile(dev: bool) -> &'static str {
    if dev { "debug" } else { "release" }
}

/// Builds the harness and a server that can be told to break. That one is put aside, so that it is never mistaken for the
/// server that ships. Returns the folder with both programs.
fn build(dev: bool, harness_alone: bool, progress: &Progress) -> Result<PathBuf> {
    let phase = progress.begin("building the harness and a server to break");
    let folder = checkout::workshop().join("faults").join(profile(dev));
    std::fs::create_dir_all(&folder).map_err(|error| process::unwritable(&folder, &error))?;
    let mut cargo = process::cargo();
    cargo.args(["build", "-p", "faults"]);
    if !harness_alone {
        cargo.args([
            "-p",
            "server",
            "-p",
            "simulator",
            "--features",
            "server/faults",
        ]);
    }
    if !dev {
        cargo.arg("--release");
    }
    process::run(&mut cargo, "faults-build", count_crates(&phase))?;
    if !harness_alone {
        for program in ["rialto", "simulator"] {
            let built = checkout::target().join(profile(dev)).join(program);
            put(&built, &folder.join(program))?;
        }
    }
    phase.done("");
    Ok(folder)
}

fn put(from: &Path, to: &Path) -> Result<()> {
    // Removed first: a program that runs can't be written over.
    let _ = std::fs::remove_file(to);
    std::fs::copy(from, to).map_err(|error| process::unwritable(to, &error))?;
    Ok(())
}
