//! Providers whose page only gathers the shopper's consent: the shop asks for the money, once, and only while it is owed.

use crate::provider::{Fake, Mood, signed};
use crate::sql;
use crate::support::{Till, eur};
use domain::order::OrderState;
use domain::payment::AttemptState;
use futures::future::join_all;
use shop::jobs;
use shop::payment::webhook;
use shop::testing::patient;
use sqlx::PgPool;
use std::sync::Arc;
use time::Duration;

async fn till(db: PgPool) -> Till {
    Till::with(db, &[&Arc::new(Fake::on_demand("fake"))], patient()).await
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn return_webhook_and_reconciler_capture_once(db: PgPool) {
    let till = till(db).await;
    let mug = till.mug(5).await;
    let placed = till.buy(mug, 2).await;
    till.returned("fake", "page_1").await;
    let view = till.order(&placed).await;
    assert_eq!(
        (view.state, view.payment),
        (OrderState::PaymentDue, AttemptState::Pending),
        "nobody agreed to anything"
    );
    till.provider.approve("page_1");
    till.clock.advance(Duration::seconds(30));
    let returns = join_all((0..4).map(|_| till.returned("fake", "page_1")));
    let events = ["evt_1", "evt_2", "evt_1", "evt_3"];
    let webhooks = join_all(events.map(|event| till.webhook(event, "page_1")));
    let (_, _, swept) = tokio::join!(returns, webhooks, jobs::sweep(&till));
    swept.expect("a sweep");
    till.drain().await;
    assert_eq!(till.provider.captures().len(), 1);
    assert_eq!(till.order(&placed).await.state, OrderState::Paid);
    assert_eq!(sql::stock(&till.db, mug).await, (3, 0, 2));
    assert_eq!(
        sql::events(&till.db, placed.order).await,
        ["order.placed", "order.paid"]
    );
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_webhook_alone_captures(db: PgPool) {
    let till = till(db).await;
    let placed = till.buy(till.mug(5).await, 1).await;
    till.provider.approve("page_1");
    till.webhook("evt_1", "page_1").await;
    assert_eq!(till.order(&placed).await.state, OrderState::Paid);
    till.drain().await;
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_capture_whose_answer_is_lost_is_asked_about_until_it_is_known(db: PgPool) {
    let till = till(db).await;
    let mug = till.mug(5).await;
    let placed = till.buy(mug, 1).await;
    till.provider.approve("page_1");
    till.provider.set(Mood::LosesCaptures);
    till.returned("fake", "page_1").await;
    assert_eq!(till.order(&placed).await.state, OrderState::PaymentDue);
    till.provider.set(Mood::Down);
    // It may have been taken: neither is the order given up, nor is another page opened.
    till.clock.advance(Duration::minutes(31));
    assert_eq!(jobs::sweep(&till).await.expect("a sweep").given_up, 0);
    assert!(till.pay_again(&placed).await.is_err());
    assert_eq!(sql::attempts(&till.db, placed.order).await, ["pending"]);
    till.provider.set(Mood::Well);
    till.sweep_after_silence().await;
    assert_eq!(till.order(&placed).await.state, OrderState::Paid);
    assert_eq!(till.provider.captures().len(), 1);
    assert_eq!(sql::stock(&till.db, mug).await, (4, 0, 1));
    till.drain().await;
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_webhook_that_can_not_capture_yet_is_not_forgotten(db: PgPool) {
    let till = till(db).await;
    let placed = till.buy(till.mug(5).await, 1).await;
    till.provider.approve("page_1");
    till.provider.set(Mood::Down);
    till.webhook("evt_1", "page_1").await;
    assert_eq!(till.order(&placed).await.state, OrderState::PaymentDue);
    assert_eq!(sql::webhooks(&till.db).await, [("evt_1".to_owned(), false)]);
    till.provider.set(Mood::Well);
    till.clock.advance(Duration::seconds(1));
    till.drain().await;
    assert_eq!(till.order(&placed).await.state, OrderState::Paid);
    assert_eq!(sql::webhooks(&till.db).await, [("evt_1".to_owned(), true)]);
    till.drain().await;
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn consent_after_the_order_was_given_up_costs_nothing(db: PgPool) {
    let till = till(db).await;
    let mug = till.mug(5).await;
    let placed = till.buy(mug, 1).await;
    till.clock.advance(Duration::minutes(31));
    assert_eq!(jobs::sweep(&till).await.expect("a sweep").given_up, 1);
    till.provider.approve("page_1");
    till.clock.advance(Duration::hours(72));
    for event in ["evt_1", "evt_2"] {
        till.webhook(event, "page_1").await;
        till.returned("fake", "page_1").await;
    }
    till.sweep_after_silence().await;
    assert!(till.provider.captures().is_empty());
    assert_eq!(till.order(&placed).await.state, OrderState::Cancelled);
    assert_eq!(sql::stock(&till.db, mug).await, (5, 0, 0));
    till.drain().await;
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn an_order_that_runs_out_while_it_is_paid_is_paid_or_costs_nothing(db: PgPool) {
    let till = till(db).await;
    let mug = till.mug(50).await;
    let mut orders = Vec::new();
    for at in 1..=20 {
        let placed = till.buy(mug, 1).await;
        let reference = format!("page_{at}");
        till.provider.approve(&reference);
        orders.push((placed, reference));
    }
    till.clock.advance(Duration::minutes(31));
    let returns = join_all(orders.iter().map(|(_, page)| till.returned("fake", page)));
    let sweeps = join_all((0..2).map(|_| jobs::sweep(&till)));
    tokio::join!(sweeps, returns);
    till.drain().await;
    let captures = till.provider.captures();
    let (mut paid, mut ended) = (0, 0);
    for (placed, _) in &orders {
        match till.order(placed).await.state {
            OrderState::Paid => paid += 1,
            OrderState::Cancelled => ended += 1,
            other => panic!("{} is {other:?}", placed.number),
        }
    }
    assert_eq!((paid + ended, captures.len()), (20, paid));
    let sold = i64::try_from(paid).expect("a count");
    assert_eq!(sql::stock(&till.db, mug).await, (50 - sold, 0, sold));
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn what_is_not_owed_is_not_captured(db: PgPool) {
    let till = till(db).await;
    let placed = till.buy(till.mug(5).await, 1).await;
    till.provider.approve("page_1");
    for wrong in [
        eur(1),
        eur(2_891),
        domain::Money::new(2_890, domain::Currency::Usd),
    ] {
        till.provider.charge_instead("page_1", wrong);
        till.returned("fake", "page_1").await;
        till.webhook(&format!("evt_{wrong:?}"), "page_1").await;
    }
    assert!(till.provider.captures().is_empty());
    assert_eq!(till.order(&placed).await.state, OrderState::PaymentDue);
    till.provider.charge_instead("page_1", eur(2_890));
    till.returned("fake", "page_1").await;
    assert_eq!(till.order(&placed).await.state, OrderState::Paid);
    till.drain().await;
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn webhooks_in_any_order_any_number_and_late_end_the_same(db: PgPool) {
    let till = till(db).await;
    let mug = till.mug(50).await;
    // Every order of four events, each twice: consent, pending, captured, and consent again under another id.
    let mut state = 7_u64;
    for round in 1..=12 {
        let placed = till.buy(mug, 1).await;
        let page = format!("page_{round}");
        let pending = till.provider.notice(&format!("evt_{round}_a"), &page);
        till.provider.approve(&page);
        let consent = till.provider.notice(&format!("evt_{round}_b"), &page);
        let again = till.provider.notice(&format!("evt_{round}_c"), &page);
        let mut events = vec![
            pending.clone(),
            pending,
            consent.clone(),
            consent,
            again.clone(),
            again,
        ];
        for at in (1..events.len()).rev() {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let with = usize::try_from((state >> 33) % (at as u64 + 1)).expect("a place");
            events.swap(at, with);
        }
        for event in &events {
            webhook(&till, "fake", &signed(), event)
                .await
                .expect("acknowledged");
        }
        let last = till.provider.notice(&format!("evt_{round}_d"), &page);
        for event in events.iter().chain([&last, &last]) {
            webhook(&till, "fake", &signed(), event)
                .await
                .expect("acknowledged");
        }
        assert_eq!(till.order(&placed).await.state, OrderState::Paid);
        assert_eq!(
            sql::events(&till.db, placed.order).await,
            ["order.placed", "order.paid"]
        );
    }
    assert_eq!(till.provider.captures().len(), 12);
    assert_eq!(sql::stock(&till.db, mug).await, (38, 0, 12));
    let kept = "SELECT count(*) FROM webhook_event WHERE handled_at IS NOT NULL";
    assert_eq!(sql::count(&till.db, kept).await, 48);
    till.drain().await;
}
