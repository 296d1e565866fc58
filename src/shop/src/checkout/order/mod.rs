//! The one transaction that makes an order of a checkout.

mod sql;

use super::number::order_number;
use super::view::Seen;
use super::{PlaceError, Placement};
use crate::customer::{Session, token};
use crate::payment::{self, Choice, Identity, Wanted};
use crate::{Broken, Caller, Failure, Shop, fault, gift_card, promotion};
use domain::checkout::Details;
use domain::gift_card::CartCard;
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
    /// What may pay a part of it.
    pub cards: &'a [CartCard],
}

/// An order that was made, and awaits its payment.
pub(super) struct Made {
    pub identity: Identity,
    /// Who is asked for the page where it is paid.
    pub provider: &'static str,
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
    /// Promotions that were used up, or ended, meanwhile.
    NotToBeHad(Vec<promotion::Refused>),
    /// The key, the cart or the checkout was used or changed meanwhile.
    Overtaken,
}

/// Uses up the key, the cart and the checkout, holds the stock, and writes the order with its first payment attempt. All
/// of it or nothing, in one call of the database; in a transaction of three where codes or gift cards are to be taken with it.
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
        let mut tx = shop.begin().await?;
        return make_within(shop, &mut tx, caller, session, new).await;
    }
    let quote = &new.seen.view.quote;
    if !promotion::is_counted(quote) && quote.due() == quote.total {
        let mut db = shop.db.acquire().await?;
        fault::point("place.asked")?;
        let outcome = make_within(shop, &mut db, caller, session, new).await?;
        fault::point("place.committed")?;
        return Ok(outcome);
    }
    let mut tx = shop.begin().await?;
    fault::point("place.asked")?;
    let outcome = match make_within(shop, &mut tx, caller, session, new).await? {
        Outcome::Made(made) => take(shop, &mut tx, caller, new, made).await?,
        other => other,
    };
    match outcome {
        Outcome::Made(_) => tx.commit().await?,
        // Not left to the drop, which would keep others waiting for the locks.
        _ => tx.rollback().await?,
    }
    fault::point("place.committed")?;
    Ok(outcome)
}

/// Takes the order's promotions and gift cards with it; after the stock, as everywhere, so that no two orders wait for each
/// other.
async fn take(
    shop: &Shop,
    tx: &mut PgConnection,
    caller: &Caller,
    new: &NewOrder<'_>,
    made: Made,
) -> Result<Outcome, Failure<PlaceError>> {
    let quote = &new.seen.view.quote;
    let of = (made.identity.customer, made.identity.order);
    let (email, market) = (new.details.email.as_str(), &new.storefront.market);
    fault::point("place.held")?;
    let refused = promotion::claim(shop, tx, of, quote, email, market).await?;
    if !refused.is_empty() {
        return Ok(Outcome::NotToBeHad(refused));
    }
    fault::point("place.code_used")?;
    let taken = gift_card::take(shop, tx, caller, of, new.cards, quote.credit).await?;
    fault::point("place.card_spent")?;
    Ok(if taken {
        Outcome::Made(made)
    } else {
        Outcome::Overtaken
    })
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
    let due = new.seen.view.quote.due();
    let provider = if due.is_zero() {
        payment::FREE
    } else {
        let choice = Choice::of(&new.placement.form);
        shop.payments.first(&Wanted {
            market: &new.storefront.market,
            amount: due,
            method: choice.method,
        })
    };
    let made = Made {
        provider,
        identity: Identity {
            customer: session.customer,
            order: OrderId(shop.random.id(now)),
            attempt: AttemptId(shop.random.id(now)),
        },
        number: order_number(&shop.random.secret()),
        token: token(&shop.random.secret()),
        at: now,
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
            "credit_minor": new.seen.view.quote.credit.map_or(0, |credit| credit.minor),
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
