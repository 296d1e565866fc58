//! `cargo xtask bench`: figures of the release build, with the settings that `run` ships, on a database of its own.

mod carts;
mod catalogue;
mod pages;
mod placing;
mod pressure;
mod report;

use crate::services::{Service, Services};
use crate::stack::{self, Stack};
use crate::ui::Progress;
use crate::{checkout, process, run, setup};
use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;
use report::Report;
use std::fmt::Write;
use std::path::PathBuf;

const HELP: &str = "\
Builds the release, serves a catalogue from PostgreSQL (fsync on) and Redis, and measures it. Writes benches/RESULTS.md;
with --only, the other parts of that file stay as they are.

Usage: cargo xtask bench [--only PARTS] [--port PORT] [--seconds SECONDS] [--products N]

  --only PARTS        some of these, with commas between them:
                        pages      a product page uncached, cached and known, beside nginx with the same bytes and
                                   pgbench's select-only, at 1, 16 and 64 clients; start-up
                        carts      adding to a cart, buying; placing alone, one product in demand, settling and long carts,
                                   beside pgbench with a transaction of the same shape
                        search     lists with facets, searches and suggestions over N products, uncached
                        mix        a Black Friday: 80 % catalogue, 10 % search, 9 % cart, 1 % checkout, over N products
                                   whose prices change meanwhile
                        overload   three times the requests that can be answered
                        crowd      connections that are open, slow to ask or slow to read
  --port PORT         serve on another port than 3000
  --seconds SECONDS   how long each measurement takes (8); the overload takes five times that
  --products N        how many products search and mix have (50000)

Close other programs first: the load comes from this machine too.
";

const PARTS: [&str; 6] = ["pages", "carts", "search", "mix", "overload", "crowd"];
const CLIENTS: [u32; 3] = [1, 16, 64];

/// Runs `cargo xtask bench`.
pub fn command(arguments: lexopt::Parser) -> Result<()> {
    let valued = ["only", "port", "seconds", "products"];
    let Some(options) = crate::options(arguments, HELP, &[], &valued)? else {
        return Ok(());
    };
    let port = crate::port(&options)?;
    let parts = parts(options.get("only").map(String::as_str))?;
    let for_seconds = options
        .get("seconds")
        .map_or("8", String::as_str)
        .to_owned();
    for_seconds
        .parse::<f64>()
        .context("--seconds takes a number, such as 8")?;
    let products = options
        .get("products")
        .map_or("50000", String::as_str)
        .parse::<u32>()
        .context("--products takes a whole number, such as 50000")?;
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
    measure(&shop, &parts, &for_seconds, products)
}

/// The parts that `--only` names, in their order; without it, all.
fn parts(only: Option<&str>) -> Result<Vec<&'static str>> {
    let Some(only) = only else {
        return Ok(PARTS.to_vec());
    };
    let named: Vec<&str> = only.split(',').map(str::trim).collect();
    if let Some(unknown) = named.iter().find(|name| !PARTS.contains(name)) {
        bail!(
            "--only: there is no part `{unknown}`; there are {}",
            PARTS.join(", ")
        );
    }
    Ok(PARTS
        .into_iter()
        .filter(|part| named.contains(part))
        .collect())
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
fn measure(shop: &Stack, parts: &[&str], for_seconds: &str, products: u32) -> Result<()> {
    let rialto = checkout::released("rialto");
    let catalogue = checkout::root().join("benches/catalogue.csv");
    process::run(
        shop.plan.rialto(&rialto).arg("import").arg(&catalogue),
        "import-bench",
        |_| (),
    )?;
    let paths = query(
        shop,
        "select string_agg('/en-eu/product/' || slug, ',') from product where 'bench' = any(tags)",
    )?;
    let variants = query(
        shop,
        "select string_agg(variant.id::text, ',') from variant join product on product.id = product_id where 'bench' = any(tags)",
    )?;
    let target = Target {
        server: &shop.server,
        port: shop.plan.port,
        products: paths,
        variants,
        seconds: for_seconds,
    };
    let mut report = Report::read()?;
    for part in parts {
        let mut text = String::new();
        let title = match *part {
            "pages" => pages::measure(shop, &rialto, &target, &mut text)?,
            "carts" => carts::measure(shop, &target, &mut text)?,
            "search" => catalogue::measure(shop, &rialto, &target, products, &mut text)?,
            "mix" => pressure::mix(shop, &rialto, &target, products, &mut text)?,
            "overload" => pressure::overload(shop, &rialto, &target, &mut text)?,
            _ => pressure::crowd(shop, &target, &mut text)?,
        };
        println!("{text}");
        // After each part: what was measured is not lost when a later one fails.
        report.put(title, &text)?;
    }
    println!("written to {}", report::file().display());
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
            .args((!variants.is_empty()).then(|| format!("--variants={variants}")))
            .args(more),
        "load",
        |_| (),
    )
}

/// The heads of the columns of [`rows`].
const COLUMNS: &str = "\
| What | Clients | per second | p50 ms | p95 ms | p99 ms | CPU ms each | failed | resident MB |
|---|---:|---:|---:|---:|---:|---:|---:|---:|
";

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

/// A figure of the load generator's, so many digits after the point.
fn figure(json: &str, name: &str, decimals: usize) -> String {
    rounded(&field(json, name), decimals)
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

    #[test]
    fn knows_its_parts() {
        assert_eq!(parts(None).unwrap(), PARTS);
        assert_eq!(parts(Some("mix, pages")).unwrap(), ["pages", "mix"]);
        assert!(
            parts(Some("mixes"))
                .unwrap_err()
                .to_string()
                .contains("`mixes`")
        );
    }
}
