//! Webhooks that are not to be believed, or that say what is not so: generated from a seed. Refused, and nothing changed.

use crate::provider::{Fake, signed};
use crate::sql;
use crate::support::{Till, machine};
use domain::order::OrderState;
use domain::payment::Outcome;
use futures::StreamExt;
use http::{HeaderMap, HeaderName, HeaderValue};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use shop::Failure;
use shop::payment::paypal::{Keys, PayPal};
use shop::payment::stripe::Stripe;
use shop::payment::{PaymentError, PaymentProvider, webhook};
use shop::testing::{TestShop, patient};
use shopper::crooked::{forged, stripe_signature};
use sqlx::PgPool;
use std::sync::Arc;
use time::Duration;
use time::format_description::well_known::Rfc3339;

const SECRET: &str = "whsec_test";
const SEED: u64 = 20_261_127;
/// Nobody listens there.
const NOWHERE: &str = "http://127.0.0.1:1";

/// A shop with the real adapters, whose providers can't be reached.
async fn real(db: PgPool) -> TestShop {
    let keys = Keys {
        client_id: "client".to_owned(),
        client_secret: "secret".to_owned(),
        webhook_id: "WH-SHOP".to_owned(),
    };
    let stripe = Stripe::new(NOWHERE, "sk_test", SECRET).expect("Stripe");
    let paypal = PayPal::new(NOWHERE, keys).expect("PayPal");
    let providers: Vec<Arc<dyn PaymentProvider>> = vec![Arc::new(stripe), Arc::new(paypal)];
    let shop = TestShop::build(db).without_redis().providers(providers);
    shop.limits(patient()).start().await
}

fn header(name: &'static str, value: &[u8]) -> HeaderMap {
    let value = HeaderValue::from_bytes(value);
    let name = HeaderName::from_static(name);
    HeaderMap::from_iter(value.ok().map(|value| (name, value)))
}

