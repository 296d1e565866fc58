//! Out and in again changes nothing.

use crate::{import, import_with, machine, refusal, shop, sql};
use domain::{Actor, CustomerId, Locale};
use shop::Caller;
use shop::catalog::export::{self, ExportError, Exported};
use shop::catalog::generate::fill;
use shop::catalog::import::{self as importing, ImportOptions};
use shop::catalog::{self, CatalogError, seed};
use shop::testing::TestShop;
use sqlx::PgPool;
use std::io::Cursor;
use std::path::Path;
use time::Duration;
use uuid::Uuid;

async fn exported(shop: &TestShop, market: Option<&str>) -> (String, Exported) {
    let market = market.map(|code| code.parse().unwrap());
    let mut file = Vec::new();
    let done = export::products(shop, &machine(), market.as_ref(), &mut file, &mut |_| {})
        .await
        .unwrap();
    (String::from_utf8(file).unwrap(), done)
}

async fn translated(shop: &TestShop) -> String {
    let mut file = Vec::new();
    export::translations(shop, &machine(), Locale::De, &mut file, &mut |_| {})
        .await
        .unwrap();
    String::from_utf8(file).unwrap()
}

/// Exports, imports that, for each market, and expects that nothing changed. Returns the export.
async fn comes_back(shop: &TestShop) -> String {
    shop.clock.advance(Duration::HOUR);
    let before = sql::everything(&shop.db).await;
    let (file, done) = exported(shop, None).await;
    let report = import(shop, &file).await.unwrap();
    assert_eq!(report.products_unchanged, done.products);
    assert_eq!((report.products_new, report.products_updated), (0, 0));
    assert_eq!(sql::everything(&shop.db).await, before);

    let (dollars, _) = exported(shop, Some("us")).await;
    let options = ImportOptions {
        market: Some("us".parse().unwrap()),
        skip_bad_rows: false,
    };
    let report = importing::run(
        shop,
        &machine(),
        Cursor::new(&dollars),
        &options,
        &mut |_| {},
    )
    .await
    .unwrap();
    assert_eq!(report.products_unchanged, done.products);
    let german = translated(shop).await;
    let report = importing::translate(shop, &machine(), Locale::De, Cursor::new(&german))
        .await
        .unwrap();
    assert_eq!(report.changed, 0);
    assert_eq!(sql::everything(&shop.db).await, before);
    assert_eq!(exported(shop, None).await.0, file, "the same again");
    file
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn the_demo_comes_back_as_it_was(db: PgPool) {
    let shop = shop(db).await;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../demo");
    seed::demo(&shop, &machine(), &folder, false, &mut |_| {})
        .await
        .unwrap();
    comes_back(&shop).await;
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_generated_catalogue_comes_back_as_it_was(db: PgPool) {
    let shop = shop(db).await;
    fill(&shop, &machine(), 600, 1, &mut |_| {}).await.unwrap();
    let file = comes_back(&shop).await;
    assert!(file.lines().count() > 600);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn odd_things_come_back_as_they_were(db: PgPool) {
    let shop = shop(db).await;
    import(&shop, crate::EXPORT).await.unwrap();
    let odd = "Handle,Title,Body (HTML),Vendor,Tags,Option1 Name,Option1 Value,Variant SKU,Variant Barcode,Variant Price,Variant Compare At Price,Price / United States,Variant Inventory Qty,Variant Inventory Policy,Image Src,Image Alt Text,Variant Taxable,SEO Description\n\
        odd,\"\"\"Odd\"\", a <b>&amp;</b> \u{2014} \u{1F9F6} thing\",\"<div><p>Tea &amp; \"\"milk\"\", 3 &lt; 4.</p>\n<ul>\n<li><a href=\"\"https://a.example/?x=1&amp;y=2\"\">a</a></li>\n</ul><img src=\"\"https://a.example/b.jpg\"\"><pre>two\n  lines</pre></div>\",O'Hara & Söhne,\"a b, c\",\"Size, in \"\"inches\"\"\",\"5\"\" | 6\",''00123,'0099,1.05,2.00,1.10,-7,continue,/media/odd.jpg,\"line one\nline two, \"\"quoted\"\"\",false,\"a, b\"\n\
        odd,,,,,,\"=cmd()\",-1,,2,,,0,deny,https://a.example/c.jpg,,true,\n\
        plain,Plain,just text & more,,,,,,,3,,,,,,,,\n\
        none,None,,,,,,,,4,,,,,,,,\n";
    import(&shop, odd).await.unwrap();
    let file = comes_back(&shop).await;
    assert!(
        file.contains("\"\"\"Odd\"\", a <b>&amp;</b> \u{2014} \u{1F9F6} thing\""),
        "{file}"
    );
    assert!(
        file.contains("\n''00123,") || file.contains(",''00123,"),
        "{file}"
    );

    // What one market alone sells, too.
    let options = ImportOptions {
        market: Some("us".parse().unwrap()),
        skip_bad_rows: false,
    };
    let dollars = Cursor::new("Handle,Title,Variant Price\nabroad,Abroad,27\n");
    importing::run(&shop, &machine(), dollars, &options, &mut |_| {})
        .await
        .unwrap();
    comes_back(&shop).await;
    let here = catalog::find_product(&shop, &shop.eu(), "abroad").await;
    assert_eq!(refusal(here), CatalogError::NotSoldHere);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn it_holds_everything_another_shop_needs(db: PgPool) {
    let shop = shop(db).await;
    fill(&shop, &machine(), 40, 1, &mut |_| {}).await.unwrap();
    let (file, done) = exported(&shop, None).await;
    assert_eq!(done.products, 40);
    sql::forget_all_products(&shop.db).await;
    let report = import_with(&shop, &file, false).await.unwrap();
    assert_eq!((report.products_new, report.skipped.len()), (40, 0));
    assert_eq!(exported(&shop, None).await.0, file);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn shoppers_may_not_and_markets_must_be_there(db: PgPool) {
    let shop = shop(db).await;
    let caller = Caller {
        actor: Actor::Guest {
            customer: CustomerId(Uuid::nil()),
        },
        ..machine()
    };
    let mut file = Vec::new();
    let denied = export::products(&shop, &caller, None, &mut file, &mut |_| {}).await;
    assert!(matches!(denied, Err(ExportError::Denied(_))), "{denied:?}");
    let denied = export::translations(&shop, &caller, Locale::De, &mut file, &mut |_| {}).await;
    assert!(matches!(denied, Err(ExportError::Denied(_))), "{denied:?}");
    let mars = "mars".parse().unwrap();
    let nowhere = export::products(&shop, &machine(), Some(&mars), &mut file, &mut |_| {}).await;
    assert!(
        matches!(nowhere, Err(ExportError::UnknownMarket(_))),
        "{nowhere:?}"
    );
    assert!(file.is_empty());
}
