//! Placing alone, one product in demand, settling and long carts; beside them what PostgreSQL does without a shop.

use super::gate::Ratio;
use super::load::{Target, load, query};
use super::told::{field, rounded};
use crate::stack::Stack;
use crate::{checkout, http, process};
use anyhow::{Context, Result};
use std::fmt::Write;
use std::time::{Duration, Instant};

/// Orders that are made ready to be placed, for so many clients.
const PREPARED: [(u32, u32); 3] = [(1, 300), (16, 1_500), (64, 4_000)];
/// The same of one product that everybody wants.
const RUSH: [(u32, u32); 2] = [(64, 3_000), (256, 3_000)];
/// Whose payments are waited for.
const SETTLED: (u32, u32) = (64, 2_000);

/// Writes the second table and what is said under it; placing beside what PostgreSQL does.
pub(super) fn measure(shop: &Stack, target: &Target<'_>, report: &mut String) -> Result<Ratio> {
    let _ = writeln!(
        report,
        "\n### Placing\n\n\
        Carts and checkouts are made before the measuring; an order counts once it is committed and its provider session has\n\
        returned. Three lines to an order; of the one product, one line. The cart rows set a quantity. CPU ms for each request\n\
        of `rialto` (with its workers), PostgreSQL, the payment simulator and the load generator, which share the machine.\n\n\
        | What | Clients | per second | p50 ms | p95 ms | p99 ms | rialto | PostgreSQL | simulator | load | failed |\n\
        |---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|"
    );
    let mut placed = 0.0;
    for (clients, prepare) in PREPARED {
        let more = more(&[("--prepare", &prepare.to_string()), ("--lines", "3")]);
        let load = ("place", clients, target.variants.as_str());
        placed = row(shop, target, "place an order", load, &more, report)?;
    }
    let one = target.variants.split(',').next().unwrap_or_default();
    for (clients, prepare) in RUSH {
        let prepare = prepare.to_string();
        let more = more(&[("--prepare", &prepare), ("--lines", "1")]);
        let what = "place an order of one product";
        row(shop, target, what, ("place", clients, one), &more, report)?;
    }
    let all = query(
        shop,
        "select string_agg(v.id::text, ',') from variant v join product p on p.id = v.product_id
         where v.retired_at is null and p.status = 'active' and p.published_at <= now()
           and (select available from variant_stock(v.id)) > 0",
    )?;
    for clients in [1, 16] {
        for lines in ["3", "300"] {
            let what = format!("change a cart of {lines} lines");
            let more = more(&[("--lines", lines)]);
            row(
                shop,
                target,
                &what,
                ("change", clients, &all),
                &more,
                report,
            )?;
        }
    }
    report.push('\n');
    let bare = pgbench(shop, target)?;
    let _ = writeln!(
        report,
        "pgbench, 64 clients, a transaction of the same shape in one call (benches/pgbench): {bare:.0}/s. Placing at 64 clients \
         is {:.2} of it.\n",
        placed / bare
    );
    let _ = writeln!(report, "{}\n", settled(shop, target)?);
    let _ = writeln!(report, "{}", holds(shop)?);
    Ok(("placing of pgbench at 64".to_owned(), placed / bare))
}

fn more(pairs: &[(&str, &str)]) -> Vec<String> {
    let flat = pairs.iter().flat_map(|(name, value)| [*name, *value]);
    flat.map(str::to_owned).collect()
}

/// One row; how many a second.
fn row(
    shop: &Stack,
    target: &Target<'_>,
    what: &str,
    (scenario, clients, variants): (&str, u32, &str),
    more: &[String],
    report: &mut String,
) -> Result<f64> {
    let mut beside = format!("simulator:{}", shop.simulator.pid());
    if let Some(postgres) = shop.services.postgres() {
        let _ = write!(beside, ",postgres:{}", postgres.pid());
    }
    let mut more = more.to_vec();
    more.extend(["--beside".to_owned(), beside]);
    let told = load(target, scenario, clients, variants, &more)?;
    let figure = |name: &str, decimals| rounded(&field(&told, name), decimals);
    let _ = writeln!(
        report,
        "| {what} | {clients} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
        figure("per_second", 0),
        figure("p50_ms", 2),
        figure("p95_ms", 2),
        figure("p99_ms", 2),
        figure("cpu_ms_per_request", 3),
        figure("postgres_cpu_ms", 3),
        figure("simulator_cpu_ms", 3),
        figure("own_cpu_ms", 3),
        field(&told, "failures"),
    );
    println!("{what}, {clients} clients: {}/s", figure("per_second", 0));
    let failure = field(&told, "first_failure");
    if failure != "null" {
        println!("  the first failure: {failure}");
    }
    Ok(field(&told, "per_second").parse().unwrap_or_default())
}

