//! Saved means of payment: kept when the shopper asks for it, and charged by the worker when a provider is back. Once.

use crate::after::desk;
use crate::provider::{Fake, Mood};
use crate::sql;
use crate::support::{Till, machine, refused};
use domain::VariantId;
use domain::customer::MethodLabel;
use domain::order::OrderState;
use domain::payment::Outcome;
use futures::future::join_all;
use shop::checkout::Placed;
use shop::customer::{NewMethod, Session, keep_method, keep_provider_customer, methods};
use shop::jobs;
use shop::order::{ChangeError, cancel};
use shop::payment::{Keep, Kept, PaymentError, Saved};
use shop::testing::patient;
use sqlx::PgPool;
use std::sync::Arc;
use time::Duration;

/// A shop whose providers are both down; the first one charges saved means of payment.
async fn all_down(db: PgPool) -> (Till, [Arc<Fake>; 2]) {
    let providers = [Arc::new(Fake::saving()), Arc::new(Fake::named("second"))];
    let till = Till::with(db, &[&providers[0], &providers[1]], patient()).await;
    for provider in &providers {
        provider.set(Mood::Down);
    }
    (till, providers)
}

fn visa() -> MethodLabel {
    MethodLabel::parse("Visa, ending in 4242").expect("a label")
}

