//! Long carts: one line is read and the others remembered, and nobody can tell.

use crate::{add, change, lines, set};
use domain::VariantId;
use domain::cart::{CartChange, CartLine, CartView};
use shop::cart;
use shop::customer::Session;
use shop::testing::TestShop;
use sqlx::PgPool;

async fn tiles(shop: &TestShop) -> Vec<VariantId> {
    let names: Vec<String> = (0..50).map(|tile| format!("Tile {tile}")).collect();
    let mut builder = shop.product("tiles").price(100).stock(1_000);
    for name in &names {
        builder = builder.variant([name.as_str()]);
    }
    builder.await.variants
}

/// The lines as the database has them.
async fn truth(shop: &TestShop, guest: &Session) -> Vec<CartLine> {
    let current = cart::current(shop, guest.customer, &shop.eu()).await;
    let lines = current.expect("the cart reads").lines;
    lines.into_iter().map(|line| line.line).collect()
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn each_answer_is_all_of_the_cart_as_it_is(db: PgPool) {
    let shop = TestShop::new(db).await;
    let tiles = tiles(&shop).await;
    let guest = shop.guest().await;
    for tile in &tiles[..40] {
        let answer = shop.add(&guest, *tile, 1).await;
        assert_eq!(answer.lines, truth(&shop, &guest).await);
    }
    let remove = |variant| CartChange::RemoveLine { variant };
    let changes = [
        set(tiles[7], 9),
        add(tiles[7], 2),
        remove(tiles[20]),
        remove(tiles[20]),
        add(tiles[45], 3),
        add(tiles[20], 1),
        set(tiles[39], 4),
    ];
    let mut before: Option<CartView> = None;
    for wanted in changes {
        let answer = change(&shop, &guest, wanted).await.unwrap();
        assert_eq!(answer.lines, truth(&shop, &guest).await);
        let subtotal: i64 = answer
            .lines
            .iter()
            .map(|line| i64::from(line.quantity.get()) * 100)
            .sum();
        assert_eq!(answer.quote.subtotal.minor, subtotal);
        assert!(before.is_none_or(|before| before.version < answer.version));
        before = Some(answer);
    }
    // Short again.
    for tile in &tiles[..30] {
        change(&shop, &guest, remove(*tile)).await.unwrap();
    }
    let answer = change(&shop, &guest, set(tiles[39], 1)).await.unwrap();
    assert_eq!(answer.lines, truth(&shop, &guest).await);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn what_was_changed_elsewhere_is_in_the_next_answer(db: PgPool) {
    let here = TestShop::new(db.clone()).await;
    let there = TestShop::build(db).seed(2).start().await;
    let tiles = tiles(&here).await;
    let guest = here.guest().await;
    for tile in &tiles[..40] {
        here.add(&guest, *tile, 1).await;
    }
    for (turn, tile) in tiles[..6].iter().enumerate() {
        let (one, other) = if turn % 2 == 0 {
            (&here, &there)
        } else {
            (&there, &here)
        };
        change(one, &guest, set(*tile, 5)).await.unwrap();
        let answer = change(other, &guest, set(tiles[30], 2 + turn as u32))
            .await
            .unwrap();
        assert_eq!(answer.lines, truth(&here, &guest).await);
        assert!(lines(&answer).contains(&(*tile, 5)));
    }
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn the_line_that_changes_has_the_price_and_stock_of_now(db: PgPool) {
    let shop = TestShop::new(db).await;
    let tiles = tiles(&shop).await;
    let guest = shop.guest().await;
    for tile in &tiles[..40] {
        shop.add(&guest, *tile, 1).await;
    }
    shop.set_price(tiles[3], "eu", 250).await;
    shop.set_stock(tiles[3], 1).await;
    let answer = change(&shop, &guest, set(tiles[3], 2)).await.unwrap();
    assert_eq!(answer.lines[3], truth(&shop, &guest).await[3]);
    assert_eq!(answer.lines[3].unit_price.minor, 250);
}
