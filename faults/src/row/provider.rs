//! Payment providers that lie, stutter or are away.

use super::{Report, Run};
use crate::book::percentile;
use crate::buyer::{Buyer, Crowd, Habits, Placed, spread};
use crate::check;
use crate::sql;
use crate::world::{PATIENCE, World};
use anyhow::Result;
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::json;
use std::time::{Duration, Instant};

/// Who is asked first, and who takes over.
const BOTH: [(&str, &str); 2] = [("stripe", "paypal"), ("paypal", "stripe")];

/// How long nobody can be paid through, in the whole programme.
pub const OUTAGE: Duration = Duration::from_secs(600);

/// Calls that open a page or take money are done and not answered, or answered too late: some die away, some break off. Half of
/// the buyers meet a shop that asks Stripe first, the other half one that asks PayPal first.
pub async fn times_out(run: &mut Run<'_>) -> Result<Report> {
    let mut report = Report::default();
    let mut bought = 0;
    for (half, (first, second)) in BOTH.into_iter().enumerate() {
        let routes = format!("{first}, {second}");
        let world = run
            .world_with(&[("RIALTO_PAYMENT_ROUTES", &routes)])
            .await?;
        let silent = |operation: &str, share: f64, ms: u32| json!({ "kind": "charge_then_timeout", "share": share, "ms": ms, "operation": operation });
        let rules = [
            silent("session.create", 0.3, 8_000),
            silent("session.create", 0.3, 300),
            silent("order.create", 0.15, 8_000),
            silent("order.create", 0.15, 300),
            silent("order.capture", 0.3, 8_000),
            silent("order.capture", 0.3, 300),
        ];
        let orders = json!({ "requests": rules, "seed": run.seed });
        world.scene.provider.misbehave(orders).await?;
        let habits = Habits {
            pay: 1.0,
            ..world.usual().await?
        };
        let dose = run.half(half);
        let crowd = Crowd::gather(&world.scene, &habits, 40, run.seed, Some(dose));
        bought += crowd.finish().await;
        let hits = world.scene.provider.hits().await?;
        report.figure(
            &format!("calls done and not answered, {first} first"),
            format!(
                "{} of Stripe's pages, {} of PayPal's, {} of PayPal's captures",
                hits[0] + hits[1],
                hits[2] + hits[3],
                hits[4] + hits[5]
            ),
        );
        world.scene.provider.behave().await?;
        run.conclude(&world, &mut report).await?;
    }
    report.figure("orders", bought);
    Ok(report)
}

/// The first provider answers rubbish in four ways, then the second does; the other takes over each time.
pub async fn broken(run: &mut Run<'_>) -> Result<Report> {
    let mut report = Report::default();
    for (first, second) in BOTH {
        let routes = format!("{first}, {second}");
        let world = run
            .world_with(&[("RIALTO_PAYMENT_ROUTES", &routes)])
            .await?;
        for kind in ["status500", "reset", "garbage", "trickle"] {
            breaks(run, &world, &mut report, (first, second), kind).await?;
        }
        run.conclude(&world, &mut report).await?;
    }
    Ok(report)
}

