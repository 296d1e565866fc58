//! Cards that are kept in the process.

use crate::sql;
use domain::Storefront;
use shop::catalog::{self, Cards};
use shop::read;
use shop::testing::TestShop;
use sqlx::PgPool;
use time::OffsetDateTime;

/// What a list of mug and vase says they cost.
async fn prices(shop: &TestShop, at: &Storefront, ids: &[domain::ProductId]) -> Vec<i64> {
    let cards = catalog::cards(shop, at, ids).await.unwrap();
    cards.iter().map(|card| card.price.minor).collect()
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_card_is_as_it_was_until_its_change_is_heard_of(db: PgPool) {
    let shop = TestShop::build(db).without_redis().cards(Cards::keeping(1));
    let shop = shop.start().await;
    let mug = shop.product("mug").price(100).await;
    let vase = shop.product("vase").price(200).await;
    let (at, ids) = (shop.eu(), [vase.id, mug.id]);
    assert_eq!(prices(&shop, &at, &ids).await, [200, 100]);
    for product in [&mug, &vase] {
        shop.set_price(product.variant(), "eu", 300).await;
    }
    assert_eq!(prices(&shop, &at, &ids).await, [200, 100], "unheard of");
    let own = async || prices(&shop, &at, &ids[1..]).await;
    let own = read::not_before(OffsetDateTime::UNIX_EPOCH, own()).await;
    assert_eq!(own, [300], "whoever changed it sees it");
    shop.cards.forget(&["product:vase".to_owned()]);
    assert_eq!(prices(&shop, &at, &ids).await, [300, 300]);
    // What is known does not stand in for what is not on sale here, and keeps nobody's place.
    sql::set_status(&shop.db, mug.id, "archived").await;
    shop.cards.forget(&["product:mug".to_owned()]);
    assert_eq!(prices(&shop, &at, &ids).await, [300]);
    let us = "en-us".parse().unwrap();
    assert!(prices(&shop, &us, &ids).await.is_empty());
}
