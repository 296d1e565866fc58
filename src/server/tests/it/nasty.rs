//! Bodies that nobody would send, made up from a seed: whatever comes, the answer is a refusal or a page, never a broken shop.

use crate::browser::{ADA, Shopper, encoded};
use crate::world::World;
use serde_json::{Value, json};

/// How many, over all forms and functions.
const COUNT: u64 = 500;

/// Chance that can be repeated (xorshift64*).
pub struct Chance(pub u64);

impl Chance {
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).unwrap_or(0)
    }

    pub fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    pub fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

pub fn nasty_text(chance: &mut Chance) -> String {
    const TEXTS: [&str; 26] = [
        "",
        " ",
        "\0",
        "a\0b",
        "-1",
        "0",
        "1e9",
        "NaN",
        "9223372036854775808",
        "-9223372036854775809",
        "0x10",
        "null",
        "true",
        "'; DROP TABLE orders; --",
        "\"><script>alert(1)</script>",
        "{{7*7}}",
        "${7*7}",
        "%s%n",
        "../../etc/passwd",
        "\r\nSet-Cookie: a=b",
        "\u{202e}gnp.exe",
        "👩‍👩‍👧‍👦",
        "\u{feff}",
        "Ǆ",
        "\u{ffff}",
        "\u{1b}[31m",
    ];
    match chance.below(4) {
        0 => "x".repeat(1 << chance.below(15)),
        1 => (0..chance.below(40))
            .map(|_| {
                char::from_u32(u32::try_from(chance.next() % 0xD7FF).unwrap_or(65)).unwrap_or('?')
            })
            .collect(),
        _ => (*chance.pick(&TEXTS)).to_owned(),
    }
}

fn nasty_json(chance: &mut Chance, depth: usize) -> Value {
    match chance.below(if depth > 3 { 6 } else { 8 }) {
        0 => Value::Null,
        1 => json!(chance.one_in(2)),
        2 => json!(i64::from_ne_bytes(chance.next().to_ne_bytes())),
        3 => json!(f64::MAX),
        4 | 5 => json!(nasty_text(chance)),
        6 => Value::Array(
            (0..chance.below(4))
                .map(|_| nasty_json(chance, depth + 1))
                .collect(),
        ),
        _ => Value::Object(
            (0..chance.below(4))
                .map(|_| (nasty_text(chance), nasty_json(chance, depth + 1)))
                .collect(),
        ),
    }
}

