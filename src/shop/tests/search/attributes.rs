//! What products are, as filters: by every engine the same.

use crate::index::{Folder, Keeper};
use crate::{find, ids, narrowed, shop};
use domain::Locale;
use serde_json::{Value, json};
use shop::Caller;
use shop::catalog;
use shop::search::{Facet, FacetKey, Filters, Found, Number, Query};
use shop::testing::{TestProduct, TestShop, until};
use sqlx::PgPool;

struct Jugs {
    glass: TestProduct,
    both: TestProduct,
    clay: TestProduct,
    plain: TestProduct,
}

async fn arrange(shop: &TestShop, file: Value) {
    let caller = Caller::machine("test", "test");
    let done = catalog::arrange(shop, &caller, file.to_string().as_bytes()).await;
    done.unwrap();
}

/// Four jugs of which the last is nothing in particular.
async fn jugs(shop: &TestShop) -> Jugs {
    let jug = |slug: &'static str, price| shop.product(slug).category("jugs").price(price);
    let jugs = Jugs {
        glass: jug("glass", 1_000)
            .options(["Material"])
            .variant(["Light"])
            .price(1_000)
            .await,
        both: jug("both", 2_000).await,
        clay: jug("clay", 3_000).await,
        plain: jug("plain", 4_000).await,
    };
    arrange(
        shop,
        json!({
            "attributes": [
                { "code": "height", "kind": "number", "unit": "cm", "names": { "en": "Height", "de": "Höhe" } },
                { "code": "material", "kind": "text", "names": { "en": "Material", "de": "Werkstoff" } },
                { "code": "dishwasher", "kind": "boolean", "names": { "en": "Dishwasher" } },
                { "code": "secret", "kind": "text", "names": { "en": "Secret" }, "facet": false },
            ],
            "products": {
                "glass": { "attributes": { "material": "Glass", "height": 9.5, "dishwasher": true, "secret": "A" } },
                "both": { "attributes": { "material": ["Glass", "Clay"], "height": -2, "dishwasher": false, "secret": "B" } },
                "clay": { "attributes": { "material": "Clay", "height": 1000 } },
            },
        }),
    )
    .await;
    jugs
}

fn facet<'a>(found: &'a Found, key: &FacetKey) -> &'a Facet {
    let facet = found.facets.iter().find(|facet| facet.key == *key);
    facet.unwrap_or_else(|| panic!("{key:?} in {:?}", found.facets))
}

fn values(found: &Found, code: &str) -> Vec<(String, u64, bool)> {
    let each = facet(found, &FacetKey::Attribute(code.to_owned()))
        .values
        .iter();
    each.map(|value| (value.value.clone(), value.count, value.is_chosen))
        .collect()
}

fn heights(found: &Found) -> (Number, Number) {
    let facet = facet(found, &FacetKey::Numbers("height".to_owned()));
    facet.range.unwrap()
}

fn number(text: &str) -> Number {
    text.parse().unwrap()
}

fn of(code: &str, values: &[&str]) -> Filters {
    let values = values.iter().map(|value| (*value).to_owned()).collect();
    Filters {
        attributes: [(code.to_owned(), values)].into(),
        ..Filters::default()
    }
}

fn high(from: Option<&str>, to: Option<&str>) -> Filters {
    let range = (from.map(number), to.map(number));
    Filters {
        numbers: [("height".to_owned(), range)].into(),
        ..Filters::default()
    }
}

fn counted(value: &str, count: u64, is_chosen: bool) -> (String, u64, bool) {
    (value.to_owned(), count, is_chosen)
}

