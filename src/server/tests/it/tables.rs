//! `rialto taxes` and `rialto delivery`: what a shopkeeper imports holds in running instances, without a restart.

use crate::world::{World, eventually, rialto};
use serde_json::json;

#[tokio::test]
async fn an_import_reaches_running_instances() {
    let world = World::start().await;
    let other = world.another_server(&[]);
    let shopper = world.shopper();
    shopper.add(&world.variant("VASE").await, 1).await;
    let elsewhere = shopper.at(&other.origin);
    let before = shopper.bag().await;
    assert_eq!(before["terms"]["tax"]["rates"][0]["ppm"], 220_000);
    let page = shopper.get("/en-eu/").await.expect(200);
    assert!(!page.text().contains("€99"), "{page}");

    let rates = world.folder.path().join("taxes.csv");
    std::fs::write(&rates, "country,region,class,percent\nIT,,standard,10\n").unwrap();
    let delivery = world.folder.path().join("delivery.json");
    let zones = json!({ "markets": { "eu": { "zones": [{ "code": "all", "areas": ["IT", "SE"], "options": [
        { "code": "standard", "name": { "en": "By boat" }, "days": [2, 3], "free_from": "99.00",
          "prices": [{ "up_to_g": 90000, "price": "7.70" }] }
    ] }] } } });
    std::fs::write(&delivery, zones.to_string()).unwrap();
    let run = |arguments: &[&str]| rialto(&world.folder, &world.database, arguments);
    let done = run(&["taxes", "import", &rates.to_string_lossy()]).must();
    assert!(
        done.stdout.starts_with("1 rates of 1 countries"),
        "{done:#?}"
    );
    run(&["delivery", "import", &delivery.to_string_lossy()]).must();

    for browser in [&shopper, &elsewhere] {
        eventually("the bag is taxed and delivered anew", async || {
            let terms = browser.bag().await["terms"].clone();
            terms["tax"]["rates"][0]["ppm"] == 100_000
                && terms["delivery"]["bands"][0]["price"]["minor"] == 770
        })
        .await;
        eventually("cached pages promise the new delivery", async || {
            browser
                .get("/en-eu/")
                .await
                .expect(200)
                .text()
                .contains("€99")
        })
        .await;
        let checkout = browser.checkout().await;
        let text = checkout.page.text();
        assert!(
            text.contains("Sweden") && !text.contains("Germany"),
            "{text}"
        );
        assert!(text.contains("By boat"), "{text}");
    }
    let listed = run(&["taxes", "list"]).must();
    assert!(listed.stdout.contains("\nIT,,standard,10\n"), "{listed:#?}");
    assert!(!listed.stdout.contains("\nIT,,reduced"), "{listed:#?}");
}

#[tokio::test]
async fn the_bag_estimates_delivery_before_an_address_is_asked_for() {
    let world = World::start().await;
    let shopper = world.shopper();
    let empty = shopper.get("/en-eu/cart").await.expect(200);
    assert!(!empty.text().contains("id=\"estimate\""), "{empty}");
    shopper.add(&world.variant("VASE").await, 1).await;
    let italy = shopper.get("/en-eu/cart").await.expect(200);
    assert!(italy.text().contains("id=\"estimate\""), "{italy}");
    let spain = shopper
        .get("/en-eu/cart?country=ES&region=")
        .await
        .expect(200)
        .says("Express courier")
        .says("3–5 working days");
    assert!(
        spain.text().contains("<option value=\"ES\" selected"),
        "{spain}"
    );
    assert!(spain.text().contains("Canary Islands"), "{spain}");
    let german = shopper
        .get("/de-eu/cart?country=ES")
        .await
        .expect(200)
        .says("Expresskurier")
        .says("Kanarische Inseln");
    assert!(german.text().contains("id=\"estimate\""), "{german}");
    // What is nonsense is the market's first country.
    let nonsense = shopper
        .get("/en-eu/cart?country=%3Cscript%3E&region=%22")
        .await
        .expect(200);
    assert!(
        nonsense.text().contains("<option value=\"IT\" selected"),
        "{nonsense}"
    );
}

#[tokio::test]
async fn a_bad_file_says_where_and_changes_nothing() {
    let world = World::start().await;
    let path = world.folder.path().join("bad.csv");
    std::fs::write(
        &path,
        "country,region,class,percent\nIT,,standard,10\nIT,,luxury,1\nITA,,zero,0\n",
    )
    .unwrap();
    let run = |arguments: &[&str]| rialto(&world.folder, &world.database, arguments);
    let before = run(&["taxes", "list"]).must().stdout;
    let refused = run(&["taxes", "import", &path.to_string_lossy()]);
    assert!(!refused.status.success(), "{refused:#?}");
    for said in [
        "nothing was changed",
        "row 3, column class",
        "row 4, column country",
    ] {
        assert!(refused.stderr.contains(said), "no {said:?}: {refused:#?}");
    }
    assert_eq!(run(&["taxes", "list"]).must().stdout, before);
    let missing = run(&["delivery", "import", "nowhere.json"]);
    assert!(
        missing.refusal().contains("nowhere.json can't be read"),
        "{missing:#?}"
    );
}