/// Replaces some of what is in `value` by something nasty.
fn spoil(value: &mut Value, chance: &mut Chance) {
    if chance.one_in(4) {
        *value = nasty_json(chance, 0);
        return;
    }
    match value {
        Value::Object(fields) => {
            for field in fields.values_mut() {
                spoil(field, chance);
            }
            if chance.one_in(6) {
                fields.insert(nasty_text(chance), nasty_json(chance, 0));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| spoil(item, chance)),
        Value::String(text) if chance.one_in(3) => *text = nasty_text(chance),
        _ => {}
    }
}

/// A form's fields, spoilt: replaced, repeated, dropped, invented, or no form at all.
fn spoilt_form(fields: &[(String, String)], chance: &mut Chance) -> Vec<u8> {
    let mut sent: Vec<(String, String)> = Vec::new();
    for (name, value) in fields {
        match chance.below(6) {
            0 => {}
            1 => sent.extend([
                (name.clone(), nasty_text(chance)),
                (name.clone(), value.clone()),
            ]),
            2 | 3 => sent.push((name.clone(), nasty_text(chance))),
            _ => sent.push((name.clone(), value.clone())),
        }
    }
    if chance.one_in(5) {
        sent.push((nasty_text(chance), nasty_text(chance)));
    }
    let pairs: Vec<(&str, &str)> = sent
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let mut body = encoded(&pairs).into_bytes();
    if chance.one_in(5) {
        // Not UTF-8, percent-encoded or not.
        const ENDS: [&[u8]; 5] = [
            b"&name=%FF%FE",
            b"&name=\xff\xfe",
            b"&%",
            b"%zz=%",
            b"&=&=&",
        ];
        body.extend_from_slice(ENDS[chance.below(ENDS.len())]);
    }
    body
}

async fn send_spoilt(
    shopper: &Shopper,
    forms: &[(String, Vec<(String, String)>)],
    calls: &[(&str, Value)],
    chance: &mut Chance,
) -> (String, crate::browser::Answer) {
    if chance.one_in(2) {
        let (path, fields) = chance.pick(forms);
        let body = spoilt_form(fields, chance);
        let shown = format!(
            "{path} {}",
            String::from_utf8_lossy(&body)
                .chars()
                .take(600)
                .collect::<String>()
        );
        (shown, shopper.post_raw(path, body).await)
    } else {
        let (path, arguments) = chance.pick(calls);
        let mut arguments = arguments.clone();
        spoil(&mut arguments, chance);
        let shown = format!(
            "{path} {}",
            arguments.to_string().chars().take(600).collect::<String>()
        );
        (shown, shopper.call(path, arguments).await)
    }
}

#[tokio::test]
async fn whatever_is_sent_the_shop_is_never_broken() {
    let world = World::start().await;
    let shopper = world.shopper();
    let vase = world.variant("VASE").await;
    shopper.add(&vase, 1).await;
    let mut checkout = shopper.checkout().await;
    checkout.fill(&ADA);
    let own = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let mut place = checkout.form.fields.clone();
    place.push(own("action", "place"));
    // The total is one that nobody was shown, so that none of these can become an order by chance.
    place
        .iter_mut()
        .filter(|(name, _)| name == "seen_total")
        .for_each(|(_, value)| *value = "1".to_owned());
    let mut update = checkout.form.fields.clone();
    update.push(own("action", "update"));
    let forms = [
        (
            "/en-eu/cart/lines".to_owned(),
            vec![
                own("variant", &vase),
                own("quantity", "1"),
                own("command", "x"),
            ],
        ),
        (
            "/en-eu/cart/lines".to_owned(),
            vec![
                own("product", &vase),
                own("option1", "Lagoon"),
                own("option2", "350 ml"),
            ],
        ),
        (
            format!("/en-eu/cart/lines/{vase}"),
            vec![own("quantity", "3"), own("command", "x")],
        ),
        ("/en-eu/checkout".to_owned(), update),
        ("/en-eu/checkout".to_owned(), place),
        (
            "/en-eu/orders/RI-0000-0000/token/pay".to_owned(),
            vec![own("a", "b")],
        ),
        ("/webhooks/stripe".to_owned(), vec![own("id", "evt_1")]),
    ];
    let change = json!({ "kind": "set_quantity", "variant": vase, "quantity": 2 });
    let form: serde_json::Map<String, Value> = ADA
        .iter()
        .map(|(name, value)| ((*name).to_owned(), json!(value)))
        .collect();
    let calls = [
        ("/api/cart/read", json!({ "storefront": "en-eu" })),
        (
            "/api/cart/change",
            json!({ "storefront": "en-eu", "command": { "command": uuid::Uuid::now_v7(), "change": change } }),
        ),
        (
            "/api/checkout/estimate",
            json!({ "storefront": "en-eu", "form": form }),
        ),
        (
            "/api/order/status",
            json!({ "number": "RI-0000-0000", "token": "token" }),
        ),
        (
            "/api/product/stock",
            json!({ "storefront": "en-eu", "product": vase }),
        ),
    ];
    let mut seen = std::collections::BTreeSet::new();
    for seed in 1..=COUNT {
        let mut chance = Chance(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let (sent, answer) = send_spoilt(&shopper, &forms, &calls, &mut chance).await;
        assert!(answer.status < 500, "seed {seed}: {sent}\n{answer}");
        assert!(
            matches!(answer.status, 200 | 303 | 400..=422),
            "seed {seed}: {sent}\n{answer}"
        );
        assert!(
            !answer.text().contains("<script>"),
            "seed {seed}: {sent}\n{answer}"
        );
        seen.insert(answer.status);
    }
    for status in [200, 303, 400, 404, 422] {
        assert!(seen.contains(&status), "the bodies are too tame: {seen:?}");
    }
    assert_eq!(world.count("SELECT count(*) FROM orders").await, 0);
    assert!(world.simulator.sessions().await.is_empty());
    world.server.assert_unbroken();
    // And the shopper can still buy.
    shopper.add(&vase, 1).await;
    let mut checkout = shopper.checkout_as_ada().await;
    for (field, value) in [
        ("line2", ""),
        ("phone", ""),
        ("country", "IT"),
        ("delivery", "standard"),
    ] {
        checkout.form.set(field, value);
    }
    checkout.place(&shopper).await;
}
