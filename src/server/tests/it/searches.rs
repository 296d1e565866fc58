//! Searches are counted over HTTP, and read by `rialto searches`.

use crate::browser::{Shopper, encoded};
use crate::world::{World, eventually, rialto};
use reqwest::Method;
use serde_json::{Value, json};

async fn click(shopper: &Shopper, fields: &[(&str, &str)]) {
    let answer = shopper.post("/en-eu/api/click", fields).await.expect(204);
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("set-cookie"), "", "nobody is remembered");
}

#[tokio::test]
async fn a_search_and_what_is_opened_then_are_counted() {
    let mut world = World::start().await;
    let shopper = world.shopper();
    let report = |arguments: &[&str]| -> Value {
        let mut all = vec!["searches"];
        all.extend(arguments);
        all.push("--json");
        let ran = rialto(&world.folder, &world.database, &all).must();
        serde_json::from_str(&ran.stdout).expect("JSON")
    };
    let page = shopper
        .get("/en-eu/search?q=Dogana++VASE")
        .await
        .expect(200);
    for told in [
        "data-clicks=\"/en-eu/api/click\"",
        "data-script=\"/assets/clicks.",
    ] {
        assert!(page.text().contains(told), "{told}: {page}");
    }
    shopper.get("/en-eu/search?q=dogana+vase").await.expect(200);
    shopper.get("/de-us/search?q=zzyzxqqk").await.expect(200);
    shopper
        .get("/en-eu/search?q=ada%40example.com")
        .await
        .expect(200);
    // What nobody typed, or not now.
    for other in ["&stock=1", "&sort=newest", "&exact=1", "&from=10"] {
        let address = format!("/en-eu/search?q=dogana+vase{other}");
        shopper.get(&address).await.expect(200);
    }
    shopper.get("/en-eu/search").await.expect(200);
    shopper.get("/en-eu/api/suggest?q=dogana").await.expect(200);
    let ahead = [("sec-purpose", "prefetch;prerender")];
    let headed = shopper.get_with("/en-eu/search?q=dogana+vase", &ahead);
    headed.await.expect(200);
    let head = shopper.send(Method::HEAD, "/en-eu/search?q=dogana+vase", &[], None);
    head.await.expect(200);

    click(
        &shopper,
        &[
            ("q", "dogana vase"),
            ("product", "dogana-vase"),
            ("rank", "1"),
        ],
    )
    .await;
    // What counts nothing is answered in the same way.
    for fields in [
        vec![
            ("q", "dogana vase"),
            ("product", "dogana-vase"),
            ("rank", "-1"),
        ],
        vec![
            ("q", "dogana vase"),
            ("product", "there-is-none"),
            ("rank", "1"),
        ],
        vec![("q", "dogana vase"), ("product", "../../'"), ("rank", "1")],
        vec![("q", ""), ("product", "dogana-vase"), ("rank", "1")],
        vec![],
    ] {
        click(&shopper, &fields).await;
    }
    let headers = [
        ("sec-fetch-site", "same-origin"),
        ("content-type", "text/plain;charset=UTF-8"),
    ];
    for body in [
        vec![0xff, 0xfe, b'=', b'&'],
        b"{\"q\":1}".to_vec(),
        "q=".repeat(20_000).into_bytes(),
    ] {
        let sent = shopper.send(Method::POST, "/en-eu/api/click", &headers, Some(body));
        sent.await.expect(204);
    }
    let from_elsewhere = [("sec-fetch-site", "cross-site")];
    let body = encoded(&[
        ("q", "dogana vase"),
        ("product", "calle-mug"),
        ("rank", "1"),
    ]);
    let forged = shopper.send(
        Method::POST,
        "/en-eu/api/click",
        &from_elsewhere,
        Some(body.into_bytes()),
    );
    forged.await.expect(403);
    shopper.post("/xx-yy/api/click", &[]).await.expect(404);
    assert!(shopper.cookies().is_empty());

    eventually("all of it is written down", async || {
        let all = &report(&["top"])["all"];
        all["asked"] == 4 && all["clicks"] == 1
    })
    .await;
    let top = report(&["top"]);
    assert_eq!(top["all"]["unwritten"], 1);
    let vase = &top["lines"][0];
    assert_eq!(
        (
            &vase["query"],
            &vase["asked"],
            &vase["nothing"],
            &vase["clicks"]
        ),
        (&json!("dogana vase"), &json!(2), &json!(0), &json!(1))
    );
    assert_ne!(vase["results"], 0);
    let in_vain = report(&["nothing-found", "--market", "us", "--locale", "de"]);
    assert_eq!(in_vain["lines"][0]["query"], "zzyzxqqk");
    assert_eq!(
        report(&["clicked", "DOGANA vase"]),
        json!([{ "product": "dogana-vase", "clicks": 1, "rank": 1.0 }])
    );
    let run = |arguments: &[&str]| rialto(&world.folder, &world.database, arguments);
    let shown = run(&["searches", "top", "--days", "1"]).must().stdout;
    assert!(
        shown.starts_with("4 searches; ")
            && shown.contains("; 0.25 clicks for each; 1 not written down"),
        "{shown}"
    );
    for (arguments, said) in [
        (["top", "--days", "0"], "1 to 400"),
        (["top", "--limit", "501"], "1 to 500"),
        (["top", "--market", "mars"], "no market mars"),
        (["top", "--market", "E U"], "a market's code"),
        (["nothing-found", "--locale", "fr"], "en or de"),
    ] {
        let mut all = vec!["searches"];
        all.extend(arguments);
        let ran = run(&all);
        assert!(ran.refusal().contains(said), "{ran:#?}");
    }

    // What was counted last is written down before the end.
    shopper.get("/en-eu/search?q=last+words").await.expect(200);
    world.server.process.signal("TERM");
    eventually("the server has ended", async || {
        world.server.process.ended().is_some()
    })
    .await;
    let asked = "SELECT coalesce(sum(asked), 0)::bigint FROM search_day WHERE query = 'last words'";
    assert_eq!(world.count(asked).await, 1);
    world.server.assert_unbroken();
}
