//! Time passes: providers are asked, and what nobody pays is given up.

use super::super::provider::Fate;
use super::super::rules::Rules;
use super::{Attempt, LONGEST_OUTAGE, MINUTE, World};
use domain::order::OrderState;
use domain::payment::{AttemptState, Outcome};
use domain::settlement::GivenUp;

impl<R: Rules> World<'_, R> {
    pub(super) fn sweep(&mut self, minutes: i64, fate: Fate) {
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

    /// An attempt that may yet be paid.
    pub(super) fn is_live(&self, order: usize, attempt: usize) -> bool {
        self.is_open(order, attempt) && !self.orders[order].attempts[attempt].is_given_up()
    }

    pub(super) fn is_open(&self, order: usize, attempt: usize) -> bool {
        matches!(
            self.orders[order].attempts[attempt].state,
            AttemptState::Created | AttemptState::Pending | AttemptState::Unknown
        )
    }

    /// Makes sure that an order can't be paid any more, and gives it up.
    pub(super) fn close(&mut self, order: usize, why: GivenUp, fate: Fate) {
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
    pub(super) fn ask(&mut self, order: usize, attempt: usize, fate: Fate, close: bool) -> bool {
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

    pub(super) fn give_up(&mut self, order: usize, why: GivenUp) {
        let state = self.orders[order].state;
        let attempts = 0..self.orders[order].attempts.len();
        let is_payment_open = attempts.into_iter().any(|at| self.is_live(order, at));
        if let Ok((to, moved)) = self.rules.give_up(state, why, is_payment_open) {
            self.move_stock(order, moved);
            self.move_order(order, to);
            self.orders[order].was_given_up = true;
        }
    }
}
