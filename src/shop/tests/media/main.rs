//! Pictures: taken in once, made by a worker, shown when they are ready.

mod elsewhere;
mod fetched;
mod sql;

use domain::media::Name;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use shop::media::{self, Added, Media, Refusal, Store};
use shop::testing::TestShop;
use shop::{Caller, Failure, jobs};
use sqlx::PgPool;
use std::io::Cursor;

fn machine() -> Caller {
    Caller::machine("cli", "rialto media add")
}

/// A PNG of that size; another seed, another picture.
fn png(width: u32, height: u32, seed: u8) -> Vec<u8> {
    let image = RgbImage::from_fn(width, height, |x, y| {
        Rgb([(x / 4) as u8, (y / 4) as u8, seed.wrapping_mul(40)])
    });
    let mut file = Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(image)
        .write_to(&mut file, ImageFormat::Png)
        .unwrap();
    file.into_inner()
}

async fn shop_with(db: PgPool, store: &Store) -> TestShop {
    let media = Media::new(store.clone(), None);
    TestShop::build(db)
        .without_redis()
        .media(media)
        .start()
        .await
}

async fn add(shop: &TestShop, file: Vec<u8>) -> Added {
    media::add(shop, &machine(), file).await.expect("a picture")
}

async fn refused(shop: &TestShop, caller: &Caller, file: Vec<u8>) -> Refusal {
    match media::add(shop, caller, file).await {
        Err(Failure::Refused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

/// The files of a picture's forms, and what is in them.
async fn forms(store: &Store, src: &str) -> Vec<(String, Vec<u8>)> {
    let name = Name::parse(src).expect("a name");
    let mut files = Vec::new();
    for form in name.forms() {
        let path = name.path(form).replace("/media/", "");
        let file = store.read(&path).await.expect("the store");
        files.push((path.clone(), file.unwrap_or_else(|| panic!("no {path}"))));
    }
    files
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn the_same_picture_twice_is_one(db: PgPool) {
    let store = Store::memory();
    let shop = shop_with(db, &store).await;
    let first = add(&shop, png(60, 80, 1)).await;
    let second = add(&shop, png(60, 80, 1)).await;
    assert!(!first.known && second.known);
    assert_eq!((&first.hash, &first.src), (&second.hash, &second.src));
    let other = add(&shop, png(60, 80, 2)).await;
    assert_ne!(other.hash, first.hash);
    jobs::drain(&shop).await.unwrap();
    let third = add(&shop, png(60, 80, 1)).await;
    assert!(third.known);
    assert_eq!(sql::count(&shop.db, "media").await, 2);
    let jobs = sql::jobs(&shop.db).await;
    let done = ("media.render".to_owned(), "done".to_owned(), None);
    assert_eq!(jobs, [done.clone(), done]);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_picture_is_shown_once_it_is_there_in_all_its_forms(db: PgPool) {
    let store = Store::memory();
    let shop = shop_with(db, &store).await;
    shop.product("calle-mug").category("table").await;
    let added = add(&shop, png(440, 550, 3)).await;
    for _ in 0..2 {
        media::attach(&shop, &machine(), &added.hash[..12], "calle-mug", "A mug")
            .await
            .unwrap();
    }
    assert_eq!(sql::pictures(&shop.db, "calle-mug").await, []);
    jobs::drain(&shop).await.unwrap();
    let shown = sql::pictures(&shop.db, "calle-mug").await;
    assert_eq!(shown, [(added.src.clone(), None)]);
    assert_eq!(
        sql::tags(&shop.db).await,
        ["category:table", "home", "product:calle-mug"]
    );
    let listed = media::list(&shop, None, "", 10).await.unwrap();
    let listed = &listed[0];
    assert_eq!(
        (&*listed.state, listed.width, listed.height, listed.shown),
        ("ready", 440, 550, 1)
    );
    let files = forms(&store, &added.src).await;
    // 400 and 440 wide, in three formats each.
    assert_eq!(files.len(), 6);
    for ((path, file), variant) in files.iter().zip(&listed.variants.0) {
        assert_eq!((path, file.len() as u64), (&variant.path, variant.bytes));
        if let Some(format) = ImageFormat::from_path(path)
            .ok()
            .filter(|format| *format != ImageFormat::Avif)
        {
            let image = image::load_from_memory_with_format(file, format).unwrap();
            assert_eq!(
                (image.width(), image.height()),
                (variant.width, variant.height),
                "{path}"
            );
        }
    }
    let sizes: Vec<_> = listed
        .variants
        .iter()
        .map(|variant| (variant.width, variant.height))
        .collect();
    assert_eq!(
        sizes,
        [
            (400, 500),
            (400, 500),
            (400, 500),
            (440, 550),
            (440, 550),
            (440, 550)
        ]
    );
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn what_is_refused_leaves_nothing_behind(db: PgPool) {
    let store = Store::memory();
    let shop = shop_with(db, &store).await;
    let picture = png(60, 80, 1);
    let cut = picture[..picture.len() - 30].to_vec();
    for file in [b"GIF89a".to_vec(), cut, png(4, 4, 1), Vec::new()] {
        refused(&shop, &machine(), file).await;
    }
    let guest = shop.guest().await;
    let denied = refused(&shop, &shop.caller(&guest), picture.clone()).await;
    assert_eq!(denied, Refusal::Denied);
    assert_eq!(sql::count(&shop.db, "media").await, 0);
    assert_eq!(sql::count(&shop.db, "job").await, 0);
    assert!(store.list("originals").await.unwrap().is_empty());
    // What it should be shown with must be there, too.
    let added = add(&shop, picture).await;
    let long = "a".repeat(513);
    for (hash, slug, alt, said) in [
        (&*added.hash, "calle-mug", "", "no product"),
        ("0123456789", "calle-mug", "", "no picture"),
        (&added.hash[..7], "calle-mug", "", "no picture"),
        (&added.hash, "calle-mug", &long, "513 characters"),
    ] {
        let failed = media::attach(&shop, &machine(), hash, slug, alt).await;
        let said_of_it = failed.expect_err("it is refused").to_string();
        assert!(said_of_it.contains(said), "{said_of_it}");
    }
    jobs::drain(&shop).await.unwrap();
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn what_a_killed_worker_made_is_not_made_again(db: PgPool) {
    let store = Store::memory();
    let shop = shop_with(db, &store).await;
    let added = add(&shop, png(120, 90, 5)).await;
    let name = Name::parse(&added.src).expect("a name");
    let first = name.forms().next().expect("a form");
    let made = name.path(first).replace("/media/", "");
    store
        .put(&made, "image/avif", b"made before".to_vec())
        .await
        .unwrap();
    assert_eq!(jobs::drain(&shop).await.unwrap().done, 1);
    let files = forms(&store, &added.src).await;
    assert_eq!(files.len(), 3);
    for (path, file) in files {
        assert_eq!(file == b"made before", path == made, "{path}");
    }
    let listed = media::list(&shop, None, "", 1).await.unwrap();
    assert_eq!((&*listed[0].state, listed[0].variants.len()), ("ready", 3));
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn files_that_are_gone_are_found_and_made_again(db: PgPool) {
    let folder = std::env::temp_dir().join(format!("rialto-media-{}", uuid::Uuid::now_v7()));
    let store = Store::folder(&folder).expect("a folder");
    let shop = shop_with(db, &store).await;
    let added = add(&shop, png(60, 80, 1)).await;
    let early = media::check(&shop, &machine(), true).await.unwrap();
    assert_eq!((early.pictures, early.waiting.len()), (1, 1));
    jobs::drain(&shop).await.unwrap();
    let files = forms(&store, &added.src).await;
    let well = media::check(&shop, &machine(), false).await.unwrap();
    assert_eq!(
        (well.pictures, well.waiting.len(), well.missing.len()),
        (1, 0, 0)
    );
    let (gone, _) = &files[1];
    std::fs::remove_file(folder.join(gone)).unwrap();
    // A machine that lost its power may leave an empty file.
    std::fs::write(folder.join(&files[0].0), b"").unwrap();
    let found = media::check(&shop, &machine(), false).await.unwrap();
    assert_eq!(found.missing.len(), 2);
    assert!(found.missing.contains(gone), "{found:?}");
    assert!(found.repaired.is_empty());
    let repaired = media::check(&shop, &machine(), true).await.unwrap();
    assert_eq!(repaired.repaired.join(" "), added.hash);
    jobs::drain(&shop).await.unwrap();
    assert_eq!(forms(&store, &added.src).await, files);
    // Without its original it can't be made again: the job says so.
    let shard = &added.hash[..2];
    let original = folder.join("originals").join(shard).join(&added.hash);
    std::fs::remove_file(original).unwrap();
    std::fs::remove_file(folder.join(gone)).unwrap();
    let lost = media::check(&shop, &machine(), true).await.unwrap();
    assert_eq!((lost.missing.len(), lost.repaired.len()), (2, 0));
    std::fs::remove_dir_all(&folder).unwrap();
}
