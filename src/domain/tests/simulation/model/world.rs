//! A small shop in memory. It loads, asks the rules, and applies what they decide, as `shop` does with rows; every function
//! here that is a transaction there is one here.

use super::check::Violation;
use super::provider::{Fate, NoAnswer, Provider};
use super::rules::Rules;
use super::schedule::{MOST_ORDERS, PRODUCTS, Schedule, Shelf, Step};
use domain::inventory::Figures;
use domain::order::OrderState;
use domain::payment::{AttemptState, Outcome};
use domain::settlement::{Decision, Facts, GivenUp, Heard, Move, News, WentBack, moves_stock};
use domain::{Currency, Money};

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

    fn place(&mut self, units: [i64; PRODUCTS], fate: Fate) {
        if self.orders.len() == MOST_ORDERS {
            return;
        }
        let mut stock = self.stock;
        for ((figures, shelf), units) in stock.iter_mut().zip(&self.shelves).zip(units) {
            match self.rules.hold(*figures, shelf.oversell, units) {
                _ if units == 0 => {}
                Some(held) => *figures = held,
                None => {
                    self.refused += 1;
                    return;
                }
            }
        }
        self.stock = stock;
        self.orders.push(Order {
            units,
            state: OrderState::PaymentDue,
            total: Money::new(1_000 + 100 * units.iter().sum::<i64>(), Currency::Eur),
            attempts: Vec::new(),
            was_given_up: false,
            placed_at: self.now,
            hold_expires_at: self.now + HOLD,
            linked_at: None,
            jobs: Vec::new(),
        });
        let order = self.orders.len() - 1;
        self.add_attempt(order);
        self.start(order, 0, fate);
    }

    fn add_attempt(&mut self, order: usize) {
        let orders = self.orders.iter();
        let made = orders.map(|order| order.attempts.len()).sum();
        let now = self.now;
        self.orders[order].attempts.push(Attempt {
            state: AttemptState::Created,
            reference: None,
            is_duplicate: false,
            deferred_at: None,
            given_up_at: None,
            begun_at: now,
            made,
            news: Vec::new(),
        });
    }

    /// Opens an attempt's page, and records how that went. One that may have been opened is given up: another waits for a
    /// provider in its place.
    fn start(&mut self, order: usize, attempt: usize, fate: Fate) -> Opened {
        if fate == Fate::Killed {
            return Opened::Unknown;
        }
        let owed = self.orders[order].total;
        let answer = self.provider.start((order, attempt), owed, fate);
        let (heard, opened) = match answer {
            Ok(_) => (Outcome::Pending, Opened::At),
            Err(NoAnswer::Unknown) => (Outcome::Unknown, Opened::Unknown),
            Err(NoAnswer::Refused) => (Outcome::Failed, Opened::Refused),
        };
        let stored = &mut self.orders[order].attempts[attempt];
        let is_silent = matches!(stored.state, AttemptState::Created | AttemptState::Unknown);
        if answer.is_ok() || is_silent && stored.reference.is_none() {
            if let Ok(to) = self.rules.opened(stored.state, heard) {
                stored.state = to;
            }
            stored.reference = answer.ok().or(stored.reference);
        }
        if opened == Opened::Unknown {
            self.pass_on(order, attempt);
            self.defer_another(order);
        }
        opened
    }

    /// An attempt whose page was shown to nobody is not to be paid any more.
    fn pass_on(&mut self, order: usize, attempt: usize) {
        let now = self.now;
        let stored = &mut self.orders[order].attempts[attempt];
        if let Ok(to) = self.rules.opened(stored.state, Outcome::Unknown) {
            stored.state = to;
        }
        stored.deferred_at = None;
        stored.given_up_at = (stored.state == AttemptState::Unknown).then_some(now);
    }

    fn defer_another(&mut self, order: usize) {
        if self.orders[order].state == OrderState::PaymentDue {
            self.add_attempt(order);
            let newest = self.orders[order].attempts.last_mut();
            if let Some(newest) = newest {
                newest.deferred_at = Some(self.now);
            }
        }
    }

    /// A page comes to an end.
    fn end(&mut self, page: usize, from: Outcome, to: Outcome, is_told: bool) {
        if let Some(page) = self.page(page)
            && self.provider.end(page, from, to)
            && is_told
        {
            self.provider.tell(page);
        }
    }

    fn deliver(&mut self, message: usize) {
        let message = self.provider.messages[message];
        self.hear_page(message.page, message.heard);
    }

    fn come_back(&mut self, page: usize, fate: Fate) {
        let Some(page) = self.page(page) else {
            return;
        };
        let (order, attempt) = self.provider.pages[page].key;
        let stored = &self.orders[order].attempts[attempt];
        if stored.reference.is_some()
            && stored.state != AttemptState::Captured
            && let Ok(heard) = self.provider.ask(page, fate)
        {
            self.hear_page(page, heard);
        }
    }

    fn pay_again(&mut self, order: usize, fate: Fate) {
        let newest = self.orders[order].attempts.len() - 1;
        let attempt = &self.orders[order].attempts[newest];
        if self.orders[order].state != OrderState::PaymentDue {
            return;
        }
        let another = match (attempt.state, attempt.reference) {
            (AttemptState::Failed, _) => true,
            (AttemptState::Captured, _) => false,
            (_, None) if attempt.deferred_at.is_some() => {
                let now = self.now;
                let stored = &mut self.orders[order];
                stored.hold_expires_at = stored.hold_expires_at.max(now + HOLD);
                stored.attempts[newest].deferred_at = None;
                stored.attempts[newest].begun_at = now;
                self.start(order, newest, fate);
                false
            }
            // Whoever began it died; so long ago that it is another's to begin.
            (_, None) => {
                if self.now > attempt.begun_at {
                    self.pass_on(order, newest);
                    self.add_attempt(order);
                    self.start(order, newest + 1, fate);
                }
                false
            }
            (_, Some(page)) => match self.provider.ask(page, fate) {
                Ok(heard) => {
                    self.hear_page(page, heard);
                    heard.outcome == Outcome::Failed
                }
                Err(_) => false,
            },
        };
        if another {
            self.open_another(order, fate);
        }
    }

    fn open_another(&mut self, order: usize, fate: Fate) {
        let stored = &mut self.orders[order];
        let states: Vec<_> = stored
            .attempts
            .iter()
            .filter(|attempt| !attempt.is_given_up())
            .map(|attempt| attempt.state)
            .collect();
        let newest = stored.attempts.len();
        let longest = stored.linked_at.unwrap_or(stored.placed_at) + LONGEST_HOLD;
        if !self.rules.may_pay_again(stored.state, &states) || longest <= self.now {
            return;
        }
        stored.hold_expires_at = stored.hold_expires_at.max(longest.min(self.now + HOLD));
        self.add_attempt(order);
        self.start(order, newest, fate);
    }

    fn sweep(&mut self, minutes: i64, fate: Fate) {
        self.now += minutes * MINUTE;
        for order in 0..self.orders.len() {
            for attempt in 0..self.orders[order].attempts.len() {
                if self.is_open(order, attempt) {
                    self.ask(order, attempt, fate, false);
                }
            }
        }
        self.open_deferred(fate);
        for order in 0..self.orders.len() {
            let stored = &mut self.orders[order];
            if stored.state == OrderState::PaymentDue && stored.hold_expires_at <= self.now {
                stored.hold_expires_at = self.now + MINUTE;
                let is_young = self.now - stored.placed_at < LONGEST_OUTAGE;
                let waits = stored.attempts.iter().any(Attempt::waits);
                if waits && is_young {
                    continue;
                }
                self.close(order, GivenUp::HoldExpired, fate);
            }
        }
    }

    /// Opens what waits for a provider, the longest waiting first; the first alone, to see whether anybody answers.
    fn open_deferred(&mut self, fate: Fate) {
        let mut batch = 1;
        loop {
            let mut waiting = Vec::new();
            for (at, order) in self.orders.iter().enumerate() {
                if order.state == OrderState::PaymentDue {
                    let attempts = order.attempts.iter().enumerate();
                    let attempts = attempts.filter(|(_, attempt)| attempt.waits());
                    waiting.extend(attempts.map(|(attempt, stored)| {
                        ((stored.deferred_at, stored.made), (at, attempt))
                    }));
                }
            }
            waiting.sort_unstable();
            let mut is_answered = false;
            for (_, (order, attempt)) in waiting.into_iter().take(batch) {
                let now = self.now;
                let stored = &mut self.orders[order].attempts[attempt];
                stored.deferred_at = None;
                stored.begun_at = now;
                let opened = self.start(order, attempt, fate);
                is_answered |= opened != Opened::Unknown;
                if opened == Opened::At {
                    let stored = &mut self.orders[order];
                    stored.linked_at = stored.linked_at.or(Some(now));
                    let until = now + HOLD_AFTER_LINK;
                    stored.hold_expires_at = stored.hold_expires_at.max(until);
                }
            }
            if !is_answered {
                return;
            }
            batch = MOST_ORDERS;
        }
    }

    /// An attempt that may yet be paid.
    fn is_live(&self, order: usize, attempt: usize) -> bool {
        self.is_open(order, attempt) && !self.orders[order].attempts[attempt].is_given_up()
    }

    fn is_open(&self, order: usize, attempt: usize) -> bool {
        matches!(
            self.orders[order].attempts[attempt].state,
            AttemptState::Created | AttemptState::Pending | AttemptState::Unknown
        )
    }

    /// Makes sure that an order can't be paid any more, and gives it up.
    fn close(&mut self, order: usize, why: GivenUp, fate: Fate) {
        if self.orders[order].state != OrderState::PaymentDue {
            return;
        }
        for attempt in 0..self.orders[order].attempts.len() {
            if self.is_live(order, attempt) && !self.ask(order, attempt, fate, true) {
                return;
            }
        }
        self.give_up(order, why);
    }

    /// Asks about an attempt and settles what is said; answers whether anything was. `close`: an open page is closed.
    fn ask(&mut self, order: usize, attempt: usize, fate: Fate, close: bool) -> bool {
        let is_due = self.orders[order].state == OrderState::PaymentDue;
        let stored = &self.orders[order].attempts[attempt];
        let close = close || !is_due || stored.is_given_up();
        if stored.waits() {
            // Nobody was asked.
            if close {
                let stored = &mut self.orders[order].attempts[attempt];
                stored.state = AttemptState::Failed;
                stored.deferred_at = None;
            }
            return true;
        }
        let page = match (stored.reference, stored.given_up_at) {
            (Some(page), _) => page,
            (None, None) => {
                self.pass_on(order, attempt);
                if !close {
                    self.defer_another(order);
                }
                return true;
            }
            (None, Some(since)) => match self.provider.find((order, attempt), fate) {
                Ok(Some(page)) => page,
                Ok(None) => {
                    if self.now - since >= MINUTE {
                        self.orders[order].attempts[attempt].state = AttemptState::Failed;
                    }
                    return true;
                }
                Err(_) => return false,
            },
        };
        let mut answer = self.provider.ask(page, fate);
        if close && answer.is_ok_and(|heard| heard.outcome == Outcome::Pending) {
            answer = self.provider.expire(page, fate);
        }
        let Ok(heard) = answer else {
            return false;
        };
        self.hear_page(page, heard);
        true
    }

    fn give_up(&mut self, order: usize, why: GivenUp) {
        let state = self.orders[order].state;
        let attempts = 0..self.orders[order].attempts.len();
        let is_payment_open = attempts.into_iter().any(|at| self.is_live(order, at));
        if let Ok((to, moved)) = self.rules.give_up(state, why, is_payment_open) {
            self.move_stock(order, moved);
            self.move_order(order, to);
            self.orders[order].was_given_up = true;
        }
    }

    /// What the provider says of a page is settled.
    fn hear_page(&mut self, page: usize, heard: Heard) {
        let (order, attempt) = self.provider.pages[page].key;
        let stored = &self.orders[order].attempts[attempt];
        let facts = Facts {
            order: self.orders[order].state,
            attempt: stored.state,
            has_reference: stored.reference.is_some(),
            is_duplicate: stored.is_duplicate,
            owed: self.orders[order].total,
        };
        let can_be_had = moves_stock(&facts, heard.outcome) && self.can_be_had(order);
        let Ok(Decision::Settle(settled)) = self.rules.hear(&facts, &heard, can_be_had) else {
            return;
        };
        if let Some(moved) = settled.stock {
            self.move_stock(order, moved);
        }
        self.move_order(order, settled.order);
        if facts.attempt == AttemptState::Captured && settled.attempt != AttemptState::Captured {
            self.wrong("a captured payment is forgotten", order);
        }
        let order = &mut self.orders[order];
        match settled.news {
            Some(News::RefundDue) => order.jobs.push((attempt, WentBack::All)),
            Some(News::PaidTwice) => order.jobs.push((attempt, WentBack::Duplicate)),
            Some(News::OrderPaid | News::PaymentFailed) | None => {}
        }
        let stored = &mut order.attempts[attempt];
        stored.news.extend(settled.news);
        stored.is_duplicate |= settled.news == Some(News::PaidTwice);
        stored.state = settled.attempt;
        stored.reference = stored.reference.or(Some(page));
    }

    fn can_be_had(&self, order: usize) -> bool {
        let units = self.orders[order].units;
        let stock = self.stock.iter().zip(&self.shelves).zip(units);
        stock
            .filter(|(_, units)| *units > 0)
            .all(|((figures, shelf), units)| self.rules.can_be_had(*figures, shelf.oversell, units))
    }

    fn move_stock(&mut self, order: usize, what: Move) {
        let units = self.orders[order].units;
        for (figures, units) in self.stock.iter_mut().zip(units) {
            *figures = self.rules.moved(*figures, what, units);
        }
    }

    fn move_order(&mut self, order: usize, to: OrderState) {
        use OrderState::{Cancelled, Paid, PaymentDue, RefundDue, Refunded};
        let from = self.orders[order].state;
        let is_legal = matches!(
            (from, to),
            (PaymentDue, Paid | Cancelled)
                | (Cancelled, Paid | RefundDue)
                | (Paid | RefundDue, Refunded)
        );
        if from != to && !is_legal {
            self.wrong("no such step in an order's life", order);
        }
        self.orders[order].state = to;
    }

    /// Money goes back, in the order in which it was asked for.
    fn work(&mut self, fate: Fate) {
        self.now += REST;
        for order in 0..self.orders.len() {
            while let Some((attempt, what)) = self.orders[order].jobs.first().copied() {
                let Some(page) = self.orders[order].attempts[attempt].reference else {
                    break;
                };
                let amount = self.orders[order].total;
                if self.provider.refund(page, attempt, amount, fate).is_err() {
                    break;
                }
                match self.rules.refunded(self.orders[order].state, what) {
                    Ok(Some(to)) => self.move_order(order, to),
                    Ok(None) => {}
                    Err(_) => self.wrong("money went back that was never kept", order),
                }
                self.orders[order].jobs.remove(0);
            }
        }
    }

    fn wrong(&mut self, what: &'static str, order: usize) {
        let order = format!("order {order}: {:?}", self.orders[order]);
        self.violations.push(Violation { what, order });
    }
}
