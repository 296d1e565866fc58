//! `cargo xtask test`: everything that shows the shop to work, in one go.

mod counts;

use crate::services::{Services, free_port};
use crate::setup::{self, count_crates, debian};
use crate::stack::Stack;
use crate::ui::{Phase, Progress, seconds};
use crate::{checkout, process, run, tidy};
use anyhow::{Context, Result, bail};
pub use counts::cargo_counts;
use counts::{Counts, failures, last_line};
use std::process::Command;

const HELP: &str = "\
Proves that all of it works, and ends in a line with what passed and what failed.

Usage: cargo xtask test

Formatting, clippy (server and browser side), the invariants, unit and integration tests on a PostgreSQL and Redis of
their own, a short run of the fault harness, the site's build and its weight, the release build, and the browser tests of end2end/ against the release.
DATABASE_URL and REDIS_URL are not used: tests drop databases. Nothing is left running.
";

/// Phases besides those of [`Stack::start`].
const PHASES: usize = 13;

/// Runs `cargo xtask test`.
pub fn command(arguments: lexopt::Parser) -> Result<()> {
    if crate::options(arguments, HELP, &[], &[])?.is_none() {
        return Ok(());
    }
    setup::check_disk()?;
    setup::check_node()?;
    debian::check(true)?;
    let progress = Progress::new(PHASES + crate::stack::PHASES);
    let mut suite = Suite {
        progress: &progress,
        counts: Counts::default(),
        broken: Vec::new(),
    };
    let outcome = suite.all();
    progress.close();
    if outcome
        .as_ref()
        .is_err_and(|error| error.is::<process::Interrupted>())
    {
        return outcome;
    }
    suite.conclude()
}

struct Suite<'a> {
    progress: &'a Progress,
    counts: Counts,
    /// Phases that failed without a test of theirs having failed.
    broken: Vec<String>,
}

impl Suite<'_> {
    /// Runs every phase that can be run; only an interruption ends it early.
    fn all(&mut self) -> Result<()> {
        let progress = self.progress;
        // Downloads and tools go on beside the compiler, which leaves a core idle at times.
        let tools = std::thread::scope(|scope| {
            let tools = scope.spawn(|| install(progress));
            self.phase("checking the format", |_| format())?;
            self.phase("checking the invariants", |phase| {
                tidy::verdict(&tidy::invariants(phase)?)
            })?;
            self.phase("clippy, server side", clippy_server)?;
            let tests = self.phase("compiling the tests", compile_tests)?;
            let installed = tools
                .join()
                .unwrap_or_else(|_| bail!("the installing thread broke"));
            let installed = self.judge("installing the tools", installed)?;
            if tests {
                self.phase_with_tests("unit and integration tests", run_tests)?;
                self.phase_with_tests("faults, a short run", run_faults)?;
            }
            Ok::<bool, anyhow::Error>(installed)
        })?;
        self.phase("clippy, browser side", clippy_browser)?;
        // The site's last step is one thread's work: the server's build fills the other core.
        let (server, site) = std::thread::scope(|scope| {
            let server = scope.spawn(|| run::build_server(progress));
            let site = run::build_site(progress);
            (
                server
                    .join()
                    .unwrap_or_else(|_| bail!("the building thread broke")),
                site,
            )
        });
        let server = self.judge("building the server (release)", server)?;
        let site = self.judge("building the site (WebAssembly)", site)?;
        if site && tools {
            self.phase("weighing the site", |_| {
                let (table, heavy) = tidy::weights()?;
                progress.say(&table);
                tidy::verdict(&heavy)
            })?;
        }
        self.phase("golden carts in WebAssembly", golden_carts)?;
        if server && site && tools {
            let counts = end_to_end(progress);
            self.count("browser tests", counts)?;
        }
        Ok(())
    }

    /// A phase that holds or doesn't.
    fn phase(&mut self, name: &str, work: impl FnOnce(&Phase) -> Result<()>) -> Result<bool> {
        let phase = self.progress.begin(name);
        let result = work(&phase);
        match &result {
            Ok(()) => phase.done(""),
            Err(_) => phase.failed(""),
        }
        self.judge(name, result)
    }

    fn phase_with_tests(
        &mut self,
        name: &str,
        work: impl FnOnce(&Phase) -> Result<Counts>,
    ) -> Result<()> {
        let phase = self.progress.begin(name);
        let result = work(&phase);
        match &result {
            Ok(counts) if counts.failed == 0 && counts.skipped == 0 => {
                phase.done(&format!("{} passed", counts.passed))
            }
            Ok(counts) => phase.failed(&format!(
                "{} failed, {} skipped",
                counts.failed, counts.skipped
            )),
            Err(_) => phase.failed(""),
        }
        self.count(name, result)
    }

    fn count(&mut self, name: &str, result: Result<Counts>) -> Result<()> {
        match result {
            Ok(counts) => {
                self.counts.add(counts);
                if counts.skipped > 0 {
                    self.broken
                        .push(format!("{name}: {} tests were skipped", counts.skipped));
                } else if counts.passed == 0 && counts.failed == 0 {
                    self.broken.push(format!("{name}: no test ran"));
                }
                Ok(())
            }
            Err(error) => self.judge(name, Err(error)).map(drop),
        }
    }

    /// Tells a failure at once and goes on; an interruption ends the suite.
    fn judge(&mut self, name: &str, result: Result<()>) -> Result<bool> {
        match result {
            Ok(()) => Ok(true),
            Err(error) if process::interrupted() => Err(error),
            Err(error) => {
                self.progress.say(&format!("{error:#}\n"));
                self.broken.push(format!("{name} failed"));
                Ok(false)
            }
        }
    }

    /// The table, the human line and the count.
    fn conclude(self) -> Result<()> {
        println!();
        for phase in self.progress.finished() {
            let mark = if phase.ok { ' ' } else { '!' };
            println!(
                "{mark} {:<36} {:>13}  {}",
                phase.name,
                seconds(phase.took),
                phase.outcome
            );
        }
        println!();
        let took = seconds(self.progress.elapsed());
        // A phase that failed without a failing test of its own still counts as one failure.
        let failed = self.counts.failed + self.broken.len() as u64;
        if failed == 0 {
            println!("All of it works: every phase held, in {took}.");
        } else {
            for what in &self.broken {
                println!("  {what}");
            }
            println!("Not all of it works ({took}): what failed is told above.");
        }
        println!("{} passed, {failed} failed", self.counts.passed);
        if failed > 0 {
            // Everything that ran has been dropped; an error's text would follow the last line.
            std::process::exit(1);
        }
        Ok(())
    }
}

