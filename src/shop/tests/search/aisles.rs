//! Lists that nothing narrows, which the index keeps in order: they follow what changes all the same.

use crate::index::{Folder, Keeper, announce};
use crate::{browse, find, shop, sql};
use domain::{CategoryId, ProductId};
use shop::search::{Count, FacetKey, Found, Query, Sort};
use shop::testing::{TestShop, until};
use sqlx::PgPool;
use std::collections::BTreeSet;
use time::Duration;

/// The whole list, page by page, and what its first page says.
async fn walk(
    shop: &TestShop,
    category: Option<CategoryId>,
    sort: Sort,
) -> (Vec<ProductId>, Found) {
    let mut pages: Vec<Found> = Vec::new();
    loop {
        let query = Query {
            sort,
            after: pages.last().and_then(|page| page.next),
            limit: 7,
            ..browse(category)
        };
        pages.push(find(shop, query).await);
        assert!(pages.len() < 30, "the list does not end");
        if pages.last().is_some_and(|page| page.next.is_none()) {
            let all = pages.iter().flat_map(|page| page.products.clone());
            return (all.collect(), pages.swap_remove(0));
        }
    }
}

/// Every order shows these and no others, each once, and counts them.
async fn has(shop: &TestShop, category: Option<CategoryId>, expected: &BTreeSet<ProductId>) {
    for sort in Sort::ALL {
        let (listed, first) = walk(shop, category, sort).await;
        assert_eq!(listed.len(), expected.len(), "{sort:?}");
        assert_eq!(
            &listed.into_iter().collect::<BTreeSet<_>>(),
            expected,
            "{sort:?}"
        );
        assert_eq!(
            first.count,
            Count::Exactly(expected.len() as u64),
            "{sort:?}"
        );
        let brands = first
            .facets
            .iter()
            .find(|facet| facet.key == FacetKey::Brand);
        let counted: u64 = brands.map_or(0, |facet| facet.values[0].count);
        assert_eq!(counted, expected.len() as u64, "{sort:?}");
    }
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_list_that_is_kept_in_order_follows_what_changes(db: PgPool) {
    let shop = shop(db).await;
    let cheap = shop
        .product("cheap")
        .category("things")
        .price(100)
        .stock(3)
        .await;
    let dear = shop
        .product("dear")
        .category("things")
        .price(90_000)
        .stock(3)
        .await;
    let later = shop.product("later").category("things").price(500).await;
    let things = sql::category(&shop.db, "things").await;
    sql::many(&shop.db, things, 40, shop.clock.time()).await;
    let tomorrow = shop.clock.time() + Duration::DAY;
    sql::publish_at(&shop.db, later.id, tomorrow).await;
    let products = sql::products(&shop.db).await;
    for id in products.values() {
        sql::set_vendor(&shop.db, *id, "Murano").await;
    }
    let mut all: BTreeSet<ProductId> = products.into_values().collect();
    all.remove(&later.id);
    let folder = Folder::new();
    let keeper = Keeper::serving(&shop, &folder).await;
    for category in [Some(things), None] {
        has(&shop, category, &all).await;
    }
    let (up, first) = walk(&shop, Some(things), Sort::PriceUp).await;
    assert_eq!(up.last(), Some(&dear.id));
    assert_eq!(first.prices, Some((100, 90_000)));

    // It goes to the other end, and nothing is there twice.
    shop.set_price(dear.variant(), "eu", 50).await;
    announce(&shop, "dear").await;
    until("the new price is in the list", async || {
        walk(&shop, Some(things), Sort::PriceUp).await.0.first() == Some(&dear.id)
    })
    .await;
    let (_, first) = walk(&shop, Some(things), Sort::PriceUp).await;
    assert_eq!(first.prices, Some((50, 900)));
    has(&shop, Some(things), &all).await;

    sql::archive(&shop.db, cheap.id).await;
    announce(&shop, "cheap").await;
    all.remove(&cheap.id);
    until("it is gone", async || {
        let (listed, _) = walk(&shop, Some(things), Sort::Relevance).await;
        !listed.contains(&cheap.id)
    })
    .await;
    for category in [Some(things), None] {
        has(&shop, category, &all).await;
    }

    // Nobody says that a day has come.
    shop.clock.advance(Duration::days(2));
    all.insert(later.id);
    has(&shop, Some(things), &all).await;
    let (newest, _) = walk(&shop, Some(things), Sort::Newest).await;
    assert_eq!(newest.first(), Some(&later.id));
    keeper.stop().await;
}
