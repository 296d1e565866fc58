//! Products side by side: those that are on sale, in the order they were named, and what could stand beside them.

use crate::arranged::arrange;
use crate::{german, shop};
use domain::Storefront;
use serde_json::json;
use shop::catalog::{self, Comparison, Row};
use shop::testing::TestShop;
use sqlx::PgPool;

async fn compare(shop: &TestShop, at: &Storefront, slugs: &[&str]) -> Comparison {
    let slugs: Vec<_> = slugs.iter().map(|slug| (*slug).to_owned()).collect();
    catalog::compare(shop, at, &slugs).await.unwrap()
}

fn named(compared: &Comparison) -> Vec<&str> {
    let each = compared.products.iter();
    each.map(|one| &*one.card.slug).collect()
}

fn others(compared: &Comparison) -> Vec<&str> {
    let each = compared.others.shown.iter();
    each.map(|card| &*card.slug).collect()
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn each_says_its_options_and_its_values_in_the_shoppers_language(db: PgPool) {
    let shop = shop(db).await;
    let mug = shop.product("mug").options(["Glaze", "Size"]);
    let mug = mug.variant(["Lagoon", "S"]).price(100);
    mug.variant(["Lagoon", "M"]).price(120).await;
    shop.product("vase").german("Vase Dogana").price(200).await;
    let attributes = json!([
        { "code": "height", "kind": "number", "unit": "cm", "names": { "en": "Height", "de": "Höhe" } },
        { "code": "material", "kind": "text", "names": { "en": "Material" } },
    ]);
    let products = json!({
        "mug": { "attributes": { "height": 9.5, "material": "Stoneware" } },
        "vase": { "attributes": { "height": 24 } },
    });
    let file = json!({ "attributes": attributes, "products": products });
    arrange(&shop, file).await.unwrap();

    let compared = compare(&shop, &german(), &["vase", "mug"]).await;
    assert_eq!(named(&compared), ["vase", "mug"]);
    assert_eq!(compared.missing, 0);
    let [vase, mug] = &compared.products[..] else {
        panic!("{compared:?}");
    };
    assert_eq!(vase.card.title, "Vase Dogana");
    assert!(vase.options.is_empty());
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(vase.facts, [pair("Höhe", "24\u{a0}cm")]);
    let facts = [pair("Höhe", "9,5\u{a0}cm"), pair("Material", "Stoneware")];
    assert_eq!(mug.facts, facts);
    let values: Vec<_> = mug.options.iter().map(|(_, values)| values.len()).collect();
    assert_eq!(values, [1, 2], "each value once: {:?}", mug.options);
    assert!(mug.card.from);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn what_is_not_on_sale_is_counted_and_four_are_looked_at(db: PgPool) {
    let shop = shop(db).await;
    for slug in ["a", "b", "c", "d", "e"] {
        shop.product(slug).price(100).await;
    }
    shop.product("draft").price(100).draft().await;
    shop.product("us-only").price_in("us", 100).await;
    let compared = compare(&shop, &shop.eu(), &["b", "draft", "us-only", "none"]).await;
    assert_eq!((named(&compared), compared.missing), (vec!["b"], 3));
    let compared = compare(&shop, &shop.eu(), &["e", "d", "c", "b", "a"]).await;
    assert_eq!(
        (named(&compared), compared.missing),
        (vec!["e", "d", "c", "b"], 0)
    );
    let nothing = compare(&shop, &shop.eu(), &[]).await;
    assert_eq!(nothing, Comparison::default());
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn while_there_is_room_what_goes_beside_them_is_offered(db: PgPool) {
    let shop = shop(db).await;
    for slug in ["mug", "vase", "jug", "bowl", "cup"] {
        shop.product(slug).price(100).stock(5).await;
    }
    shop.product("gone").price(100).stock(0).await;
    let file = json!({ "products": {
        "mug": { "related": ["vase", "gone", "jug"] },
        "vase": { "related": ["bowl", "jug", "mug"] },
    } });
    arrange(&shop, file).await.unwrap();
    let compared = compare(&shop, &shop.eu(), &["mug"]).await;
    assert_eq!(others(&compared), ["vase", "jug"]);
    assert_eq!(compared.others.awaited, ["gone"]);
    // Both have their turns; what can't be bought, and what is there already, is none.
    let compared = compare(&shop, &shop.eu(), &["mug", "vase"]).await;
    assert_eq!(others(&compared), ["bowl", "jug"]);
    let full = compare(&shop, &shop.eu(), &["mug", "vase", "cup", "gone"]).await;
    assert_eq!(named(&full), ["mug", "vase", "cup", "gone"]);
    assert_eq!(full.others, Row::default());
}
