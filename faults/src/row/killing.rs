//! Processes that die: the server, PostgreSQL, its sessions.

use super::{Report, Run};
use crate::buyer::{Crowd, Habits};
use crate::sql;
use crate::world::{PATIENCE, World};
use anyhow::Result;
use futures::future::join_all;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::time::{Duration, Instant};
use xtask::services::Services;

const BUYERS: usize = 8;

/// The server dies at random moments of checkouts, and is started again. Two shops at a time, of which one waits while the other
/// starts.
pub async fn server(run: &mut Run<'_>) -> Result<Report> {
    let mut worlds = run.worlds(if run.dose >= 20 { 2 } else { 1 }).await?;
    let shares = run.shares(worlds.len());
    let seeds = run.seeds(worlds.len());
    let services = &run.rig.services;
    let dying = worlds.iter_mut().zip(shares).zip(seeds);
    let slowest =
        join_all(dying.map(|((world, deaths), seed)| dies(services, world, deaths, seed)));
    let slowest: Vec<Duration> = slowest.await.into_iter().collect::<Result<_>>()?;
    let mut report = Report::default();
    report.figure("deaths", run.dose);
    let slowest = slowest.into_iter().max().unwrap_or_default();
    let serving = Duration::from_secs(2);
    run.limit(&mut report, "serving again within", slowest, serving);
    for world in &worlds {
        run.conclude(world, &mut report).await?;
    }
    Ok(report)
}

async fn dies(services: &Services, world: &mut World, deaths: u32, seed: u64) -> Result<Duration> {
    let mut rng = StdRng::seed_from_u64(seed);
    let crowd = Crowd::gather(&world.scene, &world.usual().await?, BUYERS, seed, None);
    let mut slowest = Duration::ZERO;
    for _ in 0..deaths {
        // Death comes in the midst of it, not before anything was begun.
        crowd.until_more(1, PATIENCE).await;
        tokio::time::sleep(Duration::from_millis(rng.random_range(0..300))).await;
        world.kill_server().await?;
        slowest = slowest.max(world.serve(services, &[]).await?);
    }
    crowd.until_more(1, PATIENCE).await;
    crowd.stop().await;
    Ok(slowest)
}

