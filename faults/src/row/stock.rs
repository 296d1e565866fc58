//! More buyers than things, and carts that want the same things in another order.

use super::{Report, Run};
use crate::buyer::{Buyer, Placed, together};
use crate::sql;
use crate::world::World;
use anyhow::Result;
use rand::SeedableRng;
use rand::rngs::StdRng;
use std::time::Instant;

/// Everybody wants the same hundred at once.
pub async fn rush(run: &mut Run<'_>) -> Result<Report> {
    match (run.full, run.brief) {
        (true, _) => rush_for(run, "HOT", 5_000, 100).await,
        (false, false) => rush_for(run, "HOT", 150, 100).await,
        (false, true) => rush_for_few(run).await,
    }
}

/// The same in small: five, and forty who want one.
pub async fn rush_for_few(run: &mut Run<'_>) -> Result<Report> {
    rush_for(run, "FEW", 40, 5).await
}

async fn rush_for(run: &mut Run<'_>, kind: &str, buyers: u64, units: i64) -> Result<Report> {
    let (mut report, world) = (Report::default(), run.world().await?);
    let hot = world.variants(kind).await?;
    for round in 0..run.dose as usize {
        let variant = hot[round % hot.len()];
        let begun = Instant::now();
        let buying = (0..buyers).map(|number| {
            let scene = world.scene.clone();
            let mut rng = StdRng::seed_from_u64(run.seed ^ (round as u64 * 1_000_003 + number));
            async move {
                let buyer = Buyer::new(&scene, &mut rng);
                if !buyer.add(variant, 1).await {
                    return false;
                }
                let Some(form) = buyer.checkout().await else {
                    return false;
                };
                match buyer.place(&form).await {
                    Placed::ToPay(page) => buyer.pay(&page, number.is_multiple_of(4)).await,
                    Placed::Waiting(order) => match buyer.pay_again(&order).await {
                        Some(page) => buyer.pay(&page, true).await,
                        None => false,
                    },
                    Placed::SoldOut | Placed::Changed(_) | Placed::No => false,
                }
            }
        });
        let all = together(buying).await;
        let lucky = all.into_iter().filter(|lucky| *lucky).count();
        report.figure(
            &format!("{kind}-{:02}: {buyers} buyers", round % hot.len()),
            format!("{lucky} got one, in {:.1} s", begun.elapsed().as_secs_f64()),
        );
    }
    turned_away(run, &world, &mut report);
    run.conclude(&world, &mut report).await?;
    for round in 0..(run.dose as usize).min(hot.len()) {
        let sku = format!("{kind}-{round:02}");
        let (on_hand, held, sold) = sql::stock(&world.db, &sku).await?;
        // Whoever gave up (only a slow machine lets them) has not bought, or holds one unpaid.
        let gave_up = !world.scene.book.told().gave_up.is_empty() && !run.strict;
        let is_sold = on_hand == 0 && held == 0 && sold == units;
        report.must(is_sold || (gave_up && on_hand + sold == units), || {
            format!("S: of {units} {sku} {sold} are sold, {held} held and {on_hand} on hand")
        });
    }
    Ok(report)
}

/// How many had to come back: told so in time (503), never by a failure.
fn turned_away(run: &Run<'_>, world: &World, report: &mut Report) {
    let told = world.scene.book.told();
    let (later, failed): (Vec<_>, Vec<_>) = told
        .errors
        .iter()
        .map(|(_, what)| what.as_str())
        .partition(|what| what.ends_with(" 503"));
    report.figure("told to come back (503)", later.len());
    report.figure("failed", failed.len());
    report.must(!run.strict || failed.is_empty(), || {
        format!("{} failures: {}", failed.len(), failed[0])
    });
}

/// Two carts want the same two things, one the other way round, at the same moment.
pub async fn opposite_order(run: &mut Run<'_>) -> Result<Report> {
    let (mut report, world) = (Report::default(), run.world().await?);
    let variants = world.variants("PLENTY").await?;
    let at_once: u64 = 32;
    let mut placed = 0;
    let rounds = u64::from(run.dose).div_ceil(at_once);
    for round in 0..rounds {
        let count = at_once.min(u64::from(run.dose) - round * at_once);
        // All are at the button before anybody presses it.
        let preparing = (0..count).map(|number| {
            let (scene, variants) = (world.scene.clone(), variants.clone());
            let mut rng = StdRng::seed_from_u64(run.seed ^ (round * 1_000_003 + number));
            async move {
                let buyer = Buyer::new(&scene, &mut rng);
                let mut wanted: Vec<_> = variants.into_iter().take(4).collect();
                if number.is_multiple_of(2) {
                    wanted.reverse();
                }
                for variant in wanted {
                    buyer.add(variant, 1).await;
                }
                let form = buyer.checkout().await?;
                Some((buyer, form))
            }
        });
        let ready = together(preparing).await.into_iter().flatten();
        let pressing = ready.map(|(buyer, form)| async move {
            let placed = buyer.place(&form).await;
            if let Placed::ToPay(page) = &placed {
                buyer.pay(page, false).await;
            }
            matches!(placed, Placed::ToPay(_) | Placed::Waiting(_))
        });
        placed += together(pressing)
            .await
            .into_iter()
            .filter(|placed| *placed)
            .count();
    }
    report.figure("carts", run.dose);
    report.must(placed == run.dose as usize, || {
        format!("only {placed} of {} carts became orders", run.dose)
    });
    let errors = world.scene.book.told().errors.len();
    report.figure("errors", errors);
    report.must(!run.strict || errors == 0, || {
        format!("{errors} requests met an error")
    });
    report.figure("deadlocks in PostgreSQL", sql::deadlocks(&world.db).await?);
    run.conclude(&world, &mut report).await?;
    Ok(report)
}