/// Everything that has to be fetched.
fn install(progress: &Progress) -> Result<()> {
    let phase = progress.begin("installing the tools");
    debian::install(true, &phase)?;
    setup::install_site_tools(&phase)?;
    setup::install_end2end(&phase)?;
    setup::wasm_bindgen(&phase)?;
    phase.done("");
    Ok(())
}

fn format() -> Result<()> {
    process::run(
        process::cargo().args(["fmt", "--all", "--check"]),
        "fmt",
        |_| (),
    )
    .map(drop)
    .context("type `cargo fmt --all`")
}

fn clippy_server(phase: &Phase) -> Result<()> {
    let server_side = ["--workspace", "--exclude", "client", "--exclude", "browse"];
    lint(
        &[&server_side[..], &["--all-targets"]].concat(),
        "clippy-server",
        phase,
    )
}

/// `client` and `browse` turn on the islands' browser side; never in one go with the server's.
fn clippy_browser(phase: &Phase) -> Result<()> {
    setup::wasm_target(phase)?;
    lint(
        &[
            "-p",
            "client",
            "-p",
            "browse",
            "-p",
            "islands",
            "--target",
            "wasm32-unknown-unknown",
        ],
        "clippy-browser",
        phase,
    )
}

/// The pricing function, compiled as the browser gets it, on the carts that were worked out by hand.
fn golden_carts(phase: &Phase) -> Result<()> {
    let mut cargo = process::cargo();
    cargo
        .args(["build", "-p", "domain", "--example", "golden"])
        .args(["--target", "wasm32-unknown-unknown"])
        .args(["--profile", "wasm-release"]);
    process::run(&mut cargo, "golden-build", count_crates(phase))?;
    let module =
        checkout::target().join("wasm32-unknown-unknown/wasm-release/examples/golden.wasm");
    let mut node = process::command("node");
    node.arg(checkout::root().join("src/domain/golden/run.mjs"))
        .arg(module);
    process::run(&mut node, "golden", |_| ()).map(drop)
}

