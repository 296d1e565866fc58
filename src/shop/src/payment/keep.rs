//! The job that keeps the means of payment which a shopper paid with and wants to use again: its provider's names for it.

use super::{ProviderError, sql};
use crate::customer::{self, MethodError, NewMethod};
use crate::order::owned_now;
use crate::{Broken, Caller, Failure, Shop};
use domain::{AttemptId, CustomerId, OrderId};
use serde::Deserialize;
use serde_json::Value;

/// What the job holds.
#[derive(Deserialize)]
struct Paid {
    customer: CustomerId,
    order: OrderId,
    attempt: AttemptId,
}

/// Asks the provider what it kept, and keeps its names. Doing it again changes nothing.
///
/// # Errors
/// [`Broken`]; try again.
pub(crate) async fn keep(shop: &Shop, caller: &Caller, payload: &Value) -> Result<(), Broken> {
    let paid = Paid::deserialize(payload)?;
    let gone = || Broken::Other(format!("no order {}", paid.order));
    let of = owned_now(shop, paid.customer, paid.order)
        .await?
        .ok_or_else(gone)?;
    let Some((provider, reference)) =
        sql::reference_of(&shop.db, of.customer.0, paid.attempt.0).await?
    else {
        return Ok(());
    };
    let Some(channel) = shop.payments.of(&provider) else {
        return Ok(());
    };
    let kept = match channel.kept(&reference).await {
        Ok(Some(kept)) => kept,
        Ok(None) => return Ok(()),
        Err(ProviderError::Refused(why)) => {
            tracing::warn!(order = %paid.order, provider, why, "a means of payment was not kept");
            return Ok(());
        }
        Err(error) => return Err(Broken::Other(error.to_string())),
    };
    let name = channel.name();
    customer::keep_provider_customer(shop, caller, of.customer, name, &kept.saved.customer)
        .await
        .map_err(broken)?;
    let new = NewMethod {
        provider: name,
        reference: &kept.saved.method,
        label: kept.label,
    };
    customer::keep_method(shop, caller, of.customer, &new)
        .await
        .map_err(broken)?;
    Ok(())
}

fn broken(failure: Failure<MethodError>) -> Broken {
    match failure {
        Failure::Refused(error) => Broken::Other(error.to_string()),
        Failure::Broken(broken) => broken,
    }
}
