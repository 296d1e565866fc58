//! The page cache: pages are kept, and a committed change reaches every instance's copy.

use crate::world::{PATIENCE, Server, World, fixture, rialto, within};

async fn hits(world: &World, server: &Server) -> u64 {
    let figures = world
        .shopper()
        .at(&server.origin)
        .get("/metrics")
        .await
        .expect(200);
    let line = figures
        .text()
        .lines()
        .find(|line| line.starts_with("rialto_page_cache_total{result=\"hit\"}"));
    line.and_then(|line| line.split_whitespace().last()?.parse().ok())
        .unwrap_or(0)
}

/// Imports the catalogue with another price of the vase.
fn import_vase_at(world: &World, price: &str) {
    let file = world.folder.path().join("changed.csv");
    let catalogue = std::fs::read_to_string(fixture("catalogue.csv")).unwrap();
    assert!(catalogue.contains(",19.99,"));
    let catalogue = catalogue.replace(",19.99,", &format!(",{price},"));
    std::fs::write(&file, catalogue).unwrap();
    let file = file.to_string_lossy();
    let run = rialto(&world.folder, &world.database, &["import", &file]).must();
    assert!(!run.stdout.trim().is_empty(), "it says what it did");
}

#[tokio::test]
async fn an_imported_price_reaches_the_cached_pages_of_two_instances() {
    let world = World::start().await;
    let other = world.another_server(&[]);
    let (here, there) = (world.shopper(), world.shopper().at(&other.origin));
    let paths = [
        "/en-eu/product/dogana-vase",
        "/de-eu/product/dogana-vase",
        "/en-eu/category/living",
    ];
    for (shopper, server) in [(&here, &world.server), (&there, &other)] {
        for path in paths {
            let price = if path.starts_with("/de") {
                "19,99"
            } else {
                "19.99"
            };
            within(PATIENCE, "the page is kept", async || {
                let before = hits(&world, server).await;
                shopper.get(path).await.expect(200).says(price);
                shopper.get(path).await.expect(200).says(price);
                hits(&world, server).await > before
            })
            .await;
        }
    }
    import_vase_at(&world, "21.49");
    for shopper in [&here, &there] {
        for path in paths {
            let price = if path.starts_with("/de") {
                "21,49"
            } else {
                "21.49"
            };
            within(PATIENCE, &format!("the new price on {path}"), async || {
                shopper.get(path).await.expect(200).words().contains(price)
            })
            .await;
        }
    }
}

fn arrange(world: &World, what: &serde_json::Value) {
    let file = world.folder.path().join("arrangement.json");
    std::fs::write(&file, what.to_string()).unwrap();
    let file = file.to_string_lossy();
    rialto(&world.folder, &world.database, &["arrange", &file]).must();
}

#[tokio::test]
async fn what_names_and_colours_things_reaches_products_pages_of_two_instances() {
    let world = World::start().await;
    let other = world.another_server(&[]);
    let swatch = "INSERT INTO swatch (name, hex) VALUES ('Sand', $1) ON CONFLICT (name) DO UPDATE SET hex = excluded.hex";
    let colour = async |hex: &str| {
        let put = sqlx::query(swatch).bind(hex.to_owned());
        put.execute(&world.db).await.expect("a colour");
    };
    let shown = async |said: &str, named: &[&str], no_more: &[&str]| {
        for server in [&world.server, &other] {
            let shopper = world.shopper().at(&server.origin);
            within(PATIENCE, said, async || {
                let page = shopper.get("/en-eu/product/calle-mug").await.expect(200);
                let says = |text: &&str| page.text().contains(*text);
                named.iter().all(says) && !no_more.iter().any(says)
            })
            .await;
        }
    };
    let names = |category: &str, attribute: &str| {
        serde_json::json!({
            "categories": { "kitchen": { "names": { "en": category } } },
            "attributes": [{ "code": "height", "kind": "number", "unit": "cm", "names": { "en": attribute } }],
            "products": { "calle-mug": { "attributes": { "height": 9.5 } } },
        })
    };
    colour("#123456").await;
    arrange(&world, &names("Crockery", "Tallness"));
    let first = ["#123456", "Crockery", "Tallness"];
    shown("the first names", &first, &[]).await;
    // What both instances keep of it has to go, besides their pages.
    colour("#654321").await;
    let mut again = names("Tableware", "Stature");
    again["products"] = serde_json::json!({});
    arrange(&world, &again);
    let second = ["#654321", "Tableware", "Stature"];
    shown("the second names", &second, &first).await;
}

#[tokio::test]
async fn a_category_that_an_import_makes_is_in_the_menu() {
    let world = World::start().await;
    let shopper = world.shopper();
    let about = "/en-eu/pages/about";
    let page = shopper.get(about).await.expect(200);
    assert!(!page.text().contains("/category/garden"), "{page}");
    let file = world.folder.path().join("garden.csv");
    let catalogue = "Handle,Title,Type,Published,Option1 Name,Option1 Value,Variant SKU,Variant Price,Status\n\
                     rake,Rake,Garden,true,Title,Default Title,RAKE,12.00,active\n";
    std::fs::write(&file, catalogue).unwrap();
    let file = file.to_string_lossy();
    rialto(&world.folder, &world.database, &["import", &file]).must();
    within(PATIENCE, "the menu leads to it", async || {
        let page = shopper.get(about).await.expect(200);
        page.text().contains("/en-eu/category/garden")
    })
    .await;
    let page = shopper.get("/en-eu/product/rake").await.expect(200);
    assert!(page.text().contains(">Garden<"), "{page}");
}

