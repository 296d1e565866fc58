//! The fault harness: starts the real parts, drives seeded buyers, breaks things, and checks what must hold all the same.
//! `cargo xtask faults` builds and runs it.

mod book;
mod buyer;
mod check;
mod outcome;
mod provider;
mod row;
mod sabotage;
mod sql;
mod world;

use anyhow::{Result, bail};
use clap::Parser;
use outcome::Outcome;
use row::provider::{Down, OUTAGE};
use row::{Kind, ROWS, Report, Row, Run};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};
use world::Rig;
use xtask::{checkout, process};

/// Breaks a shop and checks that nothing went astray.
#[derive(Parser)]
struct Arguments {
    /// Only these rows, or defects; run anew, whatever they did before
    names: Vec<String>,
    /// The whole programme's doses; writes benches/FAULTS.md
    #[arg(long)]
    full: bool,
    /// The same, with commas
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Another dose than the row's
    #[arg(long)]
    dose: Option<u32>,
    /// Where chance begins
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Plants known defects instead, each of which must be found
    #[arg(long)]
    sabotage: bool,
    /// Says which rows and defects there are
    #[arg(long)]
    list: bool,
    /// The programs are a development build
    #[arg(long)]
    dev: bool,
    /// Only the rows that `cargo xtask test` has; the server is the one that ships
    #[arg(long)]
    tested: bool,
    /// The folder with the programs `rialto` and `simulator`
    #[arg(long, default_value = "target/release")]
    programs: PathBuf,
}

fn main() -> ExitCode {
    let mut arguments = Arguments::parse();
    let named = std::mem::take(&mut arguments.names);
    arguments.only.extend(named);
    match start(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("faults: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn start(arguments: &Arguments) -> Result<bool> {
    if arguments.list {
        list();
        return Ok(true);
    }
    process::catch_interrupts()?;
    // Services are this thread's children and die with it, so all of them are started by the runtime's main task.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let hurries = !arguments.full;
    let mut rig = Rig::start(&arguments.programs, !arguments.tested, hurries)?;
    if arguments.sabotage {
        let only: Vec<&str> = arguments.only.iter().map(String::as_str).collect();
        if let Some(unknown) = only
            .iter()
            .find(|name| !sabotage::DEFECTS.iter().any(|defect| defect.name == **name))
        {
            bail!("there is no defect `{unknown}`; --list names them");
        }
        let wrong = runtime.block_on(sabotage::run(&mut rig, &only, arguments.seed))?;
        for what in &wrong {
            println!("{what}");
        }
        return Ok(wrong.is_empty());
    }
    runtime.block_on(rows(arguments, &mut rig))
}

fn list() {
    println!("rows (full dose / short dose):");
    for row in ROWS {
        println!(
            "  {:<24} {:>9} / {:<6} {}; {}",
            row.name, row.full, row.short, row.fault, row.pass
        );
    }
    println!("\ndefects (--sabotage):");
    for defect in sabotage::DEFECTS {
        println!("  {:<26} {}", defect.name, defect.what);
    }
}

/// Runs the rows that were asked for; whether all of them held.
async fn rows(arguments: &Arguments, rig: &mut Rig) -> Result<bool> {
    if let Some(unknown) = arguments.only.iter().find(|name| row::find(name).is_none()) {
        bail!("there is no row `{unknown}`; --list names them");
    }
    let programme = Programme { arguments };
    let todo: Vec<&Row> = ROWS.iter().filter(|row| programme.asks(row)).collect();
    let (mut passed, mut failed) = (0, 0);
    let mut count = |outcome: &Outcome| {
        if !outcome.report.broken.is_empty() {
            failed += 1;
        } else if !outcome.report.nothing_run {
            passed += 1;
        }
    };
    // Nearly all of an outage is waiting: a shop of its own waits while the other rows are run.
    let apart = |row: &&&Row| arguments.full && row.kind == Kind::ProvidersDown && todo.len() > 1;
    let mut waiting = None;
    if let Some(row) = todo.iter().find(apart) {
        eprintln!("{} begins, and goes on meanwhile", row.name);
        let mut aside = rig.another()?;
        let begun = Instant::now();
        let down = Down::begin(&mut programme.run(&mut aside, row)).await?;
        waiting = Some((*row, aside, begun, down));
    }
    let rows = todo.iter().filter(|row| !apart(row));
    let count_of = todo.len();
    for (number, row) in rows.enumerate() {
        process::go_on()?;
        waiting = match waiting {
            Some((row, mut aside, begun, down)) if down.left(OUTAGE).is_zero() => {
                let report = down.end(&programme.run(&mut aside, row)).await;
                count(&programme.close(&aside, row, begun, report)?);
                None
            }
            still => still,
        };
        let dose = programme.dose(row);
        eprintln!(
            "{} … (row {} of {count_of}, dose {dose})",
            row.name,
            number + 1
        );
        let begun = Instant::now();
        let report = programme.run(rig, row).perform(row.kind).await;
        count(&programme.close(rig, row, begun, report)?);
        rig.clear_away();
    }
    if let Some((row, mut aside, begun, down)) = waiting {
        let left = down.left(OUTAGE);
        eprintln!("{} goes on for {} s more", row.name, left.as_secs());
        let end = Instant::now() + left;
        while Instant::now() < end {
            process::go_on()?;
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        let report = down.end(&programme.run(&mut aside, row)).await;
        count(&programme.close(&aside, row, begun, report)?);
    }
    println!("{passed} passed, {failed} failed");
    Ok(failed == 0)
}

/// What was asked for.
struct Programme<'a> {
    arguments: &'a Arguments,
}

impl Programme<'_> {
    /// Whether the row is to be run: named, or one of all, and not done before by this build of this commit.
    fn asks(&self, row: &Row) -> bool {
        let arguments = self.arguments;
        if !arguments.only.is_empty() {
            return arguments.only.iter().any(|name| name == row.name);
        }
        if !arguments.full {
            return !arguments.tested || row.tested > 0;
        }
        let done = Outcome::kept(row)
            .is_some_and(|kept| kept.is_of_now(arguments.dev) && kept.dose == self.dose(row));
        if done {
            println!("done before    {}", row.name);
        }
        !done
    }

    fn dose(&self, row: &Row) -> u32 {
        let usual = match (self.arguments.full, self.arguments.tested) {
            (true, _) => row.full,
            (false, true) => row.tested,
            (false, false) => row.short,
        };
        self.arguments.dose.unwrap_or(usual).max(1)
    }

    fn run<'r>(&self, rig: &'r mut Rig, row: &Row) -> Run<'r> {
        let arguments = self.arguments;
        let mut run = Run::new(rig, row, self.dose(row), arguments.seed);
        run.full = arguments.full;
        run.brief = arguments.tested;
        run.dev = arguments.dev || arguments.tested;
        run.strict = arguments.full && !arguments.dev;
        run
    }

    /// Tells how a row went, and keeps it.
    fn close(
        &self,
        rig: &Rig,
        row: &Row,
        begun: Instant,
        report: Result<Report>,
    ) -> Result<Outcome> {
        let arguments = self.arguments;
        let report = match report {
            Ok(report) => report,
            // One row that breaks the harness itself is told, and the others go on.
            Err(error) if !process::interrupted() => Report {
                broken: vec![format!("the row could not be finished: {error:#}")],
                ..Report::default()
            },
            Err(error) => return Err(error),
        };
        let (dose, seconds) = (self.dose(row), begun.elapsed().as_secs_f64());
        let outcome = Outcome::of(row, dose, arguments.seed, arguments.dev, seconds, report);
        tell(arguments, &outcome);
        if !outcome.report.broken.is_empty() {
            keep_logs(rig, row);
        }
        if arguments.full {
            outcome.keep()?;
            outcome::write()?;
        }
        Ok(outcome)
    }
}

