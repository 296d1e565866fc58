//! The shopper comes back from the provider's page.

use super::{PaymentError, reconcile, sql};
use crate::{Caller, Failure, Shop};

/// Finds the order that `reference` was paid for, asks its provider how it stands, and settles that. A provider that does
/// not answer is asked again later: the order's page says the truth either way. Returns the order's number and token.
///
/// # Errors
/// [`PaymentError::Unknown`] for a provider that is not set up or a reference that no attempt has.
pub async fn returned(
    shop: &Shop,
    caller: &Caller,
    provider: &str,
    reference: &str,
) -> Result<(String, String), Failure<PaymentError>> {
    // It comes by URL: some texts PostgreSQL would not even look up.
    if reference.len() > 255 || !reference.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Failure::Refused(PaymentError::Unknown));
    }
    let channel = shop
        .payments
        .of(provider)
        .ok_or(Failure::Refused(PaymentError::Unknown))?;
    let found = sql::find_reference(&shop.db, channel.name(), reference)
        .await?
        .ok_or(Failure::Refused(PaymentError::Unknown))?;
    if found.attempt_state != "captured" {
        // A shopper only says that something may have happened; it is the provider who is believed.
        let machine = Caller {
            trace: caller.trace.clone(),
            ..Caller::machine("payments", "shopper's return")
        };
        let of = found.identity();
        let settled = match reconcile::ask(of, channel, reference).await {
            Ok(report) => reconcile::settle_heard(shop, &machine, channel, of, report)
                .await
                .map(|_| ()),
            Err(failure) => Err(failure),
        };
        match settled {
            Ok(()) | Err(Failure::Refused(_)) => {}
            Err(broken) => return Err(broken),
        }
    }
    Ok((found.number, found.token))
}
