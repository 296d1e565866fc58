//! One product and its variants.

use crate::{german, refusal, shop, sql};
use domain::ProductId;
use domain::catalog::StockState;
use shop::catalog::{self, CatalogError};
use sqlx::PgPool;
use time::Duration;
use uuid::Uuid;

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_product_has_its_variants_in_order(db: PgPool) {
    let shop = shop(db).await;
    sql::swatch(&shop.db, "Sand", "#d9b48a").await;
    let mug = shop
        .product("calle-mug")
        .category("kitchen")
        .picture("/media/a.jpg", "In Sand")
        .options(["Glaze", "Size"])
        .variant(["Sand", "S"])
        .price(2_400)
        .was(2_400)
        .stock(0)
        .variant(["Sand", "L"])
        .price(2_600)
        .was(3_000)
        .stock(3)
        .variant(["Chalk", "S"])
        .stock(4)
        .variant(["Chalk", "L"])
        .stock(0)
        .oversell()
        .await;
    let found = catalog::find_product(&shop, &shop.eu(), "calle-mug")
        .await
        .unwrap();
    assert_eq!((found.id, found.slug.as_str()), (mug.id, "calle-mug"));
    let variants: Vec<_> = found
        .variants
        .iter()
        .map(|variant| (variant.id, variant.options.join(" "), variant.stock))
        .collect();
    assert_eq!(
        variants,
        [
            (mug.variants[0], "Sand S".to_owned(), StockState::SoldOut),
            (mug.variants[1], "Sand L".to_owned(), StockState::FewLeft),
            (mug.variants[2], "Chalk S".to_owned(), StockState::InStock),
            (mug.variants[3], "Chalk L".to_owned(), StockState::InStock),
        ]
    );
    assert_eq!(found.variants[0].compare_at, None, "no sale");
    assert_eq!(found.variants[1].compare_at.unwrap().minor, 3_000);
    let options: Vec<_> = found
        .options
        .iter()
        .map(|option| {
            let values = option
                .values
                .iter()
                .map(|value| (&*value.name, value.hex.as_deref()));
            (&*option.name, values.collect::<Vec<_>>())
        })
        .collect();
    assert_eq!(
        options,
        [
            ("Glaze", vec![("Sand", Some("#d9b48a")), ("Chalk", None)]),
            ("Size", vec![("S", None), ("L", None)]),
        ]
    );
    assert!(!found.is_new);
    assert_eq!(found.seo_title, "calle mug", "for want of one of its own");
    assert_eq!(found.related, []);

    sql::retire(&shop.db, mug.variants[2]).await;
    let found = catalog::find_product(&shop, &shop.eu(), "calle-mug")
        .await
        .unwrap();
    assert_eq!(found.variants.len(), 3);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn stock_is_what_lies_anywhere_and_is_not_held(db: PgPool) {
    let shop = shop(db).await;
    let bowl = shop.product("bowl").price(100).stock(10).await;
    let state = async || {
        let found = catalog::find_product(&shop, &shop.eu(), "bowl")
            .await
            .unwrap();
        let stock = catalog::list_stock(&shop, bowl.id).await.unwrap();
        assert_eq!(stock.len(), 1);
        assert_eq!(
            (stock[0].variant, stock[0].state),
            (bowl.variant(), found.variants[0].stock)
        );
        (stock[0].state, stock[0].available)
    };
    assert_eq!(state().await, (StockState::InStock, Some(10)));
    sql::hold(&shop.db, bowl.variant(), 7).await;
    assert_eq!(state().await, (StockState::FewLeft, Some(3)));
    sql::hold(&shop.db, bowl.variant(), 10).await;
    assert_eq!(state().await, (StockState::SoldOut, Some(0)));
    sql::stock_elsewhere(&shop.db, bowl.variant(), 5).await;
    assert_eq!(state().await, (StockState::InStock, Some(5)));

    let untracked = shop.product("untracked").price(100).await;
    let stock = catalog::list_stock(&shop, untracked.id).await.unwrap();
    assert_eq!(
        (stock[0].state, stock[0].available),
        (StockState::InStock, None)
    );
    let none = catalog::list_stock(&shop, ProductId(Uuid::nil()))
        .await
        .unwrap();
    assert_eq!(none, []);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_translation_falls_back_to_the_shops_own_words(db: PgPool) {
    let shop = shop(db).await;
    let mug = shop
        .product("calle-mug")
        .category("kitchen")
        .price(100)
        .await;
    sql::describe(
        &shop.db,
        mug.id,
        "Stoneware",
        "A mug.",
        "<ul><li>Stoneware</li></ul>",
    )
    .await;
    let read = async || {
        catalog::find_product(&shop, &german(), "calle-mug")
            .await
            .unwrap()
    };
    let plain = read().await;
    assert_eq!(
        (plain.title.as_str(), plain.lead.as_str()),
        ("calle mug", "A mug.")
    );
    sql::translate(&shop.db, mug.id, "Becher Calle", "").await;
    let half = read().await;
    assert_eq!(
        (half.title.as_str(), half.lead.as_str()),
        ("Becher Calle", "A mug.")
    );
    assert_eq!(
        (half.subtitle.as_str(), half.body_html.as_str()),
        ("Stoneware", plain.body_html.as_str())
    );
    sql::translate(&shop.db, mug.id, "Becher Calle", "Ein Becher.").await;
    let whole = read().await;
    assert_eq!(whole.lead, "Ein Becher.");
    assert_eq!(whole.body_html, "", "no page is half in one language");
    assert_eq!(whole.seo_description, "Ein Becher.");
    let english = catalog::find_product(&shop, &shop.eu(), "calle-mug")
        .await
        .unwrap();
    assert_eq!(
        (english.title.as_str(), english.lead.as_str()),
        ("calle mug", "A mug.")
    );
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn what_is_not_on_show_says_why(db: PgPool) {
    let shop = shop(db).await;
    let find = async |slug: &str| catalog::find_product(&shop, &shop.eu(), slug).await;
    assert_eq!(refusal(find("no-such-thing").await), CatalogError::NotFound);
    assert_eq!(refusal(find("").await), CatalogError::NotFound);

    let bowl = shop.product("bowl").price(100).await;
    let now = shop.clock.time();
    find("bowl").await.unwrap();
    for status in ["archived", "draft"] {
        sql::set_status(&shop.db, bowl.id, status).await;
        assert_eq!(refusal(find("bowl").await), CatalogError::Gone, "{status}");
    }
    for at in [None, Some(now + Duration::SECOND)] {
        for status in ["archived", "draft", "active"] {
            sql::set_status(&shop.db, bowl.id, status).await;
            sql::publish_at(&shop.db, bowl.id, at).await;
            assert_eq!(
                refusal(find("bowl").await),
                CatalogError::NotFound,
                "{status} {at:?}"
            );
        }
    }
    shop.clock.advance(Duration::SECOND);
    find("bowl").await.unwrap();

    let result = catalog::find_product(&shop, &shop.us(), "bowl").await;
    assert_eq!(refusal(result), CatalogError::NotSoldHere);
    let result = catalog::find_product(&shop, &"en-mars".parse().unwrap(), "bowl").await;
    assert_eq!(refusal(result), CatalogError::NotFound);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_variant_is_found_by_its_options(db: PgPool) {
    let shop = shop(db).await;
    let mug = shop
        .product("calle-mug")
        .options(["Glaze", "Size"])
        .variant(["Sand", "S"])
        .price(100)
        .variant(["Sand", "L"])
        .await;
    let plain = shop.product("plain").price(100).await;
    let find = async |product, options: &[&str]| {
        let options: Vec<String> = options.iter().map(|&option| option.to_owned()).collect();
        catalog::find_variant(&shop, product, &options).await
    };
    assert_eq!(find(mug.id, &["Sand", "L"]).await.unwrap(), mug.variants[1]);
    assert_eq!(find(plain.id, &[]).await.unwrap(), plain.variant());
    for options in [
        &["L", "Sand"][..],
        &["Sand"],
        &[],
        &["Sand", "L", ""],
        &["Sand\0", "L"],
        &["sand", "l"],
    ] {
        assert_eq!(
            refusal(find(mug.id, options).await),
            CatalogError::NotFound,
            "{options:?}"
        );
    }
    sql::retire(&shop.db, mug.variants[1]).await;
    assert_eq!(
        refusal(find(mug.id, &["Sand", "L"]).await),
        CatalogError::NotFound
    );
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn beside_a_product_stand_others_of_its_category(db: PgPool) {
    let shop = shop(db).await;
    for slug in ["a", "b", "c", "d", "e", "f"] {
        shop.product(slug).category("kitchen").price(100).await;
    }
    shop.product("elsewhere")
        .category("living")
        .price(100)
        .await;
    shop.product("draft")
        .category("kitchen")
        .price(100)
        .draft()
        .await;
    shop.product("dollars-only")
        .category("kitchen")
        .price_in("us", 100)
        .await;
    let related = async |slug: &str| -> Vec<String> {
        let found = catalog::find_product(&shop, &shop.eu(), slug)
            .await
            .unwrap();
        found.related.into_iter().map(|card| card.slug).collect()
    };
    assert_eq!(related("a").await, ["b", "c", "d", "e"]);
    assert_eq!(
        related("e").await,
        ["f", "a", "b", "c"],
        "from the start again"
    );
    assert!(related("elsewhere").await.is_empty());
}
