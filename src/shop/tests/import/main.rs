//! The import: a real export's habits, everything or nothing, twice as once.

mod demo;
mod exported;
mod generated;
mod numbers;
mod preview;
mod refusals;
mod resume;
mod sql;

use domain::Money;
use domain::catalog::StockState;
use shop::catalog::import::{self, ImportError, ImportOptions, ImportReport};
use shop::catalog::{self, CatalogError};
use shop::testing::TestShop;
use shop::{Caller, Failure};
use sqlx::PgPool;
use std::io::Cursor;
use time::Duration;

const EXPORT: &[u8] = include_bytes!("../fixtures/export.csv");

async fn shop(db: PgPool) -> TestShop {
    TestShop::build(db).without_redis().start().await
}

fn machine() -> Caller {
    Caller::machine("cli", "rialto import")
}

async fn import(
    shop: &TestShop,
    file: impl AsRef<[u8]> + Send,
) -> Result<ImportReport, ImportError> {
    import_with(shop, file, false).await
}

async fn import_with(
    shop: &TestShop,
    file: impl AsRef<[u8]> + Send,
    skip_bad_rows: bool,
) -> Result<ImportReport, ImportError> {
    let options = ImportOptions {
        market: None,
        skip_bad_rows,
    };
    let file = Cursor::new(file.as_ref());
    import::run(shop, &machine(), file, &options, &mut |_| {}).await
}

