//! Reviews: written by shoppers, read by the shop's people, then shown.
//!
//! What comes in waits ([`write`]) until somebody publishes or refuses it ([`decide`]). A product's figures
//! (how many, how many stars) are kept by a trigger in the transaction that publishes, which also says which pages changed.

mod moderation;
mod sql;

pub(super) use sql::rating;

pub use moderation::{
    Decision, Filter, Moderated, ModerationError, Sheet, State, decide, list, show,
};

use super::CatalogError;
use super::moved::{self, Kind};
use crate::outbox::{self, Event};
use crate::{Broken, Caller, Failure, Shop, audit};
use domain::catalog::Review;
use domain::checkout::{Email, FieldProblem};
use domain::customer::email_key;
use domain::review::{Rating, ReviewField, ReviewForm};
use domain::{Action, CustomerId, ProductId, ReviewId, Storefront, may};
use serde_json::json;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// Reviews on a page of them.
pub const PAGE: usize = 12;

/// One customer writes so many in so long.
const MOST_OF_ONE: i64 = 5;
const OF_ONE_IN: Duration = Duration::DAY;
/// Strangers (who have bought nothing of it) write so many of one product in so long.
const MOST_OF_STRANGERS: i64 = 20;
const OF_STRANGERS_IN: Duration = Duration::HOUR;
/// While so many wait to be read, strangers write none.
const MOST_WAITING: i64 = 5_000;
/// Two browsers of one person at once take turns.
const TRIES: usize = 3;

/// Why a review was not taken. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReviewError {
    #[error("that is not allowed")]
    Denied,
    #[error(transparent)]
    Product(#[from] CatalogError),
    /// Each field with what is wrong with it.
    #[error("something is missing or does not fit")]
    Fields(Vec<(ReviewField, FieldProblem)>),
    /// Too many in a short time, by this shopper or by strangers.
    #[error("too many reviews were written; tomorrow there is room again")]
    TooMany,
}

/// A product as the page that asks for a review shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    pub id: ProductId,
    pub slug: String,
    pub title: String,
    pub rating: Option<Rating>,
}

/// A page of what is said of a product, the latest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewPage {
    pub product: Subject,
    /// How many gave five stars, four, three, two, one.
    pub stars: [u32; 5],
    pub reviews: Vec<Review>,
    /// Where the next page begins, when there is one.
    pub next: Option<After>,
}

/// What became of a review that was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    pub id: ReviewId,
    /// They bought it here.
    pub is_verified: bool,
    /// One of theirs that nobody had read yet is gone for it.
    pub replaced: bool,
}

/// An order's number and the secret of its private link: whoever has it bought what is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    pub number: String,
    pub token: String,
}

/// The position after one review. Written in hexadecimal; what does not read is no position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct After {
    /// Microseconds since 1970 of its publication.
    at: i64,
    id: Uuid,
}

impl std::fmt::Display for After {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{:016x}{:032x}",
            self.at.cast_unsigned(),
            self.id.as_u128()
        )
    }
}

impl std::str::FromStr for After {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let is_ours =
            text.len() == 48 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if !is_ours {
            return Err(());
        }
        let at = u64::from_str_radix(&text[..16], 16).map_err(|_| ())?;
        let id = u128::from_str_radix(&text[16..], 16).map_err(|_| ())?;
        Ok(Self {
            at: at.cast_signed(),
            id: Uuid::from_u128(id),
        })
    }
}

/// The product of that slug, if it can be reviewed: it is on show.
///
/// # Errors
/// [`CatalogError::NotFound`], [`CatalogError::Moved`], [`CatalogError::Gone`].
pub async fn find_subject(
    shop: &Shop,
    storefront: &Storefront,
    slug: &str,
) -> Result<Subject, Failure<CatalogError>> {
    // What PostgreSQL can't hold can't be there either.
    if slug.contains('\0') {
        return Err(Failure::Refused(CatalogError::NotFound));
    }
    let now = shop.clock.now();
    match sql::subject(&shop.read, slug, storefront.locale.code()).await? {
        None => Err(moved::find(shop, Kind::Product, slug).await),
        Some(row) if row.is_active && row.published_at.is_some_and(|at| at <= now) => {
            Ok(row.into())
        }
        Some(row) if row.published_at.is_some_and(|at| at <= now) => {
            Err(Failure::Refused(CatalogError::Gone))
        }
        Some(_) => Err(Failure::Refused(CatalogError::NotFound)),
    }
}

/// What is said of a product, after a position or from the latest on.
///
/// # Errors
/// As [`find_subject`].
pub async fn list_reviews(
    shop: &Shop,
    storefront: &Storefront,
    slug: &str,
    after: Option<After>,
) -> Result<ReviewPage, Failure<CatalogError>> {
    let product = find_subject(shop, storefront, slug).await?;
    // One more than is shown tells whether there is a next page.
    let (limit, from) = (
        PAGE as i64 + 1,
        after.map(|after| (moment(after.at), after.id)),
    );
    let mut rows = sql::published(&shop.read, product.id.0, from, limit).await?;
    let has_more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let next = rows.last().filter(|_| has_more).map(|row| After {
        at: micros(row.published_at),
        id: row.id,
    });
    let stars = rows.first().map_or([0; 5], |row| row.counts());
    Ok(ReviewPage {
        product,
        stars,
        reviews: rows
            .into_iter()
            .filter_map(sql::ReviewRow::review)
            .collect(),
        next,
    })
}

