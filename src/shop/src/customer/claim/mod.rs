//! A guest becomes a customer by an e-mail address that is shown to be theirs, by a link that is mailed there.

mod sql;

use super::merge::{MergeError, merge_within};
use super::sql::lock_customers;
use super::{Session, TOKEN_LENGTH, copy, hash, token};
use crate::outbox::{self, Event};
use crate::{Broken, Caller, Failure, Shop, audit, jobs};
use domain::checkout::Email;
use domain::customer::email_key;
use domain::{Action, Actor, CustomerId, Storefront, may};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// How long a mailed link holds.
pub const CLAIM_LASTS: Duration = Duration::hours(24);

/// So many links are mailed to one mailbox, and for one shopper, in so long.
const MOST_LINKS: i64 = 5;
const LINKS_IN: Duration = Duration::hours(1);

/// Two who claim the same address at once take turns.
const TRIES: usize = 2;

/// Why an address is not claimed. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum ClaimError {
    #[error("that is not allowed")]
    Denied,
    /// Someone who has an account stays who they are.
    #[error("that shopper has an account by another e-mail address")]
    AlreadyClaimed,
    #[error("too many links were asked for; an hour from now there can be another")]
    TooMany,
    /// Not one of ours, used, replaced by a newer one, or older than [`CLAIM_LASTS`]: nobody is told which.
    #[error("that link does not hold; ask for another")]
    Link,
    /// A link works in the browser that asked for it and nowhere else. Otherwise whoever types somebody's address, and has
    /// them press the link, would be signed in as them; or sign them in as himself.
    #[error("open the link in the browser in which it was asked for")]
    OtherBrowser,
    #[error("both bags together are too full")]
    TooManyLines,
}

/// Who a shopper is by now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claimed {
    pub customer: CustomerId,
    /// They had an account before, and what they gathered as a guest went there.
    pub merged: bool,
}

/// Mails a link to `email` by which the session's guest can claim it. A link that was asked for before ends. The answer is the
/// same whether somebody has that address or not.
///
/// # Errors
/// [`ClaimError::Denied`], [`ClaimError::AlreadyClaimed`], [`ClaimError::TooMany`].
pub async fn request_claim(
    shop: &Shop,
    caller: &Caller,
    session: &Session,
    storefront: &Storefront,
    email: &Email,
) -> Result<(), Failure<ClaimError>> {
    let customer = session.customer;
    may(&caller.actor, Action::ChangeAccount(customer))
        .map_err(|_| Failure::Refused(ClaimError::Denied))?;
    let now = shop.clock.now();
    let mut tx = shop.begin().await?;
    let whose = sql::lock_customer(&mut tx, customer)
        .await?
        .filter(|row| row.merged_into.is_none())
        .ok_or(Failure::Refused(ClaimError::Denied))?;
    if whose.is_claimed {
        return Err(Failure::Refused(ClaimError::AlreadyClaimed));
    }
    let key = email_key(email);
    if sql::count_links(&mut tx, customer, &key, now - LINKS_IN).await? >= MOST_LINKS {
        return Err(Failure::Refused(ClaimError::TooMany));
    }
    let id = shop.random.id(now);
    let new = sql::NewClaim {
        customer,
        id,
        email: email.as_str(),
        key: &key,
        storefront,
        now,
        expires_at: now + CLAIM_LASTS,
    };
    sql::replace(&mut tx, &new).await?;
    let subject = customer.to_string();
    let change = json!({ "claim": id });
    audit::write(
        shop,
        &mut tx,
        caller,
        "customer.claim_requested",
        "customer",
        &subject,
        change,
    )
    .await?;
    let event = Event {
        kind: "customer.claim_requested",
        schema_version: 1,
        subject: Some(customer.0),
        customer: Some(customer),
        payload: json!({ "claim": id }),
        jobs: &[jobs::CLAIM_LINK],
    };
    outbox::write(shop, &mut tx, caller, event).await?;
    tx.commit().await?;
    Ok(())
}

/// Uses a mailed link: the session's guest has that address from now on; where somebody has it already, the guest becomes
/// that customer, and the bags are merged without losing a line. All of it or nothing; a link works once.
///
/// # Errors
/// [`ClaimError`].
pub async fn claim(
    shop: &Shop,
    caller: &Caller,
    session: &Session,
    token: &str,
) -> Result<Claimed, Failure<ClaimError>> {
    may(&caller.actor, Action::ChangeAccount(session.customer))
        .map_err(|_| Failure::Refused(ClaimError::Denied))?;
    if token.len() != TOKEN_LENGTH {
        return Err(Failure::Refused(ClaimError::Link));
    }
    for _ in 0..TRIES {
        match claim_once(shop, caller, session.customer, &hash(token)).await {
            // Somebody else claimed that address meanwhile: now there is a customer to become.
            Err(Failure::Broken(Broken::Database(error))) if is_email_taken(&error) => {}
            outcome => return outcome,
        }
    }
    Err(Failure::Broken(Broken::Other(
        "an e-mail address was claimed by others again and again".to_owned(),
    )))
}

