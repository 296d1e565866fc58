//! `X-Hmac-Signature`: <https://docs.easypost.com/docs/webhooks#hmac-validation>.

use crate::fulfilment::carrier::NoticeError;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Checks that `body` was signed with `secret`. The header is `hmac-sha256-hex=<hex>`. It names no time: an old message
/// that comes again is told from a new one by its event's id.
///
/// # Errors
/// [`NoticeError::Forged`]; also while no secret is set, because anyone could sign with nothing.
pub(super) fn verify(header: &str, body: &[u8], secret: &str) -> Result<(), NoticeError> {
    let given = header
        .trim()
        .strip_prefix("hmac-sha256-hex=")
        .and_then(decode_hex)
        .ok_or(NoticeError::Forged)?;
    if secret.is_empty() {
        return Err(NoticeError::Forged);
    }
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map_err(|_| NoticeError::Forged)?;
    mac.update(body);
    // Compares in constant time.
    mac.verify_slice(&given).map_err(|_| NoticeError::Forged)
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

    const BODY: &[u8] = br#"{"id":"evt_1"}"#;
    /// `printf '{"id":"evt_1"}' | openssl dgst -sha256 -hmac easy`.
    const SIGNED: &str =
        "hmac-sha256-hex=3af1f4f47b8dc84a86c2a8651ee1672cd338f7a5c0036785c91a901dc699d3a5";

    #[test]
    fn a_known_signature_holds() {
        assert_eq!(verify(SIGNED, BODY, "easy"), Ok(()));
    }

    #[test]
    fn another_body_secret_or_form_is_forged() {
        let forged = Err(NoticeError::Forged);
        assert_eq!(verify(SIGNED, b"{}", "easy"), forged);
        assert_eq!(verify(SIGNED, BODY, "hard"), forged);
        assert_eq!(verify(SIGNED, BODY, ""), forged);
        let bare = SIGNED.trim_start_matches("hmac-sha256-hex=");
        let long = format!("{SIGNED}00");
        let foreign = format!("hmac-sha256-hex={}", "é".repeat(32));
        for header in ["", bare, "hmac-sha256-hex=", &long, &foreign] {
            assert_eq!(verify(header, BODY, "easy"), forged, "{header}");
        }
    }
}
