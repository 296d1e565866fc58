//! A Black Friday: everything at once, while prices change.

use super::by_hand::setting;
use super::gate::{self, Ratio};
use super::load::{Target, load, query, uncached};
use super::told::{field, figure, number};
use super::{Bench, catalogue};
use crate::services::Service;
use crate::stack::Stack;
use crate::ui::thousands;
use crate::{checkout, http, process};
use anyhow::{Context, Result, anyhow};
use nix::sys::signal::Signal;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Products whose price changes each second, while the mix goes on.
const CHANGES: u32 = 10;
/// Who warms the cache: so many clients, and none of those that are measured.
const WARMING: (u32, u32) = (64, 1_000_000);
/// The time over which the share of hits is looked at, and how long it may go on rising, in seconds.
const WINDOW: f64 = 5.0;
const WARM_MOST: f64 = 60.0;
/// A share of hits that is better by less has not risen.
const RISE: f64 = 0.005;

/// Writes the part; its title.
pub(super) fn measure(bench: &Bench<'_>, report: &mut String) -> Result<&'static str> {
    let (shop, target) = (bench.shop, &bench.target);
    let world = world(bench)?;
    let bare = {
        let (server, port) = uncached(shop, &bench.rialto)?;
        let bare = Target {
            server: &server,
            port,
            products: String::new(),
            variants: target.variants.clone(),
            seconds: target.seconds,
        };
        mixed(shop, &bare, &world, 16, &[])?.each
    };
    let warmed = warm(bench, &world)?;
    let _ = writeln!(
        report,
        "80 % catalogue (products, lists, the home page), 10 % search, 9 % additions to carts, 1 % checkouts (the placing is timed),\n\
        by Zipf's law over {} products, of which {CHANGES} change their price each second. Shoppers take pages compressed, as\n\
        browsers do. {warmed} Each row has shoppers of its own.\n\
        The page cache may have {} MiB (`page_cache_mb`). Statements are PostgreSQL's transactions; those of no cache were counted\n\
        on a second server without one, at 16 clients.\n\n\
        | Clients | per second | failed | catalogue p95 | search p95 | cart p95 | checkout p95 ms | rialto | PostgreSQL | load CPU ms | cache hits | cache MB | statements each | without cache |\n\
        |---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
        thousands(u64::from(bench.wishes.products)),
        setting("page_cache_mb").unwrap_or_default(),
    );
    let mut failures = Vec::new();
    let mut ratios: Vec<Ratio> = Vec::new();
    for clients in [16, 64, 256] {
        let seed = ["--seed", &clients.to_string()].map(str::to_owned);
        let row = mixed(shop, target, &world, clients, &seed)?;
        let figure = |name: &str, decimals| figure(&row.told, name, decimals);
        let _ = writeln!(
            report,
            "| {clients} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {:.1} % | {:.1} | {:.3} | {bare:.3} |",
            figure("per_second", 0),
            figure("failures", 0),
            figure("catalogue_p95_ms", 1),
            figure("search_p95_ms", 1),
            figure("cart_p95_ms", 1),
            figure("checkout_p95_ms", 1),
            figure("cpu_ms_per_request", 3),
            figure("postgres_cpu_ms", 3),
            figure("own_cpu_ms", 3),
            row.hits * 100.0,
            row.bytes / 1e6,
            row.each,
        );
        println!("mix, {clients} clients: {}/s", figure("per_second", 0));
        ratios.push((format!("cache hits at {clients}"), row.hits));
        ratios.push((
            format!("statements saved at {clients}"),
            1.0 - row.each / bare,
        ));
        let failure = field(&row.told, "first_failure");
        if failure != "null" {
            failures.push(format!("The first failure at {clients} clients: {failure}"));
        }
    }
    for failure in failures {
        let _ = writeln!(report, "\n{failure}");
    }
    gate::put(report, &ratios);
    Ok("Black Friday")
}

/// A file of what shoppers ask for, over as many products as are wished; they are made unless they are there.
pub(super) fn world(bench: &Bench<'_>) -> Result<PathBuf> {
    let wanted = catalogue::fill(bench.shop, &bench.rialto, bench.wishes.products)?;
    let folder = bench.shop.services.folder.for_services("mix")?;
    let world = folder.join("world");
    let mut text = String::new();
    for (kind, things) in [
        ("product", &wanted.products),
        ("listing", &wanted.listings),
        ("query", &wanted.queries),
    ] {
        for thing in things {
            let _ = writeln!(text, "{kind} {thing}");
        }
    }
    std::fs::write(&world, text).map_err(|error| process::unwritable(&world, &error))?;
    Ok(world)
}

/// Lets other shoppers fill the cache: for `--warm` seconds, else until the share of hits rises no more. Says how long it took.
pub(super) fn warm(bench: &Bench<'_>, world: &Path) -> Result<String> {
    let limit = bench.wishes.warm.unwrap_or(WARM_MOST);
    if limit <= 0.0 {
        return Ok("The rows begin with an empty cache.".to_owned());
    }
    let (clients, seed) = WARMING;
    let port = bench.target.port;
    let mut windows = Vec::new();
    let began = Instant::now();
    let told = beside_changes(bench.shop, || {
        let mut load = shopping(bench, world, (clients, seed), None, "warming")?;
        let mut before = Looks::at(port);
        while began.elapsed().as_secs_f64() < limit {
            let left = limit - began.elapsed().as_secs_f64();
            pause(left.clamp(0.0, WINDOW))?;
            load.check()?;
            let now = Looks::at(port);
            windows.push(now.hits_since(&before));
            before = now;
            if bench.wishes.warm.is_none() && has_settled(&windows) {
                break;
            }
        }
        Ok(began.elapsed().as_secs_f64())
    })?;
    let last = windows.last().copied().unwrap_or_default() * 100.0;
    let until = match bench.wishes.warm {
        Some(_) => "as asked for".to_owned(),
        None => format!("until the share of hits rose no more, {WARM_MOST:.0} s at most"),
    };
    println!("warmed for {told:.0} s, {last:.1} % hits at the end");
    Ok(format!(
        "Before the first row {clients} others warmed the cache for {told:.0} s ({until}; {last:.1} % hits at last)."
    ))
}

/// Shoppers who stay until the service is dropped or told to end; `pace` is how many requests a second they make at most.
pub(super) fn shopping(
    bench: &Bench<'_>,
    world: &Path,
    (clients, seed): (u32, u32),
    pace: Option<f64>,
    name: &str,
) -> Result<Service> {
    let target = &bench.target;
    let mut command = process::command(checkout::released("bench"));
    command
        .arg("mix")
        .args(["--address", &format!("127.0.0.1:{}", target.port)])
        .args(["--clients", &clients.to_string()])
        .args(["--seed", &seed.to_string()])
        .args(["--seconds", "86400", "--warm", "0"])
        .args(["--pid", &target.server.pid().to_string()])
        .arg("--world")
        .arg(world)
        .arg(format!("--variants={}", target.variants));
    if let Some(pace) = pace {
        command.args(["--pace", &pace.to_string()]);
    }
    let folder = &bench.shop.services.folder;
    Service::start(name, &mut command, Signal::SIGTERM, folder)
}

/// Waits, and errs when the person asks to stop.
pub(super) fn pause(seconds: f64) -> Result<()> {
    let until = Instant::now() + Duration::from_secs_f64(seconds);
    while Instant::now() < until {
        process::go_on()?;
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// Whether the last two windows were no better than those before.
fn has_settled(windows: &[f64]) -> bool {
    let Some((before, last)) = windows.split_last_chunk::<2>() else {
        return false;
    };
    let best = |shares: &[f64]| shares.iter().copied().fold(0.0, f64::max);
    !before.is_empty() && best(last) < best(before) + RISE
}

/// How often pages were looked for in the cache.
struct Looks {
    hits: f64,
    misses: f64,
}

impl Looks {
    fn at(port: u16) -> Self {
        let of = |result: &str| {
            metric(
                port,
                &format!("rialto_page_cache_total{{result=\"{result}\"}}"),
            )
        };
        Self {
            hits: of("hit") + of("stale"),
            misses: of("miss"),
        }
    }

    /// The share that the cache had.
    fn hits_since(&self, before: &Self) -> f64 {
        let (hits, misses) = (self.hits - before.hits, self.misses - before.misses);
        hits / (hits + misses).max(1.0)
    }
}

/// What one row of the mix told.
pub(super) struct Mixed {
    pub told: String,
    /// The share of pages that the cache had, and its bytes.
    pub hits: f64,
    pub bytes: f64,
    /// Transactions for each request.
    pub each: f64,
}

pub(super) fn mixed(
    shop: &Stack,
    target: &Target<'_>,
    world: &Path,
    clients: u32,
    more: &[String],
) -> Result<Mixed> {
    let postgres = shop.services.postgres();
    let postgres = postgres.context("the bench has a PostgreSQL of its own")?;
    let beside = format!("postgres:{}", postgres.pid());
    let mut all = ["--world", &world.display().to_string(), "--beside", &beside]
        .map(str::to_owned)
        .to_vec();
    all.extend_from_slice(more);
    let looks = Looks::at(target.port);
    let before = transactions(shop)?;
    let told = beside_changes(shop, || {
        load(target, "mix", clients, &target.variants, &all)
    })?;
    let after = transactions(shop)?;
    let hits = Looks::at(target.port).hits_since(&looks);
    let requests = number(&told, "requests") + number(&told, "requests_before");
    Ok(Mixed {
        hits,
        bytes: metric(target.port, "rialto_page_cache_bytes"),
        each: (after - before) / requests.max(1.0),
        told,
    })
}

/// Does the work while prices change.
pub(super) fn beside_changes<T>(shop: &Stack, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let changing = scope.spawn(|| change_prices(shop, &over));
        let done = work();
        over.store(true, Ordering::Relaxed);
        let changed = changing.join();
        let done = done?;
        changed.map_err(|_| anyhow!("changing prices broke"))??;
        Ok(done)
    })
}

/// Some other products' prices each second, and word of it, in one transaction.
fn change_prices(shop: &Stack, over: &AtomicBool) -> Result<()> {
    let mut due = Instant::now();
    while !over.load(Ordering::Relaxed) {
        query(
            shop,
            &format!(
                "with chosen as (select id from product where status = 'active' order by random() limit {CHANGES}),
                 changed as (update price set amount_minor = amount_minor + 1
                             from variant v join chosen on chosen.id = v.product_id where price.variant_id = v.id)
                 select announce_pages(product_page_tags(array(select id from chosen)), gen_random_uuid(), now(),
                                       '{{\"kind\": \"machine\"}}', 'bench')"
            ),
        )?;
        due += Duration::from_secs(1);
        while Instant::now() < due && !over.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    Ok(())
}

fn transactions(shop: &Stack) -> Result<f64> {
    // The figures of a session come in when it has a moment.
    std::thread::sleep(Duration::from_secs(1));
    let sql = "select xact_commit from pg_stat_database where datname = current_database()";
    Ok(query(shop, sql)?.parse().unwrap_or_default())
}

/// A figure of /metrics; 0 when it is not there.
pub(super) fn metric(port: u16, name: &str) -> f64 {
    let all = http::body(port, "/metrics").unwrap_or_default();
    let all = String::from_utf8_lossy(&all).into_owned();
    all.lines()
        .find_map(|line| line.strip_prefix(name)?.trim().parse().ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cache_is_warm_once_its_hits_rise_no_more() {
        assert!(!has_settled(&[0.5, 0.5]), "too little to tell");
        assert!(!has_settled(&[0.5, 0.6, 0.7]));
        assert!(!has_settled(&[0.5, 0.9, 0.91, 0.92]));
        assert!(has_settled(&[0.5, 0.9, 0.901, 0.899]));
    }

    #[test]
    fn hits_are_a_share_of_what_came_since() {
        let looks = |hits, misses| Looks { hits, misses };
        assert_eq!(looks(90.0, 30.0).hits_since(&looks(60.0, 20.0)), 0.75);
        assert_eq!(looks(1.0, 1.0).hits_since(&looks(1.0, 1.0)), 0.0);
    }
}
