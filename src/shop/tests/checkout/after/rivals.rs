//! Defects that other shops reported of themselves, shown to be absent here.

use super::{amount, desk};
use crate::provider::Mood;
use crate::sql;
use crate::support::{Till, machine};
use domain::order::OrderState;
use domain::payment::Outcome;
use shop::jobs;
use shop::order::refund;
use shop::payment::returned;
use sqlx::PgPool;

/// medusa #15527: a step after the payment fails, and the compensation that undoes the steps before refunds a good payment.
/// Here nothing that follows a payment can undo it: what fails is tried again, by itself.
#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn compensation_refunds_a_good_payment(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(5).await;
    let session = till.shopper(mug, 2).await;
    let placement = till.ready(&session).await;
    let placed = till
        .place(&session, placement.clone())
        .await
        .expect("an order");
    till.provider.decide("page_1", Outcome::Captured);
    // The mail can't be written, the provider falls silent right after it has taken the money, the hold runs out.
    std::fs::write(&till.mail_folder, "in the way").unwrap();
    till.webhook("evt_1", "page_1").await;
    assert_eq!(jobs::drain(&till).await.expect("jobs").failed, 1);
    till.provider.set(Mood::Down);
    for _ in 0..3 {
        returned(&till, &machine(), "fake", "page_1")
            .await
            .expect("the order");
        till.clock.advance(time::Duration::minutes(31));
        jobs::sweep(&till).await.expect("a sweep");
        jobs::drain(&till).await.expect("jobs");
    }
    // The shopper, who saw an error, places the same order again.
    till.provider.set(Mood::Well);
    let again = till
        .place(&session, placement)
        .await
        .expect("the same order");
    assert_eq!(again.number, placed.number);
    till.webhook("evt_2", "page_1").await;
    std::fs::remove_file(&till.mail_folder).unwrap();
    till.clock.advance(time::Duration::minutes(31));
    till.drain().await;
    assert_eq!(till.state(&placed).await, OrderState::Paid);
    assert_eq!(till.provider.refunds(), []);
    assert_eq!(sql::refunded(&till.db, placed.order).await, (0, 0));
    assert_eq!(sql::stock(&till.db, mug).await, (3, 0, 2));
}

/// saleor #19811: a refund goes out without an idempotency key, and its retry is a second refund. Here a refund is a row
/// whose id is the key, whoever tries it, however often.
#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn refund_without_key(db: PgPool) {
    let till = Till::new(db).await;
    let placed = till.paid(till.mug(5).await, 2).await;
    let asked = refund(&till, &desk(), &placed.number, &amount(1_000))
        .await
        .expect("a refund");
    till.provider.set(Mood::LosesAnswers);
    for _ in 0..4 {
        assert_eq!(jobs::drain(&till).await.expect("jobs").failed, 1);
        till.clock.advance(time::Duration::minutes(5));
    }
    till.provider.set(Mood::Well);
    till.drain().await;
    // A person has the event handled once more.
    let job = sql::job_of(&till.db, "payment.refund").await;
    let owner = super::staff(domain::Role::Owner);
    let event = jobs::show(&till, &owner, job).await.expect("the job").event;
    jobs::replay(&till, &owner, event, None)
        .await
        .expect("once more");
    till.drain().await;
    let sent = till.provider.refunds();
    assert_eq!(sent.len(), 1);
    assert_eq!((sent[0].id, sent[0].amount.minor), (asked.id, 1_000));
    assert_ne!(
        sent[0].id.0, sent[0].attempt.0,
        "the key is the refund's, so that a second part can follow"
    );
}
