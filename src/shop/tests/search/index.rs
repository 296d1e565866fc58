//! The index: what it finds, and that it survives.

use crate::few::few;
use crate::{browse, find, ids, narrowed, odd_texts, shop, sql, text};
use domain::{Locale, ProductId};
use shop::search::index::{self, BuildError};
use shop::search::{Filters, Found, Query, Sort, Understood};
use shop::testing::{TestShop, until};
use shop::{Caller, Shop, outbox};
use sqlx::PgPool;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use time::Duration;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// A folder that goes with the test.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        let path = std::env::temp_dir().join(format!("rialto-search-{}", Uuid::now_v7().simple()));
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    /// Every file below that is named so or ends so.
    pub fn files(&self, ending: &str) -> Vec<PathBuf> {
        fn below(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    below(&path, ending, found);
                } else if path.to_string_lossy().ends_with(ending) {
                    found.push(path);
                }
            }
        }
        let mut found = Vec::new();
        below(&self.0, ending, &mut found);
        found
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Something that keeps an index for a shop, until it is stopped.
pub struct Keeper {
    stop: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

impl Keeper {
    fn start(shop: Shop, folder: &Folder) -> Self {
        let stop = CancellationToken::new();
        let task = tokio::spawn(index::keep(shop, folder.0.clone(), stop.clone()));
        Self { stop, task }
    }

    pub async fn serving(shop: &TestShop, folder: &Folder) -> Self {
        let keeper = Self::start(shop.shop(), folder);
        until("an index serves", async || shop.search.has_index()).await;
        keeper
    }

