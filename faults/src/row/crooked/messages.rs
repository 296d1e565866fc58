//! Messages that are not a provider's, or say what is not so.

use super::{Case, Cast};
use rand::Rng;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use shopper::crooked::{forged, garbage, pick, stripe_signature, wrong};
use std::time::{SystemTime, UNIX_EPOCH};
use uuid::Uuid;
use xtask::stack::WEBHOOK_SECRET;

/// PayPal's headers of a message; the last is when it was sent.
const PAYPAL: [&str; 5] = [
    "paypal-auth-algo",
    "paypal-cert-url",
    "paypal-transmission-id",
    "paypal-transmission-sig",
    "paypal-transmission-time",
];

/// Seconds since 1970.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs().cast_signed())
}

/// What Stripe would say when the unpaid order's page was paid.
fn paid(cast: &Cast, id: &str) -> Value {
    let order = &cast.unpaid;
    json!({
        "id": id, "object": "event", "type": "checkout.session.completed", "created": now(),
        "data": { "object": {
            "id": order.reference, "object": "checkout.session", "url": null, "status": "complete",
            "payment_status": "paid", "amount_total": order.amount, "currency": "eur",
            "client_reference_id": order.number, "payment_intent": "pi_crooked",
            "metadata": { "attempt": order.attempt },
        } },
    })
}

fn bytes(body: &Value) -> Vec<u8> {
    body.to_string().into_bytes()
}

fn signed(body: &Value) -> Case {
    let body = bytes(body);
    let signature = stripe_signature(WEBHOOK_SECRET, now(), &body);
    Case::message("stripe", vec![("stripe-signature", signature.into())], body)
}

/// Forged, damaged or out of time.
pub fn not_stripe_s(random: &mut StdRng, cast: &Cast) -> Case {
    let genuine = bytes(&paid(cast, &format!("evt_{:x}", random.random::<u64>())));
    let (signature, body) = forged(random, WEBHOOK_SECRET, now(), &genuine);
    Case::message("stripe", vec![("stripe-signature", signature)], body)
}

/// Without PayPal's headers, with PayPal's and a signature that is not PayPal's, or no message at all.
pub fn not_paypal_s(random: &mut StdRng, cast: &Cast) -> Case {
    let event = json!({
        "id": format!("WH-{:x}", random.random::<u64>()), "event_type": "PAYMENT.CAPTURE.COMPLETED",
        "resource": { "id": cast.unpaid.reference, "custom_id": cast.unpaid.attempt, "status": "COMPLETED",
                      "amount": { "value": "1.00", "currency_code": "EUR" } },
    });
    let mut body = bytes(&event);
    let stamp = pick(
        random,
        &[
            "2026-01-01T00:00:00Z",
            "2099-01-01T00:00:00Z",
            "today",
            "",
            "1",
        ],
    );
    let mut headers: Vec<(&'static str, Vec<u8>)> = PAYPAL
        .iter()
        .map(|name| (*name, format!("x{:x}", random.random::<u64>()).into_bytes()))
        .collect();
    headers[4].1 = stamp.into();
    match random.random_range(0..3) {
        0 => {}
        1 => drop(headers.remove(random.random_range(0..5))),
        _ => body.truncate(random.random_range(0..body.len())),
    }
    Case::message("paypal", headers, body)
}

/// Rightly signed by Stripe, and sent as if it were somebody else's.
pub fn to_another(random: &mut StdRng, cast: &Cast) -> Case {
    let body = bytes(&paid(cast, &format!("evt_{:x}", random.random::<u64>())));
    let signature = stripe_signature(WEBHOOK_SECRET, now(), &body);
    let to = pick(
        random,
        &[
            "paypal",
            "easypost",
            "nobody",
            "none",
            "free",
            "Stripe",
            "stripe%00",
            "stripe%20",
        ],
    );
    let header = match random.random() {
        true => "stripe-signature",
        false => pick(random, &["x-hmac-signature", "paypal-transmission-sig"]),
    };
    Case::message(to, vec![(header, signature.into())], body)
}

/// Rightly signed, and not so: another amount or currency, another's order, nobody's.
pub fn untrue(random: &mut StdRng, cast: &Cast) -> Case {
    let mut event = paid(cast, &format!("evt_{:x}", random.random::<u64>()));
    let owed = cast.unpaid.amount;
    let object = &mut event["data"]["object"];
    match random.random_range(0..6) {
        0 => object["amount_total"] = json!(wrong(random, owed)),
        1 => {
            object["amount_total"] = pick_json(
                random,
                &[json!(u64::MAX), json!(1e300), json!("1"), json!(null)],
            )
        }
        2 => {
            object["currency"] = json!(pick(
                random,
                &["usd", "jpy", "kwd", "chf", "xxx", "", "EURO"]
            ))
        }
        3 => object["metadata"]["attempt"] = json!(cast.paid.attempt),
        4 => object["client_reference_id"] = json!(cast.paid.number),
        _ => object["metadata"]["attempt"] = json!(Uuid::from_u128(random.random())),
    }
    signed(&event)
}

fn pick_json(random: &mut StdRng, all: &[Value]) -> Value {
    all[random.random_range(0..all.len())].clone()
}

/// The one event over and over, whatever it says by now: it was kept, and about nothing of ours, before the true one came.
pub fn replayed(random: &mut StdRng, cast: &Cast) -> Case {
    let mut event = paid(cast, super::REPLAYED);
    if random.random() {
        event["data"]["object"]["amount_total"] = json!(wrong(random, cast.unpaid.amount));
        event["data"]["object"]["client_reference_id"] = json!(garbage(random));
    }
    signed(&event)
}

/// What is replayed.
pub fn first(_: &mut StdRng, _: &Cast) -> Case {
    signed(&json!({ "id": super::REPLAYED, "type": "customer.created", "data": { "object": {} } }))
}