/// The recorded steps of placing, paying and settling.
pub const STEPS: &[&str] = &[
    "place.asked",
    "place.held",
    "place.code_used",
    "place.card_spent",
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

/// The server dies right after a step, of which each gets its turn, and is started again. Half of the orders have a code, half a
/// gift card, and many are not paid: in the end their holds run out, and all of that is free again.
pub async fn at_steps(run: &mut Run<'_>, steps: &[&str]) -> Result<Report> {
    if !run.rig.can_break {
        return Ok(Report::not_run(
            "the server was built without the feature `faults`",
        ));
    }
    let mut worlds = run.worlds(if run.dose >= 10 { 3 } else { 1 }).await?;
    let turns = steps.len() * run.dose as usize;
    let turns: Vec<(&str, u32)> = (0..turns)
        .map(|turn| (steps[turn % steps.len()], run.rng.random_range(1..=4)))
        .collect();
    let lanes = worlds.len();
    let seeds = run.seeds(lanes);
    let services = &run.rig.services;
    let dying = worlds
        .iter_mut()
        .zip(seeds)
        .enumerate()
        .map(|(lane, (world, seed))| {
            let own: Vec<_> = turns.iter().skip(lane).step_by(lanes).copied().collect();
            dies_at(services, world, own, seed)
        });
    let died: Vec<Dead> = join_all(dying).await.into_iter().collect::<Result<_>>()?;
    let mut report = Report::default();
    report.figure("steps", steps.len());
    report.figure("deaths", died.iter().map(|dead| dead.deaths).sum::<u32>());
    for dead in &died {
        report.broken.extend(dead.broken.iter().cloned());
    }
    let slowest = died.iter().map(|dead| dead.slowest).max();
    let serving = Duration::from_secs(2);
    run.limit(
        &mut report,
        "serving again within",
        slowest.unwrap_or_default(),
        serving,
    );
    let (mut given_up, mut unpaid) = (0, 0);
    for world in &worlds {
        run.conclude(world, &mut report).await?;
        let begun = Instant::now();
        unpaid += sql::let_holds_expire(&world.db).await?;
        while sql::count(&world.db, "payment_due").await? > 0 && begun.elapsed() < run.patience {
            tokio::time::sleep(Duration::from_millis(200)).await;
            sql::let_holds_expire(&world.db).await?;
        }
        run.conclude(world, &mut report).await?;
        given_up += sql::count(&world.db, "cancelled").await?;
        report.broken.extend(sql::unreleased(&world.db).await?);
    }
    report.figure("orders unpaid in the end", unpaid);
    report.figure(
        "orders given up, with hold, code and card released",
        given_up,
    );
    Ok(report)
}

#[derive(Default)]
struct Dead {
    deaths: u32,
    slowest: Duration,
    broken: Vec<String>,
}

async fn dies_at(
    services: &Services,
    world: &mut World,
    turns: Vec<(&str, u32)>,
    seed: u64,
) -> Result<Dead> {
    let code = "OFTEN10".to_owned();
    world
        .promote(std::slice::from_ref(&code), 1_000_000)
        .await?;
    let card = world.gift_card("90000.00").await?;
    let habits = Habits {
        pay: 0.7,
        codes: vec![code, card],
        ..world.usual().await?
    };
    let mut dead = Dead::default();
    for (number, (step, count)) in (0u64..).zip(turns) {
        world.kill_server().await?;
        let point = format!("{step}:{count}");
        world.serve_to_die(services, point).await?;
        let seed = seed.wrapping_add(1_000 * number);
        let crowd = Crowd::gather(&world.scene, &habits, 4, seed, None);
        if world.until_dead(PATIENCE).await? {
            dead.deaths += 1;
            dead.slowest = dead.slowest.max(world.serve(services, &[]).await?);
        } else {
            dead.broken.push(format!("{step} was never reached"));
        }
        crowd.stop().await;
    }
    Ok(dead)
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

/// All sessions of the shop end at once; three seconds later nobody may notice any more. Several shops at a time, as nearly all of
/// it is waiting.
pub async fn sessions(run: &mut Run<'_>) -> Result<Report> {
    let worlds = run.worlds(if run.dose >= 20 { 4 } else { 1 }).await?;
    let shares = run.shares(worlds.len());
    let seeds = run.seeds(worlds.len());
    let buyers = BUYERS / worlds.len();
    let ending = worlds.iter().zip(shares).zip(seeds);
    let ended = join_all(ending.map(|((world, times), seed)| ends(world, times, seed, buyers)));
    let ended: Vec<Ended> = ended.await.into_iter().collect::<Result<_>>()?;
    let mut report = Report::default();
    report.figure(
        "sessions ended",
        ended.iter().map(|one| one.sessions).sum::<i64>(),
    );
    report.figure(
        "errors within 3 s",
        ended.iter().map(|one| one.early).sum::<usize>(),
    );
    report.figure(
        "errors after 3 s",
        ended.iter().map(|one| one.late.0).sum::<usize>(),
    );
    for (count, first) in ended.into_iter().map(|one| one.late) {
        report.must(!run.strict || count == 0, || {
            format!("{count} errors after 3 s: {}", first.unwrap_or_default())
        });
    }
    for world in &worlds {
        run.conclude(world, &mut report).await?;
    }
    Ok(report)
}

#[derive(Default)]
struct Ended {
    sessions: i64,
    early: usize,
    /// How many, and the first.
    late: (usize, Option<String>),
}

async fn ends(world: &World, times: u32, seed: u64, buyers: usize) -> Result<Ended> {
    let mut rng = StdRng::seed_from_u64(seed);
    let crowd = Crowd::gather(&world.scene, &world.usual().await?, buyers, seed, None);
    let mut ended = Ended::default();
    for _ in 0..times {
        crowd.until_more(1, PATIENCE).await;
        ended.sessions += sql::terminate_sessions(&world.db).await?;
        let begun = Instant::now();
        tokio::time::sleep(Duration::from_secs(3)).await;
        let three_later = Instant::now();
        ended.early += world.scene.book.errors_between(begun, three_later).0;
        tokio::time::sleep(Duration::from_millis(rng.random_range(300..900))).await;
        let (count, first) = world.scene.book.errors_between(three_later, Instant::now());
        ended.late.0 += count;
        ended.late.1 = ended.late.1.or(first);
    }
    crowd.stop().await;
    Ok(ended)
}
