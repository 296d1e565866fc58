//! Steps that fail while the shop lives on: each statement that placing, paying, giving up and sending back write is refused by
//! PostgreSQL in its turn, and each recorded step of the shop errs and panics in its turn.

mod sql;

use super::{Report, Run};
use crate::buyer::{Buyer, Placed};
use crate::world::{PATIENCE, World};
use anyhow::{Context, Result, bail};
use futures::future::join_all;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use shopper::Form;
use sql::Statement;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// When in an order's life something is to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// While it is placed.
    Place,
    /// While an order is placed that its gift card pays whole.
    Free,
    /// While it is paid.
    Pay,
    /// While it is given up, for nobody paid.
    Expire,
    /// While its money is sent back.
    Refund,
}

/// The recorded steps, by when they come.
const POINTS: &[(Stage, &str)] = &[
    (Stage::Place, "place.asked"),
    (Stage::Place, "place.held"),
    (Stage::Place, "place.code_used"),
    (Stage::Place, "place.card_spent"),
    (Stage::Place, "place.committed"),
    (Stage::Place, "pay.answered"),
    (Stage::Place, "pay.recorded"),
    (Stage::Free, "settle.written"),
    (Stage::Free, "settle.committed"),
    (Stage::Pay, "settle.written"),
    (Stage::Pay, "settle.committed"),
    (Stage::Pay, "webhook.kept"),
    (Stage::Pay, "webhook.settled"),
    (Stage::Pay, "job.taken"),
    (Stage::Pay, "job.effected"),
    (Stage::Expire, "give_up.written"),
    (Stage::Refund, "refund.sent"),
];

/// What is to fail, and how.
#[derive(Clone, Debug)]
enum Breaking {
    Statement(Statement, &'static str),
    /// `error` or `panic`.
    Point(Stage, &'static str, &'static str),
}

impl Breaking {
    const fn stage(&self) -> Stage {
        match self {
            Self::Statement(statement, _) => statement.stage,
            Self::Point(stage, ..) => *stage,
        }
    }

    fn told(&self) -> String {
        let stage = self.stage();
        match self {
            Self::Statement(statement, code) => format!("{stage:?} {} {code}", statement.name()),
            Self::Point(_, name, way) => format!("{stage:?} {name} {way}"),
        }
    }

    /// From now on the `nth` fails.
    async fn arm(&self, world: &World, nth: u32) -> Result<()> {
        match self {
            Self::Statement(statement, code) => {
                sql::arm(&world.db, &statement.name(), nth, code).await?;
            }
            Self::Point(_, name, way) => world.ask_to_fail(&format!("{name}:{nth}:{way}")).await?,
        }
        Ok(())
    }

