//! Two tabs: of one shopper's cart, and of two who have the same code and the same gift card.

use super::{Report, Run};
use crate::buyer::{Buyer, Placed, spread_here};
use crate::sql;
use crate::world::World;
use anyhow::Result;
use futures::future::join;
use rand::SeedableRng;
use rand::rngs::StdRng;
use uuid::Uuid;

/// What each gift card holds: less than two orders cost.
const CARD: &str = "25.00";

/// In each round two tabs change one cart at once, and two carts with the same code, which one order may have, and the same
/// gift card are ordered at once.
pub async fn two_tabs(run: &mut Run<'_>) -> Result<Report> {
    let (mut report, world) = (Report::default(), run.world().await?);
    let variants = world.variants("PLENTY").await?;
    let codes: Vec<String> = (0..run.dose)
        .map(|number| format!("ONCE{number}"))
        .collect();
    world.promote(&codes, 1).await?;
    let (world_of, variants_of, codes_of, seed) = (&world, &variants, &codes, run.seed);
    let rounds = spread_here(run.dose, 8, |number| async move {
        let mut rng = StdRng::seed_from_u64(seed.wrapping_add(u64::from(number)));
        let mut broken = Vec::new();
        let code = &codes_of[number as usize];
        let one_cart = one_cart(world_of, &mut rng, variants_of, &mut broken).await;
        let card = world_of.gift_card(CARD).await?;
        let ordered = one_card(world_of, &mut rng, variants_of, code, &card).await;
        let uses = sql::uses(&world_of.db, code).await?;
        if uses != 1 {
            broken.push(format!(
                "S: of {ordered} orders {uses} have the code {code}, which one may have"
            ));
        }
        anyhow::Ok((one_cart, ordered, broken))
    })
    .await;
    let (mut units, mut pairs) = (0, 0);
    for round in rounds {
        let (in_cart, ordered, broken) = round?;
        units += in_cart;
        pairs += ordered;
        report.broken.extend(broken);
    }
    report.figure("carts changed from two tabs", run.dose);
    report.figure("codes for one order, in two carts at once", run.dose);
    report.figure("gift cards spent in two carts at once", run.dose);
    report.figure("of these carts became orders", pairs);
    report.must(pairs == 2 * run.dose, || {
        format!(
            "{pairs} of {} carts with codes and cards became orders",
            2 * run.dose
        )
    });
    run.conclude(&world, &mut report).await?;
    let ordered = sql::units_ordered(&world.db).await?;
    let wanted = i64::from(units) + i64::from(pairs);
    report.must(ordered == wanted, || {
        format!("{wanted} units were put into carts, {ordered} were ordered")
    });
    let (full, spent, least) = sql::cards(&world.db).await?;
    report.figure(
        "gift cards",
        format!("{spent} cents spent of {full}, none below {least}"),
    );
    report.must(spent <= full && least >= 0, || {
        format!("M: {spent} cents were spent of {full}, the least card holds {least}")
    });
    Ok(report)
}

/// Two tabs change the same cart at once: no line is lost, no quantity miscounted. How many units were put into it.
async fn one_cart(
    world: &World,
    rng: &mut StdRng,
    variants: &[Uuid],
    broken: &mut Vec<String>,
) -> u32 {
    let buyer = world.buyer(rng);
    // The first change makes the session that both tabs have.
    let first = u32::from(buyer.add(variants[0], 1).await);
    // Every line of one tab is one of the other's too.
    let lines = &variants[1..6];
    let (one, other) = (buyer.tab(), buyer.tab());
    let add = async |tab: &Buyer, lines: Vec<Uuid>| {
        let mut done = 0;
        for variant in lines {
            done += u32::from(tab.add(variant, 1).await);
        }
        done
    };
    let backwards = lines.iter().rev().copied().collect();
    let (done, too) = join(add(&one, lines.to_vec()), add(&other, backwards)).await;
    match buyer.checkout().await {
        Some(form) => {
            if let Placed::ToPay(page) = buyer.place(&form).await {
                buyer.pay(&page, true).await;
            }
        }
        None => broken.push("a cart filled from two tabs can't be ordered".to_owned()),
    }
    first + done + too
}

/// Two carts with one code and one gift card, ordered at the same moment; how many became orders.
async fn one_card(
    world: &World,
    rng: &mut StdRng,
    variants: &[Uuid],
    code: &str,
    card: &str,
) -> u32 {
    let (one, other) = (world.buyer(rng), world.buyer(rng));
    let ready = async |buyer: &Buyer, variant: Uuid| {
        buyer.add(variant, 1).await;
        buyer.apply(code).await;
        buyer.apply(card).await;
        buyer.checkout().await
    };
    let forms = join(ready(&one, variants[0]), ready(&other, variants[1])).await;
    let order = async |buyer: &Buyer, form: Option<shopper::Form>| {
        let Some(form) = form else {
            return 0;
        };
        match buyer.place_anyhow(&form).await {
            Placed::ToPay(page) => {
                buyer.pay(&page, true).await;
                1
            }
            // Paid by the card alone.
            Placed::Waiting(_) => 1,
            Placed::SoldOut | Placed::Changed(_) | Placed::No => 0,
        }
    };
    let (one, other) = join(order(&one, forms.0), order(&other, forms.1)).await;
    one + other
}
