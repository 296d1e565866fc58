//! One schedule in both worlds, step by step.

use crate::books::Books;
use crate::model::{Fate, MOST_ORDERS, Profile, Schedule, Sound, Step, World};
use crate::sql;
use domain::checkout::CheckoutForm;
use domain::inventory::Oversell;
use domain::order::OrderState;
use domain::payment::{AttemptState, Outcome};
use domain::settlement::{Heard, News};
use domain::{Money, OrderId, VariantId};
use http::HeaderMap;
use shop::checkout::{Placed, Placement, open, place};
use shop::customer::Session;
use shop::order::pay_again;
use shop::payment::{returned, webhook};
use shop::testing::TestShop;
use shop::{Caller, Failure, jobs};
use sqlx::PgPool;
use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use time::Duration;

/// A shop in which schedules follow each other.
pub struct Lane {
    shop: TestShop,
    books: Arc<Books>,
    pub tally: Tally,
}

/// What was compared.
#[derive(Default)]
pub struct Tally {
    steps: u64,
    paid: usize,
    other: usize,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { steps, paid, other } = self;
        write!(
            f,
            "{steps} steps, {paid} orders paid and {other} not, all as simulated"
        )
    }
}

/// A schedule under way.
struct Replay<'a> {
    lane: &'a Lane,
    seed: u64,
    variants: Vec<VariantId>,
    /// Those who are going to place an order, with full bags.
    shoppers: VecDeque<Session>,
    placed: Vec<Placed>,
    /// Messages told under a new id.
    anew: usize,
}

/// How orders with their attempts, stock and the provider's pages with their refunds stand.
type Standing = (
    Vec<(String, Vec<String>)>,
    Vec<(i64, i64, i64)>,
    Vec<((usize, usize), Outcome, usize)>,
);

impl Lane {
    pub async fn new(db: PgPool, seed: u64) -> Self {
        let books = Arc::new(Books::new());
        let setup = TestShop::build(db).without_redis().seed(seed);
        Self {
            shop: setup.payments(books.clone()).start().await,
            books,
            tally: Tally::default(),
        }
    }

    /// Replays the schedule of that seed.
    ///
    /// # Panics
    /// Where the two worlds part.
    pub async fn replay(&mut self, seed: u64) {
        let schedule = Schedule::of(seed, Profile::PLAIN);
        let mut world = World::new(&Sound, &schedule);
        {
            let mut ledger = self.books.open();
            ledger.schedule = seed;
            ledger.provider = world.provider.clone();
            ledger.orders.clear();
        }
        let mut replay = Replay::new(self, &schedule).await;
        for (at, step) in schedule.steps.iter().enumerate() {
            world.step(*step);
            replay.step(*step).await;
            replay.compare(&world, &schedule, at).await;
        }
        world.drain();
        replay.drain().await;
        replay
            .compare(&world, &schedule, schedule.steps.len())
            .await;
        replay.compare_news(&world).await;
        let paid = |order: &&crate::model::Order| order.state == OrderState::Paid;
        let paid = world.orders.iter().filter(paid).count();
        self.tally.paid += paid;
        self.tally.other += world.orders.len() - paid;
        self.tally.steps += schedule.steps.len() as u64;
    }
}

impl<'a> Replay<'a> {
    async fn new(lane: &'a Lane, schedule: &Schedule) -> Self {
        let shop = &lane.shop;
        let mut variants = Vec::new();
        for (at, shelf) in schedule.shelves.iter().enumerate() {
            let slug = format!("mug-{}-{at}", schedule.seed);
            let product = shop.product(&slug).price(2_400).stock(shelf.on_hand);
            let product = match shelf.oversell {
                Oversell::Never => product,
                Oversell::Always | Oversell::UpTo(_) => product.oversell(),
            };
            variants.push(product.await.variant());
        }
        let mut shoppers = VecDeque::new();
        for step in &schedule.steps {
            let Step::Place { units, .. } = step else {
                continue;
            };
            let session = shop.guest().await;
            for (variant, units) in variants.iter().zip(units) {
                if let Ok(units @ 1..) = u32::try_from(*units) {
                    shop.add(&session, *variant, units).await;
                }
            }
            shoppers.push_back(session);
        }
        Self {
            lane,
            seed: schedule.seed,
            variants,
            shoppers,
            placed: Vec::new(),
            anew: 0,
        }
    }

