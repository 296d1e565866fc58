//! Follows the outbox on a connection of its own: a full pool must not look like a database that does not answer.

use super::{Position, sql};
use crate::{Broken, Parts, clock};
use sqlx::{Connection, PgConnection};

/// What was heard of pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Changes {
    /// The first answer since the connection was made: what committed before it was not seen.
    Unknown,
    /// The tags of the pages that changed since the last answer, each once.
    Tags(Vec<String>),
}

/// Where this instance has read to.
#[derive(Default)]
pub struct Follower(Option<(PgConnection, Position)>);

impl Follower {
    /// What changed since it was asked last; the shop's clock hears the time, too. A question that failed, or was given up
    /// before its answer came, costs the connection: the next one makes another, and what changed is unknown.
    ///
    /// # Errors
    /// [`Broken`] of the database.
    pub async fn ask(&mut self, shop: &Parts) -> Result<Changes, Broken> {
        // Taken out, so that it is not kept when this future is dropped.
        let (mut db, since) = match self.0.take() {
            Some((db, since)) => (db, Some(since)),
            None => (
                PgConnection::connect_with(&shop.db.connect_options()).await?,
                None,
            ),
        };
        clock::ask(shop.clock.as_ref(), &mut db).await?;
        let (changes, position) = match since {
            None => (Changes::Unknown, sql::position(&mut db).await?),
            Some(Position(since)) => {
                let (tags, position) = sql::tags_since(&mut db, &since).await?;
                (Changes::Tags(tags), position)
            }
        };
        self.0 = Some((db, Position(position)));
        Ok(changes)
    }

    /// What it answered could not be acted on: the next answer is [`Changes::Unknown`].
    pub fn forget(&mut self) {
        self.0 = None;
    }
}
