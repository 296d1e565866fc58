//! What the APIs share: an operation runs under the lock, is written together with its idempotency key, and is
//! answered once it is kept; the same key gets the same answer.

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::{
    provider::{Committed, Provider},
    store::{
        books::{Books, Known},
        model::{Answer, Change, Stored},
    },
};

/// An answer before it is sent.
pub struct Reply {
    pub status: u16,
    pub body: Vec<u8>,
    /// The session that this answer opened: kept by id instead of by body.
    pub opened: Option<String>,
    /// Whether the same key gets this answer again.
    kept: bool,
}

impl Reply {
    /// 200 and this object.
    ///
    /// # Errors
    /// The object can't be written as JSON.
    pub fn json(view: &impl Serialize) -> Result<Self, serde_json::Error> {
        Ok(Self::of(200, serde_json::to_vec(view)?))
    }

    pub const fn of(status: u16, body: Vec<u8>) -> Self {
        Self {
            status,
            body,
            opened: None,
            kept: true,
        }
    }

    pub const fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// Not given again: the same key may try anew.
    pub const fn fleeting(mut self) -> Self {
        self.kept = false;
        self
    }
}

/// An idempotency key and what is asked under it.
pub struct Key {
    pub name: String,
    pub fingerprint: u64,
}

/// Why nothing was done.
pub enum Failure<E> {
    Refused(E),
    /// The key was used for another request.
    KeyReused,
    /// The ledger can't be written.
    Ledger,
}

/// A reply that waits for what must happen before it is told.
#[must_use]
pub struct Decided {
    reply: Reply,
    replayed: bool,
    wait: Option<Committed>,
}

impl Decided {
    /// The reply and whether it is a replay, when it may be told; nothing when the change can't be kept.
    pub async fn told(self, provider: &Provider) -> Option<(Reply, bool)> {
        if let Some(committed) = self.wait
            && !provider.finish(committed).await
        {
            return None;
        }
        Some((self.reply, self.replayed))
    }
}

/// Runs an operation, or finds the answer that its key had before.
///
/// # Errors
/// The operation refuses, the key was used for another request, or the ledger can't be written.
pub fn once<E>(
    provider: &Provider,
    key: Option<Key>,
    operate: impl FnOnce(&Books) -> Result<(Change, Reply), E>,
    again: impl FnOnce(&Books, &Stored) -> Result<Reply, E>,
) -> Result<Decided, Failure<E>> {
    let mut desk = provider.desk();
    if let Some(key) = &key {
        match desk.books.known(&key.name, key.fingerprint) {
            Known::New => {}
            Known::Other => return Err(Failure::KeyReused),
            Known::Same(stored) => {
                let opened = matches!(stored, Stored::Session(_));
                let reply = again(&desk.books, stored).map_err(Failure::Refused)?;
                return Ok(Decided {
                    reply,
                    replayed: true,
                    wait: (!opened).then(|| Committed::everything(&desk)),
                });
            }
        }
    }
    let (mut change, reply) = operate(&desk.books).map_err(Failure::Refused)?;
    change.answer = key.filter(|_| reply.kept).map(|key| Answer {
        key: key.name,
        fingerprint: key.fingerprint,
        stored: match &reply.opened {
            Some(session) => Stored::Session(session.clone()),
            None => Stored::Body {
                status: reply.status,
                body: String::from_utf8_lossy(&reply.body).into_owned(),
            },
        },
    });
    let committed = provider.commit(&mut desk, change).map_err(|error| {
        tracing::error!(%error, "the ledger refused a line");
        Failure::Ledger
    })?;
    Ok(Decided {
        reply,
        replayed: false,
        wait: Some(committed),
    })
}

/// What an idempotency key is bound to: the endpoint and its parameters; those of a form in any order.
pub fn fingerprint(method: &str, path: &str, body: &[u8]) -> u64 {
    let mut pairs: Vec<&[u8]> = body.split(|byte| *byte == b'&').collect();
    pairs.sort_unstable();
    let mut hash = Sha256::new();
    hash.update(method);
    hash.update(path);
    for pair in pairs {
        hash.update(b"&");
        hash.update(pair);
    }
    let digest = hash.finalize();
    digest
        .iter()
        .take(8)
        .fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_knows_the_endpoint_and_not_the_order() {
        let one = fingerprint("POST", "/v1/refunds", b"a=1&b=2");
        assert_eq!(one, fingerprint("POST", "/v1/refunds", b"b=2&a=1"));
        assert_ne!(one, fingerprint("POST", "/v1/refunds", b"a=1&b=3"));
        assert_ne!(one, fingerprint("POST", "/v1/payment_intents", b"a=1&b=2"));
    }
}
