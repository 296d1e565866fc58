//! A dry run says what an import does, and does nothing.

use crate::{EXPORT, import, machine, shop, sql};
use shop::catalog::import::{self as importing, ImportOptions, Preview};
use shop::testing::TestShop;
use sqlx::PgPool;
use std::io::Cursor;

async fn preview(shop: &TestShop, file: impl AsRef<[u8]> + Send) -> Preview {
    let options = ImportOptions {
        market: None,
        skip_bad_rows: false,
    };
    let file = Cursor::new(file.as_ref());
    importing::preview(shop, &machine(), file, &options, 3, &mut |_| {})
        .await
        .unwrap()
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn it_says_what_the_import_then_does(db: PgPool) {
    let shop = shop(db).await;
    let empty = sql::everything(&shop.db).await;
    let would = preview(&shop, EXPORT).await;
    assert_eq!(sql::everything(&shop.db).await, empty);
    assert_eq!((would.report.products_new, would.products.len()), (7, 3));
    assert_eq!(would.products[0].handle, "calle-mug");
    assert!(
        would.categories.contains(&"Table Lamps".to_owned()),
        "{would:?}"
    );
    let did = import(&shop, EXPORT).await.unwrap();
    assert_eq!(did, would.report);

    let changed = String::from_utf8_lossy(EXPORT)
        .replace("Calle mug,", "Large mug,")
        .replace("CALLE-L-240,290,shopify,53", "CALLE-L-240,300,shopify,50")
        .replace(
            "deny,manual,24.00,,true,true,,,,,,/media",
            "deny,manual,26.00,,true,true,,,,,,/media",
        )
        .replace("Bare,,SQ-1", "Straw,,SQ-1");
    let before = sql::everything(&shop.db).await;
    let would = preview(&shop, &changed).await;
    assert_eq!(
        sql::everything(&shop.db).await,
        before,
        "nothing was changed"
    );
    let counts = (
        would.report.products_updated,
        would.report.products_unchanged,
    );
    assert_eq!((counts, would.variants_retired), ((2, 5), 1));
    let told = would.to_string();
    for line in [
        "title: \"Calle mug\" -> \"Large mug\"",
        "Lagoon / 240 ml: weight_g: \"290\" -> \"300\"",
        "Lagoon / 350 ml: price eu: \"2400\" -> \"2600\"",
        "Lagoon / 240 ml: stock: \"53\" -> \"50\"",
        "Walnut / 45 cm / Straw: variant: \"\" -> \"sold\"",
        "Walnut / 45 cm / Bare: variant: \"sold\" -> \"sold no more\"",
    ] {
        assert!(told.contains(line), "{line} is not in {told}");
    }
    let did = import(&shop, &changed).await.unwrap();
    assert_eq!(did, would.report);
    assert_eq!(preview(&shop, &changed).await.products, []);
}
