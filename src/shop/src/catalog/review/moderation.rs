//! What the shop's people do with reviews: read, publish, refuse.

use super::sql;
use crate::catalog::sql::page_tags;
use crate::outbox::{self, Event};
use crate::{Broken, Caller, Failure, Shop, audit};
use domain::{Action, ReviewId, may};
use serde::Serialize;
use serde_json::json;
use time::OffsetDateTime;

/// Characters of a reason, at most.
pub const LONGEST_REASON: usize = 500;
/// Reviews that a list shows, at most.
pub const MOST: i64 = 500;

/// How a review stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Pending,
    Published,
    Refused,
    /// A later one of the same person took its place.
    Replaced,
}

impl State {
    pub const ALL: [Self; 4] = [
        Self::Pending,
        Self::Published,
        Self::Refused,
        Self::Replaced,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Published => "published",
            Self::Refused => "refused",
            Self::Replaced => "replaced",
        }
    }

    /// The state of that name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// Why nothing was shown or changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ModerationError {
    #[error("that is not allowed")]
    Denied,
    #[error("there is no such review; `rialto reviews list` names those that wait")]
    Unknown,
    #[error("a newer review of the same person took its place; it stays as it is")]
    Replaced,
    #[error("a refusal needs a reason, of at most 500 characters")]
    NoReason,
}

/// Which reviews are listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    pub state: Option<State>,
    /// The product's slug.
    pub product: Option<String>,
    /// At most [`MOST`].
    pub limit: i64,
}

/// All there is to know of a review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sheet {
    pub id: ReviewId,
    pub state: State,
    pub product: String,
    pub stars: u8,
    pub title: String,
    pub body: String,
    pub name: String,
    pub locale: String,
    pub is_verified: bool,
    pub reason: Option<String>,
    #[serde(with = "time::serde::rfc3339")]
    pub written_at: OffsetDateTime,
}

/// What is to become of a review.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    Publish,
    /// For that reason; a published one is taken off the pages.
    Refuse(String),
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moderated {
    Done,
    /// It was so before; nothing was changed.
    Already,
}

/// Reviews, the oldest that waits first, otherwise the newest.
///
/// # Errors
/// [`ModerationError::Denied`].
pub async fn list(
    shop: &Shop,
    caller: &Caller,
    filter: &Filter,
) -> Result<Vec<Sheet>, Failure<ModerationError>> {
    allowed(caller)?;
    let rows = sql::sheets(&shop.db, filter).await?;
    Ok(rows
        .into_iter()
        .map(Sheet::try_from)
        .collect::<Result<_, Broken>>()?)
}

/// One review.
///
/// # Errors
/// [`ModerationError::Denied`], [`ModerationError::Unknown`].
pub async fn show(
    shop: &Shop,
    caller: &Caller,
    id: ReviewId,
) -> Result<Sheet, Failure<ModerationError>> {
    allowed(caller)?;
    let row = sql::sheet(&shop.db, id).await?;
    let row = row.ok_or(Failure::Refused(ModerationError::Unknown))?;
    Ok(Sheet::try_from(row)?)
}

/// Publishes or refuses a review: its state, the product's figures, the pages that say so, and who did it, all at once. What
/// the same person had published of the product before is replaced.
///
/// # Errors
/// [`ModerationError`].
pub async fn decide(
    shop: &Shop,
    caller: &Caller,
    id: ReviewId,
    decision: &Decision,
) -> Result<Moderated, Failure<ModerationError>> {
    allowed(caller)?;
    let (state, reason) = match decision {
        Decision::Publish => (State::Published, None),
        Decision::Refuse(reason) => {
            let reason = reason.trim();
            if reason.is_empty() || reason.chars().count() > LONGEST_REASON || reason.contains('\0')
            {
                return Err(Failure::Refused(ModerationError::NoReason));
            }
            (State::Refused, Some(reason))
        }
    };
    let now = shop.clock.now();
    let mut tx = shop.begin().await?;
    // The product first: whoever moderates its reviews takes turns.
    let Some(product) = sql::lock_product_of(&mut tx, id).await? else {
        return Err(Failure::Refused(ModerationError::Unknown));
    };
    let before = sql::lock(&mut tx, id).await?;
    let before = before.ok_or(Failure::Refused(ModerationError::Unknown))?;
    match State::of(&before) {
        Some(State::Replaced) => return Err(Failure::Refused(ModerationError::Replaced)),
        Some(known) if known == state => return Ok(Moderated::Already),
        _ => {}
    }
    let replaced = match state {
        State::Published => sql::replace_older(&mut tx, id, now).await?,
        _ => 0,
    };
    sql::set_state(&mut tx, id, state.name(), reason, now).await?;
    let kind = match state {
        State::Published => "review.published",
        _ => "review.refused",
    };
    let change = json!({ "from": before, "to": state, "reason": reason, "replaced": replaced });
    let subject = id.to_string();
    audit::write(
        shop,
        &mut tx,
        caller,
        kind,
        "review",
        &subject,
        change.clone(),
    )
    .await?;
    let event = Event {
        kind,
        schema_version: 1,
        subject: Some(id.0),
        customer: None,
        payload: change,
        jobs: &[],
    };
    outbox::write(shop, &mut tx, caller, event).await?;
    if before == State::Published.name() || state == State::Published {
        let tags = page_tags(&mut tx, &[product]).await?;
        outbox::pages_changed(shop, &mut tx, caller, &tags).await?;
    }
    tx.commit().await?;
    shop.redis.publish(outbox::CHANNEL).await;
    Ok(Moderated::Done)
}

fn allowed(caller: &Caller) -> Result<(), Failure<ModerationError>> {
    may(&caller.actor, Action::ModerateReviews)
        .map_err(|_| Failure::Refused(ModerationError::Denied))
}
