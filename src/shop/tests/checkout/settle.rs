//! What becomes of an order when its money comes, late, wrong, or not at all.

use crate::provider::Mood;
use crate::sql;
use crate::support::{Till, eur, machine, refused};
use domain::Money;
use domain::order::OrderState;
use domain::payment::{AttemptState, Outcome};
use shop::checkout::Placed;
use shop::payment::{PaymentError, returned};
use shop::{jobs, order};
use sqlx::PgPool;
use time::Duration;

async fn state(till: &Till, placed: &Placed) -> (OrderState, AttemptState) {
    let view = order::find(till, &placed.number, &placed.token)
        .await
        .expect("the order");
    (view.state, view.payment)
}

/// The hold runs out and is looked at.
async fn expire(till: &Till) -> jobs::Swept {
    till.clock.advance(Duration::minutes(31));
    jobs::sweep(till).await.expect("a sweep")
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn the_shoppers_return_settles_once(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(5).await;
    let placed = till.buy(mug, 2).await;
    returned(&till, &machine(), "fake", "page_1")
        .await
        .expect("the order, not paid yet");
    assert_eq!(
        state(&till, &placed).await,
        (OrderState::PaymentDue, AttemptState::Pending)
    );

    till.provider.decide("page_1", Outcome::Captured);
    for _ in 0..2 {
        let (number, token) = returned(&till, &machine(), "fake", "page_1")
            .await
            .expect("the order");
        assert_eq!(
            (number, token),
            (placed.number.clone(), placed.token.clone())
        );
    }
    assert_eq!(
        state(&till, &placed).await,
        (OrderState::Paid, AttemptState::Captured)
    );
    assert_eq!(sql::stock(&till.db, mug).await, (3, 0, 2));
    assert_eq!(
        sql::events(&till.db, placed.order).await,
        ["order.placed", "order.paid"]
    );
    let log = sql::audited(&till.db, &placed.order.to_string()).await;
    let expected = [("order.paid", "machine"), ("order.placed", "guest")];
    assert_eq!(
        log,
        expected.map(|(action, actor)| (action.to_owned(), actor.to_owned()))
    );
    till.drain().await;
    for odd in ["page_2", "", "page\0"] {
        assert_eq!(
            refused(returned(&till, &machine(), "fake", odd).await),
            PaymentError::Unknown
        );
    }
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_return_while_the_provider_is_down_shows_the_order(db: PgPool) {
    let till = Till::new(db).await;
    let placed = till.buy(till.mug(5).await, 2).await;
    till.provider.decide("page_1", Outcome::Captured);
    till.provider.set(Mood::Down);
    returned(&till, &machine(), "fake", "page_1")
        .await
        .expect("the order");
    assert_eq!(state(&till, &placed).await.0, OrderState::PaymentDue);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_lost_webhook_is_made_up_for(db: PgPool) {
    let till = Till::new(db).await;
    let placed = till.buy(till.mug(5).await, 1).await;
    till.provider.decide("page_1", Outcome::Captured);
    till.clock.advance(Duration::seconds(21));
    jobs::sweep(&till).await.expect("a sweep");
    assert_eq!(state(&till, &placed).await.0, OrderState::Paid);
    till.drain().await;
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_hold_that_runs_out_gives_the_stock_back(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(2).await;
    let placed = till.buy(mug, 2).await;
    till.clock.advance(Duration::minutes(29));
    assert_eq!(jobs::sweep(&till).await.expect("a sweep").given_up, 0);
    assert_eq!(expire(&till).await.given_up, 1);
    assert_eq!(
        state(&till, &placed).await,
        (OrderState::Cancelled, AttemptState::Failed)
    );
    assert_eq!(
        till.provider.page().outcome,
        Outcome::Failed,
        "it can't be paid any more"
    );
    assert_eq!(sql::stock(&till.db, mug).await, (2, 0, 0));
    assert_eq!(sql::ledger(&till.db, mug).await, (0, 0, 0));
    let events = sql::events(&till.db, placed.order).await;
    assert_eq!(
        events,
        ["order.placed", "payment.failed", "order.cancelled"]
    );
    assert_eq!(
        sql::page_tags(&till.db).await.len(),
        2,
        "sold out, and back"
    );
    assert_eq!(expire(&till).await.given_up, 0);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn an_order_that_may_have_been_paid_is_not_given_up(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(2).await;
    let placed = till.buy(mug, 2).await;
    till.provider.decide("page_1", Outcome::Captured);
    till.provider.set(Mood::Down);
    assert_eq!(expire(&till).await.given_up, 0);
    assert_eq!(state(&till, &placed).await.0, OrderState::PaymentDue);
    assert_eq!(sql::stock(&till.db, mug).await, (2, 2, 0));

    till.provider.set(Mood::Well);
    assert_eq!(expire(&till).await.given_up, 0);
    assert_eq!(state(&till, &placed).await.0, OrderState::Paid);
    till.drain().await;
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn an_order_whose_page_never_opened_is_given_up(db: PgPool) {
    let till = Till::new(db).await;
    till.provider.set(Mood::Refuses);
    let placed = till.buy(till.mug(2).await, 1).await;
    assert_eq!(
        (placed.redirect.clone(), state(&till, &placed).await.1),
        (None, AttemptState::Failed)
    );
    assert_eq!(expire(&till).await.given_up, 1);
    assert_eq!(state(&till, &placed).await.0, OrderState::Cancelled);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn late_money_gets_the_stock_that_is_still_there(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(2).await;
    let placed = till.buy(mug, 2).await;
    assert_eq!(expire(&till).await.given_up, 1);
    till.provider.decide("page_1", Outcome::Captured);
    till.webhook("evt_late", "page_1").await;
    assert_eq!(
        state(&till, &placed).await,
        (OrderState::Paid, AttemptState::Captured)
    );
    assert_eq!(sql::stock(&till.db, mug).await, (0, 0, 2));
    assert_eq!(sql::ledger(&till.db, mug).await, (-2, 0, 2));
    till.drain().await;
    assert_eq!(till.provider.refunds(), []);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn late_money_without_stock_goes_back_in_full(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(2).await;
    let placed = till.buy(mug, 2).await;
    assert_eq!(expire(&till).await.given_up, 1);
    let faster = till.buy(mug, 1).await;
    till.provider.decide("page_1", Outcome::Captured);
    till.webhook("evt_late", "page_1").await;
    assert_eq!(state(&till, &placed).await.0, OrderState::RefundDue);
    assert_eq!(
        sql::stock(&till.db, mug).await,
        (2, 1, 0),
        "the other order's hold is untouched"
    );

    till.provider.set(Mood::LosesAnswers);
    assert_eq!(jobs::drain(&till).await.expect("jobs").failed, 1);
    assert_eq!(state(&till, &placed).await.0, OrderState::RefundDue);
    till.provider.set(Mood::Well);
    till.clock.advance(Duration::minutes(1));
    till.drain().await;
    assert_eq!(state(&till, &placed).await.0, OrderState::Refunded);
    let refunds = till.provider.refunds();
    assert_eq!(refunds.len(), 1, "once, though it was asked twice");
    assert_eq!(
        (refunds[0].reference.as_str(), refunds[0].amount),
        ("page_1", eur(5_290))
    );
    assert_eq!(state(&till, &faster).await.0, OrderState::PaymentDue);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn what_is_paid_must_be_what_is_owed(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(2).await;
    let placed = till.buy(mug, 2).await;
    till.provider.decide("page_1", Outcome::Captured);
    for wrong in [eur(5_289), eur(0), Money::new(5_290, domain::Currency::Usd)] {
        till.provider.charge_instead("page_1", wrong);
        returned(&till, &machine(), "fake", "page_1")
            .await
            .expect("the order");
        till.webhook(&format!("evt_{wrong:?}"), "page_1").await;
        assert_eq!(
            state(&till, &placed).await,
            (OrderState::PaymentDue, AttemptState::Pending)
        );
    }
    assert_eq!(sql::stock(&till.db, mug).await, (2, 2, 0));
    till.provider.charge_instead("page_1", eur(5_290));
    returned(&till, &machine(), "fake", "page_1")
        .await
        .expect("the order");
    assert_eq!(state(&till, &placed).await.0, OrderState::Paid);
    till.drain().await;
}