    async fn has_failed(&self, world: &World) -> Result<bool> {
        Ok(match self {
            Self::Statement(..) => sql::has_failed(&world.db).await?,
            Self::Point(..) => world.has_failed().await?,
        })
    }
}

/// What each lane is to do: every step `dose` times, in an order that is shuffled by going round the lanes.
fn turns(run: &mut Run<'_>) -> Vec<(Breaking, u32)> {
    let mut all = Vec::new();
    for _ in 0..run.dose {
        for statement in sql::STATEMENTS {
            let code = sql::CODES[run.rng.random_range(0..sql::CODES.len())];
            all.push(Breaking::Statement(*statement, code));
        }
        for (stage, name) in POINTS.iter().filter(|_| run.rig.can_break) {
            all.extend(["error", "panic"].map(|way| Breaking::Point(*stage, name, way)));
        }
    }
    if run.brief {
        // The shop sweeps every few seconds: one order that runs out is waited for, not all.
        let mut expired = 0;
        all.retain(|breaking| {
            expired += u32::from(breaking.stage() == Stage::Expire);
            breaking.stage() != Stage::Expire || expired == 1
        });
    }
    let mut nth = || run.rng.random_range(1..=2);
    all.into_iter().map(|breaking| (breaking, nth())).collect()
}

/// Every step fails, and nothing stays taken; who tries again gets one order.
pub async fn fail(run: &mut Run<'_>) -> Result<Report> {
    let lanes = if run.full { 4 } else { 2 };
    let turns = turns(run);
    let mut worlds = Vec::new();
    for lane in 0..lanes {
        let routes = ["stripe, paypal", "paypal, stripe"][lane % 2];
        worlds.push(run.world_with(&[("RIALTO_PAYMENT_ROUTES", routes)]).await?);
    }
    let seeds = run.seeds(lanes);
    let failing = worlds.iter().zip(seeds).enumerate();
    let failing = failing.map(|(lane, (world, seed))| {
        let own: Vec<_> = turns.iter().skip(lane).step_by(lanes).cloned().collect();
        fails(world, own, seed)
    });
    let mut report = Report::default();
    report.figure("statements that PostgreSQL refuses", sql::STATEMENTS.len());
    if run.rig.can_break {
        report.figure("steps that err, and that panic", POINTS.len());
    } else {
        report.not_run.push(
            "steps of the shop that err and panic: the server was built without the feature `faults`"
                .to_owned(),
        );
    }
    let mut tally = Tally::default();
    for done in join_all(failing).await {
        let done = done?;
        tally.failed += done.failed;
        tally.refused += done.refused;
        report.broken.extend(done.broken);
    }
    report.figure("times that something failed", tally.failed);
    report.figure(
        "placements that failed, and were tried again",
        tally.refused,
    );
    for world in &worlds {
        sql::disarm(&world.db).await?;
        run.conclude(world, &mut report).await?;
        let told = world.scene.book.told().acknowledged.clone();
        let acknowledged: std::collections::BTreeSet<Uuid> = told.into_iter().collect();
        let orders = sql::taken(&world.db).await?.orders;
        report.must(orders == acknowledged.len() as i64, || {
            format!(
                "O: {orders} orders exist, {} were acknowledged",
                acknowledged.len()
            )
        });
        report
            .broken
            .extend(crate::sql::unreleased(&world.db).await?);
    }
    Ok(report)
}

#[derive(Default)]
struct Tally {
    failed: u32,
    refused: u32,
    broken: Vec<String>,
}

async fn fails(world: &World, turns: Vec<(Breaking, u32)>, seed: u64) -> Result<Tally> {
    sql::install(&world.db).await?;
    let mut lane = Lane {
        world,
        rng: StdRng::seed_from_u64(seed),
        variants: world.variants("PLENTY").await?,
        codes: Vec::new(),
        cards: Vec::new(),
        tally: Tally::default(),
    };
    // Each turn has up to so many orders, each with a code that only one order may have.
    let most = turns.len() * TRIES;
    lane.codes = (0..most).map(|number| format!("ONE{number}")).collect();
    world.promote(&lane.codes, 1).await?;
    for (breaking, nth) in turns {
        if let Err(error) = lane.turn(&breaking, nth).await {
            let told = breaking.told();
            lane.tally
                .broken
                .push(format!("{told} (number {nth}): {error:#}"));
        }
        sql::disarm(&world.db).await?;
    }
    Ok(lane.tally)
}

/// How many orders are placed until something has failed.
const TRIES: usize = 4;

/// One shop, where one thing is done after another.
struct Lane<'a> {
    world: &'a World,
    rng: StdRng,
    variants: Vec<Uuid>,
    codes: Vec<String>,
    /// What each was sold for, and its code.
    cards: Vec<(&'static str, String)>,
    tally: Tally,
}

impl Lane<'_> {
    /// Orders until it has failed.
    async fn turn(&mut self, breaking: &Breaking, nth: u32) -> Result<()> {
        let (stage, mut cards) = (breaking.stage(), Vec::new());
        // Cards are sold beforehand: selling one must not be what fails.
        let amount = if stage == Stage::Free {
            "500.00"
        } else {
            "5.00"
        };
        for _ in 0..TRIES {
            cards.push(match self.cards.iter().position(|(of, _)| *of == amount) {
                Some(at) => self.cards.swap_remove(at).1,
                None => self.world.gift_card(amount).await?,
            });
        }
        let mut to_arm = Some(nth);
        while let Some(card) = cards.pop() {
            self.order(breaking, &mut to_arm, &card).await?;
            // What the shop does by itself may come a moment later.
            let patience = if cards.is_empty() {
                PATIENCE
            } else {
                Duration::ZERO
            };
            if until(patience, async || breaking.has_failed(self.world).await).await? {
                self.tally.failed += 1;
                self.cards
                    .extend(cards.drain(..).map(|card| (amount, card)));
                return Ok(());
            }
        }
        bail!("it was never reached")
    }

    /// What is to fail is asked for, unless it was before.
    async fn arm(
        &self,
        breaking: &Breaking,
        stages: &[Stage],
        nth: &mut Option<u32>,
    ) -> Result<()> {
        if stages.contains(&breaking.stage())
            && let Some(nth) = nth.take()
        {
            breaking.arm(self.world, nth).await?;
        }
        Ok(())
    }