/// One provider, broken in one way.
async fn breaks(
    run: &Run<'_>,
    world: &World,
    report: &mut Report,
    (broken, other): (&'static str, &'static str),
    kind: &str,
) -> Result<()> {
    let provider = &world.scene.provider;
    let variants = world.variants("PLENTY").await?;
    // What opens a page is counted apart.
    let opens: &[&str] = match broken {
        "stripe" => &["session.create"],
        _ => &["token", "order.create"],
    };
    let mut rules: Vec<_> = opens
        .iter()
        .map(|operation| json!({ "kind": kind, "provider": broken, "operation": operation }))
        .collect();
    rules.push(json!({ "kind": kind, "provider": broken }));
    let orders = json!({ "requests": rules, "seed": run.seed });
    provider.misbehave(orders).await?;
    let before = sql::count(&world.db, "paid").await?;
    // One buyer after the other, until the breaker is open.
    let (mut bought, mut errors, mut slowest) = (0, 0, Duration::ZERO);
    while world.breaker(broken).await? != 2 && bought < run.dose.min(20) {
        let one = buy(world, &variants, run.seed ^ u64::from(bought), other).await;
        slowest = slowest.max(one.unwrap_or(PATIENCE));
        bought += 1;
        errors = provider.hits().await?[..opens.len()].iter().sum::<u64>();
    }
    let name = format!("{broken} answers {kind}");
    let is_open = world.breaker(broken).await? == 2;
    if bought >= 5 || is_open {
        report.figure(
            &format!("{name}: its breaker opens after"),
            format!("{errors} errors"),
        );
        report.must(is_open && errors <= 5, || {
            format!(
                "{name}: after {errors} errors its breaker is {}",
                if is_open { "open" } else { "not open" }
            )
        });
    }
    run.limit(
        report,
        &format!("{name}: {other} takes over within"),
        slowest,
        Duration::from_secs(2),
    );
    // The others all at once, as its breaker lets a call through now and then.
    let rest = run.dose.saturating_sub(bought);
    let (scene, seed) = (world.scene.clone(), run.seed);
    let took = spread(rest, 16, |number| {
        let (scene, variants) = (scene.clone(), variants.clone());
        async move {
            let mut rng = StdRng::seed_from_u64(seed.wrapping_add(1_000 + u64::from(number)));
            let buyer = Buyer::new(&scene, &mut rng);
            pays_at(&buyer, variants[number as usize % variants.len()], other).await
        }
    })
    .await;
    let mut took: Vec<Duration> = took.into_iter().flatten().collect();
    let tail = percentile(&mut took, 0.99) / 1000.0;
    if rest > 0 {
        let what = format!("{name}: of all the others, 99 % were at a page within");
        run.limit(
            report,
            &what,
            Duration::from_secs_f64(tail),
            Duration::from_secs(2),
        );
    }
    // Before the broken one is asked again about what it was asked for.
    let begun = Instant::now();
    let enough = f64::from(run.dose) * 0.99;
    let mut paid;
    loop {
        paid = sql::count(&world.db, "paid").await? - before;
        if paid >= i64::from(run.dose) || begun.elapsed() > Duration::from_secs(20) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    report.figure(
        &format!("{name}: complete"),
        format!("{paid} of {}", run.dose),
    );
    report.must(paid as f64 >= enough, || {
        format!("{name}: only {paid} of {} orders were paid", run.dose)
    });
    provider.behave().await?;
    // Its breaker closes with the first call that it answers; the next way of breaking begins with a healthy provider.
    let deadline = Instant::now() + PATIENCE;
    let mut number = 0;
    while world.breaker(broken).await? != 0 && Instant::now() < deadline {
        let mut rng = StdRng::seed_from_u64(run.seed ^ 0xbeef ^ number);
        number += 1;
        let buyer = Buyer::new(&world.scene, &mut rng);
        buyer.add(variants[0], 1).await;
        if let Some(form) = buyer.checkout().await
            && let Placed::ToPay(page) = buyer.place(&form).await
        {
            buyer.pay(&page, true).await;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Ok(())
}

async fn buy(world: &World, variants: &[uuid::Uuid], seed: u64, at: &str) -> Option<Duration> {
    let mut rng = StdRng::seed_from_u64(seed);
    let buyer = world.buyer(&mut rng);
    pays_at(&buyer, variants[0], at).await
}

/// Buys one, and pays at that provider's page: how long the way there took from the pressed button. None when it led elsewhere.
async fn pays_at(buyer: &Buyer, variant: uuid::Uuid, provider: &str) -> Option<Duration> {
    if !buyer.add(variant, 1).await {
        return None;
    }
    let form = buyer.checkout().await?;
    let begun = Instant::now();
    let placed = buyer.place(&form).await;
    let took = begun.elapsed();
    let (page, took) = match placed {
        Placed::ToPay(page) => (page, Some(took)),
        // Complete all the same, but nobody took over at once.
        Placed::Waiting(order) => (buyer.pay_again(&order).await?, None),
        Placed::SoldOut | Placed::Changed(_) | Placed::No => return None,
    };
    let is_there = page.contains("token=") == (provider == "paypal");
    buyer.pay(&page, true).await;
    took.filter(|_| is_there)
}

/// A shop whose providers are all away.
pub struct Down {
    world: World,
    begun: Instant,
    report: Report,
}

impl Down {
    /// Takes all providers down, and places all orders.
    pub async fn begin(run: &mut Run<'_>) -> Result<Self> {
        let (mut report, world) = (Report::default(), run.world().await?);
        let orders = json!({ "down": { "stripe": "reset", "paypal": "reset" } });
        world.scene.provider.misbehave(orders).await?;
        let habits = Habits {
            pay: 0.0,
            ..world.usual().await?
        };
        let begun = Instant::now();
        let crowd = Crowd::gather(&world.scene, &habits, 16, run.seed, Some(run.dose));
        let taken = crowd.finish().await;
        report.figure("orders taken", format!("{taken} of {}", run.dose));
        report.must(taken == run.dose, || {
            format!("only {taken} of {} orders were taken", run.dose)
        });
        Ok(Self {
            world,
            begun,
            report,
        })
    }

    /// How long they still have to be away.
    pub fn left(&self, outage: Duration) -> Duration {
        outage.saturating_sub(self.begun.elapsed())
    }

    /// Brings them back: every order gets one link by mail, and is paid there once.
    pub async fn end(self, run: &Run<'_>) -> Result<Report> {
        let Self {
            world,
            begun,
            mut report,
        } = self;
        report.figure(
            "away for",
            format!("{:.0} s", begun.elapsed().as_secs_f64()),
        );
        let waiting = sql::count(&world.db, "payment_due").await?;
        report.must(waiting == i64::from(run.dose), || {
            format!("{waiting} of {} orders wait to be paid", run.dose)
        });
        world.scene.provider.behave().await?;
        let back = Instant::now();
        let (mut mailed, mut sent) = (0, 0);
        while back.elapsed() < run.patience {
            (_, mailed, _, _) = sql::links(&world.db).await?;
            sent = check::mail_files(&world.plan.mail).len();
            if mailed >= waiting {
                break;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        let took = back.elapsed();
        run.limit(
            &mut report,
            "every order has its link after",
            took,
            Duration::from_secs(60),
        );
        let (_, _, none, several) = sql::links(&world.db).await?;
        report.figure(
            "links mailed",
            format!("{mailed} (mails altogether: {sent})"),
        );
        report.must(none == 0 && several == 0, || {
            format!("{none} orders were sent no link, {several} more than one")
        });
        pay_everything(&world).await?;
        let paid = Instant::now();
        while sql::count(&world.db, "payment_due").await? > 0 && paid.elapsed() < run.patience {
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
        let left = sql::count(&world.db, "payment_due").await?;
        report.must(left == 0, || format!("{left} orders stayed unpaid"));
        report.figure("paid after recovery", sql::count(&world.db, "paid").await?);
        run.conclude(&world, &mut report).await?;
        Ok(report)
    }
}

/// No provider answers for a while; orders are taken all the same.
pub async fn down(run: &mut Run<'_>) -> Result<Report> {
    let down = Down::begin(run).await?;
    let outage = if run.full {
        OUTAGE
    } else {
        Duration::from_secs(3)
    };
    tokio::time::sleep(down.left(outage)).await;
    down.end(run).await
}

/// Pays every page that a shopper was led or mailed to.
async fn pay_everything(world: &World) -> Result<()> {
    let live = sql::live_pages(&world.db).await?;
    for page in world.scene.provider.ledger().await?.open {
        if live.contains(&page.id) {
            // One that ended meanwhile can't be paid: just as well.
            let _ = world.scene.provider.pay(&page.id).await;
        }
    }
    Ok(())
}
