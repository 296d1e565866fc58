//! Prints what searches cost in the search index alone: CPU time of this process a search, and the slowest.
//!
//! `DATABASE_URL=<a database with products> cargo run --release -p shop --example searches -- <search_root> <file> <rounds>`
//!
//! The index in `search_root` is made first where there is none. Each line of the file: what kind of text it is, a tab, and the
//! text. Texts of the kind `suggest` are completed (PostgreSQL's client is in that), all others searched for.

use domain::Locale;
use shop::search::{Query, index};
use shop::testing::TestShop;
use sqlx::postgres::PgPoolOptions;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

type Failure = Box<dyn std::error::Error>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let mut argument = |what: &str| arguments.next().ok_or(format!("{what} is missing"));
    let root = argument("the folder of indexes")?;
    let texts = std::fs::read_to_string(argument("the file of texts")?)?;
    let rounds: usize = argument("the number of rounds")?.parse()?;
    let db = PgPoolOptions::new()
        .max_connections(4)
        .connect(&std::env::var("DATABASE_URL")?)
        .await?;
    shop::MIGRATIONS.run(&db).await?;
    let mut shop = TestShop::build(db).without_redis().start().await;
    shop.leave_jobs();
    tokio::spawn(index::keep(
        shop.shop(),
        root.into(),
        CancellationToken::new(),
    ));
    while !shop.search.has_index() {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let at = shop.eu();
    let market = shop.markets.find(&at).ok_or("no such market")?;
    let mut kinds: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for line in texts.lines() {
        let (kind, text) = line.split_once('\t').ok_or("a line without a tab")?;
        kinds.entry(kind).or_default().push(text);
    }
    for (kind, texts) in kinds {
        let mut took: Vec<(Duration, &str, usize)> = Vec::new();
        // The first round reads from the disk what is not in memory.
        for round in 0..=rounds {
            let before = cpu()?;
            for &text in &texts {
                let begun = Instant::now();
                let found = if kind == "suggest" {
                    let suggested = shop.search.suggest(&shop, &market, Locale::En, text);
                    suggested.await?.products.len()
                } else {
                    let query = Query {
                        text: text.to_owned(),
                        limit: 24,
                        ..Query::default()
                    };
                    let found = shop.search.find(&shop, &market, Locale::En, &query);
                    found.await?.products.len()
                };
                took.push((begun.elapsed(), text, found));
            }
            if round == 0 {
                took.clear();
            } else {
                let each = (cpu()? - before).as_secs_f64() * 1_000.0 / texts.len() as f64;
                println!("{kind}: {each:.2} ms CPU each of {}", texts.len());
            }
        }
        took.sort();
        took.dedup_by_key(|(_, text, _)| *text);
        for (time, text, found) in took.iter().rev().take(4) {
            println!(
                "    {:.1} ms {text:?}: {found}",
                time.as_secs_f64() * 1_000.0
            );
        }
    }
    Ok(())
}

/// What this process has computed so far.
fn cpu() -> Result<Duration, Failure> {
    let mut spent = Duration::ZERO;
    for task in std::fs::read_dir("/proc/self/task")? {
        // A thread that is gone takes its time with it: those that search stay for ten seconds.
        let told = std::fs::read_to_string(task?.path().join("schedstat"))?;
        let nanos = told.split(' ').next().unwrap_or_default().parse()?;
        spent += Duration::from_nanos(nanos);
    }
    Ok(spent)
}
