//! The one transaction that makes an order of a checkout.

mod sql;

use super::number::order_number;
use super::view::Seen;
use super::{PlaceError, Placement};
use crate::customer::{Session, token};
use crate::inventory::{self, Available};
use crate::outbox::{self, Event};
use crate::payment::{self, Identity};
use crate::{Broken, Caller, Failure, Shop, audit, cart};
use domain::checkout::Details;
use domain::pricing::DeliveryOption;
use domain::{AttemptId, CartId, OrderId, Storefront, VariantId};
use serde_json::json;
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
    /// The key, the cart or the checkout was used or changed meanwhile.
    Overtaken,
}

/// Uses up the key, the cart and the checkout, holds the stock, and writes the order with its first payment attempt. All
/// of it or nothing.
///
/// # Errors
/// [`Failure::Broken`].
pub(super) async fn make(
    shop: &Shop,
    caller: &Caller,
    session: &Session,
    new: &NewOrder<'_>,
) -> Result<Outcome, Failure<PlaceError>> {
    let mut tx = shop.db.begin().await?;
    let outcome = make_within(shop, &mut tx, caller, session, new).await?;
    match outcome {
        Outcome::Made(_) => tx.commit().await?,
        // Not left to the drop, which would keep others waiting for the locks.
        Outcome::Short(_) | Outcome::Overtaken => tx.rollback().await?,
    }
    Ok(outcome)
}

async fn make_within(
    shop: &Shop,
    tx: &mut PgConnection,
    caller: &Caller,
    session: &Session,
    new: &NewOrder<'_>,
) -> Result<Outcome, Failure<PlaceError>> {
    let now = shop.clock.now();
    let customer = session.customer;
    let total = new.seen.view.quote.total;
    let made = Made {
        identity: Identity {
            customer,
            order: OrderId(shop.random.id(now)),
            attempt: AttemptId(shop.random.id(now)),
        },
        number: order_number(&shop.random.secret()),
        token: token(&shop.random.secret()),
        at: now,
    };
    // First of all, so that equal placements queue here, and not at everybody's stock.
    if !cart::close(shop, tx, customer, new.cart, new.cart_version).await? {
        return Ok(Outcome::Overtaken);
    }
    let provider = if total.is_zero() {
        payment::FREE
    } else {
        shop.payments.name()
    };
    let lines = sql::Lines::of(shop, &new.seen.view, now)?;
    let written = match sql::write(tx, &made, new, &lines, provider).await {
        Ok(written) => written,
        Err(error) if is_taken(&error) => return Ok(Outcome::Overtaken),
        Err(error) => return Err(error.into()),
    };
    if written.checkouts != 1 {
        return Ok(Outcome::Overtaken);
    }
    let is_held = |variant: &Uuid| written.held.iter().any(|held| held.variant.0 == *variant);
    let short: Vec<VariantId> = written
        .tracked
        .iter()
        .filter(|variant| !is_held(variant))
        .map(|variant| VariantId(*variant))
        .collect();
    if !short.is_empty() {
        return Ok(Outcome::Short(short));
    }
    record(shop, tx, caller, &made, new).await?;
    inventory::announce_transitions(shop, tx, caller, &written.held).await?;
    Ok(Outcome::Made(made))
}

async fn record(
    shop: &Shop,
    tx: &mut PgConnection,
    caller: &Caller,
    made: &Made,
    new: &NewOrder<'_>,
) -> Result<(), sqlx::Error> {
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
    let event = Event {
        kind: "order.placed",
        schema_version: 1,
        subject: Some(of.order.0),
        customer: Some(of.customer),
        payload,
        jobs: &[],
    };
    outbox::write(shop, tx, caller, event).await?;
    let order = of.order.to_string();
    audit::write(shop, tx, caller, "order.placed", "order", &order, change).await
}

/// Whether a key, a number or a checkout was used by somebody else meanwhile.
fn is_taken(error: &sqlx::Error) -> bool {
    let constraint = error
        .as_database_error()
        .and_then(|error| error.constraint());
    matches!(
        constraint,
        Some("idempotency_key_pkey" | "order_number_pkey" | "orders_checkout_key")
    )
}

/// What the order's statement did.
pub(super) struct Written {
    /// Variants whose stock is tracked.
    tracked: Vec<Uuid>,
    /// Those of them that could be held.
    held: Vec<Available>,
    checkouts: i64,
}

fn stored<T: serde::Serialize>(value: &T) -> Result<serde_json::Value, Broken> {
    Ok(serde_json::to_value(value)?)
}
