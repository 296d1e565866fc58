//! Pictures over HTTP: taken in on the command line, made by the worker, on the page, in a folder and in a bucket.

mod s3;

use crate::browser::{Shopper, tags};
use crate::world::{Plan, World, eventually, rialto, rialto_with, within};
use s3::S3;
use serde_json::Value;
use std::collections::HashSet;
use std::time::Duration;

/// Making nine pictures on a machine that does much else.
const PATIENCE: Duration = Duration::from_secs(120);

const MUG: &str = "/en-eu/product/calle-mug";

/// A picture of the demo shop, 400 by 500 pixels.
fn picture() -> String {
    let root = env!("CARGO_MANIFEST_DIR");
    format!("{root}/../../demo/media/calle-mug-sand-400.jpg")
}

async fn until_ready(world: &World, count: i64) {
    within(PATIENCE, "the pictures are made", async || {
        world
            .count("SELECT count(*) FROM media WHERE state = 'ready'")
            .await
            == count
    })
    .await;
}

/// The URLs of our own pictures that a page names, once it names some.
async fn shown(shopper: &Shopper, path: &str) -> HashSet<String> {
    let mut urls = HashSet::new();
    eventually("the page shows the picture", async || {
        let page = shopper.get(path).await.expect(200);
        urls = tags(page.text())
            .iter()
            .flat_map(|tag| [tag.get("src"), tag.get("srcset")])
            .flatten()
            .flat_map(|set| set.split(", "))
            .filter_map(|each| each.split(' ').next())
            .filter(|url| url.starts_with("/media/v1/"))
            .map(str::to_owned)
            .collect();
        !urls.is_empty()
    })
    .await;
    urls
}

/// Gets every form of a picture, in every way that HTTP has.
async fn assert_served(shopper: &Shopper, urls: &HashSet<String>) {
    for url in urls {
        let file = shopper.get(url).await.expect(200);
        let kind = match url.rsplit('.').next() {
            Some("avif") => "image/avif",
            Some("webp") => "image/webp",
            _ => "image/jpeg",
        };
        assert_eq!(file.header("content-type"), kind, "{url}");
        assert_eq!(
            file.header("cache-control"),
            "public, max-age=31536000, immutable"
        );
        assert_eq!(file.header("accept-ranges"), "bytes");
        assert_eq!(file.header("content-length"), file.body.len().to_string());
        let tag = file.header("etag").to_owned();
        assert!(tag.starts_with('"') && tag.ends_with('"'), "{tag}");

        let known = shopper.get_with(url, &[("if-none-match", &tag)]).await;
        let known = known.expect(304);
        assert_eq!((known.header("etag"), known.body.len()), (&*tag, 0));
        let other = [("if-none-match", "\"another\"")];
        shopper.get_with(url, &other).await.expect(200);

        let size = file.body.len();
        let last = format!("bytes {}-{}/{size}", size - 5, size - 1);
        let middle = format!("bytes 10-19/{size}");
        for (range, told, part) in [
            ("bytes=10-19", &middle, &file.body[10..20]),
            ("bytes=-5", &last, &file.body[size - 5..]),
        ] {
            let got = shopper.get_with(url, &[("range", range)]).await.expect(206);
            assert_eq!(got.header("content-range"), told, "{url}");
            assert_eq!(got.header("content-length"), part.len().to_string());
            assert_eq!(got.body, part, "{url} {range}");
        }
        let beyond = format!("bytes={size}-");
        let beyond = shopper.get_with(url, &[("range", &beyond)]).await;
        let beyond = beyond.expect(416);
        assert_eq!(beyond.header("content-range"), format!("bytes */{size}"));
        // A part of something else is of no use.
        let stale = [("range", "bytes=0-1"), ("if-range", "\"another\"")];
        shopper.get_with(url, &stale).await.expect(200);
        let fresh = [("range", "bytes=0-1"), ("if-range", &*tag)];
        shopper.get_with(url, &fresh).await.expect(206);
        let many = [("range", "bytes=0-1,4-5")];
        shopper.get_with(url, &many).await.expect(200);
    }
}

