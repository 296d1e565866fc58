//! Calling orders off, before they are paid and after.

use super::{amount, assert_ledger_holds, desk, of, staff};
use crate::provider::Mood;
use crate::sql;
use crate::support::{Till, eur, refused};
use domain::Role;
use domain::order::OrderState;
use domain::payment::Outcome;
use futures::future::join_all;
use shop::fulfilment::{Dispatch, ship};
use shop::jobs;
use shop::order::{ChangeError, RefundOf, cancel, refund};
use sqlx::PgPool;

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn before_payment_the_page_is_closed_and_the_hold_released(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(5).await;
    let placed = till.buy(mug, 2).await;
    let done = cancel(&till, &desk(), &placed.number, "changed their mind")
        .await
        .expect("called off");
    assert_eq!((done.state, done.refund), (OrderState::Cancelled, None));
    let view = till.view(&placed).await;
    assert_eq!((view.state, view.called_off), (OrderState::Cancelled, true));
    assert_eq!(
        till.provider.page().outcome,
        Outcome::Failed,
        "it can't be paid any more"
    );
    assert_eq!(sql::stock(&till.db, mug).await, (5, 0, 0));
    let again = cancel(&till, &desk(), &placed.number, "").await;
    assert!(matches!(
        refused(again),
        ChangeError::State {
            state: "cancelled",
            ..
        }
    ));
    till.drain().await;
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn money_that_comes_for_what_was_called_off_goes_back(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(5).await;
    let placed = till.buy(mug, 2).await;
    cancel(&till, &desk(), &placed.number, "")
        .await
        .expect("called off");
    till.provider.decide("page_1", Outcome::Captured);
    till.webhook("evt_late", "page_1").await;
    till.drain().await;
    assert_eq!(till.state(&placed).await, OrderState::Refunded);
    assert_eq!(till.sent_back(), 5_290);
    assert_eq!(
        sql::stock(&till.db, mug).await,
        (5, 0, 0),
        "though there was enough of it"
    );
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn while_the_provider_is_silent_nothing_is_called_off(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(5).await;
    let placed = till.buy(mug, 2).await;
    till.provider.set(Mood::Down);
    let silent = cancel(&till, &desk(), &placed.number, "").await;
    assert_eq!(refused(silent), ChangeError::ProviderSilent);
    assert_eq!(till.state(&placed).await, OrderState::PaymentDue);
    assert_eq!(sql::stock(&till.db, mug).await, (5, 2, 0));
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn what_was_paid_a_moment_ago_goes_back(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(5).await;
    let placed = till.buy(mug, 2).await;
    // Paid, and the shop has not heard of it yet.
    till.provider.decide("page_1", Outcome::Captured);
    let done = cancel(&till, &desk(), &placed.number, "")
        .await
        .expect("called off");
    assert_eq!(
        (done.state, done.refund),
        (OrderState::RefundDue, Some(eur(5_290)))
    );
    till.drain().await;
    assert_eq!(till.state(&placed).await, OrderState::Refunded);
    assert_eq!(till.sent_back(), 5_290);
    assert_eq!(sql::stock(&till.db, mug).await, (5, 0, 0));
    assert_ledger_holds(&till.db, mug, 5).await;
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn after_payment_the_rest_goes_back_and_all_of_it_onto_the_shelf(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(2).await;
    let placed = till.paid(mug, 2).await;
    refund(&till, &desk(), &placed.number, &amount(290))
        .await
        .expect("a refund");
    till.drain().await;
    let before = sql::page_tags(&till.db).await.len();
    let done = cancel(&till, &desk(), &placed.number, "")
        .await
        .expect("called off");
    assert_eq!(
        (done.state, done.refund),
        (OrderState::RefundDue, Some(eur(5_000)))
    );
    assert_eq!(
        sql::page_tags(&till.db).await.len(),
        before + 1,
        "no longer sold out"
    );
    till.drain().await;
    assert_eq!(till.state(&placed).await, OrderState::Refunded);
    assert_eq!(till.sent_back(), 5_290);
    assert_eq!(sql::stock(&till.db, mug).await, (2, 0, 0));
    assert_ledger_holds(&till.db, mug, 2).await;
    let again = cancel(&till, &desk(), &placed.number, "").await;
    assert!(matches!(refused(again), ChangeError::State { .. }));
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn an_order_that_cost_nothing_is_refunded_at_once(db: PgPool) {
    sql::deliver_for_nothing(&db).await;
    let till = Till::new(db).await;
    let gift = till.product("sample").price(0).stock(3).await.variant();
    let placed = till.buy(gift, 1).await;
    till.drain().await;
    let done = cancel(&till, &desk(), &placed.number, "")
        .await
        .expect("called off");
    assert_eq!((done.state, done.refund), (OrderState::Refunded, None));
    till.drain().await;
    assert_eq!(till.provider.refunds(), []);
    assert_eq!(sql::stock(&till.db, gift).await, (3, 0, 0));
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn what_was_shipped_is_not_called_off(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(2).await;
    let placed = till.paid(mug, 2).await;
    let new = Dispatch {
        parts: Some(super::parts(1, 1)),
        ..Dispatch::default()
    };
    ship(&till, &desk(), &placed.number, &new)
        .await
        .expect("shipped");
    let late = cancel(&till, &desk(), &placed.number, "").await;
    assert!(matches!(
        refused(late),
        ChangeError::State { state: "paid", .. }
    ));
    let denied = cancel(&till, &staff(Role::Support), &placed.number, "").await;
    assert_eq!(refused(denied), ChangeError::Denied);
    let unknown = cancel(&till, &desk(), "RI-0000-0000", "").await;
    assert_eq!(refused(unknown), ChangeError::NotFound);
    assert_eq!(till.state(&placed).await, OrderState::Paid);
    till.drain().await;
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn capture_cancel_and_refund_race_and_no_cent_too_much_goes_back(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(60).await;
    for round in 0..12 {
        let placed = till.buy(mug, 2).await;
        let reference = till.provider.page().reference;
        let before = till.sent_back();
        let paid = round % 3 != 0;
        if paid {
            till.provider.decide(&reference, Outcome::Captured);
        }
        let number = placed.number.as_str();
        let (shop, caller) = (&till.shop, desk());
        let event = format!("evt_race_{round}");
        let captures = async {
            if paid {
                till.webhook(&event, &reference).await;
            }
        };
        let cancels = join_all((0..2).map(|_| cancel(shop, &caller, number, "")));
        let (part, rest) = (amount(1_000), of(RefundOf::Rest));
        let refunds = join_all([&part, &rest, &part].map(|new| refund(shop, &caller, number, new)));
        let sending = jobs::drain(shop);
        let (_, cancelled, _, sent) = tokio::join!(captures, cancels, refunds, sending);
        sent.expect("jobs");
        till.drain().await;
        let won = cancelled.iter().filter(|answer| answer.is_ok()).count();
        assert!(won <= 1, "called off twice");
        let (claimed, sent) = sql::refunded(&till.db, placed.order).await;
        let back = till.sent_back() - before;
        assert_eq!((claimed, sent), (back, back), "round {round}");
        let state = till.state(&placed).await;
        if paid {
            assert!(back <= 5_290, "round {round}: {back}");
            assert_eq!(
                state == OrderState::Refunded,
                back == 5_290,
                "round {round}: {state:?}"
            );
        } else {
            assert_eq!((back, state), (0, OrderState::Cancelled), "round {round}");
        }
        assert_ledger_holds(&till.db, mug, 60).await;
    }
}
