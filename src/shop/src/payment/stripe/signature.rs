//! `Stripe-Signature`: <https://docs.stripe.com/webhooks#verify-manually>.

use crate::payment::provider::WebhookError;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use time::OffsetDateTime;

/// Seconds that a signature may be old, or ahead of this clock.
const TOLERANCE: i64 = 300;

/// Checks that `body` was signed with `secret` about now. The header is `t=<unix seconds>,v1=<hex>,v1=<hex>…`: there are
/// several signatures while a secret is being rolled, and one that holds is enough.
///
/// # Errors
/// [`WebhookError::Forged`].
pub(super) fn verify(
    header: &str,
    body: &[u8],
    secret: &str,
    now: OffsetDateTime,
) -> Result<(), WebhookError> {
    let part = |wanted: &'static str| {
        header
            .split(',')
            .filter_map(|part| part.trim().split_once('='))
            .filter(move |(name, _)| *name == wanted)
            .map(|(_, value)| value)
    };
    let stamp = part("t").next().ok_or(WebhookError::Forged)?;
    let signed_at: i64 = stamp.parse().map_err(|_| WebhookError::Forged)?;
    let age = now.unix_timestamp().saturating_sub(signed_at);
    if age.saturating_abs() > TOLERANCE {
        return Err(WebhookError::Forged);
    }
    if secret.is_empty() {
        // Not set up: anyone could sign with nothing.
        return Err(WebhookError::Forged);
    }
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map_err(|_| WebhookError::Forged)?;
    mac.update(stamp.as_bytes());
    mac.update(b".");
    mac.update(body);
    // `verify_slice` compares in constant time.
    let holds = part("v1")
        .filter_map(decode_hex)
        .any(|signature| mac.clone().verify_slice(&signature).is_ok());
    if holds {
        Ok(())
    } else {
        Err(WebhookError::Forged)
    }
}

fn decode_hex(text: &str) -> Option<[u8; 32]> {
    let bytes = text.as_bytes();
    if bytes.len() != 64 {
        return None;
    }
    let mut decoded = [0; 32];
    for (byte, pair) in decoded.iter_mut().zip(bytes.chunks_exact(2)) {
        let digit = |at: usize| char::from(pair[at]).to_digit(16);
        *byte = u8::try_from(digit(0)? * 16 + digit(1)?).ok()?;
    }
    Some(decoded)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::Duration;
    use time::macros::datetime;

    const SECRET: &str = "whsec_test";
    const BODY: &[u8] = br#"{"id":"evt_1"}"#;
    const NOW: OffsetDateTime = datetime!(2026-11-27 10:00 UTC);

    fn sign(secret: &str, at: OffsetDateTime, body: &[u8]) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(format!("{}.", at.unix_timestamp()).as_bytes());
        mac.update(body);
        let bytes = mac.finalize().into_bytes();
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn header(secret: &str, at: OffsetDateTime) -> String {
        format!("t={},v1={}", at.unix_timestamp(), sign(secret, at, BODY))
    }

    #[test]
    fn a_known_signature_holds() {
        // Worked out with `printf '1795773600.{"id":"evt_1"}' | openssl dgst -sha256 -hmac whsec_test`.
        let header =
            "t=1795773600,v1=f6b4547bcfe0143990ecea6653785d58949d2e14b83b3e6acc75f81f41fb19c5";
        assert_eq!(verify(header, BODY, SECRET, NOW), Ok(()));
    }

    #[test]
    fn one_of_several_signatures_is_enough() {
        let other = sign("whsec_old", NOW, BODY);
        let header = format!("{},v1={other},v0=abc", header(SECRET, NOW));
        assert_eq!(verify(&header, BODY, SECRET, NOW), Ok(()));
        assert_eq!(verify(&header, BODY, "whsec_old", NOW), Ok(()));
        assert_eq!(
            verify(&header, BODY, "whsec_new", NOW),
            Err(WebhookError::Forged)
        );
    }

    #[test]
    fn another_body_secret_or_time_is_forged() {
        let good = header(SECRET, NOW);
        assert_eq!(verify(&good, b"{}", SECRET, NOW), Err(WebhookError::Forged));
        assert_eq!(
            verify(&good, BODY, "whsec_other", NOW),
            Err(WebhookError::Forged)
        );
        let restamped = good.replace("t=", "t=1");
        assert_eq!(
            verify(&restamped, BODY, SECRET, NOW),
            Err(WebhookError::Forged)
        );
    }

    #[test]
    fn a_signature_holds_for_five_minutes() {
        let good = header(SECRET, NOW);
        for seconds in [-300, 300] {
            assert_eq!(
                verify(&good, BODY, SECRET, NOW + Duration::seconds(seconds)),
                Ok(())
            );
        }
        for seconds in [-301, 301] {
            let then = NOW + Duration::seconds(seconds);
            assert_eq!(verify(&good, BODY, SECRET, then), Err(WebhookError::Forged));
        }
    }

    #[test]
    fn nothing_holds_while_no_secret_is_set() {
        assert_eq!(
            verify(&header("", NOW), BODY, "", NOW),
            Err(WebhookError::Forged)
        );
    }

    #[test]
    fn garbage_is_forged() {
        let stamp = NOW.unix_timestamp();
        for garbage in [
            String::new(),
            "t=,v1=".to_owned(),
            format!("t={stamp}"),
            format!("t={stamp},v1="),
            format!("t={stamp},v1={}", "g".repeat(64)),
            format!("t={stamp},v1={}", "é".repeat(32)),
            format!("t={},v1={}", i64::MIN, "0".repeat(64)),
            format!("v1={}", sign(SECRET, NOW, BODY)),
        ] {
            assert_eq!(
                verify(&garbage, BODY, SECRET, NOW),
                Err(WebhookError::Forged),
                "{garbage}"
            );
        }
    }
}