#[tokio::test]
async fn a_picture_that_was_taken_in_is_on_the_page_in_every_form() {
    let world = World::start().await;
    let shopper = world.shopper();
    let before = shopper.get(MUG).await.expect(200);
    assert!(!before.text().contains("/media/v1/"), "{before}");
    let add = |file: &str| {
        rialto(
            &world.folder,
            &world.database,
            &[
                "media",
                "add",
                "--json",
                "--product",
                "calle-mug",
                "--alt",
                "From above",
                file,
            ],
        )
    };
    let added: Value = serde_json::from_str(&add(&picture()).must().stdout).unwrap();
    let hash = added[0]["hash"].as_str().expect("a hash").to_owned();
    until_ready(&world, 1).await;
    let urls = shown(&shopper, MUG).await;
    // One width, because it is no wider, in three formats.
    assert_eq!(urls.len(), 3, "{urls:?}");
    assert!(urls.iter().all(|url| url.contains(&hash[..32])), "{urls:?}");
    assert_served(&shopper, &urls).await;
    let page = shopper.get(MUG).await.expect(200);
    assert!(page.text().contains("alt=\"From above\""), "{page}");
    assert!(page.text().contains("data:image/bmp;base64,"), "{page}");

    // What is not there is not there, and nothing leads out of the folder.
    let url = urls.iter().next().unwrap();
    let without = url.replace(&hash[..32], "00000000000000000000000000000000");
    let without = without.replacen(&format!("/{}/", &hash[..2]), "/00/", 1);
    let original = format!("/media/originals/{}/{hash}", &hash[..2]);
    for path in [
        without.clone(),
        url.replace("-400.", "-800."),
        url.replace("/v1/", "/v2/"),
        original.clone(),
        format!("/media/v1/..%2f..{original}"),
        "/media/v1/5f/..%2f..%2f..%2fetc/passwd".to_owned(),
    ] {
        shopper.get(&path).await.expect(404);
    }
    let missing = shopper.get(&without).await.expect(404);
    assert_eq!(missing.header("cache-control"), "no-store");

    // The same again is the same.
    let again: Value = serde_json::from_str(&add(&picture()).must().stdout).unwrap();
    assert_eq!(
        (&again[0]["known"], &again[0]["hash"]),
        (&true.into(), &added[0]["hash"])
    );
    world.until_jobs_are_done().await;
    assert_eq!(shown(&shopper, MUG).await, urls);
    let listed = rialto(&world.folder, &world.database, &["media", "list"]).must();
    assert!(
        listed.stdout.contains(&hash) && listed.stdout.contains("400×500"),
        "{listed:#?}"
    );
    let check = rialto(&world.folder, &world.database, &["media", "check"]).must();
    assert!(check.stdout.contains("1 pictures, 0 of them"), "{check:#?}");
    world.server.assert_unbroken();
}