/// A shopper with a saved card, and the order they placed.
async fn placed(till: &Till, mug: VariantId) -> (Session, Placed) {
    let session = till.shopper(mug, 1).await;
    let (by, who) = (machine(), session.customer);
    keep_provider_customer(till, &by, who, "fake", "cus_1")
        .await
        .expect("kept");
    let new = NewMethod {
        provider: "fake",
        reference: "pm_1",
        label: visa(),
    };
    keep_method(till, &by, who, &new).await.expect("kept");
    let placement = till.ready(&session).await;
    let placed = till.place(&session, placement).await.expect("an order");
    assert_eq!(placed.redirect, None);
    (session, placed)
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_saved_card_is_charged_when_a_provider_is_back(db: PgPool) {
    let (till, [first, second]) = all_down(db).await;
    let mug = till.mug(5).await;
    let (_, placed) = placed(&till, mug).await;
    till.sweep_after_silence().await;
    assert_eq!(till.order(&placed).await.state, OrderState::PaymentDue);
    assert_eq!(sql::stock(&till.db, mug).await, (5, 1, 0));
    first.set(Mood::Well);
    second.set(Mood::Well);
    for _ in 0..3 {
        till.sweep_after_silence().await;
        till.drain().await;
    }
    assert_eq!(till.order(&placed).await.state, OrderState::Paid);
    let charges = first.charges();
    assert_eq!(charges.len(), 1);
    let saved = Saved {
        customer: "cus_1".to_owned(),
        method: "pm_1".to_owned(),
    };
    assert_eq!(charges[0].saved.as_ref(), Some(&saved));
    assert_eq!((first.pages().len(), second.pages().len()), (0, 0));
    assert_eq!(sql::stock(&till.db, mug).await, (4, 0, 1));
    let mails = till.mails();
    assert_eq!(mails.len(), 1, "{mails:#?}");
    assert!(mails[0].contains("Thank you."), "{}", mails[0]);

    // Told of it again, in whatever order, and refunded like any other.
    for event in ["evt_1", "evt_2", "evt_1"] {
        till.webhook(event, &charges[0].reference).await;
    }
    cancel(&till, &desk(), &placed.number, "")
        .await
        .expect("called off");
    till.drain().await;
    assert_eq!(till.order(&placed).await.state, OrderState::Refunded);
    assert_eq!(first.refunds()[0].reference, charges[0].reference);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn who_is_declined_is_mailed_the_link_and_not_charged_again(db: PgPool) {
    let (till, [first, _]) = all_down(db).await;
    let (_, placed) = placed(&till, till.mug(5).await).await;
    first.decline();
    first.set(Mood::Well);
    for _ in 0..3 {
        till.sweep_after_silence().await;
        till.drain().await;
    }
    assert_eq!(first.charges(), []);
    let mails = till.mails();
    assert_eq!(mails.len(), 1, "{mails:#?}");
    let link = format!("/en-eu/orders/{}/{}", placed.number, placed.token);
    assert!(mails[0].contains(&link), "{}", mails[0]);
    assert_eq!(first.pages().len(), 1);
    first.decide("page_1", Outcome::Captured);
    till.returned("fake", "page_1").await;
    assert_eq!(till.order(&placed).await.state, OrderState::Paid);
    till.drain().await;
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_charge_whose_answer_was_lost_is_found_and_never_made_twice(db: PgPool) {
    let (till, [first, _]) = all_down(db).await;
    let (_, placed) = placed(&till, till.mug(5).await).await;
    first.set(Mood::LosesAnswers);
    till.sweep_after_silence().await;
    assert_eq!(first.charges().len(), 1);
    // Unknown is what it is: no other page, no giving up, however long.
    first.set(Mood::Down);
    assert_eq!(
        refused(till.pay_again(&placed).await),
        PaymentError::Unavailable
    );
    let silent = cancel(&till, &desk(), &placed.number, "").await;
    assert_eq!(refused(silent), ChangeError::ProviderSilent);
    till.clock.advance(Duration::hours(30));
    assert_eq!(jobs::sweep(&till).await.expect("a sweep").given_up, 0);
    assert_eq!(till.order(&placed).await.state, OrderState::PaymentDue);
    first.set(Mood::Well);
    till.sweep_after_silence().await;
    assert_eq!(till.order(&placed).await.state, OrderState::Paid);
    assert_eq!((first.charges().len(), first.pages().len()), (1, 0));
    till.drain().await;
    assert_eq!(till.mails().len(), 1, "the confirmation");
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_charge_that_never_arrived_is_asked_for_again_as_the_same(db: PgPool) {
    let (till, [first, _]) = all_down(db).await;
    let (_, placed) = placed(&till, till.mug(5).await).await;
    // It hears, and nothing reaches it.
    till.sweep_after_silence().await;
    till.sweep_after_silence().await;
    assert_eq!(first.charges(), []);
    first.set(Mood::Well);
    till.sweep_after_silence().await;
    assert_eq!(till.order(&placed).await.state, OrderState::Paid);
    assert_eq!(first.charges().len(), 1);
    till.drain().await;
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_charge_of_which_nothing_is_known_for_long_has_failed_and_the_link_is_mailed(db: PgPool) {
    let (till, [first, second]) = all_down(db).await;
    let (_, placed) = placed(&till, till.mug(5).await).await;
    till.sweep_after_silence().await;
    // The outage lasts; then the card's provider knows of no charge, and the order could be paid there or elsewhere.
    till.clock.advance(Duration::minutes(11));
    first.set(Mood::Well);
    second.set(Mood::Well);
    for _ in 0..3 {
        till.sweep_after_silence().await;
        till.drain().await;
    }
    assert_eq!(first.charges(), []);
    assert_eq!(till.mails().len(), 1, "the link");
    assert_eq!(first.pages().len() + second.pages().len(), 1);
    assert_eq!(till.order(&placed).await.state, OrderState::PaymentDue);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_charge_under_way_is_neither_called_off_nor_made_by_another(db: PgPool) {
    let (till, [first, second]) = all_down(db).await;
    let (_, placed) = placed(&till, till.mug(5).await).await;
    first.set(Mood::Well);
    second.set(Mood::Well);
    let gate = first.wait_at_gate();
    let working = tokio::spawn({
        let shop = till.shop.shop();
        async move { jobs::sweep(&shop).await }
    });
    gate.reached.notified().await;
    let early = cancel(&till, &desk(), &placed.number, "").await;
    assert_eq!(refused(early), ChangeError::ProviderSilent);
    let others = join_all((0..4).map(|_| jobs::sweep(&till))).await;
    assert!(others.iter().all(Result::is_ok));
    gate.open.notify_one();
    working.await.expect("it ends").expect("a sweep");
    assert_eq!(till.order(&placed).await.state, OrderState::Paid);
    assert_eq!(
        (
            first.charges().len(),
            first.pages().len(),
            second.pages().len()
        ),
        (1, 0, 0)
    );
    till.drain().await;
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn fifty_orders_and_four_workers_are_fifty_charges(db: PgPool) {
    let (till, [first, second]) = all_down(db).await;
    let mug = till.mug(500).await;
    for _ in 0..50 {
        placed(&till, mug).await;
    }
    first.set(Mood::Well);
    let swept = join_all((0..4).map(|_| jobs::sweep(&till))).await;
    assert!(swept.iter().all(Result::is_ok));
    till.sweep_after_silence().await;
    join_all((0..4).map(|_| till.drain())).await;
    assert_eq!(first.charges().len(), 50);
    assert_eq!((first.pages().len(), second.pages().len()), (0, 0));
    let paid = "SELECT count(*) FROM orders WHERE state = 'paid'";
    assert_eq!(sql::count(&till.db, paid).await, 50);
    assert_eq!(till.mails().len(), 50);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_card_is_kept_when_its_owner_asks_for_it(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(9).await;
    till.provider.keeps(Kept {
        saved: Saved {
            customer: "cus_9".to_owned(),
            method: "pm_9".to_owned(),
        },
        label: visa(),
    });
    let session = till.shopper(mug, 1).await;
    for (round, (keeps, told, kept)) in [
        (false, None, 0),
        (true, Some(Keep { customer: None }), 1),
        (
            true,
            Some(Keep {
                customer: Some("cus_9".to_owned()),
            }),
            1,
        ),
    ]
    .into_iter()
    .enumerate()
    {
        if round > 0 {
            till.add(&session, mug, 1).await;
        }
        let mut placement = till.ready(&session).await;
        placement.form.keep_method = keeps;
        till.place(&session, placement).await.expect("an order");
        let page = till.provider.page();
        assert_eq!(page.attempt.keep, told);
        till.provider.decide(&page.reference, Outcome::Captured);
        till.webhook(&format!("evt_{round}"), &page.reference).await;
        till.drain().await;
        let own = methods(&till, &till.caller(&session), session.customer).await;
        let own = own.expect("their own");
        assert_eq!(own.len(), kept, "round {round}");
        if let [method] = own.as_slice() {
            assert_eq!(
                (method.reference.as_str(), method.label.as_str()),
                ("pm_9", "Visa, ending in 4242")
            );
        }
    }
}
