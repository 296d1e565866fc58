//! No provider can be reached: the order is taken all the same, and its link is mailed once.

use crate::provider::{Fake, Mood};
use crate::sql;
use crate::support::{Till, refused};
use domain::order::OrderState;
use domain::payment::{AttemptState, Outcome};
use futures::future::join_all;
use shop::jobs;
use shop::payment::{Limits, PaymentError};
use shop::testing::patient;
use sqlx::PgPool;
use std::sync::Arc;
use std::time::Duration as Span;
use time::Duration;

async fn all_down(db: PgPool) -> (Till, [Arc<Fake>; 2]) {
    let providers = [Arc::new(Fake::default()), Arc::new(Fake::named("second"))];
    let till = Till::with(db, &[&providers[0], &providers[1]], patient()).await;
    for provider in &providers {
        provider.set(Mood::Down);
    }
    (till, providers)
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn an_order_is_taken_its_stock_held_and_its_link_mailed_once(db: PgPool) {
    let (till, [first, second]) = all_down(db).await;
    let mug = till.mug(5).await;
    let placed = till.buy(mug, 2).await;
    assert_eq!(placed.redirect, None);
    let view = till.order(&placed).await;
    assert_eq!(
        (view.state, view.payment),
        (OrderState::PaymentDue, AttemptState::Created)
    );
    assert_eq!(
        sql::attempts(&till.db, placed.order).await,
        ["unknown", "unknown", "created"]
    );
    assert_eq!(
        sql::events(&till.db, placed.order).await,
        ["order.placed", "payment.deferred"]
    );

    // The outage outlasts the hold: nothing is given away.
    for _ in 0..3 {
        till.clock.advance(Duration::minutes(20));
        assert_eq!(jobs::sweep(&till).await.expect("a sweep").given_up, 0);
    }
    assert_eq!(sql::stock(&till.db, mug).await, (5, 2, 0));
    till.drain().await;
    assert!(till.mails().is_empty(), "nothing can be paid yet");

    second.set(Mood::Well);
    for _ in 0..3 {
        till.sweep_after_silence().await;
        till.drain().await;
    }
    let mails = till.mails();
    assert_eq!(mails.len(), 1, "{mails:#?}");
    let link = format!("/en-eu/orders/{}/{}", placed.number, placed.token);
    assert!(mails[0].contains(&link), "{}", mails[0]);
    assert!(mails[0].contains("€52.90"), "{}", mails[0]);
    assert_eq!(
        (first.pages().len(), second.pages().len()),
        (0, 1),
        "one page to pay at"
    );
    let page = till.pay_again(&placed).await.expect("the page");
    assert_eq!(page, "https://second.example/page_1");

    // A mail is not read at once: the stock is still held an hour later.
    till.clock.advance(Duration::minutes(60));
    assert_eq!(jobs::sweep(&till).await.expect("a sweep").given_up, 0);
    second.decide("page_1", Outcome::Captured);
    till.returned("second", "page_1").await;
    assert_eq!(till.order(&placed).await.state, OrderState::Paid);
    assert_eq!(sql::stock(&till.db, mug).await, (3, 0, 2));
    till.drain().await;
    assert_eq!(till.mails().len(), 2, "the link, and the confirmation");
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn while_the_breakers_are_open_nobody_is_asked_and_the_attempt_waits(db: PgPool) {
    let limits = Limits {
        pause: Span::from_secs(3_600),
        ..patient()
    };
    let only = Arc::new(Fake::default());
    let till = Till::with(db, &[&only], limits).await;
    let mug = till.mug(9).await;
    only.set(Mood::Down);
    for _ in 0..5 {
        till.buy(mug, 1).await;
    }
    assert_eq!(only.calls(), 5);
    let placed = till.buy(mug, 1).await;
    assert_eq!(sql::attempts(&till.db, placed.order).await, ["created"]);
    assert_eq!(
        refused(till.pay_again(&placed).await),
        PaymentError::Unavailable
    );
    till.sweep_after_silence().await;
    assert_eq!(only.starts(), 0);
    assert_eq!(sql::attempts(&till.db, placed.order).await, ["created"]);
    assert_eq!(till.order(&placed).await.payment, AttemptState::Created);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn who_asks_first_is_led_to_the_page_and_not_mailed(db: PgPool) {
    let (till, [first, _]) = all_down(db).await;
    let placed = till.buy(till.mug(5).await, 1).await;
    assert_eq!(
        refused(till.pay_again(&placed).await),
        PaymentError::Unavailable
    );
    first.set(Mood::Well);
    let asking = (0..4).map(|_| till.pay_again(&placed));
    for page in join_all(asking).await {
        assert_eq!(page.expect("a page"), "https://pay.example/page_1");
    }
    for _ in 0..2 {
        till.sweep_after_silence().await;
        till.drain().await;
    }
    assert!(till.mails().is_empty());
    assert_eq!(first.pages().len(), 1);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_hundred_orders_and_four_workers_are_a_hundred_links(db: PgPool) {
    let (till, [first, second]) = all_down(db).await;
    let mug = till.mug(500).await;
    for _ in 0..100 {
        till.buy(mug, 1).await;
    }
    first.set(Mood::Well);
    let swept = join_all((0..4).map(|_| jobs::sweep(&till))).await;
    for swept in swept {
        swept.expect("a sweep");
    }
    till.sweep_after_silence().await;
    join_all((0..4).map(|_| till.drain())).await;
    assert_eq!(till.mails().len(), 100);
    assert_eq!((first.pages().len(), second.pages().len()), (100, 0));
    let waiting = "SELECT count(*) FROM payment_attempt WHERE state = 'created'";
    assert_eq!(sql::count(&till.db, waiting).await, 0);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_page_whose_opening_was_cut_short_is_made_up_for_by_mail(db: PgPool) {
    let till = Till::new(db).await;
    let placed = till.buy(till.mug(5).await, 1).await;
    // The server was killed after the provider opened the page and before it could be recorded.
    sql::run(
        &till.db,
        "DELETE FROM payment_reference;
         UPDATE payment_attempt SET state = 'created', reference = NULL, redirect_url = NULL",
    )
    .await;
    till.sweep_after_silence().await;
    till.drain().await;
    assert_eq!(till.mails().len(), 1);
    till.sweep_after_silence().await;
    let pages = till.provider.pages();
    assert_eq!(
        (pages[0].outcome, pages[1].outcome, pages.len()),
        (Outcome::Failed, Outcome::Pending, 2),
        "what was shown to nobody is closed"
    );
    till.provider.decide("page_2", Outcome::Captured);
    till.webhook("evt_1", "page_2").await;
    assert_eq!(till.order(&placed).await.state, OrderState::Paid);
    till.drain().await;
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn whose_opening_was_cut_short_may_ask_again_before_the_worker_does(db: PgPool) {
    let till = Till::new(db).await;
    let placed = till.buy(till.mug(5).await, 1).await;
    sql::run(
        &till.db,
        "DELETE FROM payment_reference;
         UPDATE payment_attempt SET state = 'created', reference = NULL, redirect_url = NULL",
    )
    .await;
    till.clock.advance(Duration::seconds(16));
    let page = till.pay_again(&placed).await.expect("a page");
    assert_eq!(page, "https://pay.example/page_2");
    assert_eq!(
        sql::attempts(&till.db, placed.order).await,
        ["unknown", "pending"]
    );
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn an_outage_of_more_than_a_day_ends_the_hold(db: PgPool) {
    let (till, _) = all_down(db).await;
    let mug = till.mug(5).await;
    let placed = till.buy(mug, 2).await;
    till.clock.advance(Duration::hours(25));
    assert_eq!(jobs::sweep(&till).await.expect("a sweep").given_up, 1);
    assert_eq!(till.order(&placed).await.state, OrderState::Cancelled);
    assert_eq!(sql::stock(&till.db, mug).await, (5, 0, 0));
    assert_eq!(refused(till.pay_again(&placed).await), PaymentError::Closed);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn an_order_that_was_paid_meanwhile_is_not_asked_to_pay(db: PgPool) {
    let (till, [first, _]) = all_down(db).await;
    first.set(Mood::LosesAnswers);
    let placed = till.buy(till.mug(5).await, 1).await;
    first.decide("page_1", Outcome::Captured);
    till.webhook("evt_1", "page_1").await;
    assert_eq!(till.order(&placed).await.state, OrderState::Paid);
    first.set(Mood::Well);
    till.sweep_after_silence().await;
    till.drain().await;
    let mails = till.mails();
    assert_eq!(mails.len(), 1, "{mails:#?}");
    assert!(mails[0].contains("Thank you."), "{}", mails[0]);
    assert_eq!(
        sql::attempts(&till.db, placed.order).await,
        ["captured", "unknown", "failed"]
    );
}
