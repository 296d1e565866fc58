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
use row::{ROWS, Report, Row, Run};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;
use world::Rig;
use xtask::{checkout, process};

/// Breaks a shop and checks that nothing went astray.
#[derive(Parser)]
struct Arguments {
    /// The whole programme's doses; writes benches/FAULTS.md
    #[arg(long)]
    full: bool,
    /// Only these rows, or defects
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
    match start(&Arguments::parse()) {
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
    let asked = |row: &&Row| {
        let named = arguments.only.iter().any(|name| name == row.name);
        named || (arguments.only.is_empty() && (!arguments.tested || row.tested > 0))
    };
    let (mut passed, mut failed) = (0, 0);
    for row in ROWS.iter().filter(asked) {
        process::go_on()?;
        if arguments.full
            && arguments.only.is_empty()
            && Outcome::kept(row)
                .is_some_and(|kept| kept.commit == outcome::commit() && kept.dose == row.full)
        {
            println!("done before   {}", row.name);
            continue;
        }
        let usual = match (arguments.full, arguments.tested) {
            (true, _) => row.full,
            (false, true) => row.tested,
            (false, false) => row.short,
        };
        let dose = arguments.dose.unwrap_or(usual).max(1);
        let begun = Instant::now();
        let mut run = Run::new(rig, row, dose, arguments.seed);
        run.full = arguments.full;
        run.brief = arguments.tested;
        run.dev = arguments.dev || arguments.tested;
        run.strict = arguments.full && !arguments.dev;
        let report = match run.perform(row.kind).await {
            Ok(report) => report,
            // One row that breaks the harness itself is told, and the others go on.
            Err(error) if !process::interrupted() => Report {
                broken: vec![format!("the row could not be finished: {error:#}")],
                ..Report::default()
            },
            Err(error) => return Err(error),
        };
        let seconds = begun.elapsed().as_secs_f64();
        let outcome = Outcome::of(row, dose, arguments.seed, arguments.dev, seconds, report);
        tell(arguments, &outcome);
        if outcome.report.broken.is_empty() {
            passed += i32::from(!outcome.report.nothing_run);
        } else {
            failed += 1;
            keep_logs(rig, row);
        }
        if arguments.full {
            outcome.keep()?;
            outcome::write()?;
        }
    }
    println!("{passed} passed, {failed} failed");
    Ok(failed == 0)
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
