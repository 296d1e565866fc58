//! Webhooks that come often, late, shuffled, early, or not at all.

use super::{Report, Run};
use crate::buyer::{Crowd, Habits};
use crate::sql;
use anyhow::Result;
use serde_json::json;
use std::time::{Duration, Instant};

/// Copies of each event, at most.
const COPIES: u32 = 10;

/// The part of events that come as late as providers still send them, and how late that is.
const LATE_SHARE: f64 = 0.2;
const LATE_HOURS: u32 = 72;

/// Each event up to ten times, in any order, some of them three days late, and the first of them before the payment's own answer; of Stripe's and of
/// PayPal's events alike, until so many messages were sent.
pub async fn shuffled(run: &mut Run<'_>) -> Result<Report> {
    let mut report = Report::default();
    let ways = [
        json!({ "duplicate_up_to": COPIES, "reorder_ms": 1500, "before_response": true,
                "old_hours": LATE_HOURS, "old_share": LATE_SHARE }),
        json!({ "duplicate_up_to": COPIES, "reorder_ms": 1500, "delay_ms": 400,
                "old_hours": LATE_HOURS, "old_share": LATE_SHARE }),
    ];
    for (half, routes) in ["stripe, paypal", "paypal, stripe"].into_iter().enumerate() {
        let world = run.world_with(&[("RIALTO_PAYMENT_ROUTES", routes)]).await?;
        let habits = Habits {
            pay: 1.0,
            ..world.usual().await?
        };
        let dose = i64::from(run.half(half));
        let (mut bought, mut turn) = (0, 0);
        let mut sent = 0;
        while sent < dose {
            let rules = json!({ "webhooks": ways[turn % 2], "seed": run.seed });
            world.scene.provider.misbehave(rules).await?;
            // Two events for each purchase, each sent five and a half times on average.
            let orders = (dose - sent).div_euclid(11).clamp(2, 500);
            let seed = run.seed.wrapping_add(100 * turn as u64);
            let crowd = Crowd::gather(&world.scene, &habits, 12, seed, u32::try_from(orders).ok());
            bought += crowd.finish().await;
            turn += 1;
            // The last copies are on their way for so long.
            tokio::time::sleep(Duration::from_millis(2_200)).await;
            let before = std::mem::replace(&mut sent, world.scene.provider.delivered().await?);
            if sent == before {
                report
                    .broken
                    .push(format!("nothing more was sent after {sent} webhooks"));
                break;
            }
        }
        run.conclude(&world, &mut report).await?;
        let paid = sql::count(&world.db, "paid").await?;
        report.must(paid == i64::from(bought), || {
            format!("{paid} of {bought} orders are paid")
        });
        let old = sql::late_events(&world.db, LATE_HOURS).await?;
        report.must(!run.full || old > 0, || {
            format!("no event came {LATE_HOURS} hours late")
        });
        report.figure("events that happened 72 hours before", old);
        report.figure(
            routes,
            format!(
                "{} webhooks delivered for {bought} orders",
                world.scene.provider.delivered().await?
            ),
        );
    }
    Ok(report)
}

/// No event arrives, and nobody comes back: the shop has to ask. Half of the orders are paid through PayPal.
pub async fn lost(run: &mut Run<'_>) -> Result<Report> {
    let mut report = Report::default();
    for (half, routes) in ["stripe, paypal", "paypal, stripe"].into_iter().enumerate() {
        let world = run.world_with(&[("RIALTO_PAYMENT_ROUTES", routes)]).await?;
        let nothing = json!({ "webhooks": { "drop": 1.0 } });
        world.scene.provider.misbehave(nothing).await?;
        let habits = Habits {
            pay: 1.0,
            come_back: 0.0,
            ..world.usual().await?
        };
        let crowd = Crowd::gather(&world.scene, &habits, 8, run.seed, Some(run.half(half)));
        let bought = crowd.finish().await;
        let begun = Instant::now();
        run.conclude(&world, &mut report).await?;
        let (mut paid, mut took) = (0, begun.elapsed());
        while begun.elapsed() < run.patience {
            paid = sql::count(&world.db, "paid").await?;
            took = begun.elapsed();
            if paid == i64::from(bought) {
                break;
            }
            if world.hurries {
                sql::let_a_minute_pass(&world.db).await?;
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
        report.must(paid == i64::from(bought), || {
            format!("{paid} of {bought} orders are paid")
        });
        let what = format!("{routes}: all {bought} repaired within");
        run.limit(&mut report, &what, took, Duration::from_secs(60));
    }
    Ok(report)
}
