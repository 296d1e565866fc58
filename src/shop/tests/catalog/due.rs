//! What happens by itself when its time comes.

use crate::{refusal, shop, sql};
use serde_json::json;
use shop::Caller;
use shop::catalog::{self, CatalogError, Due};
use shop::market::TableError;
use shop::outbox;
use shop::testing::{TestProduct, TestShop};
use sqlx::PgPool;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

fn in_hours(shop: &TestShop, hours: i64) -> String {
    let at: OffsetDateTime = shop.clock.time() + Duration::hours(hours);
    at.format(&Rfc3339).unwrap()
}

async fn plan(shop: &TestShop, price: serde_json::Value) -> Result<(), TableError> {
    let caller = Caller::machine("test", "test");
    let file = json!({ "prices": [price] });
    catalog::arrange(shop, &caller, file.to_string().as_bytes()).await?;
    Ok(())
}

/// The price and what it is compared with.
async fn price(shop: &TestShop, product: &TestProduct) -> (i64, Option<i64>) {
    let found = catalog::find_product(shop, &shop.eu(), &product.slug)
        .await
        .unwrap();
    let variant = &found.variants[0];
    (
        variant.price.minor,
        variant.compare_at.map(|before| before.minor),
    )
}

/// The tags that `doing` announces.
async fn announced(shop: &TestShop, doing: impl Future<Output = Due>) -> (Due, Vec<String>) {
    let position = outbox::position(shop).await.unwrap();
    let due = doing.await;
    let (outbox::Changes::Tags(mut tags), _) = outbox::tail(shop, &position).await.unwrap() else {
        panic!("that is no more than can be told");
    };
    tags.sort();
    (due, tags)
}

