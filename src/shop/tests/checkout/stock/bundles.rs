//! Variants that are made of others.

use super::{adds_up, bowl};
use crate::sql;
use crate::support::{Till, looked_at_again, machine, refused};
use domain::VariantId;
use domain::checkout::CheckoutMessage;
use domain::inventory::Component;
use domain::payment::Outcome;
use shop::inventory::{InventoryError, left, put_back, set_bundle};
use shop::payment::returned;
use shop::{catalog, jobs};
use sqlx::PgPool;
use time::Duration;

fn part(variant: VariantId, quantity: u32) -> Component {
    Component { variant, quantity }
}

/// Two mugs and a bowl, with no stock of its own.
pub(super) async fn set(till: &Till, mug: VariantId, bowl: VariantId) -> VariantId {
    let set = till.product("breakfast-set").title("Breakfast set");
    let set = set.price(7_000).await.variant();
    set_bundle(&till.shop, &machine(), set, &[part(mug, 2), part(bowl, 1)])
        .await
        .expect("a bundle");
    set
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_bundle_takes_its_components(db: PgPool) {
    let till = Till::new(db).await;
    let (mug, bowl) = (till.mug(5).await, bowl(&till, 10).await);
    let set = set(&till, mug, bowl).await;
    let session = till.shopper(set, 2).await;
    let cart = shop::cart::current(&till, session.customer, &till.eu())
        .await
        .expect("a cart");
    assert_eq!(cart.lines[0].available, Some(2), "five mugs make two sets");
    let placement = till.ready(&session).await;
    let placed = till.place(&session, placement).await.expect("an order");
    assert_eq!(sql::stock(&till.db, mug).await, (5, 4, 0));
    assert_eq!(sql::stock(&till.db, bowl).await, (10, 2, 0));
    adds_up(&till).await;

    till.provider.decide("page_1", Outcome::Captured);
    returned(&till, &machine(), "fake", "page_1")
        .await
        .expect("paid");
    assert_eq!(sql::stock(&till.db, mug).await, (1, 0, 4));
    assert_eq!(sql::stock(&till.db, bowl).await, (8, 0, 2));
    assert_eq!(
        sql::events(&till.db, placed.order).await,
        ["order.placed", "order.paid"]
    );
    adds_up(&till).await;
    till.drain().await;

    let mut tx = till.begin().await.expect("a transaction");
    let order = (session.customer, placed.order);
    left(&till, &mut tx, &machine(), order, &[(1, 2)])
        .await
        .expect("two sets left");
    put_back(&till, &mut tx, &machine(), order, &[(1, 1)])
        .await
        .expect("one came back");
    tx.commit().await.expect("kept");
    assert_eq!(sql::stock(&till.db, mug).await, (3, 0, 2));
    assert_eq!(sql::stock(&till.db, bowl).await, (9, 0, 1));
    adds_up(&till).await;
    let taken = till.buy(set, 1).await;
    assert_eq!(sql::count_orders(&till.db).await, 2, "{}", taken.number);

    let states = catalog::list_stock(&till, sql::product_of(&till.db, set).await)
        .await
        .expect("its stock");
    assert!(!states[0].state.is_available(), "one mug makes no set");
    let tags = sql::page_tags(&till.db).await;
    let said = |tags: &Vec<String>| tags.contains(&"product:breakfast-set".to_owned());
    assert!(tags.iter().any(said), "its page was told: {tags:?}");
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_bundle_that_is_not_paid_gives_its_components_back(db: PgPool) {
    let till = Till::new(db).await;
    let (mug, bowl) = (till.mug(5).await, bowl(&till, 10).await);
    let set = set(&till, mug, bowl).await;
    till.buy(set, 1).await;
    // What it is made of from now on is of no concern to that order.
    set_bundle(&till.shop, &machine(), set, &[part(bowl, 3)])
        .await
        .expect("another bundle");
    till.clock.advance(Duration::minutes(31));
    assert_eq!(jobs::sweep(&till).await.expect("a sweep").given_up, 1);
    assert_eq!(sql::stock(&till.db, mug).await, (5, 0, 0));
    assert_eq!(sql::stock(&till.db, bowl).await, (10, 0, 0));
    adds_up(&till).await;
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_bundle_short_of_a_component_is_refused_whole(db: PgPool) {
    let till = Till::new(db).await;
    let (mug, bowl) = (till.mug(5).await, bowl(&till, 10).await);
    let set = set(&till, mug, bowl).await;
    let session = till.shopper(set, 2).await;
    let placement = till.ready(&session).await;
    till.set_stock(mug, 3).await;
    let view = looked_at_again(till.place(&session, placement).await);
    let named = |message: &CheckoutMessage| matches!(message, CheckoutMessage::SoldOut { variant, available: 1, .. } if *variant == set);
    assert!(view.messages.iter().any(named), "{:?}", view.messages);
    assert_eq!(sql::stock(&till.db, mug).await, (3, 0, 0));
    assert_eq!(sql::stock(&till.db, bowl).await, (10, 0, 0));
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_bundle_is_not_made_of_itself_of_bundles_or_of_nothing_known(db: PgPool) {
    let till = Till::new(db).await;
    let (mug, bowl) = (till.mug(5).await, bowl(&till, 10).await);
    let set = set(&till, mug, bowl).await;
    let nobody = VariantId(uuid::Uuid::from_u128(7));
    let cases = [
        (mug, vec![part(mug, 1)], InventoryError::BadBundle),
        (set, vec![part(mug, 0)], InventoryError::BadBundle),
        (
            set,
            vec![part(mug, 1), part(mug, 2)],
            InventoryError::BadBundle,
        ),
        (mug, vec![part(bowl, 1)], InventoryError::Nested),
        (set, vec![part(nobody, 1)], InventoryError::UnknownVariant),
    ];
    for (bundle, parts, why) in cases {
        let answer = set_bundle(&till.shop, &machine(), bundle, &parts).await;
        assert_eq!(refused(answer), why);
    }
    let other = till.product("tea-set").price(9_000).await.variant();
    let nested = set_bundle(&till.shop, &machine(), other, &[part(set, 1)]).await;
    assert_eq!(refused(nested), InventoryError::Nested);
    till.buy(set, 1).await;
    assert_eq!(
        sql::stock(&till.db, mug).await,
        (5, 2, 0),
        "still as it was"
    );
}
