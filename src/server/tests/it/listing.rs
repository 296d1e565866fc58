//! Lists and search: what narrows them lies in the address, works as plain links and forms, and stands any address.

use crate::browser::{Answer, tags};
use crate::world::{World, eventually, rialto};
use serde_json::json;

/// The slugs of the products on a page, in order.
fn products(page: &Answer) -> Vec<String> {
    let mut slugs: Vec<String> = tags(page.text())
        .iter()
        .filter(|tag| tag.name == "a")
        .filter_map(|tag| Some(tag.get("href")?.strip_prefix("/en-eu/product/")?.to_owned()))
        .collect();
    slugs.dedup();
    slugs
}

#[tokio::test]
async fn a_list_is_narrowed_by_its_address() {
    let world = World::start().await;
    let shopper = world.shopper();
    let living = shopper.get("/en-eu/category/living").await.expect(200);
    let all = products(&living);
    assert!(all.len() > 5, "{all:?}");
    // Every field of the form is one that the address understands.
    let named: Vec<&str> = ["stock", "from", "to"]
        .into_iter()
        .filter(|name| living.text().contains(&format!("name=\"{name}\"")))
        .collect();
    assert_eq!(named, ["stock", "from", "to"]);

    let cheap = "/en-eu/category/living?from=10&to=20&stock=1&sort=price-up";
    let page = shopper.get(cheap).await.expect(200);
    let few = products(&page);
    assert!(few.contains(&"eu-only".to_owned()) && few.contains(&"dogana-vase".to_owned()));
    assert!(
        few.len() < all.len() && !few.contains(&"sold-out".to_owned()),
        "{few:?}"
    );
    // Its chips take each filter away again.
    let chips: Vec<String> = tags(page.text())
        .iter()
        .filter(|tag| tag.get("class") == Some("chip"))
        .filter_map(|tag| tag.get("href").map(|href| href.replace("&amp;", "&")))
        .collect();
    assert_eq!(
        chips,
        [
            "/en-eu/category/living?stock=1&sort=price-up",
            "/en-eu/category/living?from=10&to=20&sort=price-up",
        ]
    );
    let none = shopper
        .get("/en-eu/category/living?from=999999")
        .await
        .expect(200);
    assert_eq!(products(&none), Vec::<String>::new());
    none.says("Nothing is left with all these filters.");

    let brand = shopper
        .get("/en-eu/brand/fornace-zan?sort=price-up")
        .await
        .expect(200);
    assert!(products(&brand).len() > all.len().min(5), "{brand}");
    shopper.get("/en-eu/brand/nobody").await.expect(404);
    let glaze = shopper
        .get("/en-eu/category/kitchen?f=Glaze:Sand")
        .await
        .expect(200);
    assert_eq!(products(&glaze), ["calle-mug"]);
    let glaze = shopper
        .get("/en-eu/category/kitchen?f=Glaze:Puce")
        .await
        .expect(200);
    assert_eq!(products(&glaze), Vec::<String>::new());
}