async fn apply(shop: &TestShop) -> Due {
    catalog::apply_due(shop).await.unwrap()
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_sale_begins_and_ends_by_itself(db: PgPool) {
    let shop = shop(db).await;
    let mug = shop.product("mug").category("kitchen").price(2_400).await;
    apply(&shop).await;
    let sale = json!({
        "sku": "MUG", "market": "eu", "price": "19.90", "compare_at": "24.00",
        "from": in_hours(&shop, 1), "until": in_hours(&shop, 3),
    });
    plan(&shop, sale.clone()).await.unwrap();
    plan(&shop, sale).await.unwrap();
    assert_eq!(apply(&shop).await, Due::default(), "nothing is due yet");
    assert_eq!(price(&shop, &mug).await, (2_400, None));

    shop.clock.advance(Duration::hours(1));
    let (due, tags) = announced(&shop, apply(&shop)).await;
    assert_eq!(due.prices_begun, 1, "planned twice, once at work");
    assert_eq!(tags, ["category:kitchen", "home", "product:mug"]);
    assert_eq!(price(&shop, &mug).await, (1_990, Some(2_400)));
    assert_eq!(apply(&shop).await.prices_begun, 0);

    shop.clock.advance(Duration::hours(2));
    let (due, tags) = announced(&shop, apply(&shop)).await;
    assert_eq!(due.prices_ended, 1);
    assert_eq!(tags, ["category:kitchen", "home", "product:mug"]);
    assert_eq!(price(&shop, &mug).await, (2_400, None));
    assert_eq!(
        sql::audited(&shop.db, "price.").await,
        ["price.begun", "price.ended", "price.planned"]
    );
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_price_that_somebody_changed_meanwhile_stays(db: PgPool) {
    let shop = shop(db).await;
    let mug = shop.product("mug").price(2_400).await;
    let sale = json!({
        "sku": "MUG", "market": "eu", "price": "20", "from": in_hours(&shop, 0), "until": in_hours(&shop, 1),
    });
    plan(&shop, sale).await.unwrap();
    apply(&shop).await;
    assert_eq!(price(&shop, &mug).await, (2_000, None));
    shop.set_price(mug.variant(), "eu", 2_600).await;
    shop.clock.advance(Duration::hours(1));
    assert_eq!(apply(&shop).await.prices_ended, 1);
    assert_eq!(price(&shop, &mug).await, (2_600, None));
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn what_nobody_saw_is_not_done_later(db: PgPool) {
    let shop = shop(db).await;
    let mug = shop.product("mug").price(2_400).await;
    let first = json!({
        "sku": "MUG", "market": "eu", "price": "20", "from": in_hours(&shop, 1), "until": in_hours(&shop, 2),
    });
    let second = json!({ "sku": "MUG", "market": "eu", "price": "25", "from": in_hours(&shop, 2) });
    let third = json!({ "sku": "MUG", "market": "eu", "price": "26", "from": in_hours(&shop, 3) });
    for price in [first, second, third] {
        plan(&shop, price).await.unwrap();
    }
    // The worker slept through all of it.
    shop.clock.advance(Duration::hours(4));
    assert_eq!(apply(&shop).await.prices_begun, 3);
    assert_eq!(
        price(&shop, &mug).await,
        (2_600, None),
        "the last one holds"
    );
    assert_eq!(apply(&shop).await, Due::default());
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn two_plans_at_one_time_are_refused(db: PgPool) {
    let shop = shop(db).await;
    shop.product("mug").price(2_400).await;
    let at = |price: &str, from: i64, until: i64| {
        json!({
            "sku": "MUG", "market": "eu", "price": price, "from": in_hours(&shop, from), "until": in_hours(&shop, until),
        })
    };
    plan(&shop, at("20", 2, 4)).await.unwrap();
    plan(&shop, at("19", 4, 5)).await.unwrap();
    let said = plan(&shop, at("18", 3, 6)).await.unwrap_err().to_string();
    assert_eq!(
        said,
        "prices[0]: another price is planned for a part of that time"
    );
    for (price, place) in [
        (
            json!({ "sku": "NONE", "market": "eu", "price": "1", "from": in_hours(&shop, 1) }),
            "prices[0].sku",
        ),
        (
            json!({ "sku": "MUG", "market": "mars", "price": "1", "from": in_hours(&shop, 1) }),
            "prices[0].market",
        ),
        (
            json!({ "sku": "MUG", "market": "eu", "price": "-1", "from": in_hours(&shop, 1) }),
            "prices[0].price",
        ),
        (
            json!({ "sku": "MUG", "market": "eu", "price": "2", "compare_at": "2", "from": in_hours(&shop, 1) }),
            "prices[0].compare_at",
        ),
        (at("1", 9, 8), "prices[0].until"),
    ] {
        let said = plan(&shop, price).await.unwrap_err().to_string();
        assert!(said.starts_with(&format!("{place}: ")), "{said}");
    }
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_product_appears_when_its_time_comes(db: PgPool) {
    let shop = shop(db).await;
    shop.product("mug").category("kitchen").price(2_400).await;
    sql::set_vendor(&shop.db, "mug", "Fornace Zan").await;
    apply(&shop).await;
    let caller = Caller::machine("test", "test");
    let file = json!({ "products": { "mug": { "publish_at": in_hours(&shop, 2) } } });
    catalog::arrange(&shop, &caller, file.to_string().as_bytes())
        .await
        .unwrap();
    let find = async || catalog::find_product(&shop, &shop.eu(), "mug").await;
    assert_eq!(refusal(find().await), CatalogError::NotFound);
    shop.clock.advance(Duration::hours(1));
    assert_eq!(apply(&shop).await.published, 0);

    shop.clock.advance(Duration::hours(1));
    find().await.unwrap();
    let (due, tags) = announced(&shop, apply(&shop)).await;
    assert_eq!(due.published, 1);
    assert_eq!(
        tags,
        [
            "brand:fornace-zan",
            "category:kitchen",
            "home",
            "product:mug"
        ]
    );
    let (due, tags) = announced(&shop, apply(&shop)).await;
    assert_eq!((due, tags), (Due::default(), Vec::new()), "once");
}
