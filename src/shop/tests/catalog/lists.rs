//! Home, categories and their pages.

use crate::{german, refusal, shop, sql};
use domain::catalog::{ProductCard, StockState};
use domain::{Locale, Money, Storefront};
use shop::Caller;
use shop::catalog::{self, CatalogError, Listing, Place};
use shop::search::{After, Count, Query, Sort};
use shop::testing::TestShop;
use sqlx::PgPool;
use time::Duration;

/// A page of a category.
async fn page(
    shop: &TestShop,
    at: &Storefront,
    slug: &str,
    sort: Sort,
    after: Option<After>,
) -> Listing {
    let category = catalog::find_category(shop, at, slug).await.unwrap().id;
    let query = Query {
        category: Some(category),
        sort,
        after,
        ..Query::default()
    };
    catalog::list(shop, at, &query).await.unwrap()
}

/// Walks a category from its first page to its last.
async fn pages(shop: &TestShop, at: &Storefront, slug: &str, sort: Sort) -> Vec<Listing> {
    let mut pages: Vec<Listing> = Vec::new();
    let mut after: Option<After> = None;
    loop {
        let page = page(shop, at, slug, sort, after).await;
        after = page.found.next;
        pages.push(page);
        assert!(pages.len() < 20, "the list does not end");
        if after.is_none() {
            return pages;
        }
    }
}

fn slugs(cards: &[ProductCard]) -> Vec<&str> {
    cards.iter().map(|card| &*card.slug).collect()
}

