//! What goes with what: computed from orders and from the catalogue, and how good that is.

mod held_out;
mod pages;
mod sql;

use domain::{CustomerId, ProductId};
use shop::Caller;
use shop::outbox::{self, Changes, Position};
use shop::recommend::{BLOCK, Progress, RecommendError, Recommended, run, run_when_due, tag};
use shop::testing::{TestProduct, TestShop};
use sql::{Bought, Goods};
use sqlx::PgPool;
use time::Duration;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

async fn shop(db: PgPool) -> TestShop {
    TestShop::build(db).without_redis().start().await
}

fn machine() -> Caller {
    Caller::machine("test", "test")
}

async fn watched(
    shop: &TestShop,
    stop: &CancellationToken,
    mut progress: impl FnMut(Progress) + Send,
) -> Result<Recommended, RecommendError> {
    run(shop, &machine(), stop, &mut progress).await
}

async fn compute(shop: &TestShop) -> Recommended {
    watched(shop, &CancellationToken::new(), |_| {})
        .await
        .unwrap()
}

/// A shopper who exists.
async fn shopper(shop: &TestShop) -> CustomerId {
    shop.guest().await.customer
}

/// They buy one of each, so many days ago.
async fn buys(shop: &TestShop, who: CustomerId, what: &[&TestProduct], days: i64) {
    let order = Bought {
        customer: who.0,
        products: what.iter().map(|product| product.variant().0).collect(),
        at: shop.clock.time() - Duration::days(days),
    };
    sql::orders(&shop.db, "paid", &[order]).await;
}

async fn together(shop: &TestShop, product: &TestProduct) -> Vec<ProductId> {
    sql::others(&shop.db, product.id, "together").await
}

async fn similar(shop: &TestShop, product: &TestProduct) -> Vec<ProductId> {
    sql::others(&shop.db, product.id, "similar").await
}

