//! The engine that needs nothing but the database.

use crate::few::few;
use crate::{browse, find, ids, narrowed, odd_texts, shop, sql, text};
use domain::{Locale, ProductId};
use shop::search::{Count, Facet, FacetKey, Filters, Found, Query, Sort};
use shop::testing::TestShop;
use sqlx::PgPool;
use std::collections::BTreeSet;

fn facet<'a>(found: &'a Found, key: &FacetKey) -> Option<&'a Facet> {
    found.facets.iter().find(|facet| facet.key == *key)
}

fn counts(found: &Found, key: &FacetKey) -> Vec<(String, u64, bool)> {
    let values = facet(found, key).map(|facet| facet.values.clone());
    let each = values.unwrap_or_default().into_iter();
    each.map(|value| (value.value, value.count, value.is_chosen))
        .collect()
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_text_finds_what_is_on_sale_here_best_first(db: PgPool) {
    let shop = shop(db).await;
    let few = few(&shop).await;
    let found = find(&shop, text("MUGS")).await;
    assert_eq!(
        found.count,
        Count::Exactly(2),
        "no draft, nothing of tomorrow: {found:?}"
    );
    assert_eq!(
        found.products.iter().collect::<BTreeSet<_>>(),
        ids([&few.mug, &few.cup]).iter().collect()
    );
    assert_eq!(
        find(&shop, text("espresso mug")).await.products,
        ids([&few.cup])
    );
    assert_eq!(
        find(&shop, text("CALLE-MUG-LAGOON")).await.products,
        ids([&few.mug]),
        "by SKU"
    );
    assert_eq!(
        find(&shop, text("light")).await.products,
        ids([&few.lamp]),
        "by tag"
    );
    assert_eq!(
        find(&shop, text("burano")).await.products,
        ids([&few.cup]),
        "by brand"
    );
    assert_eq!(
        find(&shop, text("vase")).await,
        Found {
            count: Count::Exactly(0),
            ..Found::default()
        },
        "not sold here"
    );
    let market = shop.markets.find(&shop.us()).unwrap();
    let found = shop
        .search
        .find(&shop, &market, Locale::En, &text("vase"))
        .await
        .unwrap();
    assert_eq!(
        (found.products, found.prices),
        (ids([&few.vase]), Some((3_000, 3_000)))
    );
    let market = shop.markets.find(&shop.eu()).unwrap();
    let german = shop
        .search
        .find(&shop, &market, Locale::De, &text("leselampen"))
        .await
        .unwrap();
    assert_eq!(german.products, ids([&few.lamp]));
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn no_text_is_an_error(db: PgPool) {
    let shop = shop(db).await;
    few(&shop).await;
    let market = shop.markets.find(&shop.eu()).unwrap();
    for odd in odd_texts() {
        let found = shop
            .search
            .find(&shop, &market, Locale::De, &text(&odd))
            .await;
        let shown: String = odd.chars().take(40).collect();
        assert!(found.is_ok(), "{shown:?}: {found:?}");
        let suggested = shop.search.suggest(&shop, &market, Locale::En, &odd).await;
        assert!(suggested.is_ok(), "{shown:?}: {suggested:?}");
    }
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_facet_s_own_choice_does_not_narrow_its_counts(db: PgPool) {
    let shop = shop(db).await;
    let few = few(&shop).await;
    let glaze = FacetKey::Option("Glaze".to_owned());
    let all = find(&shop, browse(None)).await;
    assert_eq!(all.products, ids([&few.mug, &few.cup, &few.lamp]));
    assert_eq!(all.prices, Some((1_800, 9_000)));
    assert_eq!(
        counts(&all, &FacetKey::Brand),
        [
            ("Murano".to_owned(), 2, false),
            ("Burano".to_owned(), 1, false)
        ]
    );
    assert_eq!(
        counts(&all, &glaze),
        [
            ("Sand".to_owned(), 2, false),
            ("Lagoon".to_owned(), 1, false)
        ]
    );
    assert_eq!(
        counts(&all, &FacetKey::InStock),
        [("true".to_owned(), 2, false)]
    );

    let brand = Filters {
        brands: vec!["Burano".to_owned()],
        ..Filters::default()
    };
    let found = find(&shop, narrowed(brand)).await;
    assert_eq!(found.products, ids([&few.cup]));
    assert_eq!(
        counts(&found, &FacetKey::Brand),
        [
            ("Murano".to_owned(), 2, false),
            ("Burano".to_owned(), 1, true)
        ]
    );
    assert_eq!(counts(&found, &glaze), [("Sand".to_owned(), 1, false)]);

    let lagoon = Filters {
        options: [("Glaze".to_owned(), vec!["Lagoon".to_owned()])].into(),
        price: (Some(2_400), Some(2_400)),
        in_stock: true,
        ..Filters::default()
    };
    let found = find(&shop, narrowed(lagoon)).await;
    assert_eq!(found.products, ids([&few.mug]));
    assert_eq!(found.prices, Some((2_400, 2_400)), "of what else passes");

    let none = Filters {
        brands: vec!["Nobody".to_owned()],
        ..Filters::default()
    };
    let found = find(&shop, narrowed(none)).await;
    assert!(found.products.is_empty());
    let brands = counts(&found, &FacetKey::Brand);
    assert!(
        brands.contains(&("Nobody".to_owned(), 0, true)),
        "can be taken back: {brands:?}"
    );
}

/// Every product of a list, page by page.
async fn walk(shop: &TestShop, query: Query) -> Vec<ProductId> {
    let mut seen = Vec::new();
    let mut after = None;
    for _ in 0..400 {
        let found = find(
            shop,
            Query {
                after,
                ..query.clone()
            },
        )
        .await;
        seen.extend(found.products);
        // As a link says it.
        after = found.next.map(|next| next.to_string().parse().unwrap());
        if after.is_none() {
            return seen;
        }
    }
    panic!("the list does not end");
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn pages_show_each_product_once_in_every_order(db: PgPool) {
    let shop = shop(db).await;
    shop.product("first").category("things").price(100).await;
    let things = sql::category(&shop.db, "things").await;
    // More than the engine looks at for one page.
    sql::many(&shop.db, things, 700, shop.clock.time()).await;
    for category in [None, Some(things)] {
        for sort in [Sort::Relevance, Sort::Newest, Sort::Rating] {
            let query = Query {
                sort,
                limit: 90,
                ..browse(category)
            };
            let seen = walk(&shop, query).await;
            let each: BTreeSet<_> = seen.iter().collect();
            assert_eq!(
                (seen.len(), each.len()),
                (701, 701),
                "{sort:?} in {category:?}"
            );
        }
    }
    let dear = Filters {
        price: (Some(900), None),
        ..Filters::default()
    };
    let seen = walk(
        &shop,
        Query {
            limit: 7,
            ..narrowed(dear)
        },
    )
    .await;
    assert_eq!(seen.len(), 77, "filters find what lies far behind, too");
    for sort in [Sort::PriceUp, Sort::PriceDown] {
        let found = find(
            &shop,
            Query {
                sort,
                ..browse(Some(things))
            },
        )
        .await;
        assert_eq!(
            (found.products.len(), found.count),
            (20, Count::AtLeast(500)),
            "{sort:?}"
        );
    }
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn orders_are_what_they_say(db: PgPool) {
    let shop = shop(db).await;
    let few = few(&shop).await;
    for (sort, order) in [
        (Sort::Relevance, [&few.mug, &few.cup, &few.lamp]),
        (Sort::PriceUp, [&few.cup, &few.mug, &few.lamp]),
        (Sort::PriceDown, [&few.lamp, &few.mug, &few.cup]),
        (Sort::Newest, [&few.lamp, &few.cup, &few.mug]),
    ] {
        let found = find(
            &shop,
            Query {
                sort,
                ..browse(None)
            },
        )
        .await;
        assert_eq!(found.products, ids(order), "{sort:?}");
        let first = find(
            &shop,
            Query {
                sort,
                limit: 1,
                ..browse(None)
            },
        )
        .await;
        let other = Sort::ALL.into_iter().find(|other| *other != sort).unwrap();
        let found = find(
            &shop,
            Query {
                sort: other,
                after: first.next,
                ..browse(None)
            },
        )
        .await;
        assert_eq!(
            found.products.len(),
            3,
            "a position of another order is none"
        );
    }
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn suggestions_name_products_and_categories(db: PgPool) {
    let shop = shop(db).await;
    few(&shop).await;
    let market = shop.markets.find(&shop.eu()).unwrap();
    let suggested = shop
        .search
        .suggest(&shop, &market, Locale::De, "Becher")
        .await
        .unwrap();
    assert_eq!(suggested.products.len(), 1);
    assert_eq!(suggested.products[0].name, "Becher Calle");
    let suggested = shop
        .search
        .suggest(&shop, &market, Locale::En, "kit")
        .await
        .unwrap();
    let slugs: Vec<&str> = suggested
        .categories
        .iter()
        .map(|category| &*category.slug)
        .collect();
    assert_eq!(slugs, ["kitchen"]);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_category_lists_what_lies_below_it(db: PgPool) {
    let shop = shop(db).await;
    let few = few(&shop).await;
    let kitchen = sql::category(&shop.db, "kitchen").await;
    let living = sql::category(&shop.db, "living").await;
    sql::move_category(&shop.db, kitchen, living).await;
    for sort in [Sort::Relevance, Sort::Newest, Sort::PriceUp] {
        let query = Query {
            sort,
            ..browse(Some(living))
        };
        let found = find(&shop, query).await;
        let found: BTreeSet<_> = found.products.into_iter().collect();
        assert_eq!(
            found,
            ids([&few.mug, &few.cup, &few.lamp]).into_iter().collect(),
            "{sort:?}"
        );
    }
    let query = Query {
        category: Some(living),
        ..text("mug")
    };
    assert_eq!(find(&shop, query).await.products.len(), 2);
    assert_eq!(find(&shop, browse(Some(kitchen))).await.products.len(), 2);
}
