//! A real browser while a Black Friday goes on: what a shopper waits for.

use super::Bench;
use super::mix;
use super::told::{field, figure, number};
use crate::setup::{self, debian};
use crate::ui::{Progress, thousands};
use crate::{checkout, process};
use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;
use std::fmt::Write;
use std::time::Duration;

/// What p95 is to stay under, in milliseconds.
const BAR: f64 = 1_000.0;
/// Who shops meanwhile: none of those who warmed the cache.
const SEED: u32 = 2_000_000;

/// Writes the part; its title.
pub(super) fn measure(bench: &Bench<'_>, report: &mut String) -> Result<&'static str> {
    let chromium = debian::chromium().context(
        "the browser's part needs Chromium: install it (Debian: `apt-get install -y chromium`), or name it in CHROMIUM",
    )?;
    setup::check_node()?;
    let progress = Progress::new(1);
    let phase = progress.begin("the browser's packages");
    setup::install_end2end(&phase)?;
    phase.done("");
    progress.close();
    let world = mix::world(bench)?;
    let warmed = mix::warm(bench, &world)?;
    let folder = &bench.shop.services.folder;
    let pages = folder.join("pages");
    let text = std::fs::read_to_string(&world)?;
    std::fs::write(
        &pages,
        visited(&text, bench.wishes.loads as usize).join("\n"),
    )
    .map_err(|error| process::unwritable(&pages, &error))?;
    let clients = bench.wishes.clients;
    let (told, beside) = mix::beside_changes(bench.shop, || {
        let mut load = mix::shopping(bench, &world, (clients, SEED), bench.wishes.pace, "beside")?;
        let log = load.log().to_path_buf();
        mix::pause(1.0)?;
        let told = process::run(
            process::command("node")
                .arg(checkout::root().join("end2end/load.mjs"))
                .env("BASE_URL", bench.shop.plan.url())
                .env("CHROMIUM", &chromium)
                .env("PAGES", &pages),
            "browser",
            |line| println!("{line}"),
        )?;
        load.check()?;
        load.signal_all(Signal::SIGTERM);
        process::wait_until(Duration::from_secs(60), "the end of the load", || {
            Ok(load.ended()?.is_some())
        })?;
        let beside = std::fs::read_to_string(&log).unwrap_or_default();
        Ok((told, beside))
    })?;
    let loads = number(&told, "loads");
    if loads == 0.0 {
        bail!("the browser loaded nothing: {told}");
    }
    let pace = bench.wishes.pace.map_or(String::new(), |pace| {
        format!(", {pace} requests a second at most")
    });
    let _ = writeln!(
        report,
        "{loads:.0} loads in headless Chromium, half on a phone's screen (390 × 844) and half on a desk's (1280 × 800), of products, lists,\n\
        searches and the home page in turn, each with nothing in the browser's cache; meanwhile the mix of a Black Friday (its shares\n\
        above) over {} products whose prices change, {clients} clients{pace}: {} requests a second, p95 {} ms, {} failed.\n\
        Browser, load and shop share the machine. {warmed}\n\n\
        | Loads | load p50 ms | p95 ms | slowest | largest paint p50 ms | p95 ms | first byte p95 ms |\n|---|---:|---:|---:|---:|---:|---:|",
        thousands(u64::from(bench.wishes.products)),
        figure(&beside, "per_second", 0),
        figure(&beside, "p95_ms", 1),
        field(&beside, "failures"),
    );
    for (what, name) in [
        ("all", "all"),
        ("390 px", "phone"),
        ("1280 px", "desk"),
        ("products", "product"),
        ("lists", "listing"),
        ("searches", "search"),
        ("home", "home"),
    ] {
        let figure = |which: &str| figure(&told, &format!("{name}_{which}"), 0);
        let _ = writeln!(
            report,
            "| {what} | {} | {} | {} | {} | {} | {} |",
            figure("load_p50"),
            figure("load_p95"),
            figure("load_max"),
            figure("paint_p50"),
            figure("paint_p95"),
            figure("first_p95"),
        );
    }
    let p95 = number(&told, "all_load_p95");
    let held = if p95 < BAR { "held" } else { "**missed**" };
    let _ = writeln!(
        report,
        "\nThe bar, p95 of all loads under {BAR:.0} ms: {held}. {} loads failed{}.",
        field(&told, "failed"),
        match field(&told, "first_failure") {
            none if none == "null" => String::new(),
            failure => format!(", the first: {}", failure.trim_end_matches("\"}")),
        }
    );
    Ok("A browser under load")
}

/// What the browser loads: `product`, `listing`, `search` and `home` in turn, each with a path, not only of what is wanted most.
fn visited(world: &str, loads: usize) -> Vec<String> {
    let of = |kind: &str| -> Vec<&str> {
        let kind = format!("{kind} ");
        world
            .lines()
            .filter_map(|line| line.strip_prefix(&kind))
            .collect()
    };
    let (products, listings, queries) = (of("product"), of("listing"), of("query"));
    // The first of them all, the tenth of them all … as shoppers' wishes are spread: by their logarithm.
    let one = |things: &[&str], at: usize| {
        let share = at as f64 / loads as f64;
        let index = (things.len() as f64).powf(share) as usize;
        things
            .get(index.min(things.len().saturating_sub(1)))
            .map(|thing| (*thing).to_owned())
    };
    (0..loads)
        .filter_map(|at| match at / 2 % 4 {
            0 => Some(format!("product {}", one(&products, at)?)),
            1 => Some(format!("listing {}", one(&listings, at)?)),
            2 => Some(format!(
                "search /en-eu/search?q={}",
                super::catalogue::encoded(&one(&queries, at)?)
            )),
            _ => Some("home /en-eu/".to_owned()),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn visits_each_kind_on_both_screens() {
        let visited = visited(
            "product /p/1\nproduct /p/2\nlisting /l\nquery red mug\n",
            100,
        );
        assert_eq!(visited.len(), 100);
        assert_eq!(visited[..2], ["product /p/2", "product /p/2"]);
        assert_eq!(visited[2], "listing /l");
        assert_eq!(visited[4], "search /en-eu/search?q=red%20mug");
        assert_eq!(visited[6], "home /en-eu/");
    }
}