    /// One order from the cart to its end. `nth`: of what is to fail, when it is still to be asked for.
    async fn order(
        &mut self,
        breaking: &Breaking,
        nth: &mut Option<u32>,
        card: &str,
    ) -> Result<()> {
        let stage = breaking.stage();
        let buyer = self.world.buyer(&mut self.rng);
        for _ in 0..2 {
            let variant = self.variants[self.rng.random_range(0..self.variants.len())];
            if !buyer.add(variant, 1).await {
                bail!("nothing could be put into the cart");
            }
        }
        let code = self.codes.pop().context("no code is left")?;
        if !buyer.apply(&code).await || !buyer.apply(card).await {
            bail!("the code {code} or a card was not taken");
        }
        let form = buyer.checkout().await.context("no checkout")?;
        let key = Uuid::parse_str(form.get("key").context("no key")?)?;
        self.arm(breaking, &[Stage::Place, Stage::Free], nth)
            .await?;
        let page = self.place(&buyer, &form, key).await?;
        self.arm(breaking, &[Stage::Pay, Stage::Expire], nth)
            .await?;
        match (stage, page) {
            (Stage::Expire, _) => self.until_it_is(key, "cancelled").await,
            (Stage::Free, None) => self.until_it_is(key, "paid").await,
            (_, Some(page)) => {
                let comes_back = self.rng.random();
                if !buyer.pay(&page, comes_back).await {
                    bail!("{page} could not be paid");
                }
                self.until_it_is(key, "paid").await?;
                if stage == Stage::Refund {
                    self.arm(breaking, &[Stage::Refund], nth).await?;
                    self.send_back(key).await?;
                }
                Ok(())
            }
            (_, None) => bail!("the shopper was led to no provider"),
        }
    }

    /// Places the order, once more when that failed: where it can be paid. Nothing may stay taken by what failed.
    async fn place(&mut self, buyer: &Buyer, form: &Form, key: Uuid) -> Result<Option<String>> {
        let db = &self.world.db;
        let before = sql::taken(db).await?;
        let placed = match buyer.place_once(form).await {
            Ok(placed) => placed,
            Err(0) => bail!("a placement was not answered"),
            Err(_) => {
                self.tally.refused += 1;
                // Either it stands, and failed afterwards, or nothing is left of it.
                let is_clear = async || {
                    Ok(sql::order_of(db, key).await?.is_some() || sql::taken(db).await? == before)
                };
                if !until(PATIENCE, is_clear).await? {
                    let now = sql::taken(db).await?;
                    bail!("S: a placement that failed left {now:?} of {before:?}");
                }
                buyer.place(form).await
            }
        };
        let orders = sql::taken(db).await?.orders - before.orders;
        if orders != 1 {
            bail!("O: one placement made {orders} orders");
        }
        match placed {
            Placed::ToPay(page) => Ok(Some(page)),
            Placed::Waiting(order) => Ok(buyer.pay_again(&order).await),
            other => bail!("the placement was answered {other:?}"),
        }
    }

    /// All of it goes back, however often that must be asked for.
    async fn send_back(&self, key: Uuid) -> Result<()> {
        let found = sql::order_of(&self.world.db, key).await?;
        let (number, _) = found.context("no order")?;
        let id = Uuid::new_v4().to_string();
        let asked = ["orders", "refund", &number, "--all", "--id", &id];
        let mut told = self.world.rialto(&asked).await?;
        for _ in 0..2 {
            if told.is_err() {
                told = self.world.rialto(&asked).await?;
            }
        }
        if let Err(why) = told {
            bail!("the refund was refused: {why}");
        }
        self.until_it_is(key, "refunded").await
    }

    /// Waits until the shop has brought the order there by itself; what it would let pass meanwhile is cut short.
    async fn until_it_is(&self, key: Uuid, state: &str) -> Result<()> {
        let db = &self.world.db;
        let begun = Instant::now();
        let mut nudged = None;
        loop {
            let found = sql::order_of(db, key).await?;
            if found.as_ref().is_some_and(|(_, now)| now == state) {
                return Ok(());
            }
            if begun.elapsed() > PATIENCE {
                bail!("R: the order {found:?} is not {state} after {PATIENCE:?}");
            }
            if nudged.is_none_or(|nudged: Instant| nudged.elapsed() > Duration::from_secs(2)) {
                // An order that could not be given up is looked at again a minute later.
                if state == "cancelled" {
                    crate::sql::let_holds_expire(db).await?;
                }
                if self.world.hurries && nudged.is_some() {
                    crate::sql::let_a_minute_pass(db).await?;
                    crate::sql::end_leases(db).await?;
                }
                nudged = Some(Instant::now());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// Waits until it is so; false when patience ends.
async fn until(patience: Duration, so: impl AsyncFn() -> Result<bool>) -> Result<bool> {
    let deadline = Instant::now() + patience;
    loop {
        if so().await? {
            return Ok(true);
        }
        if Instant::now() >= deadline {
            return Ok(false);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
