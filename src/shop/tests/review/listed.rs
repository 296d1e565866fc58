//! Lists by what is liked and by what sells, whichever engine answers.

use crate::{changed, shop, sql};
use domain::{Locale, ProductId};
use shop::catalog::count_sold;
use shop::outbox;
use shop::search::index::keep;
use shop::search::{FacetKey, Filters, Found, Query, Sort};
use shop::testing::{TestProduct, TestShop, until};
use sqlx::PgPool;
use time::Duration;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

async fn find(shop: &TestShop, query: Query) -> Found {
    let market = shop.markets.find(&shop.eu()).unwrap();
    let found = shop.search.find(shop, &market, Locale::En, &query).await;
    found.unwrap()
}

fn by(sort: Sort) -> Query {
    Query {
        sort,
        limit: 100,
        ..Query::default()
    }
}

/// Five products in the shopkeeper's order, with stars and sales.
async fn five(shop: &TestShop) -> [TestProduct; 5] {
    let one = async |slug: &str| shop.product(slug).category("things").price(100).await;
    let five = [
        one("unrated").await,
        one("one-good").await,
        one("many-good").await,
        one("bad").await,
        one("last").await,
    ];
    sql::rate(&shop.db, five[1].id, &[5]).await;
    sql::rate(&shop.db, five[2].id, &[5, 5, 5, 4, 5, 5, 5, 4, 5, 5]).await;
    sql::rate(&shop.db, five[3].id, &[1, 1, 3]).await;
    let (now, shopper) = (shop.clock.time(), shop.guest().await.customer);
    let mut number = 0;
    for (product, units, state, days) in [
        (&five[3], 3, "paid", 1),
        (&five[4], 7, "paid", 29),
        (&five[4], 9, "payment_due", 1),
        (&five[0], 50, "paid", 31),
    ] {
        number += 1;
        let order = (shopper, &*format!("RI-{number}"), state);
        sql::order(
            &shop.db,
            order,
            (product.variant(), units),
            now - Duration::days(days),
        )
        .await;
    }
    five
}

fn names(five: &[TestProduct; 5], found: &Found) -> Vec<String> {
    let name = |id: &ProductId| {
        let known = five.iter().find(|known| known.id == *id);
        known.map_or_else(|| "?".to_owned(), |known| known.slug.clone())
    };
    found.products.iter().map(name).collect()
}

/// What holds for both engines.
async fn check(shop: &TestShop, five: &[TestProduct; 5]) {
    let liked = find(shop, by(Sort::Rating)).await;
    // One happy shopper is not better than ten; what nobody reviewed follows in the shopkeeper's order.
    assert_eq!(
        names(five, &liked),
        ["many-good", "one-good", "bad", "unrated", "last"]
    );
    let sold = find(shop, by(Sort::BestSelling)).await;
    assert_eq!(
        names(five, &sold),
        ["last", "bad", "unrated", "one-good", "many-good"]
    );
    let narrowed = |rating| Query {
        filters: Filters {
            rating: Some(rating),
            ..Filters::default()
        },
        ..by(Sort::Relevance)
    };
    let four = find(shop, narrowed(4)).await;
    assert_eq!(names(five, &four), ["one-good", "many-good"]);
    let facet = four
        .facets
        .iter()
        .find(|facet| facet.key == FacetKey::Rating);
    let mut counts: Vec<_> = facet
        .expect("stars to choose from")
        .values
        .iter()
        .map(|value| (&*value.value, value.count, value.is_chosen))
        .collect();
    counts.sort_unstable();
    assert_eq!(
        counts,
        [("2", 2, false), ("3", 2, false), ("4", 2, true)],
        "1.67 stars are not two; its own choice does not narrow its counts"
    );
    // Page by page, as a link says it.
    for sort in [Sort::Rating, Sort::BestSelling] {
        let whole = find(shop, by(sort)).await.products;
        let (mut seen, mut after) = (Vec::new(), None);
        for _ in 0..3 {
            let page = Query {
                limit: 2,
                after,
                ..by(sort)
            };
            let found = find(shop, page).await;
            seen.extend(found.products);
            after = found.next.map(|next| next.to_string().parse().unwrap());
        }
        assert_eq!((seen, after), (whole, None), "{sort:?}");
    }
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn what_is_liked_and_what_sells_comes_first_without_an_index(db: PgPool) {
    let shop = shop(db).await;
    let five = five(&shop).await;
    count_sold(&shop).await.unwrap();
    check(&shop, &five).await;
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn what_is_liked_and_what_sells_comes_first_in_the_index(db: PgPool) {
    let shop = shop(db).await;
    let folder = std::env::temp_dir().join(format!("rialto-reviews-{}", Uuid::now_v7().simple()));
    std::fs::create_dir(&folder).unwrap();
    let stop = CancellationToken::new();
    let keeping = tokio::spawn(keep(shop.shop(), folder.clone(), stop.clone()));
    until("an index serves", async || shop.search.has_index()).await;
    // It hears of sales as of every other change.
    let five = five(&shop).await;
    let ids: Vec<_> = five.iter().map(|product| product.slug.clone()).collect();
    let mut tx = shop.begin().await.unwrap();
    let caller = shop::Caller::machine("test", "test");
    let tags: Vec<String> = ids.iter().map(|slug| format!("product:{slug}")).collect();
    outbox::pages_changed(&shop, &mut tx, &caller, &tags)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    count_sold(&shop).await.unwrap();
    until("the index knows what sold", async || {
        let first = find(&shop, by(Sort::BestSelling)).await.products;
        first.first() == Some(&five[4].id) && first.len() == 5
    })
    .await;
    check(&shop, &five).await;
    stop.cancel();
    keeping.await.unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn sales_are_counted_again_as_days_pass(db: PgPool) {
    let shop = shop(db).await;
    five(&shop).await;
    let before = outbox::position(&shop).await.unwrap();
    assert_eq!(count_sold(&shop).await.unwrap(), 2);
    let tags = changed(&shop, &before).await;
    assert!(
        tags.contains(&"product:last".to_owned()) && tags.contains(&"category:things".to_owned())
    );
    assert!(!tags.contains(&"product:unrated".to_owned()), "{tags:?}");
    assert_eq!(count_sold(&shop).await.unwrap(), 0, "nothing changed");
    assert_eq!(sql::sold_lately(&shop.db, "last").await, 7);
    shop.clock.advance(Duration::days(2));
    assert_eq!(count_sold(&shop).await.unwrap(), 1);
    assert_eq!(sql::sold_lately(&shop.db, "last").await, 0);
    assert_eq!(sql::sold_lately(&shop.db, "bad").await, 3);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_long_list_by_merit_shows_each_product_once(db: PgPool) {
    let shop = shop(db).await;
    let five = five(&shop).await;
    // More than the engine looks at for one page.
    sql::many(&shop.db, 700, shop.clock.time()).await;
    let things = sql::category(&shop.db, "things").await;
    for category in [None, Some(things)] {
        let (mut seen, mut after) = (Vec::new(), None);
        for _ in 0..40 {
            let page = Query {
                limit: 90,
                category,
                after,
                ..by(Sort::Rating)
            };
            let found = find(&shop, page).await;
            seen.extend(found.products);
            after = found.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(after, None);
        assert_eq!(seen[..3], [five[2].id, five[1].id, five[3].id]);
        assert_eq!(seen.len(), 705);
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 705, "each once");
    }
}
