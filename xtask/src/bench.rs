//! `cargo xtask bench`: figures of the release build, with the settings that `run` ships, on a database of its own.

mod pages;
mod placing;

use crate::services::{Service, Services};
use crate::stack::{self, Stack};
use crate::ui::{Progress, seconds};
use crate::{checkout, machine, process, run, setup};
use anyhow::{Context, Result};
use nix::sys::signal::Signal;
use std::fmt::Write;
use std::path::PathBuf;
use std::time::Instant;

const HELP: &str = "\
Builds the release, serves a catalogue from PostgreSQL (fsync on) and Redis, and measures it at 1, 16 and 64 clients:
a product page uncached, cached and known, beside nginx with the same bytes and pgbench's select-only; adding to a cart,
buying; then placing alone, one product in demand, settling and long
carts, beside pgbench with a transaction of the same shape. Writes benches/RESULTS.md.

Usage: cargo xtask bench [--port PORT] [--seconds SECONDS]

  --port PORT         serve on another port than 3000
  --seconds SECONDS   how long each measurement takes (8)

Close other programs first: the load comes from this machine too.
";

const CLIENTS: [u32; 3] = [1, 16, 64];

/// Runs `cargo xtask bench`.
pub fn command(arguments: lexopt::Parser) -> Result<()> {
    let Some(options) = crate::options(arguments, HELP, &[], &["port", "seconds"])? else {
        return Ok(());
    };
    let port = crate::port(&options)?;
    let for_seconds = options
        .get("seconds")
        .map_or("8", String::as_str)
        .to_owned();
    for_seconds
        .parse::<f64>()
        .context("--seconds takes a number, such as 8")?;
    stack::check_port(port, "bench")?;
    setup::check_disk()?;
    let progress = Progress::new(run::BUILD_PHASES + stack::PHASES + 1);
    let services = run::build(&progress, Services::measured)?;
    let phase = progress.begin("building the load generator");
    process::run(
        process::cargo().args(["build", "--release", "-p", "bench"]),
        "build-bench",
        |_| (),
    )?;
    phase.done("");
    let shop = Stack::start(services, port, &progress)?;
    progress.close();
    measure(&shop, &for_seconds)
}

/// One server under load.
struct Target<'a> {
    server: &'a Service,
    port: u16,
    products: String,
    variants: String,
    seconds: &'a str,
}

/// The measurements, on a shop that serves.
fn measure(shop: &Stack, for_seconds: &str) -> Result<()> {
    let rialto = checkout::released("rialto");
    let catalogue = checkout::root().join("benches/catalogue.csv");
    process::run(
        shop.plan.rialto(&rialto).arg("import").arg(&catalogue),
        "import-bench",
        |_| (),
    )?;
    let products = query(
        shop,
        "select string_agg('/en-eu/product/' || slug, ',') from product where 'bench' = any(tags)",
    )?;
    let variants = query(
        shop,
        "select string_agg(variant.id::text, ',') from variant join product on product.id = product_id where 'bench' = any(tags)",
    )?;

    let mut report = String::from("# Figures\n\nWritten by `cargo xtask bench`.\n\n");
    let started = start_up(shop, &rialto)?;
    let _ = writeln!(
        report,
        "Machine: {}. Date: {}.\n",
        machine::machine(),
        machine::today()
    );
    let _ = writeln!(
        report,
        "Start to the first answer of `/readyz`, with page files and database warm: {started}.\n"
    );
    let _ = writeln!(
        report,
        "The load generator, PostgreSQL (fsync on), Redis and the payment simulator share the machine. CPU is that of"
    );
    let _ = writeln!(
        report,
        "the process `rialto` alone, user and system, divided by the requests of the row. Of buying, the form's POST is timed, up to"
    );
    let _ = writeln!(
        report,
        "the redirect to the provider's page; its row's CPU includes the cart and the checkout page before it, and the workers.\n"
    );
    let _ = writeln!(
        report,
        "| What | Clients | per second | p50 ms | p95 ms | p99 ms | CPU ms each | failed | resident MB |"
    );
    let _ = writeln!(report, "|---|---:|---:|---:|---:|---:|---:|---:|---:|");

    let (uncached, port) = uncached(shop, &rialto)?;
    let bare = Target {
        server: &uncached,
        port,
        products: products.clone(),
        variants: variants.clone(),
        seconds: for_seconds,
    };
    rows(&bare, "product page, not cached", "product", &mut report)?;
    drop(uncached);
    let target = Target {
        server: &shop.server,
        port: shop.plan.port,
        products,
        variants,
        seconds: for_seconds,
    };
    rows(&target, "product page, cached", "product", &mut report)?;
    rows(&target, "product page, known (304)", "known", &mut report)?;
    rows(&target, "add to cart", "cart", &mut report)?;
    rows(&target, "buy: cart, checkout, order", "order", &mut report)?;
    pages::measure(shop, &target, &mut report)?;
    placing::measure(shop, &target, &mut report)?;

    let file = checkout::root().join("benches/RESULTS.md");
    std::fs::write(&file, &report).map_err(|error| process::unwritable(&file, &error))?;
    println!("{report}\nwritten to {}", file.display());
    Ok(())
}