/// Transactions a second of a database without a shop.
fn pgbench(shop: &Stack, target: &Target<'_>) -> Result<f64> {
    let postgres = shop.services.postgres();
    let postgres = postgres.context("pgbench needs the bench's own PostgreSQL")?;
    let folder = checkout::root().join("benches/pgbench");
    postgres.database("pgbench")?;
    postgres.script("pgbench", &folder.join("setup.sql"))?;
    let script = folder.join("place.sql").display().to_string();
    // Whole seconds, and long enough for all clients to have begun.
    let seconds = target.seconds.ceil().max(2.0).to_string();
    let told = postgres.pgbench(
        "pgbench",
        &[
            "-n", "-M", "prepared", "-c", "64", "-j", "1", "-T", &seconds, "-f", &script,
        ],
    )?;
    let rate = told
        .split("tps = ")
        .nth(1)
        .and_then(|rest| rest.split(' ').next());
    let rate: f64 = rate
        .and_then(|rate| rate.parse().ok())
        .with_context(|| format!("pgbench tells no rate:\n{told}"))?;
    println!("pgbench, the same shape: {rate:.0}/s");
    Ok(rate)
}

/// Orders a second from placing to paid, when the simulator pays each page at once and says so by a webhook.
fn settled(shop: &Stack, target: &Target<'_>) -> Result<String> {
    let (clients, orders) = SETTLED;
    let before = query(shop, "select now()")?;
    http::post_json(
        shop.plan.simulator_port,
        "/simulator/autopay",
        r#"{"on": true}"#,
    )?;
    let orders = orders.to_string();
    let mut more = more(&[("--prepare", &orders), ("--lines", "3")]);
    more.push("--follow".to_owned());
    let told = load(target, "place", clients, &target.variants, &more)?;
    let of_these = format!("from orders where placed_at > '{before}'");
    let open = format!("select count(*) filter (where state = 'payment_due') {of_these}");
    let patience = Instant::now() + Duration::from_secs(120);
    while query(shop, &open)? != "0" && Instant::now() < patience {
        process::go_on()?;
        std::thread::sleep(Duration::from_millis(100));
    }
    http::post_json(
        shop.plan.simulator_port,
        "/simulator/autopay",
        r#"{"on": false}"#,
    )?;
    let figures = format!(
        "select count(*) filter (where state = 'paid') || ' ' || coalesce(round(count(*) filter (where state = 'paid')
             / extract(epoch from max(updated_at) - min(placed_at))), 0) {of_these}"
    );
    let figures = query(shop, &figures)?;
    let (paid, rate) = figures.split_once(' ').context("no order was settled")?;
    println!("settled: {rate}/s");
    Ok(format!(
        "Settled, {clients} clients: {paid} of {orders} orders placed, paid at the simulator and settled by its webhooks, {rate}/s \
         from the first placing to the last settling; {} failed.",
        field(&told, "failures"),
    ))
}

/// What the example `holds` of `shop` tells, on a database of its own.
fn holds(shop: &Stack) -> Result<String> {
    let postgres = shop.services.postgres();
    let postgres = postgres.context("the holds need the bench's own PostgreSQL")?;
    let url = postgres.database("holds")?;
    let told = process::run(
        process::cargo()
            .args(["run", "--release", "-p", "shop", "--example", "holds"])
            .env("DATABASE_URL", url),
        "holds",
        |_| (),
    )?;
    println!("holds of one product in `shop`:\n{told}");
    let told: Vec<&str> = told
        .lines()
        .filter(|line| line.ends_with("holds/s"))
        .collect();
    Ok(format!(
        "Holds of one product in `shop`, batched: {}.",
        told.join("; ")
    ))
}
