//! What was run, kept between runs, and told in `benches/FAULTS.md`.

use crate::row::{ROWS, Report, Row};
use anyhow::Result;
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;
use std::path::PathBuf;
use xtask::{checkout, machine, process};

/// One row's result.
#[derive(Serialize, Deserialize)]
pub struct Outcome {
    pub row: String,
    pub dose: u32,
    pub seed: u64,
    pub build: String,
    pub commit: String,
    pub date: String,
    pub machine: String,
    pub seconds: f64,
    pub report: Report,
}

impl Outcome {
    pub fn of(row: &Row, dose: u32, seed: u64, dev: bool, seconds: f64, report: Report) -> Self {
        Self {
            row: row.name.to_owned(),
            dose,
            seed,
            build: build(dev).to_owned(),
            commit: commit(),
            date: machine::today(),
            machine: machine::machine(),
            seconds,
            report,
        }
    }

    /// Keeps it, so that a run that was stopped goes on after it.
    pub fn keep(&self) -> Result<()> {
        let folder = folder();
        std::fs::create_dir_all(&folder)?;
        let file = folder.join(format!("{}.json", self.row));
        Ok(std::fs::write(file, serde_json::to_vec_pretty(self)?)?)
    }

    /// The kept result of a row, if there is one.
    pub fn kept(row: &Row) -> Option<Self> {
        let text = std::fs::read(folder().join(format!("{}.json", row.name))).ok()?;
        serde_json::from_slice(&text).ok()
    }

    /// Whether the commit and the build that are here now did it, and it need not be done again.
    pub fn is_of_now(&self, dev: bool) -> bool {
        self.report.broken.is_empty()
            && self.commit == commit()
            && self.build == build(dev)
            && !self.commit.ends_with('+')
    }

    /// `passed`, `FAILED`, `not run`.
    pub fn verdict(&self) -> &'static str {
        match &self.report {
            report if !report.broken.is_empty() => "**failed**",
            report if report.nothing_run => "not run",
            report if !report.not_run.is_empty() => "passed in part",
            _ => "passed",
        }
    }
}

const fn build(dev: bool) -> &'static str {
    if dev { "development" } else { "release" }
}

/// What is run and how it is broken: the rest of the checkout may change between rows.
const OF_THE_SHOP: [&str; 4] = ["src", "migrations", "faults", "shopper"];

/// The last commit that changed the shop or the harness, with a `+` when something differs from it.
pub fn commit() -> String {
    let of = ["log", "-1", "--format=%h", "--"];
    let of = process::answer("git", &[&of[..], &OF_THE_SHOP].concat()).unwrap_or_default();
    let changed = ["status", "--porcelain", "--"];
    let changed = process::answer("git", &[&changed[..], &OF_THE_SHOP].concat());
    let plus = if changed.is_some_and(|list| !list.is_empty()) {
        "+"
    } else {
        ""
    };
    format!("{of}{plus}")
}

fn folder() -> PathBuf {
    checkout::workshop().join("faults").join("results")
}

/// Writes `benches/FAULTS.md` from all kept results; where it lies.
pub fn write() -> Result<PathBuf> {
    let mut text = String::from(
        "# What was broken, and what held\n\nWritten by `cargo xtask faults --full`. M, S, O, E and R are the invariants of \
         `faults/src/check.rs`.\n\n| Fault | Dose | Result | Must hold | Took | Seed |\n|---|---:|---|---|---:|---:|\n",
    );
    let mut details = String::new();
    for row in ROWS {
        let outcome = Outcome::kept(row);
        let none = || "–".to_owned();
        let (dose, verdict, took, seed) = match &outcome {
            Some(one) => (
                one.dose.to_string(),
                one.verdict(),
                format!("{:.0} s", one.seconds),
                one.seed.to_string(),
            ),
            None => (none(), "not run yet", none(), none()),
        };
        let _ = writeln!(
            text,
            "| {} (`{}`) | {dose} | {verdict} | {} | {took} | {seed} |",
            row.fault, row.name, row.pass
        );
        let Some(outcome) = outcome else { continue };
        let _ = writeln!(
            details,
            "\n## {}\n\n{} of {} asked for; seed {}, {:.0} s, {}, {} build of {}; {}.\n",
            row.name,
            outcome.dose,
            row.full,
            outcome.seed,
            outcome.seconds,
            outcome.date,
            outcome.build,
            outcome.commit,
            outcome.machine
        );
        for (name, value) in &outcome.report.figures {
            let _ = writeln!(details, "- {name}: {value}");
        }
        for what in outcome.report.broken.iter().take(20) {
            let _ = writeln!(details, "- **did not hold**: {what}");
        }
        for what in &outcome.report.not_run {
            let _ = writeln!(details, "- not run: {what}");
        }
    }
    text.push_str(&details);
    let file = checkout::root().join("benches/FAULTS.md");
    std::fs::write(&file, text).map_err(|error| process::unwritable(&file, &error))?;
    Ok(file)
}
