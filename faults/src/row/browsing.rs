//! What must go on while a service stands still.

use super::{Kind, Report, Run};
use crate::book::percentile;
use crate::buyer::Crowd;
use crate::world::{PATIENCE, Rig, World};
use anyhow::{Context, Result};
use futures::future::join_all;
use std::time::{Duration, Instant};

/// Pages that anybody reads.
pub(super) const PAGES: [&str; 3] = [
    "/en-eu/",
    "/en-eu/product/plenty-00",
    "/en-eu/product/hot-03",
];

/// PostgreSQL stands still: pages that were read before are still there, and what needs it fails soon. In the whole programme
/// five shops, each with a PostgreSQL of its own, go through it at the same time: all of it is waiting.
pub async fn postgres_frozen(run: &mut Run<'_>) -> Result<Report> {
    let mut rigs = Vec::new();
    for _ in 1..if run.full { run.dose.min(5) } else { 1 } {
        rigs.push(run.rig.another()?);
    }
    let mut worlds = vec![run.world().await?];
    for rig in &mut rigs {
        worlds.push(rig.world(&[]).await?);
    }
    let shares = run.shares(worlds.len());
    let stands_still = Duration::from_secs(if run.full { 30 } else { 5 });
    let rigs = std::iter::once(&*run.rig).chain(&rigs);
    let freezing = rigs.zip(&worlds).zip(shares);
    let frozen =
        join_all(freezing.map(|((rig, world), times)| freezes(rig, world, times, stands_still)));
    let mut report = Report::default();
    let (mut slowest, mut looked, mut missed) = (Duration::ZERO, 0, 0);
    for one in frozen.await {
        let one = one?;
        slowest = slowest.max(one.slowest);
        looked += one.looked;
        missed += one.missed;
        report.broken.extend(one.broken);
    }
    report.figure("cached pages looked at", looked);
    report.figure("of them not 200", missed);
    report.must(missed == 0, || {
        format!("{missed} of {looked} cached pages were not served")
    });
    run.limit(
        &mut report,
        "requests failed within",
        slowest,
        Duration::from_secs(2),
    );
    for world in &worlds {
        let crowd = Crowd::gather(&world.scene, &world.usual().await?, 2, run.seed, Some(4));
        crowd.finish().await;
        run.conclude(world, &mut report).await?;
    }
    Ok(report)
}

#[derive(Default)]
struct Frozen {
    slowest: Duration,
    looked: u32,
    missed: u32,
    broken: Vec<String>,
}

async fn freezes(rig: &Rig, world: &World, times: u32, stands_still: Duration) -> Result<Frozen> {
    let postgres = rig.services.postgres().context("no private PostgreSQL")?;
    let mut found = Frozen::default();
    for _ in 0..times {
        for page in PAGES {
            let (status, _) = world.look(page).await;
            if status != 200 {
                found
                    .broken
                    .push(format!("{page} answered {status} while all was well"));
            }
        }
        postgres.freeze();
        let end = Instant::now() + stands_still;
        let (mut looked, mut missed, mut slowest) = (0, 0, Duration::ZERO);
        let watching = async {
            while Instant::now() < end {
                for page in PAGES {
                    looked += 1;
                    missed += u32::from(world.look(page).await.0 != 200);
                }
                tokio::time::sleep(Duration::from_millis(250)).await;
            }
        };
        let asking = async {
            while Instant::now() < end {
                // Needs the database: a cart's page of somebody whose session is not known.
                slowest = slowest.max(needing(world).await);
                tokio::time::sleep(Duration::from_millis(250)).await;
            }
        };
        tokio::join!(watching, asking);
        postgres.thaw();
        found.looked += looked;
        found.missed += missed;
        found.slowest = found.slowest.max(slowest);
        let back = Instant::now();
        while world.look("/readyz").await.0 != 200 && back.elapsed() < PATIENCE {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    Ok(found)
}

/// How long a request takes that can't be answered from memory.
async fn needing(world: &World) -> Duration {
    let path = format!("/en-eu/orders/NONE/{}", uuid::Uuid::new_v4().simple());
    world.look(&path).await.1
}

/// Redis stands still, dies or forgets: nobody may notice.
pub async fn redis(run: &mut Run<'_>, kind: Kind) -> Result<Report> {
    let (mut report, world) = (Report::default(), run.world().await?);
    let habits = world.usual().await?;
    let crowd = Crowd::gather(&world.scene, &habits, 4, run.seed, None);
    crowd.until_more(8, PATIENCE).await;
    let mut before = world.scene.book.take_latencies();
    let (mut during, mut met) = (Vec::new(), 0);
    for _ in 0..run.dose {
        let begun = Instant::now();
        match kind {
            Kind::RedisFlushed => run.rig.services.redis_mut().context("no Redis")?.empty()?,
            Kind::RedisKilled => run.rig.services.redis_mut().context("no Redis")?.kill()?,
            _ => run.rig.services.redis_mut().context("no Redis")?.freeze(),
        }
        for page in PAGES {
            let (status, _) = world.look(page).await;
            report.must(status == 200, || format!("{page} answered {status}"));
        }
        let bought = crowd.until_more(6, PATIENCE).await;
        report.must(bought, || "nobody could buy".to_owned());
        let (errors, first) = world.scene.book.errors_between(begun, Instant::now());
        report.must(!run.strict || errors == 0, || {
            format!("{errors} errors: {}", first.unwrap_or_default())
        });
        met += errors;
        during.extend(world.scene.book.take_latencies());
        match kind {
            Kind::RedisFlushed => {}
            Kind::RedisKilled => run.rig.services.start_redis_again()?,
            _ => run.rig.services.redis_mut().context("no Redis")?.thaw(),
        }
        crowd.until_more(2, PATIENCE).await;
        before.extend(world.scene.book.take_latencies());
    }
    crowd.stop().await;
    let (well, ill) = (percentile(&mut before, 0.99), percentile(&mut during, 0.99));
    report.figure("errors", met);
    report.figure("p99 while all is well", format!("{well:.1} ms"));
    report.figure("p99 without Redis", format!("{ill:.1} ms"));
    report.must(!run.strict || ill <= well + 50.0, || {
        format!("p99 rose from {well:.1} to {ill:.1} ms")
    });
    run.conclude(&world, &mut report).await?;
    Ok(report)
}
