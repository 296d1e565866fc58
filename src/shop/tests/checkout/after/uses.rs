//! What becomes of a promotion's uses: an order that was never paid gives them back, one that was keeps them.

use super::{desk, of};
use crate::promotion::{enter, import, uses, welcome};
use crate::provider::Mood;
use crate::support::{Till, refused};
use domain::VariantId;
use domain::cart::CartError;
use domain::order::OrderState;
use domain::payment::Outcome;
use domain::promotion::CodeProblem;
use shop::checkout::Placed;
use shop::jobs;
use shop::order::{ChangeError, RefundOf, cancel, refund};
use sqlx::PgPool;

/// An order with the one use there is of a code, and its page.
async fn with_code(till: &Till, mug: VariantId) -> (Placed, String) {
    import(till, welcome(serde_json::json!({ "in_all": 1 }))).await;
    let session = till.shopper(mug, 1).await;
    enter(till, &session, "WELCOME10").await.expect("the code");
    let placement = till.ready(&session).await;
    let placed = till.place(&session, placement).await.expect("an order");
    assert_eq!(uses(till, "welcome").await, 1);
    (placed, till.provider.page().reference)
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn an_unpaid_order_that_is_called_off_gives_its_code_back_once(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(9).await;
    let (placed, _) = with_code(&till, mug).await;
    till.provider.set(Mood::Down);
    let silent = cancel(&till, &desk(), &placed.number, "").await;
    assert_eq!(refused(silent), ChangeError::ProviderSilent);
    assert_eq!(uses(&till, "welcome").await, 1, "it may be paid yet");
    till.provider.set(Mood::Well);
    for _ in 0..3 {
        // Only the first does anything.
        let _ = cancel(&till, &desk(), &placed.number, "").await;
        jobs::sweep(&till).await.expect("a sweep");
        assert_eq!(uses(&till, "welcome").await, 0);
    }
    let other = till.shopper(mug, 1).await;
    enter(&till, &other, "WELCOME10").await.expect("to be had");
    let placement = till.ready(&other).await;
    till.place(&other, placement).await.expect("an order");
    assert_eq!(uses(&till, "welcome").await, 1);
    till.drain().await;
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_paid_order_keeps_its_code_also_when_all_of_it_goes_back(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(9).await;
    let (placed, reference) = with_code(&till, mug).await;
    till.provider.decide(&reference, Outcome::Captured);
    till.webhook("evt_paid", &reference).await;
    refund(&till, &desk(), &placed.number, &of(RefundOf::Rest))
        .await
        .expect("a refund");
    till.drain().await;
    assert_eq!(till.state(&placed).await, OrderState::Refunded);
    assert_eq!(uses(&till, "welcome").await, 1);
    let other = till.shopper(mug, 1).await;
    let used_up = enter(&till, &other, "WELCOME10").await;
    assert_eq!(used_up, Err(CartError::Code(CodeProblem::UsedUp)));
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_paid_order_that_is_called_off_keeps_its_code(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(9).await;
    let (placed, reference) = with_code(&till, mug).await;
    till.provider.decide(&reference, Outcome::Captured);
    cancel(&till, &desk(), &placed.number, "")
        .await
        .expect("called off");
    till.drain().await;
    assert_eq!(till.state(&placed).await, OrderState::Refunded);
    assert_eq!(uses(&till, "welcome").await, 1);
}