async fn claim_once(
    shop: &Shop,
    caller: &Caller,
    guest: CustomerId,
    token_hash: &[u8; 32],
) -> Result<Claimed, Failure<ClaimError>> {
    let now = shop.clock.now();
    let mut tx = shop.begin().await?;
    // Customers are locked before what is theirs, as everywhere; whose they are is looked up before that.
    let holds = |link: &sql::ClaimRow| link.ended_at.is_none() && link.expires_at > now;
    let link = sql::find_claim(&mut tx, token_hash)
        .await?
        .filter(holds)
        .ok_or(Failure::Refused(ClaimError::Link))?;
    if link.customer_id != guest.0 {
        return Err(Failure::Refused(ClaimError::OtherBrowser));
    }
    let owner = sql::owner_of(&mut tx, &link.email).await?.map(CustomerId);
    lock_customers(&mut tx, guest, owner.unwrap_or(guest)).await?;
    if sql::find_claim(&mut tx, token_hash)
        .await?
        .filter(holds)
        .is_none()
    {
        return Err(Failure::Refused(ClaimError::Link));
    }
    sql::end(&mut tx, guest, link.id, now).await?;
    let Some(owner) = owner else {
        if !sql::claim(&mut tx, guest, &link.email, now).await? {
            return Err(Failure::Refused(ClaimError::AlreadyClaimed));
        }
        record(shop, &mut tx, caller, guest).await?;
        let sessions = sql::sessions(&mut tx, guest).await?;
        tx.commit().await?;
        for token_hash in &sessions {
            copy::forget(shop, token_hash).await;
        }
        return Ok(Claimed {
            customer: guest,
            merged: false,
        });
    };
    if owner == guest {
        tx.commit().await?;
        return Ok(Claimed {
            customer: guest,
            merged: false,
        });
    }
    // Whoever reads that mailbox is the owner.
    let verified = Caller {
        actor: Actor::Customer { customer: owner },
        ..caller.clone()
    };
    let merged = merge_within(shop, &mut tx, &verified, guest, owner)
        .await
        .map_err(not_merged)?;
    tx.commit().await?;
    merged.forget_copies(shop, guest, owner).await;
    Ok(Claimed {
        customer: owner,
        merged: true,
    })
}

async fn record(
    shop: &Shop,
    tx: &mut PgConnection,
    caller: &Caller,
    customer: CustomerId,
) -> Result<(), sqlx::Error> {
    let subject = customer.to_string();
    audit::write(
        shop,
        tx,
        caller,
        "customer.claimed",
        "customer",
        &subject,
        json!({}),
    )
    .await?;
    let event = Event {
        kind: "customer.claimed",
        schema_version: 1,
        subject: Some(customer.0),
        customer: Some(customer),
        payload: json!({}),
        jobs: &[],
    };
    outbox::write(shop, tx, caller, event).await?;
    Ok(())
}

fn not_merged(failure: Failure<MergeError>) -> Failure<ClaimError> {
    match failure {
        Failure::Refused(MergeError::TooManyLines) => Failure::Refused(ClaimError::TooManyLines),
        Failure::Refused(MergeError::Claimed) => Failure::Refused(ClaimError::AlreadyClaimed),
        Failure::Refused(MergeError::Denied) => Failure::Refused(ClaimError::Denied),
        // Another tab was faster, and the link was for who this no longer is.
        Failure::Refused(
            MergeError::AlreadyMerged | MergeError::UnknownCustomer | MergeError::Same,
        ) => Failure::Refused(ClaimError::Link),
        Failure::Broken(broken) => Failure::Broken(broken),
    }
}

fn is_email_taken(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .is_some_and(|error| error.constraint() == Some("customer_email_key"))
}

/// What a link's mail is made of.
pub(crate) struct Link {
    pub email: String,
    pub market: String,
    pub locale: String,
    /// Goes into the mail and nowhere else.
    pub token: String,
}

/// A fresh secret for a claim that stands; None for one that does not any more.
///
/// # Errors
/// [`Broken`].
pub(crate) async fn fresh_link(shop: &Shop, claim: Uuid) -> Result<Option<Link>, Broken> {
    let token = token(&shop.random.secret());
    let now: OffsetDateTime = shop.clock.now();
    let row = sql::add_token(&shop.db, claim, &hash(&token), now).await?;
    Ok(row.map(|row| Link {
        email: row.email,
        market: row.market,
        locale: row.locale,
        token,
    }))
}
