//! Placements that come often, differ, or break off; and two tabs.

use super::{Report, Run};
use crate::buyer::{Buyer, Placed, together};
use crate::sql;
use crate::world::World;
use anyhow::{Context, Result};
use rand::Rng;
use rand::rngs::StdRng;
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
    let (mut slowest, mut too_busy) = (Duration::ZERO, 0);
    for _ in 0..run.dose {
        let Some((buyer, form)) = at_checkout(&world, &mut run.rng, &variants).await else {
            continue;
        };
        let (buyer, form) = (Arc::new(buyer), Arc::new(form));
        let begun = Instant::now();
        let answers = together((0..AT_ONCE).map(|_| {
            let (buyer, form) = (buyer.clone(), form.clone());
            async move { buyer.shopper.submit(&form).await }
        }))
        .await;
        slowest = slowest.max(begun.elapsed());
        let answers: Vec<Answer> = answers.into_iter().filter_map(Result::ok).collect();
        // A shop that is too busy says so, and is asked again.
        let (busy, answers): (Vec<Answer>, Vec<Answer>) =
            answers.into_iter().partition(|answer| answer.status >= 500);
        too_busy += busy.len();
        let told: BTreeSet<(u16, &str)> = answers
            .iter()
            .map(|answer| (answer.status, answer.location.as_str()))
            .collect();
        report.must(told.len() <= 1, || {
            format!("equal placements were answered differently: {told:?}")
        });
        if let Placed::ToPay(page) = buyer.place(&form).await {
            report.must(told.iter().all(|(_, to)| *to == page), || {
                format!("{page} after {told:?}")
            });
            buyer.pay(&page, false).await;
        }
        let mut other = (*form).clone();
        other.set("city", "Murano");
        let refused = buyer.resubmit(&other).await;
        report.must(refused == Some(422), || {
            format!("the same key with another body: {refused:?} instead of 422")
        });
    }
    report.figure("keys", run.dose);
    report.figure("answers that it is too busy", too_busy);
    report.must(!run.strict || too_busy == 0, || {
        format!("{too_busy} placements met an error")
    });
    report.figure("slowest fifty", format!("{:.2} s", slowest.as_secs_f64()));
    run.conclude(&world, &mut report).await?;
    let orders = sql::orders(&world.db).await?.len();
    report.must(orders == run.dose as usize, || {
        format!("{} keys made {orders} orders", run.dose)
    });
    Ok(report)
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
    let (mut whole, mut again) = (0, 0);
    for number in 0..run.dose {
        let Some((buyer, form)) = at_checkout(&world, &mut run.rng, &variants).await else {
            continue;
        };
        let body = form.body();
        let request = format!(
            "POST {} HTTP/1.1\r\nHost: {address}\r\nCookie: {}\r\nSec-Fetch-Site: same-origin\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
            form.action,
            buyer.shopper.cookies(),
            body.len()
        );
        // A third of them send it all, and go before the answer.
        let cut = run
            .rng
            .random_range(0..request.len() * 3 / 2)
            .min(request.len());
        whole += u32::from(cut == request.len());
        let mut stream = TcpStream::connect(&address).await?;
        stream.write_all(&request.as_bytes()[..cut]).await?;
        stream.flush().await?;
        tokio::time::sleep(Duration::from_millis(run.rng.random_range(0..20))).await;
        drop(stream);
        if number.is_multiple_of(2) {
            again += 1;
            if let Placed::ToPay(page) = buyer.place(&form).await {
                buyer.pay(&page, true).await;
            }
        }
    }
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

/// How many sockets the server holds.
fn sockets(world: &World) -> Result<usize> {
    let pid = world.server_pid().context("no server")?;
    let open = std::fs::read_dir(format!("/proc/{pid}/fd"))?.flatten();
    let links = open.filter_map(|entry| std::fs::read_link(entry.path()).ok());
    Ok(links
        .filter(|link| link.to_string_lossy().starts_with("socket:"))
        .count())
}

/// Two tabs change the same cart at once: no line is lost, no quantity miscounted.
pub async fn two_tabs(run: &mut Run<'_>) -> Result<Report> {
    let (mut report, world) = (Report::default(), run.world().await?);
    let variants = world.variants("PLENTY").await?;
    let mut changes = 0;
    for _ in 0..run.dose {
        let buyer = world.buyer(&mut run.rng);
        // The first change makes the session that both tabs have.
        buyer.add(variants[0], 1).await;
        let tabs = [buyer.tab(), buyer.tab()];
        let adding = tabs.into_iter().enumerate().map(|(tab, buyer)| {
            let variants = variants.clone();
            async move {
                let mut done = 0;
                // Every line of one tab is one of the other's too.
                for (number, variant) in variants.iter().enumerate().skip(1) {
                    let at = if tab == 0 {
                        *variant
                    } else {
                        variants[variants.len() - number]
                    };
                    done += u32::from(buyer.add(at, 1).await);
                }
                done
            }
        });
        let done: u32 = together(adding).await.into_iter().sum();
        changes += done;
        let Some(form) = buyer.checkout().await else {
            report
                .broken
                .push("a cart filled from two tabs can't be ordered".to_owned());
            continue;
        };
        if let Placed::ToPay(page) = buyer.place(&form).await {
            buyer.pay(&page, true).await;
        }
    }
    report.figure("changes", changes);
    run.conclude(&world, &mut report).await?;
    let ordered = sql::units_ordered(&world.db).await?;
    let wanted = i64::from(changes) + i64::from(run.dose);
    report.must(ordered == wanted, || {
        format!("{wanted} units were put into carts, {ordered} were ordered")
    });
    report
        .not_run
        .push("coupon limits and gift cards: the shop has none yet".to_owned());
    Ok(report)
}