/// Takes what `customer` says of a product in; it waits for somebody of the shop. One of theirs that waits already is replaced;
/// one that is published stays until this one is. Theirs is a verified purchase when a paid order of theirs, or the one that
/// `proof` opens, holds the product.
///
/// # Errors
/// [`ReviewError`].
pub async fn write(
    shop: &Shop,
    caller: &Caller,
    customer: CustomerId,
    storefront: &Storefront,
    slug: &str,
    form: &ReviewForm,
    proof: Option<&Proof>,
) -> Result<Written, Failure<ReviewError>> {
    may(&caller.actor, Action::WriteReview(customer))
        .map_err(|_| Failure::Refused(ReviewError::Denied))?;
    let product = find_subject(shop, storefront, slug)
        .await
        .map_err(|failure| match failure {
            Failure::Refused(error) => Failure::Refused(error.into()),
            Failure::Broken(broken) => Failure::Broken(broken),
        })?;
    let new = form
        .check()
        .map_err(|problems| Failure::Refused(ReviewError::Fields(problems)))?;
    let proven = match proof {
        // A link that does not hold proves nothing, and is no reason to lose what was typed.
        Some(proof) => crate::order::owner(shop, &proof.number, &proof.token)
            .await?
            .map(|owner| (owner, proof.number.as_str())),
        None => None,
    };
    let mut tries = 1;
    loop {
        match write_once(shop, caller, customer, storefront, &product, &new, proven).await {
            Err(Failure::Broken(Broken::Database(error)))
                if tries < TRIES && is_written_at_once(&error) =>
            {
                tries += 1;
            }
            outcome => return outcome,
        }
    }
}

async fn write_once(
    shop: &Shop,
    caller: &Caller,
    customer: CustomerId,
    storefront: &Storefront,
    product: &Subject,
    new: &domain::review::NewReview,
    proven: Option<(CustomerId, &str)>,
) -> Result<Written, Failure<ReviewError>> {
    let now = shop.clock.now();
    let mut tx = shop.begin().await?;
    // Two tabs of one shopper take turns.
    if !sql::lock_customer(&mut tx, customer).await? {
        return Err(Failure::Refused(ReviewError::Denied));
    }
    let known = sql::standing(&mut tx, customer, product.id.0, proven).await?;
    let email = known.email.and_then(|email| Email::parse(&email).ok());
    let key = email.map(|email| email_key(&email));
    let since = sql::Since {
        of_one: now - OF_ONE_IN,
        of_strangers: now - OF_STRANGERS_IN,
        most_waiting: MOST_WAITING,
    };
    let written = sql::written(&mut tx, customer, product.id.0, &since).await?;
    let is_flood = written.of_strangers >= MOST_OF_STRANGERS || written.waiting >= MOST_WAITING;
    if written.of_one >= MOST_OF_ONE || (is_flood && !known.is_verified) {
        return Err(Failure::Refused(ReviewError::TooMany));
    }
    let replaced = sql::take_back(&mut tx, customer, product.id.0, key.as_deref(), now).await?;
    let id = ReviewId(shop.random.id(now));
    let row = sql::NewRow {
        customer,
        id,
        product: product.id.0,
        email_key: key.as_deref(),
        new,
        storefront,
        is_verified: known.is_verified,
        now,
    };
    sql::insert(&mut tx, &row).await?;
    // What they say stands in the review: here is only that they did.
    let change = json!({
        "product": product.slug, "stars": new.stars, "verified": known.is_verified, "replaced": replaced,
    });
    let subject = id.to_string();
    let kind = "review.written";
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
        customer: Some(customer),
        payload: change,
        jobs: &[],
    };
    outbox::write(shop, &mut tx, caller, event).await?;
    tx.commit().await?;
    Ok(Written {
        id,
        is_verified: known.is_verified,
        replaced,
    })
}

/// Another browser of the same person wrote between our looking and our writing.
fn is_written_at_once(error: &sqlx::Error) -> bool {
    let names = ["review_pending_key", "review_pending_email_key"];
    let constraint = error
        .as_database_error()
        .and_then(|error| error.constraint());
    constraint.is_some_and(|name| names.contains(&name))
}

/// Microseconds since 1970.
fn micros(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1_000).unwrap_or_default()
}

/// The moment so many microseconds after 1970; a number that is none is 1970.
fn moment(micros: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1_000)
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_reads_as_it_was_written_and_nothing_else_does() {
        for at in [0, -7, 1_795_000_000_000_000] {
            let after = After {
                at,
                id: Uuid::max(),
            };
            assert_eq!(after.to_string().parse(), Ok(after));
        }
        let good = After {
            at: 1,
            id: Uuid::nil(),
        }
        .to_string();
        let upper = good.replace('0', "A");
        for text in [
            "",
            "0",
            &good[1..],
            &format!("{good}0"),
            &"é".repeat(24),
            &"+1".repeat(24),
            &upper,
        ] {
            assert_eq!(text.parse::<After>(), Err(()), "{text:?}");
        }
        assert_eq!(moment(i64::MAX), OffsetDateTime::UNIX_EPOCH);
    }
}
