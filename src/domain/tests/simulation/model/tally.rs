//! How often what was reached: a simulation that never gets somewhere shows nothing about it.

use super::rules::Rules;
use super::world::{Order, World};
use domain::order::OrderState;
use domain::settlement::News;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub schedules: u64,
    pub steps: u64,
    pub orders: u64,
    /// Placements that were refused, because others were faster.
    pub refused: u64,
    pub paid: u64,
    pub cancelled: u64,
    /// Money came too late for the stock, and all of it went back.
    pub refunded: u64,
    /// Paid after having been given up.
    pub paid_late: u64,
    /// Paid by an attempt that was not the first.
    pub paid_again: u64,
    /// Paid by one attempt, while another's money came and went back.
    pub paid_twice: u64,
}

impl Tally {
    pub(super) fn count<R: Rules>(&mut self, world: &World<'_, R>, steps: usize) {
        let count = |holds: &dyn Fn(&Order) -> bool| {
            let found = world.orders.iter().filter(|order| holds(order)).count();
            u64::try_from(found).unwrap_or_default()
        };
        let told = |order: &Order, at: usize, news| {
            let attempt = order.attempts.get(at);
            attempt.is_some_and(|attempt| attempt.news.contains(&news))
        };
        self.schedules += 1;
        self.steps += u64::try_from(steps).unwrap_or_default();
        self.refused += u64::try_from(world.refused).unwrap_or_default();
        self.orders += count(&|_| true);
        self.paid += count(&|order| order.state == OrderState::Paid);
        self.cancelled += count(&|order| order.state == OrderState::Cancelled);
        self.refunded += count(&|order| order.state == OrderState::Refunded);
        self.paid_late += count(&|order| order.was_given_up && order.state == OrderState::Paid);
        self.paid_again +=
            count(&|order| (1..order.attempts.len()).any(|at| told(order, at, News::OrderPaid)));
        self.paid_twice +=
            count(&|order| (0..order.attempts.len()).any(|at| told(order, at, News::PaidTwice)));
    }

    /// Both together.
    pub fn and(self, other: Self) -> Self {
        Self {
            schedules: self.schedules + other.schedules,
            steps: self.steps + other.steps,
            orders: self.orders + other.orders,
            refused: self.refused + other.refused,
            paid: self.paid + other.paid,
            cancelled: self.cancelled + other.cancelled,
            refunded: self.refunded + other.refunded,
            paid_late: self.paid_late + other.paid_late,
            paid_again: self.paid_again + other.paid_again,
            paid_twice: self.paid_twice + other.paid_twice,
        }
    }
}
