//! Servers to be loaded, and the load generator that does it.

use super::told::{field, rounded};
use crate::services::{Service, free_port};
use crate::stack::Stack;
use crate::{checkout, http, process};
use anyhow::Result;
use nix::sys::signal::Signal;
use std::fmt::Write;
use std::path::PathBuf;
use std::time::Duration;

/// Clients at once, from row to row.
pub const CLIENTS: [u32; 3] = [1, 16, 64];

/// One server under load.
pub struct Target<'a> {
    pub server: &'a Service,
    pub port: u16,
    /// Paths of pages, with commas between them.
    pub products: String,
    /// Ids, with commas between them.
    pub variants: String,
    /// Of each measurement.
    pub seconds: f64,
}

/// What the load generator tells of `clients` at a scenario.
pub fn load(
    target: &Target<'_>,
    scenario: &str,
    clients: u32,
    variants: &str,
    more: &[String],
) -> Result<String> {
    process::run(
        process::command(checkout::released("bench"))
            .arg(scenario)
            .args(["--address", &format!("127.0.0.1:{}", target.port)])
            .args(["--clients", &clients.to_string()])
            .args(["--seconds", &target.seconds.to_string()])
            .args(["--pid", &target.server.pid().to_string()])
            .args(["--products", &target.products])
            .args((!variants.is_empty()).then(|| format!("--variants={variants}")))
            .args(more),
        "load",
        |_| (),
    )
}

/// The heads of the columns of [`rows`].
pub const COLUMNS: &str = "\
| What | Clients | per second | p50 ms | p95 ms | p99 ms | CPU ms each | failed | resident MB |
|---|---:|---:|---:|---:|---:|---:|---:|---:|
";

pub fn rows(target: &Target<'_>, what: &str, scenario: &str, report: &mut String) -> Result<()> {
    for clients in CLIENTS {
        let told = load(target, scenario, clients, &target.variants, &[])?;
        let figure = |name: &str| field(&told, name);
        let _ = writeln!(
            report,
            "| {what} | {clients} | {} | {} | {} | {} | {} | {} | {} |",
            rounded(&figure("per_second"), 0),
            rounded(&figure("p50_ms"), 2),
            rounded(&figure("p95_ms"), 2),
            rounded(&figure("p99_ms"), 2),
            rounded(&figure("cpu_ms_per_request"), 3),
            figure("failures"),
            rounded(&figure("resident_mb"), 0),
        );
        println!(
            "{what}, {clients} clients: {}/s",
            rounded(&figure("per_second"), 0)
        );
        let failure = figure("first_failure");
        if failure != "null" {
            println!("  the first failure: {failure}");
        }
    }
    Ok(())
}

/// A second server of the same shop that keeps no pages and runs no workers.
pub fn uncached(shop: &Stack, rialto: &PathBuf) -> Result<(Service, u16)> {
    let settings = [
        ("RIALTO_PAGE_CACHE_MB", "0"),
        ("RIALTO_SEARCH_ANSWERS_MB", "0"),
        ("RIALTO_WORKERS", "false"),
    ];
    another(shop, rialto, "uncached", &settings)
}

/// Another server of the same shop with these settings; `name` is that of its log.
pub fn another(
    shop: &Stack,
    rialto: &PathBuf,
    name: &str,
    settings: &[(&str, &str)],
) -> Result<(Service, u16)> {
    let port = free_port()?;
    let mut command = shop.plan.on_port(port).rialto(rialto);
    command.arg("serve").envs(settings.iter().copied());
    let folder = &shop.services.folder;
    let mut server = Service::start(name, &mut command, Signal::SIGTERM, folder)?;
    process::wait_until(
        Duration::from_secs(60),
        &format!("the start of `{name}`"),
        || {
            server.check()?;
            Ok(http::status(port, "/readyz") == Some(200))
        },
    )?;
    Ok((server, port))
}

/// What a statement of psql prints.
pub fn query(shop: &Stack, sql: &str) -> Result<String> {
    let told = process::run(
        process::command("psql")
            .args(["-X", "-A", "-t", "-c", sql])
            .arg(&shop.plan.database_url),
        "psql",
        |_| (),
    )?;
    Ok(told.trim().to_owned())
}
