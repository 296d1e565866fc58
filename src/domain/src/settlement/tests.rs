use super::*;
use crate::money::Currency;
use AttemptState as A;
use OrderState as S;
use Outcome as O;

const ATTEMPTS: [A; 5] = [A::Created, A::Pending, A::Unknown, A::Captured, A::Failed];
const OUTCOMES: [O; 4] = [O::Pending, O::Unknown, O::Captured, O::Failed];
const OWED: Money = Money::new(4_990, Currency::Eur);

/// Everything that can be heard of everything, with the stock there or gone.
fn everything() -> impl Iterator<Item = (Facts, Heard, bool)> {
    let amounts = [
        OWED,
        Money::new(4_989, Currency::Eur),
        Money::new(4_990, Currency::Usd),
    ];
    S::ALL.into_iter().flat_map(move |order| {
        ATTEMPTS.into_iter().flat_map(move |attempt| {
            OUTCOMES.into_iter().flat_map(move |outcome| {
                amounts.into_iter().flat_map(move |amount| {
                    (0..8)
                        .map(|bits| (bits & 1 > 0, bits & 2 > 0, bits & 4 > 0))
                        .map(move |(has_reference, is_duplicate, can_be_had)| {
                            let facts = Facts {
                                order,
                                attempt,
                                has_reference,
                                is_duplicate,
                                owed: OWED,
                            };
                            (facts, Heard { outcome, amount }, can_be_had)
                        })
                })
            })
        })
    })
}

fn settled(attempt: A, order: S, stock: Option<Move>, news: News) -> Result<Decision, NotSettled> {
    Ok(Decision::Settle(Settlement {
        attempt,
        order,
        stock,
        news: Some(news),
    }))
}

#[test]
fn captured_money_finds_an_order_in_each_of_its_states() {
    use News::{OrderPaid, PaidTwice, RefundDue};
    let table = [
        (
            S::PaymentDue,
            true,
            A::Captured,
            S::Paid,
            Some(Move::Sell),
            OrderPaid,
        ),
        // Its stock is held: nobody asks whether there is more.
        (
            S::PaymentDue,
            false,
            A::Captured,
            S::Paid,
            Some(Move::Sell),
            OrderPaid,
        ),
        (
            S::Cancelled,
            true,
            A::Captured,
            S::Paid,
            Some(Move::SellLate),
            OrderPaid,
        ),
        (
            S::Cancelled,
            false,
            A::Captured,
            S::RefundDue,
            None,
            RefundDue,
        ),
        (S::Paid, true, A::Failed, S::Paid, None, PaidTwice),
        (S::Paid, false, A::Failed, S::Paid, None, PaidTwice),
        (S::RefundDue, true, A::Failed, S::RefundDue, None, PaidTwice),
        (
            S::RefundDue,
            false,
            A::Failed,
            S::RefundDue,
            None,
            PaidTwice,
        ),
        (S::Refunded, true, A::Failed, S::Refunded, None, PaidTwice),
        (S::Refunded, false, A::Failed, S::Refunded, None, PaidTwice),
    ];
    let heard = Heard {
        outcome: O::Captured,
        amount: OWED,
    };
    for (order, can_be_had, attempt, to, stock, news) in table {
        for before in [A::Created, A::Pending, A::Unknown, A::Failed] {
            for has_reference in [false, true] {
                let facts = Facts {
                    order,
                    attempt: before,
                    has_reference,
                    is_duplicate: false,
                    owed: OWED,
                };
                assert_eq!(
                    hear(&facts, &heard, can_be_had),
                    settled(attempt, to, stock, news),
                    "{facts:?}, can be had: {can_be_had}"
                );
            }
        }
    }
}

#[test]
fn what_was_heard_before_changes_nothing() {
    for (facts, heard, can_be_had) in everything() {
        let Ok(Decision::Settle(settled)) = hear(&facts, &heard, can_be_had) else {
            continue;
        };
        let after = Facts {
            order: settled.order,
            attempt: settled.attempt,
            has_reference: true,
            is_duplicate: facts.is_duplicate || settled.news == Some(News::PaidTwice),
            ..facts
        };
        for can_be_had in [false, true] {
            assert_eq!(
                hear(&after, &heard, can_be_had),
                Ok(Decision::Known),
                "{facts:?} {heard:?}"
            );
        }
    }
}