#[track_caller]
fn refusal<T: std::fmt::Debug>(result: Result<T, Failure<CatalogError>>) -> CatalogError {
    match result {
        Err(Failure::Refused(why)) => why,
        other => panic!("not refused: {other:?}"),
    }
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn an_export_becomes_pages(db: PgPool) {
    let shop = shop(db).await;
    let mut told = Vec::new();
    let options = ImportOptions {
        market: None,
        skip_bad_rows: false,
    };
    let report = import::run(
        &shop,
        &machine(),
        Cursor::new(EXPORT),
        &options,
        &mut |at| {
            told.push(at);
        },
    )
    .await
    .unwrap();
    let counts = (
        report.products_new,
        report.products_updated,
        report.products_unchanged,
    );
    assert_eq!(counts, (7, 0, 0));
    assert_eq!(report.variants, 11);
    assert_eq!(report.skipped, []);
    assert!(
        report
            .ignored_columns
            .contains(&"Google Shopping / MPN".to_owned())
    );
    assert!(
        report
            .ignored_columns
            .contains(&"Price / International".to_owned())
    );
    let last = told.last().unwrap();
    // A row for a picture, and an empty one, are rows too.
    assert_eq!((last.read, last.written, last.total), (13, 7, Some(7)));

    let mug = catalog::find_product(&shop, &shop.eu(), "calle-mug")
        .await
        .unwrap();
    assert_eq!(mug.title, "Calle mug");
    assert_eq!(mug.subtitle, "Stoneware, reactive glaze");
    assert_eq!(mug.lead, "A straight-sided mug, \"stackable\".");
    assert!(mug.body_html.contains("<li>Two sizes</li>"));
    assert_eq!(mug.trail.last().unwrap().slug, "kitchen");
    assert!(mug.is_new);
    let pictures: Vec<&str> = mug.pictures.iter().map(|picture| &*picture.alt).collect();
    assert_eq!(
        pictures,
        [
            "Calle mug in Lagoon",
            "Calle mug in Sand",
            "Side by side",
            "From above"
        ]
    );
    let values: Vec<Vec<&str>> = mug
        .options
        .iter()
        .map(|option| option.values.iter().map(|value| &*value.name).collect())
        .collect();
    assert_eq!(values, [["Lagoon", "Sand"], ["240 ml", "350 ml"]]);
    let eur = |minor| Money::new(minor, domain::Currency::Eur);
    let variants: Vec<_> = mug
        .variants
        .iter()
        .map(|variant| {
            (
                variant.price,
                variant.compare_at,
                variant.stock,
                variant.picture,
            )
        })
        .collect();
    assert_eq!(
        variants,
        [
            (eur(2_200), Some(eur(2_800)), StockState::InStock, Some(0)),
            (eur(2_400), None, StockState::FewLeft, Some(0)),
            (eur(2_200), None, StockState::SoldOut, Some(1)),
            // Not tracked.
            (eur(2_400), None, StockState::InStock, Some(1)),
        ]
    );
    let in_dollars = catalog::find_product(&shop, &shop.us(), "calle-mug")
        .await
        .unwrap();
    assert_eq!(in_dollars.variants.len(), 3, "one has no price there");
    assert_eq!(
        in_dollars.variants[0].price,
        Money::new(2_500, domain::Currency::Usd)
    );

    let birds = catalog::find_product(&shop, &shop.eu(), "lagoon-birds")
        .await
        .unwrap();
    assert!(birds.options.is_empty());
    assert_eq!(
        birds.variants[0].stock,
        StockState::InStock,
        "sold on when out of stock"
    );
    assert_eq!(
        sql::weight_and_tax(&shop.db, "BIRDS").await,
        (454, "reduced".to_owned())
    );

    let find = async |slug: &str| catalog::find_product(&shop, &shop.eu(), slug).await;
    assert_eq!(
        refusal(find("lido-lamp").await),
        CatalogError::NotFound,
        "a draft"
    );
    assert_eq!(
        refusal(find("hidden-vase").await),
        CatalogError::NotFound,
        "not published"
    );
    assert_eq!(
        refusal(find("old-bowl").await),
        CatalogError::NotFound,
        "never was on show"
    );
    let nowhere = catalog::find_product(&shop, &shop.us(), "lagoon-birds").await;
    assert_eq!(refusal(nowhere), CatalogError::NotSoldHere);

    let throw = find("hostile-throw").await.unwrap();
    assert_eq!(throw.lead, "Soft.");
    for bad in ["script", "onerror", "onclick", "iframe", "alert"] {
        assert!(!throw.body_html.contains(bad), "{}", throw.body_html);
    }

    let audit = sql::audit(&shop.db).await;
    assert_eq!(audit.len(), 1);
    assert_eq!(
        (audit[0].0.as_str(), &audit[0].1["name"]),
        ("catalog.import", &"cli".into())
    );
    assert_eq!(audit[0].2["new"], 7);
    let tags = sql::tags(&shop.db).await.concat();
    for tag in [
        "home",
        "product:calle-mug",
        "product:lido-lamp",
        "category:kitchen",
        "category:table-lamps",
    ] {
        assert!(tags.contains(&tag.to_owned()), "{tag} is not in {tags:?}");
    }
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn twice_is_once(db: PgPool) {
    let shop = shop(db).await;
    import(&shop, EXPORT).await.unwrap();
    let once = sql::everything(&shop.db).await;
    let told = sql::tags(&shop.db).await;
    shop.clock.advance(Duration::HOUR);
    let report = import(&shop, EXPORT).await.unwrap();
    let counts = (
        report.products_new,
        report.products_updated,
        report.products_unchanged,
    );
    assert_eq!(counts, (0, 0, 7));
    assert_eq!(sql::everything(&shop.db).await, once);
    assert_eq!(sql::tags(&shop.db).await, told, "no page changed");
    assert_eq!(
        sql::audit(&shop.db).await.len(),
        2,
        "that someone asked is kept"
    );
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn what_changed_is_changed_and_nothing_else(db: PgPool) {
    let shop = shop(db).await;
    let head =
        "Handle,Title,Vendor,Option1 Name,Option1 Value,Variant SKU,Variant Price,Image Src,Type\n";
    let before = format!(
        "{head}mug,Mug,Zan,Glaze,Lagoon,M-L,22,/a.jpg,Kitchen\nmug,,,,Sand,M-S,22,/b.jpg,\nbowl,Bowl,Zan,,,B,30,,Kitchen\n"
    );
    import(&shop, before).await.unwrap();
    let lagoon = sql::variant_id(&shop.db, "M-L").await;
    let sand = sql::variant_id(&shop.db, "M-S").await;

    shop.clock.advance(Duration::HOUR);
    let after = format!(
        "{head}mug,Large mug,Zan,Glaze,Chalk,M-C,25,/b.jpg,Table\nmug,,,,Lagoon,M-L2,23,,\nbowl,Bowl,Zan,,,B,30,,Kitchen\n"
    );
    let report = import(&shop, after).await.unwrap();
    let counts = (
        report.products_new,
        report.products_updated,
        report.products_unchanged,
    );
    assert_eq!(counts, (0, 1, 1));
    let mug = catalog::find_product(&shop, &shop.eu(), "mug")
        .await
        .unwrap();
    assert_eq!(mug.title, "Large mug");
    assert_eq!(mug.trail.last().unwrap().slug, "table");
    assert_eq!(mug.pictures.len(), 1);
    let variants: Vec<_> = mug
        .variants
        .iter()
        .map(|variant| (variant.sku.as_str(), variant.price.minor))
        .collect();
    assert_eq!(variants, [("M-C", 2_500), ("M-L2", 2_300)]);
    assert_eq!(mug.variants[1].id.0, lagoon, "known again by its options");
    assert_eq!(
        sql::retired_at(&shop.db, "M-S").await,
        Some(shop.clock.time())
    );
    let tags = sql::tags(&shop.db).await.pop().unwrap();
    assert_eq!(
        tags,
        [
            "brand:zan",
            "category:kitchen",
            "category:table",
            "home",
            "layout",
            "product:mug"
        ]
    );

    // What comes back is what it was.
    let again = format!("{head}mug,Large mug,Zan,Glaze,Sand,M-S,22,,\n");
    import(&shop, again).await.unwrap();
    let mug = catalog::find_product(&shop, &shop.eu(), "mug")
        .await
        .unwrap();
    assert_eq!(mug.variants.len(), 1);
    assert_eq!(mug.variants[0].id.0, sand);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_path_becomes_a_tree(db: PgPool) {
    let shop = shop(db).await;
    let head = "Handle,Title,Vendor,Variant Price,Product Category,Type\n";
    let file = format!(
        "{head}vase,Vase,Zan,22,Home & Garden > Decor > Vases,\npot,Pot,Zan,9,Home & Garden > Decor > Pots,Planters\n\
         sofa,Sofa,Zan,900,Furniture > Decor,\nmug,Mug,Zan,9,,Mugs\n"
    );
    import(&shop, file.clone()).await.unwrap();
    let trail = async |slug: &str| -> Vec<String> {
        let found = catalog::find_product(&shop, &shop.eu(), slug).await;
        found
            .unwrap()
            .trail
            .into_iter()
            .map(|link| link.slug)
            .collect()
    };
    assert_eq!(trail("vase").await, ["home-garden", "decor", "vases"]);
    assert_eq!(trail("pot").await, ["home-garden", "decor", "planters"]);
    assert_eq!(trail("sofa").await, ["furniture", "decor-2"]);
    assert_eq!(trail("mug").await, ["mugs"]);
    let before = sql::everything(&shop.db).await;
    let again = import(&shop, file).await.unwrap();
    assert_eq!(again.products_unchanged, 4);
    assert_eq!(sql::everything(&shop.db).await, before);

    // Whatever showed it, or shows it now, has changed.
    import(
        &shop,
        format!("{head}vase,Vase,Orso,22,Furniture > Decor,\n"),
    )
    .await
    .unwrap();
    let told = sql::tags(&shop.db).await.pop().unwrap();
    assert_eq!(
        told,
        [
            "brand:orso",
            "brand:zan",
            "category:decor",
            "category:decor-2",
            "category:furniture",
            "category:home-garden",
            "category:vases",
            "home",
            "product:vase"
        ]
    );
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_product_is_known_by_the_handle_it_had(db: PgPool) {
    let shop = shop(db).await;
    let head = "Handle,Title,Variant SKU,Variant Price\n";
    import(&shop, format!("{head}mug,Mug,M,22\n"))
        .await
        .unwrap();
    sql::rename_product(&shop.db, "mug", "calle-mug").await;
    let report = import(&shop, format!("{head}mug,Mug,M,23\n"))
        .await
        .unwrap();
    assert_eq!((report.products_new, report.products_updated), (0, 1));
    let mug = catalog::find_product(&shop, &shop.eu(), "calle-mug").await;
    assert_eq!(mug.unwrap().variants[0].price.minor, 2_300);

    // A file that names both has two products, and the old address is the second one's.
    let both = format!("{head}mug,Other mug,O,5\ncalle-mug,Mug,M,23\n");
    let report = import(&shop, both).await.unwrap();
    assert_eq!((report.products_new, report.products_unchanged), (1, 1));
    let other = catalog::find_product(&shop, &shop.eu(), "mug").await;
    assert_eq!(other.unwrap().title, "Other mug");
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn columns_that_are_missing_change_nothing(db: PgPool) {
    let shop = shop(db).await;
    import(&shop, EXPORT).await.unwrap();
    let before = catalog::find_product(&shop, &shop.eu(), "lagoon-birds")
        .await
        .unwrap();
    let report = import(&shop, "Handle,Title\nlagoon-birds,Birds of the lagoon\n")
        .await
        .unwrap();
    assert_eq!((report.products_updated, report.products_unchanged), (0, 1));
    import(&shop, "Handle,Title\nlagoon-birds,All the birds\n")
        .await
        .unwrap();
    let after = catalog::find_product(&shop, &shop.eu(), "lagoon-birds")
        .await
        .unwrap();
    assert_eq!(after.title, "All the birds");
    assert_eq!(after.variants, before.variants);
    assert_eq!((after.lead, after.vendor), (before.lead, before.vendor));
    assert_eq!(sql::stock(&shop.db, "BIRDS").await, Some((-2, 0, true)));
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn what_is_taken_off_is_gone(db: PgPool) {
    let shop = shop(db).await;
    let file = |status: &str, published: &str| {
        format!("Handle,Title,Variant Price,Status,Published\nmug,Mug,22,{status},{published}\n")
    };
    let find = async || catalog::find_product(&shop, &shop.eu(), "mug").await;
    import(&shop, file("draft", "true")).await.unwrap();
    assert_eq!(refusal(find().await), CatalogError::NotFound);
    import(&shop, file("active", "true")).await.unwrap();
    find().await.unwrap();
    for (status, published) in [("active", "false"), ("archived", "true"), ("draft", "true")] {
        import(&shop, file(status, published)).await.unwrap();
        assert_eq!(
            refusal(find().await),
            CatalogError::Gone,
            "{status} {published}"
        );
    }
    import(&shop, file("active", "true")).await.unwrap();
    find().await.unwrap();
}
