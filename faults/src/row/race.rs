//! The shopper pays, and the shop's staff calls the order off and sends its money back, all at once.

use super::{Report, Run};
use crate::buyer::{Placed, page_id, spread_here};
use crate::sql;
use crate::world::{PATIENCE, World};
use anyhow::{Context, Result};
use futures::future::join_all;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// So many orders at a time; each is raced for by three or four programs.
const AT_ONCE: usize = 6;

/// `rialto orders cancel`, `rialto orders refund` (twice) and the provider's capture, for each order at once; half of them at a
/// shop that asks PayPal first.
pub async fn cancel_capture_refund(run: &mut Run<'_>) -> Result<Report> {
    let mut report = Report::default();
    let mut raced = Raced::default();
    for (half, routes) in ["stripe, paypal", "paypal, stripe"].into_iter().enumerate() {
        let world = run.world_with(&[("RIALTO_PAYMENT_ROUTES", routes)]).await?;
        let variants = world.variants("PLENTY").await?;
        let (world_of, variants_of, seed) = (&world, &variants, run.seed + half as u64);
        let all = spread_here(run.half(half), AT_ONCE, |number| async move {
            let mut rng = StdRng::seed_from_u64(seed.wrapping_add(7 * u64::from(number)));
            race(world_of, variants_of, number, &mut rng).await
        })
        .await;
        for one in all {
            raced.add(one?);
        }
        run.conclude(&world, &mut report).await?;
        report.figure(
            &format!("orders in the end, {routes}"),
            sql::states(&world.db).await?,
        );
        report.figure("refunds sent", sql::refunds(&world.db).await?);
    }
    report.figure("commands that did it", raced.done);
    report.figure("commands refused", raced.refused);
    report.broken.extend(raced.broken);
    Ok(report)
}

#[derive(Default)]
struct Raced {
    done: usize,
    refused: usize,
    broken: Vec<String>,
}

impl Raced {
    fn add(&mut self, other: Self) {
        self.done += other.done;
        self.refused += other.refused;
        self.broken.extend(other.broken);
    }
}

/// One order, raced for in one of four ways.
async fn race(world: &World, variants: &[Uuid], number: u32, rng: &mut StdRng) -> Result<Raced> {
    let buyer = world.buyer(rng);
    for variant in variants.iter().take(rng.random_range(1..=3)) {
        buyer.add(*variant, 2).await;
    }
    let form = buyer.checkout().await.context("no checkout")?;
    let Placed::ToPay(page) = buyer.place(&form).await else {
        return Ok(Raced::default());
    };
    let order = sql::number_of(&world.db, page_id(&page)).await?;
    let paid_before = number.is_multiple_of(2);
    if paid_before {
        buyer.pay(&page, true).await;
        let begun = Instant::now();
        while !sql::is_paid(&world.db, &order).await? && begun.elapsed() < PATIENCE {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    let (same, cancel) = (Uuid::new_v4().to_string(), ["orders", "cancel", &order]);
    let all = ["orders", "refund", &order, "--all"];
    let part = ["orders", "refund", &order, "--amount", "11.00"];
    let line = ["orders", "refund", &order, "--line", "1=1", "--restock"];
    let again = ["orders", "refund", &order, "--all", "--id", &same];
    let commands: &[&[&str]] = match number % 4 {
        0 => &[&cancel, &all, &all],
        1 => &[&cancel, &all],
        2 => &[&part, &part, &line, &all],
        _ => &[&cancel, &again, &again],
    };
    let paying = async {
        if !paid_before {
            // Some pay a moment before the others act, some after.
            tokio::time::sleep(Duration::from_millis(u64::from(number / 4 % 8) * 8)).await;
            buyer.pay(&page, number % 8 < 4).await;
        }
    };
    let acting = join_all(commands.iter().map(|command| world.rialto(command)));
    let (told, ()) = futures::future::join(acting, paying).await;
    let mut raced = Raced::default();
    for told in told {
        match told? {
            Ok(_) => raced.done += 1,
            Err(why) => {
                raced.refused += 1;
                // A refusal is about the order; anything else is a program that broke.
                if !why.contains(&format!("{order}: ")) {
                    raced
                        .broken
                        .push(format!("{order}: a command broke: {why}"));
                }
            }
        }
    }
    Ok(raced)
}