#[test]
fn everything_that_can_be_heard_is_answered_as_it_must_be() {
    for (facts, heard, can_be_had) in everything() {
        let told = format!("{facts:?} {heard:?}, can be had: {can_be_had}");
        match hear(&facts, &heard, can_be_had) {
            Err(NotSettled::Contradiction(illegal)) => {
                assert_eq!(
                    (illegal.from, illegal.to),
                    (A::Captured, O::Failed),
                    "{told}"
                );
            }
            Err(NotSettled::WrongAmount { owed, paid }) => {
                assert_eq!((owed, paid), (facts.owed, heard.amount), "{told}");
                assert_ne!(owed, paid, "{told}");
                assert_eq!(heard.outcome, O::Captured, "{told}");
            }
            Err(NotSettled::Illegal(illegal)) => panic!("{told}: {illegal}"),
            Ok(Decision::Known) => {
                let is_repeated = facts.attempt.next(heard.outcome) == Ok(facts.attempt)
                    && (facts.has_reference || facts.attempt == A::Captured);
                let goes_back = facts.is_duplicate && heard.outcome == O::Captured;
                assert!(is_repeated || goes_back, "{told}");
            }
            Ok(Decision::Settle(settled)) => {
                assert_ne!(facts.attempt, A::Captured, "{told}");
                assert!(
                    !facts.is_duplicate || heard.outcome != O::Captured,
                    "{told}"
                );
                if heard.outcome == O::Captured {
                    assert_eq!(heard.amount, facts.owed, "{told}");
                    let is_kept = matches!(facts.order, S::PaymentDue | S::Cancelled);
                    assert_eq!(settled.attempt == A::Captured, is_kept, "{told}");
                    assert_eq!(moves_stock(&facts, heard.outcome), is_kept, "{told}");
                } else {
                    assert_eq!(
                        (settled.order, settled.stock),
                        (facts.order, None),
                        "{told}"
                    );
                    assert_eq!(
                        Ok(settled.attempt),
                        facts.attempt.next(heard.outcome),
                        "{told}"
                    );
                    let has_failed = settled.attempt == A::Failed;
                    assert_eq!(
                        settled.news,
                        has_failed.then_some(News::PaymentFailed),
                        "{told}"
                    );
                    assert!(!moves_stock(&facts, heard.outcome), "{told}");
                }
            }
        }
    }
}

#[test]
fn an_unpaid_order_is_given_up_once_no_payment_can_come() {
    for why in [GivenUp::HoldExpired, GivenUp::Cancelled] {
        for order in S::ALL {
            let event = why.event();
            let expected = match order {
                S::PaymentDue => Ok((S::Cancelled, Move::Release)),
                S::Paid | S::Cancelled | S::RefundDue | S::Refunded => {
                    Err(NotGivenUp::Illegal(IllegalEvent {
                        state: order,
                        event,
                    }))
                }
            };
            assert_eq!(give_up(order, why, false), expected, "{order:?} {why:?}");
            let open = expected.and(Err(NotGivenUp::PaymentOpen));
            assert_eq!(give_up(order, why, true), open, "{order:?} {why:?}");
        }
    }
}

#[test]
fn money_that_went_back_is_recorded_once() {
    let illegal = |state| {
        Err(IllegalEvent {
            state,
            event: OrderEvent::Refunded,
        })
    };
    let table = [
        (S::PaymentDue, illegal(S::PaymentDue)),
        (S::Paid, Ok(Some(S::Refunded))),
        (S::Cancelled, illegal(S::Cancelled)),
        (S::RefundDue, Ok(Some(S::Refunded))),
        (S::Refunded, Ok(None)),
    ];
    assert_eq!(table.map(|(order, _)| order), S::ALL);
    for (order, expected) in table {
        assert_eq!(refunded(order, WentBack::All), expected, "{order:?}");
        assert_eq!(refunded(order, WentBack::Duplicate), Ok(None), "{order:?}");
    }
}

#[test]
fn never_are_two_payments_open() {
    for order in S::ALL {
        for first in ATTEMPTS {
            for second in ATTEMPTS {
                let is_free = order == S::PaymentDue && first == A::Failed && second == A::Failed;
                assert_eq!(
                    may_pay_again(order, &[first, second]),
                    is_free,
                    "{order:?} {first:?} {second:?}"
                );
            }
        }
    }
}
