//! What a shop does: use cases over PostgreSQL, Redis and the world outside.
//!
//! A function per use case. It loads, acts, records and saves, in that order; it asks `domain::may` before it changes
//! anything; clock and randomness are handed in. Only `sql.rs` files hold SQL.

pub mod audit;
pub mod cart;
pub mod catalog;
pub mod checkout;
pub mod clock;
pub mod customer;
pub mod fault;
pub mod fulfilment;
pub mod gift_card;
pub mod inventory;
pub mod jobs;
mod kept;
pub mod market;
pub mod media;
pub mod migration;
pub mod notification;
pub mod order;
pub mod outbox;
pub mod payment;
pub mod promotion;
pub mod read;
pub mod recommend;
pub mod redis;
pub mod search;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod text;
pub mod transaction;
pub mod wish;

use crate::clock::{Clock, Random};
use crate::fulfilment::Carrier;
use crate::market::Markets;
use crate::media::Media;
use crate::notification::Mailer;
use crate::payment::Payments;
use domain::Actor;
use sqlx::PgPool;
use std::sync::Arc;

/// The schema, embedded: `rialto migrate` and the tests run it.
pub static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("../../migrations");

/// Everything a use case needs. Cheap to clone.
#[derive(Clone)]
pub struct Shop(Arc<Parts>);

/// What a [`Shop`] is made of.
pub struct Parts {
    /// The primary.
    pub db: PgPool,
    /// Where pages read from: a replica, if there is one and it has what it must have.
    pub read: read::Reads,
    pub redis: redis::Redis,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
    pub markets: Markets,
    /// The tree of categories, and colours.
    pub guides: catalog::Guides,
    /// What lists show of products.
    pub cards: catalog::Cards,
    /// Long carts, as they were last read.
    pub long_carts: cart::LongCarts,
    /// The lines in front of products in demand.
    pub holds: inventory::Holds,
    pub payments: Payments,
    pub mailer: Mailer,
    /// What lists and searches the catalogue.
    pub search: search::Search,
    /// What is searched for, counted.
    pub searches: search::log::Log,
    /// Who sells labels and tells where parcels are; without one, parcels are sent by hand.
    pub carrier: Option<Arc<dyn Carrier>>,
    /// Where pictures are kept and come from.
    pub media: Media,
    /// Where shoppers reach this shop, without a slash at the end: `https://shop.example`.
    pub public_url: String,
}

impl Shop {
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

impl Parts {
    /// A transaction of the primary ([`transaction::begin`]).
    ///
    /// # Errors
    /// The database's.
    pub async fn begin(&self) -> sqlx::Result<sqlx::PgTransaction<'static>> {
        transaction::begin(&self.db).await
    }
}

impl std::ops::Deref for Shop {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// Who asks, why, and under which trace: handed to every function that changes something.
#[derive(Clone, Debug)]
pub struct Caller {
    pub actor: Actor,
    /// What made them ask: `checkout page`, `stripe webhook`, `rialto import`.
    pub cause: String,
    /// The request's id.
    pub trace: Option<String>,
}

impl Caller {
    /// A worker, a webhook or the command line.
    pub fn machine(name: &str, cause: &str) -> Self {
        Self {
            actor: Actor::Machine {
                name: name.to_owned(),
            },
            cause: cause.to_owned(),
            trace: None,
        }
    }
}

/// Why a use case did not happen: refused for a reason the caller can act on, or something below broke.
#[derive(Debug, thiserror::Error)]
pub enum Failure<E> {
    #[error("{0}")]
    Refused(E),
    #[error("something the shop depends on failed: {0}")]
    Broken(#[from] Broken),
}

impl<E> From<sqlx::Error> for Failure<E> {
    fn from(error: sqlx::Error) -> Self {
        Self::Broken(error.into())
    }
}

/// A dependency failed. Its text is for logs, never for a shopper.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    #[error("stored JSON does not read: {0}")]
    Stored(#[from] serde_json::Error),
    #[error("{0}")]
    Other(String),
}

impl Broken {
    /// Whether it is a matter of time: the database was not reached, had no connection free, or was going or coming.
    pub fn is_outage(&self) -> bool {
        match self {
            // A server that goes away before it said whether it speaks TLS breaks the protocol, for sqlx.
            Self::Database(
                sqlx::Error::PoolTimedOut
                | sqlx::Error::PoolClosed
                | sqlx::Error::Io(_)
                | sqlx::Error::Tls(_)
                | sqlx::Error::Protocol(_),
            ) => true,
            // 57P01 to 57P03: a session was terminated, the server crashed, it is starting. 53300: no session is free.
            Self::Database(sqlx::Error::Database(error)) => error
                .code()
                .is_some_and(|code| code.starts_with("57P") || code == "53300"),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_connection_lost_before_its_first_word_is_an_outage() {
        let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("postgres://nobody@{}/none", gone.local_addr().unwrap());
        let leaving = async {
            // What was asked is read first, so that the connection ends in order.
            let (mut near, _) = gone.accept().await.unwrap();
            let mut asked = [0; 8];
            tokio::io::AsyncReadExt::read_exact(&mut near, &mut asked)
                .await
                .unwrap();
        };
        let connecting = <sqlx::PgConnection as sqlx::Connection>::connect(&url);
        let (error, ()) = tokio::join!(connecting, leaving);
        let broken = Broken::from(error.err().unwrap());
        assert!(broken.is_outage(), "{broken}");
    }
}
