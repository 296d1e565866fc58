//! `cargo xtask tidy`: the invariants that keep the floors apart, checked.

mod floors;
mod papers;
mod source;
mod texts;
mod weight;

use crate::setup::{self, count_crates};
use crate::ui::{Phase, Progress};
use crate::{checkout, process, run};
use anyhow::{Result, bail};
use std::path::{Path, PathBuf};

const HELP: &str = "\
Checks what keeps the floors apart, and weighs what a browser loads. Each finding names its file and line, and how to
mend it.

Usage: cargo xtask tidy [--text]

  --text   only what can be told without building the site

Checked: `domain` does no I/O and compiles for the browser; `shop` knows no web and keeps SQL in sql.rs; `app` knows no
store; arrows point down; messages are the same in every language, and those the code says exist; no file names a
registry or a path of one machine; Cargo.toml and Leptos.toml agree; the budgets for scripts and styles hold.
";

/// An invariant that does not hold.
#[derive(Debug)]
pub struct Violation {
    pub file: PathBuf,
    pub line: usize,
    pub what: String,
    pub mend: String,
}

impl Violation {
    fn new(
        file: impl AsRef<Path>,
        line: usize,
        what: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        Self {
            file: file.as_ref().to_path_buf(),
            line,
            what: what.into(),
            mend: mend.into(),
        }
    }
}

/// Runs `cargo xtask tidy`.
pub fn command(arguments: lexopt::Parser) -> Result<()> {
    let Some(options) = crate::options(arguments, HELP, &["text"], &[])? else {
        return Ok(());
    };
    let text_only = options.contains_key("text");
    let progress = Progress::new(if text_only { 1 } else { 2 });
    let phase = progress.begin("checking the invariants");
    let mut found = invariants(&phase)?;
    phase.done(&counted(&found));
    if !text_only {
        setup::check_disk()?;
        setup::check_node()?;
        run::build_site(&progress)?;
    }
    progress.close();
    if !text_only {
        let (table, heavy) = weight::check()?;
        print!("{table}");
        found.extend(heavy);
    }
    verdict(&found)?;
    println!("tidy: all invariants hold");
    Ok(())
}

/// Everything but the weights.
pub fn invariants(phase: &Phase) -> Result<Vec<Violation>> {
    let root = checkout::root();
    phase.note("reading");
    let mut found = floors::check(&root);
    found.extend(texts::check(&root));
    found.extend(papers::check(&root));
    phase.note("cargo tree");
    let tree = [
        "tree",
        "-p",
        "domain",
        "-e",
        "normal,build",
        "--prefix",
        "none",
        "--locked",
    ];
    found.extend(floors::domain_tree(&process::run(
        process::cargo().args(tree),
        "tidy-tree",
        |_| (),
    )?));
    setup::wasm_target(phase)?;
    let mut check = process::cargo();
    check.args([
        "check",
        "-p",
        "domain",
        "--target",
        "wasm32-unknown-unknown",
    ]);
    process::run(&mut check, "tidy-domain", count_crates(phase))?;
    Ok(found)
}

/// The weights of a site that is built, as a table, and what is over budget.
pub fn weights() -> Result<(String, Vec<Violation>)> {
    weight::check()
}

/// Errs with every violation: where, what, how to mend it.
pub fn verdict(found: &[Violation]) -> Result<()> {
    if found.is_empty() {
        return Ok(());
    }
    let told: Vec<String> = found
        .iter()
        .map(|v| {
            format!(
                "{}:{}: {}\n    {}",
                v.file.display(),
                v.line,
                v.what,
                v.mend
            )
        })
        .collect();
    bail!("{}\n{}", counted(found), told.join("\n"))
}

fn counted(found: &[Violation]) -> String {
    match found.len() {
        0 => String::new(),
        1 => "1 invariant does not hold".to_owned(),
        many => format!("{many} invariants do not hold"),
    }
}
