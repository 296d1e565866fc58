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

/// Writes `benches/FAULTS.md` from all kept results; where it lies. A row without one keeps what the file says of it.
pub fn write() -> Result<PathBuf> {
    let file = checkout::root().join("benches/FAULTS.md");
    let before = std::fs::read_to_string(&file).unwrap_or_default();
    let told: Vec<_> = ROWS.iter().map(|row| (row, Outcome::kept(row))).collect();
    std::fs::write(&file, page(&told, &before))
        .map_err(|error| process::unwritable(&file, &error))?;
    Ok(file)
}

/// How many columns the table has.
const COLUMNS: usize = 7;

/// The whole file. `before`: what it was.
fn page(told: &[(&Row, Option<Outcome>)], before: &str) -> String {
    let mut text = String::from(
        "# What was broken, and what held\n\nWritten by `cargo xtask faults --full`. M, S, O, E and R are the invariants of \
         `faults/src/check.rs`. Each row says with which commit of shop and harness it was run (`+`: changed since).\n\n\
         | Fault | Dose | Result | Must hold | Took | Seed | Commit |\n|---|---:|---|---|---:|---:|---|\n",
    );
    let mut details = String::new();
    for (row, outcome) in told {
        let (line, section) = match outcome {
            Some(outcome) => (outcome.line(row), outcome.section(row)),
            None => (line_before(row, before), section_before(row, before)),
        };
        text.push_str(&line);
        details.push_str(&section);
    }
    text + &details
}

/// The row of the table that the file has, or one that says that there is nothing to tell.
fn line_before(row: &Row, before: &str) -> String {
    let name = format!("(`{}`)", row.name);
    let mut lines = before.lines();
    let line = lines.find(|line| line.starts_with("| ") && line.contains(&name));
    match line.filter(|line| line.matches('|').count() == COLUMNS + 1) {
        Some(line) => format!("{line}\n"),
        None => format!(
            "| {} (`{}`) | – | not run yet | {} | – | – | – |\n",
            row.fault, row.name, row.pass
        ),
    }
}

fn section_before(row: &Row, before: &str) -> String {
    let title = format!("\n## {}\n", row.name);
    let Some(at) = before.find(&title) else {
        return String::new();
    };
    let from = &before[at..];
    let end = from[1..].find("\n## ").map_or(from.len(), |end| end + 1);
    from[..end].to_owned()
}

impl Outcome {
    /// Its row of the table.
    fn line(&self, row: &Row) -> String {
        format!(
            "| {} (`{}`) | {} | {} | {} | {:.0} s | {} | {} |\n",
            row.fault,
            row.name,
            self.dose,
            self.verdict(),
            row.pass,
            self.seconds,
            self.seed,
            self.commit
        )
    }

    /// What is told of it below the table.
    fn section(&self, row: &Row) -> String {
        let mut text = format!(
            "\n## {}\n\n{} of {} asked for; seed {}, {:.0} s, {}, {} build of {}; {}.\n\n",
            row.name,
            self.dose,
            row.full,
            self.seed,
            self.seconds,
            self.date,
            self.build,
            self.commit,
            self.machine
        );
        for (name, value) in &self.report.figures {
            let _ = writeln!(text, "- {name}: {value}");
        }
        for what in self.report.broken.iter().take(20) {
            let _ = writeln!(text, "- **did not hold**: {what}");
        }
        for what in &self.report.not_run {
            let _ = writeln!(text, "- not run: {what}");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(row: &Row, commit: &str) -> Outcome {
        Outcome {
            row: row.name.to_owned(),
            dose: 3,
            seed: 1,
            build: "release".to_owned(),
            commit: commit.to_owned(),
            date: "2026-11-21".to_owned(),
            machine: "2 cores".to_owned(),
            seconds: 4.0,
            report: Report {
                figures: vec![("deaths".to_owned(), "3".to_owned())],
                ..Report::default()
            },
        }
    }

    #[test]
    fn a_row_that_was_not_run_again_keeps_what_was_told_of_it_with_its_commit() {
        let rows = &ROWS[..3];
        let all = rows.iter().map(|row| (row, Some(outcome(row, "aaaaaaa"))));
        let before = page(&all.collect::<Vec<_>>(), "");
        let again: Vec<_> = rows.iter().map(|row| (row, None)).collect();
        assert_eq!(page(&again, &before), before);
        let mut one: Vec<_> = rows.iter().map(|row| (row, None)).collect();
        one[1].1 = Some(outcome(&rows[1], "bbbbbbb"));
        let after = page(&one, &before);
        assert_eq!(after.matches("| aaaaaaa |").count(), 2, "{after}");
        assert_eq!(after.matches("| bbbbbbb |").count(), 1, "{after}");
        assert_eq!(after.matches("\n## ").count(), 3, "{after}");
        assert_eq!(after.matches("release build of bbbbbbb").count(), 1);
    }

    #[test]
    fn a_row_that_nothing_is_known_of_says_so() {
        let text = page(&[(&ROWS[0], None)], "");
        assert!(text.contains("| – | not run yet |"), "{text}");
        assert!(!text.contains("\n## "), "{text}");
    }
}