#[tokio::test]
async fn a_list_is_narrowed_by_what_products_are() {
    let world = World::start().await;
    let shopper = world.shopper();
    let all = products(&shopper.get("/en-eu/category/living").await.expect(200));
    let file = world.folder.path().join("attributes.json");
    let arrangement = json!({
        "attributes": [
            { "code": "material", "kind": "text", "names": { "en": "Material" } },
            { "code": "height", "kind": "number", "unit": "cm", "names": { "en": "Height" } },
            { "code": "washable", "kind": "boolean", "names": { "en": "Washable" } },
        ],
        "products": {
            "dogana-vase": { "attributes": { "material": "Glass", "height": 24.5, "washable": true } },
            "one-left": { "attributes": { "material": "Wood", "height": 8 } },
            "eu-only": { "attributes": { "material": "Wood" } },
        },
    });
    std::fs::write(&file, arrangement.to_string()).unwrap();
    let path = file.to_string_lossy().into_owned();
    rialto(&world.folder, &world.database, &["arrange", &path]).must();
    // The search page, which is never stored, shows when it is found.
    let wood = "/en-eu/search?a=material%3AWood";
    eventually("what is of wood is found", async || {
        products(&shopper.get(wood).await.expect(200)).len() == 2
    })
    .await;
    let offered = [
        "value=\"material:Wood\"",
        "<legend>Height (cm)</legend>",
        "name=\"from.height\"",
        "placeholder=\"24.5\"",
    ];
    eventually("what they are is offered", async || {
        let page = shopper.get("/en-eu/category/living").await.expect(200);
        offered.iter().all(|said| page.text().contains(said))
    })
    .await;
    let high = "/en-eu/category/living?a=washable:yes&from.height=20,0&to.height=";
    let page = shopper.get(high).await.expect(200);
    assert_eq!(products(&page), ["dogana-vase"]);
    let page = page.says("Height: from 20 cm").says("Washable: yes");
    let same = "/en-eu/category/living?from.height=20&a=washable%3Ayes";
    let same = shopper.get(same).await.expect(200);
    assert_eq!(same.header("etag"), page.header("etag"));
    // The chip and the form of the order keep what else is chosen.
    let page = page.text();
    assert!(
        page.contains("href=\"/en-eu/category/living?a=washable%3Ayes\""),
        "{page}"
    );
    assert!(
        page.contains("<input type=\"hidden\" name=\"from.height\" value=\"20\">"),
        "{page}"
    );
    let none = shopper
        .get("/en-eu/category/living?to.depth=3")
        .await
        .expect(200);
    assert_eq!(products(&none), Vec::<String>::new());
    assert!(all.len() > 5);
    world.server.assert_unbroken();
}

#[tokio::test]
async fn addresses_that_mean_the_same_are_one_page_and_none_breaks_it() {
    let world = World::start().await;
    let shopper = world.shopper();
    let one = shopper
        .get("/en-eu/category/living?brand=Fornace+Zan&from=10&to=20.5&sort=price-up")
        .await
        .expect(200);
    for same in [
        "?sort=price-up&to=20,50&from=010.000&brand=Fornace%20Zan",
        "?to=10&from=20.5&brand=Fornace+Zan&brand=Fornace+Zan&sort=price-up&sort=newest&q=mug&page=7",
        "?utm_source=x&brand=Fornace+Zan&brand=&f=&from=x&from=10&to=20.5&sort=price-up&after=nonsense&stock=0",
    ] {
        let other = shopper
            .get(&format!("/en-eu/category/living{same}"))
            .await
            .expect(200);
        assert_eq!(other.header("etag"), one.header("etag"), "{same}");
    }
    let long = "x".repeat(5_000);
    let many = "f=a:b&brand=c&".repeat(500);
    for hostile in [
        "f=%ff%fe:%c3%28",
        "brand=%27%3B+DROP+TABLE+product%3B--",
        "from=1e400&to=-1",
        "to=99999999999999999999",
        "f=::::&f=:&f=a:",
        "sort[]=x&sort%5B%5D=y",
        "=&=&&&",
        "after=%F0%9F%A6%86",
        "stock=2&stock=-1",
        &long,
        &many,
        &format!("q={long}&brand={long}&f=a:{long}"),
        "q=%22%20OR%201%3D1%20--&exact=1",
        "q=%5C&f=%5C:%5C",
        "q=%25%5F*%3F",
        "a=material:%27%3B--&a=::&a=x:&from.capacity=1e99&to.capacity=-999999999.999",
        "from.a=1&from.b=2&to.c=3&from.%01=1&to.=&from.-=2",
        "from.capacity=999999999&to.capacity=999999999.999&a=dishwasher:yes",
    ] {
        for path in [
            "category/living",
            "brand/fornace-zan",
            "search",
            "api/suggest",
            "collection/none",
        ] {
            let answer = shopper.get(&format!("/en-eu/{path}?{hostile}")).await;
            assert!(
                matches!(answer.status, 200 | 404),
                "{path}?{hostile:.60}: {answer}"
            );
        }
    }
    world.server.assert_unbroken();
}

