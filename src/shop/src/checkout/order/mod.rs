//! The one transaction that makes an order of a checkout.

mod sql;

use super::number::order_number;
use super::view::Seen;
use super::{PlaceError, Placement};
use crate::customer::{Session, token};
use crate::payment::{self, Identity};
use crate::{Broken, Caller, Failure, Shop, fault};
use domain::checkout::Details;
use domain::pricing::DeliveryOption;
use domain::{AttemptId, CartId, OrderId, Storefront, VariantId};
use serde_json::{Value, json};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

/// What is ordered.
pub(super) struct NewOrder<'a> {
    pub storefront: &'a Storefront,
    pub placement: &'a Placement,
    pub body_hash: [u8; 32],
    pub seen: &'a Seen,
    pub details: &'a Details,
    pub delivery: &'a DeliveryOption,
    pub cart: CartId,
    pub cart_version: i64,
    /// The checkout was promised units of what is in demand.
    pub claims: bool,
}

/// An order that was made, and awaits its payment.
pub(super) struct Made {
    pub identity: Identity,
    pub number: String,
    pub token: String,
    pub at: OffsetDateTime,
}

/// How it went.
pub(super) enum Outcome {
    Made(Made),
    /// Others were faster: there is not enough of these any more.
    Short(Vec<VariantId>),
    /// The shopper may have only so many more of these.
    Limited(Vec<(VariantId, i64)>),
    /// The key, the cart or the checkout was used or changed meanwhile.
    Overtaken,
}

/// Uses up the key, the cart and the checkout, holds the stock, and writes the order with its first payment attempt. All
/// of it or nothing, in one call of the database.
///
/// # Errors
/// [`Failure::Broken`].
pub(super) async fn make(
    shop: &Shop,
    caller: &Caller,
    session: &Session,
    new: &NewOrder<'_>,
) -> Result<Outcome, Failure<PlaceError>> {
    if fault::planted("acknowledged_uncommitted") {
        // Rolled back when dropped.
        let mut tx = shop.db.begin().await?;
        return make_within(shop, &mut tx, caller, session, new).await;
    }
    let mut db = shop.db.acquire().await?;
    fault::point("place.asked");
    let outcome = make_within(shop, &mut db, caller, session, new).await?;
    fault::point("place.committed");
    Ok(outcome)
}

/// The same within a transaction; it is to be rolled back unless the order was made.
async fn make_within(
    shop: &Shop,
    tx: &mut PgConnection,
    caller: &Caller,
    session: &Session,
    new: &NewOrder<'_>,
) -> Result<Outcome, Failure<PlaceError>> {
    let now = shop.clock.now();
    let total = new.seen.view.quote.total;
    let made = Made {
        identity: Identity {
            customer: session.customer,
            order: OrderId(shop.random.id(now)),
            attempt: AttemptId(shop.random.id(now)),
        },
        number: order_number(&shop.random.secret()),
        token: token(&shop.random.secret()),
        at: now,
    };
    let provider = if total.is_zero() {
        payment::FREE
    } else {
        shop.payments.name()
    };
    let lines = sql::Lines::of(&new.seen.view)?;
    #[cfg(feature = "faults")]
    if fault::planted("unconditional_hold") {
        fault::hold_whatever_there_is(tx, &lines.variants).await?;
    }
    let record = Record::of(shop, caller, &made, new);
    let answer = match sql::place(tx, &made, new, &lines, &record, provider).await {
        Ok(answer) => answer,
        Err(error) if is_overtaken(&error) => return Ok(Outcome::Overtaken),
        Err(error) => return Err(error.into()),
    };
    let short = answer.short.into_iter().map(VariantId);
    match answer.outcome.as_str() {
        "placed" => Ok(Outcome::Made(made)),
        "overtaken" => Ok(Outcome::Overtaken),
        "short" => Ok(Outcome::Short(short.collect())),
        "limited" => Ok(Outcome::Limited(short.zip(answer.allowed).collect())),
        other => Err(Broken::Other(format!("place_order answered {other:?}")).into()),
    }
}

/// What is told of an order: its event and its entry in the audit log.
struct Record<'a> {
    caller: &'a Caller,
    /// Ids for ledger, event, changed pages, audit entry.
    ids: [Uuid; 4],
    payload: Value,
    change: Value,
}

impl<'a> Record<'a> {
    fn of(shop: &Shop, caller: &'a Caller, made: &Made, new: &NewOrder<'_>) -> Self {
        let of = made.identity;
        let total = new.seen.view.quote.total;
        let change = json!({
            "number": made.number,
            "checkout": new.placement.checkout,
            "attempt": of.attempt,
            "total_minor": total.minor,
            "currency": total.currency,
        });
        let mut payload = change.clone();
        payload["order"] = json!(of.order);
        payload["customer"] = json!(of.customer);
        payload["market"] = json!(new.storefront.market);
        Self {
            caller,
            ids: std::array::from_fn(|_| shop.random.id(made.at)),
            payload,
            change,
        }
    }
}

/// Whether a key, a number or a checkout was used by somebody else meanwhile; or two transactions waited for each other,
/// of which this one was given up.
fn is_overtaken(error: &sqlx::Error) -> bool {
    let error = error.as_database_error();
    let is_deadlock = error.and_then(|error| error.code()).as_deref() == Some("40P01");
    let constraint = error.and_then(|error| error.constraint());
    is_deadlock
        || matches!(
            constraint,
            Some("idempotency_key_pkey" | "order_number_pkey" | "orders_checkout_key")
        )
}
