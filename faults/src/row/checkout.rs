//! Placements that come often, differ, or break off.

use super::{Report, Run};
use crate::buyer::{Buyer, Placed, spread_here, together};
use crate::sql;
use crate::world::{PATIENCE, World};
use anyhow::{Context, Result};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use shopper::{Answer, Form};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use uuid::Uuid;

/// Equal placements at once.
const AT_ONCE: usize = 50;

/// The same placement fifty times at once is one order; with another address it is refused.
pub async fn same_key(run: &mut Run<'_>) -> Result<Report> {
    let (mut report, world) = (Report::default(), run.world().await?);
    let variants = world.variants("PLENTY").await?;
    let at_once = if run.full { 2 } else { 1 };
    let (world_of, variants_of, seed) = (&world, &variants, run.seed);
    let keys = spread_here(run.dose, at_once, |number| async move {
        let mut rng = StdRng::seed_from_u64(seed.wrapping_add(u64::from(number)));
        one_key(world_of, &mut rng, variants_of).await
    })
    .await;
    let slowest = keys.iter().map(|key| key.slowest).max().unwrap_or_default();
    let too_busy: usize = keys.iter().map(|key| key.too_busy).sum();
    for key in keys {
        report.broken.extend(key.broken);
    }
    report.figure("keys", run.dose);
    report.figure(
        "told to ask again in a moment, and then answered as all",
        too_busy,
    );
    report.figure("slowest fifty", format!("{:.2} s", slowest.as_secs_f64()));
    run.conclude(&world, &mut report).await?;
    let orders = sql::orders(&world.db).await?.len();
    report.must(orders == run.dose as usize, || {
        format!("{} keys made {orders} orders", run.dose)
    });
    Ok(report)
}

/// What became of one key.
#[derive(Default)]
struct Key {
    slowest: Duration,
    too_busy: usize,
    broken: Vec<String>,
}

async fn one_key(world: &World, rng: &mut StdRng, variants: &[Uuid]) -> Key {
    let mut key = Key::default();
    let Some((buyer, form)) = at_checkout(world, rng, variants).await else {
        return key;
    };
    let (buyer, form) = (Arc::new(buyer), Arc::new(form));
    let begun = Instant::now();
    let answers = together((0..AT_ONCE).map(|_| {
        let (buyer, form) = (buyer.clone(), form.clone());
        async move { buyer.shopper.submit(&form).await }
    }))
    .await;
    key.slowest = begun.elapsed();
    // Fifty at once are more than a shopper can send by hand, and may be too many for the line in front of the shop. Right is then
    // an answer at once that says when to ask again, and the order for whoever does: nothing was done, and nothing is lost.
    let mut told_all = Vec::new();
    for answer in answers {
        match answer {
            Ok(busy) if busy.status == 503 && !busy.retry_after.is_empty() => {
                key.too_busy += 1;
                told_all.extend(ask_again(&buyer, &form).await);
            }
            Ok(answer) if answer.status < 500 => told_all.push(answer),
            Ok(answer) => key
                .broken
                .push(format!("a placement met a {}", answer.status)),
            Err(lost) => key
                .broken
                .push(format!("a placement was not answered: {}", lost.0)),
        }
    }
    if told_all.len() + key.broken.len() != AT_ONCE {
        key.broken.push(format!(
            "{} of {AT_ONCE} equal placements were answered",
            told_all.len()
        ));
    }
    let answers = told_all;
    let told: BTreeSet<(u16, &str)> = answers
        .iter()
        .map(|answer| (answer.status, answer.location.as_str()))
        .collect();
    if told.len() > 1 {
        key.broken.push(format!(
            "equal placements were answered differently: {told:?}"
        ));
    }
    if let Placed::ToPay(page) = buyer.place(&form).await {
        if told.iter().any(|(_, to)| *to != page) {
            key.broken.push(format!("{page} after {told:?}"));
        }
        buyer.pay(&page, false).await;
    }
    let mut other = (*form).clone();
    other.set("city", "Murano");
    let refused = buyer.resubmit(&other).await;
    if refused != Some(422) {
        key.broken.push(format!(
            "the same key with another body: {refused:?} instead of 422"
        ));
    }
    key
}

