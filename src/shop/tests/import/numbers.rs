//! Stock, prices, and many products.

use crate::{import, machine, refusal, shop, sql};
use domain::Money;
use shop::catalog::import::{self as importing, ImportOptions};
use shop::catalog::{self, CatalogError};
use sqlx::PgPool;
use std::io::Cursor;

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn stock_is_set_around_what_orders_hold(db: PgPool) {
    let shop = shop(db).await;
    let file = |quantity: &str, policy: &str, tracker: &str| {
        format!(
            "Handle,Title,Variant SKU,Variant Price,Variant Inventory Qty,Variant Inventory Policy,Variant Inventory Tracker\n\
             mug,Mug,M,22,{quantity},{policy},{tracker}\n"
        )
    };
    let stock = async || sql::stock(&shop.db, "M").await;
    import(&shop, file("10", "deny", "shopify")).await.unwrap();
    assert_eq!(stock().await, Some((10, 0, false)));
    sql::hold(&shop.db, "M", 4).await;
    let report = import(&shop, file("10", "deny", "shopify")).await.unwrap();
    assert_eq!(report.products_updated, 1);
    assert_eq!(stock().await, Some((14, 4, false)), "ten can still be sold");
    import(&shop, file("0", "deny", "shopify")).await.unwrap();
    assert_eq!(stock().await, Some((4, 4, false)));
    import(&shop, file("-3", "deny", "shopify")).await.unwrap();
    assert_eq!(stock().await, Some((4, 4, false)), "no less than nothing");
    import(&shop, file("-3", "continue", "shopify"))
        .await
        .unwrap();
    assert_eq!(stock().await, Some((1, 4, true)));
    import(&shop, file("", "deny", "shopify")).await.unwrap();
    assert_eq!(
        stock().await,
        Some((4, 4, false)),
        "what is held lies on the shelf"
    );
    let changes: Vec<i64> = sql::ledger(&shop.db, "M")
        .await
        .into_iter()
        .map(|row| row.0)
        .collect();
    assert_eq!(changes, [10, 4, -10, -3, 3]);
    assert!(
        sql::ledger(&shop.db, "M")
            .await
            .iter()
            .all(|row| row.1 == "import")
    );

    import(&shop, file("5", "deny", "")).await.unwrap();
    assert_eq!(
        stock().await,
        Some((4, 4, true)),
        "an order's hold must come back somewhere"
    );
    sql::hold(&shop.db, "M", -4).await;
    import(&shop, file("5", "deny", "")).await.unwrap();
    assert_eq!(stock().await, None, "not counted any more");
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn prices_may_be_for_another_market(db: PgPool) {
    let shop = shop(db).await;
    let options = ImportOptions {
        market: Some("us".parse().unwrap()),
        skip_bad_rows: false,
    };
    let file = Cursor::new("Handle,Title,Variant Price,Price / Italy\nmug,Mug,27,24.50\n");
    importing::run(&shop, &machine(), file, &options, &mut |_| {})
        .await
        .unwrap();
    let dollars = catalog::find_product(&shop, &shop.us(), "mug")
        .await
        .unwrap();
    assert_eq!(
        dollars.variants[0].price,
        Money::new(2_700, domain::Currency::Usd)
    );
    let euros = catalog::find_product(&shop, &shop.eu(), "mug")
        .await
        .unwrap();
    assert_eq!(
        euros.variants[0].price,
        Money::new(2_450, domain::Currency::Eur)
    );
    let file = Cursor::new(
        "Handle,Title,Variant Price,Included / Italy,Price / Italy\nmug,Mug,27,false,24.50\n",
    );
    importing::run(&shop, &machine(), file, &options, &mut |_| {})
        .await
        .unwrap();
    let euros = catalog::find_product(&shop, &shop.eu(), "mug").await;
    assert_eq!(refusal(euros), CatalogError::NotSoldHere);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_large_file_is_written_in_batches(db: PgPool) {
    let shop = shop(db).await;
    let mut file = "Handle,Title,Type,Variant Price,Variant Inventory Qty\n".to_owned();
    for number in 0..1_234 {
        file.push_str(&format!(
            "thing-{number},Thing {number},Kind {},{number}.50,{number}\n",
            number % 3
        ));
    }
    let mut told = Vec::new();
    let options = ImportOptions {
        market: None,
        skip_bad_rows: false,
    };
    let report = importing::run(&shop, &machine(), Cursor::new(&file), &options, &mut |at| {
        told.push(at)
    })
    .await
    .unwrap();
    assert_eq!(report.products_new, 1_234);
    assert!(
        told.windows(2)
            .all(|pair| pair[0].written <= pair[1].written && pair[0].read <= pair[1].read)
    );
    let written: Vec<u64> = told
        .iter()
        .map(|at| at.written)
        .filter(|count| *count > 0)
        .collect();
    assert_eq!(written, [200, 400, 600, 800, 1_000, 1_200, 1_234]);
    let tags = sql::tags(&shop.db).await;
    assert!(tags.iter().all(|event| event.len() <= 500));
    // Three categories, the home page, and the menu.
    assert_eq!(tags.concat().len(), 1_234 + 3 + 2);
    assert_eq!(
        import(&shop, &file).await.unwrap().products_unchanged,
        1_234
    );
}
