//! benches/RESULTS.md: a part each under a heading, with what it was measured on.

use crate::{checkout, machine, process};
use anyhow::Result;
use std::path::PathBuf;

const HEAD: &str = "\
# Figures

Written by `cargo xtask bench`. The load generator, PostgreSQL (fsync on), Redis and the payment simulator share the machine.
CPU is user and system time, of the process `rialto` alone unless said otherwise, divided by the requests of the row.
";

pub fn file() -> PathBuf {
    checkout::root().join("benches/RESULTS.md")
}

/// The parts that are there, in their order.
pub struct Report(Vec<(String, String)>);

impl Report {
    pub fn read() -> Result<Self> {
        let text = std::fs::read_to_string(file()).unwrap_or_default();
        Ok(Self(sections(&text)))
    }

    /// What was measured of a part before.
    pub fn part(&self, title: &str) -> Option<&str> {
        let part = self.0.iter().find(|(known, _)| known == title);
        part.map(|(_, text)| text.as_str())
    }

    /// Puts a part in the place of what was measured of it before, and writes the file.
    pub fn put(&mut self, title: &str, text: &str) -> Result<()> {
        let commit = process::answer("git", &["rev-parse", "--short", "HEAD"]);
        let text = format!(
            "*{} at {}, on {}.*\n\n{}",
            machine::today(),
            commit.as_deref().map_or("an unknown commit", str::trim),
            machine::machine(),
            text.trim()
        );
        match self.0.iter_mut().find(|(known, _)| known == title) {
            Some((_, before)) => *before = text,
            None => self.0.push((title.to_owned(), text)),
        }
        let mut all = HEAD.to_owned();
        for (title, text) in &self.0 {
            all.push_str(&format!("\n## {title}\n\n{text}\n"));
        }
        std::fs::write(file(), all).map_err(|error| process::unwritable(&file(), &error))
    }
}

fn sections(text: &str) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for section in text.split("\n## ").skip(1) {
        let (title, text) = section.split_once('\n').unwrap_or((section, ""));
        all.push((title.trim().to_owned(), text.trim().to_owned()));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_parts_it_wrote() {
        let text = "# Figures\n\nWritten.\n\n## Pages\n\nFast.\n\n## Search\n\nFaster.\n";
        let of = |title: &str, text: &str| (title.to_owned(), text.to_owned());
        assert_eq!(
            sections(text),
            [of("Pages", "Fast."), of("Search", "Faster.")]
        );
        assert!(sections("").is_empty());
    }
}