/// Once more, until the shop is not too busy; nothing when patience ends.
async fn ask_again(buyer: &Buyer, form: &Form) -> Option<Answer> {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let answer = buyer.shopper.submit(form).await.ok()?;
        if answer.status != 503 {
            return Some(answer);
        }
    }
    None
}

/// A buyer with something in the cart, and the form that orders it.
async fn at_checkout(world: &World, rng: &mut StdRng, variants: &[Uuid]) -> Option<(Buyer, Form)> {
    let buyer = world.buyer(rng);
    buyer
        .add(variants[rng.random_range(0..variants.len())], 1)
        .await;
    let form = buyer.checkout().await?;
    Some((buyer, form))
}

/// The connection breaks at a random byte of a placement; every other buyer tries again.
pub async fn client_gone(run: &mut Run<'_>) -> Result<Report> {
    let (mut report, world) = (Report::default(), run.world().await?);
    let variants = world.variants("PLENTY").await?;
    let address = world.scene.origin.trim_start_matches("http://").to_owned();
    let before = sockets(&world)?;
    let (world_of, variants_of, to, seed) = (&world, &variants, &address, run.seed);
    let gone = spread_here(run.dose, 8, |number| async move {
        let mut rng = StdRng::seed_from_u64(seed.wrapping_add(u64::from(number)));
        goes(
            world_of,
            &mut rng,
            variants_of,
            to,
            number.is_multiple_of(2),
        )
        .await
    })
    .await;
    let gone = gone.into_iter().collect::<Result<Vec<bool>>>()?;
    let whole = gone.into_iter().filter(|whole| *whole).count();
    let again = run.dose.div_ceil(2);
    report.figure("connections cut", run.dose);
    report.figure("of them after the last byte", whole);
    report.figure("buyers who tried again", again);
    run.conclude(&world, &mut report).await?;
    let deadline = Instant::now() + run.patience;
    let leaked = loop {
        let (now, idle) = (sockets(&world)?, sql::idle_in_transaction(&world.db).await?);
        let leaked = now.saturating_sub(before + 64);
        if (leaked == 0 && idle == 0) || Instant::now() > deadline {
            break (leaked, idle);
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    report.must(leaked == (0, 0), || {
        format!(
            "{} sockets and {} database sessions are left over",
            leaked.0, leaked.1
        )
    });
    Ok(report)
}

/// One who goes; whether after the last byte.
async fn goes(
    world: &World,
    rng: &mut StdRng,
    variants: &[Uuid],
    address: &str,
    comes_again: bool,
) -> Result<bool> {
    let at_checkout = at_checkout(world, rng, variants).await;
    let (buyer, form) = at_checkout.context("a buyer did not get to the checkout")?;
    let body = form.body();
    let request = format!(
        "POST {} HTTP/1.1\r\nHost: {address}\r\nCookie: {}\r\nSec-Fetch-Site: same-origin\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        form.action,
        buyer.shopper.cookies(),
        body.len()
    );
    // A third of them send it all, and go before the answer.
    let cut = rng
        .random_range(0..request.len() * 3 / 2)
        .min(request.len());
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(&request.as_bytes()[..cut]).await?;
    stream.flush().await?;
    tokio::time::sleep(Duration::from_millis(rng.random_range(0..20))).await;
    drop(stream);
    if comes_again && let Placed::ToPay(page) = buyer.place(&form).await {
        buyer.pay(&page, true).await;
    }
    Ok(cut == request.len())
}

/// How many sockets the server holds.
fn sockets(world: &World) -> Result<usize> {
    let pid = world.server_pid().context("no server")?;
    let open = std::fs::read_dir(format!("/proc/{pid}/fd"))?.flatten();
    let links = open.filter_map(|entry| std::fs::read_link(entry.path()).ok());
    Ok(links
        .filter(|link| link.to_string_lossy().starts_with("socket:"))
        .count())
}
