//! `rialto orders` and `rialto jobs`: the real program, on orders that were really placed and paid.
//! It is waited for where it is called, so the carrier beside it needs a thread of its own.

use crate::browser::{Shopper, order_number};
use crate::world::{Plan, Ran, World, eventually, rialto_with};
use axum::extract::Path;
use axum::routing::{get, post};
use axum::{Json, Router};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

const CARRIERS_SECRET: &str = "carriers-secret";

/// EasyPost, as far as a parcel needs it: <https://docs.easypost.com>.
async fn easypost() -> String {
    let shipment = || {
        let rate = |id: &str, service: &str, rate: &str| json!({ "id": id, "carrier": "Gondola", "service": service, "rate": rate, "currency": "EUR", "delivery_days": 2 });
        json!({ "id": "shp_1", "rates": [rate("rate_2", "Fast", "9.90"), rate("rate_1", "Slow", "3.90")] })
    };
    let bought = |Path(id): Path<String>| async move {
        Json(json!({
            "id": id, "tracking_code": "EZ1000", "postage_label": { "label_url": "https://labels.example/1.png" },
            "selected_rate": { "id": "rate_1", "carrier": "Gondola", "service": "Slow", "rate": "3.90", "currency": "EUR" },
            "tracker": { "id": "trk_1", "tracking_code": "EZ1000", "status": "pre_transit", "public_url": "https://track.example/EZ1000" },
        }))
    };
    let router = Router::new()
        .route(
            "/v2/shipments",
            post(move || async move { Json(shipment()) }),
        )
        .route("/v2/shipments/{id}/buy", post(bought))
        .route(
            "/v2/trackers/{id}",
            get(|| async { Json(json!({ "tracking_code": "EZ1000", "status": "in_transit" })) }),
        );
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let origin = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, router).await });
    origin
}

/// A shop with a carrier, and the settings that `rialto` runs with beside it.
struct Desk {
    world: World,
    env: Vec<(&'static str, String)>,
}

impl Desk {
    async fn start() -> Self {
        let settings = vec![
            ("RIALTO_EASYPOST_URL", easypost().await),
            ("RIALTO_EASYPOST_KEY", "simulator-key".to_owned()),
            ("RIALTO_EASYPOST_WEBHOOK_SECRET", CARRIERS_SECRET.to_owned()),
        ];
        let plan = Plan {
            settings: settings.clone(),
            ..Plan::default()
        };
        let world = World::with(plan).await;
        let mut env = settings;
        env.extend([
            ("DATABASE_URL", world.database.url()),
            ("RIALTO_STRIPE_URL", world.simulator.origin.clone()),
            (
                "RIALTO_STRIPE_SECRET_KEY",
                crate::world::PROVIDERS_KEY.to_owned(),
            ),
        ]);
        Self { world, env }
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        let env: Vec<(&str, &str)> = self
            .env
            .iter()
            .map(|(key, value)| (*key, value.as_str()))
            .collect();
        rialto_with(&self.world.folder, arguments, &env)
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let ran = self.run(&[arguments, &["--json"]].concat()).must();
        serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:#?}"))
    }

    /// Says why it does nothing, in one line.
    #[track_caller]
    fn refuses(&self, arguments: &[&str], says: &str) {
        let ran = self.run(arguments);
        let said = ran.refusal();
        assert!(said.contains(says), "{said}");
    }

    /// Three vases, paid.
    async fn paid(&self, shopper: &Shopper) -> String {
        shopper.add(&self.world.variant("VASE").await, 3).await;
        let paying = shopper.place_as_ada().await;
        let thanks = shopper.pay_and_return(&paying).await.says("Thank you");
        order_number(&thanks.url)
    }

    async fn page_of(&self, number: &str) -> String {
        let token = self
            .world
            .one("SELECT token FROM orders WHERE number = $1", number)
            .await;
        format!("/en-eu/orders/{number}/{token}")
    }

