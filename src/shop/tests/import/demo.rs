//! The demo shop, from the files it ships with.

use crate::{machine, shop, sql};
use domain::Locale;
use shop::catalog::{self, seed};
use shop::search::Query;
use sqlx::PgPool;
use std::path::Path;

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn the_demo_fills_an_empty_shop_once(db: PgPool) {
    let shop = shop(db).await;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../demo");
    let report = seed::demo(&shop, &machine(), &folder, false, &mut |_| {})
        .await
        .unwrap()
        .expect("it was empty");
    assert!(
        report.products_new >= 60,
        "{} products",
        report.products_new
    );
    let categories = catalog::menu(&shop, Locale::De).await.unwrap();
    assert!(categories.len() >= 6, "{categories:?}");
    assert_eq!(categories[0].name, "Küche");

    let german = "de-eu".parse().unwrap();
    for category in categories.iter() {
        let head = catalog::find_category(&shop, &german, &category.slug)
            .await
            .unwrap();
        let query = Query {
            category: Some(head.id),
            ..Query::default()
        };
        let listing = catalog::list(&shop, &german, &query).await.unwrap();
        assert!(!listing.products.is_empty(), "{} is empty", category.slug);
        assert!(!head.intro.is_empty());
    }
    let home = catalog::home(&shop, &shop.us()).await.unwrap();
    assert_eq!((home.new.len(), home.featured.len()), (8, 8));
    assert!(
        home.new
            .iter()
            .all(|card| card.is_new && card.picture.is_some())
    );

    let mug = catalog::find_product(&shop, &german, "calle-mug")
        .await
        .unwrap();
    assert_eq!(mug.title, "Becher Calle");
    assert!(mug.lead.starts_with("Ein gerader Becher"));
    assert_eq!(mug.subtitle, "Steinzeug, Reaktivglasur");
    let glaze = &mug.options[0].values[0];
    assert_eq!(
        (glaze.name.as_str(), glaze.hex.as_deref()),
        ("Lagoon", Some("#2f6b66"))
    );
    assert!(mug.pictures.len() >= 2);
    assert_eq!(mug.related.len(), 4);

    let before = sql::everything(&shop.db).await;
    let again = seed::demo(&shop, &machine(), &folder, false, &mut |_| {})
        .await
        .unwrap();
    assert_eq!(again, None, "there are products");
    let forced = seed::demo(&shop, &machine(), &folder, true, &mut |_| {})
        .await
        .unwrap()
        .expect("it was forced");
    assert_eq!(forced.products_unchanged, report.products_new);
    assert_eq!(sql::everything(&shop.db).await, before);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_folder_without_a_catalogue_changes_nothing(db: PgPool) {
    let shop = shop(db).await;
    let before = sql::everything(&shop.db).await;
    let error = seed::demo(
        &shop,
        &machine(),
        Path::new("/nowhere/at/all"),
        false,
        &mut |_| {},
    )
    .await
    .unwrap_err();
    assert!(error.to_string().contains("/nowhere/at/all"), "{error}");
    assert_eq!(sql::everything(&shop.db).await, before);
}
