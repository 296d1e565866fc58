//! Pictures that an import names and that lie elsewhere.

use crate::elsewhere::{Elsewhere, Says};
use crate::{add, machine, png, sql};
use shop::catalog::import::{self, ImportOptions};
use shop::jobs;
use shop::media::{self, Fetcher, Media, Reach, Store};
use shop::testing::TestShop;
use sqlx::PgPool;
use std::io::Cursor;
use time::Duration;

async fn shop(db: PgPool) -> TestShop {
    shop_with(db, Fetcher::new(Reach::Any).unwrap()).await
}

async fn shop_with(db: PgPool, fetcher: Fetcher) -> TestShop {
    let media = Media::new(Store::memory(), Some(fetcher));
    TestShop::build(db)
        .without_redis()
        .media(media)
        .start()
        .await
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_picture_that_lies_elsewhere_is_fetched_once_and_shown_everywhere(db: PgPool) {
    let shop = shop(db).await;
    let elsewhere = Elsewhere::with(&png(60, 80, 1)).await;
    let url = format!("{}/mug.png", elsewhere.origin);
    let twin = format!("{}/mug.png?v=2", elsewhere.origin);
    shop.product("calle-mug").picture(&url, "A mug").await;
    shop.product("calle-set")
        .picture("/media/set.jpg", "")
        .picture(&url, "")
        .await;
    shop.product("calle-cup").picture(&twin, "").await;
    assert_eq!(media::take_up(&shop).await.unwrap(), 2);
    // Until it is there, it is shown from where it lies.
    let shown = sql::pictures(&shop.db, "calle-mug").await;
    assert_eq!(shown, [(url.clone(), Some(url.clone()))]);
    assert_eq!(media::take_up(&shop).await.unwrap(), 0);
    jobs::drain(&shop).await.unwrap();
    assert_eq!(elsewhere.asked(), 2);
    let all = media::list(&shop, None, "", 10).await.unwrap();
    // The same content from two places is one.
    let [only] = &all[..] else {
        panic!("{all:?}");
    };
    assert_eq!((&*only.state, only.shown), ("ready", 3));
    let ours = |source: &str| (only.src.clone(), Some(source.to_owned()));
    assert_eq!(sql::pictures(&shop.db, "calle-mug").await, [ours(&url)]);
    let set = sql::pictures(&shop.db, "calle-set").await;
    assert_eq!(set, [("/media/set.jpg".to_owned(), None), ours(&url)]);
    assert_eq!(sql::pictures(&shop.db, "calle-cup").await, [ours(&twin)]);
    assert!(
        sql::tags(&shop.db)
            .await
            .contains(&"product:calle-set".to_owned())
    );
    // Named again, it is known.
    shop.product("calle-jug").picture(&url, "").await;
    assert_eq!(media::take_up(&shop).await.unwrap(), 0);
    assert_eq!(sql::pictures(&shop.db, "calle-jug").await, [ours(&url)]);
    assert_eq!(elsewhere.asked(), 2);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn what_is_no_picture_is_not_asked_for_again_and_says_why(db: PgPool) {
    let shop = shop(db).await;
    let elsewhere = Elsewhere::with(b"GIF89a and so on").await;
    let url = format!("{}/mug.jpg", elsewhere.origin);
    shop.product("calle-mug").picture(&url, "").await;
    media::take_up(&shop).await.unwrap();
    jobs::drain(&shop).await.unwrap();
    let parked = |why: &str| {
        let why = Some(format!("{url}: {why}"));
        vec![("media.fetch".to_owned(), "parked".to_owned(), why)]
    };
    let gif =
        "it is a GIF; a picture is a JPEG, PNG or WebP file by its content, whatever its name says";
    assert_eq!(sql::jobs(&shop.db).await, parked(gif));
    let check = media::check(&shop, &machine(), false).await.unwrap();
    assert_eq!(
        (&check.problems[0].url, &*check.problems[0].problem),
        (&url, gif)
    );
    assert_eq!(sql::pictures(&shop.db, "calle-mug").await[0].0, url);
    assert_eq!(media::take_up(&shop).await.unwrap(), 0);
    assert_eq!(elsewhere.asked(), 1);
    // Nothing of it was kept.
    assert!(shop.media.store.list("originals").await.unwrap().is_empty());
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_server_that_is_down_is_asked_again_later(db: PgPool) {
    let shop = shop(db).await;
    let elsewhere = Elsewhere::with(b"").await;
    elsewhere.says("503 Service Unavailable", b"later");
    let url = format!("{}/mug.png", elsewhere.origin);
    shop.product("calle-mug").picture(&url, "").await;
    media::take_up(&shop).await.unwrap();
    assert_eq!(jobs::drain(&shop).await.unwrap().failed, 1);
    let problem = media::check(&shop, &machine(), false)
        .await
        .unwrap()
        .problems;
    assert!(problem[0].problem.contains("503"), "{problem:?}");
    elsewhere.says("200 OK", &png(60, 80, 1));
    shop.clock.advance(Duration::minutes(1));
    jobs::drain(&shop).await.unwrap();
    let shown = sql::pictures(&shop.db, "calle-mug").await;
    assert!(shown[0].0.starts_with("/media/v1/"), "{shown:?}");
    let problem = media::check(&shop, &machine(), false)
        .await
        .unwrap()
        .problems;
    assert_eq!(problem, []);
    // A page that is not there stays so.
    elsewhere.says("404 Not Found", b"");
    let gone = format!("{}/gone.png", elsewhere.origin);
    shop.product("calle-set").picture(&gone, "").await;
    media::take_up(&shop).await.unwrap();
    jobs::drain(&shop).await.unwrap();
    let problem = media::check(&shop, &machine(), false)
        .await
        .unwrap()
        .problems;
    assert!(problem[0].problem.contains("404"), "{problem:?}");
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn more_than_a_picture_may_have_is_not_taken_from_the_wire(db: PgPool) {
    let shop = shop(db).await;
    let large = vec![0x20; usize::try_from(media::MOST_BYTES).unwrap() + 1];
    let elsewhere = Elsewhere::with(&large).await;
    let url = format!("{}/large.png", elsewhere.origin);
    shop.product("calle-mug").picture(&url, "").await;
    media::take_up(&shop).await.unwrap();
    jobs::drain(&shop).await.unwrap();
    let problem = media::check(&shop, &machine(), false)
        .await
        .unwrap()
        .problems;
    assert!(problem[0].problem.contains("20971520"), "{problem:?}");
}

/// Asks for the picture of that address, and gives what became of its job and what a shopkeeper reads of it.
async fn asked_for(shop: &TestShop, url: &str) -> (String, String) {
    shop.product("calle-mug").picture(url, "A mug").await;
    media::take_up(shop).await.unwrap();
    jobs::drain(shop).await.unwrap();
    let check = media::check(shop, &machine(), false).await.unwrap();
    let [problem] = &check.problems[..] else {
        panic!("{:?}", check.problems);
    };
    assert_eq!(problem.url, url);
    let (_, state, _) = sql::jobs(&shop.db).await.swap_remove(0);
    // The page shows it from where it lies all the same, and nothing of it was kept.
    assert_eq!(sql::pictures(&shop.db, "calle-mug").await[0].0, url);
    assert!(shop.media.store.list("originals").await.unwrap().is_empty());
    (state, problem.problem.clone())
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_picture_that_moved_is_found_where_it_is_now(db: PgPool) {
    let shop = shop(db).await;
    let elsewhere = Elsewhere::with(&png(60, 80, 1)).await;
    elsewhere.at("/moved.png", Says::Leads("/here.png".to_owned()));
    let url = elsewhere.at("/old.png", Says::Leads(elsewhere.url("/moved.png")));
    shop.product("calle-mug").picture(&url, "A mug").await;
    media::take_up(&shop).await.unwrap();
    jobs::drain(&shop).await.unwrap();
    let shown = sql::pictures(&shop.db, "calle-mug").await;
    assert!(shown[0].0.starts_with("/media/v1/"), "{shown:?}");
    // Its origin is what the import said.
    assert_eq!(shown[0].1.as_ref(), Some(&url));
    assert_eq!(elsewhere.asked(), 3);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn what_leads_in_circles_is_left_alone(db: PgPool) {
    let shop = shop(db).await;
    let elsewhere = Elsewhere::with(b"").await;
    let url = elsewhere.at("/circle.png", Says::Leads("/circle.png".to_owned()));
    let (state, why) = asked_for(&shop, &url).await;
    assert_eq!(
        (&*state, &*why),
        (
            "parked",
            "its address leads on to another one more than 3 times"
        )
    );
    assert_eq!(elsewhere.asked(), 4);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_page_in_its_place_is_no_picture(db: PgPool) {
    let shop = shop(db).await;
    let elsewhere = Elsewhere::with(b"<!doctype html><title>Please sign in</title>").await;
    let (state, why) = asked_for(&shop, &elsewhere.url("/mug.png")).await;
    assert_eq!(state, "parked");
    assert!(why.starts_with("it is no picture"), "{why}");
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn too_much_is_not_taken_however_it_comes(db: PgPool) {
    let shop = shop(db).await;
    let large = vec![0x20; usize::try_from(media::MOST_BYTES).unwrap() + 1];
    let elsewhere = Elsewhere::with(b"").await;
    let url = elsewhere.at("/endless.png", Says::Unmeasured(large));
    let (state, why) = asked_for(&shop, &url).await;
    assert_eq!(state, "parked");
    assert!(why.contains("a picture may have 20971520"), "{why}");
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn half_a_picture_is_asked_for_again(db: PgPool) {
    let shop = shop(db).await;
    let elsewhere = Elsewhere::with(b"").await;
    let picture = png(60, 80, 1);
    let url = elsewhere.at("/mug.png", Says::Cut(picture.clone()));
    let (state, _) = asked_for(&shop, &url).await;
    assert_eq!(state, "waiting");
    elsewhere.at("/mug.png", Says::File("200 OK", picture));
    shop.clock.advance(Duration::minutes(1));
    jobs::drain(&shop).await.unwrap();
    let shown = sql::pictures(&shop.db, "calle-mug").await;
    assert!(shown[0].0.starts_with("/media/v1/"), "{shown:?}");
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_server_that_says_nothing_is_not_waited_for(db: PgPool) {
    let patience = std::time::Duration::from_millis(200);
    let fetcher = Fetcher::within(Reach::Any, patience).unwrap();
    let shop = shop_with(db, fetcher).await;
    let elsewhere = Elsewhere::with(b"").await;
    let url = elsewhere.at("/slow.png", Says::Nothing);
    let (state, why) = asked_for(&shop, &url).await;
    assert_eq!(
        (&*state, &*why),
        ("waiting", "its server did not send it within 0.2 s")
    );
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn what_lies_inside_is_not_asked(db: PgPool) {
    let shop = shop_with(db, Fetcher::new(Reach::Public).unwrap()).await;
    let elsewhere = Elsewhere::with(&png(60, 80, 1)).await;
    let (state, why) = asked_for(&shop, &elsewhere.url("/mug.png")).await;
    assert_eq!(
        (&*state, &*why),
        (
            "parked",
            "its address is not a public one (setting `media_fetch`)"
        )
    );
    assert_eq!(elsewhere.asked(), 0);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn another_import_leaves_what_was_fetched_alone(db: PgPool) {
    let shop = shop(db).await;
    // An import makes http into https, and nobody answers there: what would have been found is said by hand.
    let url = "https://127.0.0.1:1/mug.png";
    let import = async |src: &str, alt: &str| {
        let file = format!(
            "Handle,Title,Variant Price,Status,Image Src,Image Alt Text\ncalle-mug,Calle mug,24.00,active,{src},{alt}\n"
        );
        let options = ImportOptions {
            market: None,
            skip_bad_rows: false,
        };
        let file = Cursor::new(file.as_bytes());
        import::run(&shop, &machine(), file, &options, &mut |_| {})
            .await
            .expect("an import")
    };
    import(url, "A mug").await;
    assert_eq!(media::take_up(&shop).await.unwrap(), 1);
    let added = add(&shop, png(60, 80, 1)).await;
    sql::found(&shop.db, url, &added.hash).await;
    // The address is asked in vain; the picture's forms are made.
    let drained = jobs::drain(&shop).await.unwrap();
    assert_eq!((drained.done, drained.failed), (1, 1));
    let shown = vec![(added.src.clone(), Some(url.to_owned()))];
    let shown_by = async || {
        let all = media::list(&shop, None, "", 10).await.unwrap();
        all.iter().map(|media| media.shown).collect::<Vec<_>>()
    };
    assert_eq!(sql::pictures(&shop.db, "calle-mug").await, shown);
    // The second time its text is another, which writes the product's pictures anew.
    for alt in ["A mug", "A mug in lagoon"] {
        import(url, alt).await;
        assert_eq!(sql::pictures(&shop.db, "calle-mug").await, shown, "{alt}");
        assert_eq!(shown_by().await, [1], "{alt}");
    }
    // By the name that it has here, as an export says of a picture that came from nowhere.
    import(&added.src, "A mug").await;
    assert_eq!(
        sql::pictures(&shop.db, "calle-mug").await,
        [(added.src, None)]
    );
    assert_eq!(shown_by().await, [1]);
}