/// Sixty products with few different prices, names and dates, so that most of them tie.
async fn stock_up(shop: &TestShop) {
    for number in 0..60_usize {
        if number % 20 == 0 {
            shop.clock.advance(Duration::MINUTE);
        }
        let price = 1_000 + 100 * ((number * 7) % 4) as i64;
        let title = ["Öllampe", "Vase", "apple bowl", "Zattere jug"][(number * 3) % 4];
        let slug = format!("thing-{number:02}");
        let product = shop
            .product(&slug)
            .title(title)
            .category("living")
            .price(price);
        let product = if number == 7 {
            product.price_in("us", 900)
        } else {
            product
        };
        product.await;
    }
    // None of these belongs there.
    shop.product("elsewhere").category("kitchen").price(1).await;
    shop.product("draft")
        .category("living")
        .price(1)
        .draft()
        .await;
    shop.product("dollars-only")
        .category("living")
        .price_in("us", 100)
        .await;
    shop.product("nowhere").category("living").await;
    let later = shop.product("later").category("living").price(1).await;
    let tomorrow = shop.clock.time() + Duration::DAY;
    sql::publish_at(&shop.db, later.id, Some(tomorrow)).await;
    let never = shop.product("never").category("living").price(1).await;
    sql::publish_at(&shop.db, never.id, None).await;
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn every_order_shows_each_product_once(db: PgPool) {
    let shop = shop(db).await;
    stock_up(&shop).await;
    for sort in Sort::ALL {
        let pages = pages(&shop, &shop.eu(), "living", sort).await;
        let sizes: Vec<usize> = pages.iter().map(|page| page.products.len()).collect();
        assert_eq!(sizes, [24, 24, 12], "{sort:?}");
        assert_eq!(pages[0].found.count, Count::Exactly(60), "{sort:?}");
        let cards: Vec<&ProductCard> = pages.iter().flat_map(|page| &page.products).collect();
        let mut seen: Vec<&str> = cards.iter().map(|card| &*card.slug).collect();
        let in_order = match sort {
            Sort::Relevance | Sort::BestSelling | Sort::Rating => seen.is_sorted(),
            Sort::Newest => cards.iter().map(|card| card.id).is_sorted_by(|a, b| a > b),
            Sort::PriceUp => cards
                .iter()
                .map(|card| (card.price.minor, card.id))
                .is_sorted(),
            Sort::PriceDown => cards
                .iter()
                .map(|card| (-card.price.minor, card.id))
                .is_sorted(),
        };
        assert!(in_order, "{sort:?}: {seen:?}");
        seen.sort_unstable();
        let all: Vec<String> = (0..60).map(|number| format!("thing-{number:02}")).collect();
        assert_eq!(seen, all, "{sort:?}");
    }
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn what_comes_and_goes_between_two_pages_moves_nothing_else(db: PgPool) {
    let shop = shop(db).await;
    stock_up(&shop).await;
    let list = async |after| page(&shop, &shop.eu(), "living", Sort::PriceUp, after).await;
    let first = list(None).await;
    let second = list(first.found.next).await;
    // The last one that was shown goes, and a cheaper one comes.
    let last = first.products.last().unwrap();
    sql::set_status(&shop.db, last.id, "archived").await;
    shop.product("cheapest").category("living").price(1).await;
    assert_eq!(list(first.found.next).await.products, second.products);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_market_lists_what_it_sells(db: PgPool) {
    let shop = shop(db).await;
    stock_up(&shop).await;
    let pages = pages(&shop, &shop.us(), "living", Sort::PriceUp).await;
    assert_eq!(slugs(&pages[0].products), ["dollars-only", "thing-07"]);
    assert_eq!(
        pages[0].products[1].price,
        Money::new(900, domain::Currency::Usd)
    );
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn what_went_off_sale_since_it_was_found_is_left_out(db: PgPool) {
    let shop = shop(db).await;
    stock_up(&shop).await;
    let category = catalog::find_category(&shop, &shop.eu(), "living")
        .await
        .unwrap();
    assert_eq!(category.name, "living");
    for at in ["de-mars", "en-mars"] {
        let at = at.parse().unwrap();
        let refused = catalog::find_category(&shop, &at, "living").await;
        assert_eq!(refusal(refused), CatalogError::NotFound, "{at}");
        let refused = catalog::list(&shop, &at, &Query::default()).await;
        assert_eq!(refusal(refused), CatalogError::NotFound, "{at}");
    }
    let query = Query {
        text: "no such thing anywhere".to_owned(),
        ..Query::default()
    };
    let empty = catalog::list(&shop, &shop.eu(), &query).await.unwrap();
    assert_eq!(empty.products, []);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn the_tree_s_pages_know_the_way(db: PgPool) {
    let shop = shop(db).await;
    for slug in ["kitchen", "tableware", "mugs"] {
        shop.product(&format!("a-{slug}"))
            .category(slug)
            .price(100)
            .await;
    }
    let file = r#"{"categories": {
        "tableware": {"parent": "kitchen", "names": {"en": "Tableware", "de": "Geschirr"}, "intro": {"de": "Zum Essen."}},
        "mugs": {"parent": "tableware"}}}"#;
    let caller = Caller::machine("test", "test");
    catalog::arrange(&shop, &caller, file.as_bytes())
        .await
        .unwrap();
    let found = catalog::find_category(&shop, &german(), "mugs")
        .await
        .unwrap();
    let names = |links: &[domain::catalog::CategoryLink]| -> String {
        let names: Vec<&str> = links.iter().map(|link| &*link.name).collect();
        names.join(" ")
    };
    assert_eq!(names(&found.trail), "kitchen Geschirr");
    assert_eq!(names(&found.below), "");
    let menu = catalog::menu(&shop, Locale::De).await.unwrap();
    assert_eq!(names(&menu), "kitchen");
    let found = catalog::find_category(&shop, &german(), "tableware")
        .await
        .unwrap();
    assert_eq!(
        (found.intro.as_str(), names(&found.below).as_str()),
        ("Zum Essen.", "mugs")
    );
    let product = catalog::find_product(&shop, &german(), "a-mugs")
        .await
        .unwrap();
    assert_eq!(names(&product.trail), "kitchen Geschirr mugs");
    let places = catalog::list_places(&shop).await.unwrap();
    let place = |slug: &str| Place::Category(slug.to_owned());
    assert_eq!(places, ["kitchen", "tableware", "mugs"].map(place));
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_brand_has_a_page_of_what_it_makes(db: PgPool) {
    let shop = shop(db).await;
    for slug in ["mug", "bowl", "vase"] {
        shop.product(slug).category("kitchen").price(100).await;
        let vendor = if slug == "vase" {
            "Other"
        } else {
            "Fornace Zan"
        };
        sql::set_vendor(&shop.db, slug, vendor).await;
    }
    let brand = catalog::find_brand(&shop, &shop.eu(), "fornace-zan")
        .await
        .unwrap();
    assert_eq!(brand.name, "Fornace Zan");
    let mut query = Query::default();
    query.filters.brands = vec![brand.name];
    let listing = catalog::list(&shop, &shop.eu(), &query).await.unwrap();
    assert_eq!(slugs(&listing.products), ["mug", "bowl"]);
    let product = catalog::find_product(&shop, &shop.eu(), "mug")
        .await
        .unwrap();
    assert_eq!(product.brand.as_deref(), Some("fornace-zan"));
    let refused = catalog::find_brand(&shop, &shop.eu(), "nobody").await;
    assert_eq!(refusal(refused), CatalogError::NotFound);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_collection_shows_what_its_rule_asks_for_or_what_was_chosen(db: PgPool) {
    let shop = shop(db).await;
    for number in 0..30_i64 {
        let slug = format!("thing-{number:02}");
        let product = shop
            .product(&slug)
            .category("living")
            .price(1_000 + number * 100);
        let product = if number % 5 == 0 {
            product.stock(0)
        } else {
            product.stock(9)
        };
        product.tag("gift").await;
    }
    shop.product("dear").tag("gift").price(90_000).await;
    shop.product("plain").price(1_500).await;
    shop.product("draft").tag("gift").price(1_500).draft().await;
    let file = r#"{"collections": [
        {"slug": "gifts", "names": {"en": "Gifts", "de": "Geschenke"},
         "rule": {"tags": ["gift"], "price": {"eu": {"from": "11", "to": "50"}}, "in_stock": true}},
        {"slug": "all-gifts", "names": {}, "rule": {"tags": ["gift"]}},
        {"slug": "living", "names": {}, "rule": {"category": "living", "price": {"eu": {"to": "10"}}}},
        {"slug": "chosen", "names": {"en": "Chosen"}, "products": ["dear", "draft", "thing-03", "plain"]}]}"#;
    let caller = Caller::machine("test", "test");
    catalog::arrange(&shop, &caller, file.as_bytes())
        .await
        .unwrap();
    let list = async |slug: &str, after: Option<&str>| {
        catalog::list_collection(&shop, &german(), slug, after)
            .await
            .unwrap()
    };
    let gifts = list("gifts", None).await;
    assert_eq!(
        (gifts.name.as_str(), gifts.products.len()),
        ("Geschenke", 24)
    );
    assert_eq!(gifts.next, None);
    assert_eq!(gifts.products[0].slug, "thing-01");
    assert!(
        gifts
            .products
            .iter()
            .all(|card| card.stock != StockState::SoldOut)
    );
    assert_eq!(slugs(&list("living", None).await.products), ["thing-00"]);
    assert_eq!(
        slugs(&list("chosen", None).await.products),
        ["dear", "thing-03", "plain"]
    );

    let first = list("all-gifts", None).await;
    let second = list("all-gifts", first.next.as_deref()).await;
    assert_eq!((first.products.len(), second.products.len()), (24, 7));
    assert_eq!(slugs(&second.products).last(), Some(&"dear"));
    for nonsense in ["", "x", "' OR 1=1", "🦆"] {
        assert_eq!(list("all-gifts", Some(nonsense)).await, first, "{nonsense}");
    }
    let none = catalog::list_collection(&shop, &shop.eu(), "none", None).await;
    assert_eq!(refusal(none), CatalogError::NotFound);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_card_says_what_its_variants_are(db: PgPool) {
    let shop = shop(db).await;
    sql::swatch(&shop.db, "Lagoon", "#2f6b66").await;
    sql::swatch(&shop.db, "Sand", "#d9b48a").await;
    let mug = shop
        .product("calle-mug")
        .category("kitchen")
        .german("Becher Calle")
        .tag("new")
        .picture("/media/a.jpg", "In Sand")
        .picture("/media/b.jpg", "In Lagoon")
        .options(["Glaze", "Size"])
        .variant(["Sand", "S"])
        .price(2_400)
        .was(3_000)
        .stock(0)
        .variant(["Lagoon", "S"])
        .price(2_200)
        .was(2_900)
        .stock(2)
        .variant(["Lagoon", "L"])
        .price(2_600)
        .stock(3)
        .await;
    let card = async |at: &Storefront| {
        let page = page(&shop, at, "kitchen", Sort::Relevance, None).await;
        page.products.into_iter().next().unwrap()
    };
    let seen = card(&shop.eu()).await;
    assert_eq!((seen.id, seen.title.as_str()), (mug.id, "calle mug"));
    assert_eq!(seen.picture.unwrap().alt, "In Sand");
    assert_eq!((seen.price.minor, seen.from), (2_200, true));
    assert_eq!(seen.compare_at.unwrap().minor, 2_900, "of the cheapest");
    assert!(seen.is_new);
    assert_eq!(seen.stock, StockState::FewLeft, "the best of its variants");
    let colours: Vec<_> = seen
        .swatches
        .iter()
        .map(|swatch| (&*swatch.name, &*swatch.hex))
        .collect();
    assert_eq!(colours, [("Sand", "#d9b48a"), ("Lagoon", "#2f6b66")]);
    assert_eq!(card(&german()).await.title, "Becher Calle");

    shop.set_stock(mug.variants[0], 50).await;
    assert_eq!(card(&shop.eu()).await.stock, StockState::InStock);
    for variant in &mug.variants {
        shop.set_stock(*variant, 0).await;
    }
    assert_eq!(card(&shop.eu()).await.stock, StockState::SoldOut);
    sql::retire(&shop.db, mug.variants[1]).await;
    let seen = card(&shop.eu()).await;
    assert_eq!(seen.price.minor, 2_400, "what is retired has no price");
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn home_shows_what_is_new_and_what_is_liked(db: PgPool) {
    let shop = shop(db).await;
    for number in 0..12 {
        shop.clock.advance(Duration::MINUTE);
        let slug = format!("thing-{number:02}");
        let product = shop.product(&slug).price(1_000);
        match number {
            2 | 3 => product.tag("new").await,
            4..=6 => product.tag("bestseller").await,
            _ => product.await,
        };
    }
    shop.product("dollars-only")
        .tag("new")
        .tag("bestseller")
        .price_in("us", 100)
        .await;
    shop.product("draft")
        .tag("new")
        .tag("bestseller")
        .price(1)
        .draft()
        .await;
    let home = catalog::home(&shop, &shop.eu()).await.unwrap();
    assert_eq!(
        slugs(&home.new),
        [
            "thing-03", "thing-02", "thing-11", "thing-10", "thing-09", "thing-08", "thing-07",
            "thing-06"
        ],
        "those tagged, then the newest"
    );
    assert_eq!(slugs(&home.featured), ["thing-04", "thing-05", "thing-06"]);
    assert_eq!(home.about, 10, "roughly");
    let refused = catalog::home(&shop, &"en-mars".parse().unwrap()).await;
    assert_eq!(refusal(refused), CatalogError::NotFound);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn an_empty_shop_has_empty_shelves(db: PgPool) {
    let shop = shop(db).await;
    let home = catalog::home(&shop, &shop.eu()).await.unwrap();
    assert_eq!((home.new.len(), home.featured.len(), home.about), (0, 0, 0));
    assert!(catalog::menu(&shop, Locale::En).await.unwrap().is_empty());
    assert_eq!(catalog::list_slugs(&shop).await.unwrap(), []);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn the_sitemap_names_what_is_on_show(db: PgPool) {
    let shop = shop(db).await;
    shop.product("b").price(1).await;
    shop.product("a").price(1).await;
    shop.product("draft").price(1).draft().await;
    let later = shop.product("later").price(1).await;
    let tomorrow = shop.clock.time() + Duration::DAY;
    sql::publish_at(&shop.db, later.id, Some(tomorrow)).await;
    let named = async || -> Vec<String> {
        let entries = catalog::list_slugs(&shop).await.unwrap();
        entries.into_iter().map(|entry| entry.slug).collect()
    };
    assert_eq!(named().await, ["a", "b"]);
    shop.clock.advance(Duration::DAY);
    assert_eq!(named().await, ["a", "b", "later"]);
}
