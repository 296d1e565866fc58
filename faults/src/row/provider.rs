//! Payment providers that lie, stutter or are away.

use super::{Report, Run};
use crate::buyer::{Crowd, Habits};
use crate::sql;
use crate::world::World;
use anyhow::Result;
use serde_json::json;
use std::time::{Duration, Instant};

/// Every other call is done and not answered. Buyers press again, and whoever finds two pages open pays both.
pub async fn times_out(run: &mut Run<'_>) -> Result<Report> {
    let (mut report, world) = (Report::default(), run.world().await?);
    let rule = json!({ "kind": "charge_then_timeout", "share": 0.5, "ms": 8000, "method": "POST", "path": "/v1/checkout/sessions" });
    let paypal = json!({ "kind": "charge_then_timeout", "share": 0.5, "ms": 8000, "method": "POST", "path": "/v2/checkout/orders" });
    let orders = json!({ "requests": [rule, paypal], "seed": run.seed });
    world.scene.provider.misbehave(orders).await?;
    let habits = Habits {
        pay: 1.0,
        ..world.usual().await?
    };
    let crowd = Crowd::gather(&world.scene, &habits, 16, run.seed, Some(run.dose));
    let bought = crowd.finish().await;
    world.scene.provider.behave().await?;
    let greedy = pay_everything(&world).await?;
    report.figure("orders", bought);
    report.figure("pages that were open besides and paid", greedy);
    run.conclude(&world, &mut report).await?;
    Ok(report)
}

/// Pays every page that the provider still holds open, whoever lost it.
async fn pay_everything(world: &World) -> Result<usize> {
    let open = world.scene.provider.ledger().await?.open;
    for page in &open {
        // One that ended meanwhile can't be paid: just as well.
        let _ = world.scene.provider.pay(page).await;
    }
    Ok(open.len())
}

/// The provider answers rubbish in four ways.
pub async fn broken(run: &mut Run<'_>) -> Result<Report> {
    let (mut report, world) = (Report::default(), run.world().await?);
    for kind in ["status500", "reset", "garbage", "trickle"] {
        let rule = json!({ "kind": kind, "path": "/v1/" });
        let orders = json!({ "requests": [rule], "seed": run.seed });
        world.scene.provider.misbehave(orders).await?;
        let habits = Habits {
            pay: 0.0,
            ..world.usual().await?
        };
        let crowd = Crowd::gather(&world.scene, &habits, 16, run.seed, Some(run.dose));
        let begun = Instant::now();
        let taken = crowd.finish().await;
        report.figure(
            &format!("orders taken while it answers {kind}"),
            format!("{taken} of {}", run.dose),
        );
        let took = begun.elapsed() / run.dose.max(1);
        report.figure("each took", format!("{:.2} s", took.as_secs_f64()));
        let enough = f64::from(taken) >= 0.99 * f64::from(run.dose);
        report.must(enough, || {
            format!("{kind}: only {taken} of {} orders were taken", run.dose)
        });
        world.scene.provider.behave().await?;
    }
    let paid = recover(run, &world, &mut report).await?;
    report.figure("paid after recovery", paid);
    report
        .not_run
        .push("the other provider taking over: the harness sets up one provider so far".to_owned());
    run.conclude(&world, &mut report).await?;
    Ok(report)
}

/// No provider answers for a while; orders are taken all the same.
pub async fn down(run: &mut Run<'_>) -> Result<Report> {
    let (mut report, world) = (Report::default(), run.world().await?);
    let rules = ["/v1/", "/v2/"].map(|path| json!({ "kind": "reset", "path": path }));
    let orders = json!({ "requests": rules });
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
    let away = Duration::from_secs(if run.full { 600 } else { 3 });
    tokio::time::sleep(away.saturating_sub(begun.elapsed())).await;
    world.scene.provider.behave().await?;
    let paid = recover(run, &world, &mut report).await?;
    report.figure("paid after recovery", paid);
    report.not_run.push(
        "whether a link was mailed once: the harness only looks for a page to pay at".to_owned(),
    );
    run.conclude(&world, &mut report).await?;
    Ok(report)
}

/// The provider is well again: every order gets a page to pay at by itself, and is paid there.
async fn recover(run: &Run<'_>, world: &World, report: &mut Report) -> Result<i64> {
    let begun = Instant::now();
    let waiting = sql::count(&world.db, "payment_due").await?;
    let limit = run.patience;
    let mut open = 0;
    while begun.elapsed() < limit {
        if world.hurries {
            sql::let_a_minute_pass(&world.db).await?;
        }
        open = i64::try_from(world.scene.provider.ledger().await?.open.len())?;
        if open >= waiting {
            break;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    run.limit(
        report,
        "every order has a page after",
        begun.elapsed(),
        Duration::from_secs(60),
    );
    report.must(open >= waiting, || {
        format!("only {open} of {waiting} orders got a page to be paid at")
    });
    pay_everything(world).await?;
    let settled = Instant::now();
    while sql::count(&world.db, "payment_due").await? > 0 && settled.elapsed() < limit {
        if world.hurries {
            sql::let_a_minute_pass(&world.db).await?;
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    let left = sql::count(&world.db, "payment_due").await?;
    report.must(left == 0, || format!("{left} orders stayed unpaid"));
    Ok(sql::count(&world.db, "paid").await?)
}
