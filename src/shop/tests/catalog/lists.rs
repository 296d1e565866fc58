//! Home, categories and their pages.

use crate::{german, refusal, shop, sql};
use domain::catalog::{Listing, ProductCard, Sort, StockState};
use domain::{Locale, Money, Storefront};
use shop::catalog::{self, CatalogError};
use shop::testing::TestShop;
use sqlx::PgPool;
use time::Duration;

/// Walks a category from its first page to its last.
async fn pages(shop: &TestShop, at: &Storefront, slug: &str, sort: Sort) -> Vec<Listing> {
    let mut pages: Vec<Listing> = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let page = catalog::list_category(shop, at, slug, sort, after.as_deref())
            .await
            .unwrap();
        assert_eq!(page.is_continued, after.is_some());
        assert_eq!(page.sort, sort);
        after = page.next.clone();
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
        let cards: Vec<&ProductCard> = pages.iter().flat_map(|page| &page.products).collect();
        let mut seen: Vec<&str> = cards.iter().map(|card| &*card.slug).collect();
        let in_order = match sort {
            Sort::Featured => seen.is_sorted(),
            Sort::Newest => cards.iter().map(|card| card.id).is_sorted_by(|a, b| a > b),
            Sort::PriceUp => cards
                .iter()
                .map(|card| (card.price.minor, card.id))
                .is_sorted(),
            Sort::PriceDown => cards
                .iter()
                .map(|card| (card.price.minor, card.id))
                .is_sorted_by(|a, b| a > b),
            // As a person sorts, not as bytes do.
            Sort::Name => {
                let place = |title: &str| {
                    ["apple bowl", "Öllampe", "Vase", "Zattere jug"]
                        .iter()
                        .position(|known| *known == title)
                        .unwrap()
                };
                cards
                    .iter()
                    .map(|card| (place(&card.title), card.id))
                    .is_sorted()
            }
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
    let list = async |after: Option<&str>| {
        let sort = Sort::PriceUp;
        catalog::list_category(&shop, &shop.eu(), "living", sort, after)
            .await
            .unwrap()
    };
    let first = list(None).await;
    let second = list(first.next.as_deref()).await;
    // The last one that was shown goes, and a cheaper one comes.
    let last = first.products.last().unwrap();
    sql::set_status(&shop.db, last.id, "archived").await;
    shop.product("cheapest").category("living").price(1).await;
    assert_eq!(list(first.next.as_deref()).await.products, second.products);
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
async fn a_position_must_be_one_that_was_given(db: PgPool) {
    let shop = shop(db).await;
    stock_up(&shop).await;
    let list = async |slug: &str, sort, after: Option<&str>| {
        catalog::list_category(&shop, &shop.eu(), slug, sort, after).await
    };
    let given = list("living", Sort::Name, None)
        .await
        .unwrap()
        .next
        .unwrap();
    assert!(
        given.bytes().all(|byte| byte.is_ascii_alphanumeric()),
        "fit for a URL"
    );
    for after in ["", "x", "0", "' OR 1=1 --", "🦆", &given[2..]] {
        let refused = refusal(list("living", Sort::Name, Some(after)).await);
        assert_eq!(refused, CatalogError::BadCursor, "{after:?}");
    }
    let refused = refusal(list("living", Sort::Newest, Some(&given)).await);
    assert_eq!(refused, CatalogError::BadCursor, "of another order");
    let refused = refusal(list("no-such-category", Sort::Name, None).await);
    assert_eq!(refused, CatalogError::NotFound);
    for at in ["de-mars", "en-mars"] {
        let at = at.parse().unwrap();
        let result = catalog::list_category(&shop, &at, "living", Sort::Name, None).await;
        assert_eq!(refusal(result), CatalogError::NotFound, "{at}");
    }
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
        let page = catalog::list_category(&shop, at, "kitchen", Sort::Featured, None)
            .await
            .unwrap();
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
    assert_eq!(catalog::categories(&shop, Locale::En).await.unwrap(), []);
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
