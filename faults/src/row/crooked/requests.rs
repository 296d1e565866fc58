//! Requests that were tampered with, skip a step, or name another's order.

use super::{Case, Cast};
use rand::Rng;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use shopper::crooked::{garbage, pick, wrong};
use uuid::Uuid;

/// The order's form with prices that were never shown, credit that nobody has, another's checkout or key, fields that make no sense.
pub fn placement(random: &mut StdRng, cast: &Cast) -> Case {
    let mut form = cast.form.clone();
    let number = |name: &str| {
        form.get(name)
            .and_then(|text| text.parse().ok())
            .unwrap_or(0)
    };
    let (total, credit) = (number("seen_total"), number("seen_credit"));
    match random.random_range(0..9) {
        0 | 1 => {
            form.set("seen_total", &wrong(random, total).to_string());
        }
        2 => {
            form.set("seen_credit", &wrong(random, credit).to_string());
        }
        3 => {
            let more = pick(
                random,
                &["", "1e9", "0x10", "99999999999999999999", "-", "1.0", "NaN"],
            );
            form.set("seen_total", more);
        }
        4 => {
            form.set("checkout", &Uuid::from_u128(random.random()).to_string());
        }
        5 => {
            form.set("checkout", &cast.their_checkout);
        }
        6 => {
            form.set("key", &cast.used_key);
        }
        7 => {
            let name = pick(random, &["key", "checkout", "seen_total"]);
            form.set(name, &format!("{}?", garbage(random)));
        }
        _ => {
            let name = pick(random, &["email", "country", "delivery"]);
            form.set(name, &format!("{}?", garbage(random)));
        }
    }
    Case::Form(form)
}

/// A change of the cart with a quantity that there is not, or a variant that there is not.
pub fn quantity(random: &mut StdRng, cast: &Cast) -> Case {
    let odd = [
        json!(0),
        json!(-1),
        json!(100),
        json!(i64::MIN),
        json!(i64::MAX),
        json!(u64::MAX),
        json!(1.5),
        json!(1e300),
        json!("2"),
        json!(null),
        json!(true),
        json!([2]),
        json!({ "quantity": 2 }),
        json!(random.random_range(100..=u64::from(u32::MAX) * 2)),
    ];
    let quantity: Value = odd[random.random_range(0..odd.len())].clone();
    let nobody = Uuid::from_u128(random.random());
    let (variant, quantity) = match random.random_range(0..4) {
        0 => (nobody, json!(2)),
        _ => (cast.variant, quantity),
    };
    let kind = pick(random, &["add_line", "set_quantity"]);
    let change = json!({ "kind": kind, "variant": variant, "quantity": quantity });
    let command = json!({ "command": Uuid::from_u128(random.random()), "change": change });
    Case::Call(json!({ "storefront": "en-eu", "command": command }))
}

/// Placed by nobody, without what comes before it, back from a page that nobody paid, paid again.
pub fn skipped(random: &mut StdRng, cast: &Cast) -> Case {
    let mut form = cast.form.clone();
    match random.random_range(0..5) {
        0 => Case::Stranger(form),
        1 => {
            form.remove(pick(random, &["key", "checkout", "seen_total"]));
            Case::Form(form)
        }
        2 => {
            let reference = plain(&garbage(random));
            Case::Get(format!("/en-eu/checkout/return?session_id=cs_{reference}"))
        }
        3 => {
            let provider = pick(random, &["paypal", "nobody", "none", "free", ""]);
            let reference = &cast.unpaid.reference;
            Case::Get(format!(
                "/en-eu/checkout/return?provider={provider}&token={reference}"
            ))
        }
        _ => {
            let order = &cast.paid;
            Case::Post(format!(
                "/en-eu/orders/{}/{}/pay",
                order.number, order.token
            ))
        }
    }
}

/// Another's order, by guessing.
pub fn another_s(random: &mut StdRng, cast: &Cast) -> Case {
    let (mine, theirs) = (&cast.paid, &cast.unpaid);
    let mut number = theirs.number.clone();
    let token = match random.random_range(0..6) {
        0 => mine.token.clone(),
        1 => {
            let at = random.random_range(0..theirs.token.len());
            let other = if &theirs.token[at..=at] == "A" {
                "B"
            } else {
                "A"
            };
            format!("{}{other}{}", &theirs.token[..at], &theirs.token[at + 1..])
        }
        2 => format!(
            "{}-",
            &theirs.token[..random.random_range(0..theirs.token.len())]
        ),
        3 => format!("{}A", theirs.token),
        4 => format!("x{}", plain(&garbage(random))),
        _ => {
            number = match random.random() {
                true => mine.number.clone(),
                false => format!("RI-{}", plain(&garbage(random))),
            };
            theirs.token.clone()
        }
    };
    match random.random() {
        true => Case::Get(format!("/en-eu/orders/{number}/{token}")),
        false => Case::Post(format!("/en-eu/orders/{number}/{token}/pay")),
    }
}

/// What may stand in a path.
fn plain(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).collect()
}