    pub async fn stop(self) {
        self.stop.cancel();
        self.task.await.unwrap();
    }
}

/// Says that a product changed, as whoever changes one does.
pub async fn announce(shop: &Shop, slug: &str) {
    let mut tx = shop.begin().await.unwrap();
    let caller = Caller::machine("test", "test");
    outbox::pages_changed(shop, &mut tx, &caller, &[format!("product:{slug}")])
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

async fn german(shop: &TestShop, words: &str) -> Found {
    let market = shop.markets.find(&shop.eu()).unwrap();
    let found = shop
        .search
        .find(shop, &market, Locale::De, &text(words))
        .await;
    found.unwrap()
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn finds_what_people_mean(db: PgPool) {
    let shop = shop(db).await;
    let few = few(&shop).await;
    let teapot = shop
        .product("pot")
        .title("Stone pot 0.5 l")
        .german("Teekanne aus Stein")
        .price(4_000);
    let teapot = teapot
        .category("kitchen")
        .options(["Colour"])
        .variant(["Blue"])
        .await;
    let tea = shop
        .product("tea")
        .title("Green leaves")
        .german("Tee, grün")
        .price(900)
        .await;
    let cans = shop
        .product("can")
        .title("Water can 60 cm")
        .german("Kanne")
        .price(2_000)
        .await;
    let folder = Folder::new();
    let keeper = Keeper::serving(&shop, &folder).await;

    for (words, expected) in [
        ("mugs", vec![few.mug.id, few.cup.id]),
        ("espresso mug", vec![few.cup.id]),
        ("readin", vec![few.lamp.id]),
        ("raeding lamp", vec![few.lamp.id]),
        ("calle-mug-lagoon", vec![few.mug.id]),
        ("CALLE MUG LAGOON", vec![few.mug.id]),
        ("burano", vec![few.cup.id]),
        ("0,5l", vec![teapot.id]),
        ("60cm", vec![cans.id]),
        ("carafe", vec![]),
        ("tumbler beaker", vec![few.mug.id, few.cup.id]),
    ] {
        let found = find(&shop, text(words)).await;
        let found: BTreeSet<ProductId> = found.products.into_iter().collect();
        assert_eq!(found, expected.into_iter().collect(), "{words}");
    }
    let found = find(&shop, text("blue pot under 50")).await;
    assert_eq!(found.products, ids([&teapot]));
    let blue = Understood::Option("Colour".to_owned(), "Blue".to_owned());
    assert_eq!(
        found.understood,
        [blue, Understood::Price(None, Some(5_000))]
    );
    let found = find(&shop, text("pot under 30")).await;
    assert!(found.products.is_empty(), "{found:?}");
    let literal = Query {
        literal: true,
        ..text("blue pot")
    };
    let found = find(&shop, literal).await;
    assert_eq!((found.products, found.understood), (ids([&teapot]), vec![]));

    let found = find(&shop, text("reading dragon")).await;
    assert_eq!((found.products, found.loosened), (ids([&few.lamp]), true));
    let found = find(&shop, text("striped mug under 20")).await;
    assert_eq!(
        (found.products, found.loosened, found.understood),
        (
            ids([&few.cup]),
            true,
            vec![Understood::Price(None, Some(2_000))]
        ),
        "what is left of the words, at that price"
    );

    assert_eq!(
        german(&shop, "kanne")
            .await
            .products
            .iter()
            .collect::<BTreeSet<_>>(),
        ids([&teapot, &cans]).iter().collect()
    );
    assert_eq!(
        german(&shop, "lampen").await.products,
        ids([&few.lamp]),
        "Leselampe"
    );
    assert_eq!(german(&shop, "teekannen").await.products, ids([&teapot]));
    let found = german(&shop, "tee bis 10 Euro").await;
    assert_eq!(
        (found.products, found.understood),
        (ids([&tea]), vec![Understood::Price(None, Some(1_000))])
    );
    keeper.stop().await;
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_category_lists_what_lies_below_it(db: PgPool) {
    let shop = shop(db).await;
    let few = few(&shop).await;
    let kitchen = sql::category(&shop.db, "kitchen").await;
    let living = sql::category(&shop.db, "living").await;
    sql::move_category(&shop.db, kitchen, living).await;
    let folder = Folder::new();
    let keeper = Keeper::serving(&shop, &folder).await;
    let found = find(&shop, browse(Some(living))).await;
    assert_eq!(found.products, ids([&few.mug, &few.cup, &few.lamp]));
    let found = find(&shop, browse(Some(kitchen))).await;
    assert_eq!(found.products, ids([&few.mug, &few.cup]));
    keeper.stop().await;
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn no_text_breaks_it(db: PgPool) {
    let shop = shop(db).await;
    few(&shop).await;
    let folder = Folder::new();
    let keeper = Keeper::serving(&shop, &folder).await;
    let market = shop.markets.find(&shop.eu()).unwrap();
    for odd in odd_texts() {
        for locale in Locale::ALL {
            let shown: String = odd.chars().take(40).collect();
            let found = shop.search.find(&shop, &market, locale, &text(&odd)).await;
            assert!(found.is_ok(), "{shown:?}: {found:?}");
            let suggested = shop.search.suggest(&shop, &market, locale, &odd).await;
            assert!(suggested.is_ok(), "{shown:?}: {suggested:?}");
            assert!(shop.search.has_index(), "the index broke at {shown:?}");
        }
    }
    keeper.stop().await;
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_change_is_found_by_every_instance(db: PgPool) {
    let shop = shop(db.clone()).await;
    let few = few(&shop).await;
    let folder = Folder::new();
    let first = Keeper::serving(&shop, &folder).await;
    let other = TestShop::build(db).without_redis().seed(2).start().await;
    // Its clock stands where the first one began.
    other.clock.advance(Duration::HOUR);
    let second = Keeper::serving(&other, &folder).await;
    let cheap = || {
        let price = (None, Some(500));
        let filters = Filters {
            price,
            ..Filters::default()
        };
        Query {
            filters,
            ..text("lamp")
        }
    };
    assert!(find(&shop, cheap()).await.products.is_empty());

    shop.set_price(few.lamp.variant(), "eu", 400).await;
    announce(&shop, "lamp").await;
    for instance in [&shop, &other] {
        until("the new price is found", async || {
            find(instance, cheap()).await.products == ids([&few.lamp])
        })
        .await;
    }

    // The other one writes on when the first is gone.
    first.stop().await;
    shop.set_price(few.lamp.variant(), "eu", 700).await;
    announce(&shop, "lamp").await;
    until("the price went up", async || {
        find(&other, cheap()).await.products.is_empty()
    })
    .await;
    second.stop().await;

    // What happens while nobody runs is taken in later, with what was archived.
    shop.set_price(few.lamp.variant(), "eu", 300).await;
    announce(&shop, "lamp").await;
    sql::archive(&shop.db, few.mug.id).await;
    announce(&shop, "calle-mug").await;
    let third = Keeper::serving(&shop, &folder).await;
    until("the change is found", async || {
        find(&shop, cheap()).await.products == ids([&few.lamp])
    })
    .await;
    until("it is gone", async || {
        find(&shop, text("calle")).await.products.is_empty()
    })
    .await;
    third.stop().await;
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_stopped_build_goes_on_and_each_product_is_in_once(db: PgPool) {
    let shop = shop(db).await;
    shop.product("first").category("things").price(100).await;
    let things = sql::category(&shop.db, "things").await;
    sql::many(&shop.db, things, 1_200, shop.clock.time()).await;
    let folder = Folder::new();
    let stop = CancellationToken::new();
    let stopped = index::build(&shop, &folder.0, &stop, |_| stop.cancel()).await;
    assert!(matches!(stopped, Err(BuildError::Stopped)), "{stopped:?}");
    assert!(
        folder.files("current").is_empty(),
        "half an index does not serve"
    );
    let mut firsts = Vec::new();
    let built = index::build(&shop, &folder.0, &CancellationToken::new(), |progress| {
        firsts.push(progress.products)
    })
    .await;
    assert_eq!(built.unwrap().products, 1_201);
    assert_eq!(
        firsts.first(),
        Some(&1_000),
        "it went on after the first batch"
    );

    let keeper = Keeper::serving(&shop, &folder).await;
    for sort in Sort::ALL {
        for query in [browse(Some(things)), text("plain thing")] {
            let query = Query {
                sort,
                limit: 100,
                ..query
            };
            let mut seen = Vec::new();
            let mut after = None;
            loop {
                let found = find(
                    &shop,
                    Query {
                        after,
                        ..query.clone()
                    },
                )
                .await;
                seen.extend(found.products);
                after = found.next;
                if after.is_none() {
                    break;
                }
            }
            let each: BTreeSet<_> = seen.iter().collect();
            let all = if query.text.is_empty() { 1_201 } else { 1_200 };
            assert_eq!(
                (seen.len(), each.len()),
                (all, all),
                "{sort:?} {:?}",
                query.text
            );
        }
    }
    keeper.stop().await;
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_new_index_takes_the_place_of_the_old_one(db: PgPool) {
    let shop = shop(db).await;
    let few = few(&shop).await;
    let folder = Folder::new();
    let keeper = Keeper::serving(&shop, &folder).await;
    // Nobody says so: only a new index can know.
    shop.set_price(few.lamp.variant(), "eu", 400).await;
    let built = index::build(&shop, &folder.0, &CancellationToken::new(), |_| {})
        .await
        .unwrap();
    assert!(built.bytes > 0);
    let filters = Filters {
        price: (None, Some(500)),
        ..Filters::default()
    };
    until("the new index serves", async || {
        find(&shop, narrowed(filters.clone())).await.products == ids([&few.lamp])
    })
    .await;
    until("the old one is gone", async || {
        folder.files("meta.json").len() == 1
    })
    .await;
    keeper.stop().await;
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_damaged_index_is_built_anew_while_postgresql_answers(db: PgPool) {
    let shop = shop(db).await;
    let few = few(&shop).await;
    let folder = Folder::new();
    Keeper::serving(&shop, &folder).await.stop().await;
    type Damage = fn(&Folder);
    let damages: [(&str, Damage); 4] = [
        ("no meta", |folder| {
            for meta in folder.files("meta.json") {
                std::fs::write(meta, "{").unwrap();
            }
        }),
        ("cut short", |folder| {
            for file in folder.files(".idx").iter().chain(&folder.files(".fast")) {
                let length = std::fs::metadata(file).unwrap().len();
                std::fs::File::options()
                    .write(true)
                    .open(file)
                    .unwrap()
                    .set_len(length / 2)
                    .unwrap();
            }
        }),
        ("files gone", |folder| {
            for file in folder.files(".term") {
                std::fs::remove_file(file).unwrap();
            }
        }),
        ("a pointer to nowhere", |folder| {
            for pointer in folder.files("current") {
                std::fs::write(pointer, "../../etc").unwrap();
            }
        }),
    ];
    for (what, damage) in damages {
        assert!(!shop.search.has_index(), "nobody keeps it");
        damage(&folder);
        assert_eq!(
            find(&shop, text("espresso")).await.products,
            ids([&few.cup]),
            "{what}: PostgreSQL answers"
        );
        let keeper = Keeper::serving(&shop, &folder).await;
        assert_eq!(
            find(&shop, text("espreso")).await.products,
            ids([&few.cup]),
            "{what}: the index answers"
        );
        keeper.stop().await;
    }
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn what_is_not_yet_on_sale_is_found_when_it_is(db: PgPool) {
    let shop = shop(db).await;
    few(&shop).await;
    let folder = Folder::new();
    let keeper = Keeper::serving(&shop, &folder).await;
    let soon = Query {
        limit: 20,
        ..text("later")
    };
    assert!(find(&shop, soon.clone()).await.products.is_empty());
    shop.clock.advance(Duration::days(2));
    assert_eq!(
        find(&shop, soon).await.products.len(),
        1,
        "no event says that a day has come"
    );
    keeper.stop().await;
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn one_that_fell_far_behind_is_built_anew(db: PgPool) {
    let shop = shop(db).await;
    let mug = shop.product("mug").title("Blue mug").price(900).await;
    let folder = Folder::new();
    let keeper = Keeper::serving(&shop, &folder).await;
    assert_eq!(find(&shop, text("blue mug")).await.products, ids([&mug]));
    keeper.stop().await;

    // The change is told among more than anybody goes through.
    sql::retitle(&shop.db, mug.id, "Red mug").await;
    let tags: Vec<String> = (0..=outbox::MOST_TAGS)
        .map(|number| format!("product:{number}"))
        .collect();
    let mut tx = shop.begin().await.unwrap();
    let caller = Caller::machine("test", "test");
    outbox::pages_changed(&shop, &mut tx, &caller, &tags)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let keeper = Keeper::serving(&shop, &folder).await;
    until("it is found by what it is called now", async || {
        let found = find(&shop, text("red mug")).await;
        found.products == ids([&mug]) && !found.loosened
    })
    .await;
    keeper.stop().await;
}
