//! Groups of customers, which promotions can be for.

mod sql;

use crate::outbox::{self, Event};
use crate::{Broken, Caller, Failure, Shop, audit};
use domain::checkout::Email;
use domain::{Action, CustomerId, may};
use serde_json::json;

/// Why a group was not changed. Nothing was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GroupError {
    #[error("that is not allowed")]
    Denied,
    #[error(
        "a group's name is 1 to 40 small letters, digits and hyphens, such as trade or friends-2026"
    )]
    BadName,
    /// Guests are not asked who they are: their address proves nothing.
    #[error(
        "no customer has claimed {0}; they can on the page of an order of theirs, by a link that is mailed to them"
    )]
    UnknownEmail(String),
}

/// A customer in a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    pub group: String,
    pub customer: CustomerId,
    pub email: Option<String>,
}

/// Puts the customer of an e-mail address into a group; false where they were in it. A bag that is open has what the group
/// may have from its next change, ten minutes from now at the latest.
///
/// # Errors
/// [`GroupError`].
pub async fn add_to_group(
    shop: &Shop,
    caller: &Caller,
    email: &Email,
    group: &str,
) -> Result<bool, Failure<GroupError>> {
    change(shop, caller, email, group, true).await
}

/// Takes the customer of an e-mail address out of a group; false where they were not in it. Orders keep what they had.
///
/// # Errors
/// [`GroupError`].
pub async fn remove_from_group(
    shop: &Shop,
    caller: &Caller,
    email: &Email,
    group: &str,
) -> Result<bool, Failure<GroupError>> {
    change(shop, caller, email, group, false).await
}

/// The members of a group, or of all groups, at most `at_most`.
///
/// # Errors
/// The database's.
pub async fn members(
    shop: &Shop,
    group: Option<&str>,
    at_most: i64,
) -> Result<Vec<Member>, Broken> {
    Ok(sql::members(&shop.db, group, at_most).await?)
}

async fn change(
    shop: &Shop,
    caller: &Caller,
    email: &Email,
    group: &str,
    joins: bool,
) -> Result<bool, Failure<GroupError>> {
    // Who belongs to it decides who is given discounts.
    may(&caller.actor, Action::ChangeCatalogue)
        .map_err(|_| Failure::Refused(GroupError::Denied))?;
    let is_letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if !(1..=40).contains(&group.len()) || !group.chars().all(is_letter) {
        return Err(Failure::Refused(GroupError::BadName));
    }
    let mut tx = shop.begin().await?;
    let customer = sql::by_email(&mut tx, email.as_str())
        .await?
        .ok_or_else(|| Failure::Refused(GroupError::UnknownEmail(email.as_str().to_owned())))?;
    let (changed, kind) = if joins {
        let changed = sql::add(&mut tx, customer, group).await?;
        (changed, "customer.group_joined")
    } else {
        let changed = sql::remove(&mut tx, customer, group).await?;
        (changed, "customer.group_left")
    };
    if !changed {
        return Ok(false);
    }
    let subject = customer.to_string();
    let change = json!({ "group": group });
    audit::write(
        shop,
        &mut tx,
        caller,
        kind,
        "customer",
        &subject,
        change.clone(),
    )
    .await?;
    let event = Event {
        kind,
        schema_version: 1,
        subject: Some(customer),
        customer: Some(CustomerId(customer)),
        payload: change,
        jobs: &[],
    };
    outbox::write(shop, &mut tx, caller, event).await?;
    tx.commit().await?;
    Ok(true)
}
