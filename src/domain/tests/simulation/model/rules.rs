//! The decisions of production; a defect is planted by deciding one of them otherwise.

use domain::inventory::{Figures, Oversell};
use domain::order::{IllegalEvent, OrderState};
use domain::payment::{AttemptState, IllegalOutcome, Outcome};
use domain::settlement::{
    self, Decision, Facts, GivenUp, Heard, Move, NotGivenUp, NotSettled, WentBack,
};

pub trait Rules {
    fn hear(&self, facts: &Facts, heard: &Heard, can_be_had: bool) -> Result<Decision, NotSettled> {
        settlement::hear(facts, heard, can_be_had)
    }

    fn give_up(
        &self,
        order: OrderState,
        why: GivenUp,
        payment_open: bool,
    ) -> Result<(OrderState, Move), NotGivenUp> {
        settlement::give_up(order, why, payment_open)
    }

    fn refunded(
        &self,
        order: OrderState,
        what: WentBack,
    ) -> Result<Option<OrderState>, IllegalEvent> {
        settlement::refunded(order, what)
    }

    fn may_pay_again(&self, order: OrderState, attempts: &[AttemptState]) -> bool {
        settlement::may_pay_again(order, attempts)
    }

    /// What the opening of a page makes of an attempt.
    fn opened(&self, from: AttemptState, heard: Outcome) -> Result<AttemptState, IllegalOutcome> {
        from.next(heard)
    }

    fn hold(&self, level: Figures, oversell: Oversell, units: i64) -> Option<Figures> {
        level.hold(oversell, units)
    }

    fn can_be_had(&self, level: Figures, oversell: Oversell, units: i64) -> bool {
        level.can_give(oversell, units)
    }

    fn moved(&self, level: Figures, what: Move, units: i64) -> Figures {
        level.moved(what, units)
    }
}

/// As production decides.
pub struct Sound;

impl Rules for Sound {}