#[tokio::test]
async fn what_is_no_picture_is_refused_with_the_reason() {
    let world = World::start().await;
    let folder = world.folder.path();
    let write = |name: &str, content: &[u8]| {
        let path = folder.join(name);
        std::fs::write(&path, content).unwrap();
        path.to_string_lossy().into_owned()
    };
    let whole = std::fs::read(picture()).unwrap();
    let large = write("large.jpg", &[]);
    let sparse = std::fs::OpenOptions::new()
        .write(true)
        .open(&large)
        .unwrap();
    sparse.set_len(20 * 1024 * 1024 + 1).unwrap();
    for (file, said) in [
        (
            write("moving.jpg", b"GIF89a\x20\0\x20\0\0\0\0\x3b"),
            "it is a GIF",
        ),
        (
            write("drawing.png", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
            "it is an SVG",
        ),
        (
            write("half.jpg", &whole[..whole.len() / 2]),
            "it is broken: its end is missing",
        ),
        (large, "20971520"),
        ("/nonexistent.jpg".to_owned(), "it can't be read"),
    ] {
        let ran = rialto(&world.folder, &world.database, &["media", "add", &file]);
        assert!(ran.refusal().contains(said), "{ran:#?}");
    }
    assert_eq!(world.count("SELECT count(*) FROM media").await, 0);
    assert_eq!(world.count("SELECT count(*) FROM job").await, 0);
    // Of several, those that are well are taken in.
    let bad = write("moving.jpg", b"GIF89a");
    let some = ["media", "add", &bad, &picture()];
    let ran = rialto(&world.folder, &world.database, &some);
    assert!(
        ran.refusal().contains("moving.jpg was not taken in"),
        "{ran:#?}"
    );
    assert_eq!(world.count("SELECT count(*) FROM media").await, 1);
    let unknown = ["media", "add", "--product", "no-such-thing", &picture()];
    let ran = rialto(&world.folder, &world.database, &unknown);
    assert!(
        ran.refusal().contains("no product \"no-such-thing\""),
        "{ran:#?}"
    );
}

#[tokio::test]
async fn pictures_lie_in_a_bucket() {
    let s3 = S3::start();
    let world = World::with(Plan {
        settings: s3.settings(),
        ..Plan::default()
    })
    .await;
    let url = world.database.url();
    let file = picture();
    let mut env: Vec<(&str, &str)> = vec![("DATABASE_URL", &url)];
    let settings = s3.settings();
    env.extend(settings.iter().map(|(key, value)| (*key, value.as_str())));
    let add = ["media", "add", "--product", "calle-mug", &file];
    rialto_with(&world.folder, &add, &env).must();
    until_ready(&world, 1).await;
    let shopper = world.shopper();
    let urls = shown(&shopper, MUG).await;
    assert_eq!(urls.len(), 3, "{urls:?}");
    assert_served(&shopper, &urls).await;
    let objects = s3.objects();
    for url in &urls {
        let key = url.trim_start_matches("/media/");
        let (_, kind) = objects
            .iter()
            .find(|(found, _)| found == key)
            .unwrap_or_else(|| panic!("no {key} in {objects:?}"));
        assert!(kind.starts_with("image/"), "{key}: {kind}");
    }
    rialto_with(&world.folder, &["media", "check"], &env).must();
    assert!(s3.believed() > urls.len());
    world.server.assert_unbroken();
}

#[tokio::test]
async fn a_wrong_key_stops_the_start_and_names_the_setting() {
    let s3 = S3::start();
    let world = World::start().await;
    let url = world.database.url();
    let site = world.folder.path().join("site");
    let site = site.to_string_lossy().into_owned();
    for (key, value, said) in [
        (
            "RIALTO_MEDIA_S3_SECRET_KEY",
            "another",
            "setting `media_s3_secret_key`",
        ),
        (
            "RIALTO_MEDIA_S3_ACCESS_KEY",
            "AKIDOTHER",
            "setting `media_s3_access_key`",
        ),
        (
            "RIALTO_MEDIA_S3_BUCKET",
            "elsewhere",
            "setting `media_s3_bucket`",
        ),
    ] {
        let mut settings = s3.settings();
        for setting in &mut settings {
            if setting.0 == key {
                setting.1 = value.to_owned();
            }
        }
        let mut env: Vec<(&str, &str)> = vec![("DATABASE_URL", &url), ("RIALTO_SITE_ROOT", &site)];
        env.extend(settings.iter().map(|(key, value)| (*key, value.as_str())));
        for command in [&["serve"][..], &["worker"], &["media", "list"]] {
            let ran = rialto_with(&world.folder, command, &env);
            assert!(ran.refusal().contains(said), "{key} {command:?}: {ran:#?}");
            assert!(!ran.stderr.contains(s3::SECRET_KEY), "{ran:#?}");
        }
    }
    assert_eq!(s3.objects(), []);
}

#[tokio::test]
async fn a_shop_whose_bucket_is_away_sells_on() {
    let s3 = S3::start();
    let mut settings = s3.settings();
    for setting in &mut settings {
        if setting.0 == "RIALTO_MEDIA_S3_ENDPOINT" {
            // Nobody listens there.
            setting.1 = "http://127.0.0.1:9".to_owned();
        }
    }
    let world = World::with(Plan {
        settings,
        ..Plan::default()
    })
    .await;
    world.shopper().get(MUG).await.expect(200);
    let warned = world
        .server
        .logged("the bucket of pictures can't be reached (setting `media_s3_endpoint`)");
    assert_eq!(warned.len(), 1);
}

#[tokio::test]
async fn a_worker_that_is_killed_is_followed_by_one_that_goes_on() {
    let mut world = World::start().await;
    let file = picture();
    let add = ["media", "add", "--product", "calle-mug", &file];
    rialto(&world.folder, &world.database, &add).must();
    let forms = world.folder.path().join("target/media/v1");
    within(PATIENCE, "a first form is made", async || forms.exists()).await;
    world.server.process.kill();
    let second = world.another_server(&[]);
    until_ready(&world, 1).await;
    let shopper = Shopper::new(&second.origin);
    let urls = shown(&shopper, MUG).await;
    assert_eq!(urls.len(), 3, "{urls:?}");
    assert_served(&shopper, &urls).await;
    second.assert_unbroken();
}
