//! Files of tax rates.

use crate::{demo, machine, problems, rates, shop, sql};
use shop::market::{Markets, TableError, tax};
use sqlx::PgPool;

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_file_replaces_the_rates_of_its_countries_and_no_others(db: PgPool) {
    let shop = shop(db).await;
    let other_instance = Markets::load(&shop.db).await.unwrap();
    let before = shop.markets.print();
    assert_eq!(before, other_instance.print(), "the same tables");

    let file = "country,region,class,percent\nDE,,standard,16\nDE,,zero,0\n";
    let report = tax::import(&shop, &machine(), file.as_bytes())
        .await
        .unwrap();
    assert_eq!((report.rates, report.countries, report.replaced), (2, 1, 2));
    assert_eq!(rates(&shop, "eu", "DE", ""), [160_000, 160_000, 0]);
    assert_eq!(rates(&shop, "eu", "IT", ""), [220_000, 100_000]);
    let (actions, told) = sql::traces(&shop.db).await;
    assert_eq!((actions, told), (vec!["taxes.import".to_owned()], 1));

    assert_ne!(shop.markets.print(), before);
    assert_eq!(other_instance.print(), before, "it was not told yet");
    other_instance.reload(&shop.db).await.unwrap();
    assert_eq!(other_instance.print(), shop.markets.print());

    let again = tax::import(&shop, &machine(), file.as_bytes())
        .await
        .unwrap();
    assert_eq!(again.replaced, 0);
    let listed = tax::list(&shop).await.unwrap();
    let german: Vec<(String, String)> = listed
        .iter()
        .filter(|rate| rate.country == "DE")
        .map(|rate| (rate.class.clone(), rate.percent()))
        .collect();
    let said = |class: &str, percent: &str| (class.to_owned(), percent.to_owned());
    assert_eq!(german, [said("standard", "16"), said("zero", "0")]);
    let york = listed.iter().find(|rate| rate.region == "NY").unwrap();
    assert_eq!(york.percent(), "8.875");
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_file_with_one_bad_row_changes_nothing(db: PgPool) {
    let shop = shop(db).await;
    let (before, print) = (sql::tables(&shop.db).await, shop.markets.print());
    let file =
        "country,region,class,percent\nDE,,standard,16\nDE,,reduced,seven\nXX1,,standard,1\n";
    let told = problems(tax::import(&shop, &machine(), file.as_bytes()).await);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(
        told[0].starts_with("row 3, column percent: \"seven\" is no rate"),
        "{told:?}"
    );
    assert!(told[1].starts_with("row 4, column country: "), "{told:?}");
    assert_eq!(sql::tables(&shop.db).await, before);
    assert_eq!(shop.markets.print(), print);
    assert_eq!(sql::traces(&shop.db).await, (Vec::new(), 0));
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_shopper_may_not(db: PgPool) {
    let shop = shop(db).await;
    let session = shop.guest().await;
    let before = sql::tables(&shop.db).await;
    let file = "country,region,class,percent\nDE,,standard,0\n";
    let answer = tax::import(&shop, &shop.caller(&session), file.as_bytes()).await;
    assert!(matches!(answer, Err(TableError::Denied(_))), "{answer:?}");
    assert_eq!(sql::tables(&shop.db).await, before);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn the_demo_knows_the_european_union_and_the_united_states(db: PgPool) {
    let shop = shop(db).await;
    let report = tax::import(&shop, &machine(), demo("taxes.csv"))
        .await
        .unwrap();
    assert_eq!(report.countries, 28);
    shop::market::delivery::import(&shop, &machine(), demo("delivery.json"))
        .await
        .unwrap();
    let eu = shop.markets.find(&shop.eu()).unwrap();
    assert_eq!(eu.countries.len(), 27);
    assert_eq!(
        eu.countries[0].as_str(),
        "IT",
        "what is estimated with stays"
    );
    for country in &eu.countries {
        let rates = rates(&shop, "eu", country.as_str(), "");
        assert!(
            rates[0] >= 170_000 && rates[1] <= rates[0],
            "{country}: {rates:?}"
        );
        for locale in domain::Locale::ALL {
            assert!(
                shop::text::country(locale, *country).is_some(),
                "{country} in {locale}"
            );
        }
    }
    assert_eq!(
        rates(&shop, "eu", "DK", ""),
        [250_000, 250_000],
        "no reduced rate"
    );
    assert_eq!(rates(&shop, "eu", "FI", ""), [255_000, 140_000]);
    assert_eq!(
        rates(&shop, "eu", "PT", "20"),
        [160_000, 40_000],
        "the Azores"
    );
    assert_eq!(rates(&shop, "eu", "PT", ""), [230_000, 60_000]);
    assert_eq!(
        rates(&shop, "eu", "ES", "CN"),
        [0, 0],
        "outside the VAT area"
    );
    assert_eq!(rates(&shop, "us", "US", "OR"), [0, 0]);
    assert_eq!(
        rates(&shop, "us", "US", "TX"),
        [62_500, 62_500],
        "books too"
    );
    let states = tax::list(&shop).await.unwrap();
    assert_eq!(
        states.iter().filter(|rate| rate.country == "US").count(),
        51
    );
}