/// What the load generator tells of `clients` at a scenario.
fn load(
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
            .args(["--seconds", target.seconds])
            .args(["--pid", &target.server.pid().to_string()])
            .args(["--products", &target.products])
            .args(["--variants", variants])
            .args(more),
        "load",
        |_| (),
    )
}

fn rows(target: &Target<'_>, what: &str, scenario: &str, report: &mut String) -> Result<()> {
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
fn uncached(shop: &Stack, rialto: &PathBuf) -> Result<(Service, u16)> {
    let port = crate::services::free_port()?;
    let plan = shop.plan.on_port(port);
    let mut command = plan.rialto(rialto);
    command
        .arg("serve")
        .env("RIALTO_PAGE_CACHE_MB", "0")
        .env("RIALTO_WORKERS", "false");
    let server = Service::start(
        "uncached",
        &mut command,
        Signal::SIGTERM,
        &shop.services.folder,
    )?;
    process::wait_until(
        std::time::Duration::from_secs(60),
        "the uncached server",
        || Ok(crate::http::status(port, "/readyz") == Some(200)),
    )?;
    Ok((server, port))
}

/// How long another start takes, files and database warm: the median of five.
fn start_up(shop: &Stack, rialto: &PathBuf) -> Result<String> {
    let mut times = Vec::new();
    for _ in 0..5 {
        let plan = shop.plan.on_port(crate::services::free_port()?);
        let begun = Instant::now();
        let server = plan.server(rialto, &shop.services.folder)?;
        times.push(begun.elapsed());
        drop(server);
    }
    times.sort_unstable();
    Ok(seconds(times[2]))
}

fn query(shop: &Stack, sql: &str) -> Result<String> {
    let told = process::run(
        process::command("psql")
            .args(["-X", "-A", "-t", "-c", sql])
            .arg(&shop.plan.database_url),
        "psql",
        |_| (),
    )?;
    Ok(told.trim().to_owned())
}

/// The value of a field in one flat object of JSON, as it stands there.
fn field(json: &str, name: &str) -> String {
    let Some(from) = json.find(&format!("\"{name}\":")) else {
        return "null".to_owned();
    };
    let rest = &json[from + name.len() + 3..];
    if let Some(text) = rest.strip_prefix('"') {
        return text.split("\",").next().unwrap_or_default().to_owned();
    }
    rest.split([',', '}'])
        .next()
        .unwrap_or_default()
        .trim()
        .to_owned()
}

fn rounded(number: &str, decimals: usize) -> String {
    number
        .parse::<f64>()
        .map_or_else(|_| "–".to_owned(), |number| format!("{number:.decimals$}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_fields_of_a_flat_object() {
        let json = r#"{"clients":16,"first_failure":null,"p50_ms":1.25,"scenario":"cart"}"#;
        assert_eq!(field(json, "p50_ms"), "1.25");
        assert_eq!(field(json, "first_failure"), "null");
        assert_eq!(field(json, "scenario").trim_end_matches("\"}"), "cart");
        assert_eq!(field(json, "missing"), "null");
        assert_eq!(rounded("1.2549", 2), "1.25");
        assert_eq!(rounded("null", 2), "–");
    }
}
