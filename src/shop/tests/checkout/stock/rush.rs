//! Many at once, of one product and of several.

use super::{adds_up, bowl};
use crate::sql;
use crate::support::{Till, refused};
use domain::order::OrderState;
use domain::payment::Outcome;
use domain::{CheckoutId, CustomerId, VariantId};
use futures::future::join_all;
use futures::poll;
use shop::checkout::PlaceError;
use shop::inventory::{hold, release_expired};
use shop::{jobs, order};
use sqlx::PgPool;
use time::Duration;
use uuid::Uuid;

/// Asks for `quantity` of a variant, as the `n`th buyer.
async fn ask(till: &Till, n: u128, variant: VariantId, quantity: i64) -> bool {
    let (whose, checkout) = (Uuid::from_u128(n), Uuid::from_u128((1 << 64) + n));
    hold(
        &till.shop,
        CustomerId(whose),
        CheckoutId(checkout),
        variant,
        quantity,
    )
    .await
    .expect("an answer")
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn five_thousand_want_a_hundred(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(100).await;
    let asked = join_all((0..5_000).map(|n| ask(&till, n, mug, 1))).await;
    assert_eq!(asked.into_iter().filter(|granted| *granted).count(), 100);
    assert_eq!(sql::stock(&till.db, mug).await, (100, 100, 0));
    adds_up(&till).await;
    // None of them came back: what was promised is there again.
    till.clock.advance(Duration::seconds(61));
    assert_eq!(release_expired(&till.shop).await.expect("a sweep"), 100);
    assert_eq!(sql::stock(&till.db, mug).await, (100, 0, 0));
    adds_up(&till).await;
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn who_comes_first_is_served_first(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(5).await;
    let mut asking: Vec<_> = (0..20).map(|n| Box::pin(ask(&till, n, mug, 1))).collect();
    let mut answers = Vec::new();
    for asked in &mut asking {
        // One after the other into the line.
        assert!(poll!(asked).is_pending());
    }
    for asked in asking {
        answers.push(asked.await);
    }
    let expected: Vec<bool> = (0..20).map(|n| n < 5).collect();
    assert_eq!(answers, expected);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn the_same_hold_again_is_kept_and_another_quantity_replaces_it(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(5).await;
    assert!(ask(&till, 1, mug, 3).await);
    assert!(ask(&till, 1, mug, 3).await);
    assert_eq!(sql::stock(&till.db, mug).await, (5, 3, 0));
    let both = join_all([ask(&till, 2, mug, 2), ask(&till, 2, mug, 2)]).await;
    assert_eq!(both, [true, true]);
    assert_eq!(sql::stock(&till.db, mug).await, (5, 5, 0));
    assert!(ask(&till, 1, mug, 1).await);
    assert_eq!(sql::stock(&till.db, mug).await, (5, 3, 0));
    // What it gives up for more than there is, it has lost.
    assert!(!ask(&till, 2, mug, 9).await);
    assert_eq!(sql::stock(&till.db, mug).await, (5, 1, 0));
    // One that ran out and was not swept yet is in nobody's way.
    till.clock.advance(Duration::seconds(61));
    assert!(ask(&till, 1, mug, 1).await);
    assert_eq!(sql::stock(&till.db, mug).await, (5, 1, 0));
    adds_up(&till).await;
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_rush_leaves_orders_for_what_there_is_and_no_hold_behind(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(25).await;
    let mut buyers = Vec::new();
    for _ in 0..60 {
        let session = till.shopper(mug, 1).await;
        let placement = till.ready(&session).await;
        buyers.push((session, placement));
    }
    let answers = join_all(
        buyers
            .iter()
            .map(|(session, placement)| till.place(session, placement.clone())),
    )
    .await;
    let (placed, rest): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!(placed.len(), 25);
    for answer in rest {
        let why = refused(answer);
        assert!(matches!(why, PlaceError::Refused(_)), "{why:?}");
    }
    assert_eq!(sql::stock(&till.db, mug).await, (25, 25, 0));
    assert!(sql::batches(&till.db).await > 0, "none of it was batched");
    assert_eq!(sql::count_holds(&till.db).await, 0);
    adds_up(&till).await;
    // Holds that were claimed are the orders' own now.
    till.clock.advance(Duration::minutes(31));
    assert_eq!(jobs::sweep(&till).await.expect("a sweep").given_up, 25);
    assert_eq!(sql::stock(&till.db, mug).await, (25, 0, 0));
    adds_up(&till).await;
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn carts_in_opposite_order_do_not_meet_in_a_deadlock(db: PgPool) {
    let till = Till::new(db).await;
    let (mug, bowl) = (till.mug(1_000).await, bowl(&till, 1_000).await);
    let set = super::bundles::set(&till, mug, bowl).await;
    let mut buyers = Vec::new();
    for buyer in 0..48 {
        let session = till.guest().await;
        let order = [[mug, bowl, set], [set, bowl, mug], [bowl, set, mug]][buyer % 3];
        for variant in order {
            till.add(&session, variant, 1).await;
        }
        let placement = till.ready(&session).await;
        buyers.push((session, placement));
    }
    let answers = join_all(
        buyers
            .iter()
            .map(|(session, placement)| till.place(session, placement.clone())),
    )
    .await;
    for answer in answers {
        answer.expect("an order");
    }
    // Each has a mug, a bowl, and a set of two mugs and a bowl.
    assert_eq!(sql::stock(&till.db, mug).await, (1_000, 48 * 3, 0));
    assert_eq!(sql::stock(&till.db, bowl).await, (1_000, 48 * 2, 0));
    adds_up(&till).await;
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_hold_that_runs_out_while_paying_ends_in_an_order_or_a_refund(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(1).await;
    for round in 1..=6 {
        till.set_stock(mug, 1).await;
        let placed = till.buy(mug, 1).await;
        let page = till.provider.pages().pop().expect("a page").reference;
        till.clock.advance(Duration::minutes(31));
        // The money comes while the hold is given up.
        till.provider.decide(&page, Outcome::Captured);
        let event = format!("evt_{round}");
        let (swept, ()) = tokio::join!(jobs::sweep(&till), till.webhook(&event, &page));
        swept.expect("a sweep");
        till.drain().await;
        let view = order::find(&till, &placed.number, &placed.token)
            .await
            .expect("the order");
        let is_over = matches!(view.state, OrderState::Paid | OrderState::Refunded);
        assert!(is_over, "{:?}", view.state);
        adds_up(&till).await;
    }
}
