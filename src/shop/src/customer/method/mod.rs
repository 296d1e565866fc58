//! What payment providers keep of a customer: whom they know them as, and means of payment by their names there.

mod sql;

use crate::{Broken, Caller, Failure, Shop, audit};
use domain::customer::MethodLabel;
use domain::{Action, CustomerId, may};
use serde_json::json;
use uuid::Uuid;

/// A provider's name of something is no longer than this.
const LONGEST_REFERENCE: usize = 255;

/// Why nothing was kept or forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MethodError {
    #[error("that is not allowed")]
    Denied,
    #[error("a provider's reference has 1 to 255 visible characters")]
    BadReference,
    #[error("no such means of payment")]
    NotFound,
}

/// A means of payment that a provider has kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMethod<'a> {
    pub provider: &'a str,
    /// Its name there: `pm_1Pq…`.
    pub reference: &'a str,
    pub label: MethodLabel,
}

/// The same, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedMethod {
    pub id: Uuid,
    pub provider: String,
    pub reference: String,
    pub label: String,
}

/// Keeps whom a provider knows a customer as. Of several, told at once by two tabs, the first counts; it is returned.
///
/// # Errors
/// [`MethodError::Denied`] for anybody but a machine and the order desk, [`MethodError::BadReference`].
pub async fn keep_provider_customer(
    shop: &Shop,
    caller: &Caller,
    customer: CustomerId,
    provider: &str,
    reference: &str,
) -> Result<String, Failure<MethodError>> {
    told_by_a_provider(caller)?;
    check(reference)?;
    let mut tx = shop.begin().await?;
    let now = shop.clock.now();
    let (kept, is_new) = sql::keep_customer(&mut tx, customer, provider, reference, now).await?;
    if is_new {
        let change = json!({ "provider": provider });
        let subject = customer.to_string();
        audit::write(
            shop,
            &mut tx,
            caller,
            "customer.known_to_provider",
            "customer",
            &subject,
            change,
        )
        .await?;
    }
    tx.commit().await?;
    Ok(kept)
}

/// Whom a provider knows a customer as.
///
/// # Errors
/// [`Broken`].
pub async fn provider_customer(
    shop: &Shop,
    customer: CustomerId,
    provider: &str,
) -> Result<Option<String>, Broken> {
    Ok(sql::provider_customer(&shop.db, customer, provider).await?)
}

/// Keeps a means of payment. The same reference again is the same method, with its newest label.
///
/// # Errors
/// As [`keep_provider_customer`].
pub async fn keep_method(
    shop: &Shop,
    caller: &Caller,
    customer: CustomerId,
    new: &NewMethod<'_>,
) -> Result<SavedMethod, Failure<MethodError>> {
    told_by_a_provider(caller)?;
    check(new.reference)?;
    let now = shop.clock.now();
    let mut tx = shop.begin().await?;
    let kept = sql::keep_method(&mut tx, customer, shop.random.id(now), new, now).await?;
    let change = json!({ "method": kept.id, "provider": new.provider });
    let subject = customer.to_string();
    audit::write(
        shop,
        &mut tx,
        caller,
        "customer.method_kept",
        "customer",
        &subject,
        change,
    )
    .await?;
    tx.commit().await?;
    Ok(kept)
}

/// A customer's means of payment, the newest first.
///
/// # Errors
/// [`MethodError::Denied`] for another's.
pub async fn methods(
    shop: &Shop,
    caller: &Caller,
    customer: CustomerId,
) -> Result<Vec<SavedMethod>, Failure<MethodError>> {
    may(&caller.actor, Action::ChangeAccount(customer))
        .map_err(|_| Failure::Refused(MethodError::Denied))?;
    Ok(sql::methods(&shop.db, customer).await?)
}

/// Forgets one of them.
///
/// # Errors
/// [`MethodError::Denied`] for another's, [`MethodError::NotFound`].
pub async fn forget_method(
    shop: &Shop,
    caller: &Caller,
    customer: CustomerId,
    method: Uuid,
) -> Result<(), Failure<MethodError>> {
    may(&caller.actor, Action::ChangeAccount(customer))
        .map_err(|_| Failure::Refused(MethodError::Denied))?;
    let mut tx = shop.begin().await?;
    if !sql::forget_method(&mut tx, customer, method).await? {
        return Err(Failure::Refused(MethodError::NotFound));
    }
    let change = json!({ "method": method });
    let subject = customer.to_string();
    audit::write(
        shop,
        &mut tx,
        caller,
        "customer.method_forgotten",
        "customer",
        &subject,
        change,
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

/// What a provider keeps is the provider's to tell, never the shopper's.
fn told_by_a_provider(caller: &Caller) -> Result<(), Failure<MethodError>> {
    may(&caller.actor, Action::SettlePayment).map_err(|_| Failure::Refused(MethodError::Denied))
}

fn check(reference: &str) -> Result<(), Failure<MethodError>> {
    let length = 1..=LONGEST_REFERENCE;
    let is_visible = reference.bytes().all(|byte| byte.is_ascii_graphic());
    if length.contains(&reference.len()) && is_visible {
        Ok(())
    } else {
        Err(Failure::Refused(MethodError::BadReference))
    }
}
