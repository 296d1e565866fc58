//! The shop as a Black Friday finds it: everything at once, more than can be answered, and crowds that take up room.

use super::{Target, catalogue, field, figure, load, query, uncached};
use crate::services::Service;
use crate::stack::Stack;
use crate::ui::thousands;
use crate::{checkout, http, process};
use anyhow::{Context, Result};
use nix::sys::signal::Signal;
use std::fmt::Write;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Products whose price changes each second, while the mix goes on.
const CHANGES: u32 = 10;

/// Writes the part of everything at once; its title.
pub(super) fn mix(
    shop: &Stack,
    rialto: &PathBuf,
    target: &Target<'_>,
    products: u32,
    report: &mut String,
) -> Result<&'static str> {
    let wanted = catalogue::fill(shop, rialto, products)?;
    let folder = shop.services.folder.for_services("mix")?;
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
    let _ = writeln!(
        report,
        "80 % catalogue (products, lists, the home page), 10 % search, 9 % additions to carts, 1 % checkouts (the placing is timed),\n\
        by Zipf's law over {} products, of which {CHANGES} change their price each second. Shoppers take pages compressed, as\n\
        browsers do. Statements are PostgreSQL's\n\
        transactions; those of no cache were counted on a second server without one, at 16 clients.\n\n\
        | Clients | per second | failed | catalogue p95 | search p95 | cart p95 | checkout p95 ms | rialto | PostgreSQL | load CPU ms | cache hits | cache MB | statements each | without cache |\n\
        |---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
        thousands(u64::from(products))
    );
    let bare = {
        let (server, port) = uncached(shop, rialto)?;
        let bare = Target {
            server: &server,
            port,
            products: String::new(),
            variants: target.variants.clone(),
            seconds: target.seconds,
        };
        mixed(shop, &bare, &world, 16)?.each
    };
    for clients in [16, 64, 256] {
        let row = mixed(shop, target, &world, clients)?;
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
        let failure = field(&row.told, "first_failure");
        if failure != "null" {
            let _ = writeln!(
                report,
                "\nThe first failure at {clients} clients: {failure}\n"
            );
        }
    }
    Ok("Black Friday")
}

/// What one row of the mix told.
struct Mixed {
    told: String,
    /// The share of pages that the cache had, and its bytes.
    hits: f64,
    bytes: f64,
    /// Transactions for each request.
    each: f64,
}

