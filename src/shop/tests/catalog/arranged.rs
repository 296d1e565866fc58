//! The arrangement: what a file says holds, all of it or nothing.

use crate::{german, refusal, shop, sql};
use domain::{Actor, Locale};
use serde_json::{Value, json};
use shop::Caller;
use shop::catalog::{self, Arranged, CatalogError};
use shop::market::TableError;
use shop::testing::TestShop;
use sqlx::PgPool;

pub async fn arrange(shop: &TestShop, file: Value) -> Result<Arranged, TableError> {
    let caller = Caller::machine("test", "test");
    catalog::arrange(shop, &caller, file.to_string().as_bytes()).await
}

/// The problems of a file that is refused, one to a line.
async fn problems(shop: &TestShop, file: Value) -> String {
    let before = sql::arrangement(&shop.db).await;
    let said = match arrange(shop, file).await {
        Err(error @ TableError::Problems(_)) => error.to_string(),
        other => panic!("{other:?}"),
    };
    assert_eq!(sql::arrangement(&shop.db).await, before, "nothing changed");
    said
}

async fn kitchen(shop: &TestShop) {
    shop.product("mug").category("kitchen").price(100).await;
    shop.product("bowl").category("bowls").price(100).await;
    shop.product("vase").category("living").price(100).await;
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn categories_lie_in_one_another(db: PgPool) {
    let shop = shop(db).await;
    kitchen(&shop).await;
    let file = json!({ "categories": {
        "bowls": { "parent": "tableware" },
        "tableware": { "parent": "kitchen", "names": { "en": "Tableware", "de": "Geschirr" }, "position": 7 },
    } });
    let done = arrange(&shop, file.clone()).await.unwrap();
    assert_eq!(done.categories, 2);
    let paths = || sql::paths(&shop.db);
    let expected = [
        "kitchen",
        "kitchen/tableware",
        "kitchen/tableware/bowls",
        "living",
    ];
    assert_eq!(paths().await, expected);
    arrange(&shop, file).await.unwrap();
    assert_eq!(paths().await, expected, "the same file again");
    let names = |categories: &[domain::catalog::CategoryLink]| -> Vec<String> {
        categories.iter().map(|link| link.slug.clone()).collect()
    };
    let top = catalog::menu(&shop, Locale::En).await.unwrap();
    assert_eq!(
        names(&top),
        ["kitchen", "living"],
        "the menu has what is on top"
    );

    // What lies in a category moves with it, and comes on top when it is put there.
    let moved = json!({ "categories": { "tableware": { "parent": "living" }, "kitchen": { "position": 9 } } });
    arrange(&shop, moved).await.unwrap();
    assert_eq!(
        paths().await,
        [
            "kitchen",
            "living",
            "living/tableware",
            "living/tableware/bowls"
        ]
    );
    let top = json!({ "categories": { "tableware": { "parent": "" } } });
    arrange(&shop, top).await.unwrap();
    assert_eq!(
        paths().await,
        ["kitchen", "living", "tableware", "tableware/bowls"]
    );
    let menu = async || names(&catalog::menu(&shop, Locale::En).await.unwrap());
    assert_eq!(
        menu().await,
        ["kitchen", "living"],
        "kept until it is forgotten"
    );
    shop.guides.forget();
    assert!(menu().await.contains(&"tableware".to_owned()));

    for (file, said) in [
        (
            json!({ "categories": { "tableware": { "parent": "bowls" } } }),
            "categories.tableware.parent: it can't lie in `bowls`, which lies in it",
        ),
        (
            json!({ "categories": { "bowls": { "parent": "nowhere" } } }),
            "categories.bowls.parent: there is no category `nowhere` to lie in",
        ),
        (
            json!({ "categories": { "cups": { "parent": "kitchen" } } }),
            "categories.cups: the shop has no such category; give a new one names",
        ),
        (
            json!({ "categories": { "bowls": { "slug": "kitchen" } } }),
            "categories.bowls.slug: `kitchen` belongs to another",
        ),
        (
            json!({ "categories": { "bowls": { "slug": "Bowls & more" } } }),
            "categories.bowls.slug: `Bowls & more` is no slug; use a to z, 0 to 9 and -",
        ),
    ] {
        assert_eq!(problems(&shop, file).await.lines().next(), Some(said));
    }
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn an_old_address_leads_to_the_new_one(db: PgPool) {
    let shop = shop(db).await;
    kitchen(&shop).await;
    let rename = async |from: &str, to: &str| {
        let file = json!({
            "products": { from: { "slug": to } },
            "categories": { "kitchen": {} },
        });
        arrange(&shop, file).await.unwrap();
    };
    let find = async |slug: &str| catalog::find_product(&shop, &shop.eu(), slug).await;
    rename("mug", "calle-mug").await;
    find("calle-mug").await.unwrap();
    let moved = |to: &str| CatalogError::Moved(to.to_owned());
    assert_eq!(refusal(find("mug").await), moved("calle-mug"));
    rename("calle-mug", "mug-of-the-calle").await;
    assert_eq!(
        refusal(find("mug").await),
        moved("mug-of-the-calle"),
        "in one step"
    );
    assert_eq!(refusal(find("calle-mug").await), moved("mug-of-the-calle"));
    rename("mug-of-the-calle", "mug").await;
    find("mug").await.unwrap();
    assert_eq!(refusal(find("calle-mug").await), moved("mug"));

    let renamed = json!({ "categories": { "kitchen": { "slug": "cooking" } } });
    arrange(&shop, renamed).await.unwrap();
    let list = async |slug: &str| catalog::find_category(&shop, &german(), slug).await;
    list("cooking").await.unwrap();
    assert_eq!(refusal(list("kitchen").await), moved("cooking"));
    assert_eq!(refusal(list("never-was").await), CatalogError::NotFound);
    sql::delete_product(&shop.db, "mug").await;
    for slug in ["mug", "calle-mug", "mug-of-the-calle"] {
        assert_eq!(refusal(find(slug).await), CatalogError::Gone, "{slug}");
    }
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn products_have_attributes_of_their_kind(db: PgPool) {
    let shop = shop(db).await;
    kitchen(&shop).await;
    let attributes = json!([
        { "code": "material", "kind": "text", "names": { "en": "Material" } },
        { "code": "capacity", "kind": "number", "unit": "ml", "names": { "en": "Capacity" } },
        { "code": "dishwasher", "kind": "boolean", "names": { "en": "Dishwasher" }, "facet": false },
    ]);
    let file = json!({ "attributes": attributes, "products": {
        "mug": { "attributes": { "material": ["Stoneware", "Cane"], "capacity": 350, "dishwasher": true } },
        "bowl": { "attributes": { "material": "Wood" } },
    } });
    arrange(&shop, file).await.unwrap();
    let values = || sql::attributes(&shop.db);
    assert_eq!(
        values().await,
        [
            "bowl material Wood",
            "mug capacity 350 ml",
            "mug dishwasher true",
            "mug material Stoneware",
            "mug material Cane",
        ]
    );
    let mug = catalog::find_product(&shop, &german(), "mug")
        .await
        .unwrap();
    let facts: Vec<String> = mug
        .facts
        .iter()
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    assert_eq!(
        facts,
        [
            "Material: Stoneware, Cane",
            "Capacity: 350\u{a0}ml",
            "Dishwasher: ja"
        ]
    );
    let less = json!({ "products": { "mug": { "attributes": { "material": "Stoneware", "capacity": null } } } });
    arrange(&shop, less).await.unwrap();
    assert_eq!(
        values().await,
        [
            "bowl material Wood",
            "mug dishwasher true",
            "mug material Stoneware"
        ]
    );
    let wrong = json!({
        "attributes": [
            { "code": "dishwasher", "kind": "text", "names": { "en": "Dishwasher" } },
            { "code": "Weight", "kind": "number", "names": {} },
            { "code": "finish", "kind": "text", "unit": "cm", "names": {} },
        ],
        "products": {
            "mug": { "attributes": { "material": 7, "capacity": "350 ml", "colour": "red" } },
            "spoon": {},
        },
    });
    let said = problems(&shop, wrong).await;
    let places: Vec<&str> = said
        .lines()
        .filter_map(|line| line.split(": ").next())
        .collect();
    assert_eq!(
        places,
        [
            "attributes.dishwasher.kind",
            "attributes.Weight",
            "attributes.finish.unit",
            "products.mug.attributes.capacity",
            "products.mug.attributes.colour",
            "products.mug.attributes.material",
            "products.spoon",
        ],
        "{said}"
    );
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn brands_are_there_as_soon_as_a_product_names_one(db: PgPool) {
    let shop = shop(db).await;
    kitchen(&shop).await;
    for (product, vendor) in [
        ("mug", "Öl & Söhne"),
        ("bowl", "Oel Soehne"),
        ("vase", "茶"),
    ] {
        sql::set_vendor(&shop.db, product, vendor).await;
    }
    assert_eq!(
        sql::brands(&shop.db).await,
        [
            "brand 茶",
            "oel-soehne Öl & Söhne",
            "oel-soehne-2 Oel Soehne"
        ]
    );
    let file = json!({ "brands": { "Oel Soehne": { "slug": "oel", "intro": { "en": "Oil." } } } });
    arrange(&shop, file).await.unwrap();
    assert!(
        sql::brands(&shop.db)
            .await
            .contains(&"oel Oel Soehne".to_owned())
    );
    let nobody = json!({ "brands": { "Nobody": { "intro": {} } } });
    assert_eq!(
        problems(&shop, nobody).await,
        "brands.Nobody: no product is of a vendor of that name"
    );
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn what_the_shopkeeper_chose_stands_beside_a_product_first(db: PgPool) {
    let shop = shop(db).await;
    kitchen(&shop).await;
    shop.product("jug").category("kitchen").price(100).await;
    shop.product("draft")
        .category("kitchen")
        .price(100)
        .draft()
        .await;
    let file = json!({ "products": {
        "mug": { "related": ["vase", "draft"] },
        "vase": { "related": ["mug"] },
    } });
    arrange(&shop, file).await.unwrap();
    let related = async |slug: &str| -> Vec<String> {
        let found = catalog::find_product(&shop, &shop.eu(), slug)
            .await
            .unwrap();
        found.related.into_iter().map(|card| card.slug).collect()
    };
    assert_eq!(related("mug").await, ["vase", "jug"]);
    assert_eq!(related("vase").await, ["mug"]);
    let itself = json!({ "products": { "mug": { "related": ["mug"] } } });
    assert_eq!(
        problems(&shop, itself).await,
        "products.mug.related: each has to be another product's slug"
    );
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn collections_are_by_hand_or_by_rule(db: PgPool) {
    let shop = shop(db).await;
    kitchen(&shop).await;
    let of = |rest: Value| {
        let mut collection = json!({ "slug": "small", "names": { "en": "Small things" } });
        for (key, value) in rest.as_object().unwrap() {
            collection[key] = value.clone();
        }
        json!({ "collections": [collection] })
    };
    arrange(&shop, of(json!({ "products": ["vase", "mug"] })))
        .await
        .unwrap();
    assert_eq!(sql::collections(&shop.db).await, ["small: vase mug"]);
    arrange(
        &shop,
        of(json!({ "rule": { "tags": ["gift"], "price": { "eu": { "to": "19.90" } } } })),
    )
    .await
    .unwrap();
    let rules = sql::collections(&shop.db).await;
    assert!(
        rules[0].starts_with("small: {") && rules[0].contains("1990"),
        "{rules:?}"
    );
    for (rest, said) in [
        (
            json!({}),
            "collections.small: give it either products or a rule",
        ),
        (
            json!({ "products": ["spoon"] }),
            "collections.small.products: the shop has no product `spoon`",
        ),
        (
            json!({ "rule": {} }),
            "collections.small.rule: the rule asks for nothing; name tags, category, brand, price or in_stock",
        ),
        (
            json!({ "rule": { "price": { "eu": { "to": "a lot" } } } }),
            "collections.small.rule.price.eu: `a lot` is no amount; write it like 19.90",
        ),
        (
            json!({ "rule": { "price": { "mars": {} } } }),
            "collections.small.rule.price.mars: there is no market `mars`; there are: eu, us",
        ),
    ] {
        assert_eq!(problems(&shop, of(rest)).await, said);
    }
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn only_who_may_arranges_and_only_files_that_read(db: PgPool) {
    let shop = shop(db).await;
    let guest = shop.guest().await;
    let caller = shop.caller(&guest);
    assert!(matches!(caller.actor, Actor::Guest { .. }));
    let refused = catalog::arrange(&shop, &caller, "{}".as_bytes()).await;
    assert!(matches!(refused, Err(TableError::Denied(_))), "{refused:?}");
    let machine = Caller::machine("test", "test");
    for text in ["", "[", "7", "{\"colours\": {}}", "{\"prices\": [{}]}"] {
        let refused = catalog::arrange(&shop, &machine, text.as_bytes()).await;
        assert!(
            matches!(refused, Err(TableError::Unreadable(_))),
            "{text}: {refused:?}"
        );
    }
    arrange(&shop, json!({})).await.unwrap();
}
