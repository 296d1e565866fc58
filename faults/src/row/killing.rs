//! Processes that die: the server, PostgreSQL, its sessions.

use super::{Report, Run};
use crate::buyer::Crowd;
use crate::sql;
use crate::world::PATIENCE;
use anyhow::Result;
use rand::Rng;
use std::time::{Duration, Instant};

const BUYERS: usize = 8;

/// The server dies at random moments of checkouts, and is started again.
pub async fn server(run: &mut Run<'_>) -> Result<Report> {
    let (mut report, mut world) = (Report::default(), run.world().await?);
    let crowd = Crowd::gather(&world.scene, &world.usual().await?, BUYERS, run.seed, None);
    let mut slowest = Duration::ZERO;
    for _ in 0..run.dose {
        // Death comes in the midst of it, not before anything was begun.
        crowd.until_more(1, PATIENCE).await;
        tokio::time::sleep(Duration::from_millis(run.rng.random_range(0..300))).await;
        world.kill_server().await?;
        slowest = slowest.max(world.serve(&run.rig.services, &[])?);
    }
    crowd.until_more(1, PATIENCE).await;
    crowd.stop().await;
    report.figure("deaths", run.dose);
    run.limit(
        &mut report,
        "serving again within",
        slowest,
        Duration::from_secs(2),
    );
    run.conclude(&world, &mut report).await?;
    Ok(report)
}

/// The recorded steps of placing, paying and settling.
pub const STEPS: &[&str] = &[
    "place.asked",
    "place.committed",
    "pay.answered",
    "pay.recorded",
    "settle.written",
    "settle.committed",
    "webhook.kept",
    "webhook.settled",
    "job.taken",
    "job.effected",
];

/// The server dies right after a step, of which each gets its turn, and is started again.
pub async fn at_steps(run: &mut Run<'_>, steps: &[&str]) -> Result<Report> {
    if !run.rig.can_break {
        return Ok(Report::not_run(
            "the server was built without the feature `faults`",
        ));
    }
    let (mut report, mut world) = (Report::default(), run.world().await?);
    let mut slowest = Duration::ZERO;
    let mut deaths = 0;
    for (number, step) in steps.iter().enumerate() {
        for time in 0..run.dose {
            world.kill_server().await?;
            let point = format!("{step}:{}", run.rng.random_range(1..=4));
            world.serve(&run.rig.services, &[("FAULT_POINT", point)])?;
            let seed = run
                .seed
                .wrapping_add(1000 * number as u64 + u64::from(time));
            let crowd = Crowd::gather(&world.scene, &world.usual().await?, 4, seed, None);
            let died = world.until_dead(PATIENCE).await?;
            report.must(died, || format!("{step} was never reached"));
            deaths += u32::from(died);
            if died {
                slowest = slowest.max(world.serve(&run.rig.services, &[])?);
            }
            crowd.stop().await;
        }
    }
    report.figure("steps", steps.len());
    report
        .not_run
        .push("coupons and gift cards at each step: the buyers use none yet".to_owned());
    report.figure("deaths", deaths);
    run.limit(
        &mut report,
        "serving again within",
        slowest,
        Duration::from_secs(2),
    );
    run.conclude(&world, &mut report).await?;
    Ok(report)
}

/// The postmaster dies at load.
pub async fn postgres(run: &mut Run<'_>) -> Result<Report> {
    let (mut report, world) = (Report::default(), run.world().await?);
    let crowd = Crowd::gather(&world.scene, &world.usual().await?, BUYERS, run.seed, None);
    let mut slowest = Duration::ZERO;
    for _ in 0..run.dose {
        crowd.until_more(2, PATIENCE).await;
        tokio::time::sleep(Duration::from_millis(run.rng.random_range(0..300))).await;
        let Some(postgres) = run.rig.services.postgres_mut() else {
            break;
        };
        postgres.kill()?;
        let begun = Instant::now();
        run.rig.services.start_postgres_again()?;
        if world.hurries {
            // What was being done when it died is noted nowhere, and would be leased for a minute more.
            sql::end_leases(&world.db).await?;
        }
        let again = crowd.until_more(1, PATIENCE).await;
        slowest = slowest.max(begun.elapsed());
        report.must(again, || {
            "nobody could buy after PostgreSQL was back".to_owned()
        });
    }
    crowd.stop().await;
    report.figure("deaths", run.dose);
    run.limit(
        &mut report,
        "bought again within",
        slowest,
        Duration::from_secs(10),
    );
    run.conclude(&world, &mut report).await?;
    Ok(report)
}

/// All sessions of the shop end at once; three seconds later nobody may notice any more.
pub async fn sessions(run: &mut Run<'_>) -> Result<Report> {
    let (mut report, world) = (Report::default(), run.world().await?);
    let crowd = Crowd::gather(&world.scene, &world.usual().await?, BUYERS, run.seed, None);
    let (mut ended, mut early, mut late) = (0, 0, 0);
    for _ in 0..run.dose {
        crowd.until_more(1, PATIENCE).await;
        ended += sql::terminate_sessions(&world.db).await?;
        let begun = Instant::now();
        tokio::time::sleep(Duration::from_secs(3)).await;
        let three_later = Instant::now();
        early += world.scene.book.errors_between(begun, three_later).0;
        tokio::time::sleep(Duration::from_millis(run.rng.random_range(300..900))).await;
        let (count, first) = world.scene.book.errors_between(three_later, Instant::now());
        late += count;
        report.must(!run.strict || count == 0, || {
            format!("{count} errors after 3 s: {}", first.unwrap_or_default())
        });
    }
    crowd.stop().await;
    report.figure("sessions ended", ended);
    report.figure("errors within 3 s", early);
    report.figure("errors after 3 s", late);
    run.conclude(&world, &mut report).await?;
    Ok(report)
}
