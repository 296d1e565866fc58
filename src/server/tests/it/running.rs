//! Starting, stopping, and what machines ask.

use crate::browser::ADA;
use crate::world::{Plan, Process, World, eventually};
use serde_json::json;
use std::sync::Arc;
use tokio::net::TcpStream;

#[tokio::test]
async fn machines_are_told_how_it_stands() {
    let world = World::with(Plan {
        settings: vec![("RIALTO_METRICS_TOKEN", "secret".to_owned())],
        ..Plan::default()
    })
    .await;
    let shopper = world.shopper();
    assert_eq!(shopper.get("/healthz").await.expect(200).text(), "alive\n");
    assert_eq!(shopper.get("/readyz").await.expect(200).text(), "ready\n");
    shopper.get("/en-eu/").await.expect(200);
    shopper.get("/metrics").await.expect(401);
    shopper
        .get_with("/metrics", &[("authorization", "Bearer secre")])
        .await
        .expect(401);
    let figures = shopper
        .get_with("/metrics", &[("authorization", "Bearer secret")])
        .await
        .expect(200);
    let wanted = "rialto_requests_total{method=\"GET\",route=\"/{storefront}/\",status=\"200\"} 1";
    assert!(figures.text().contains(wanted), "{}", figures.text());
    assert!(
        figures.text().contains("rialto_request_seconds"),
        "{}",
        figures.text()
    );

    // A request's id is the asker's when it is a good one, and stands in the log.
    let mine = "trace-0123456789";
    let answer = shopper
        .get_with("/en-eu/pages/about", &[("x-request-id", mine)])
        .await
        .expect(200);
    assert_eq!(answer.header("x-request-id"), mine);
    eventually("the log line of that request", async || {
        world
            .server
            .logged("answered")
            .iter()
            .any(|line| line["request"] == mine && line["status"] == 200)
    })
    .await;
    for bad in [
        "short",
        &"x".repeat(65),
        "with space and more",
        "semi;colon;s",
    ] {
        let answer = shopper
            .get_with("/en-eu/", &[("x-request-id", bad)])
            .await
            .expect(200);
        assert_ne!(answer.header("x-request-id"), bad);
    }
    let bare = world.another_server(&[("RIALTO_DEVELOPMENT", "false".to_owned())]);
    let outside = shopper.at(&bare.origin);
    outside.get("/metrics").await.expect(404);
    outside.get("/dev/mail").await.expect(404);
}

#[tokio::test]
async fn sigterm_lets_a_running_request_finish_and_takes_no_new_one() {
    let mut world = World::start().await;
    let shopper = Arc::new(world.shopper());
    shopper.add(&world.variant("VASE").await, 1).await;
    let mut checkout = shopper.checkout().await;
    checkout.fill(&ADA);
    world
        .simulator
        .faults(json!({ "requests": [{ "kind": "slow", "ms": 2500 }] }))
        .await;
    let placing = tokio::spawn({
        let shopper = shopper.clone();
        async move { checkout.press(&shopper).await }
    });
    eventually("the order is placed, and the provider asked", async || {
        world.count("SELECT count(*) FROM orders").await == 1
    })
    .await;
    world.server.process.signal("TERM");
    eventually("it says that it stops", async || {
        !world
            .server
            .logged("stopping: finishing what was begun")
            .is_empty()
    })
    .await;
    eventually("nobody new is let in", async || {
        TcpStream::connect(world.server.origin.trim_start_matches("http://"))
            .await
            .is_err()
    })
    .await;
    let answer = placing.await.unwrap();
    assert_eq!(answer.status, 303, "{answer}");
    assert!(answer.location().contains("/pay/cs_test_"), "{answer}");
    let mut ended = None;
    eventually("it ends", async || {
        ended = world.server.process.ended();
        ended.is_some()
    })
    .await;
    assert!(ended.is_some_and(|status| status.success()), "{ended:?}");
    assert!(!world.server.logged("stopped").is_empty());
    assert!(
        world
            .server
            .process
            .lines()
            .iter()
            .all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()),
        "logs are JSON"
    );
}