    async fn step(&mut self, step: Step) {
        let books = &self.lane.books;
        let shop = &self.lane.shop;
        let page_of = |index: usize| books.open().provider.page(index);
        let message_of = |index: usize| index.checked_rem(books.open().provider.messages.len());
        match step {
            Step::Place { fate, .. } => self.place(fate).await,
            Step::Pay { page } => self.end(page, Outcome::Pending, Outcome::Captured, true),
            Step::PayUnheard { page } => self.end(page, Outcome::Pending, Outcome::Captured, false),
            Step::RunOut { page } => self.end(page, Outcome::Pending, Outcome::Failed, true),
            Step::ChargeAfterAll { page } => {
                self.end(page, Outcome::Failed, Outcome::Captured, true);
            }
            Step::Tell { page } => {
                if let Some(page) = page_of(page) {
                    books.open().provider.tell(page);
                }
            }
            Step::TellWrongAmount { page } => {
                if let Some(page) = page_of(page) {
                    let paid = books.open().provider.pages[page].amount;
                    let heard = Heard {
                        outcome: Outcome::Captured,
                        amount: Money::new(paid.minor - 1, paid.currency),
                    };
                    let event = self.new_event();
                    self.send(&event, page, heard).await;
                }
            }
            Step::Deliver { message } => {
                if let Some(message) = message_of(message) {
                    let event = format!("evt_{}_{message}", self.seed);
                    self.deliver(message, &event).await;
                }
            }
            Step::DeliverAnew { message } => {
                if let Some(message) = message_of(message) {
                    let event = self.new_event();
                    self.deliver(message, &event).await;
                }
            }
            Step::Return { page, fate } => {
                if let Some(page) = page_of(page) {
                    let reference = books.open().reference(page);
                    self.with(fate);
                    stands(returned(shop, &machine(), "books", &reference).await);
                }
            }
            Step::PayAgain { order, fate } => {
                if let Some(order) = order.checked_rem(self.placed.len()) {
                    let Placed { number, token, .. } = &self.placed[order];
                    self.with(fate);
                    stands(pay_again(shop, &machine(), number, token).await);
                }
            }
            Step::Sweep { minutes, fate } => self.sweep(minutes, fate).await,
            Step::Work { fate } => self.work(fate).await,
            Step::Cancel { .. } | Step::GiveUp { .. } | Step::OpenAnother { .. } => {
                unreachable!("no plain schedule has {step:?}")
            }
        }
    }

    async fn drain(&mut self) {
        let messages = self.lane.books.open().provider.messages.len();
        for message in 0..messages {
            self.step(Step::Deliver { message }).await;
        }
        for _ in 0..4 {
            self.sweep(121, Fate::Answers).await;
            self.work(Fate::Answers).await;
        }
    }

    fn with(&self, fate: Fate) {
        self.lane.books.open().fate = fate;
    }

    fn new_event(&mut self) -> String {
        self.anew += 1;
        format!("evt_{}_anew_{}", self.seed, self.anew)
    }

    async fn place(&mut self, fate: Fate) {
        let Some(session) = self.shoppers.pop_front() else {
            return;
        };
        if self.placed.len() == MOST_ORDERS {
            return;
        }
        let shop = &self.lane.shop;
        let caller = shop.caller(&session);
        let view = open(shop, &caller, &session, &shop.eu())
            .await
            .expect("a checkout");
        let placement = Placement {
            checkout: view.id,
            key: view.key,
            form: form(),
            seen_total: view.quote.total.minor,
            seen_credit: 0,
        };
        self.with(fate);
        match place(shop.shop(), caller, session, shop.eu(), placement).await {
            Ok(placed) => self.placed.push(placed),
            Err(Failure::Refused(_)) => {}
            Err(Failure::Broken(broken)) => panic!("{broken}"),
        }
    }

    /// A page comes to an end.
    fn end(&self, page: usize, from: Outcome, to: Outcome, is_told: bool) {
        let provider = &mut self.lane.books.open().provider;
        if let Some(page) = provider.page(page)
            && provider.end(page, from, to)
            && is_told
        {
            provider.tell(page);
        }
    }

    async fn deliver(&self, message: usize, event: &str) {
        let message = self.lane.books.open().provider.messages[message];
        self.send(event, message.page, message.heard).await;
    }

