//! A checkout: a resource of its own, from the first field to the order.
//!
//! It is a versioned row beside the open cart. Its form is kept as typed; lines, delivery and quote are worked out anew
//! each time it is looked at, and its messages say what is missing and how to mend it.

mod answer;
mod number;
mod order;
mod place;
mod sql;
mod view;

pub use place::place;

use crate::cart::{self, CurrentCart};
use crate::customer::Session;
use crate::{Caller, Failure, Shop};
use domain::cart::CartError;
use domain::checkout::{
    CheckoutForm, CheckoutMessage, CheckoutState, CheckoutView, FieldError, FieldProblem,
};
use domain::{
    Action, CartId, CheckoutId, Country, CustomerId, IdempotencyKey, Market, OrderId, Storefront,
    may, region,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use time::Duration;

/// How long a checkout that nobody touches can be resumed.
const LASTS: Duration = Duration::days(7);
/// Bytes of a form that are kept. Nothing that could be placed is near it.
const LONGEST_FORM: usize = 8_192;

/// Why there is no checkout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum CheckoutError {
    #[error("there is nothing in the bag")]
    EmptyCart,
    #[error("that is not allowed")]
    Denied,
    /// An amount, or a form.
    #[error("that is too large")]
    TooLarge,
}

/// What a shopper places.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placement {
    pub checkout: CheckoutId,
    /// The same key again is the same order.
    pub key: IdempotencyKey,
    pub form: CheckoutForm,
    /// The total that the shopper agreed to, in minor units.
    pub seen_total: i64,
    /// What of it gift cards were to pay.
    #[serde(default)]
    pub seen_credit: i64,
}

/// An order was placed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placed {
    pub order: OrderId,
    pub number: String,
    /// The secret of the order's link.
    pub token: String,
    /// Where it is paid. None when there is nothing to pay, or while the provider does not answer: the order's page knows.
    pub redirect: Option<String>,
}

/// Why no order was placed. Nothing was held, nothing charged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlaceError {
    /// The checkout's messages say why.
    #[error("the checkout has to be looked at again")]
    Refused(Box<CheckoutView>),
    #[error("that key was already used for something else")]
    KeyReused,
    /// Placed before with another key, over, or never there.
    #[error("this checkout is closed")]
    Closed,
    #[error("there is nothing in the bag")]
    EmptyCart,
    #[error("that is not allowed")]
    Denied,
}

/// Begins a checkout of the open cart, or resumes it. What was not typed yet is not called missing.
///
/// # Errors
/// [`CheckoutError`].
pub async fn open(
    shop: &Shop,
    caller: &Caller,
    session: &Session,
    storefront: &Storefront,
) -> Result<CheckoutView, Failure<CheckoutError>> {
    let (market, cart, id) = begin(shop, caller, session, storefront).await?;
    let (stored, form) = resume(
        shop,
        caller,
        session.customer,
        storefront,
        &market,
        &cart,
        id,
    )
    .await?;
    let seen = view::assemble(shop, &market, storefront, &stored, &cart, form)?;
    let mut shown = seen.view;
    shown.messages.retain(|message| {
        !matches!(
            message,
            CheckoutMessage::Field(FieldError {
                problem: FieldProblem::Missing,
                ..
            })
        )
    });
    Ok(shown)
}

/// Keeps what was typed, and says what it makes of the checkout: delivery choices and their prices, the tax of the
/// destination, everything that is missing or wrong.
///
/// # Errors
/// [`CheckoutError`].
pub async fn update(
    shop: &Shop,
    caller: &Caller,
    session: &Session,
    storefront: &Storefront,
    form: CheckoutForm,
) -> Result<CheckoutView, Failure<CheckoutError>> {
    let (market, cart, id) = begin(shop, caller, session, storefront).await?;
    if serde_json::to_vec(&form).map_or(true, |bytes| bytes.len() > LONGEST_FORM) {
        return Err(Failure::Refused(CheckoutError::TooLarge));
    }
    let (mut stored, before) = resume(
        shop,
        caller,
        session.customer,
        storefront,
        &market,
        &cart,
        id,
    )
    .await?;
    let changed = form != before;
    let mut seen = view::assemble(shop, &market, storefront, &stored, &cart, form)?;
    if changed {
        stored.version = sql::save(
            shop,
            caller,
            session.customer,
            &seen.view,
            "checkout.update",
        )
        .await?;
        seen.view.version = stored.version;
    }
    Ok(seen.view)
}

