//! Files of zones, ways of delivery and places.

use crate::{country, demo, machine, offered, problems, shop, sql};
use domain::pricing::TaxMode;
use domain::{Locale, Money};
use shop::market::{Parcel, TableError, delivery};
use sqlx::PgPool;

/// A file for the euro market with these zones.
fn file(zones: &str) -> String {
    format!(
        r#"{{"places": {{"lido": {{"name": {{"en": "Lido", "de": "Lido"}}, "hours": {{"en": "10 to 18"}},
             "line1": "Riva 1", "postcode": "30126", "city": "Venezia", "country": "IT"}}}},
             "markets": {{"eu": {{"zones": [{zones}]}}}}}}"#
    )
}

const PARCEL: &str = r#"{"code": "standard", "name": {"en": "Standard", "de": "Standard"}, "days": [2, 3],
    "prices": [{"up_to_g": 1000, "price": "4.90"}, {"up_to_g": 5000, "price": "9.90"}]}"#;

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn the_most_specific_zone_counts(db: PgPool) {
    let shop = shop(db).await;
    let boat = PARCEL.replace("standard", "boat");
    let zones = format!(
        r#"{{"code": "south", "areas": ["PT", "IT"], "options": [{PARCEL}]}},
           {{"code": "isles", "areas": ["PT-20"], "options": [{boat}]}}"#
    );
    let report = delivery::import(&shop, &machine(), file(&zones).as_bytes())
        .await
        .unwrap();
    assert_eq!((report.zones, report.options, report.places), (2, 2, 1));
    assert_eq!(offered(&shop, "PT", "", (500, 0)), ["standard"]);
    assert_eq!(offered(&shop, "PT", "30", (500, 0)), ["standard"]);
    assert_eq!(offered(&shop, "PT", "20", (500, 0)), ["boat"]);
    assert_eq!(offered(&shop, "PT", "20", (5_001, 0)), [""; 0], "too heavy");
    assert_eq!(offered(&shop, "DE", "", (500, 0)), [""; 0], "in no zone");
    let market = shop.markets.find(&shop.eu()).unwrap();
    assert_eq!(
        market.countries,
        ["PT", "IT"].map(country),
        "in the zones' order"
    );
    let us = shop.markets.find(&shop.us()).unwrap();
    assert_eq!(
        us.countries,
        [country("US")],
        "another market keeps its own"
    );
    let (actions, told) = sql::traces(&shop.db).await;
    assert_eq!((actions, told), (vec!["delivery.import".to_owned()], 1));
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn what_goods_are_worth_decides_what_is_offered(db: PgPool) {
    let shop = shop(db).await;
    delivery::import(&shop, &machine(), demo("delivery.json"))
        .await
        .unwrap();
    let cheap = ["standard", "express", "pick-up"];
    assert_eq!(offered(&shop, "IT", "", (900, 39_999)), cheap);
    let dear = ["standard", "express", "by-hand", "pick-up"];
    assert_eq!(offered(&shop, "IT", "", (900, 40_000)), dear);
    assert_eq!(offered(&shop, "IT", "", (71_000, 100)), ["pick-up"]);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn what_is_picked_up_is_taxed_there_and_free(db: PgPool) {
    let shop = shop(db).await;
    let pick_up =
        r#"{"code": "fetch", "name": {"en": "Fetch it"}, "days": [1, 1], "pick_up": "lido"}"#;
    let zones =
        format!(r#"{{"code": "all", "areas": ["DE", "IT"], "options": [{pick_up}, {PARCEL}]}}"#);
    delivery::import(&shop, &machine(), file(&zones).as_bytes())
        .await
        .unwrap();
    let market = shop.markets.find(&shop.eu()).unwrap();
    let parcel = Parcel {
        weight_g: 500,
        subtotal_minor: 2_400,
    };
    let terms = |chosen| {
        let to = (country("DE"), "");
        shop.markets.terms(&market, Locale::De, to, chosen, parcel)
    };
    let (sent, offered) = terms(None);
    assert_eq!(
        sent.delivery.unwrap().code,
        "standard",
        "fetching is not what is estimated with"
    );
    assert_eq!(sent.tax.rates[0].ppm, 190_000);
    let (fetched, _) = terms(Some("fetch"));
    assert_eq!(
        (fetched.tax.mode, fetched.tax.rates[0].ppm),
        (TaxMode::Included, 220_000)
    );
    let option = fetched.delivery.unwrap();
    assert_eq!(option.bands[0].price, Money::zero(market.currency));
    assert_eq!(option.name, "Fetch it", "no German was written");
    let place = offered[0].pick_up.as_ref().unwrap();
    assert_eq!(
        (place.called.name.as_str(), place.called.hours.as_str()),
        ("Lido", "10 to 18")
    );
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn every_problem_is_told_with_its_place_and_nothing_is_kept(db: PgPool) {
    let shop = shop(db).await;
    let (before, print) = (sql::tables(&shop.db).await, shop.markets.print());
    let bad = r#"{"places": {"Lido!": {"name": {"de": "Lido"}, "line1": " ", "postcode": "1", "city": "V", "country": "QQ"},
          "york": {"name": {"en": "York"}, "line1": "1 Main St", "postcode": "1", "city": "NY", "region": "NY", "country": "US"}},
         "markets": {"mars": {"zones": []}, "eu": {"zones": [
            {"code": "a", "areas": ["IT", "it", "US-XX", "IT"], "options": [
               {"code": "x", "name": {"en": ""}, "days": [3, 2], "prices": []},
               {"code": "x", "name": {"en": "X", "fr": "X"}, "days": [1, 1], "from": "5", "below": "5",
                "prices": [{"up_to_g": 10, "price": "4,90"}, {"up_to_g": 10, "price": "1"}], "tax_class": "luxury"},
               {"code": "y", "name": {"en": "Y"}, "days": [1, 1], "pick_up": "nowhere"},
               {"code": "z", "name": {"en": "Z"}, "days": [1, 1], "pick_up": "york", "free_from": "1"}]},
            {"code": "a", "areas": [], "options": []}]}}}"#;
    let told = problems(delivery::import(&shop, &machine(), bad.as_bytes()).await);
    let places: Vec<&str> = told
        .iter()
        .map(|text| text.split(": ").next().unwrap_or_default())
        .collect();
    let zone = |rest: &str| format!("markets.eu.zones[{rest}");
    for place in [
        "places.Lido!".to_owned(),
        "places.Lido!.name.en".to_owned(),
        "places.Lido!.line1".to_owned(),
        "places.Lido!.country".to_owned(),
        "markets.mars".to_owned(),
        zone("0].areas[1]"),
        zone("0].areas[2]"),
        zone("0].areas[3]"),
        zone("0].options[0].name.en"),
        zone("0].options[0].days"),
        zone("0].options[0].prices"),
        zone("0].options[1].code"),
        zone("0].options[1].name.fr"),
        zone("0].options[1].below"),
        zone("0].options[1].prices[0].price"),
        zone("0].options[1].prices[1].up_to_g"),
        zone("0].options[1].tax_class"),
        zone("0].options[2].pick_up"),
        zone("0].options[3].pick_up"),
        zone("0].options[3].prices"),
        zone("1].code"),
        zone("1].areas"),
        zone("1].options"),
    ] {
        assert!(
            places.contains(&place.as_str()),
            "{place} is not among {told:#?}"
        );
    }
    let slip = file(&format!(
        r#"{{"code": "a", "areas": ["IT"], "optoins": [{PARCEL}]}}"#
    ));
    let answer = delivery::import(&shop, &machine(), slip.as_bytes()).await;
    match answer {
        Err(TableError::Unreadable(why)) => {
            assert!(why.contains("optoins") && why.contains("line"), "{why}");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(sql::tables(&shop.db).await, before);
    assert_eq!(shop.markets.print(), print);
}