fn mixed(
    shop: &Stack,
    target: &Target<'_>,
    world: &std::path::Path,
    clients: u32,
) -> Result<Mixed> {
    let postgres = shop.services.postgres();
    let postgres = postgres.context("the bench has a PostgreSQL of its own")?;
    let beside = format!("postgres:{}", postgres.pid());
    let more = ["--world", &world.display().to_string(), "--beside", &beside];
    let more: Vec<String> = more.into_iter().map(str::to_owned).collect();
    let cached = |result: &str| {
        metric(
            target.port,
            &format!("rialto_page_cache_total{{result=\"{result}\"}}"),
        )
    };
    let counts = || (cached("hit") + cached("stale"), cached("miss"));
    let (hits, misses) = counts();
    let before = transactions(shop)?;
    let over = AtomicBool::new(false);
    let told = std::thread::scope(|scope| {
        let changing = scope.spawn(|| change_prices(shop, &over));
        let told = load(target, "mix", clients, &target.variants, &more);
        over.store(true, Ordering::Relaxed);
        let changed = changing.join();
        let told = told?;
        changed.map_err(|_| anyhow::anyhow!("changing prices broke"))??;
        Ok::<_, anyhow::Error>(told)
    })?;
    let after = transactions(shop)?;
    let (hits_after, misses_after) = counts();
    let (hits, misses) = (hits_after - hits, misses_after - misses);
    // The warm-up, a tenth, is in the transactions and not in the requests.
    let requests = field(&told, "requests").parse::<f64>().unwrap_or_default() * 1.1;
    Ok(Mixed {
        hits: hits / (hits + misses).max(1.0),
        bytes: metric(target.port, "rialto_page_cache_bytes"),
        each: (after - before) / requests.max(1.0),
        told,
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
fn metric(port: u16, name: &str) -> f64 {
    let all = http::body(port, "/metrics").unwrap_or_default();
    let all = String::from_utf8_lossy(&all).into_owned();
    all.lines()
        .find_map(|line| line.strip_prefix(name)?.trim().parse().ok())
        .unwrap_or_default()
}

/// Writes the part of too much; its title.
pub(super) fn overload(
    shop: &Stack,
    rialto: &PathBuf,
    target: &Target<'_>,
    report: &mut String,
) -> Result<&'static str> {
    let (server, port) = uncached(shop, rialto)?;
    let bare = Target {
        server: &server,
        port,
        products: target.products.clone(),
        variants: String::new(),
        seconds: target.seconds,
    };
    let peak = load(&bare, "product", 64, "", &[])?;
    let peak: f64 = field(&peak, "per_second").parse().unwrap_or_default();
    let alone = load(&bare, "product", 1, "", &[])?;
    let usual = field(&alone, "p95_ms");
    let rate = peak * 3.0;
    let seconds = target.seconds.parse::<f64>().unwrap_or(8.0) * 5.0;
    let longer = Target {
        seconds: &seconds.to_string(),
        ..bare
    };
    let more = ["--rate", &rate.to_string(), "--usual", &usual].map(str::to_owned);
    let told = load(&longer, "overload", 1, "", &more)?;
    let figure = |name: &str, decimals| figure(&told, name, decimals);
    let good: f64 = field(&told, "good_per_second").parse().unwrap_or_default();
    let _ = writeln!(
        report,
        "Product pages, not cached. 64 clients that wait for their answers get {peak:.0}/s; then {rate:.0}/s are sent for {seconds:.0} s,\n\
        whatever becomes of them (at most 4,000 under way).\n\n\
        | | per second | p50 ms | p95 ms | p99 ms |\n|---|---:|---:|---:|---:|\n\
        | pages | {} | {} | {} | {} |\n| 503, with a page that says so | {} | {} | {} | {} |\n\n\
        Pages are {:.2} of the peak. {} requests were not answered, {} answered otherwise, {} not sent for want of room. Ten answers in\n\
        a row were as quick as usual (at most twice {usual} ms) {} ms after the end.",
        figure("good_per_second", 0),
        figure("good_p50_ms", 1),
        figure("good_p95_ms", 1),
        figure("good_p99_ms", 1),
        figure("refused_per_second", 0),
        figure("refused_p50_ms", 1),
        figure("refused_p95_ms", 1),
        figure("refused_p99_ms", 1),
        good / peak,
        figure("unanswered", 0),
        figure("other", 0),
        figure("unsent", 0),
        figure("usual_again_ms", 0),
    );
    Ok("Too much")
}

/// Who crowds the shop: how many are idle, slow to ask, slow to read.
const CROWDS: [(&str, [u32; 3]); 3] = [
    ("idle connections", [9_000, 0, 0]),
    ("requests at a byte a second", [0, 1_000, 0]),
    ("readers of 256 bytes a second", [0, 0, 1_000]),
];

/// Writes the part of those who take up room; its title.
pub(super) fn crowd(
    shop: &Stack,
    target: &Target<'_>,
    report: &mut String,
) -> Result<&'static str> {
    let _ = writeln!(
        report,
        "16 clients look at cached product pages, alone and beside a crowd on other loopback addresses.\n\n\
        | Beside | per second | p50 ms | p99 ms | resident MB | bytes each | shut out meanwhile |\n|---|---:|---:|---:|---:|---:|---:|"
    );
    let alone = load(target, "product", 16, "", &[])?;
    let before: f64 = field(&alone, "resident_mb").parse().unwrap_or_default();
    let row = |what: &str, told: &str, each: String, shut: String| {
        format!(
            "| {what} | {} | {} | {} | {} | {each} | {shut} |\n",
            figure(told, "per_second", 0),
            figure(told, "p50_ms", 2),
            figure(told, "p99_ms", 2),
            figure(told, "resident_mb", 0),
        )
    };
    report.push_str(&row("nobody", &alone, "–".to_owned(), "–".to_owned()));
    for (what, [idle, trickle, readers]) in CROWDS {
        let stay = target.seconds.parse::<f64>().unwrap_or(8.0) * 1.1 + 2.0;
        let mut command = process::command(checkout::released("bench"));
        command
            .arg("crowd")
            .args(["--address", &format!("127.0.0.1:{}", target.port)])
            .args(["--pid", &target.server.pid().to_string()])
            .args(["--seconds", &stay.to_string()])
            .args(["--idle", &idle.to_string()])
            .args(["--trickle", &trickle.to_string()])
            .args(["--readers", &readers.to_string()])
            .args([
                "--products",
                target.products.split(',').next().unwrap_or_default(),
            ]);
        let folder = &shop.services.folder;
        let mut crowd = Service::start("crowd", &mut command, Signal::SIGTERM, folder)?;
        let said = |word: &str| {
            let log = std::fs::read_to_string(folder.join("crowd.log")).unwrap_or_default();
            log.contains(word).then_some(log)
        };
        process::wait_until(Duration::from_secs(120), "the crowd", || {
            Ok(said("gathered ").is_some() || crowd.ended()?.is_some())
        })?;
        let told = load(target, "product", 16, "", &[])?;
        process::wait_until(Duration::from_secs(120), "the crowd's end", || {
            Ok(crowd.ended()?.is_some())
        })?;
        let end = said("\"shut\"").with_context(|| {
            format!(
                "{what}: {}",
                std::fs::read_to_string(crowd.log()).unwrap_or_default()
            )
        })?;
        let resident: f64 = field(&told, "resident_mb").parse().unwrap_or_default();
        let each = (resident - before) * 1024.0 * 1024.0 / f64::from(idle + trickle + readers);
        let what = format!("{} {what}", thousands(u64::from(idle + trickle + readers)));
        report.push_str(&row(
            &what,
            &told,
            format!("{each:.0}"),
            figure(&end, "shut", 0),
        ));
        println!("{what}: p99 {} ms", figure(&told, "p99_ms", 2));
    }
    Ok("Crowds")
}
