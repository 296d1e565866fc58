//! Webhooks that come often, late, shuffled, early, or not at all.

use super::{Report, Run};
use crate::buyer::{Crowd, Habits};
use crate::sql;
use anyhow::Result;
use serde_json::json;
use std::time::{Duration, Instant};

/// Copies of each event; a purchase makes two events.
const COPIES: u32 = 10;

/// Each event ten times, in any order, the first of them before the payment's own answer.
pub async fn shuffled(run: &mut Run<'_>) -> Result<Report> {
    let (mut report, world) = (Report::default(), run.world().await?);
    let orders = (run.dose / (2 * COPIES)).max(1);
    let habits = Habits {
        pay: 1.0,
        ..world.usual().await?
    };
    let halves = [
        json!({ "duplicate": COPIES, "reorder_ms": 1500, "before_response": true }),
        json!({ "duplicate": COPIES, "reorder_ms": 1500, "delay_ms": 400 }),
    ];
    let mut bought = 0;
    for (number, rules) in halves.into_iter().enumerate() {
        let rules = json!({ "webhooks": rules, "seed": run.seed });
        world.scene.provider.misbehave(rules).await?;
        let seed = run.seed.wrapping_add(100 * number as u64);
        let crowd = Crowd::gather(&world.scene, &habits, 8, seed, Some(orders.div_ceil(2)));
        bought += crowd.finish().await;
    }
    report.figure("orders", bought);
    report.figure("webhooks", bought * 2 * COPIES);
    run.conclude(&world, &mut report).await?;
    let paid = sql::count(&world.db, "paid").await?;
    report.must(paid == i64::from(bought), || {
        format!("{paid} of {bought} orders are paid")
    });
    Ok(report)
}

/// No event arrives, and nobody comes back: the shop has to ask.
pub async fn lost(run: &mut Run<'_>) -> Result<Report> {
    let (mut report, world) = (Report::default(), run.world().await?);
    let nothing = json!({ "webhooks": { "drop": 1.0 } });
    world.scene.provider.misbehave(nothing).await?;
    let habits = Habits {
        pay: 1.0,
        come_back: 0.0,
        ..world.usual().await?
    };
    let crowd = Crowd::gather(&world.scene, &habits, 8, run.seed, Some(run.dose));
    let bought = crowd.finish().await;
    let begun = Instant::now();
    run.conclude(&world, &mut report).await?;
    let paid = sql::count(&world.db, "paid").await?;
    report.must(paid == i64::from(bought), || {
        format!("{paid} of {bought} orders are paid")
    });
    run.limit(
        &mut report,
        "repaired within",
        begun.elapsed(),
        Duration::from_secs(60),
    );
    Ok(report)
}