    async fn carrier_says(&self, event: &str, status: &str) -> reqwest::StatusCode {
        let body = json!({
            "id": event, "object": "Event", "description": "tracker.updated",
            "result": { "id": "trk_1", "tracking_code": "EZ1000", "status": status },
        })
        .to_string();
        let mut mac = Hmac::<Sha256>::new_from_slice(CARRIERS_SECRET.as_bytes()).expect("a key");
        mac.update(body.as_bytes());
        let hex: String = mac
            .finalize()
            .into_bytes()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let client = reqwest::Client::builder()
            .no_proxy()
            .build()
            .expect("a client");
        let sent = client
            .post(format!("{}/webhooks/easypost", self.world.server.origin))
            .header("x-hmac-signature", format!("hmac-sha256-hex={hex}"))
            .header("content-type", "application/json")
            .body(body);
        sent.send().await.expect("an answer").status()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_is_listed_shipped_delivered_returned_and_refunded() {
    let desk = Desk::start().await;
    let shopper = desk.world.shopper();
    let number = desk.paid(&shopper).await;
    let order = number.as_str();
    let page = desk.page_of(order).await;

    let listed = desk.run(&["orders", "list", "--to-ship"]).must();
    assert!(
        listed.stdout.contains(order) && listed.stdout.contains("paid"),
        "{}",
        listed.stdout
    );
    assert_eq!(
        desk.json(&["orders", "list", "--email", "ADA@example.com"])["orders"][0]["number"],
        order
    );
    assert_eq!(
        desk.json(&["orders", "list", "--state", "refunded"])["orders"],
        json!([])
    );
    let shown = desk.run(&["orders", "show", &order.to_lowercase()]).must();
    for said in ["VASE", "Ada Lovelace", "order.paid", "19.99 EUR"] {
        assert!(shown.stdout.contains(said), "no {said} in {}", shown.stdout);
    }
    assert_eq!(
        desk.json(&["orders", "show", order])["attempts"][0]["state"],
        "captured"
    );

    // One by hand, the rest by the carrier.
    let by_hand = [
        "orders",
        "ship",
        order,
        "--line",
        "VASE=1",
        "--carrier",
        "Own boat",
        "--tracking",
        "B-1",
        "--link",
        "https://boat.example/1",
    ];
    let shipped = desk.run(&by_hand).must();
    assert!(
        shipped.stdout.contains("parcel 1: shipped, tracking B-1"),
        "{}",
        shipped.stdout
    );
    shopper
        .get(&page)
        .await
        .says("Part of it is on its way")
        .says("1 × Dogana vase")
        .says("Own boat");
    let rates = desk.run(&["orders", "ship", order, "--rates"]).must();
    let slow = rates.stdout.find("Slow").expect("Slow");
    assert!(
        slow < rates.stdout.find("Fast").expect("Fast"),
        "the cheapest first: {}",
        rates.stdout
    );
    let bought = desk.json(&["orders", "ship", order, "--buy", "--line", "1=2"]);
    assert_eq!(
        (&bought["number"], &bought["state"]),
        (&json!(2), &json!("shipped"))
    );
    assert_eq!(bought["label_url"], "https://labels.example/1.png");
    let shown = shopper.get(&page).await.says("On its way").says("EZ1000");
    assert!(
        shown
            .text()
            .contains("href=\"https://track.example/EZ1000\""),
        "{shown}"
    );

    // The carrier tells, twice, and out of order.
    for (event, status) in [
        ("evt_2", "delivered"),
        ("evt_2", "delivered"),
        ("evt_1", "in_transit"),
    ] {
        assert_eq!(desk.carrier_says(event, status).await, 200);
    }
    desk.run(&["orders", "ship", order, "--delivered", "1"])
        .must();
    shopper.get(&page).await.says("Delivered");

    // Two come back; one of them can't be sold again.
    let back = desk
        .run(&[
            "orders", "return", order, "--line", "VASE=2", "--reason", "damaged",
        ])
        .must();
    assert!(
        back.stdout.contains("return 1: announced"),
        "{}",
        back.stdout
    );
    shopper
        .get(&page)
        .await
        .says("We are expecting it back.")
        .says("Arrived damaged");
    let received = desk.json(&["orders", "return", order, "--receive", "1"]);
    assert_eq!(
        received["refund"],
        json!({ "minor": 3998, "currency": "EUR" })
    );
    assert_eq!(desk.world.stock("VASE").await, (499, 0, 1));
    desk.world.until_jobs_are_done().await;
    shopper
        .get(&page)
        .await
        .says("€39.98 went back to you")
        .says("For what you sent back.");
    let rest = desk
        .run(&["orders", "refund", order, "--all", "--note", "kind"])
        .must();
    assert!(rest.stdout.contains("goes back"), "{}", rest.stdout);
    desk.world.until_order_is(order, "refunded").await;
    desk.world.until_jobs_are_done().await;
    let ledger = desk.world.simulator.ledger().await;
    let captured: i64 = desk.world.simulator.captures().await.iter().sum();
    let refunds = ledger["refunds"].as_array().expect("refunds");
    let sent: i64 = refunds
        .iter()
        .filter_map(|refund| refund["amount"].as_i64())
        .sum();
    assert_eq!((sent, refunds.len()), (captured, 2));
    let by = desk
        .world
        .one("SELECT cause || ' ' || (actor ->> 'kind') FROM audit_log WHERE action = 'refund.due' AND change ->> 'note' = $1", "kind")
        .await;
    assert!(
        by.starts_with("rialto orders refund, by ") && by.ends_with(" staff"),
        "{by}"
    );
    // Confirmed, shipped twice, delivered twice, announced, received, refunded twice.
    assert_eq!(desk.world.mails().len(), 9);
    desk.world.server.assert_unbroken();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn orders_are_called_off_before_and_after_they_are_paid() {
    let desk = Desk::start().await;
    let shopper = desk.world.shopper();
    let number = desk.paid(&shopper).await;
    let done = desk
        .run(&["orders", "cancel", &number, "--note", "fraud"])
        .must();
    assert!(
        done.stdout.contains("refund_due") && done.stdout.contains("EUR goes back"),
        "{}",
        done.stdout
    );
    desk.world.until_order_is(&number, "refunded").await;
    desk.refuses(&["orders", "cancel", &number], "went back before");
    assert_eq!(desk.world.stock("VASE").await, (500, 0, 0));
    shopper.add(&desk.world.variant("VASE").await, 1).await;
    let paying = shopper.place_as_ada().await;
    let open =
        desk.json(&["orders", "list", "--state", "payment_due"])["orders"][0]["number"].clone();
    let open = open.as_str().expect("a number");
    let done = desk.json(&["orders", "cancel", open]);
    assert_eq!(
        (&done["state"], &done["refund"]),
        (&json!("cancelled"), &Value::Null)
    );
    assert_eq!(desk.world.stock("VASE").await, (500, 0, 0));
    let page = shopper.get(&paying.url).await;
    assert!(
        !page.text().contains("card_number"),
        "it can't be paid any more: {page}"
    );
    let page = desk.page_of(open).await;
    shopper.get(&page).await.says("The order was cancelled");
    desk.world.until_jobs_are_done().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_makes_no_sense_is_refused_in_one_line_that_says_how_to_mend_it() {
    let desk = Desk::start().await;
    let shopper = desk.world.shopper();
    let number = desk.paid(&shopper).await;
    let order = number.as_str();
    desk.world.until_jobs_are_done().await;
    for (arguments, says) in [
        (&["orders", "show", "RI-NONE"][..], "rialto orders list"),
        (&["orders", "cancel", "RI-NONE"], "there is no such order"),
        (
            &["orders", "ship", order, "--line", "VASE=4"],
            "4 is more than the 3",
        ),
        (&["orders", "ship", order, "--line", "VASE=0"], "at least 1"),
        (
            &["orders", "ship", order, "--line", "VASE=-1"],
            "SKU=quantity",
        ),
        (&["orders", "ship", order, "--line", "VASE"], "SKU=quantity"),
        (
            &["orders", "ship", order, "--line", "CUP=1"],
            "it has VASE (line 1)",
        ),
        (
            &["orders", "ship", order, "--line", "VASE=1", "--line", "1=1"],
            "given twice",
        ),
        (&["orders", "ship", order, "--link", "boat"], "https://"),
        (
            &["orders", "ship", order, "--buy", "--service", "Teleport"],
            "it has Slow, Fast",
        ),
        (
            &["orders", "ship", order, "--delivered", "9"],
            "no shipment 9",
        ),
        (&["orders", "refund", order], "say what goes back"),
        (
            &["orders", "refund", order, "--amount", "100000"],
            "that can still go back",
        ),
        (
            &["orders", "refund", order, "--amount", "-1"],
            "more than zero",
        ),
        (
            &["orders", "refund", order, "--amount", "1,50"],
            "give one such as 12.50",
        ),
        (
            &[
                "orders",
                "refund",
                order,
                "--amount",
                "1",
                "--currency",
                "USD",
            ],
            "paid in EUR",
        ),
        (
            &[
                "orders",
                "refund",
                order,
                "--amount",
                "1",
                "--currency",
                "XXX",
            ],
            "not a currency",
        ),
        (
            &["orders", "return", order, "--line", "VASE=1"],
            "only what was shipped comes back",
        ),
        (&["orders", "return", order], "--line"),
        (
            &["orders", "return", order, "--receive", "1"],
            "no return 1",
        ),
        (&["orders", "list", "--after", "x"], "where a list went on"),
        (
            &["jobs", "show", "00000000-0000-0000-0000-000000000001"],
            "rialto jobs list",
        ),
        (
            &["jobs", "retry", "00000000-0000-0000-0000-000000000001"],
            "no such job",
        ),
        (
            &["jobs", "discard", "00000000-0000-0000-0000-000000000001"],
            "no such job",
        ),
        (
            &["jobs", "replay", "00000000-0000-0000-0000-000000000001"],
            "no job came of that event",
        ),
    ] {
        desk.refuses(arguments, says);
    }
    // The refused label's parcel is kept, as given up; nothing else changed.
    let shipments = desk
        .world
        .count("SELECT count(*) FROM shipment WHERE state <> 'cancelled'")
        .await;
    let refunds = desk.world.count("SELECT count(*) FROM refund").await;
    let counted = desk
        .world
        .count("SELECT sum(shipped + refunded + returned + withdrawn)::bigint FROM order_line")
        .await;
    assert_eq!((shipments, refunds, counted), (0, 0, 0));
    // Arguments that can't be read are clap's: they name what is wrong, and how it is used.
    for arguments in [
        &["orders", "list", "--state", "lost"][..],
        &["orders", "list", "--from", "yesterday"],
        &["orders", "list", "--limit", "0"],
        &["orders", "ship", order, "--service", "Fast"],
        &["orders", "refund", order, "--all", "--amount", "1"],
        &["orders", "refund", order, "--id", "seven"],
        &[
            "orders", "return", order, "--line", "1=1", "--reason", "boredom",
        ],
        &["jobs", "list", "--state", "lost"],
        &["jobs", "show", "seven"],
        &["orders"],
        &["jobs"],
    ] {
        let ran = desk.run(arguments);
        assert_eq!(ran.status.code(), Some(2), "{arguments:?}: {ran:#?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refund_that_fails_is_seen_and_done_again_from_the_command_line() {
    let desk = Desk::start().await;
    let shopper = desk.world.shopper();
    let number = desk.paid(&shopper).await;
    desk.world.until_jobs_are_done().await;
    desk.world
        .simulator
        .faults(json!({ "requests": [{ "kind": "status500", "path": "/v1/refunds" }] }))
        .await;
    let id = "0193aaaa-0000-7000-8000-000000000001";
    for _ in 0..2 {
        let asked = desk.json(&["orders", "refund", &number, "--amount", "5.00", "--id", id]);
        assert_eq!(asked["id"], id);
    }
    eventually("it failed once", async || {
        !desk.json(&["jobs", "list", "--failing"])["jobs"]
            .as_array()
            .is_some_and(Vec::is_empty)
    })
    .await;
    let failing = desk.json(&["jobs", "list", "--failing", "--order", &number]);
    let job = failing["jobs"][0]["id"].as_str().expect("a job");
    assert_eq!(failing["jobs"][0]["consumer"], "payment.refund");
    let shown = desk.run(&["jobs", "show", job]).must();
    assert!(
        shown.stdout.contains("refund.due") && shown.stdout.contains(id),
        "{}",
        shown.stdout
    );
    desk.run(&["jobs", "list"]).must();
    desk.world.simulator.faults(json!({ "requests": [] })).await;
    desk.run(&["jobs", "retry", job]).must();
    desk.world.until_jobs_are_done().await;
    desk.refuses(&["jobs", "discard", job], "can't be given up");
    let event = desk.json(&["jobs", "show", job])["event"]
        .as_str()
        .expect("an event")
        .to_owned();
    let again = desk
        .run(&["jobs", "replay", &event, "--consumer", "payment.refund"])
        .must();
    assert!(
        again.stdout.contains("handled once more by payment.refund"),
        "{}",
        again.stdout
    );
    desk.world.until_jobs_are_done().await;
    let ledger = desk.world.simulator.ledger().await;
    assert_eq!(
        ledger["refunds"].as_array().map(Vec::len),
        Some(1),
        "{ledger}"
    );
}