#[tokio::test]
async fn a_list_that_was_kept_before_the_index_knew_is_put_in_order_again() {
    let world = World::start().await;
    world.index_serves().await;
    let shopper = world.shopper();
    let first = async || {
        let page = shopper.get("/en-eu/category/living?sort=price-up").await;
        let page = page.expect(200);
        let link = page.text().split("/en-eu/product/").nth(1);
        link.is_some_and(|link| link.starts_with("dogana-vase"))
    };
    assert!(!first().await);
    import_vase_at(&world, "0.49");
    // Asked so often, it is kept with the new price in its old place, too.
    within(PATIENCE, "the vase is the cheapest", first).await;
}

#[tokio::test]
async fn a_change_leaves_the_pages_of_what_lies_beside_it() {
    let world = World::start().await;
    world.index_serves().await;
    let shopper = world.shopper();
    let list = shopper.get("/en-eu/category/living").await.expect(200);
    let links = list.text().split("href=\"/en-eu/product/").skip(1);
    let slugs: std::collections::BTreeSet<&str> =
        links.filter_map(|link| link.split('"').next()).collect();
    assert!(slugs.contains("dogana-vase"), "{slugs:?}");
    let mut beside = None;
    for slug in slugs {
        let path = format!("/en-eu/product/{slug}");
        if !shopper
            .get(&path)
            .await
            .expect(200)
            .text()
            .contains("dogana-vase")
        {
            beside = Some(path);
        }
    }
    let beside = beside.expect("one that does not show the vase");
    import_vase_at(&world, "21.49");
    within(PATIENCE, "the new price", async || {
        let page = shopper.get("/en-eu/product/dogana-vase").await;
        page.expect(200).words().contains("21.49")
    })
    .await;
    let before = hits(&world, &world.server).await;
    shopper.get(&beside).await.expect(200);
    assert_eq!(hits(&world, &world.server).await, before + 1);
}

#[tokio::test]
async fn the_last_one_sold_shows_on_its_cached_page_and_an_unchanged_page_stays() {
    let world = World::start().await;
    let shopper = world.shopper();
    let page = shopper.get("/en-eu/product/one-left").await.expect(200);
    assert!(
        page.form("/cart/lines")
            .buttons
            .iter()
            .all(|button| button.2),
        "{page}"
    );
    let about = shopper.get("/en-eu/pages/about").await.expect(200);
    shopper.add(&world.variant("ONE-LEFT").await, 1).await;
    shopper.place_as_ada().await;
    within(PATIENCE, "the page says that it is sold out", async || {
        let page = shopper.get("/en-eu/product/one-left").await.expect(200);
        page.words().contains("Sold out")
            && page
                .form("/cart/lines")
                .buttons
                .iter()
                .all(|button| !button.2)
    })
    .await;
    // What has nothing to do with it was not rendered anew.
    let before = hits(&world, &world.server).await;
    assert_eq!(shopper.get("/en-eu/pages/about").await.text(), about.text());
    assert_eq!(hits(&world, &world.server).await, before + 1);
}

#[tokio::test]
async fn without_a_cache_pages_are_rendered_and_served_all_the_same() {
    let world = World::start().await;
    let bare = world.another_server(&[("RIALTO_PAGE_CACHE_MB", "0".to_owned())]);
    let shopper = world.shopper().at(&bare.origin);
    for _ in 0..2 {
        shopper
            .get("/en-eu/product/dogana-vase")
            .await
            .expect(200)
            .says("€19.99");
    }
    assert_eq!(hits(&world, &bare).await, 0);
}

#[tokio::test]
async fn many_readers_of_one_page_get_one_page() {
    let world = World::start().await;
    let shopper = std::sync::Arc::new(world.shopper());
    let asked: Vec<_> = (0..40)
        .map(|_| {
            let shopper = shopper.clone();
            tokio::spawn(async move {
                shopper
                    .get("/en-eu/category/textiles")
                    .await
                    .expect(200)
                    .body
            })
        })
        .collect();
    let mut pages = std::collections::HashSet::new();
    for page in asked {
        pages.insert(page.await.unwrap());
    }
    assert_eq!(pages.len(), 1);
    // Its next pages hold the rest, each product once.
    let (mut seen, mut path) = (Vec::new(), "/en-eu/category/textiles?stock=1".to_owned());
    loop {
        let page = shopper.get(&path).await.expect(200);
        let tags = crate::browser::tags(page.text());
        let mut slugs: Vec<String> = tags
            .iter()
            .filter(|tag| tag.name == "a")
            .filter_map(|tag| {
                tag.get("href")?
                    .strip_prefix("/en-eu/product/")
                    .map(str::to_owned)
            })
            .collect();
        slugs.dedup();
        seen.extend(slugs);
        match tags.iter().find(|tag| tag.get("rel") == Some("next")) {
            Some(next) => path = next.get("href").unwrap().replace("&amp;", "&"),
            None => break,
        }
    }
    let wanted: Vec<String> = (1..=26)
        .map(|number| format!("towel-{number:02}"))
        .collect();
    assert_eq!(seen, wanted);
}
