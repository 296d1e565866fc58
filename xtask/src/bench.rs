//! `cargo xtask bench`: figures of the release build, with the settings that `run` ships, on a database of its own.

mod browser;
mod by_hand;
mod carts;
mod catalogue;
mod connections;
mod crowd;
mod gate;
mod growth;
mod limits;
mod load;
mod mix;
mod overload;
mod pages;
mod placing;
mod report;
mod soak;
mod told;
mod wishes;

use crate::services::Services;
use crate::stack::{self, Stack};
use crate::ui::Progress;
use crate::{checkout, process, run, setup};
use anyhow::{Result, bail};
use load::{Target, query};
use report::Report;
use std::path::PathBuf;
use wishes::Wishes;

const HELP: &str = "\
Builds the release, serves a catalogue from PostgreSQL (fsync on) and Redis, and measures it. Writes benches/RESULTS.md;
with --only, the other parts of that file stay as they are.

Usage: cargo xtask bench [--only PARTS] [options]

  --only PARTS        some of these, with commas between them; without it, all but the last two
                        pages        a product page uncached, cached and known, beside a handler written by hand, nginx with
                                     the same bytes and pgbench's select-only, at 1, 16 and 64 clients; start-up
                        carts        adding to a cart, buying; placing alone, one product in demand, settling and long carts,
                                     beside pgbench with a transaction of the same shape
                        search       lists with facets, searches and suggestions over N products, uncached
                        mix          a Black Friday: 80 % catalogue, 10 % search, 9 % cart, 1 % checkout, over N products
                                     whose prices change meanwhile
                        overload     three times the requests that can be answered, for five minutes
                        crowd        connections that are open, slow to ask or slow to read
                        connections  as many open connections as are asked for, over as many instances as that takes
                        browser      a hundred pages in Chromium while the mix goes on
                        soak         the mix for an hour: memory, descriptors, CPU
                        growth       pages, lists, searches, index, start and memory at one size after the other
  --gate              write nothing; fail when a ratio has fallen by more than a fifth below the recorded one
                      (without --only: pages, carts, mix and overload)
  --built             measure the programs in target/release and the site in target/site as they are, without building
  --port PORT         serve on another port than 3000
  --seconds SECONDS   how long each measurement takes (8); the overload then takes five times that
  --products N        how many products search, mix, browser and soak have (50000)
  --warm SECONDS      mix, browser: how long others fill the cache first (until its hits rise no more, 60 at most)
  --clients N         browser, soak: clients of the mix (16)
  --pace N            browser, soak: requests a second of the mix at most (as many as are answered)
  --loads N           browser: pages to load (100)
  --minutes N         soak: how long (60)
  --crowd N           crowd: how many there are of each kind (10000)
  --connections N     connections: how many (52000)
  --sizes N,N         growth: numbers of products, rising (10000,100000,1000000)

Close other programs first: the load comes from this machine too.
";

/// Those that a run without `--only` measures.
const USUAL: [&str; 8] = [
    "pages",
    "carts",
    "search",
    "mix",
    "overload",
    "crowd",
    "connections",
    "browser",
];
/// Those that take an hour or the disk: only when they are named.
const NAMED: [&str; 2] = ["soak", "growth"];
/// Those that `--gate` measures: they have ratios, and take minutes.
const GATED: [&str; 4] = ["pages", "carts", "mix", "overload"];

/// The programs that are measured, and that measure.
const PROGRAMS: [&str; 4] = ["rialto", "simulator", "bench", "by-hand"];

/// Runs `cargo xtask bench`.
pub fn command(arguments: lexopt::Parser) -> Result<()> {
    let mut valued = vec!["only", "port"];
    valued.extend(wishes::NAMES);
    let Some(options) = crate::options(arguments, HELP, &["gate", "built"], &valued)? else {
        return Ok(());
    };
    let port = crate::port(&options)?;
    let gate = options.contains_key("gate");
    let usual: &[&str] = if gate { &GATED } else { &USUAL };
    let parts = parts(options.get("only").map(String::as_str), usual)?;
    let wishes = Wishes::of(&options)?;
    stack::check_port(port, "bench")?;
    setup::check_disk()?;
    let progress = Progress::new(run::BUILD_PHASES + stack::PHASES + 1);
    let services = if options.contains_key("built") {
        check_built()?;
        Services::measured()?
    } else {
        build(&progress)?
    };
    let shop = Stack::start(services, port, &progress)?;
    progress.close();
    measure(&shop, &parts, &wishes, gate)
}

