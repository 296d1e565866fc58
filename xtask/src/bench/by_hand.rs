//! The product page, not cached, beside the same page written by hand (benches/by_hand): same statements, same words.

use super::Bench;
use super::gate::Ratio;
use super::load::{CLIENTS, Target, load};
use super::told::{field, figure, number};
use crate::services::{Service, free_port};
use crate::{checkout, http, process};
use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

/// The share of the shop's words that the other page must have.
const SAME: f64 = 0.97;

/// Writes the table; `shops` is the server that keeps no pages.
pub(super) fn beside(
    bench: &Bench<'_>,
    shops: &Target<'_>,
    report: &mut String,
) -> Result<Vec<Ratio>> {
    let (server, port) = start(bench)?;
    let theirs = Target {
        server: &server,
        port,
        products: shops.products.clone(),
        variants: String::new(),
        seconds: shops.seconds,
    };
    let page = shops.products.split(',').next().unwrap_or_default();
    let body = |port| {
        let body = http::body(port, page).with_context(|| format!("{page} on port {port}"))?;
        Ok::<_, anyhow::Error>(String::from_utf8_lossy(&body).into_owned())
    };
    let (ours, other) = (body(shops.port)?, body(port)?);
    let same = shared(&words(&ours), &words(&other));
    if same < SAME {
        bail!(
            "the page of benches/by_hand has only {:.0} % of the words of the shop's {page}: what is held against each other must \
             show the same, so mend it first",
            same * 100.0
        );
    }
    let postgres = bench.shop.services.postgres();
    let postgres = postgres.context("the bench has a PostgreSQL of its own")?;
    let _ = writeln!(
        report,
        "\nBeside a handler written by hand (benches/by_hand: axum, a pool of as many connections, the shop's own statements, `write!`;\n\
        no framework, no layers, no log): a page of {} and {} bytes, {:.0} % of the words the same. CPU ms for each request: of the one\n\
        that answers, of PostgreSQL, and of the load generator.\n\n\
        | What | Clients | per second | p95 ms | answering | PostgreSQL | load | failed |\n|---|---:|---:|---:|---:|---:|---:|---:|",
        ours.len(),
        other.len(),
        same * 100.0,
    );
    // The shop's server has prepared its statements on each connection in rows before.
    load(&theirs, "product", 64, "", &[])?;
    let mut ratios = Vec::new();
    for clients in CLIENTS {
        let mut row = |what: &str, target: &Target<'_>| -> Result<f64> {
            let more = ["--beside", &format!("postgres:{}", postgres.pid())].map(str::to_owned);
            let told = load(target, "product", clients, "", &more)?;
            let figure = |name: &str, decimals| figure(&told, name, decimals);
            let _ = writeln!(
                report,
                "| {what} | {clients} | {} | {} | {} | {} | {} | {} |",
                figure("per_second", 0),
                figure("p95_ms", 2),
                figure("cpu_ms_per_request", 3),
                figure("postgres_cpu_ms", 3),
                figure("own_cpu_ms", 3),
                field(&told, "failures"),
            );
            Ok(number(&told, "per_second"))
        };
        let ours = row("product page, not cached", shops)?;
        let theirs = row("handler written by hand, same statements", &theirs)?;
        let ratio = ours / theirs;
        println!("{clients} clients: {ratio:.2} of the handler written by hand");
        let _ = writeln!(report, "| *ratio* | {clients} | {ratio:.2} | | | | | |");
        ratios.push((format!("of a handler by hand at {clients}"), ratio));
    }
    Ok(ratios)
}

fn start(bench: &Bench<'_>) -> Result<(Service, u16)> {
    let port = free_port()?;
    let shop = bench.shop;
    let connections = setting("database_connections").unwrap_or_else(|| "24".to_owned());
    let mut command = process::command(checkout::released("by-hand"));
    command
        .args(["--address", &format!("127.0.0.1:{port}")])
        .args(["--connections", &connections])
        .env("DATABASE_URL", &shop.plan.database_url);
    let folder = &shop.services.folder;
    let mut server = Service::start("by-hand", &mut command, Signal::SIGTERM, folder)?;
    let page = bench.target.products.split(',').next().unwrap_or_default();
    process::wait_until(
        Duration::from_secs(60),
        "the handler written by hand",
        || {
            server.check()?;
            Ok(http::status(port, page) == Some(200))
        },
    )?;
    Ok((server, port))
}

/// What `Leptos.toml`, whose settings the bench's shops have, says of a key.
pub(super) fn setting(key: &str) -> Option<String> {
    let text = std::fs::read_to_string(checkout::root().join("Leptos.toml")).ok()?;
    text.lines().find_map(|line| {
        let (name, value) = line.split_once('=')?;
        (name.trim() == key).then(|| value.trim().trim_matches('"').to_owned())
    })
}

/// The words that stand between a page's tags, and how often.
fn words(page: &str) -> BTreeMap<&str, usize> {
    let mut words = BTreeMap::new();
    let body = page.split_once("<body").map_or(page, |(_, body)| body);
    let texts = body
        .split('<')
        .filter_map(|piece| piece.split_once('>'))
        .map(|(_, text)| text);
    for word in texts.flat_map(str::split_whitespace) {
        *words.entry(word).or_default() += 1;
    }
    words
}

/// The share of the words of `ours` that `theirs` has as well.
fn shared(ours: &BTreeMap<&str, usize>, theirs: &BTreeMap<&str, usize>) -> f64 {
    let all: usize = ours.values().sum();
    let both = ours
        .iter()
        .map(|(word, count)| *count.min(theirs.get(word).unwrap_or(&0)));
    both.sum::<usize>() as f64 / all.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compares_what_pages_say() {
        let ours = words(
            "<head><title>no</title></head><body class=\"x\"><h1>A mug</h1><p>A good <b>mug</b></p></body>",
        );
        assert_eq!(ours.get("A"), Some(&2));
        assert_eq!(ours.get("no"), None);
        assert_eq!(shared(&ours, &ours), 1.0);
        let theirs = words("<body><h1>A mug</h1></body>");
        assert_eq!(shared(&ours, &theirs), 2.0 / 5.0);
    }

    #[test]
    fn reads_the_shops_settings() {
        assert!(setting("page_cache_mb").is_some_and(|mb| mb.parse::<u32>().is_ok()));
        assert_eq!(setting("no_such_key"), None);
    }
}
