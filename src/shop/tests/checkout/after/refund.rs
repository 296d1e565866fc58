//! Refunds: whole, by amount, by line; never more than was captured.

use super::{amount, assert_ledger_holds, desk, of, parts, staff};
use crate::provider::Mood;
use crate::sql;
use crate::support::{Till, eur, refused};
use domain::fulfilment::{RefundReason, RefundState};
use domain::order::OrderState;
use domain::{Currency, Money, RefundId, Role};
use futures::future::join_all;
use shop::jobs;
use shop::order::{ChangeError, NewRefund, RefundOf, refund};
use sqlx::PgPool;
use uuid::Uuid;

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn all_of_it_goes_back_once(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(5).await;
    let placed = till.paid(mug, 2).await;
    let asked = refund(&till, &desk(), &placed.number, &of(RefundOf::Rest))
        .await
        .expect("a refund");
    assert_eq!((asked.amount, asked.state), (eur(5_290), RefundState::Due));
    assert_eq!(
        till.state(&placed).await,
        OrderState::Paid,
        "not before it was sent"
    );
    till.drain().await;
    assert_eq!(till.state(&placed).await, OrderState::Refunded);
    let sent = till.provider.refunds();
    assert_eq!(sent.len(), 1);
    assert_eq!((sent[0].id, sent[0].amount), (asked.id, eur(5_290)));
    assert_eq!(sql::refunded(&till.db, placed.order).await, (5_290, 5_290));
    assert_eq!(
        sql::stock(&till.db, mug).await,
        (3, 0, 2),
        "nothing was said of the shelf"
    );
    let events = sql::events(&till.db, placed.order).await;
    assert_eq!(
        events,
        ["order.placed", "order.paid", "refund.due", "order.refunded"]
    );
    let log = sql::audited(&till.db, &placed.order.to_string()).await;
    assert!(
        log.contains(&("refund.due".to_owned(), "staff".to_owned())),
        "{log:?}"
    );
    let again = refund(&till, &desk(), &placed.number, &of(RefundOf::Rest)).await;
    assert!(matches!(
        refused(again),
        ChangeError::State {
            state: "refunded",
            ..
        }
    ));
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn parts_go_back_until_nothing_is_left(db: PgPool) {
    let till = Till::new(db).await;
    let placed = till.paid(till.mug(5).await, 2).await;
    refund(&till, &desk(), &placed.number, &amount(1_000))
        .await
        .expect("a refund");
    till.drain().await;
    assert_eq!(till.state(&placed).await, OrderState::Paid);
    assert_eq!(sql::refunded(&till.db, placed.order).await, (1_000, 1_000));
    let too_much = refund(&till, &desk(), &placed.number, &amount(4_291)).await;
    assert_eq!(
        refused(too_much),
        ChangeError::TooMuch {
            asked: "42.91".to_owned(),
            left: "42.90".to_owned(),
            currency: Currency::Eur
        }
    );
    refund(&till, &desk(), &placed.number, &amount(4_290))
        .await
        .expect("the rest");
    till.drain().await;
    assert_eq!(till.state(&placed).await, OrderState::Refunded);
    assert_eq!(till.sent_back(), 5_290);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_line_goes_back_at_what_it_cost_and_onto_the_shelf(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(5).await;
    let placed = till.paid(mug, 2).await;
    let number = placed.number.as_str();
    let lines = |quantity, restock| NewRefund {
        restock,
        ..of(RefundOf::Lines {
            parts: parts(1, quantity),
            delivery: false,
        })
    };
    let asked = refund(&till, &desk(), number, &lines(1, true)).await;
    assert_eq!(asked.expect("a refund").amount, eur(2_400));
    assert_eq!(sql::stock(&till.db, mug).await, (4, 0, 1));
    assert_ledger_holds(&till.db, mug, 5).await;
    let units = till.followed(&placed).await.units[0];
    assert_eq!(
        (units.refunded, units.withdrawn, units.to_ship()),
        (1, 1, 1)
    );
    let more = refund(&till, &desk(), number, &lines(2, false)).await;
    assert!(matches!(
        refused(more),
        ChangeError::TooMany {
            line: 1,
            asked: 2,
            left: 1,
            ..
        }
    ));
    let delivery = of(RefundOf::Lines {
        parts: Vec::new(),
        delivery: true,
    });
    let asked = refund(&till, &desk(), number, &delivery).await;
    assert_eq!(asked.expect("a refund").amount, eur(490));
    let twice = refund(&till, &desk(), number, &delivery).await;
    assert_eq!(refused(twice), ChangeError::DeliveryRefunded);
    till.drain().await;
    assert_eq!(till.state(&placed).await, OrderState::Paid);
    refund(&till, &desk(), number, &lines(1, false))
        .await
        .expect("a refund");
    till.drain().await;
    assert_eq!(till.sent_back(), 5_290);
    assert_eq!(till.state(&placed).await, OrderState::Refunded);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn the_same_id_is_the_same_refund(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(9).await;
    let placed = till.paid(mug, 2).await;
    let id = RefundId(Uuid::from_u128(99));
    let new = NewRefund {
        id: Some(id),
        ..amount(700)
    };
    for _ in 0..3 {
        let asked = refund(&till, &desk(), &placed.number, &new)
            .await
            .expect("a refund");
        assert_eq!((asked.id, asked.amount), (id, eur(700)));
        till.drain().await;
    }
    assert_eq!(till.sent_back(), 700);
    let other = NewRefund {
        id: Some(id),
        ..amount(701)
    };
    let reused = refund(&till, &desk(), &placed.number, &other).await;
    assert_eq!(refused(reused), ChangeError::IdReused);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn bad_input_changes_nothing(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(5).await;
    let placed = till.paid(mug, 2).await;
    let number = placed.number.as_str();
    let lines = |line, quantity| {
        of(RefundOf::Lines {
            parts: parts(line, quantity),
            delivery: false,
        })
    };
    let twice = of(RefundOf::Lines {
        parts: [parts(1, 1), parts(1, 1)].concat(),
        delivery: false,
    });
    let dollars = of(RefundOf::Amount(Money::new(100, Currency::Usd)));
    let restock = NewRefund {
        restock: true,
        ..amount(100)
    };
    let cases = [
        ("RI-0000-0000", amount(100)),
        ("", amount(100)),
        ("RI\0", amount(100)),
        (number, amount(0)),
        (number, amount(-100)),
        (number, amount(i64::MAX)),
        (number, amount(i64::MIN)),
        (number, dollars),
        (number, lines(0, 1)),
        (number, lines(2, 1)),
        (number, lines(-1, 1)),
        (number, lines(1, 0)),
        (number, lines(1, 3)),
        (number, lines(1, u32::MAX)),
        (number, lines(i32::MAX, u32::MAX)),
        (number, twice),
        (number, restock),
        (
            number,
            of(RefundOf::Lines {
                parts: Vec::new(),
                delivery: false,
            }),
        ),
    ];
    for (number, new) in cases {
        refused(refund(&till, &desk(), number, &new).await);
    }
    let support = refund(&till, &staff(Role::Support), number, &amount(100)).await;
    assert_eq!(refused(support), ChangeError::Denied);
    let session = till.guest().await;
    let shopper = refund(&till, &till.caller(&session), number, &amount(100)).await;
    assert_eq!(refused(shopper), ChangeError::Denied);
    assert_eq!(sql::refunded(&till.db, placed.order).await, (0, 0));
    assert_eq!(till.provider.refunds(), []);
    let unpaid = till.buy(mug, 1).await;
    let early = refund(&till, &desk(), &unpaid.number, &amount(100)).await;
    assert!(matches!(
        refused(early),
        ChangeError::State {
            state: "payment_due",
            ..
        }
    ));
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn fifty_at_once_never_send_back_more_than_was_captured(db: PgPool) {
    let till = Till::new(db).await;
    let placed = till.paid(till.mug(5).await, 2).await;
    let asking = (0..50).map(|_| {
        let (shop, number) = (till.shop.shop(), placed.number.clone());
        tokio::spawn(async move { refund(&shop, &desk(), &number, &amount(300)).await })
    });
    let answers = join_all(asking).await;
    let taken = answers
        .into_iter()
        .map(|answer| answer.expect("it ends"))
        .filter(|answer| match answer {
            Ok(_) => true,
            Err(shop::Failure::Refused(ChangeError::TooMuch { left, .. })) if left == "1.90" => {
                false
            }
            other => panic!("refused otherwise: {other:?}"),
        })
        .count();
    assert_eq!(taken, 17, "17 × 3.00 of 52.90");
    till.drain().await;
    assert_eq!(
        (till.sent_back(), till.provider.refunds().len()),
        (5_100, 17)
    );
    assert_eq!(sql::refunded(&till.db, placed.order).await, (5_100, 5_100));
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_lost_answer_is_asked_about_under_the_same_id(db: PgPool) {
    let till = Till::new(db).await;
    let placed = till.paid(till.mug(5).await, 2).await;
    refund(&till, &desk(), &placed.number, &amount(1_000))
        .await
        .expect("a refund");
    for mood in [Mood::LosesAnswers, Mood::Down, Mood::LosesAnswers] {
        till.provider.set(mood);
        assert_eq!(jobs::drain(&till).await.expect("jobs").failed, 1);
        assert_eq!(sql::refunded(&till.db, placed.order).await, (1_000, 0));
        till.clock.advance(time::Duration::minutes(1));
    }
    till.provider.set(Mood::Well);
    till.drain().await;
    assert_eq!(till.sent_back(), 1_000);
    assert_eq!(sql::refunded(&till.db, placed.order).await, (1_000, 1_000));
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn one_that_fails_for_good_is_parked_and_its_amount_is_free_again(db: PgPool) {
    let till = Till::new(db).await;
    let placed = till.paid(till.mug(5).await, 2).await;
    let lines = of(RefundOf::Lines {
        parts: parts(1, 2),
        delivery: false,
    });
    let asked = refund(&till, &desk(), &placed.number, &lines)
        .await
        .expect("a refund");
    till.provider.set(Mood::Refuses);
    assert_eq!(jobs::drain(&till).await.expect("jobs").failed, 1);
    let counts = jobs::counts(&till).await.expect("counts");
    assert_eq!(
        (counts.waiting, counts.parked),
        (0, 1),
        "at once, not after ten tries"
    );
    let shown = till.followed(&placed).await;
    assert_eq!(shown.refunds[0].state, RefundState::Failed);
    assert_eq!(shown.refunds[0].failure.as_deref(), Some("no"));
    assert_eq!(shown.units[0].refunded, 0);
    assert_eq!(sql::refunded(&till.db, placed.order).await, (0, 0));
    assert_eq!(till.state(&placed).await, OrderState::Paid);

    // Once more, when what was wrong is mended: the same refund.
    till.provider.set(Mood::Well);
    let parked = sql::job_of(&till.db, "payment.refund").await;
    jobs::retry(&till, &staff(Role::Owner), parked)
        .await
        .expect("again");
    till.drain().await;
    assert_eq!(till.provider.refunds()[0].id, asked.id);
    assert_eq!(sql::refunded(&till.db, placed.order).await, (4_800, 4_800));
    assert_eq!(till.followed(&placed).await.units[0].refunded, 2);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_failed_refund_that_was_made_good_otherwise_is_not_sent_again(db: PgPool) {
    let mut till = Till::new(db).await;
    till.shop.leave_jobs();
    let placed = till.paid(till.mug(5).await, 2).await;
    refund(&till, &desk(), &placed.number, &amount(5_000))
        .await
        .expect("a refund");
    till.provider.set(Mood::Refuses);
    jobs::drain(&till).await.expect("jobs");
    till.provider.set(Mood::Well);
    refund(&till, &desk(), &placed.number, &of(RefundOf::Rest))
        .await
        .expect("a refund");
    till.drain().await;
    let parked = sql::parked_job(&till.db).await;
    jobs::retry(&till, &staff(Role::Owner), parked)
        .await
        .expect("again");
    assert_eq!(jobs::drain(&till).await.expect("jobs").failed, 1);
    assert_eq!(till.sent_back(), 5_290);
    assert_eq!(sql::refunded(&till.db, placed.order).await, (5_290, 5_290));
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn jobs_of_the_release_before_still_refund(db: PgPool) {
    // What it asked for names the attempt alone; settling still does.
    let till = Till::new(db).await;
    let mug = till.mug(2).await;
    let placed = till.buy(mug, 2).await;
    till.clock.advance(time::Duration::minutes(31));
    jobs::sweep(&till).await.expect("a sweep");
    till.buy(mug, 1).await;
    till.provider
        .decide("page_1", domain::payment::Outcome::Captured);
    till.webhook("evt_late", "page_1").await;
    assert_eq!(till.state(&placed).await, OrderState::RefundDue);
    till.drain().await;
    assert_eq!(till.state(&placed).await, OrderState::Refunded);
    let refunds = till.followed(&placed).await.refunds;
    assert_eq!(refunds.len(), 1);
    assert_eq!(
        (refunds[0].reason, refunds[0].amount),
        (RefundReason::Late, eur(5_290))
    );
    let sent = till.provider.refunds();
    assert_eq!(
        sent[0].id.0, sent[0].attempt.0,
        "one whole refund of an attempt, by its id"
    );
}