fn build(progress: &Progress) -> Result<Services> {
    let services = run::build(progress, Services::measured)?;
    let phase = progress.begin("building the load generator");
    process::run(
        process::cargo().args(["build", "--release", "-p", "bench"]),
        "build-bench",
        |_| (),
    )?;
    phase.done("");
    Ok(services)
}

/// Errs unless all is there that a build would leave.
fn check_built() -> Result<()> {
    let programs = PROGRAMS.map(checkout::released);
    let wanted = programs.into_iter().chain([crate::site::folder()]);
    for path in wanted {
        if !path.exists() {
            bail!(
                "--built: {} is not there; leave --built out once",
                checkout::short(&path)
            );
        }
    }
    Ok(())
}

/// The parts that `--only` names, in their order; without it, the usual ones.
fn parts(only: Option<&str>, usual: &[&'static str]) -> Result<Vec<&'static str>> {
    let Some(only) = only else {
        return Ok(usual.to_vec());
    };
    let all = || USUAL.into_iter().chain(NAMED);
    let named: Vec<&str> = only.split(',').map(str::trim).collect();
    if let Some(unknown) = named.iter().find(|name| all().all(|part| part != **name)) {
        bail!(
            "--only: there is no part `{unknown}`; there are {}",
            all().collect::<Vec<_>>().join(", ")
        );
    }
    Ok(all().filter(|part| named.contains(part)).collect())
}

/// A shop that serves, and what is to be measured of it.
struct Bench<'a> {
    shop: &'a Stack,
    rialto: PathBuf,
    /// The shop's own server.
    target: Target<'a>,
    wishes: &'a Wishes,
}

/// The measurements, on a shop that serves.
fn measure(shop: &Stack, parts: &[&str], wishes: &Wishes, gate: bool) -> Result<()> {
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
    let target = Target {
        server: &shop.server,
        port: shop.plan.port,
        products,
        variants,
        seconds: wishes.seconds(),
    };
    let bench = Bench {
        shop,
        rialto,
        target,
        wishes,
    };
    let mut report = Report::read()?;
    let (mut has_fallen, mut held) = (false, 0);
    for part in parts {
        let mut text = String::new();
        let title = match *part {
            "pages" => pages::measure(&bench, &mut text)?,
            "carts" => carts::measure(&bench, &mut text)?,
            "search" => catalogue::measure(&bench, &mut text)?,
            "mix" => mix::measure(&bench, &mut text)?,
            "overload" => overload::measure(&bench, &mut text)?,
            "crowd" => crowd::measure(&bench, &mut text)?,
            "connections" => connections::measure(&bench, &mut text)?,
            "browser" => browser::measure(&bench, &mut text)?,
            "soak" => soak::measure(&bench, &mut text)?,
            _ => growth::measure(&bench, &mut text)?,
        };
        println!("{text}");
        if gate {
            let recorded = gate::of(report.part(title).unwrap_or_default());
            held += recorded.len();
            let (told, fell) = gate::judge(&recorded, &gate::of(&text));
            println!("{}", told.join("\n"));
            has_fallen |= fell;
        } else {
            // After each part: what was measured is not lost when a later one fails.
            report.put(title, &text)?;
        }
    }
    if has_fallen {
        bail!("a ratio has fallen by more than a fifth below the one in benches/RESULTS.md");
    }
    if gate && held == 0 {
        bail!(
            "benches/RESULTS.md records no ratio of these parts: measure them without --gate first"
        );
    }
    if !gate {
        println!("written to {}", report::file().display());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_its_parts() {
        assert_eq!(parts(None, &USUAL).unwrap(), USUAL);
        assert_eq!(parts(None, &GATED).unwrap(), GATED);
        assert_eq!(
            parts(Some("soak, mix,pages"), &USUAL).unwrap(),
            ["pages", "mix", "soak"]
        );
        assert!(
            parts(Some("mixes"), &USUAL)
                .unwrap_err()
                .to_string()
                .contains("`mixes`")
        );
    }
}