    async fn send(&self, event: &str, page: usize, heard: Heard) {
        let body = self.lane.books.open().notice(event, page, heard);
        webhook(&self.lane.shop, "books", &HeaderMap::new(), &body)
            .await
            .expect("it is acknowledged");
    }

    async fn sweep(&self, minutes: i64, fate: Fate) {
        self.lane.shop.clock.advance(Duration::minutes(minutes));
        self.with(fate);
        jobs::sweep(&self.lane.shop).await.expect("a sweep");
    }

    async fn work(&self, fate: Fate) {
        self.lane.shop.clock.advance(Duration::minutes(15));
        self.with(fate);
        jobs::drain(&self.lane.shop).await.expect("jobs");
    }

    fn ids(&self) -> Vec<OrderId> {
        self.placed.iter().map(|placed| placed.order).collect()
    }

    /// Both worlds stand the same.
    async fn compare(&self, world: &World<'_, Sound>, schedule: &Schedule, at: usize) {
        let simulated: Standing = (
            world
                .orders
                .iter()
                .map(|order| {
                    let attempts = order.attempts.iter();
                    let states = attempts.map(|attempt| of_attempt(attempt.state)).collect();
                    (of_order(order.state), states)
                })
                .collect(),
            world
                .stock
                .iter()
                .map(|figures| (figures.on_hand, figures.held, figures.sold))
                .collect(),
            pages(&world.provider),
        );
        let db = &self.lane.shop.db;
        let real: Standing = (
            sql::orders(db, &self.ids()).await,
            sql::stock(db, &self.variants).await,
            pages(&self.lane.books.open().provider),
        );
        assert_eq!(
            real, simulated,
            "left PostgreSQL, right the simulation, after step {at} of {schedule:#?}"
        );
    }

    /// What was told to the rest of the shop is the same, and the ledger adds up.
    async fn compare_news(&self, world: &World<'_, Sound>) {
        let db = &self.lane.shop.db;
        for (order, simulated) in self.ids().into_iter().zip(&world.orders) {
            for (news, kind) in [
                (News::OrderPaid, "order.paid"),
                (News::RefundDue, "order.refund_due"),
                (News::PaidTwice, "payment.duplicate"),
                (News::PaymentFailed, "payment.failed"),
            ] {
                let told = simulated.attempts.iter().flat_map(|attempt| &attempt.news);
                let count = told.filter(|told| **told == news).count() as i64;
                let seed = self.seed;
                assert_eq!(
                    sql::told(db, order, kind).await,
                    count,
                    "seed {seed}: {kind}"
                );
            }
        }
        assert_eq!(
            sql::ledger(db, &self.variants).await,
            sql::stock(db, &self.variants).await,
            "seed {}: the stock is what its ledger adds up to",
            self.seed
        );
    }
}

fn pages(provider: &crate::model::Provider) -> Vec<((usize, usize), Outcome, usize)> {
    let pages = provider.pages.iter();
    let mut pages: Vec<_> = pages
        .map(|page| (page.key, page.outcome, page.refunds.len()))
        .collect();
    pages.sort_unstable_by_key(|(key, ..)| *key);
    pages
}

/// Refused is an answer too: the comparison says whether it was the right one.
fn stands<T, E>(answer: Result<T, Failure<E>>) {
    if let Err(Failure::Broken(broken)) = answer {
        panic!("{broken}");
    }
}

fn machine() -> Caller {
    Caller::machine("test", "replay")
}

fn of_order(state: OrderState) -> String {
    serde_json::to_value(state)
        .ok()
        .and_then(|name| name.as_str().map(str::to_owned))
        .expect("states have names")
}

fn of_attempt(state: AttemptState) -> String {
    serde_json::to_value(state)
        .ok()
        .and_then(|name| name.as_str().map(str::to_owned))
        .expect("states have names")
}

/// A form that holds in the euro market.
fn form() -> CheckoutForm {
    CheckoutForm {
        email: "ada@example.com".to_owned(),
        name: "Ada Venier".to_owned(),
        line1: "Calle Larga 12".to_owned(),
        line2: String::new(),
        postcode: "30124".to_owned(),
        city: "Venezia".to_owned(),
        region: String::new(),
        country: "IT".to_owned(),
        phone: String::new(),
        delivery: "standard".to_owned(),
        ..CheckoutForm::default()
    }
}
