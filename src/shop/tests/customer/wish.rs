//! Wish lists: bounded, one's own, and brought along by whoever becomes somebody else.

use crate::merge::{signed_in, try_merge};
use crate::sql;
use shop::catalog::CatalogError;
use shop::customer::Session;
use shop::testing::TestShop;
use shop::wish::{self, MOST, WishError, Wishes};
use shop::{Failure, Shop};
use sqlx::PgPool;
use time::Duration;

async fn shop(db: PgPool) -> TestShop {
    TestShop::build(db).without_redis().start().await
}

/// A moment later than the one before.
async fn add(shop: &TestShop, who: &Session, slug: &str) -> Result<(), WishError> {
    shop.clock.advance(Duration::seconds(1));
    let caller = shop.caller(who);
    match wish::add(shop, &caller, who.customer, &shop.eu(), slug).await {
        Ok(product) => {
            assert_eq!(product.slug, slug);
            Ok(())
        }
        Err(Failure::Refused(why)) => Err(why),
        Err(Failure::Broken(broken)) => panic!("{broken}"),
    }
}

async fn list(shop: &Shop, who: &Session) -> Wishes {
    let at = "en-eu".parse().unwrap();
    wish::list(shop, who.customer, &at).await.unwrap()
}

fn slugs(wishes: &Wishes) -> Vec<&str> {
    let wished = wishes.wished.iter();
    wished.map(|one| &*one.card.slug).collect()
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn what_is_added_is_on_the_list_once_until_it_is_removed(db: PgPool) {
    let shop = shop(db).await;
    shop.product("calle-mug").price(2_400).await;
    shop.product("dogana-vase").price(1_999).await;
    let (ada, bob) = (shop.guest().await, shop.guest().await);
    assert!(list(&shop, &ada).await.is_empty());
    for slug in ["calle-mug", "dogana-vase", "calle-mug"] {
        add(&shop, &ada, slug).await.unwrap();
    }
    let wishes = list(&shop, &ada).await;
    assert_eq!(slugs(&wishes), ["dogana-vase", "calle-mug"]);
    assert_eq!(
        wishes.title("calle-mug"),
        Some(&*wishes.wished[1].card.title)
    );
    assert!(list(&shop, &bob).await.is_empty());

    let remove = async |who: &Session, slug: &str| {
        let caller = shop.caller(who);
        wish::remove(&shop, &caller, who.customer, slug)
            .await
            .unwrap()
    };
    assert!(!remove(&bob, "calle-mug").await, "it is Ada's");
    assert!(remove(&ada, "calle-mug").await);
    for slug in ["calle-mug", "there-is-none", "", "\0"] {
        assert!(!remove(&ada, slug).await, "{slug:?}");
    }
    assert_eq!(slugs(&list(&shop, &ada).await), ["dogana-vase"]);
    let unknown = add(&shop, &ada, "there-is-none").await;
    assert_eq!(unknown, Err(WishError::Product(CatalogError::NotFound)));
    // Another's list is nobody's to change.
    let (caller, at) = (shop.caller(&bob), shop.eu());
    let theirs = wish::add(&shop, &caller, ada.customer, &at, "calle-mug").await;
    assert!(matches!(theirs, Err(Failure::Refused(WishError::Denied))));
    let theirs = wish::remove(&shop, &caller, ada.customer, "dogana-vase").await;
    assert!(matches!(theirs, Err(Failure::Refused(WishError::Denied))));
    assert_eq!(
        sql::wish_events(&shop.db).await,
        ["wish.added", "wish.added", "wish.removed"]
    );
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn what_went_off_sale_is_named_and_can_be_removed(db: PgPool) {
    let shop = shop(db.clone()).await;
    // An instance that has shown none of them before.
    let later = TestShop::build(db).without_redis().seed(2).start().await;
    for slug in ["calle-mug", "dogana-vase"] {
        shop.product(slug).price(2_400).await;
    }
    let ada = shop.guest().await;
    for slug in ["calle-mug", "dogana-vase"] {
        add(&shop, &ada, slug).await.unwrap();
    }
    sql::archive(&shop.db, "calle-mug").await;
    let wishes = list(&later, &ada).await;
    let others: Vec<_> = wishes.others.iter().map(|other| &*other.slug).collect();
    assert_eq!(
        (slugs(&wishes), others),
        (vec!["dogana-vase"], vec!["calle-mug"])
    );
    assert!(wishes.title("calle-mug").is_some());
    let gone = add(&later, &later.guest().await, "calle-mug").await;
    assert_eq!(gone, Err(WishError::Product(CatalogError::Gone)));
    let caller = shop.caller(&ada);
    assert!(
        wish::remove(&shop, &caller, ada.customer, "calle-mug")
            .await
            .unwrap()
    );
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn what_leaves_nothing_to_choose_can_be_bought_from_the_list(db: PgPool) {
    let shop = shop(db).await;
    let vase = shop
        .product("dogana-vase")
        .price(1_999)
        .price_in("us", 2_350);
    let vase = vase.await;
    let mug = shop.product("calle-mug").options(["Glaze"]);
    let mug = mug
        .variant(["Lagoon"])
        .price(2_400)
        .variant(["Sand"])
        .price(2_600);
    mug.price_in("us", 2_900).await;
    let ada = shop.guest().await;
    for slug in ["calle-mug", "dogana-vase"] {
        add(&shop, &ada, slug).await.unwrap();
    }
    let only = |wishes: &Wishes| -> Vec<_> { wishes.wished.iter().map(|one| one.only).collect() };
    let here = list(&shop, &ada).await;
    assert_eq!(only(&here), [Some(vase.variant()), None]);
    // Of what is not sold there, there is nothing to choose there.
    let there = wish::list(&shop, ada.customer, &shop.us()).await.unwrap();
    assert_eq!(slugs(&there), ["dogana-vase", "calle-mug"]);
    assert_eq!(only(&there)[0], Some(vase.variant()));
    assert!(only(&there)[1].is_some());
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_list_takes_two_hundred_whoever_adds_at_once(db: PgPool) {
    let shop = shop(db).await;
    shop.product("calle-mug").price(2_400).await;
    shop.product("dogana-vase").price(1_999).await;
    let ada = shop.guest().await;
    sql::fill_wishes(&shop.db, ada.customer, MOST - 1).await;
    let (one, other) = tokio::join!(
        add(&shop, &ada, "calle-mug"),
        add(&shop, &ada, "dogana-vase")
    );
    let mut outcomes = [one, other];
    outcomes.sort_by_key(Result::is_err);
    assert_eq!(outcomes, [Ok(()), Err(WishError::Full)]);
    // What is on it is no reason to refuse.
    let wished = if list(&shop, &ada).await.title("calle-mug").is_some() {
        "calle-mug"
    } else {
        "dogana-vase"
    };
    assert_eq!(add(&shop, &ada, wished).await, Ok(()));
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn two_lists_become_one_and_nothing_is_lost(db: PgPool) {
    let shop = shop(db).await;
    for slug in ["calle-mug", "dogana-vase", "lido-lamp"] {
        shop.product(slug).price(2_400).await;
    }
    let (guest, owner) = (shop.guest().await, shop.guest().await);
    add(&shop, &owner, "calle-mug").await.unwrap();
    add(&shop, &owner, "lido-lamp").await.unwrap();
    add(&shop, &guest, "dogana-vase").await.unwrap();
    add(&shop, &guest, "calle-mug").await.unwrap();
    try_merge(&shop, &signed_in(&owner), guest.customer, owner.customer)
        .await
        .unwrap();
    assert_eq!(
        slugs(&list(&shop, &owner).await),
        ["calle-mug", "dogana-vase", "lido-lamp"]
    );
    assert!(list(&shop, &guest).await.is_empty());
    // A tab that does not know it yet.
    assert_eq!(
        add(&shop, &guest, "lido-lamp").await,
        Err(WishError::Denied)
    );
}
