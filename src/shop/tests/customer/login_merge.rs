//! Signing in keeps what is in the bag.

use crate::claim::{ask, mailed, press};
use domain::VariantId;
use shop::cart;
use shop::customer::{begin_session, find_session};
use shop::testing::TestShop;
use sqlx::PgPool;
use std::collections::BTreeMap;

/// A guest who signs in finds an empty cart: <https://github.com/vendurehq/vendure/issues/4481>. Here both bags are one
/// afterwards, in every browser of that customer.
#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn login_merge_keeps_the_cart(db: PgPool) {
    let shop = TestShop::new(db).await;
    let mug = shop.product("calle-mug").price(2400).stock(10).await;
    let bowl = shop.product("lido-bowl").price(3000).stock(10).await;
    let jug = shop.product("torre-jug").price(4000).stock(10).await;
    let (mug, bowl, jug) = (mug.variant(), bowl.variant(), jug.variant());

    let (at_home, owner) = begin_session(&shop, None).await.unwrap();
    ask(&shop, &owner, "ada@example.com").await.unwrap();
    press(&shop, &owner, &mailed(&shop).await).await.unwrap();
    let owner = find_session(&shop, &at_home).await.unwrap().unwrap();
    shop.add(&owner, mug, 1).await;
    shop.add(&owner, jug, 1).await;

    let (on_the_way, guest) = begin_session(&shop, None).await.unwrap();
    shop.add(&guest, mug, 2).await;
    let seen = shop.add(&guest, bowl, 1).await;
    ask(&shop, &guest, "ada@example.com").await.unwrap();
    press(&shop, &guest, &mailed(&shop).await).await.unwrap();

    let expected = BTreeMap::from([(mug, 3), (bowl, 1), (jug, 1)]);
    for cookie in [on_the_way, at_home] {
        let session = find_session(&shop, &cookie).await.unwrap().unwrap();
        assert_eq!(session.customer, owner.customer);
        let cart = cart::read(&shop, Some(&session), &shop.eu(), seen.version)
            .await
            .unwrap();
        let lines = cart.lines.iter();
        let lines: BTreeMap<VariantId, u32> = lines
            .map(|line| (line.variant, line.quantity.get()))
            .collect();
        assert_eq!(lines, expected);
        assert!(cart.version > seen.version, "the browser would not take it");
    }
}
