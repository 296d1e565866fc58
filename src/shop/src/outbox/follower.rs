//! Follows the outbox on a connection of its own: a full pool must not look like a database that does not answer.

use super::{Position, sql};
use crate::{Broken, Parts, clock};
use sqlx::{Connection, PgConnection};
use time::OffsetDateTime;

/// What was heard of pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Changes {
    /// Not told: the first answer since the connection was made, or more than [`super::MOST_TAGS`].
    Unknown,
    /// The tags of the pages that changed since the last answer, each once.
    Tags(Vec<String>),
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    pub changes: Changes,
    /// Everything that had committed by this moment, on PostgreSQL's clock, was told by now.
    pub at: OffsetDateTime,
}

/// Where this instance has read to.
#[derive(Default)]
pub struct Follower(Option<(PgConnection, Position, OffsetDateTime)>);

impl Follower {
    /// What changed since it was asked last, by a commit or because its time came; the shop's clock hears the time, too, and
    /// [`crate::read`] what a replica must have. A question that failed, or was given up before its answer came, costs the
    /// connection: the next one makes another, and what changed is unknown.
    ///
    /// # Errors
    /// [`Broken`] of the database.
    pub async fn ask(&mut self, shop: &Parts) -> Result<Heard, Broken> {
        // Taken out, so that it is not kept when this future is dropped.
        let (mut db, since) = match self.0.take() {
            Some((db, position, at)) => (db, Some((position, at))),
            None => (
                PgConnection::connect_with(&shop.db.connect_options()).await?,
                None,
            ),
        };
        clock::ask(shop.clock.as_ref(), &mut db).await?;
        let (changes, told) = match since {
            None => (Changes::Unknown, sql::standing(&mut db).await?),
            Some((Position(since), at)) => {
                let (tags, told) = sql::changed_since(&mut db, &since, at).await?;
                (super::changes(tags), told)
            }
        };
        let is_news = !matches!(&changes, Changes::Tags(tags) if tags.is_empty());
        // Before anybody makes a page anew.
        shop.read.note(told.at, told.log_position, is_news);
        self.0 = Some((db, Position(told.position), told.at));
        Ok(Heard {
            changes,
            at: told.at,
        })
    }

    /// What it answered could not be acted on: the next answer is [`Changes::Unknown`].
    pub fn forget(&mut self) {
        self.0 = None;
    }
}
