//! Stock in several places.

use super::{adds_up, bring};
use crate::sql;
use crate::support::{Till, looked_at_again, machine};
use domain::payment::Outcome;
use shop::inventory::{put_back, show};
use shop::jobs;
use shop::payment::returned;
use sqlx::PgPool;
use time::Duration;

/// (on hand, held, sold) of the mug, at each location.
async fn mugs(till: &Till) -> Vec<(i64, i64, i64)> {
    let stock = show(&till.shop, "CALLE-MUG").await.expect("its stock");
    stock
        .iter()
        .map(|here| (here.figures.on_hand, here.figures.held, here.figures.sold))
        .collect()
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_line_comes_from_one_place_if_it_can(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(2).await;
    sql::add_location(&till.db, "lido").await;
    bring(&till, "CALLE-MUG", "lido", 3).await;
    till.buy(mug, 3).await;
    assert_eq!(mugs(&till).await, [(2, 0, 0), (3, 3, 0)]);
    till.buy(mug, 1).await;
    assert_eq!(mugs(&till).await, [(2, 1, 0), (3, 3, 0)]);
    adds_up(&till).await;
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_line_comes_from_several_places_if_it_must(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(2).await;
    sql::add_location(&till.db, "lido").await;
    bring(&till, "CALLE-MUG", "lido", 3).await;
    let session = till.shopper(mug, 5).await;
    let placement = till.ready(&session).await;
    let placed = till.place(&session, placement).await.expect("an order");
    assert_eq!(mugs(&till).await, [(2, 2, 0), (3, 3, 0)]);
    adds_up(&till).await;
    till.provider.decide("page_1", Outcome::Captured);
    returned(&till, &machine(), "fake", "page_1")
        .await
        .expect("paid");
    assert_eq!(mugs(&till).await, [(0, 0, 2), (0, 0, 3)]);
    adds_up(&till).await;
    till.drain().await;
    // Back to where they came from, to none more than came from it.
    for _ in 0..5 {
        let mut tx = till.begin().await.expect("a transaction");
        let order = (session.customer, placed.order);
        put_back(&till, &mut tx, &machine(), order, &[(1, 1)])
            .await
            .expect("one came back");
        tx.commit().await.expect("kept");
    }
    assert_eq!(mugs(&till).await, [(2, 0, 0), (3, 0, 0)]);
    adds_up(&till).await;
    till.buy(mug, 5).await;
    till.clock.advance(Duration::minutes(31));
    jobs::sweep(&till).await.expect("a sweep");
    assert_eq!(mugs(&till).await, [(2, 0, 0), (3, 0, 0)]);
    bring(&till, "CALLE-MUG", "lido", -1).await;
    adds_up(&till).await;
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn more_than_all_places_hold_is_refused(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(2).await;
    sql::add_location(&till.db, "lido").await;
    bring(&till, "CALLE-MUG", "lido", 3).await;
    let (session, other) = (till.shopper(mug, 4).await, till.shopper(mug, 2).await);
    let (first, second) = (till.ready(&session).await, till.ready(&other).await);
    till.place(&session, first).await.expect("an order");
    let view = looked_at_again(till.place(&other, second).await);
    assert_eq!(view.messages.len(), 1);
    assert_eq!(mugs(&till).await, [(2, 2, 0), (3, 2, 0)]);
}
