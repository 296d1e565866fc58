//! Lists, searches and suggestions over many products.

use super::Bench;
use super::load::{query, uncached};
use super::told::figure;
use crate::stack::Stack;
use crate::ui::thousands;
use crate::{checkout, http, process};
use anyhow::{Context, Result, bail};
use std::fmt::Write;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// How long the index may take to know all products.
const PATIENCE: Duration = Duration::from_secs(1_800);
/// Queries, each asked again and again.
const QUERIES: usize = 400;

/// What a catalogue has for shoppers to ask for.
pub(super) struct Wanted {
    pub products: Vec<String>,
    /// The largest categories, also sorted and narrowed.
    pub listings: Vec<String>,
    pub queries: Vec<String>,
}

/// Makes so many products, unless they are there, and waits until the search index serves them.
pub(super) fn fill(shop: &Stack, rialto: &PathBuf, products: u32) -> Result<Wanted> {
    // Drafts too: a generated catalogue has some.
    let there = query(shop, "select count(*) from product")?;
    let there: u32 = there.parse().unwrap_or_default();
    if there < products {
        make(shop, rialto, products)?;
        process::run(
            shop.plan.rialto(rialto).arg("reindex"),
            "reindex-bench",
            |_| (),
        )?;
        query(shop, "vacuum analyze").map(drop)?;
    }
    is_found(shop, shop.plan.port)?;
    Wanted::of(shop)
}

/// Makes so many products; those that are there stay.
pub(super) fn make(shop: &Stack, rialto: &PathBuf, products: u32) -> Result<()> {
    println!("making {} products", thousands(u64::from(products)));
    process::run(
        shop.plan
            .rialto(rialto)
            .args(["seed", "--products", &products.to_string()]),
        "seed-bench",
        |_| (),
    )?;
    Ok(())
}

/// Waits until the server on a port finds the last product by its title.
pub(super) fn is_found(shop: &Stack, port: u16) -> Result<()> {
    let title = query(
        shop,
        "select title from product where status = 'active' and not 'bench' = any(tags) order by position desc limit 1",
    )?;
    serves(port, &title)
}

/// Waits until a search for a title finds something.
fn serves(port: u16, title: &str) -> Result<()> {
    let path = format!("/en-eu/search?q={}", encoded(title));
    let until = Instant::now() + PATIENCE;
    while Instant::now() < until {
        process::go_on()?;
        let page = http::body(port, &path).unwrap_or_default();
        if String::from_utf8_lossy(&page).contains("class=\"card") {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(500));
    }
    bail!("the search index does not know `{title}`")
}

impl Wanted {
    fn of(shop: &Stack) -> Result<Self> {
        let lines = |sql: &str| -> Result<Vec<String>> {
            Ok(query(shop, sql)?.lines().map(str::to_owned).collect())
        };
        let products = lines(
            "select '/en-eu/product/' || slug from product where status = 'active' and published_at <= now() order by md5(slug)",
        )?;
        let categories = lines(
            "select c.slug from category c join product p on p.category_id = c.id
             group by c.slug order by count(*) desc, c.slug limit 24",
        )?;
        let listings = categories.iter().flat_map(|slug| {
            ["", "?sort=price-up", "?sort=newest", "?stock=1"]
                .map(|more| format!("/en-eu/category/{slug}{more}"))
        });
        let titles = lines(&format!(
            "select title from product where status = 'active' order by md5(slug || 'q') limit {QUERIES}"
        ))?;
        Ok(Self {
            products,
            listings: listings.collect(),
            queries: titles
                .iter()
                .enumerate()
                .map(|(at, title)| asked(at, title))
                .collect(),
        })
    }

    /// The first so many paths of suggestions: the beginnings of what is searched for.
    fn beginnings(&self) -> Vec<String> {
        let beginning = |query: &String| query.chars().take(4).collect::<String>();
        let path = |text: String| format!("/en-eu/api/suggest?q={}", encoded(text.trim()));
        self.queries.iter().map(beginning).map(path).collect()
    }

