//! Orders are placed, and the pages on which they are paid are opened.

use super::super::provider::{Fate, NoAnswer};
use super::super::rules::Rules;
use super::super::schedule::{MOST_ORDERS, PRODUCTS};
use super::{Attempt, HOLD, HOLD_AFTER_LINK, LONGEST_HOLD, Opened, Order, World};
use domain::order::OrderState;
use domain::payment::{AttemptState, Outcome};
use domain::{Currency, Money};

impl<R: Rules> World<'_, R> {
    pub(super) fn place(&mut self, units: [i64; PRODUCTS], fate: Fate) {
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

    pub(super) fn add_attempt(&mut self, order: usize) {
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
    pub(super) fn start(&mut self, order: usize, attempt: usize, fate: Fate) -> Opened {
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
    pub(super) fn pass_on(&mut self, order: usize, attempt: usize) {
        let now = self.now;
        let stored = &mut self.orders[order].attempts[attempt];
        if let Ok(to) = self.rules.opened(stored.state, Outcome::Unknown) {
            stored.state = to;
        }
        stored.deferred_at = None;
        stored.given_up_at = (stored.state == AttemptState::Unknown).then_some(now);
    }

    pub(super) fn defer_another(&mut self, order: usize) {
        if self.orders[order].state == OrderState::PaymentDue {
            self.add_attempt(order);
            let newest = self.orders[order].attempts.last_mut();
            if let Some(newest) = newest {
                newest.deferred_at = Some(self.now);
            }
        }
    }

    pub(super) fn pay_again(&mut self, order: usize, fate: Fate) {
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

    pub(super) fn open_another(&mut self, order: usize, fate: Fate) {
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

    /// Opens what waits for a provider, the longest waiting first; the first alone, to see whether anybody answers.
    pub(super) fn open_deferred(&mut self, fate: Fate) {
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
}
