//! Two customers become one: what a guest gathered is theirs when they sign in.

use super::{copy, sql};
use crate::outbox::{self, Event};
use crate::{Caller, Failure, Shop, audit, cart, wish};
use domain::cart::MAX_LINES;
use domain::{Action, CustomerId, MarketCode, may};
use serde_json::json;
use sqlx::PgConnection;

/// Why two customers can't be merged. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    #[error("that is not allowed")]
    Denied,
    #[error("no such customer")]
    UnknownCustomer,
    #[error("a customer can't be merged into itself")]
    Same,
    /// One of the two is another customer by now.
    #[error("that customer was merged before")]
    AlreadyMerged,
    /// Someone who signed in stays who they are.
    #[error("that customer has an account")]
    Claimed,
    /// No line may be lost, and a cart may not hold more than [`MAX_LINES`].
    #[error("both bags together are too full")]
    TooManyLines,
}

/// Folds the customer `from`, a guest, into `into`, in one transaction: open carts are merged market by market (the
/// quantities of a variant add up, to 99 at most), everything else moves over, sessions too. Doing it again changes
/// nothing.
///
/// # Errors
/// [`MergeError`]; nothing was changed then.
pub async fn merge(
    shop: &Shop,
    caller: &Caller,
    from: CustomerId,
    into: CustomerId,
) -> Result<(), Failure<MergeError>> {
    may(&caller.actor, Action::MergeCustomers { from, into })
        .map_err(|_| Failure::Refused(MergeError::Denied))?;
    let mut tx = shop.begin().await?;
    let merged = merge_within(shop, &mut tx, caller, from, into).await?;
    tx.commit().await?;
    merged.forget_copies(shop, from, into).await;
    Ok(())
}

/// What has to be forgotten once a merge is committed.
#[derive(Default)]
pub(super) struct Merged {
    sessions: Vec<[u8; 32]>,
    /// Markets, with their carts' versions.
    carts: Vec<(String, i64)>,
}

impl Merged {
    pub(super) async fn forget_copies(&self, shop: &Shop, from: CustomerId, into: CustomerId) {
        for token_hash in &self.sessions {
            copy::forget(shop, token_hash).await;
        }
        for (market, version) in &self.carts {
            if let Ok(market) = market.parse::<MarketCode>() {
                cart::forget(shop, from, &market, *version).await;
                cart::forget(shop, into, &market, *version).await;
            }
        }
    }
}

/// [`merge`] as part of a transaction, for a caller who may.
pub(super) async fn merge_within(
    shop: &Shop,
    tx: &mut PgConnection,
    caller: &Caller,
    from: CustomerId,
    into: CustomerId,
) -> Result<Merged, Failure<MergeError>> {
    if from == into {
        return Err(Failure::Refused(MergeError::Same));
    }
    let now = shop.clock.now();
    let customers = sql::lock_customers(tx, from, into).await?;
    let find = |id: CustomerId| customers.iter().find(|customer| customer.id == id.0);
    let (Some(guest), Some(heir)) = (find(from), find(into)) else {
        return Err(Failure::Refused(MergeError::UnknownCustomer));
    };
    if guest.merged_into == Some(into.0) {
        return Ok(Merged::default());
    }
    if guest.merged_into.is_some() || heir.merged_into.is_some() {
        return Err(Failure::Refused(MergeError::AlreadyMerged));
    }
    if guest.is_claimed {
        return Err(Failure::Refused(MergeError::Claimed));
    }

    let most_lines = i64::try_from(MAX_LINES).unwrap_or(i64::MAX);
    if sql::lock_carts(tx, from, into).await? > most_lines {
        return Err(Failure::Refused(MergeError::TooManyLines));
    }
    sql::merge_lines(tx, from, into).await?;
    sql::merge_codes(tx, from, into).await?;
    let carts = sql::move_carts(tx, from, into, now).await?;
    let moved = sql::move_purchases(tx, from, into, now).await?;
    sql::move_account(tx, from, into, now).await?;
    wish::merge(tx, from, into).await?;
    let sessions = sql::move_sessions(tx, from, into).await?;
    sql::point_to_successor(tx, from, into).await?;

    let change =
        json!({ "into": into, "carts": carts.len(), "sessions": sessions.len(), "orders": moved });
    let subject = from.to_string();
    audit::write(
        shop,
        tx,
        caller,
        "customer.merge",
        "customer",
        &subject,
        change,
    )
    .await?;
    let event = Event {
        kind: "customer.merged",
        schema_version: 1,
        subject: Some(into.0),
        customer: Some(into),
        payload: json!({ "from": from, "into": into }),
        jobs: &[],
    };
    outbox::write(shop, tx, caller, event).await?;
    Ok(Merged { sessions, carts })
}