    pub fn searches(&self) -> Vec<String> {
        let path = |query: &String| format!("/en-eu/search?q={}", encoded(query));
        self.queries.iter().map(path).collect()
    }
}

/// A title as shoppers ask for it: whole, a word or two of it, misspelt, with a price, in the plural.
fn asked(at: usize, title: &str) -> String {
    let words: Vec<&str> = title.split_whitespace().collect();
    let (first, last) = match words.as_slice() {
        [first, .., last] => (*first, *last),
        _ => (title, title),
    };
    match at % 8 {
        0 => title.to_owned(),
        1 => first.to_owned(),
        2 => format!("{first} {last}"),
        3 => {
            // Two letters change their places.
            let mut letters: Vec<char> = last.chars().collect();
            if letters.len() > 3 {
                letters.swap(1, 2);
            }
            letters.into_iter().collect()
        }
        4 => format!("{last} under 50"),
        5 => format!("{last}s"),
        6 => last.chars().take(4).collect(),
        _ => last.to_owned(),
    }
}

/// `text` in a query (RFC 3986).
pub(super) fn encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// Writes the part; its title.
pub(super) fn measure(bench: &Bench<'_>, report: &mut String) -> Result<&'static str> {
    let (shop, rialto) = (bench.shop, &bench.rialto);
    let wanted = fill(shop, rialto, bench.wishes.products)?;
    let count = query(shop, "select count(*) from product where status = 'active'")?;
    let (server, port) = uncached(shop, rialto)?;
    // Its own index, too, has to be open.
    is_found(shop, port)?;
    let _ = writeln!(
        report,
        "Over {} products; nothing cached. Lists are those of the 24 largest categories, with facets, in four orders and narrowings;\n\
        searches are {QUERIES} texts made of titles: whole, in part, misspelt, with a price.\n\n\
        | What | Clients | per second | p50 ms | p95 ms | p99 ms | rialto CPU ms | PostgreSQL CPU ms | failed | resident MB |\n\
        |---|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
        thousands(count.parse().unwrap_or_default())
    );
    let postgres = shop.services.postgres();
    let postgres = postgres.context("the bench has a PostgreSQL of its own")?;
    for (what, paths) in [
        ("list with facets", wanted.listings.clone()),
        ("search", wanted.searches()),
        ("suggestions", wanted.beginnings()),
    ] {
        for clients in [1, 16] {
            let told = process::run(
                process::command(checkout::released("bench"))
                    .arg("product")
                    .args(["--address", &format!("127.0.0.1:{port}")])
                    .args(["--clients", &clients.to_string()])
                    .args(["--seconds", &bench.target.seconds.to_string()])
                    .args(["--pid", &server.pid().to_string()])
                    .args(["--beside", &format!("postgres:{}", postgres.pid())])
                    .args(["--products", &paths.join(",")]),
                "load",
                |_| (),
            )?;
            let figure = |name: &str, decimals| figure(&told, name, decimals);
            let _ = writeln!(
                report,
                "| {what} | {clients} | {} | {} | {} | {} | {} | {} | {} | {} |",
                figure("per_second", 0),
                figure("p50_ms", 2),
                figure("p95_ms", 2),
                figure("p99_ms", 2),
                figure("cpu_ms_per_request", 3),
                figure("postgres_cpu_ms", 3),
                figure("failures", 0),
                figure("resident_mb", 0),
            );
            println!("{what}, {clients} clients: {}/s", figure("per_second", 0));
        }
    }
    Ok("Lists and searches")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asks_as_shoppers_do() {
        let asked: Vec<String> = (0..8).map(|at| asked(at, "Calle reading lamp")).collect();
        let expected = [
            "Calle reading lamp",
            "Calle",
            "Calle lamp",
            "lmap",
            "lamp under 50",
            "lamps",
            "lamp",
            "lamp",
        ];
        assert_eq!(asked, expected);
        assert_eq!(encoded("a b/ü"), "a%20b%2F%C3%BC");
    }
}
