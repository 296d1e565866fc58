//! Files of words for options.

use crate::{demo, machine, shop, sql};
use domain::cart::{CartChange, Quantity};
use domain::{Locale, Storefront};
use shop::market::{TableError, import_words};
use shop::{cart, catalog};
use sqlx::PgPool;

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn products_and_bags_speak_the_shoppers_language(db: PgPool) {
    let shop = shop(db).await;
    let mug = shop
        .product("calle-mug")
        .options(["Colour", "Size"])
        .variant(["Ink", "0.5 l"])
        .price(2_400)
        .stock(5)
        .await;
    let words = import_words(&shop, &machine(), Locale::De, demo("options.de.json"))
        .await
        .unwrap();
    assert!(words > 30, "{words}");
    let german: Storefront = "de-eu".parse().unwrap();
    let product = catalog::find_product(&shop, &german, "calle-mug")
        .await
        .unwrap();
    let shown: Vec<_> = product
        .options
        .iter()
        .map(|option| {
            (
                option.name.as_str(),
                option.label.as_str(),
                option.values[0].label.as_str(),
            )
        })
        .collect();
    assert_eq!(
        shown,
        [("Colour", "Farbe", "Tinte"), ("Size", "Größe", "0,5 l")]
    );
    assert_eq!(
        product.options[0].values[0].name, "Ink",
        "forms name it as variants do"
    );

    let session = shop.guest().await;
    let command = shop.command(CartChange::AddLine {
        variant: mug.variant(),
        quantity: Quantity::new(1).unwrap(),
    });
    let added = cart::change(&shop, &shop.caller(&session), &session, &german, command)
        .await
        .unwrap();
    assert_eq!(added.lines[0].options, "Farbe: Tinte · Größe: 0,5 l");
    let read = cart::read(&shop, Some(&session), &shop.eu(), 0)
        .await
        .unwrap();
    assert_eq!(read.lines[0].options, "Colour: Ink · Size: 0.5 l");
    let (actions, told) = sql::traces(&shop.db).await;
    assert!(actions.contains(&"catalog.words".to_owned()), "{actions:?}");
    assert_eq!(told, 1);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_file_replaces_a_languages_words_or_changes_nothing(db: PgPool) {
    let shop = shop(db).await;
    let words =
        async |text: &str| import_words(&shop, &machine(), Locale::De, text.as_bytes()).await;
    words(r#"{"names": {"Colour": "Farbe"}, "values": {"Ink": "Tinte"}}"#)
        .await
        .unwrap();
    let before = sql::tables(&shop.db).await;
    let answer = words(r#"{"names": {}, "wrong": {}}"#).await;
    assert!(
        matches!(answer, Err(TableError::Unreadable(_))),
        "{answer:?}"
    );
    assert_eq!(sql::tables(&shop.db).await, before);
    assert_eq!(shop.markets.option_value(Locale::De, "Ink"), "Tinte");
    words(r#"{"names": {"Colour": "Farbton"}}"#).await.unwrap();
    assert_eq!(shop.markets.option_name(Locale::De, "Colour"), "Farbton");
    assert_eq!(shop.markets.option_value(Locale::De, "Ink"), "Ink");
    assert_eq!(shop.markets.option_name(Locale::En, "Colour"), "Colour");
}
