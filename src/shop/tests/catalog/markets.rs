//! Markets, delivery and tax, as the migrations fill them.

use crate::shop;
use domain::pricing::{TaxClass, TaxMode, TaxRate};
use domain::{Country, Currency, Locale, Money};
use shop::market::Parcel;
use sqlx::PgPool;

fn country(code: &str) -> Country {
    code.parse().unwrap()
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_storefront_is_a_market_in_one_of_its_languages(db: PgPool) {
    let shop = shop(db).await;
    let markets = &shop.markets;
    assert_eq!(markets.find(&shop.eu()).unwrap().currency, Currency::Eur);
    assert_eq!(markets.find(&shop.us()).unwrap().tax_mode, TaxMode::Added);
    assert_eq!(markets.find(&"en-mars".parse().unwrap()), None);
    assert_eq!(markets.default_storefront().to_string(), "en-eu");
    let all: Vec<String> = markets
        .storefronts()
        .iter()
        .map(|at| at.to_string())
        .collect();
    assert_eq!(all, ["en-eu", "de-eu", "en-us", "de-us"]);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_region_overrides_its_country(db: PgPool) {
    let shop = shop(db).await;
    let eu = shop.markets.find(&shop.eu()).unwrap();
    let us = shop.markets.find(&shop.us()).unwrap();
    let rate = |class, ppm| TaxRate { class, ppm };
    let italy = shop.markets.destination(&eu, Locale::En, country("IT"), "");
    let italian = vec![
        rate(TaxClass::Standard, 220_000),
        rate(TaxClass::Reduced, 100_000),
    ];
    assert_eq!(italy.tax.rates, italian);
    let elsewhere = shop
        .markets
        .destination(&eu, Locale::En, country("IT"), "Veneto");
    assert_eq!(elsewhere.tax.rates, italian, "no rate of its own");
    let york = shop
        .markets
        .destination(&us, Locale::En, country("US"), " ny ");
    assert_eq!(
        york.tax.rates,
        [
            rate(TaxClass::Standard, 88_750),
            rate(TaxClass::Reduced, 88_750)
        ],
        "without a reduced rate, books are taxed as all else"
    );
    let oregon = shop
        .markets
        .destination(&us, Locale::En, country("US"), "OR");
    assert_eq!(oregon.tax.rates, []);
    let abroad = shop
        .markets
        .destination(&eu, Locale::En, country("US"), "NY");
    assert_eq!((abroad.tax.rates.len(), abroad.delivery.len()), (0, 0));
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn terms_hold_the_delivery_that_carries_the_cart(db: PgPool) {
    let shop = shop(db).await;
    let eu = shop.markets.find(&shop.eu()).unwrap();
    let terms = |chosen, weight| {
        let parcel = Parcel {
            weight_g: weight,
            subtotal_minor: 0,
        };
        let to = (country("DE"), "");
        let (terms, offered) = shop.markets.terms(&eu, Locale::De, to, chosen, parcel);
        let codes: Vec<String> = offered.into_iter().map(|it| it.option.code).collect();
        (terms, codes)
    };
    let (light, offered) = terms(None, 500);
    assert_eq!(offered, ["standard", "express"]);
    let standard = light.delivery.unwrap();
    assert_eq!(
        (standard.code.as_str(), standard.name.as_str()),
        ("standard", "Standard, in Papier")
    );
    assert_eq!(standard.days, (3, 5));
    assert_eq!(standard.free_from, Some(Money::new(6_000, Currency::Eur)));
    assert_eq!(standard.bands[0].price, Money::new(690, Currency::Eur));
    assert!(standard.bands.is_sorted_by_key(|band| band.up_to_g));
    let chosen = |code, weight| {
        terms(Some(code), weight)
            .0
            .delivery
            .map(|option| option.code)
    };
    assert_eq!(chosen("express", 30_000).as_deref(), Some("express"));
    assert_eq!(
        chosen("express", 30_001).as_deref(),
        Some("standard"),
        "too heavy for it"
    );
    assert_eq!(chosen("by-gondola", 1).as_deref(), Some("standard"));
    let (heavy, offered) = terms(None, 70_001);
    assert_eq!((heavy.delivery, offered.len()), (None, 0));
}
