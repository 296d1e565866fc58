//! What must hold after every step, and when all has come to its end.

use super::rules::Rules;
use super::schedule::PRODUCTS;
use super::world::{Order, World};
use domain::inventory::Oversell;
use domain::order::OrderState;
use domain::payment::{AttemptState, Outcome};
use domain::settlement::News;

/// An invariant that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    pub what: &'static str,
    /// Whose, and how it stands.
    pub order: String,
}

impl<R: Rules> World<'_, R> {
    /// The first invariant that does not hold now.
    pub fn check(&self) -> Option<Violation> {
        self.violations
            .first()
            .cloned()
            .or_else(|| self.check_stock())
            .or_else(|| {
                let mut orders = self.orders.iter().enumerate();
                orders.find_map(|(at, order)| self.check_order(at, order))
            })
    }

    /// The first invariant that does not hold although nothing is under way any more.
    pub fn check_end(&self) -> Option<Violation> {
        self.check().or_else(|| {
            let mut orders = self.orders.iter().enumerate();
            orders.find_map(|(at, order)| self.check_ended(at, order))
        })
    }

    fn check_stock(&self) -> Option<Violation> {
        for product in 0..PRODUCTS {
            let (figures, shelf) = (self.stock[product], self.shelves[product]);
            let units_of = |state| {
                let orders = self.orders.iter().filter(|order| order.state == state);
                orders.map(|order| order.units[product]).sum::<i64>()
            };
            let free = figures.on_hand - figures.held;
            let lowest = match shelf.oversell {
                Oversell::Never => 0,
                Oversell::UpTo(beyond) => -beyond,
                Oversell::Always => i64::MIN,
            };
            let what = if figures.on_hand + figures.sold != shelf.on_hand {
                "S: stock was made or lost"
            } else if figures.held < 0 || figures.sold < 0 || free < lowest {
                "S: more was promised or sold than there was"
            } else if figures.held != units_of(OrderState::PaymentDue) {
                "S: held is not what unpaid orders wait for"
            } else if figures.sold != units_of(OrderState::Paid) {
                "S: sold is not what was paid"
            } else {
                continue;
            };
            let order = format!("product {product}: {figures:?} of {shelf:?}");
            return Some(Violation { what, order });
        }
        None
    }

    fn check_order(&self, at: usize, order: &Order) -> Option<Violation> {
        let pages = || {
            let pages = self.provider.pages.iter();
            pages.filter(move |page| page.key.0 == at)
        };
        let attempts = order.attempts.iter().enumerate();
        let kept: Vec<usize> = attempts
            .filter(|(_, attempt)| attempt.state == AttemptState::Captured)
            .map(|(at, _)| at)
            .collect();
        let kept_page = kept
            .first()
            .and_then(|first| pages().find(|page| page.key.1 == *first));
        let has_money = matches!(
            order.state,
            OrderState::Paid | OrderState::RefundDue | OrderState::Refunded
        );
        let told = |news: News| {
            let news_of = order.attempts.iter();
            news_of.map(move |attempt| attempt.news.iter().filter(|told| **told == news).count())
        };
        let failed = |holds: bool, what| holds.then_some(what);
        let what = failed(kept.len() > 1, "M: two captures are kept")
            .or(failed(
                has_money == kept.is_empty(),
                "M: the order's state and its capture disagree",
            ))
            .or(failed(
                kept_page.is_some_and(|page| {
                    page.outcome != Outcome::Captured || page.amount != order.total
                }),
                "M: what is kept was not charged",
            ))
            .or(failed(
                pages().any(|page| page.kept() < 0),
                "M: more went back than was charged",
            ))
            .or(failed(
                order.state == OrderState::Paid && kept_page.is_some_and(|page| page.kept() == 0),
                "M: a paid order's money went back",
            ))
            .or(failed(
                order.state == OrderState::Refunded
                    && kept_page.is_some_and(|page| page.kept() != 0),
                "M: a refunded order's money is still here",
            ))
            .or(failed(
                pages().filter(|page| page.can_be_paid()).count() > 1,
                "M: two pages are open for one order",
            ))
            .or(failed(
                order.state == OrderState::Cancelled && pages().any(|page| page.can_be_paid()),
                "M: an order that was given up can still be paid",
            ))
            .or(failed(
                told(News::OrderPaid)
                    .chain(told(News::RefundDue))
                    .sum::<usize>()
                    > 1,
                "E: the payment was told more than once",
            ))
            .or(failed(
                told(News::PaidTwice)
                    .chain(told(News::PaymentFailed))
                    .any(|count| count > 1),
                "E: an attempt's end was told more than once",
            ))?;
        Some(Violation {
            what,
            order: format!("order {at}: {order:?}"),
        })
    }

    fn check_ended(&self, at: usize, order: &Order) -> Option<Violation> {
        let pages = || {
            let pages = self.provider.pages.iter();
            pages.filter(move |page| page.key.0 == at)
        };
        let kept: i64 = pages().map(|page| page.kept()).sum();
        let owed = if order.state == OrderState::Paid {
            order.total.minor
        } else {
            0
        };
        let what = if matches!(order.state, OrderState::PaymentDue | OrderState::RefundDue) {
            "R: an order waits for ever"
        } else if kept != owed {
            "R: captures less refunds are not what the order says"
        } else if pages().any(|page| page.outcome == Outcome::Pending) {
            "R: a page stays open for ever"
        } else if !order.jobs.is_empty() {
            "R: money that has to go back did not"
        } else {
            return None;
        };
        Some(Violation {
            what,
            order: format!("order {at}: {order:?}, {:?}", self.provider.pages),
        })
    }
}
