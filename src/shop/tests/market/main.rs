//! Taxes, delivery and words, as shopkeepers' files bring them.

mod delivery;
mod sql;
mod taxes;
mod words;

use domain::{Country, Locale};
use shop::Caller;
use shop::market::{Parcel, TableError};
use shop::testing::TestShop;
use sqlx::PgPool;
use std::fs::File;
use std::path::Path;

async fn shop(db: PgPool) -> TestShop {
    TestShop::build(db).without_redis().start().await
}

fn machine() -> Caller {
    Caller::machine("test", "test")
}

fn country(code: &str) -> Country {
    code.parse().unwrap()
}

/// A file of the demo shop.
fn demo(name: &str) -> File {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../demo");
    File::open(folder.join(name)).unwrap()
}

/// What is wrong with a file, line by line.
#[track_caller]
fn problems<T: std::fmt::Debug>(answer: Result<T, TableError>) -> Vec<String> {
    match answer {
        Err(TableError::Problems(problems)) => problems.iter().map(ToString::to_string).collect(),
        other => panic!("no problems: {other:?}"),
    }
}

/// The rates of a place in millionths: standard and reduced, as an order from the euro market or the American one has them.
fn rates(shop: &TestShop, market: &str, to: &str, region: &str) -> Vec<u32> {
    let market = shop.markets.by_code(&market.parse().unwrap()).unwrap();
    let there = shop
        .markets
        .destination(&market, Locale::En, country(to), region);
    there.tax.rates.iter().map(|rate| rate.ppm).collect()
}

/// The codes of what is offered there for goods of that weight and worth.
fn offered(shop: &TestShop, to: &str, region: &str, parcel: (u64, i64)) -> Vec<String> {
    let market = shop.markets.find(&shop.eu()).unwrap();
    let parcel = Parcel {
        weight_g: parcel.0,
        subtotal_minor: parcel.1,
    };
    let to = (country(to), region);
    let (_, offered) = shop.markets.terms(&market, Locale::En, to, None, parcel);
    offered
        .into_iter()
        .map(|offered| offered.option.code)
        .collect()
}