/// Lets the checkout go to a country and region, as they were chosen in the bag; what the market does not deliver to changes
/// nothing, nor does any choice once an address was typed.
///
/// # Errors
/// [`CheckoutError`].
pub async fn head_for(
    shop: &Shop,
    caller: &Caller,
    session: &Session,
    storefront: &Storefront,
    (country, region): (&str, &str),
) -> Result<(), Failure<CheckoutError>> {
    let (market, cart, id) = begin(shop, caller, session, storefront).await?;
    let wanted = country.parse::<Country>().ok();
    let Some(country) = wanted.filter(|country| market.countries.contains(country)) else {
        return Ok(());
    };
    let customer = session.customer;
    let (stored, before) = resume(shop, caller, customer, storefront, &market, &cart, id).await?;
    let typed = [&before.line1, &before.postcode, &before.city];
    if typed.into_iter().any(|text| !text.trim().is_empty()) {
        return Ok(());
    }
    let form = CheckoutForm {
        country: country.to_string(),
        region: region::find(country, region)
            .map_or_else(String::new, |region| region.code.to_owned()),
        ..before.clone()
    };
    let mut seen = view::assemble(shop, &market, storefront, &stored, &cart, form.clone())?;
    let offered = &seen.view.delivery;
    if offered
        .iter()
        .all(|choice| choice.option.code != form.delivery)
    {
        let sent = offered.iter().find(|choice| choice.pick_up.is_none());
        let delivery = sent.map_or_else(String::new, |choice| choice.option.code.clone());
        let form = CheckoutForm { delivery, ..form };
        seen = view::assemble(shop, &market, storefront, &stored, &cart, form)?;
    }
    if seen.view.form != before {
        sql::save(shop, caller, customer, &seen.view, "checkout.destination").await?;
    }
    Ok(())
}

/// Who, where, and of what.
async fn begin(
    shop: &Shop,
    caller: &Caller,
    session: &Session,
    storefront: &Storefront,
) -> Result<(Arc<Market>, CurrentCart, CartId), Failure<CheckoutError>> {
    may(&caller.actor, Action::Checkout(session.customer))
        .map_err(|_| Failure::Refused(CheckoutError::Denied))?;
    let market = shop
        .markets
        .find(storefront)
        .ok_or(Failure::Refused(CheckoutError::Denied))?;
    let cart = cart::current(shop, session.customer, storefront)
        .await
        .map_err(|failure| match failure {
            Failure::Refused(CartError::TooLarge) => Failure::Refused(CheckoutError::TooLarge),
            Failure::Refused(_) => Failure::Refused(CheckoutError::Denied),
            Failure::Broken(broken) => Failure::Broken(broken),
        })?;
    match cart.id {
        Some(id) if !cart.lines.is_empty() => Ok((market, cart, id)),
        _ => Err(Failure::Refused(CheckoutError::EmptyCart)),
    }
}

/// The cart's checkout and its form; a new one is filled in with what is most likely.
async fn resume(
    shop: &Shop,
    caller: &Caller,
    customer: CustomerId,
    storefront: &Storefront,
    market: &Market,
    cart: &CurrentCart,
    cart_id: CartId,
) -> Result<(view::Stored, CheckoutForm), Failure<CheckoutError>> {
    let now = shop.clock.now();
    if let Some(row) = sql::find(&shop.db, customer, cart_id, storefront, now).await? {
        return Ok(row);
    }
    let fresh = sql::Fresh {
        id: CheckoutId(shop.random.id(now)),
        key: IdempotencyKey(shop.random.id(now)),
        form: view::likely_form(shop, market, storefront, cart),
        now,
        expires_at: now + LASTS,
    };
    let mut version = sql::insert(shop, caller, customer, cart_id, storefront, &fresh).await?;
    if version.is_none() && sql::expire(&shop.db, customer, cart_id, now).await? {
        version = sql::insert(shop, caller, customer, cart_id, storefront, &fresh).await?;
    }
    if let Some(version) = version {
        let stored = view::Stored {
            id: fresh.id,
            version,
            key: fresh.key,
        };
        return Ok((stored, fresh.form));
    }
    // Another tab was faster: its checkout is this one.
    sql::find(&shop.db, customer, cart_id, storefront, now)
        .await?
        .ok_or(Failure::Refused(CheckoutError::EmptyCart))
}

/// The state's name in the database.
const fn state_name(state: CheckoutState) -> &'static str {
    match state {
        CheckoutState::Open => "open",
        CheckoutState::Ready => "ready",
        CheckoutState::Placing => "placing",
        CheckoutState::Placed => "placed",
        CheckoutState::Expired => "expired",
    }
}