fn tell(arguments: &Arguments, outcome: &Outcome) {
    println!(
        "{:<14} {:<24} {:>7.1} s  dose {}",
        outcome.verdict().trim_matches('*'),
        outcome.row,
        outcome.seconds,
        outcome.dose
    );
    for (name, value) in &outcome.report.figures {
        println!("                 {name}: {value}");
    }
    for what in &outcome.report.not_run {
        println!("                 not run: {what}");
    }
    for what in outcome.report.broken.iter().take(12) {
        println!("               ! {what}");
    }
    if !outcome.report.broken.is_empty() {
        println!(
            "               ! again: cargo xtask faults --only {} --seed {} --dose {}{}{}",
            outcome.row,
            outcome.seed,
            outcome.dose,
            if arguments.full { " --full" } else { "" },
            if arguments.dev || arguments.tested {
                " --dev"
            } else {
                ""
            },
        );
    }
}

/// Puts the logs of a row that failed where they outlive the run.
fn keep_logs(rig: &Rig, row: &Row) {
    let to = checkout::workshop()
        .join("faults")
        .join("logs")
        .join(row.name);
    let _ = std::fs::remove_dir_all(&to);
    if std::fs::create_dir_all(&to).is_err() {
        return;
    }
    let entries = std::fs::read_dir(rig.services.folder.path())
        .into_iter()
        .flatten()
        .flatten();
    for entry in entries {
        if entry
            .path()
            .extension()
            .is_some_and(|extension| extension == "log")
        {
            let _ = std::fs::copy(entry.path(), to.join(entry.file_name()));
        }
    }
    println!("               ! logs: {}", checkout::short(&to));
}
