//! What is said of a page reaches its order, its stock and the money.

use super::super::check::Violation;
use super::super::provider::Fate;
use super::super::rules::Rules;
use super::{REST, World};
use domain::order::OrderState;
use domain::payment::{AttemptState, Outcome};
use domain::settlement::{Decision, Facts, Heard, Move, News, WentBack, moves_stock};

impl<R: Rules> World<'_, R> {
    /// A page comes to an end.
    pub(super) fn end(&mut self, page: usize, from: Outcome, to: Outcome, is_told: bool) {
        if let Some(page) = self.page(page)
            && self.provider.end(page, from, to)
            && is_told
        {
            self.provider.tell(page);
        }
    }

    pub(super) fn deliver(&mut self, message: usize) {
        let message = self.provider.messages[message];
        self.hear_page(message.page, message.heard);
    }

    pub(super) fn come_back(&mut self, page: usize, fate: Fate) {
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

    /// What the provider says of a page is settled.
    pub(super) fn hear_page(&mut self, page: usize, heard: Heard) {
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

    pub(super) fn can_be_had(&self, order: usize) -> bool {
        let units = self.orders[order].units;
        let stock = self.stock.iter().zip(&self.shelves).zip(units);
        stock
            .filter(|(_, units)| *units > 0)
            .all(|((figures, shelf), units)| self.rules.can_be_had(*figures, shelf.oversell, units))
    }

    pub(super) fn move_stock(&mut self, order: usize, what: Move) {
        let units = self.orders[order].units;
        for (figures, units) in self.stock.iter_mut().zip(units) {
            *figures = self.rules.moved(*figures, what, units);
        }
    }

    pub(super) fn move_order(&mut self, order: usize, to: OrderState) {
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
    pub(super) fn work(&mut self, fate: Fate) {
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

    pub(super) fn wrong(&mut self, what: &'static str, order: usize) {
        let order = format!("order {order}: {:?}", self.orders[order]);
        self.violations.push(Violation { what, order });
    }
}
