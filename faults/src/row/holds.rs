//! Holds that run out, money that comes late, and a clock that is wrong.

use super::{Report, Run};
use crate::buyer::{Buyer, Placed};
use crate::sql;
use crate::world::World;
use anyhow::Result;
use rand::Rng;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// A buyer at the provider's door, with one of these.
async fn at_the_door(run: &mut Run<'_>, world: &World, variant: Uuid) -> Option<(Buyer, String)> {
    let buyer = world.buyer(&mut run.rng);
    buyer.add(variant, 1).await;
    let form = buyer.checkout().await?;
    match buyer.place(&form).await {
        Placed::ToPay(page) => Some((buyer, page)),
        _ => None,
    }
}

/// The hold of every order runs out while its buyer presses "pay".
pub async fn expires(run: &mut Run<'_>) -> Result<Report> {
    let (mut report, world) = (Report::default(), run.world().await?);
    let variants = world.variants("PLENTY").await?;
    let (mut paid, mut too_late) = (0, 0);
    for number in 0..run.dose {
        let variant = variants[number as usize % variants.len()];
        let Some((buyer, page)) = at_the_door(run, &world, variant).await else {
            continue;
        };
        sql::let_holds_expire(&world.db).await?;
        // The worker looks every few seconds: some pay before it does, some after.
        let longest = if run.full { 6_000 } else { 2_500 };
        tokio::time::sleep(Duration::from_millis(run.rng.random_range(0..longest))).await;
        if buyer.pay(&page, number.is_multiple_of(2)).await {
            paid += 1;
        } else {
            too_late += 1;
        }
    }
    report.figure("paid in time", paid);
    report.figure("told that it was too late", too_late);
    run.conclude(&world, &mut report).await?;
    Ok(report)
}

/// Holds run out and nobody pays: all of it must be free again.
pub async fn unpaid(run: &mut Run<'_>) -> Result<Report> {
    let (mut report, world) = (Report::default(), run.world().await?);
    let variants = world.variants("FEW").await?;
    for number in 0..run.dose {
        at_the_door(run, &world, variants[number as usize % variants.len()]).await;
    }
    sql::let_holds_expire(&world.db).await?;
    let begun = Instant::now();
    while sql::count(&world.db, "payment_due").await? > 0 && begun.elapsed() < run.patience {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    report.figure("given up", sql::count(&world.db, "cancelled").await?);
    run.conclude(&world, &mut report).await?;
    Ok(report)
}

/// Money comes for orders that were cancelled behind the provider's back. Of half of them the stock has been sold meanwhile: that
/// money has to go back.
pub async fn late_money(run: &mut Run<'_>) -> Result<Report> {
    let (mut report, mut world) = (Report::default(), run.world().await?);
    let few = world.variants("FEW").await?;
    for number in 0..run.dose {
        let variant = few[number as usize % few.len()];
        let Some((buyer, page)) = at_the_door(run, &world, variant).await else {
            continue;
        };
        sql::cancel_by_hand(&world.db).await?;
        if number.is_multiple_of(2) {
            // Others buy all there are.
            let other = world.buyer(&mut run.rng);
            other.add(variant, 5).await;
            if let Some(form) = other.checkout().await
                && let Placed::ToPay(page) = other.place(&form).await
            {
                other.pay(&page, true).await;
            }
        }
        let comes_back = run.rng.random_bool(0.5);
        buyer.pay(&page, comes_back).await;
        if run.env.iter().any(|(name, _)| *name == "FAULT_POINT")
            && world.until_dead(Duration::from_secs(10)).await?
        {
            world.serve_well(&run.rig.services)?;
        }
    }
    run.conclude(&world, &mut report).await?;
    report.figure("orders after all", sql::count(&world.db, "paid").await?);
    report.figure("refunded", sql::count(&world.db, "refunded").await?);
    Ok(report)
}

/// The clock of the shop is an hour ahead, then an hour behind; the provider's and the database's are right.
pub async fn clock(run: &mut Run<'_>) -> Result<Report> {
    if !run.rig.can_break {
        return Ok(Report::not_run(
            "the server was built without the feature `faults`",
        ));
    }
    let (mut report, mut world) = (Report::default(), run.world().await?);
    let variants = world.variants("PLENTY").await?;
    let mut gone = 0;
    for number in 0..run.dose {
        for hours in [1_i64, -1] {
            let variant = variants[number as usize % variants.len()];
            let door = at_the_door(run, &world, variant).await;
            world.kill_server().await?;
            let offset = ("FAULT_CLOCK_OFFSET", (hours * 3600).to_string());
            world.serve(&run.rig.services, &[offset])?;
            // Time enough for the worker to look twice.
            tokio::time::sleep(Duration::from_secs(11)).await;
            let now_gone = sql::count(&world.db, "cancelled").await?;
            report.must(now_gone == gone, || {
                format!("an order expired early, the clock {hours:+} h off")
            });
            gone = now_gone;
            if let Some((buyer, page)) = door {
                buyer.pay(&page, false).await;
            }
            world.kill_server().await?;
            world.serve(&run.rig.services, &[])?;
        }
    }
    report.figure("jumps", run.dose * 2);
    run.conclude(&world, &mut report).await?;
    Ok(report)
}
