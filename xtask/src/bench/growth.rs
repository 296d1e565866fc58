//! A catalogue that grows tenfold, and again: what becomes of pages, lists, searches, the index, memory and the start.

use super::gate::{self, Ratio};
use super::load::{Target, load, query, uncached};
use super::told::{field, number};
use super::{Bench, catalogue, limits};
use crate::ui::thousands;
use crate::{http, process, stack::Stack};
use anyhow::Result;
use std::fmt::Write;
use std::time::Instant;

/// Of disk for each product until one's own are counted: database, index, and room to build another index, in bytes.
const BYTES: u64 = 12_000;
/// What is left free whatever happens.
const LEFT: u64 = 2 << 30;

/// What was measured at one size.
struct Size {
    products: u32,
    /// Making them, and building the index, in seconds; None where they were there before.
    made: Option<f64>,
    indexed: f64,
    index: u64,
    database: u64,
    start: f64,
    memory: [f64; 2],
    /// Of the product's page, the list, the search.
    p95: [f64; 3],
    rates: [f64; 3],
    cpu: [f64; 3],
}

const KINDS: [&str; 3] = ["product page", "list with facets", "search"];

/// Writes the part; its title.
pub(super) fn measure(bench: &Bench<'_>, report: &mut String) -> Result<&'static str> {
    let shop = bench.shop;
    let mut sizes: Vec<Size> = Vec::new();
    let mut limit = None;
    for &products in &bench.wishes.sizes {
        if let Some(reason) = wanting(shop, &sizes, products)? {
            limit = Some(format!(
                "{} products: {reason}",
                thousands(u64::from(products))
            ));
            break;
        }
        match at(bench, products) {
            Ok(size) => sizes.push(size),
            // What ran out is told with what was reached.
            Err(error) => {
                process::go_on()?;
                limit = Some(format!(
                    "{} products: {error:#}",
                    thousands(u64::from(products))
                ));
                break;
            }
        }
    }
    write(&sizes, report);
    if let Some(limit) = limit {
        println!("growth ended at {limit}");
        let _ = writeln!(report, "\nIt ended before {limit}.");
    }
    gate::put(report, &ratios(&sizes));
    Ok("Growth")
}

/// What there is too little of for so many products, if anything.
fn wanting(shop: &Stack, before: &[Size], products: u32) -> Result<Option<String>> {
    let Some(free) = limits::disk() else {
        return Ok(None);
    };
    let there: u64 = query(shop, "select count(*) from product")?
        .parse()
        .unwrap_or_default();
    Ok(disk(free, before.last(), there, products))
}

/// Says so when `free` bytes are not enough for what is `there` to grow to `products`.
fn disk(free: u64, before: Option<&Size>, there: u64, products: u32) -> Option<String> {
    // The log of the database takes about as much as the rows, and another index is built beside the first.
    let own = before.map(|size| 2 * (size.database + size.index) / u64::from(size.products).max(1));
    let each = own.unwrap_or(BYTES).max(BYTES);
    let needed = u64::from(products).saturating_sub(there) * each + LEFT;
    (free < needed).then(|| {
        format!(
            "the disk has {} MB free, and they need about {} MB",
            free >> 20,
            needed >> 20
        )
    })
}

fn at(bench: &Bench<'_>, products: u32) -> Result<Size> {
    let (shop, rialto) = (bench.shop, &bench.rialto);
    let there: u32 = query(shop, "select count(*) from product")?
        .parse()
        .unwrap_or_default();
    let began = Instant::now();
    let made = if there < products {
        catalogue::make(shop, rialto, products)?;
        Some(began.elapsed().as_secs_f64())
    } else {
        None
    };
    let began = Instant::now();
    process::run(
        shop.plan.rialto(rialto).arg("reindex"),
        "reindex-bench",
        |_| (),
    )?;
    let indexed = began.elapsed().as_secs_f64();
    query(shop, "vacuum analyze").map(drop)?;
    let wanted = catalogue::fill(shop, rialto, products)?;
    let began = Instant::now();
    let (server, port) = uncached(shop, rialto)?;
    let start = began.elapsed().as_secs_f64();
    catalogue::is_found(shop, port)?;
    let mut size = Size {
        products,
        made,
        indexed,
        index: limits::size(&index_folder()),
        database: query(shop, "select pg_database_size(current_database())")?
            .parse()
            .unwrap_or_default(),
        start,
        memory: [0.0; 2],
        p95: [0.0; 3],
        rates: [0.0; 3],
        cpu: [0.0; 3],
    };
    // Spread over the whole catalogue, and few enough for a command line.
    let every = wanted.products.len().div_ceil(1_000).max(1);
    let products = wanted.products.iter().step_by(every).cloned().collect();
    let paths: [Vec<String>; 3] = [products, wanted.listings.clone(), wanted.searches()];
    for (at, paths) in paths.iter().enumerate() {
        // A first answer may take long: it is not measured.
        let _ = http::body(port, paths.first().map_or("/en-eu/", String::as_str));
        let target = Target {
            server: &server,
            port,
            products: paths.join(","),
            variants: String::new(),
            seconds: bench.target.seconds,
        };
        let told = load(&target, "product", 16, "", &[])?;
        size.p95[at] = number(&told, "p95_ms");
        size.rates[at] = number(&told, "per_second");
        size.cpu[at] = number(&told, "cpu_ms_per_request");
        let failures = field(&told, "failures");
        if failures != "0" {
            anyhow::bail!(
                "{}: {failures} failed, the first: {}",
                KINDS[at],
                field(&told, "first_failure")
            );
        }
    }
    let mb = |name| limits::status(server.pid(), name).unwrap_or_default() as f64 / 1048576.0;
    size.memory = [mb("RssAnon:"), mb("VmRSS:")];
    println!("{} products measured", thousands(u64::from(size.products)));
    Ok(size)
}

/// Where the bench's shops have their index.
fn index_folder() -> std::path::PathBuf {
    let folder =
        super::by_hand::setting("search_root").unwrap_or_else(|| "target/search".to_owned());
    crate::checkout::root().join(folder)
}

fn write(sizes: &[Size], report: &mut String) {
    let _ = writeln!(
        report,
        "Nothing cached, 16 clients; products by `rialto seed`, lists and searches as under \"Lists and searches\". Made: what the\n\
        products beyond the size before took. Memory is the server's after these loads.\n\n\
        | Products | made s | database MB | index built s | index MB | start s | anonymous MB | resident MB |\n\
        |---:|---:|---:|---:|---:|---:|---:|---:|"
    );
    for size in sizes {
        let _ = writeln!(
            report,
            "| {} | {} | {} | {:.1} | {:.1} | {:.2} | {:.0} | {:.0} |",
            thousands(u64::from(size.products)),
            size.made
                .map_or_else(|| "–".to_owned(), |seconds| format!("{seconds:.0}")),
            size.database >> 20,
            size.indexed,
            size.index as f64 / 1048576.0,
            size.start,
            size.memory[0],
            size.memory[1],
        );
    }
    let _ = writeln!(
        report,
        "\n| What | Products | per second | p95 ms | CPU ms each | times the p95 of the size before |\n|---|---:|---:|---:|---:|---:|"
    );
    for (at, kind) in KINDS.iter().enumerate() {
        for (number, size) in sizes.iter().enumerate() {
            let before = number.checked_sub(1).and_then(|before| sizes.get(before));
            let _ = writeln!(
                report,
                "| {kind} | {} | {:.0} | {:.2} | {:.3} | {} |",
                thousands(u64::from(size.products)),
                size.rates[at],
                size.p95[at],
                size.cpu[at],
                before.map_or_else(
                    || "–".to_owned(),
                    |before| format!("{:.2} ×", size.p95[at] / before.p95[at].max(0.001))
                ),
            );
        }
    }
}

/// The rate at a size beside that at the size before: 1 is flat.
fn ratios(sizes: &[Size]) -> Vec<Ratio> {
    let pairs = sizes.windows(2).filter_map(|pair| match pair {
        [before, after] => Some((before, after)),
        _ => None,
    });
    pairs
        .flat_map(|(before, after)| {
            KINDS.iter().enumerate().map(|(at, kind)| {
                let name = format!("{kind} at {} of {}", after.products, before.products);
                (name, after.rates[at] / before.rates[at].max(0.001))
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(products: u32, rate: f64) -> Size {
        Size {
            products,
            made: None,
            indexed: 1.0,
            index: 10_000_000,
            database: 60_000_000,
            start: 0.1,
            memory: [60.0, 90.0],
            p95: [10.0, 20.0, 30.0],
            rates: [rate; 3],
            cpu: [0.5; 3],
        }
    }

    #[test]
    fn the_disk_is_asked_before_it_is_full() {
        let plenty = 1 << 40;
        assert_eq!(disk(plenty, None, 0, 1_000_000), None);
        let told = disk(5 << 30, None, 0, 1_000_000);
        assert!(told.is_some_and(|told| told.contains("5120 MB free")));
        // Those that are there need no more room; those before tell what one takes.
        assert_eq!(disk(5 << 30, None, 950_000, 1_000_000), None);
        let told = disk(13 << 30, Some(&size(10_000, 1.0)), 10_000, 1_000_000);
        assert!(
            told.is_some_and(|told| told.contains("15265 MB")),
            "14,000 bytes each"
        );
    }

    #[test]
    fn a_size_is_held_against_the_one_before() {
        let ratios = ratios(&[size(10_000, 1_000.0), size(100_000, 800.0)]);
        assert_eq!(
            ratios[0],
            ("product page at 100000 of 10000".to_owned(), 0.8)
        );
        assert_eq!(ratios.len(), 3);
    }
}
