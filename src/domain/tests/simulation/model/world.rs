//! A small shop in memory. It loads, asks the rules, and applies what they decide, as `shop` does with rows; every function
//! here that is a transaction there is one here.

mod closing;
mod opening;
mod settling;

use super::check::Violation;
use super::provider::{Fate, Provider};
use super::rules::Rules;
use super::schedule::{PRODUCTS, Schedule, Shelf, Step};
use domain::Money;
use domain::inventory::Figures;
use domain::order::OrderState;
use domain::payment::{AttemptState, Outcome};
use domain::settlement::{GivenUp, Heard, News, WentBack};

/// All in seconds.
const MINUTE: i64 = 60;
const HOLD: i64 = 30 * MINUTE;
const LONGEST_HOLD: i64 = 120 * MINUTE;
/// After the link to pay was mailed.
const HOLD_AFTER_LINK: i64 = 120 * MINUTE;
/// How long stock is held while no provider answers.
const LONGEST_OUTAGE: i64 = 24 * 60 * MINUTE;
/// Longer than a failed job waits for its next try.
const REST: i64 = 15 * MINUTE;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    pub state: AttemptState,
    /// The page, once the shop knows it.
    pub reference: Option<usize>,
    /// Its money came besides another's, and is known to go back.
    pub is_duplicate: bool,
    /// Since when it waits for a provider.
    deferred_at: Option<i64>,
    /// Since when it is not to be paid any more: its page, if there is one, was shown to nobody.
    given_up_at: Option<i64>,
    /// When its page was asked for, or it was made.
    begun_at: i64,
    /// Its place among all attempts.
    made: usize,
    pub news: Vec<News>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    pub units: [i64; PRODUCTS],
    pub state: OrderState,
    pub total: Money,
    pub attempts: Vec<Attempt>,
    /// Its stock was let go, whatever came after that.
    pub was_given_up: bool,
    placed_at: i64,
    hold_expires_at: i64,
    /// When the link to pay was mailed.
    linked_at: Option<i64>,
    /// Attempts whose money has to go back, in the order in which they were asked for.
    pub jobs: Vec<(usize, WentBack)>,
}

impl Attempt {
    fn waits(&self) -> bool {
        self.state == AttemptState::Created && self.deferred_at.is_some()
    }

    fn is_given_up(&self) -> bool {
        self.given_up_at.is_some()
    }
}

pub struct World<'a, R> {
    rules: &'a R,
    now: i64,
    pub shelves: [Shelf; PRODUCTS],
    pub stock: [Figures; PRODUCTS],
    pub orders: Vec<Order>,
    pub provider: Provider,
    /// Messages that were kept: the same one again is none.
    seen: Vec<usize>,
    /// What was found wrong while something was done.
    pub violations: Vec<Violation>,
    /// How many placements were refused.
    pub refused: usize,
}

/// How a page was opened.
#[derive(PartialEq, Eq)]
enum Opened {
    At,
    Unknown,
    Refused,
}

impl<'a, R: Rules> World<'a, R> {
    pub fn new(rules: &'a R, schedule: &Schedule) -> Self {
        Self {
            rules,
            now: 0,
            shelves: schedule.shelves,
            stock: schedule.shelves.map(|shelf| Figures {
                on_hand: shelf.on_hand,
                ..Figures::default()
            }),
            orders: Vec::new(),
            provider: Provider::default(),
            seen: Vec::new(),
            violations: Vec::new(),
            refused: 0,
        }
    }

    pub fn step(&mut self, step: Step) {
        match step {
            Step::Place { units, fate } => self.place(units, fate),
            Step::Pay { page } => self.end(page, Outcome::Pending, Outcome::Captured, true),
            Step::PayUnheard { page } => self.end(page, Outcome::Pending, Outcome::Captured, false),
            Step::RunOut { page } => self.end(page, Outcome::Pending, Outcome::Failed, true),
            Step::ChargeAfterAll { page } => {
                self.end(page, Outcome::Failed, Outcome::Captured, true);
            }
            Step::Tell { page } => {
                if let Some(page) = self.page(page) {
                    self.provider.tell(page);
                }
            }
            Step::TellWrongAmount { page } => {
                if let Some(page) = self.page(page) {
                    let paid = self.provider.pages[page].amount;
                    let wrong = Heard {
                        outcome: Outcome::Captured,
                        amount: Money::new(paid.minor - 1, paid.currency),
                    };
                    self.hear_page(page, wrong);
                }
            }
            Step::Deliver { message } => {
                if let Some(message) = self.message(message)
                    && !self.seen.contains(&message)
                {
                    self.seen.push(message);
                    self.deliver(message);
                }
            }
            Step::DeliverAnew { message } => {
                if let Some(message) = self.message(message) {
                    self.deliver(message);
                }
            }
            Step::Return { page, fate } => self.come_back(page, fate),
            Step::PayAgain { order, fate } => {
                if let Some(order) = self.order(order) {
                    self.pay_again(order, fate);
                }
            }
            Step::Cancel { order, fate } => {
                if let Some(order) = self.order(order) {
                    self.close(order, GivenUp::Cancelled, fate);
                }
            }
            Step::GiveUp { order } => {
                if let Some(order) = self.order(order) {
                    self.give_up(order, GivenUp::HoldExpired);
                }
            }
            Step::OpenAnother { order, fate } => {
                if let Some(order) = self.order(order) {
                    self.open_another(order, fate);
                }
            }
            Step::Sweep { minutes, fate } => self.sweep(minutes, fate),
            Step::Work { fate } => self.work(fate),
        }
    }

    /// Everything that is under way comes to its end: messages arrive, providers answer, pages and holds run out, jobs are
    /// done.
    pub fn drain(&mut self) {
        for message in 0..self.provider.messages.len() {
            self.step(Step::Deliver { message });
        }
        for _ in 0..4 {
            self.sweep(121, Fate::Answers);
            self.work(Fate::Answers);
        }
    }

    fn order(&self, index: usize) -> Option<usize> {
        index.checked_rem(self.orders.len())
    }

    fn page(&self, index: usize) -> Option<usize> {
        self.provider.page(index)
    }

    fn message(&self, index: usize) -> Option<usize> {
        index.checked_rem(self.provider.messages.len())
    }
}