async fn changed(shop: &TestShop, since: &Position) -> Vec<String> {
    let (Changes::Tags(mut tags), _) = outbox::tail(shop, since).await.unwrap() else {
        panic!("few pages changed")
    };
    tags.sort();
    tags
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_shop_without_orders_knows_what_is_alike(db: PgPool) {
    let shop = shop(db).await;
    let one = async |slug: &str, title: &str, category: &str, price: i64| {
        shop.product(slug)
            .title(title)
            .category(category)
            .price(price)
            .await
    };
    let mug = one("mug", "Lagoon mug", "cups", 2_400).await;
    let cup = one("cup", "Lagoon espresso cup", "cups", 1_800).await;
    let glass = one("glass", "Tall glass", "cups", 9_000).await;
    let lamp = one("lamp", "Lagoon lamp", "lamps", 2_400).await;
    let alone = shop.product("alone").price(100).await;
    shop.product("draft")
        .title("Lagoon mug")
        .category("cups")
        .price(2_400)
        .draft()
        .await;
    let before = outbox::position(&shop).await.unwrap();
    let done = compute(&shop).await;
    assert_eq!((done.together, done.similar, done.changed), (0, 5, 5));
    // Word, then price, in the category; then the word elsewhere; a draft is none.
    let like_mug = similar(&shop, &mug).await;
    assert_eq!(like_mug[0], cup.id);
    assert_eq!(
        like_mug.len(),
        4,
        "a small shop: all there is, {like_mug:?}"
    );
    assert!(like_mug.contains(&lamp.id) && like_mug.contains(&glass.id));
    assert!(!like_mug.contains(&mug.id));
    assert_eq!(
        similar(&shop, &lamp).await.len(),
        4,
        "from outside of its category"
    );
    assert_eq!(similar(&shop, &alone).await.len(), 4, "without a category");
    let all = ["alone", "cup", "glass", "lamp", "mug"].map(tag);
    assert_eq!(changed(&shop, &before).await, all);

    let before = outbox::position(&shop).await.unwrap();
    let again = compute(&shop).await;
    assert_eq!((again.similar, again.changed), (5, 0), "nothing differs");
    assert_eq!(changed(&shop, &before).await, [""; 0]);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn what_changes_is_written_and_announced_and_nothing_else(db: PgPool) {
    let shop = shop(db).await;
    let things = Uuid::from_u128(1);
    sql::category(&shop.db, things, "things", None).await;
    let goods: Vec<Goods> = (0..1_200)
        .map(|number| Goods {
            id: Uuid::from_u128(1_000 + number),
            slug: format!("thing-{number}"),
            title: format!("Thing of series{}", number / 20),
            vendor: String::new(),
            category: things,
            tags: Vec::new(),
            price: 1_000,
        })
        .collect();
    sql::products(&shop.db, &goods, shop.clock.time()).await;
    assert_eq!(compute(&shop).await.changed, 1_200);
    let sizes = sql::announced(&shop.db).await;
    assert_eq!(sizes, [500, 500, 200], "in events of bounded size");

    let before = outbox::position(&shop).await.unwrap();
    sql::rename(&shop.db, ProductId(goods[7].id), "Thing of series30").await;
    let done = compute(&shop).await;
    assert!((1..60).contains(&done.changed), "its series: {done:?}");
    let tags = changed(&shop, &before).await;
    assert_eq!(tags.len() as u64, done.changed);
    assert!(tags.contains(&tag("thing-7")));
    assert!(!tags.contains(&tag("thing-900")), "{tags:?}");
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_pair_is_what_two_shoppers_paid_for(db: PgPool) {
    let shop = shop(db).await;
    let one = async |slug: &str| shop.product(slug).price(100).await;
    let (pot, cup, tray, lamp) = (
        one("pot").await,
        one("cup").await,
        one("tray").await,
        one("lamp").await,
    );
    let who = [
        shopper(&shop).await,
        shopper(&shop).await,
        shopper(&shop).await,
    ];
    // Twice by one: their own business. By two: a pair.
    buys(&shop, who[0], &[&pot, &lamp], 1).await;
    buys(&shop, who[0], &[&pot, &lamp], 2).await;
    buys(&shop, who[0], &[&pot, &cup], 3).await;
    buys(&shop, who[1], &[&pot, &cup], 4).await;
    // Long ago, not paid, in two orders, or not kept.
    for (customer, days) in [(who[0], 181), (who[1], 182)] {
        buys(&shop, customer, &[&tray, &lamp], days).await;
    }
    for customer in who {
        let order = Bought {
            customer: customer.0,
            products: vec![tray.variant().0, cup.variant().0],
            at: shop.clock.time(),
        };
        sql::orders(&shop.db, "payment_due", &[order]).await;
    }
    for customer in &who[..2] {
        buys(&shop, *customer, &[&tray], 1).await;
    }
    let done = compute(&shop).await;
    assert_eq!(done.together, 2);
    assert_eq!(together(&shop, &pot).await, [cup.id]);
    assert_eq!(together(&shop, &cup).await, [pot.id]);
    assert_eq!(together(&shop, &tray).await, []);
    assert_eq!(sql::count(&shop.db, "together").await, 2);

    // Days pass, and what is no pair any more goes; so does what was given back.
    let before = outbox::position(&shop).await.unwrap();
    shop.clock.advance(Duration::days(177));
    assert_eq!(
        compute(&shop).await.together,
        0,
        "the pair's second shopper is 181 days ago"
    );
    assert_eq!(sql::count(&shop.db, "together").await, 0);
    let tags = changed(&shop, &before).await;
    assert_eq!(tags, [tag("cup"), tag("pot")]);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn what_sells_with_everything_is_not_what_goes_with_this(db: PgPool) {
    let shop = shop(db).await;
    let one = async |slug: &str| shop.product(slug).price(100).await;
    let (bag, pen, ink) = (one("bag").await, one("pen").await, one("ink").await);
    // Everybody takes a bag along.
    let mut others = Vec::new();
    for number in 0..10 {
        others.push(one(&format!("other-{number}")).await);
    }
    for number in 0..30 {
        let who = shopper(&shop).await;
        buys(&shop, who, &[&bag, &others[number % 10]], 1).await;
    }
    for _ in 0..4 {
        let who = shopper(&shop).await;
        buys(&shop, who, &[&pen, &ink, &bag], 1).await;
    }
    // One buys the whole shop: only the first thirty lines count.
    let mut all: Vec<&TestProduct> = vec![&pen];
    all.extend(std::iter::repeat_n(&ink, 30));
    all.push(&others[3]);
    for _ in 0..3 {
        let who = shopper(&shop).await;
        buys(&shop, who, &all, 1).await;
    }
    compute(&shop).await;
    assert_eq!(together(&shop, &pen).await, [ink.id, bag.id]);
    assert_eq!(together(&shop, &others[3]).await, [bag.id]);
    let with_bag = together(&shop, &bag).await;
    assert_eq!(with_bag.len(), 12, "at most so many");
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn lists_that_nobody_buys_any_more_go_wherever_their_ids_lie(db: PgPool) {
    let shop = shop(db).await;
    let things = Uuid::from_u128(1);
    sql::category(&shop.db, things, "things", None).await;
    // More than one batch of pairs: each product with the next one.
    let goods: Vec<Goods> = (0..1_300)
        .map(|number| Goods {
            id: Uuid::from_u128(1_000 + number),
            slug: format!("thing-{number}"),
            title: String::new(),
            vendor: String::new(),
            category: things,
            tags: Vec::new(),
            price: 1_000,
        })
        .collect();
    sql::products(&shop.db, &goods, shop.clock.time()).await;
    let bought = |customer: u128, days: i64, wanted: fn(usize) -> bool| -> Vec<Bought> {
        let pairs = goods.chunks(2).enumerate();
        pairs
            .filter(|(at, _)| wanted(*at))
            .map(|(_, pair)| Bought {
                customer: Uuid::from_u128(customer),
                products: vec![pair[0].id, pair[1].id],
                at: shop.clock.time() - Duration::days(days),
            })
            .collect()
    };
    for customer in [1, 2] {
        sql::orders(&shop.db, "paid", &bought(customer, 100, |_| true)).await;
        // Of these somebody buys again.
        sql::orders(&shop.db, "paid", &bought(customer, 1, |at| at % 3 == 1)).await;
    }
    assert_eq!(compute(&shop).await.together, 1_300);
    let second = ProductId(goods[1].id);
    assert_eq!(
        sql::others(&shop.db, ProductId(goods[0].id), "together").await,
        [second]
    );
    assert_eq!(
        compute(&shop).await.changed,
        0,
        "each is kept by its own batch"
    );
    shop.clock.advance(Duration::days(90));
    let done = compute(&shop).await;
    assert_eq!((done.together, done.changed), (434, 866));
    assert_eq!(sql::count(&shop.db, "together").await, 434);
    sql::withdraw(&shop.db, CustomerId(Uuid::from_u128(2))).await;
    assert_eq!(compute(&shop).await.changed, 434);
    assert_eq!(sql::count(&shop.db, "together").await, 0);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn what_is_gone_is_nobody_s_neighbour_after_the_next_run(db: PgPool) {
    let shop = shop(db).await;
    let mut all = Vec::new();
    for number in 0..4 {
        let slug = format!("thing-{number}");
        all.push(shop.product(&slug).category("things").price(100).await);
    }
    compute(&shop).await;
    assert_eq!(similar(&shop, &all[0]).await.len(), 3);
    sql::archive(&shop.db, all[1].id).await;
    sql::delete(&shop.db, all[2].id).await;
    compute(&shop).await;
    assert_eq!(similar(&shop, &all[0]).await, [all[3].id]);
    sql::archive(&shop.db, all[3].id).await;
    compute(&shop).await;
    assert_eq!(similar(&shop, &all[0]).await, [], "it is alone");
}

/// Three categories, in the order of their ids, of fifty products each.
async fn three_shelves(shop: &TestShop) -> Vec<Goods> {
    let mut goods = Vec::new();
    for shelf in 1..=3_u128 {
        let category = Uuid::from_u128(shelf);
        sql::category(&shop.db, category, &format!("shelf-{shelf}"), None).await;
        goods.extend((0..50).map(|number| Goods {
            id: Uuid::from_u128(shelf * 1_000 + number),
            slug: format!("thing-{shelf}-{number}"),
            title: format!("Thing {}", number % 6),
            vendor: String::new(),
            category,
            tags: vec![format!("tag-{}", number % 4)],
            price: 1_000,
        }));
    }
    sql::products(&shop.db, &goods, shop.clock.time()).await;
    goods
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_run_goes_on_where_another_was_stopped(db: PgPool) {
    let shop = shop(db).await;
    three_shelves(&shop).await;
    let stop = CancellationToken::new();
    let mut told: Vec<Progress> = Vec::new();
    let stopped = watched(&shop, &stop, |progress| {
        told.push(progress);
        if progress.similar == 100 {
            stop.cancel();
        }
    })
    .await
    .unwrap_err();
    assert!(matches!(stopped, RecommendError::Stopped), "{stopped}");
    assert_eq!(told.last().unwrap().similar, 100);
    assert_eq!(sql::count(&shop.db, "similar").await, 100);
    let rest = compute(&shop).await;
    assert_eq!(
        (rest.similar, rest.changed),
        (50, 50),
        "only the third shelf"
    );
    let whole = compute(&shop).await;
    assert_eq!(
        (whole.similar, whole.changed),
        (150, 0),
        "from the beginning"
    );
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_large_category_is_taken_in_parts(db: PgPool) {
    let shop = shop(db).await;
    let things = Uuid::from_u128(1);
    sql::category(&shop.db, things, "things", None).await;
    let count = BLOCK as u128 + 3;
    let goods: Vec<Goods> = (0..count)
        .map(|number| Goods {
            id: Uuid::from_u128(1_000 + number),
            slug: format!("thing-{number}"),
            title: number.to_string(),
            vendor: String::new(),
            category: things,
            tags: Vec::new(),
            price: 1_000,
        })
        .collect();
    sql::products(&shop.db, &goods, shop.clock.time()).await;
    let mut told = Vec::new();
    let stop = CancellationToken::new();
    let done = watched(&shop, &stop, |progress| told.push(progress.similar)).await;
    assert_eq!(done.unwrap().similar, count as u64);
    told.dedup();
    assert_eq!(told, [0, BLOCK as u64, count as u64]);
    assert_eq!(
        sql::count(&shop.db, "similar").await,
        i64::try_from(count).unwrap()
    );
    let last = goods.last().unwrap();
    let others = sql::others(&shop.db, ProductId(last.id), "similar").await;
    assert_eq!(others.len(), 12, "the last three have more than each other");
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn one_runs_at_a_time_when_it_is_due(db: PgPool) {
    let shop = shop(db).await;
    shop.product("mug").category("cups").price(100).await;
    shop.product("cup").category("cups").price(100).await;
    let now = shop.clock.time();
    let stop = CancellationToken::new();
    sql::set_run(&shop.db, now + Duration::SECOND, None).await;
    assert_eq!(run_when_due(&shop, &stop).await.unwrap(), None);
    shop.clock.advance(Duration::SECOND);

    sql::set_run(&shop.db, now, Some(now + Duration::MINUTE)).await;
    assert_eq!(
        run_when_due(&shop, &stop).await.unwrap(),
        None,
        "somebody is at it"
    );
    let busy = watched(&shop, &stop, |_| {}).await.unwrap_err();
    assert!(matches!(busy, RecommendError::Busy), "{busy}");
    assert_eq!(sql::count(&shop.db, "similar").await, 0);

    // Nobody has heard of them for long.
    shop.clock.advance(Duration::MINUTE);
    let done = run_when_due(&shop, &stop).await.unwrap();
    assert_eq!(done.map(|done| done.changed), Some(2));
    assert_eq!(run_when_due(&shop, &stop).await.unwrap(), None);
    shop.clock.advance(Duration::hours(24));
    let done = run_when_due(&shop, &stop).await.unwrap();
    assert_eq!(done.map(|done| done.changed), Some(0));
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_shopper_may_not_have_it_computed(db: PgPool) {
    let shop = shop(db).await;
    let session = shop.guest().await;
    let stop = CancellationToken::new();
    let refused = run(&shop, &shop.caller(&session), &stop, &mut |_| {}).await;
    assert!(
        matches!(refused, Err(RecommendError::Denied(_))),
        "{refused:?}"
    );
}
