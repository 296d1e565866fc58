//! The same key again: the same answer.

use super::{PlaceError, Placed, Placement, sql};
use crate::{Broken, Failure, Shop, fault, payment};
use domain::payment::AttemptState;
use domain::{CustomerId, OrderId, Storefront};
use sha2::{Digest, Sha256};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// The winner of several equal placements calls the provider; the others wait so long for what it is told.
const PATIENCE: Duration = Duration::from_secs(8);
/// Between two looks, at first and at most.
const LOOK: (Duration, Duration) = (Duration::from_millis(5), Duration::from_millis(100));

/// What tells one placement from another under the same key.
pub(super) fn body_hash(
    storefront: &Storefront,
    placement: &Placement,
) -> Result<[u8; 32], Broken> {
    let body = (
        storefront,
        placement.checkout,
        &placement.form,
        placement.seen_total,
        placement.seen_credit,
    );
    Ok(Sha256::digest(serde_json::to_vec(&body)?).into())
}

/// The answer that this key was given before, if it was used.
///
/// # Errors
/// [`PlaceError::KeyReused`] when it was used for something else.
pub(super) async fn given_before(
    shop: &Shop,
    customer: CustomerId,
    hash: &[u8; 32],
    known: &sql::Known,
) -> Result<Option<Placed>, Failure<PlaceError>> {
    let Some(((owner, used_for), order)) = known
        .key_customer
        .zip(known.body_hash.as_deref())
        .zip(known.order_id)
    else {
        return Ok(None);
    };
    if owner != customer.0 || (used_for != hash && !fault::planted("body_unchecked")) {
        return Err(Failure::Refused(PlaceError::KeyReused));
    }
    wait(shop, owner, order).await.map(Some)
}

async fn wait(shop: &Shop, customer: Uuid, order: Uuid) -> Result<Placed, Failure<PlaceError>> {
    let begun = Instant::now();
    let (mut rest, longest) = LOOK;
    loop {
        let row = sql::answer(&shop.db, customer, order)
            .await?
            .ok_or_else(|| Broken::Other(format!("order {order} is gone")))?;
        let state = payment::parse_state(&row.attempt_state)?;
        let called = state != AttemptState::Created || row.deferred;
        if called || begun.elapsed() >= PATIENCE {
            return Ok(Placed {
                order: OrderId(order),
                number: row.number,
                token: row.token,
                redirect: row.redirect_url,
            });
        }
        tokio::time::sleep(rest).await;
        rest = (rest * 2).min(longest);
    }
}
