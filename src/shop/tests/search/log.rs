//! What is searched for is counted, by every instance, and nothing of who searched.

use crate::{shop, sql};
use domain::{Actor, Storefront};
use shop::search::log::{self, Filter, Line, LogError, Report, Totals};
use shop::search::{Count, Found};
use shop::testing::TestShop;
use shop::{Caller, Failure, jobs};
use sqlx::PgPool;
use time::Duration;

fn found(count: u64) -> Found {
    Found {
        count: Count::Exactly(count),
        ..Found::default()
    }
}

fn loosely(count: u64) -> Found {
    Found {
        loosened: true,
        ..found(count)
    }
}

fn filter() -> Filter {
    Filter {
        days: 30,
        market: None,
        locale: None,
        limit: 50,
    }
}

fn german() -> Storefront {
    "de-eu".parse().unwrap()
}

fn staff() -> Caller {
    Caller::machine("test", "test")
}

async fn top(shop: &TestShop, filter: &Filter) -> Report {
    log::top(shop, &staff(), filter).await.unwrap()
}

fn line(query: &str, asked: i64, nothing: i64, results: i64, clicks: i64) -> Line {
    Line {
        query: query.to_owned(),
        asked,
        nothing,
        loosened: 0,
        results: Some(results),
        clicks,
    }
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn searches_and_clicks_are_added_up_by_day_market_and_language(db: PgPool) {
    let shop = shop(db).await;
    shop.product("calle-mug").price(2_400).await;
    shop.product("dogana-vase").price(1_999).await;
    let (eu, us) = (shop.eu(), shop.us());
    for text in ["Mug", "mug ", "  MUG"] {
        log::count_search(&shop, &eu, text, &found(3));
    }
    log::count_search(&shop, &us, "mug", &found(2));
    log::count_search(&shop, &german(), "becher", &found(0));
    log::count_search(&shop, &german(), "roter becher", &loosely(7));
    log::count_click(&shop, &eu, "Mug", "calle-mug", 1);
    log::count_click(&shop, &eu, "mug", "calle-mug", 2);
    log::count_click(&shop, &eu, "mug", "dogana-vase", 3);
    // What no page of ours says.
    for (text, slug, rank) in [
        ("mug", "there-is-none", 1),
        ("mug", "", 1),
        ("mug", "calle-mug\0", 1),
        ("mug", "calle-mug", 0),
        ("mug", "calle-mug", 101),
        ("mug", "calle-mug", usize::MAX),
        (" ", "calle-mug", 1),
    ] {
        log::count_click(&shop, &eu, text, slug, rank);
    }
    assert_eq!(top(&shop, &filter()).await.all, Totals::default());
    log::flush(&shop).await.unwrap();
    log::flush(&shop).await.unwrap();
    shop.clock.advance(Duration::days(1));
    log::count_search(&shop, &eu, "mug", &found(4));
    log::flush(&shop).await.unwrap();

    let loose = Line {
        loosened: 1,
        ..line("roter becher", 1, 0, 7, 0)
    };
    let report = top(&shop, &filter()).await;
    let all = Totals {
        asked: 7,
        nothing: 1,
        loosened: 1,
        clicks: 3,
        unwritten: 0,
    };
    assert_eq!(report.all, all);
    assert_eq!(
        report.lines,
        [line("mug", 5, 0, 4, 3), line("becher", 1, 1, 0, 0), loose]
    );
    let in_vain = log::nothing_found(&shop, &staff(), &filter())
        .await
        .unwrap();
    assert_eq!(in_vain.lines, [line("becher", 1, 1, 0, 0)]);
    let today = Filter {
        days: 1,
        ..filter()
    };
    assert_eq!(top(&shop, &today).await.lines, [line("mug", 1, 0, 4, 0)]);
    let american = Filter {
        market: Some(us.market.clone()),
        ..filter()
    };
    assert_eq!(top(&shop, &american).await.lines, [line("mug", 1, 0, 2, 0)]);
    let in_german = Filter {
        locale: Some(german().locale),
        limit: 1,
        ..filter()
    };
    assert_eq!(
        top(&shop, &in_german).await.lines,
        [line("becher", 1, 1, 0, 0)]
    );
    let clicked = log::clicked(&shop, &staff(), &filter(), "MUG")
        .await
        .unwrap();
    let clicked: Vec<_> = clicked
        .iter()
        .map(|one| (&*one.product, one.clicks, one.rank))
        .collect();
    assert_eq!(clicked, [("calle-mug", 2, 1.5), ("dogana-vase", 1, 3.0)]);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn two_instances_add_to_the_same_rows(db: PgPool) {
    let one = shop(db.clone()).await;
    let other = shop(db).await;
    one.product("calle-mug").price(2_400).await;
    let texts = ["mug", "vase", "towel", "lamp"];
    for (shop, times) in [(&one, 2), (&other, 3)] {
        for _ in 0..times {
            for text in texts {
                log::count_search(shop, &shop.eu(), text, &found(1));
                log::count_click(shop, &shop.eu(), text, "calle-mug", 2);
            }
        }
    }
    let (first, second) = tokio::join!(log::flush(&one), log::flush(&other));
    first.unwrap();
    second.unwrap();
    let report = top(&one, &filter()).await;
    let mut sorted = texts;
    sorted.sort_unstable();
    assert_eq!(report.lines, sorted.map(|text| line(text, 5, 0, 1, 5)));
    assert_eq!(report, top(&other, &filter()).await);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn what_could_not_be_written_down_is_kept(db: PgPool) {
    let shop = shop(db).await;
    shop.product("calle-mug").price(2_400).await;
    let eu = shop.eu();
    log::count_search(&shop, &eu, "mug", &found(1));
    log::count_click(&shop, &eu, "mug", "calle-mug", 1);
    sql::rename(&shop.db, "search_day", "away").await;
    for _ in 0..2 {
        assert!(log::flush(&shop).await.is_err());
        log::count_search(&shop, &eu, "mug", &found(0));
    }
    sql::rename(&shop.db, "away", "search_day").await;
    log::flush(&shop).await.unwrap();
    let report = top(&shop, &filter()).await;
    assert_eq!(report.lines, [line("mug", 3, 2, 0, 1)]);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn who_somebody_is_does_not_get_into_the_tables(db: PgPool) {
    let shop = shop(db).await;
    shop.product("calle-mug").price(2_400).await;
    let eu = shop.eu();
    for text in ["ada@example.com", "4242 4242 4242 4242", "+39 041 5285288"] {
        log::count_search(&shop, &eu, text, &found(0));
        log::count_click(&shop, &eu, text, "calle-mug", 1);
    }
    log::count_search(&shop, &eu, &"x".repeat(10_000), &found(0));
    log::flush(&shop).await.unwrap();
    let report = top(&shop, &filter()).await;
    assert_eq!((report.all.asked, report.all.unwritten), (4, 3));
    assert_eq!(report.lines, [line(&"x".repeat(100), 1, 1, 0, 0)]);
    let asked = log::clicked(&shop, &staff(), &filter(), "ada@example.com").await;
    assert!(matches!(asked, Err(Failure::Refused(LogError::NotWritten))));
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_day_is_forgotten_after_four_hundred(db: PgPool) {
    let shop = shop(db).await;
    shop.product("calle-mug").price(2_400).await;
    let eu = shop.eu();
    for text in ["old", "young"] {
        log::count_search(&shop, &eu, text, &found(1));
        log::count_click(&shop, &eu, text, "calle-mug", 1);
        log::flush(&shop).await.unwrap();
        shop.clock.advance(Duration::days(1));
    }
    shop.clock.advance(Duration::days(399));
    jobs::tidy(&shop).await.unwrap();
    assert_eq!(sql::searched(&shop.db).await, ["young"]);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_report_that_makes_no_sense_is_refused(db: PgPool) {
    let shop = shop(db).await;
    let refused = async |filter: Filter| match log::top(&shop, &staff(), &filter).await {
        Err(Failure::Refused(why)) => why.to_string(),
        other => panic!("{other:?}"),
    };
    for days in [0, 401] {
        let why = refused(Filter { days, ..filter() }).await;
        assert!(why.contains("1 to 400"), "{why}");
    }
    for limit in [-1, 0, 501] {
        let why = refused(Filter { limit, ..filter() }).await;
        assert!(why.contains("1 to 500"), "{why}");
    }
    let market = Some("mars".parse().unwrap());
    let why = refused(Filter { market, ..filter() }).await;
    assert!(why.contains("mars") && why.contains("eu"), "{why}");
    let guest = Caller {
        actor: Actor::Guest {
            customer: shop.guest().await.customer,
        },
        ..staff()
    };
    let asked = log::top(&shop, &guest, &filter()).await;
    assert!(matches!(asked, Err(Failure::Refused(LogError::Denied))));
}
