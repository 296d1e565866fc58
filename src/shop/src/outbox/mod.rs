//! What happened, written in the transaction that made it so, with the work it asks for.

mod follower;
mod sql;

pub use follower::{Changes, Follower, Heard};

use crate::{Caller, Parts};
use domain::CustomerId;
use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

/// The kind of the event that says which pages are no longer what the database says.
pub const PAGES_CHANGED: &str = "pages.changed";

/// Tags that are told at once. After more, what changed is [`Changes::Unknown`]: to take it all to be something else is cheaper
/// than to go through it, and nobody's memory grows with an import that went by while they were away.
pub const MOST_TAGS: usize = 20_000;

/// Tags of one event: whoever reads events holds so many at once.
const EVENT_TAGS: usize = 1_000;

/// Where processes that share a Redis tell each other that something changed. The word is empty: the outbox says what.
pub const CHANNEL: &str = "changed";

/// Something that happened.
#[derive(Clone, Debug)]
pub struct Event<'a> {
    /// `order.placed`, in the past tense.
    pub kind: &'a str,
    /// The version of the payload's shape, from 1.
    pub schema_version: i16,
    /// What it happened to; consumers see the events of one subject in order.
    pub subject: Option<Uuid>,
    /// Whose it is.
    pub customer: Option<CustomerId>,
    pub payload: Value,
    /// The consumers that have work to do: each gets one job with the same payload.
    pub jobs: &'a [&'a str],
}

/// Writes `event` and one waiting job for each of its consumers. Returns the event's id.
///
/// # Errors
/// The database's.
pub async fn write(
    shop: &Parts,
    tx: &mut PgConnection,
    caller: &Caller,
    event: Event<'_>,
) -> Result<Uuid, sqlx::Error> {
    let now = shop.clock.now();
    let id = shop.random.id(now);
    let jobs: Vec<Uuid> = event.jobs.iter().map(|_| shop.random.id(now)).collect();
    sql::insert(tx, id, now, caller, &event, &jobs).await?;
    Ok(id)
}

/// Says that the pages with these tags (`product:<slug>`, `category:<slug>`, `home`) changed. Without tags, nothing.
///
/// # Errors
/// The database's.
pub async fn pages_changed(
    shop: &Parts,
    tx: &mut PgConnection,
    caller: &Caller,
    tags: &[String],
) -> Result<(), sqlx::Error> {
    for tags in tags.chunks(EVENT_TAGS) {
        let event = Event {
            kind: PAGES_CHANGED,
            schema_version: 1,
            subject: None,
            customer: None,
            payload: json!({ "tags": tags }),
            jobs: &[],
        };
        write(shop, tx, caller, event).await?;
    }
    Ok(())
}

/// What of the outbox has been seen: everything that had committed by a moment, as PostgreSQL's `pg_snapshot` writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position(String);

impl Position {
    /// To be kept, and read again.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// What [`Position::text`] gave. Another text makes the next question an error of the database.
    pub fn read(text: String) -> Self {
        Self(text)
    }
}

/// Where the outbox stands now: what commits from here on comes after it.
///
/// # Errors
/// The database's.
pub async fn position(shop: &Parts) -> Result<Position, sqlx::Error> {
    sql::position(&shop.db).await.map(Position)
}

/// What changed since `since`, and the position to go on from.
///
/// Ids and clocks commit out of order, so this compares snapshots: it reads what had not committed at `since` and has now.
/// Nothing is missed or repeated, and a transaction that runs for long holds back nothing but its own events.
///
/// # Errors
/// The database's.
pub async fn tail(shop: &Parts, since: &Position) -> Result<(Changes, Position), sqlx::Error> {
    let (tags, next) = sql::tags_since(&shop.db, &since.0).await?;
    Ok((changes(tags), Position(next)))
}

/// What the statements tell, which is one tag more than [`MOST_TAGS`] at most.
fn changes(tags: Vec<String>) -> Changes {
    if tags.len() > MOST_TAGS {
        Changes::Unknown
    } else {
        Changes::Tags(tags)
    }
}
