//! Holds that run out, money that comes late, and a clock that is wrong.

use super::{Report, Run};
use crate::buyer::{Buyer, Placed, spread_here};
use crate::sql;
use crate::world::World;
use anyhow::Result;
use futures::future::join_all;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::json;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use uuid::Uuid;
use xtask::services::Services;

/// A buyer at the provider's door, with one of these.
async fn at_the_door(rng: &mut StdRng, world: &World, variant: Uuid) -> Option<(Buyer, String)> {
    let buyer = world.buyer(rng);
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
    // The worker looks every few seconds: some pay before it does, some after.
    let longest = if run.full { 6_000 } else { 2_500 };
    let (world_of, variants_of, seed) = (&world, &variants, run.seed);
    // Nearly all of it is waiting, so many wait at a time.
    let paying = spread_here(run.dose, 40, |number| async move {
        let mut rng = StdRng::seed_from_u64(seed.wrapping_add(u64::from(number)));
        let variant = variants_of[number as usize % variants_of.len()];
        let Some((buyer, page)) = at_the_door(&mut rng, world_of, variant).await else {
            return anyhow::Ok(None);
        };
        sql::let_holds_expire(&world_of.db).await?;
        tokio::time::sleep(Duration::from_millis(rng.random_range(0..longest))).await;
        Ok(Some(buyer.pay(&page, number.is_multiple_of(2)).await))
    });
    let paying: Vec<Option<bool>> = paying.await.into_iter().collect::<Result<_>>()?;
    let count = |what| paying.iter().filter(|paid| **paid == what).count();
    report.figure("paid in time", count(Some(true)));
    report.figure("told that it was too late", count(Some(false)));
    report.must(count(None) == 0, || {
        format!(
            "{} buyers did not get to their provider's page",
            count(None)
        )
    });
    run.conclude(&world, &mut report).await?;
    Ok(report)
}

/// Holds run out and nobody pays: all of it must be free again.
pub async fn unpaid(run: &mut Run<'_>) -> Result<Report> {
    let (mut report, world) = (Report::default(), run.world().await?);
    let variants = world.variants("FEW").await?;
    for number in 0..run.dose {
        at_the_door(
            &mut run.rng,
            &world,
            variants[number as usize % variants.len()],
        )
        .await;
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
    let plenty = world.variants("PLENTY").await?;
    let mut came = 0;
    for number in 0..run.dose {
        // What others buy up is gone for the rest of the row.
        let variant = match number.is_multiple_of(2) {
            true => few[number as usize / 2 % few.len()],
            false => plenty[number as usize % plenty.len()],
        };
        let Some((buyer, page)) = at_the_door(&mut run.rng, &world, variant).await else {
            continue;
        };
        came += 1;
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
            world.serve_well(&run.rig.services).await?;
        }
    }
    report.must(came == run.dose, || {
        format!(
            "only {came} of {} buyers got to their provider's page",
            run.dose
        )
    });
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
    let mut worlds = run.worlds(run.dose.min(5) as usize).await?;
    let shares = run.shares(worlds.len());
    let seeds = run.seeds(worlds.len());
    let services = &run.rig.services;
    let jumping = worlds.iter_mut().zip(shares).zip(seeds);
    let jumped =
        join_all(jumping.map(|((world, jumps), seed)| jumps_of(services, world, jumps, seed)));
    let mut report = Report::default();
    for broken in jumped.await {
        report.broken.extend(broken?);
    }
    report.figure("jumps", run.dose * 2);
    for world in &worlds {
        run.conclude(world, &mut report).await?;
    }
    Ok(report)
}

async fn jumps_of(
    services: &Services,
    world: &mut World,
    jumps: u32,
    seed: u64,
) -> Result<Vec<String>> {
    let mut rng = StdRng::seed_from_u64(seed);
    let variants = world.variants("PLENTY").await?;
    let (mut gone, mut broken) = (0, Vec::new());
    for number in 0..jumps {
        for hours in [1_i64, -1] {
            let variant = variants[number as usize % variants.len()];
            let door = at_the_door(&mut rng, world, variant).await;
            if door.is_none() {
                broken.push("a buyer did not get to the provider's page".to_owned());
            }
            world.kill_server().await?;
            let offset = ("FAULT_CLOCK_OFFSET", (hours * 3600).to_string());
            world.serve(services, &[offset]).await?;
            // Time enough for the worker to look twice.
            tokio::time::sleep(Duration::from_secs(11)).await;
            let now_gone = sql::count(&world.db, "cancelled").await?;
            if now_gone != gone {
                broken.push(format!("an order expired early, the clock {hours:+} h off"));
            }
            gone = now_gone;
            broken.extend(replayed(world, hours).await?);
            if let Some((buyer, page)) = door {
                buyer.pay(&page, false).await;
            }
            world.kill_server().await?;
            world.serve(services, &[]).await?;
        }
    }
    Ok(broken)
}

/// A message that is as far off as the shop's clock is refused, though it is signed; the same one, signed now, is believed.
async fn replayed(world: &World, hours: i64) -> Result<Vec<String>> {
    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs())?;
    let id = Uuid::new_v4().simple();
    let event =
        json!({ "id": format!("evt_{id}"), "type": "customer.created", "data": { "object": {} } });
    let mut broken = Vec::new();
    for (at, wanted) in [(now + hours * 3600, 400), (now, 200)] {
        let status = world.hear_from_stripe(at, &event).await?;
        if status != wanted {
            broken.push(format!(
                "a message signed {} s from now was answered {status}, the clock {hours:+} h off",
                at - now
            ));
        }
    }
    Ok(broken)
}
