//! HMAC-SHA256, which everything that is signed here is signed with.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// The digest of the parts, one after another.
fn digest(secret: &str, parts: &[&[u8]]) -> Vec<u8> {
    // HMAC takes a key of any length.
    Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map_or_else(
        |_| Vec::new(),
        |mut mac| {
            for part in parts {
                mac.update(part);
            }
            mac.finalize().into_bytes().to_vec()
        },
    )
}

/// The digest in lower-case hexadecimal digits.
pub fn hex(secret: &str, parts: &[&[u8]]) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(64);
    for byte in digest(secret, parts) {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// The digest in Base64.
pub fn base64(secret: &str, parts: &[&[u8]]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(digest(secret, parts))
}
