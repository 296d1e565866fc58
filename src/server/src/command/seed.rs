//! `rialto seed`: a shop to look at, and one of any size to measure.

use super::show;
use crate::build;
use crate::settings::Settings;
use clap::Args;
use shop::catalog::generate::{self, Filling};
use shop::catalog::seed;
use shop::{Caller, Shop};
use std::io::Write;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// What to fill the shop with.
#[derive(Args)]
pub struct Seed {
    /// Also generate so many products; those that are there already stay as they are
    #[arg(long)]
    products: Option<u64>,
    /// Which catalogue to generate: the same number makes the same products
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

impl Seed {
    /// Does it.
    ///
    /// # Errors
    /// What went wrong, and how to mend it.
    pub async fn run(self, settings: &Settings) -> Result<(), String> {
        let shop = build::shop(settings).await?;
        let caller = Caller::machine("rialto", "rialto seed");
        demo(settings, &shop, &caller).await?;
        match self.products {
            Some(products) => generate(&shop, &caller, products, self.seed).await,
            None => Ok(()),
        }
    }
}

async fn demo(settings: &Settings, shop: &Shop, caller: &Caller) -> Result<(), String> {
    let report = seed::demo(shop, caller, &settings.demo_folder, false, &mut show)
        .await
        .map_err(|error| format!("the demo catalogue was not taken in: {error}"))?;
    eprintln!();
    let Some(report) = report else {
        println!("the shop has products already: the demo catalogue was left out");
        return Ok(());
    };
    let promotions = settings.demo_folder.join("promotions.json");
    let file = std::fs::File::open(&promotions)
        .map_err(|error| format!("{} can't be read: {error}", promotions.display()))?;
    shop::promotion::import(shop, caller, std::io::BufReader::new(file))
        .await
        .map_err(|error| format!("the demo promotions were not taken in: {error}"))?;
    println!("{report}");
    // So that its pages show what is alike from the first one on; the worker would come to it within hours.
    shop::recommend::run(shop, caller, &CancellationToken::new(), &mut |_| {})
        .await
        .map_err(|error| {
            format!("what of the demo catalogue is alike was not computed: {error}")
        })?;
    Ok(())
}

async fn generate(shop: &Shop, caller: &Caller, products: u64, seed: u64) -> Result<(), String> {
    let began = Instant::now();
    let mut progress = |filling: Filling| {
        eprint!("\r{:<76}", line(filling, began.elapsed()));
        let _ = std::io::stderr().flush();
    };
    let done = generate::fill(shop, caller, products, seed, &mut progress).await;
    eprintln!();
    let done = done.map_err(|error| {
        format!(
            "not all products were generated: {error}; the same command goes on where it stopped"
        )
    })?;
    println!(
        "{} products generated, {} were there; {:.1} s",
        done.made,
        done.found,
        began.elapsed().as_secs_f64()
    );
    Ok(())
}

/// How far it is, how fast, and how long it still takes at that speed.
fn line(filling: Filling, elapsed: Duration) -> String {
    let Filling { done, made, total } = filling;
    let seconds = elapsed.as_secs_f64().max(0.001);
    #[allow(clippy::cast_precision_loss)] // Counts far below 2^52.
    let (rate, left) = (made as f64 / seconds, (total - done) as f64);
    let left = if rate > 0.0 { left / rate } else { 0.0 };
    format!("{done} of {total} products, {rate:.0} a second, {left:.0} s left")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_says_how_long_it_still_takes() {
        let filling = Filling {
            done: 3_000,
            made: 1_000,
            total: 5_000,
        };
        assert_eq!(
            line(filling, Duration::from_secs(2)),
            "3000 of 5000 products, 500 a second, 4 s left"
        );
        let found = Filling { made: 0, ..filling };
        assert!(line(found, Duration::ZERO).ends_with(" 0 s left"));
    }
}
