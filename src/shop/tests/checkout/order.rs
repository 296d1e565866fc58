//! Orders by their private link, and paying again.

use crate::sql;
use crate::support::{Till, machine, refused};
use domain::order::OrderState;
use domain::payment::Outcome;
use futures::future::join_all;
use shop::order::{self, OrderError, pay_again};
use shop::payment::{PaymentError, returned};
use sqlx::PgPool;

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn only_the_token_opens_an_order(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(5).await;
    let (one, other) = (till.buy(mug, 1).await, till.buy(mug, 1).await);
    order::find(&till, &one.number, &one.token)
        .await
        .expect("the order");
    let cut = &one.token[..42];
    for (number, token) in [
        (one.number.as_str(), other.token.as_str()),
        (&one.number, cut),
        (&one.number, ""),
        ("RI-0000-0000", &one.token),
        ("", ""),
        ("RI-\0", "\0"),
    ] {
        assert_eq!(
            refused(order::find(&till, number, token).await),
            OrderError::NotFound
        );
        assert_eq!(
            refused(pay_again(&till, &machine(), number, token).await),
            PaymentError::Unknown
        );
    }
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn an_open_page_is_the_one_to_pay_at(db: PgPool) {
    let till = Till::new(db).await;
    let placed = till.buy(till.mug(5).await, 1).await;
    let again = pay_again(&till, &machine(), &placed.number, &placed.token)
        .await
        .expect("a page");
    assert_eq!(Some(again), placed.redirect);
    assert_eq!(sql::attempts(&till.db, placed.order).await, ["pending"]);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_failed_payment_is_tried_once_more_however_many_ask(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(5).await;
    let placed = till.buy(mug, 1).await;
    till.provider.decide("page_1", Outcome::Failed);
    let caller = machine();
    let asking = (0..4).map(|_| pay_again(&till, &caller, &placed.number, &placed.token));
    for answer in join_all(asking).await {
        assert_eq!(answer.expect("a page"), "https://pay.example/page_2");
    }
    assert_eq!(
        sql::attempts(&till.db, placed.order).await,
        ["failed", "pending"]
    );

    till.provider.decide("page_2", Outcome::Captured);
    returned(&till, &caller, "fake", "page_2")
        .await
        .expect("the order");
    let view = order::find(&till, &placed.number, &placed.token)
        .await
        .expect("the order");
    assert_eq!(view.state, OrderState::Paid);
    let answer = pay_again(&till, &caller, &placed.number, &placed.token).await;
    assert_eq!(refused(answer), PaymentError::Closed);
    till.drain().await;

    // The first page's money comes after all: it goes back, and the order stays paid.
    till.provider.decide("page_1", Outcome::Captured);
    till.webhook("evt_1", "page_1").await;
    till.drain().await;
    assert_eq!(till.provider.refunds().len(), 1);
    assert_eq!(till.provider.refunds()[0].reference, "page_1");
    let view = order::find(&till, &placed.number, &placed.token)
        .await
        .expect("the order");
    assert_eq!(view.state, OrderState::Paid);
    assert_eq!(sql::stock(&till.db, mug).await, (4, 0, 1));
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn trying_again_holds_the_stock_longer_but_not_for_ever(db: PgPool) {
    let till = Till::new(db).await;
    let placed = till.buy(till.mug(5).await, 1).await;
    let mut tries = 1;
    for _ in 0..20 {
        till.clock.advance(time::Duration::minutes(25));
        till.provider
            .decide(&format!("page_{tries}"), Outcome::Failed);
        match pay_again(&till, &machine(), &placed.number, &placed.token).await {
            Ok(_) => tries += 1,
            Err(_) => break,
        }
        shop::jobs::sweep(&till).await.expect("a sweep");
    }
    shop::jobs::sweep(&till).await.expect("a sweep");
    // At 25, 50, 75 and 100 minutes; two hours after it was placed the hold ends.
    assert_eq!(tries, 5);
    let view = order::find(&till, &placed.number, &placed.token)
        .await
        .expect("the order");
    assert_eq!(view.state, OrderState::Cancelled);
}
