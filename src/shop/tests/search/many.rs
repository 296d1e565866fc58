//! More matches than are weighed.

use crate::index::{Folder, Keeper, announce};
use crate::{find, shop, sql, text};
use domain::ProductId;
use shop::search::{Count, Facet, FacetKey, Found, Query};
use shop::testing::{TestShop, until};
use sqlx::PgPool;
use std::collections::BTreeSet;

/// Weighed are 3,000.
const MANY: i32 = 3_600;

/// The pages of the same question, one after the other.
async fn pages(shop: &TestShop, words: &str, count: usize) -> Vec<Found> {
    let mut pages: Vec<Found> = Vec::new();
    while pages.len() < count {
        let query = Query {
            after: pages.last().and_then(|page| page.next),
            limit: 100,
            ..text(words)
        };
        let page = find(shop, query).await;
        let is_last = page.next.is_none();
        pages.push(page);
        if is_last {
            break;
        }
    }
    pages
}

fn in_stock(facets: &[Facet]) -> u64 {
    let facet = facets.iter().find(|facet| facet.key == FacetKey::InStock);
    facet.map_or(0, |facet| facet.values[0].count)
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn the_best_of_too_many_are_found(db: PgPool) {
    let shop = shop(db).await;
    shop.product("first").category("things").price(100).await;
    let things = sql::category(&shop.db, "things").await;
    sql::many(&shop.db, things, MANY, shop.clock.time()).await;
    // The last ones of all, and the only ones whose names say so.
    let mut made_of_glass = BTreeSet::new();
    for (slug, title) in [("bowl", "Glass bowl"), ("vase", "Vase of glass")] {
        let product = shop
            .product(slug)
            .title(title)
            .category("others")
            .price(500);
        made_of_glass.insert(product.stock(5).await.id);
    }
    sql::describe_all(&shop.db, "<p>All but made of glass</p>").await;
    let folder = Folder::new();
    let keeper = Keeper::serving(&shop, &folder).await;

    let pages = pages(&shop, "plain thing", 40).await;
    assert!(
        matches!(pages[0].count, Count::AtLeast(500..3_600)),
        "{:?}",
        pages[0].count
    );
    let listed: Vec<ProductId> = pages
        .iter()
        .flat_map(|page| page.products.clone())
        .collect();
    let each: BTreeSet<&ProductId> = listed.iter().collect();
    assert_eq!(each.len(), listed.len(), "no product comes twice");
    assert!((500..3_600).contains(&listed.len()), "{}", listed.len());

    // Described so are more than are weighed: called so are two.
    let found = find(&shop, text("glass")).await;
    assert!(
        matches!(found.count, Count::AtLeast(500..)),
        "{:?}",
        found.count
    );
    let first: BTreeSet<ProductId> = found.products.iter().take(2).copied().collect();
    assert_eq!(first, made_of_glass);
    let in_stock = in_stock(&found.facets);
    assert!((2..3_600).contains(&in_stock), "{in_stock} were counted");

    // What came last is looked at, however many were there before.
    let thing = shop.product("thing").title("Plain thing").price(700);
    let thing = thing.category("things").await;
    announce(&shop, "thing").await;
    until("the newest is found first", async || {
        find(&shop, text("plain thing")).await.products.first() == Some(&thing.id)
    })
    .await;
    keeper.stop().await;
}
