//! What is refused changes nothing.

use crate::{add, change, change_in, lines, read, refusal, set};
use domain::cart::{CartChange, CartError};
use domain::{Actor, Role, StaffId, VariantId};
use shop::testing::TestShop;
use shop::{Caller, cart};
use sqlx::PgPool;
use uuid::Uuid;

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn says_why_and_leaves_the_cart_as_it_was(db: PgPool) {
    let shop = TestShop::new(db).await;
    let mug = shop.product("calle-mug").price(2400).stock(10).await;
    let gone = shop.product("gone").price(2400).stock(0).await;
    let foreign = shop.product("foreign").price_in("us", 2400).stock(10).await;
    let draft = shop.product("draft").price(2400).draft().await;
    let costly = shop.product("costly").price(i64::MAX).await;
    let nothing = VariantId(Uuid::nil());
    let guest = shop.guest().await;
    let remove = CartChange::RemoveLine {
        variant: mug.variant(),
    };
    let refused = [
        (add(gone.variant(), 1), CartError::SoldOut),
        (add(foreign.variant(), 1), CartError::NotSoldHere),
        (add(draft.variant(), 1), CartError::UnknownVariant),
        (add(nothing, 1), CartError::UnknownVariant),
        (add(costly.variant(), 1), CartError::TooLarge),
        (set(gone.variant(), 1), CartError::NoSuchLine),
    ];

    for (wanted, why) in &refused {
        assert_eq!(
            change(&shop, &guest, wanted.clone()).await,
            Err(*why),
            "{wanted:?}"
        );
        assert_eq!(
            read(&shop, &guest).await.id,
            None,
            "{wanted:?} began a cart"
        );
    }
    let nothing_to_remove = change(&shop, &guest, remove).await.unwrap();
    assert_eq!((nothing_to_remove.id, nothing_to_remove.version), (None, 0));

    let before = shop.add(&guest, mug.variant(), 3).await;
    for (wanted, why) in &refused {
        assert_eq!(
            change(&shop, &guest, wanted.clone()).await,
            Err(*why),
            "{wanted:?}"
        );
        let current = cart::current(&shop, guest.customer, &shop.eu())
            .await
            .unwrap();
        assert_eq!(current.version, before.version, "{wanted:?} made a version");
        assert_eq!(current.lines.len(), 1, "{wanted:?}");
    }
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_refused_command_may_be_given_again(db: PgPool) {
    let shop = TestShop::new(db).await;
    let mug = shop.product("calle-mug").price(2400).stock(0).await;
    let guest = shop.guest().await;
    let caller = shop.caller(&guest);
    let command = shop.command(add(mug.variant(), 1));
    let give = async || cart::change(&shop, &caller, &guest, &shop.eu(), command.clone()).await;
    assert_eq!(give().await.map_err(refusal), Err(CartError::SoldOut));
    shop.set_stock(mug.variant(), 1).await;
    assert_eq!(lines(&give().await.unwrap()), [(mug.variant(), 1)]);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_line_that_sold_out_stays_and_can_be_removed(db: PgPool) {
    let shop = TestShop::new(db).await;
    let mug = shop.product("calle-mug").price(2400).stock(10).await;
    let guest = shop.guest().await;
    shop.add(&guest, mug.variant(), 3).await;
    shop.set_stock(mug.variant(), 0).await;

    let fewer = change(&shop, &guest, set(mug.variant(), 2)).await.unwrap();
    assert_eq!(fewer.lines[0].stock, domain::catalog::StockState::SoldOut);
    let more = change(&shop, &guest, add(mug.variant(), 1)).await;
    assert_eq!(more, Err(CartError::SoldOut));
    let remove = CartChange::RemoveLine {
        variant: mug.variant(),
    };
    assert_eq!(change(&shop, &guest, remove).await.unwrap().lines.len(), 0);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn unknown_storefronts_sell_nothing(db: PgPool) {
    let shop = TestShop::new(db).await;
    let mug = shop.product("calle-mug").price(2400).await;
    let guest = shop.guest().await;
    let nowhere = "en-mars".parse().unwrap();
    let refused = change_in(&shop, &guest, &nowhere, add(mug.variant(), 1)).await;
    assert_eq!(refused, Err(CartError::NotSoldHere));
    let refused = cart::read(&shop, Some(&guest), &nowhere, 0)
        .await
        .map_err(refusal);
    assert_eq!(refused, Err(CartError::NotSoldHere));
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn nobody_changes_the_cart_of_another(db: PgPool) {
    let shop = TestShop::new(db).await;
    let mug = shop.product("calle-mug").price(2400).await;
    let (owner, other) = (shop.guest().await, shop.guest().await);
    let before = shop.add(&owner, mug.variant(), 1).await;
    let staff = |role| Caller {
        actor: Actor::Staff {
            staff: StaffId(Uuid::nil()),
            roles: vec![role],
        },
        cause: "test".to_owned(),
        trace: None,
    };

    for stranger in [shop.caller(&other), staff(Role::Merchandiser)] {
        let command = shop.command(add(mug.variant(), 1));
        let refused = cart::change(&shop, &stranger, &owner, &shop.eu(), command).await;
        assert_eq!(
            refused.map_err(refusal),
            Err(CartError::Denied),
            "{stranger:?}"
        );
    }
    assert_eq!(read(&shop, &owner).await, before);
    assert_eq!(read(&shop, &other).await.id, None);
    assert_eq!(
        cart::current(&shop, other.customer, &shop.eu())
            .await
            .unwrap()
            .lines,
        []
    );

    let command = shop.command(add(mug.variant(), 1));
    let support = staff(Role::Support);
    let helped = cart::change(&shop, &support, &owner, &shop.eu(), command)
        .await
        .unwrap();
    assert_eq!(lines(&helped), [(mug.variant(), 2)]);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn without_a_session_the_cart_is_empty(db: PgPool) {
    let shop = TestShop::new(db).await;
    let cart = cart::read(&shop, None, &shop.us(), 7).await.unwrap();
    assert_eq!((cart.id, cart.version, cart.lines.len()), (None, 0, 0));
    assert_eq!(cart.quote.total.currency, domain::Currency::Usd);
}
