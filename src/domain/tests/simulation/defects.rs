//! Each planted defect decides one thing wrongly, and must be found, with a short schedule that shows it.

use super::model::{Rules, Sound, simulate};
use domain::inventory::{Figures, Oversell};
use domain::order::{IllegalEvent, OrderState};
use domain::payment::{AttemptState, IllegalOutcome, Outcome};
use domain::settlement::{
    Decision, Facts, GivenUp, Heard, Move, News, NotGivenUp, NotSettled, Settlement, WentBack,
};

/// Finds a schedule that shows the defect, of a few steps only, and that production's rules stand.
fn is_found(rules: &impl Rules, what: &str) {
    let failed = simulate(rules, 1, 20_000).expect_err("the defect must be found");
    assert_eq!(failed.violation.what, what, "{}", failed.told(rules));
    let steps = failed.schedule.steps.len();
    assert!(steps <= 12, "{steps} steps: {}", failed.told(rules));
    let told = failed.told(rules);
    assert!(
        told.contains(&format!("--seed {}", failed.schedule.seed)),
        "{told}"
    );
    assert_eq!(
        simulate(&Sound, failed.schedule.seed, 1).map(|tally| tally.schedules),
        Ok(1)
    );
}

type Heeded = Result<Decision, NotSettled>;

struct SettlesTwice;
impl Rules for SettlesTwice {
    fn hear(&self, facts: &Facts, heard: &Heard, can_be_had: bool) -> Heeded {
        match Sound.hear(facts, heard, can_be_had) {
            Ok(Decision::Known)
                if facts.order == OrderState::Paid && heard.outcome == Outcome::Captured =>
            {
                Ok(Decision::Settle(Settlement {
                    attempt: AttemptState::Captured,
                    order: OrderState::Paid,
                    stock: Some(Move::Sell),
                    news: Some(News::OrderPaid),
                }))
            }
            other => other,
        }
    }
}

#[test]
fn settling_again_what_was_settled() {
    is_found(&SettlesTwice, "S: more was promised or sold than there was");
}

struct TakesAnyAmount;
impl Rules for TakesAnyAmount {
    fn hear(&self, facts: &Facts, heard: &Heard, can_be_had: bool) -> Heeded {
        let heard = Heard {
            amount: facts.owed,
            ..*heard
        };
        Sound.hear(facts, &heard, can_be_had)
    }
}

#[test]
fn taking_another_amount_for_the_whole() {
    is_found(&TakesAnyAmount, "M: what is kept was not charged");
}

struct KeepsDuplicates;
impl Rules for KeepsDuplicates {
    fn hear(&self, facts: &Facts, heard: &Heard, can_be_had: bool) -> Heeded {
        let decision = Sound.hear(facts, heard, can_be_had)?;
        Ok(match decision {
            Decision::Settle(settled) if settled.news == Some(News::PaidTwice) => Decision::Known,
            other => other,
        })
    }
}

#[test]
fn keeping_money_that_came_twice() {
    is_found(
        &KeepsDuplicates,
        "R: captures less refunds are not what the order says",
    );
}

struct ForgetsDuplicates;
impl Rules for ForgetsDuplicates {
    fn hear(&self, facts: &Facts, heard: &Heard, can_be_had: bool) -> Heeded {
        let facts = Facts {
            is_duplicate: false,
            ..*facts
        };
        Sound.hear(&facts, heard, can_be_had)
    }
}

#[test]
fn sending_duplicate_money_back_each_time_it_is_heard_of() {
    is_found(
        &ForgetsDuplicates,
        "E: an attempt's end was told more than once",
    );
}

struct IgnoresLateMoney;
impl Rules for IgnoresLateMoney {
    fn hear(&self, facts: &Facts, heard: &Heard, can_be_had: bool) -> Heeded {
        if facts.order == OrderState::Cancelled {
            return Ok(Decision::Known);
        }
        Sound.hear(facts, heard, can_be_had)
    }
}

#[test]
fn ignoring_money_that_comes_after_the_cancellation() {
    is_found(
        &IgnoresLateMoney,
        "R: captures less refunds are not what the order says",
    );
}

struct SellsWhatIsGone;
impl Rules for SellsWhatIsGone {
    fn can_be_had(&self, _: Figures, _: Oversell, _: i64) -> bool {
        true
    }
}

#[test]
fn giving_late_money_stock_that_is_gone() {
    is_found(
        &SellsWhatIsGone,
        "S: more was promised or sold than there was",
    );
}

struct HoldsWithoutLooking;
impl Rules for HoldsWithoutLooking {
    fn hold(&self, level: Figures, _: Oversell, units: i64) -> Option<Figures> {
        level.hold(Oversell::Always, units)
    }
}

#[test]
fn holding_without_a_condition() {
    is_found(
        &HoldsWithoutLooking,
        "S: more was promised or sold than there was",
    );
}

struct KeepsHolds;
impl Rules for KeepsHolds {
    fn moved(&self, level: Figures, what: Move, units: i64) -> Figures {
        match what {
            Move::Release => level,
            Move::Sell | Move::SellLate => level.moved(what, units),
        }
    }
}

#[test]
fn not_releasing_what_was_held() {
    is_found(&KeepsHolds, "S: held is not what unpaid orders wait for");
}

struct GivesUpWhatIsBeingPaid;
impl Rules for GivesUpWhatIsBeingPaid {
    fn give_up(
        &self,
        order: OrderState,
        why: GivenUp,
        _: bool,
    ) -> Result<(OrderState, Move), NotGivenUp> {
        Sound.give_up(order, why, false)
    }
}

#[test]
fn giving_up_an_order_that_is_being_paid() {
    is_found(
        &GivesUpWhatIsBeingPaid,
        "M: an order that was given up can still be paid",
    );
}

struct TakesSilenceForFailure;
impl Rules for TakesSilenceForFailure {
    fn opened(&self, from: AttemptState, heard: Outcome) -> Result<AttemptState, IllegalOutcome> {
        match heard {
            Outcome::Unknown => Ok(AttemptState::Failed),
            other => from.next(other),
        }
    }
}

#[test]
fn taking_silence_for_failure() {
    is_found(&TakesSilenceForFailure, "R: a page stays open for ever");
}

struct OpensASecondPage;
impl Rules for OpensASecondPage {
    fn may_pay_again(&self, order: OrderState, _: &[AttemptState]) -> bool {
        order == OrderState::PaymentDue
    }
}

#[test]
fn opening_a_page_while_another_is_open() {
    is_found(&OpensASecondPage, "M: two pages are open for one order");
}

struct RefundsTheOrderForADuplicate;
impl Rules for RefundsTheOrderForADuplicate {
    fn refunded(&self, order: OrderState, _: WentBack) -> Result<Option<OrderState>, IllegalEvent> {
        Sound.refunded(order, WentBack::All)
    }
}

#[test]
fn taking_a_duplicates_refund_for_the_orders() {
    is_found(
        &RefundsTheOrderForADuplicate,
        "S: sold is not what was paid",
    );
}

struct ForgetsCaptures;
impl Rules for ForgetsCaptures {
    fn hear(&self, facts: &Facts, heard: &Heard, can_be_had: bool) -> Heeded {
        match Sound.hear(facts, heard, can_be_had) {
            Err(NotSettled::Contradiction(_)) => Ok(Decision::Settle(Settlement {
                attempt: AttemptState::Failed,
                order: facts.order,
                stock: None,
                news: None,
            })),
            other => other,
        }
    }
}

#[test]
fn believing_that_a_capture_has_failed() {
    is_found(&ForgetsCaptures, "a captured payment is forgotten");
}