#[tokio::test]
async fn limits_answer_quickly_and_say_so() {
    let settings = vec![
        ("RIALTO_MAX_BODY", "2000".to_owned()),
        ("RIALTO_REQUEST_TIMEOUT", "2".to_owned()),
    ];
    let world = World::with(Plan {
        settings,
        ..Plan::default()
    })
    .await;
    let shopper = world.shopper();
    shopper
        .post_raw("/en-eu/cart/lines", "x".repeat(2_001))
        .await
        .expect(413);
    shopper.add(&world.variant("VASE").await, 1).await;
    let checkout = shopper.checkout_as_ada().await;
    world
        .simulator
        .faults(json!({ "requests": [{ "kind": "slow", "ms": 4000 }] }))
        .await;
    let busy = checkout.press(&shopper).await.expect(503);
    assert_eq!(busy.header("retry-after"), "2");
    // What was begun went on without the shopper: the order stands, once, and the same form finds it.
    let placed = async || {
        world
            .count("SELECT count(*) FROM payment_attempt WHERE state = 'pending'")
            .await
            == 1
    };
    eventually("the order is placed all the same", placed).await;
    world.simulator.faults(json!({ "requests": [] })).await;
    let again = checkout.press(&shopper).await.expect(303);
    assert!(again.location().contains("/pay/"), "{again}");
    assert_eq!(world.count("SELECT count(*) FROM orders").await, 1);
}

#[tokio::test]
async fn more_requests_at_once_than_can_be_served_are_told_to_come_back() {
    let world = World::with(Plan {
        settings: vec![("RIALTO_MAX_REQUESTS", "1".to_owned())],
        without_webhooks: true,
        ..Plan::default()
    })
    .await;
    let shopper = Arc::new(world.shopper());
    shopper.add(&world.variant("VASE").await, 1).await;
    let checkout = shopper.checkout_as_ada().await;
    let looking = world.shopper();
    looking.get("/en-eu/").await.expect(200);
    let slow = json!({ "requests": [{ "kind": "slow", "ms": 2500 }] });
    world.simulator.faults(slow).await;
    let placing = tokio::spawn({
        let shopper = shopper.clone();
        async move { checkout.press(&shopper).await }
    });
    eventually("the order is placed, and the provider asked", async || {
        world.count("SELECT count(*) FROM orders").await == 1
    })
    .await;
    let busy = shopper.get("/en-eu/cart").await.expect(503);
    assert_eq!(
        (busy.header("retry-after"), busy.header("cache-control")),
        ("2", "no-store")
    );
    assert!(busy.text().contains("busy"), "{busy}");
    // What stands around every answer stands around this one.
    let kind = busy.header("content-type");
    assert_eq!(kind, "text/html; charset=utf-8");
    assert!(busy.header("content-security-policy").contains("'self'"));
    assert!(!busy.header("x-request-id").is_empty());
    // A page from memory takes no place.
    looking.get("/en-eu/").await.expect(200);
    // A program gets a status, and a script what it can read.
    let program = looking.get("/robots.txt").await.expect(503);
    assert!(!program.text().contains("<html"), "{program}");
    let script = looking.get("/en-eu/api/suggest?q=v").await.expect(503);
    assert_eq!(script.header("retry-after"), "2");
    placing.await.unwrap().expect(303);
    shopper.get("/en-eu/").await.expect(200);
}

#[tokio::test]
async fn a_worker_alone_sends_the_mail() {
    let world = World::with(Plan {
        settings: vec![("RIALTO_WORKERS", "false".to_owned())],
        ..Plan::default()
    })
    .await;
    let shopper = world.shopper();
    shopper.add(&world.variant("VASE").await, 1).await;
    let paying = shopper.place_as_ada().await;
    shopper
        .pay_and_return(&paying)
        .await
        .says("Thank you. It is yours.");
    assert_eq!(
        world
            .count("SELECT count(*) FROM job WHERE state = 'waiting' AND consumer LIKE 'mail%'")
            .await,
        1
    );
    assert!(world.mails().is_empty());
    let url = world.database.url();
    let mail = world
        .folder
        .path()
        .join("mail")
        .to_string_lossy()
        .into_owned();
    let env = [
        ("DATABASE_URL", url.as_str()),
        ("RIALTO_MAIL_FOLDER", &mail),
    ];
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_rialto"));
    let mut worker = Process::spawn(
        "rialto worker",
        program,
        &["worker"],
        &env,
        world.folder.path(),
    );
    world.until_jobs_are_done().await;
    assert_eq!(world.mails().len(), 1);
    worker.signal("TERM");
    eventually("the worker ends", async || worker.ended().is_some()).await;
    assert!(worker.ended().is_some_and(|status| status.success()));
}