/// What has to hold, whoever answers.
async fn narrows(shop: &TestShop, jugs: &Jugs) {
    let all = find(shop, narrowed(Filters::default())).await;
    let keys: Vec<&FacetKey> = all.facets.iter().map(|facet| &facet.key).collect();
    let attribute = |code: &str| FacetKey::Attribute(code.to_owned());
    let numbers = FacetKey::Numbers("height".to_owned());
    let attributes = &keys[keys.len() - 3..];
    assert_eq!(
        attributes,
        [&numbers, &attribute("material"), &attribute("dishwasher")],
        "in the shopkeeper's order, without what is none of a shopper's business: {keys:?}"
    );
    let option = FacetKey::Option("Material".to_owned());
    assert_eq!(facet(&all, &option).values.len(), 1, "an option is another");
    let material = [counted("Clay", 2, false), counted("Glass", 2, false)];
    assert_eq!(values(&all, "material"), material);
    let dishwasher = [counted("no", 1, false), counted("yes", 1, false)];
    assert_eq!(values(&all, "dishwasher"), dishwasher);
    assert_eq!(heights(&all), (number("-2"), number("1000")));
    assert_eq!(facet(&all, &numbers).unit, "cm");

    let (glass, both, clay) = (jugs.glass.id, jugs.both.id, jugs.clay.id);
    for (filters, expected) in [
        (of("material", &["Glass"]), vec![glass, both]),
        (of("material", &["Clay"]), vec![both, clay]),
        (of("material", &["Glass", "Clay"]), vec![glass, both, clay]),
        (of("material", &["Light"]), vec![]),
        (of("dishwasher", &["yes"]), vec![glass]),
        (of("dishwasher", &["yes", "no"]), vec![glass, both]),
        (of("secret", &["B"]), vec![both]),
        (of("nothing", &["yes"]), vec![]),
        (high(Some("-2"), Some("9.5")), vec![glass, both]),
        (high(Some("-1.999"), Some("9.499")), vec![]),
        (high(None, Some("0")), vec![both]),
        (high(Some("10"), None), vec![clay]),
        (high(Some("999999999"), None), vec![]),
        (high(None, None), vec![glass, both, clay]),
    ] {
        let found = find(shop, narrowed(filters.clone())).await;
        assert_eq!(found.products, expected, "{filters:?}");
    }
    let unknown = Filters {
        numbers: [("width".to_owned(), (Some(number("1")), None))].into(),
        ..Filters::default()
    };
    assert_eq!(find(shop, narrowed(unknown)).await.products, []);

    // A choice narrows everything but its own facet.
    let found = find(shop, narrowed(of("material", &["Glass"]))).await;
    let material = [counted("Clay", 2, false), counted("Glass", 2, true)];
    assert_eq!(values(&found, "material"), material);
    assert_eq!(heights(&found), (number("-2"), number("9.5")));
    let found = find(shop, narrowed(high(Some("5"), None))).await;
    assert_eq!(found.products, [glass, clay]);
    assert_eq!(heights(&found), (number("-2"), number("1000")));
    let material = [counted("Clay", 1, false), counted("Glass", 1, false)];
    assert_eq!(values(&found, "material"), material);
    let both = Filters {
        price: (None, Some(2_500)),
        ..Filters {
            attributes: of("material", &["Clay"]).attributes,
            ..high(None, Some("100"))
        }
    };
    let found = find(shop, narrowed(both)).await;
    assert_eq!(found.products, ids([&jugs.both]));
    let found = find(shop, narrowed(of("material", &["Wood"]))).await;
    assert!(
        values(&found, "material").contains(&counted("Wood", 0, true)),
        "can be taken back"
    );
    assert_eq!(found.products, []);
    let nothing = Filters {
        attributes: of("material", &["Wood"]).attributes,
        ..high(Some("5"), None)
    };
    let found = find(shop, narrowed(nothing)).await;
    assert_eq!(facet(&found, &numbers).range, None, "can be changed");
}