#[tokio::test]
async fn the_search_page_finds_says_what_it_did_and_leads_on() {
    let world = World::start().await;
    let shopper = world.shopper();
    let found = shopper.get("/en-eu/search?q=dogana+vase").await.expect(200);
    assert_eq!(
        products(&found).first().map(String::as_str),
        Some("dogana-vase")
    );
    assert_eq!(found.header("cache-control"), "no-store");
    assert!(found.text().contains("noindex"), "not for search engines");
    // The header's form, and the page's own with the text in it.
    assert!(found.text().contains("value=\"dogana vase\""), "{found}");
    let nothing = shopper.get("/en-eu/search?q=zzyzxqqk").await.expect(200);
    let nothing = nothing.says("Nothing by that name.");
    assert!(
        nothing.text().contains("/en-eu/category/living"),
        "a way on"
    );
    assert!(
        products(&nothing).contains(&"calle-mug".to_owned()),
        "what others like"
    );
    let typed = "/en-eu/search?q=%3Cscript%3Ealert(1)%3C/script%3E%22";
    let page = shopper.get(typed).await.expect(200);
    assert!(!page.text().contains("<script>alert"), "{page}");
    shopper
        .get("/en-eu/search")
        .await
        .expect(200)
        .says("Search");

    let offered = shopper.get("/en-eu/api/suggest?q=dogana").await.expect(200);
    assert_eq!(offered.header("cache-control"), "no-store");
    assert_eq!(
        offered.json(),
        json!({ "categories": [], "products": [{ "name": "Dogana vase", "href": "/en-eu/product/dogana-vase" }] })
    );
    let offered = shopper
        .get("/en-eu/api/suggest?q=liv")
        .await
        .expect(200)
        .json();
    assert_eq!(offered["categories"][0]["href"], "/en-eu/category/living");
    let none = json!({ "categories": [], "products": [] });
    for empty in ["", "?q=", "?q=%20%00", "?p=dogana"] {
        let answer = shopper.get(&format!("/en-eu/api/suggest{empty}")).await;
        // A NUL byte is refused at the door.
        assert!(
            answer.status == 400 || answer.expect(200).json() == none,
            "{empty}"
        );
    }
    shopper.get("/xx-yy/api/suggest?q=dogana").await.expect(404);
}

#[tokio::test]
async fn what_moved_leads_to_where_it_is_and_collections_are_pages() {
    let world = World::start().await;
    let shopper = world.shopper();
    shopper.get("/en-eu/product/dogana-vase").await.expect(200);
    let file = world.folder.path().join("arrangement.json");
    let arrangement = json!({
        "products": { "dogana-vase": { "slug": "vase-of-the-dogana" } },
        "categories": { "living": { "slug": "rooms" }, "kitchen": { "parent": "living" } },
        "collections": [{ "slug": "small", "names": { "en": "Small things" }, "products": ["one-left", "eu-only"] }],
    });
    std::fs::write(&file, arrangement.to_string()).unwrap();
    let path = file.to_string_lossy().into_owned();
    let done = rialto(&world.folder, &world.database, &["arrange", &path]).must();
    assert!(done.stdout.starts_with("2 categories"), "{done:#?}");
    for (old, new) in [
        (
            "/en-eu/product/dogana-vase",
            "/en-eu/product/vase-of-the-dogana",
        ),
        (
            "/en-eu/category/living?sort=price-up",
            "/en-eu/category/rooms?sort=price-up",
        ),
    ] {
        eventually("the old address leads on", async || {
            let answer = shopper.get(old).await;
            answer.status == 301 && answer.location().ends_with(new)
        })
        .await;
        shopper.get(new).await.expect(200);
    }
    let small = shopper
        .get("/en-eu/collection/small")
        .await
        .expect(200)
        .says("Small things");
    assert_eq!(products(&small), ["one-left", "eu-only"]);
    let kitchen = shopper.get("/en-eu/category/kitchen").await.expect(200);
    assert!(kitchen.text().contains("https://schema.org/BreadcrumbList"));
    assert!(
        kitchen.text().contains("href=\"/en-eu/category/rooms\""),
        "the way up"
    );
    let vase = shopper
        .get("/en-eu/product/vase-of-the-dogana")
        .await
        .expect(200);
    for said in [
        "content=\"19.99\"",
        "content=\"EUR\"",
        "https://schema.org/InStock",
    ] {
        assert!(vase.text().contains(said), "{said}");
    }
    let wrong = json!({ "categories": { "rooms": { "parent": "kitchen" } } });
    std::fs::write(&file, wrong.to_string()).unwrap();
    let refused = rialto(&world.folder, &world.database, &["arrange", &path]);
    assert!(
        format!("{refused:?}").contains("categories.rooms.parent"),
        "{refused:?}"
    );
}