fn stripe_event(number: &str) -> Value {
    json!({
        "id": "evt_1", "type": "checkout.session.completed",
        "data": { "object": {
            "id": "cs_1", "url": null, "status": "complete", "payment_status": "paid", "amount_total": 2_890,
            "currency": "eur", "client_reference_id": number, "payment_intent": "pi_1",
            "metadata": { "attempt": "00000000-0000-0000-0000-000000000001" },
        } },
    })
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn five_thousand_forged_or_stale_webhooks_of_stripe_are_refused(db: PgPool) {
    let shop = real(db).await;
    let mut random = StdRng::seed_from_u64(SEED);
    let genuine = serde_json::to_vec(&stripe_event("RI-0000-0000")).expect("a body");
    for case in 0..5_000 {
        let now = shop.clock.time().unix_timestamp();
        let (signature, body) = forged(&mut random, SECRET, now, &genuine);
        let headers = header("stripe-signature", &signature);
        match webhook(&shop, "stripe", &headers, &body).await {
            Err(Failure::Refused(PaymentError::Forged)) => {}
            other => panic!("case {case} of seed {SEED}: {headers:?} {other:?}"),
        }
    }
    assert_eq!(sql::webhooks(&shop.db).await, []);
    // The same without a change is believed, and about no order of ours.
    let good = stripe_signature(SECRET, shop.clock.time().unix_timestamp(), &genuine);
    let headers = header("stripe-signature", good.as_bytes());
    webhook(&shop, "stripe", &headers, &genuine)
        .await
        .expect("it is acknowledged");
    assert_eq!(sql::webhooks(&shop.db).await, [("evt_1".to_owned(), true)]);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn five_thousand_webhooks_that_can_not_be_paypal_s_are_refused_unasked(db: PgPool) {
    let shop = real(db).await;
    let mut random = StdRng::seed_from_u64(SEED);
    let now = shop.clock.time();
    let body = json!({ "id": "WH-1", "event_type": "PAYMENT.CAPTURE.COMPLETED", "resource": {} });
    let body = serde_json::to_vec(&body).expect("a body");
    let names = [
        "paypal-auth-algo",
        "paypal-cert-url",
        "paypal-transmission-id",
        "paypal-transmission-sig",
        "paypal-transmission-time",
    ];
    for case in 0..5_000 {
        let mut headers = HeaderMap::new();
        for name in names {
            headers.insert(name, HeaderValue::from_static("x"));
        }
        let off = Duration::hours(random.random_range(76..10_000));
        let at = if random.random() {
            now - off
        } else {
            now + off
        };
        let stamp = at.format(&Rfc3339).expect("a stamp");
        headers.insert(names[4], stamp.parse().expect("a header"));
        let mut body = body.clone();
        match random.random_range(0..3) {
            // Out of time.
            0 => {}
            1 => {
                headers.remove(names[random.random_range(0..5)]);
            }
            _ => {
                headers.insert(
                    names[4],
                    stamp[..random.random_range(0..19)]
                        .parse()
                        .expect("a header"),
                );
                body.truncate(random.random_range(0..body.len()));
            }
        }
        match webhook(&shop, "paypal", &headers, &body).await {
            Err(Failure::Refused(PaymentError::Forged)) => {}
            other => panic!("case {case} of seed {SEED}: {headers:?} {other:?}"),
        }
    }
    // What could be PayPal's, while PayPal can't be asked, has to come again.
    let mut headers = HeaderMap::new();
    for name in names {
        headers.insert(name, HeaderValue::from_static("x"));
    }
    let stamp = now.format(&Rfc3339).expect("a stamp");
    headers.insert(names[4], stamp.parse().expect("a header"));
    let answer = webhook(&shop, "paypal", &headers, &body).await;
    assert!(
        matches!(answer, Err(Failure::Refused(PaymentError::Unavailable))),
        "{answer:?}"
    );
    assert_eq!(sql::webhooks(&shop.db).await, []);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn five_thousand_genuine_webhooks_that_say_what_is_not_so_change_nothing(db: PgPool) {
    let (first, second) = (
        Arc::new(Fake::named("first")),
        Arc::new(Fake::named("second")),
    );
    let till = Till::with(db, &[&first, &second], patient()).await;
    let mug = till.mug(9).await;
    let placed = till.buy(mug, 1).await;
    let other = till.buy(mug, 2).await;
    let genuine: Value = {
        first.decide("page_1", Outcome::Captured);
        serde_json::from_slice(&first.notice("evt", "page_1")).expect("a body")
    };
    let foreign: Value = serde_json::from_slice(&first.notice("evt", "page_2")).expect("a body");
    let before = (
        sql::tries(&till.db, placed.order).await,
        sql::tries(&till.db, other.order).await,
        sql::stock(&till.db, mug).await,
    );
    let mut random = StdRng::seed_from_u64(SEED);
    let untrue: Vec<(&str, Vec<u8>)> = (0..5_000)
        .map(|case| {
            let random = &mut random;
            let mut body = genuine.clone();
            let mut provider = "first";
            match random.random_range(0..6) {
                // Wrong amounts, overflowing ones too, and wrong currencies.
                0 => {
                    let owed = genuine["minor"].as_i64().expect("an amount");
                    let wrong = [0, -owed, owed - 1, owed + 1, owed * 100, i64::MAX, i64::MIN];
                    body["minor"] = json!(wrong[random.random_range(0..wrong.len())]);
                }
                1 => {
                    let wrong = ["USD", "JPY", "KWD", "CHF", "GBP"];
                    body["currency"] = json!(wrong[random.random_range(0..wrong.len())]);
                }
                // From a provider that this payment is not of.
                2 => provider = "second",
                // Another's attempt, another's order, nobody's.
                3 => body["attempt"] = foreign["attempt"].clone(),
                4 => body["number"] = foreign["number"].clone(),
                _ => body["attempt"] = json!(uuid::Uuid::from_u128(random.random())),
            }
            body["event"] = json!(format!("evt_{case}"));
            (provider, serde_json::to_vec(&body).expect("a body"))
        })
        .collect();
    let shop = &till.shop;
    let telling = untrue
        .iter()
        .enumerate()
        .map(|(case, (provider, body))| async move {
            webhook(shop, provider, &signed(), body)
                .await
                .unwrap_or_else(|error| panic!("case {case} of seed {SEED}: {error}"));
        });
    futures::stream::iter(telling)
        .buffer_unordered(8)
        .collect::<Vec<()>>()
        .await;
    let after = (
        sql::tries(&till.db, placed.order).await,
        sql::tries(&till.db, other.order).await,
        sql::stock(&till.db, mug).await,
    );
    assert_eq!(before, after);
    let unhandled = "SELECT count(*) FROM webhook_event WHERE handled_at IS NULL";
    assert_eq!(sql::count(&till.db, unhandled).await, 0);
    // The true one is believed, once: its replays for all the time to come are the same event.
    for days in [0, 1, 400] {
        till.clock.advance(Duration::days(days));
        let mut body = genuine.clone();
        body["event"] = json!("evt_true");
        let body = serde_json::to_vec(&body).expect("a body");
        webhook(&till, "first", &signed(), &body)
            .await
            .expect("it is acknowledged");
    }
    assert_eq!(till.order(&placed).await.state, OrderState::Paid);
    assert_eq!(
        sql::events(&till.db, placed.order).await,
        ["order.placed", "order.paid"]
    );
    till.drain().await;
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_return_with_another_s_reference_or_provider_is_nobody_s(db: PgPool) {
    let (first, second) = (
        Arc::new(Fake::named("first")),
        Arc::new(Fake::named("second")),
    );
    let till = Till::with(db, &[&first, &second], patient()).await;
    till.buy(till.mug(5).await, 1).await;
    let calls = (first.calls(), second.calls());
    for (provider, reference) in [
        ("second", "page_1"),
        ("nobody", "page_1"),
        ("none", "page_1"),
        ("", "page_1"),
        ("first", "page_9"),
        ("first", "page\0"),
        ("first", "päge"),
    ] {
        let answer = shop::payment::returned(&till, &machine(), provider, reference).await;
        assert!(
            matches!(answer, Err(Failure::Refused(PaymentError::Unknown))),
            "{provider} {reference}: {answer:?}"
        );
    }
    assert_eq!((first.calls(), second.calls()), calls, "nobody was asked");
}

/// A message that PostgreSQL could not keep as it is would be answered with an error, and sent again for days.
#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_message_with_a_nul_in_it_is_kept(db: PgPool) {
    let shop = real(db).await;
    let now = shop.clock.time().unix_timestamp();
    let mut event = stripe_event("RI-0000\0-0000");
    event["data"]["object"]["customer_details"] = json!({ "name": "Ada\0Moro", "na\0me": ["\0"] });
    let answer = async |event: &Value| {
        let body = serde_json::to_vec(event).expect("a body");
        let signature = stripe_signature(SECRET, now, &body);
        let headers = header("stripe-signature", signature.as_bytes());
        webhook(&shop, "stripe", &headers, &body).await
    };
    answer(&event).await.expect("it is acknowledged");
    assert_eq!(sql::webhooks(&shop.db).await, [("evt_1".to_owned(), true)]);
    event["id"] = json!("evt\0");
    let refused = answer(&event).await;
    assert!(
        matches!(refused, Err(Failure::Refused(PaymentError::Malformed))),
        "{refused:?}"
    );
}