async fn german(shop: &TestShop) -> Vec<(String, Vec<String>)> {
    let market = shop.markets.find(&shop.eu()).unwrap();
    let query = Query {
        limit: 20,
        ..Query::default()
    };
    let found = shop.search.find(shop, &market, Locale::De, &query).await;
    let labels = |facet: &Facet| {
        facet
            .values
            .iter()
            .map(|value| value.label.clone())
            .collect()
    };
    let facets = found.unwrap().facets;
    let named = facets.iter().filter(|facet| !facet.label.is_empty());
    named
        .map(|facet| (facet.label.clone(), labels(facet)))
        .collect()
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn both_engines_narrow_by_what_products_are(db: PgPool) {
    let shop = shop(db).await;
    let jugs = jugs(&shop).await;
    let caller = Caller::machine("test", "test");
    let words = json!({ "values": { "Glass": "Glas", "Clay": "Ton" } }).to_string();
    shop::market::import_words(&shop, &caller, Locale::De, words.as_bytes())
        .await
        .unwrap();
    narrows(&shop, &jugs).await;
    let said = german(&shop).await;
    let folder = Folder::new();
    let keeper = Keeper::serving(&shop, &folder).await;
    narrows(&shop, &jugs).await;
    assert_eq!(german(&shop).await, said);
    let owned = |texts: &[&str]| {
        texts
            .iter()
            .map(|text| (*text).to_owned())
            .collect::<Vec<_>>()
    };
    for named in [
        ("Höhe".to_owned(), vec![]),
        ("Werkstoff".to_owned(), owned(&["Glas", "Ton"])),
        ("Dishwasher".to_owned(), owned(&["ja", "nein"])),
    ] {
        assert!(said.contains(&named), "{named:?} in {said:?}");
    }
    keeper.stop().await;
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn what_a_product_is_from_now_on_narrows_from_now_on(db: PgPool) {
    let shop = shop(db).await;
    let jugs = jugs(&shop).await;
    let folder = Folder::new();
    let keeper = Keeper::serving(&shop, &folder).await;
    let wooden = || narrowed(of("material", &["Wood"]));
    assert_eq!(find(&shop, wooden()).await.products, []);
    arrange(
        &shop,
        json!({ "products": { "plain": { "attributes": { "material": "Wood", "height": 2000 } } } }),
    )
    .await;
    until("it is found by what it is made of", async || {
        find(&shop, wooden()).await.products == ids([&jugs.plain])
    })
    .await;
    let found = find(&shop, narrowed(Filters::default())).await;
    assert_eq!(heights(&found), (number("-2"), number("2000")));
    let three = [
        counted("Clay", 2, false),
        counted("Glass", 2, false),
        counted("Wood", 1, false),
    ];
    assert_eq!(values(&found, "material"), three);

    arrange(
        &shop,
        json!({ "products": { "plain": { "attributes": { "height": null } } } }),
    )
    .await;
    until("it is not found by what it no longer is", async || {
        let found = find(&shop, narrowed(Filters::default())).await;
        heights(&found) == (number("-2"), number("1000"))
    })
    .await;
    // What an attribute is for can change without any product.
    arrange(
        &shop,
        json!({ "attributes": [{ "code": "secret", "kind": "text", "names": { "en": "Known" } }] }),
    )
    .await;
    let found = find(&shop, narrowed(Filters::default())).await;
    assert_eq!(values(&found, "secret").len(), 2);
    keeper.stop().await;
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn only_what_matters_most_is_offered(db: PgPool) {
    let shop = shop(db).await;
    let mut attributes = Vec::new();
    let mut products = serde_json::Map::new();
    for number in 0..12 {
        let kind = if number % 2 == 0 { "text" } else { "number" };
        let code = format!("a{number}");
        attributes.push(json!({ "code": code, "kind": kind, "names": { "en": code } }));
    }
    attributes.push(json!({ "code": "isbn", "kind": "text", "names": { "en": "ISBN" } }));
    // The attribute of number 11 is one of all fourteen products, that of number 0 of three.
    for product in 0..14 {
        let slug = format!("thing-{product:02}");
        shop.product(&slug).category("things").price(100).await;
        let mut own = serde_json::Map::new();
        own.insert("isbn".to_owned(), json!(format!("978-{product}")));
        for number in 0..12 {
            if product < number + 3 {
                let value = if number % 2 == 0 {
                    json!(format!("v{}", product % 3))
                } else {
                    json!(product)
                };
                own.insert(format!("a{number}"), value);
            }
        }
        products.insert(slug, json!({ "attributes": own }));
    }
    arrange(
        &shop,
        json!({ "attributes": attributes, "products": products }),
    )
    .await;
    let offered = async |filters: Filters| -> Vec<String> {
        let found = find(&shop, narrowed(filters)).await;
        let codes = found
            .facets
            .into_iter()
            .filter_map(|facet| match facet.key {
                FacetKey::Attribute(code) | FacetKey::Numbers(code) => Some(code),
                _ => None,
            });
        codes.collect()
    };
    let folder = Folder::new();
    let keeper = Keeper::serving(&shop, &folder).await;
    let eight = ["a4", "a5", "a6", "a7", "a8", "a9", "a10", "a11"];
    assert_eq!(
        offered(Filters::default()).await,
        eight,
        "what differs for each is no choice"
    );
    let chosen = ["a0", "a5", "a6", "a7", "a8", "a9", "a10", "a11"];
    // Of three products everything is as frequent: the chosen one is among them all the same.
    let found = offered(of("a0", &["v0", "v1", "v2"])).await;
    assert_eq!(
        (found.len(), &*found[0]),
        (chosen.len(), chosen[0]),
        "{found:?}"
    );
    keeper.stop().await;
}
