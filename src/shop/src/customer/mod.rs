//! Who shops: everyone is a customer row, a guest one that nobody has claimed yet.

mod belongings;
mod claim;
mod copy;
mod group;
mod merge;
mod method;
mod sql;

pub use belongings::{Belongings, OwnOrder, belongings};
pub use claim::{CLAIM_LASTS, ClaimError, Claimed, claim, request_claim};
pub use group::{GroupError, Member, add_to_group, members, remove_from_group};
pub use merge::{MergeError, merge};
pub use method::{
    MethodError, NewMethod, SavedMethod, forget_method, keep_method, keep_provider_customer,
    methods, provider_customer,
};

pub(crate) use claim::fresh_link;

use crate::{Broken, Caller, Shop};
use domain::{Actor, CustomerId};
use sha2::{Digest, Sha256};
use time::{Duration, OffsetDateTime};

/// How long a session lasts.
pub const SESSION_LASTS: Duration = Duration::days(180);

/// A browser that has been here before. Its token is a secret of the browser's; here only the hash is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Session {
    pub customer: CustomerId,
    /// The SHA-256 of the token.
    pub token_hash: [u8; 32],
    /// Its customer is not a guest.
    pub signed_in: bool,
}

impl Session {
    /// This session's shopper, asking for something because of `cause`.
    pub fn caller(&self, cause: &str, trace: Option<String>) -> Caller {
        Caller {
            actor: match self.signed_in {
                true => Actor::Customer {
                    customer: self.customer,
                },
                false => Actor::Guest {
                    customer: self.customer,
                },
            },
            cause: cause.to_owned(),
            trace,
        }
    }
}

/// The session of a cookie's token; None for one that is unknown, malformed or over.
///
/// # Errors
/// The database's.
pub async fn find_session(shop: &Shop, token: &str) -> Result<Option<Session>, Broken> {
    if token.len() != TOKEN_LENGTH {
        return Ok(None);
    }
    let token_hash = hash(token);
    let now = shop.clock.now();
    let kept = match copy::get(shop, &token_hash).await {
        Some(kept) => kept,
        None => match sql::find_session(&shop.db, &token_hash).await? {
            Some(kept) => {
                copy::put(shop, &token_hash, &kept, now).await;
                kept
            }
            None => return Ok(None),
        },
    };
    Ok((kept.expires_at > now).then_some(Session {
        customer: kept.customer,
        token_hash,
        signed_in: kept.signed_in,
    }))
}

/// Begins the session of a browser that has none: a new guest, a new token. The token goes into the cookie and nowhere
/// else.
///
/// # Errors
/// The database's.
pub async fn begin_session(
    shop: &Shop,
    trace: Option<String>,
) -> Result<(String, Session), Broken> {
    let now = shop.clock.now();
    let token = token(&shop.random.secret());
    let session = Session {
        customer: CustomerId(shop.random.id(now)),
        token_hash: hash(&token),
        signed_in: false,
    };
    let kept = Kept {
        customer: session.customer,
        expires_at: now + SESSION_LASTS,
        signed_in: false,
    };
    let caller = session.caller("first visit", trace);
    let entry = shop.random.id(now);
    sql::begin_session(&shop.db, &session, kept.expires_at, now, entry, &caller).await?;
    copy::put(shop, &session.token_hash, &kept, now).await;
    Ok((token, session))
}

/// Drops the copy of a session that is no longer what the database says.
pub(crate) async fn forget_session(shop: &Shop, session: &Session) {
    copy::forget(shop, &session.token_hash).await;
}

/// What is kept of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct Kept {
    customer: CustomerId,
    #[serde(with = "time::serde::timestamp")]
    expires_at: OffsetDateTime,
    /// Copies that were made before there was such a thing are of guests.
    #[serde(default)]
    signed_in: bool,
}

/// 32 bytes in base64url without padding.
const TOKEN_LENGTH: usize = 43;

pub(crate) fn token(secret: &[u8; 32]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut token = String::with_capacity(TOKEN_LENGTH);
    for chunk in secret.chunks(3) {
        let bits = chunk.iter().enumerate().fold(0_u32, |bits, (index, byte)| {
            bits | u32::from(*byte) << (16 - 8 * index)
        });
        for sextet in 0..=chunk.len() {
            let index = (bits >> (18 - 6 * sextet)) & 63;
            token.push(char::from(ALPHABET[index as usize]));
        }
    }
    token
}

fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::{TOKEN_LENGTH, token};

    #[test]
    fn writes_tokens_as_base64url() {
        let counting: [u8; 32] = std::array::from_fn(|index| index as u8);
        assert_eq!(
            token(&counting),
            "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
        );
        assert_eq!(token(&[0xff; 32]), format!("{}8", "_".repeat(42)));
        assert_eq!(token(&[0; 32]).len(), TOKEN_LENGTH);
    }
}
