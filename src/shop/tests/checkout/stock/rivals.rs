//! Defects of other shops, by their reports, that are absent here.

use super::{adds_up, bowl};
use crate::sql;
use crate::support::{Till, looked_at_again, machine, refused};
use domain::payment::Outcome;
use domain::{CheckoutId, CustomerId};
use futures::future::{join, join_all};
use shop::checkout::PlaceError;
use shop::inventory::hold;
use shop::payment::returned;
use sqlx::PgPool;
use uuid::Uuid;

/// medusa #16502: two lines that need the same stock item were checked one by one, and together took more than there was.
#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn two_lines_sharing_one_stock_item(db: PgPool) {
    let till = Till::new(db).await;
    let (mug, bowl) = (till.mug(3).await, bowl(&till, 10).await);
    let set = super::bundles::set(&till, mug, bowl).await;
    let (greedy, modest) = (till.shopper(set, 1).await, till.shopper(set, 1).await);
    till.add(&greedy, mug, 2).await;
    till.add(&modest, mug, 1).await;
    let placement = till.ready(&greedy).await;
    let view = looked_at_again(till.place(&greedy, placement).await);
    assert!(!view.messages.is_empty());
    assert_eq!(sql::stock(&till.db, mug).await, (3, 0, 0));
    assert_eq!(sql::stock(&till.db, bowl).await, (10, 0, 0));

    let placement = till.ready(&modest).await;
    till.place(&modest, placement).await.expect("an order");
    assert_eq!(sql::stock(&till.db, mug).await, (3, 3, 0));
    adds_up(&till).await;
    till.provider.decide("page_1", Outcome::Captured);
    returned(&till, &machine(), "fake", "page_1")
        .await
        .expect("paid");
    assert_eq!(sql::stock(&till.db, mug).await, (0, 0, 3));
    adds_up(&till).await;
    till.drain().await;
}

/// medusa #16569: reservations made at the same moment read the same level, and reserved it twice.
#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn concurrent_reservations(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(20).await;
    let mut buyers = Vec::new();
    for _ in 0..24 {
        let session = till.shopper(mug, 1).await;
        let placement = till.ready(&session).await;
        buyers.push((session, placement));
    }
    let placing = join_all(
        buyers
            .iter()
            .map(|(session, placement)| till.place(session, placement.clone())),
    );
    let holding = join_all((1..=24_u128).map(|n| {
        let (whose, checkout) = (Uuid::from_u128(n), Uuid::from_u128(100 + n));
        hold(&till.shop, CustomerId(whose), CheckoutId(checkout), mug, 1)
    }));
    let (placed, held) = join(placing, holding).await;
    let placed = placed.iter().filter(|answer| answer.is_ok()).count();
    let held = held
        .into_iter()
        .filter(|answer| *answer.as_ref().expect("an answer"))
        .count();
    assert_eq!(placed + held, 20);
    assert_eq!(sql::stock(&till.db, mug).await, (20, 20, 0));
    adds_up(&till).await;
}

/// medusa #16825: two buyers who completed their carts at once both got the last unit.
#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn last_unit_sold_twice(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(1).await;
    let mut buyers = Vec::new();
    for _ in 0..6 {
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
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    assert_eq!(sql::count_orders(&till.db).await, 1);
    till.provider.decide("page_1", Outcome::Captured);
    returned(&till, &machine(), "fake", "page_1")
        .await
        .expect("paid");
    assert_eq!(sql::stock(&till.db, mug).await, (0, 0, 1));
    adds_up(&till).await;
    till.drain().await;
}

/// vendure #3065: the payment was authorised first, and then the order was refused for want of stock.
#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn charged_then_insufficient_stock(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(1).await;
    let (first, second) = (till.shopper(mug, 1).await, till.shopper(mug, 1).await);
    let (one, other) = (till.ready(&first).await, till.ready(&second).await);
    let placed = till.place(&first, one).await.expect("an order");
    let why = refused(till.place(&second, other).await);
    assert!(matches!(why, PlaceError::Refused(_)), "{why:?}");
    assert_eq!(
        till.provider.starts(),
        1,
        "no page was opened for what can't be had"
    );
    // Whoever was let through to pay gets it, whatever becomes of the stock meanwhile.
    till.provider.decide("page_1", Outcome::Captured);
    returned(&till, &machine(), "fake", "page_1")
        .await
        .expect("paid");
    assert_eq!(
        sql::events(&till.db, placed.order).await,
        ["order.placed", "order.paid"]
    );
    assert_eq!(sql::stock(&till.db, mug).await, (0, 0, 1));
    till.drain().await;
}
