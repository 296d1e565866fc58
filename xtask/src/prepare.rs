//! `cargo xtask prepare`: rewrites `.sqlx`, against which builds check queries without a database.

use crate::services::Services;
use crate::setup::{self, count_crates, debian};
use crate::ui::Progress;
use crate::{checkout, process};
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const HELP: &str = "\
Rewrites .sqlx: runs the migrations on a database of its own and lets the compiler describe every query.
Needed after a query or a migration has changed; commit the result.

Usage: cargo xtask prepare [--check]

  --check   change nothing, and fail when .sqlx is not what it would be
";

/// Runs `cargo xtask prepare`.
pub fn command(arguments: lexopt::Parser) -> Result<()> {
    let Some(options) = crate::options(arguments, HELP, &["check"], &[])? else {
        return Ok(());
    };
    setup::check_disk()?;
    let progress = Progress::new(3);
    let phase = progress.begin("starting PostgreSQL and Redis");
    debian::install(false, &phase)?;
    let services = Services::throwaway("rialto")?;
    phase.done("");

    let phase = progress.begin("migrating");
    let postgres = services.postgres().context("no private PostgreSQL")?;
    for migration in migrations()? {
        phase.note(&checkout::short(&migration));
        postgres
            .script("rialto", &migration)
            .with_context(|| checkout::short(&migration))?;
    }
    phase.done("");

    let phase = progress.begin("describing the queries");
    let committed = checkout::root().join(".sqlx");
    let described = checkout::workshop().join("sqlx");
    let _ = std::fs::remove_dir_all(&described);
    std::fs::create_dir_all(&described)?;
    // The macros run when the crate is compiled: it has to be.
    let library = checkout::root().join("src/shop/src/lib.rs");
    std::fs::File::options()
        .append(true)
        .open(&library)?
        .set_modified(std::time::SystemTime::now())?;
    let mut cargo = process::cargo();
    cargo
        .args(["check", "-p", "shop", "--tests"])
        .env("DATABASE_URL", &services.database_url)
        .env("SQLX_OFFLINE", "false")
        .env("SQLX_OFFLINE_DIR", &described);
    process::run(&mut cargo, "prepare", count_crates(&phase))?;
    let queries = contents(&described)?;
    phase.done(&format!("{} queries", queries.len()));
    progress.close();

    if options.contains_key("check") {
        if queries != contents(&committed)? {
            bail!(".sqlx is out of date: type `cargo xtask prepare` and commit it");
        }
        println!(".sqlx is up to date");
        return Ok(());
    }
    let _ = std::fs::remove_dir_all(&committed);
    std::fs::create_dir_all(&committed)?;
    for (name, text) in &queries {
        let file = committed.join(name);
        std::fs::write(&file, text).map_err(|e| process::unwritable(&file, &e))?;
    }
    println!(
        "{} queries are described in .sqlx: commit it",
        queries.len()
    );
    Ok(())
}

/// The migrations, in the order of their names.
fn migrations() -> Result<Vec<PathBuf>> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(checkout::root().join("migrations"))
        .context("can't read migrations/")?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|e| e == "sql"))
        .collect();
    files.sort();
    Ok(files)
}

fn contents(folder: &Path) -> Result<BTreeMap<String, String>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with("query-") {
            found.insert(name, std::fs::read_to_string(entry.path())?);
        }
    }
    Ok(found)
}
