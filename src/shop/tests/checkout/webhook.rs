//! What the provider tells by itself.

use crate::provider::signed;
use crate::sql;
use crate::support::{Till, refused};
use domain::order::OrderState;
use domain::payment::Outcome;
use http::HeaderMap;
use shop::order;
use shop::payment::{PaymentError, webhook};
use sqlx::PgPool;

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_webhook_settles_and_its_repetition_does_not(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(5).await;
    let placed = till.buy(mug, 1).await;
    till.provider.decide("page_1", Outcome::Captured);
    for event in ["evt_1", "evt_1", "evt_2"] {
        till.webhook(event, "page_1").await;
    }
    let view = order::find(&till, &placed.number, &placed.token)
        .await
        .expect("the order");
    assert_eq!(view.state, OrderState::Paid);
    assert_eq!(sql::stock(&till.db, mug).await, (4, 0, 1));
    assert_eq!(
        sql::webhooks(&till.db).await,
        [("evt_1".to_owned(), true), ("evt_2".to_owned(), true)]
    );
    assert_eq!(
        sql::events(&till.db, placed.order).await,
        ["order.placed", "order.paid"]
    );
    till.drain().await;
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn webhooks_out_of_order_end_the_same(db: PgPool) {
    let till = Till::new(db).await;
    let placed = till.buy(till.mug(5).await, 1).await;
    let open = till.provider.notice("evt_open", "page_1");
    till.provider.decide("page_1", Outcome::Failed);
    let failed = till.provider.notice("evt_failed", "page_1");
    till.provider.decide("page_1", Outcome::Captured);
    till.webhook("evt_paid", "page_1").await;
    for body in [failed, open] {
        webhook(&till, "fake", &signed(), &body)
            .await
            .expect("it is acknowledged");
    }
    let view = order::find(&till, &placed.number, &placed.token)
        .await
        .expect("the order");
    assert_eq!(view.state, OrderState::Paid);
    till.drain().await;
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn what_is_forged_or_malformed_is_refused_and_not_kept(db: PgPool) {
    let till = Till::new(db).await;
    let placed = till.buy(till.mug(5).await, 1).await;
    till.provider.decide("page_1", Outcome::Captured);
    let body = till.provider.notice("evt_1", "page_1");
    assert_eq!(
        refused(webhook(&till, "fake", &HeaderMap::new(), &body).await),
        PaymentError::Forged
    );
    assert_eq!(
        refused(webhook(&till, "other", &signed(), &body).await),
        PaymentError::Unknown
    );
    for odd in [
        &b"{"[..],
        b"[]",
        b"{}",
        br#"{"event": "evt", "number": 7}"#,
        b"\xff",
    ] {
        assert_eq!(
            refused(webhook(&till, "fake", &signed(), odd).await),
            PaymentError::Malformed
        );
    }
    assert_eq!(sql::webhooks(&till.db).await, []);
    let view = order::find(&till, &placed.number, &placed.token)
        .await
        .expect("the order");
    assert_eq!(view.state, OrderState::PaymentDue);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn what_is_about_nothing_of_ours_is_kept_and_does_nothing(db: PgPool) {
    let till = Till::new(db).await;
    let placed = till.buy(till.mug(5).await, 1).await;
    till.provider.decide("page_1", Outcome::Captured);
    let text = String::from_utf8(till.provider.notice("evt_1", "page_1")).unwrap();
    let other = text.replace(&placed.number, "RI-0000-0000");
    webhook(&till, "fake", &signed(), other.as_bytes())
        .await
        .expect("acknowledged");
    let useless = br#"{"event": "evt_2"}"#;
    webhook(&till, "fake", &signed(), useless)
        .await
        .expect("acknowledged");
    assert_eq!(
        sql::webhooks(&till.db).await,
        [("evt_1".to_owned(), true), ("evt_2".to_owned(), true)]
    );
    let view = order::find(&till, &placed.number, &placed.token)
        .await
        .expect("the order");
    assert_eq!(view.state, OrderState::PaymentDue);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_webhook_that_overtakes_the_answer_settles_too(db: PgPool) {
    let till = Till::new(db).await;
    till.provider.set(crate::provider::Mood::LosesAnswers);
    let placed = till.buy(till.mug(5).await, 1).await;
    till.provider.decide("page_1", Outcome::Captured);
    till.webhook("evt_1", "page_1").await;
    let view = order::find(&till, &placed.number, &placed.token)
        .await
        .expect("the order");
    assert_eq!(view.state, OrderState::Paid);
    till.drain().await;
}
