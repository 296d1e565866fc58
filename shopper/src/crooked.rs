//! What a crooked shopper or provider sends, generated from a seed: for the shop's own tests, and over HTTP for the fault harness.

use hmac::{Hmac, KeyInit, Mac};
use rand::Rng;
use rand::rngs::StdRng;
use sha2::Sha256;
use std::fmt::Write as _;

/// One of them.
///
/// # Panics
/// There is none.
pub fn pick<T: Copy>(random: &mut StdRng, all: &[T]) -> T {
    all[random.random_range(0..all.len())]
}

/// An amount that is not `right`: near it, a hundred times it, nothing, less than nothing, more than there is.
pub fn wrong(random: &mut StdRng, right: i64) -> i64 {
    let odd = [
        0,
        right.saturating_neg(),
        right.saturating_sub(1),
        right.saturating_add(1),
        right.saturating_mul(100),
        right / 100,
        i64::MAX,
        i64::MIN,
        random.random_range(-1_000_000..1_000_000),
    ];
    match pick(random, &odd) {
        same if same == right => right.saturating_add(1),
        other => other,
    }
}

/// Up to forty ASCII characters, unprintable ones too.
pub fn garbage(random: &mut StdRng) -> String {
    let length = random.random_range(0..40);
    (0..length)
        .map(|_| char::from(random.random_range(0..128_u8)))
        .collect()
}

/// The value of `Stripe-Signature` that is right for `body` at `at` (seconds since 1970)
/// (<https://docs.stripe.com/webhooks#verify-manually>).
#[must_use]
pub fn stripe_signature(secret: &str, at: i64, body: &[u8]) -> String {
    let mut signature = format!("t={at},v1=");
    // HMAC takes a key of any length.
    if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) {
        mac.update(format!("{at}.").as_bytes());
        mac.update(body);
        for byte in mac.finalize().into_bytes() {
            let _ = write!(signature, "{byte:02x}");
        }
    }
    signature
}

/// One way of not being Stripe's at `now`: the value of `Stripe-Signature`, and the body. Made of what would be genuine.
///
/// # Panics
/// `genuine` is empty.
pub fn forged(random: &mut StdRng, secret: &str, now: i64, genuine: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let mut body = genuine.to_vec();
    let good = stripe_signature(secret, now, genuine);
    let signature = match random.random_range(0..7) {
        // Another secret, another time, another body than was signed.
        0 => stripe_signature(&format!("whsec_{}", random.random::<u32>()), now, genuine),
        1 => {
            let off = random.random_range(330..400_000);
            let at = if random.random() {
                now - off
            } else {
                now + off
            };
            stripe_signature(secret, at, genuine)
        }
        2 => {
            let at = random.random_range(0..body.len());
            body[at] ^= random.random_range(1..=255_u8);
            good
        }
        3 => {
            body.truncate(random.random_range(0..body.len()));
            good
        }
        // A good signature that was damaged, or restamped.
        4 => {
            let at = random.random_range(good.len() - 64..good.len());
            let other = if &good[at..=at] == "0" { "1" } else { "0" };
            format!("{}{other}{}", &good[..at], &good[at + 1..])
        }
        5 => {
            let stamp = now + random.random_range(1..270_i64);
            format!("t={stamp},v1={}", &good[good.len() - 64..])
        }
        // Noise.
        _ => {
            let length = random.random_range(0..120);
            let noise = (0..length).map(|_| char::from(random.random_range(32..127_u8)));
            noise.collect()
        }
    };
    (signature.into_bytes(), body)
}