fn lint(packages: &[&str], log: &str, phase: &Phase) -> Result<()> {
    let mut clippy = process::cargo();
    clippy
        .arg("clippy")
        .args(packages)
        .args(["--", "-D", "warnings"]);
    process::run(&mut clippy, log, count_crates(phase)).map(drop)
}

/// In the development profile, whose overflow checks and debug assertions a release build lacks.
fn tests() -> Command {
    let mut cargo = process::cargo();
    cargo.args([
        "test",
        "--workspace",
        "--exclude",
        "client",
        "--exclude",
        "browse",
        "--no-fail-fast",
    ]);
    cargo
}

fn compile_tests(phase: &Phase) -> Result<()> {
    process::run(tests().arg("--no-run"), "test-build", count_crates(phase)).map(drop)
}

fn run_tests(phase: &Phase) -> Result<Counts> {
    phase.note("starting PostgreSQL and Redis");
    let services = Services::throwaway("rialto_test")?;
    let mut passed = 0u32;
    let on_line = |line: &str| {
        if line.starts_with("test ") && line.ends_with("... ok") {
            passed += 1;
            phase.note(&format!("{passed} passed"));
        }
    };
    let mut cargo = tests();
    cargo
        .env("DATABASE_URL", &services.database_url)
        .env("REDIS_URL", &services.redis_url);
    let (status, output, log) = process::attempt(&mut cargo, "test", on_line)?;
    let counts = cargo_counts(&output);
    if !status.success() {
        eprintln!("{}", failures(&output));
        eprintln!("the whole story: {}", checkout::short(&log));
        if counts.failed == 0 {
            bail!("`cargo test` failed ({status})");
        }
    }
    Ok(counts)
}

/// The most telling rows of the fault harness, against the server that the tests were compiled with.
fn run_faults(phase: &Phase) -> Result<Counts> {
    let programs = checkout::target().join("debug");
    let mut harness = process::command(programs.join("faults"));
    harness.arg("--tested").arg("--programs").arg(&programs);
    let (status, output, log) = process::attempt(&mut harness, "faults", |line| {
        if !line.starts_with(' ') {
            phase.note(line);
        }
    })?;
    let counts = output.lines().rev().find_map(last_line);
    match counts {
        Some(counts) if status.success() || counts.failed > 0 => {
            if counts.failed > 0 {
                eprintln!("{output}\nthe whole story: {}", checkout::short(&log));
            }
            Ok(counts)
        }
        _ => bail!("{output}\nthe fault harness ended ({status}) without a count"),
    }
}

/// Serves the release on a database of its own and drives a browser through it.
fn end_to_end(progress: &Progress) -> Result<Counts> {
    let runner = checkout::root().join("end2end/run.mjs");
    if !runner.is_file() {
        bail!("end2end/run.mjs is missing");
    }
    let services = Services::throwaway("rialto_end2end")?;
    let shop = Stack::start(services, free_port()?, progress)?;
    let phase = progress.begin("browser tests");
    let mut node = process::command("node");
    node.arg(runner)
        .env("BASE_URL", shop.plan.url())
        .env("SIMULATOR_URL", shop.plan.simulator_url())
        .env("MAIL_FOLDER", &shop.plan.mail)
        .env("DATABASE_URL", &shop.plan.database_url)
        .env("REDIS_URL", &shop.plan.redis_url)
        .env(
            "CHROMIUM",
            debian::chromium().context("Chromium is not installed")?,
        );
    let (status, output, log) =
        process::attempt(&mut node, "end2end", |line| phase.note(line.trim()))?;
    let counts = output
        .lines()
        .rev()
        .find(|line| !line.trim().is_empty())
        .and_then(last_line);
    match counts {
        Some(counts) if status.success() && counts.failed == 0 => {
            phase.done(&format!("{} passed", counts.passed));
            Ok(counts)
        }
        Some(counts) if counts.failed > 0 => {
            phase.failed(&format!("{} failed", counts.failed));
            progress.say(&output);
            progress.say(&format!(
                "the shop's log:\n{}",
                crate::services::tail(shop.server.log())
            ));
            Ok(counts)
        }
        _ => {
            phase.failed("");
            progress.say(&output);
            bail!(
                "end2end/run.mjs ended ({status}) without counting its tests; the whole story: {}",
                checkout::short(&log)
            )
        }
    }
}
