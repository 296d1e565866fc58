//! Promotions: what may lower the price of a cart, who may have it, and how often.
//!
//! PostgreSQL says which promotions a cart could have (`cart_promotions`); here they become rules that name the cart's lines, so
//! that `domain::pricing` needs no tables. What is limited is counted in the transaction that makes the order ([`claim`]).

mod import;
mod offer;
mod sql;

pub use import::{ImportError, Imported, import};
pub use offer::Offers;
pub(crate) use offer::{OffersRow, codes_of, problem};

use crate::{Broken, Caller, Failure, Parts, Shop, audit};
use domain::pricing::Quote;
use domain::promotion::{Code, CodeProblem};
use domain::{Action, CustomerId, MarketCode, OrderId, PromotionId, may};
use serde_json::json;
use sqlx::PgConnection;
use time::OffsetDateTime;

/// A promotion as the command line shows it.
#[derive(Clone, Debug)]
pub struct Listed {
    pub name: String,
    /// In English.
    pub title: String,
    /// None for one that is everyone's.
    pub codes: Vec<String>,
    pub starts_at: Option<OffsetDateTime>,
    pub ends_at: Option<OffsetDateTime>,
    pub most_uses: Option<i64>,
    pub most_per_customer: Option<i64>,
    /// Orders that stand.
    pub uses: i64,
    pub priority: i32,
    /// What it takes off, from what, on what.
    pub terms: serde_json::Value,
}

/// Why a promotion is not managed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PromotionError {
    #[error("that is not allowed")]
    Denied,
    #[error("there is no promotion `{0}`; `rialto promotions list` names them all")]
    Unknown(String),
}

/// All promotions, those that have ended last.
///
/// # Errors
/// The database's.
pub async fn list(shop: &Shop) -> Result<Vec<Listed>, Broken> {
    Ok(sql::list(&shop.db, None, shop.clock.now()).await?)
}

/// The promotion of that name.
///
/// # Errors
/// [`PromotionError::Unknown`].
pub async fn find(shop: &Shop, name: &str) -> Result<Listed, Failure<PromotionError>> {
    let found = sql::list(&shop.db, Some(name), shop.clock.now()).await?;
    found
        .into_iter()
        .next()
        .ok_or_else(|| Failure::Refused(PromotionError::Unknown(name.to_owned())))
}

/// Ends a promotion now. Orders that have it keep it. False when it had ended before.
///
/// # Errors
/// [`PromotionError`].
pub async fn end(
    shop: &Shop,
    caller: &Caller,
    name: &str,
) -> Result<bool, Failure<PromotionError>> {
    may(&caller.actor, Action::ChangeCatalogue)
        .map_err(|_| Failure::Refused(PromotionError::Denied))?;
    let mut tx = shop.begin().await?;
    let now = shop.clock.now();
    let Some(ended) = sql::end(&mut tx, name, now).await? else {
        return Err(Failure::Refused(PromotionError::Unknown(name.to_owned())));
    };
    if ended {
        let change = json!({ "ends_at": now.unix_timestamp() });
        audit::write(
            shop,
            &mut tx,
            caller,
            "promotion.ended",
            "promotion",
            name,
            change,
        )
        .await?;
    }
    tx.commit().await?;
    Ok(ended)
}

/// A promotion that an order can't have any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    pub promotion: PromotionId,
    pub problem: CodeProblem,
}

/// Whether an order of that quote has to be counted.
pub(crate) fn is_counted(quote: &Quote) -> bool {
    quote
        .adjustments
        .iter()
        .any(|adjustment| adjustment.counted.is_some())
}

/// Counts `order` for the promotions that its quote took something off with, where they are counted. What can't be had any
/// more is answered: then the transaction is to be rolled back. Without such a promotion it asks nothing.
///
/// # Errors
/// [`Broken`].
pub(crate) async fn claim(
    shop: &Parts,
    tx: &mut PgConnection,
    (customer, order): (CustomerId, OrderId),
    quote: &Quote,
    email: &str,
    market: &MarketCode,
) -> Result<Vec<Refused>, Broken> {
    let mut claims: Vec<(PromotionId, Option<&Code>)> = quote
        .adjustments
        .iter()
        .filter_map(|adjustment| Some((adjustment.counted?, adjustment.code.as_ref())))
        .collect();
    claims.sort_by_key(|(promotion, _)| *promotion);
    claims.dedup_by_key(|(promotion, _)| *promotion);
    if claims.is_empty() {
        return Ok(Vec::new());
    }
    let email = email.trim().to_lowercase();
    let now = shop.clock.now();
    sql::claim(tx, (customer, order), &claims, &email, market, now)
        .await?
        .into_iter()
        .map(|(promotion, reason)| {
            Ok(Refused {
                promotion,
                problem: problem(&reason)?,
            })
        })
        .collect()
}

/// `order` came to nothing: its promotions may be had by others. Doing it again changes nothing.
///
/// # Errors
/// The database's.
pub(crate) async fn release(
    shop: &Parts,
    tx: &mut PgConnection,
    customer: CustomerId,
    order: OrderId,
) -> Result<(), sqlx::Error> {
    sql::release(tx, customer, order, shop.clock.now()).await
}

/// Money came for an order that had been given up: takes its promotions and its gift cards once more, all or nothing. False
/// when one of them can't be had any more.
///
/// # Errors
/// The database's.
pub(crate) async fn retake_with_credit(
    shop: &Parts,
    tx: &mut PgConnection,
    caller: &Caller,
    customer: CustomerId,
    order: OrderId,
) -> Result<bool, sqlx::Error> {
    sql::retake_with_credit(tx, customer, order, &caller.actor, shop.clock.now()).await
}
