//! What is settled is settled, however often and by whomever it is told.

use crate::sql;
use crate::support::{Till, machine};
use domain::order::OrderState;
use domain::payment::Outcome;
use shop::jobs;
use shop::order::{self, pay_again};
use shop::payment::returned;
use sqlx::PgPool;
use time::Duration;

/// The defect of rivals whose webhook, return and reconciler each capture, sell and mail: one order settled three times.
#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn settled_three_times(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(5).await;
    let placed = till.buy(mug, 2).await;
    till.provider.decide("page_1", Outcome::Captured);
    till.webhook("evt_1", "page_1").await;
    returned(&till, &machine(), "fake", "page_1")
        .await
        .expect("the order");
    till.clock.advance(Duration::minutes(31));
    jobs::sweep(&till).await.expect("a sweep");
    till.webhook("evt_2", "page_1").await;
    till.drain().await;

    assert_eq!(sql::stock(&till.db, mug).await, (3, 0, 2));
    assert_eq!(sql::ledger(&till.db, mug).await, (-2, 0, 2));
    assert_eq!(
        sql::events(&till.db, placed.order).await,
        ["order.placed", "order.paid"]
    );
    let mails = std::fs::read_dir(&till.mail_folder).expect("mails").count();
    assert_eq!(mails, 3, "one mail, in three forms");
}

/// The same for money that came besides another attempt's: it goes back once, however often it is told of.
#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_second_payment_told_three_times_goes_back_once(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(5).await;
    let placed = till.buy(mug, 1).await;
    till.provider.decide("page_1", Outcome::Failed);
    till.webhook("evt_failed", "page_1").await;
    pay_again(&till, &machine(), &placed.number, &placed.token)
        .await
        .expect("another page");
    // The first one was charged after all, and so was the second.
    till.provider.decide("page_1", Outcome::Captured);
    till.webhook("evt_late", "page_1").await;
    till.provider.decide("page_2", Outcome::Captured);
    till.webhook("evt_1", "page_2").await;
    returned(&till, &machine(), "fake", "page_2")
        .await
        .expect("the order");
    till.webhook("evt_2", "page_2").await;
    till.drain().await;

    let view = order::find(&till, &placed.number, &placed.token)
        .await
        .expect("the order");
    assert_eq!(view.state, OrderState::Paid);
    let kinds = sql::events(&till.db, placed.order).await;
    let told = kinds.iter().filter(|kind| *kind == "payment.duplicate");
    assert_eq!(told.count(), 1, "{kinds:?}");
    let sent_back: Vec<_> = till.provider.refunds();
    assert_eq!(sent_back.len(), 1);
    assert_eq!(sent_back[0].reference, "page_2");
    assert_eq!(sql::stock(&till.db, mug).await, (4, 0, 1));
}
