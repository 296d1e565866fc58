//! Orders: found by their private link, paid again when the first try came to nothing; and as staff handles them.

mod desk;
mod pay_again;
pub(crate) mod sql;

pub use desk::{
    Cancelled, ChangeError, Filter, Listed, NewRefund, PageOfOrders, RefundOf, Refunding, Sheet,
    SheetLine, cancel, list, refund, show,
};
pub use pay_again::pay_again;

pub(crate) use desk::{
    Locked, LockedLine, Owned, call_off, check, columns, find as find_number, lock, lock_number,
    of_lines, owned_now, record, too_much, units,
};

use crate::{Broken, Failure, Shop, payment};
use domain::order::{OrderState, OrderView};
use domain::pricing::DeliveryOption;
use domain::{CustomerId, Locale, OrderId, Storefront};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

/// Why an order is not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum OrderError {
    /// No such order, or not with that token: nobody is told which.
    #[error("no such order")]
    NotFound,
}

/// The order of that number, for whoever has its token.
///
/// # Errors
/// [`OrderError::NotFound`].
pub async fn find(
    shop: &Shop,
    number: &str,
    token: &str,
) -> Result<OrderView, Failure<OrderError>> {
    let (view, _) = find_owned(shop, number, token).await?;
    Ok(view)
}

/// The same with whose it is.
///
/// # Errors
/// [`OrderError::NotFound`].
pub async fn find_owned(
    shop: &Shop,
    number: &str,
    token: &str,
) -> Result<(OrderView, CustomerId), Failure<OrderError>> {
    if !is_number(number) {
        return Err(Failure::Refused(OrderError::NotFound));
    }
    // The shopper comes here from paying: a replica may not know it yet.
    // What PostgreSQL can't hold can't be there either.
    let row = if number.contains('\0') {
        None
    } else {
        sql::by_number(&shop.db, number).await?
    };
    match row {
        Some(row) if is_same_secret(&row.token, token) => {
            let owner = CustomerId(row.customer_id);
            Ok((row.view()?, owner))
        }
        _ => Err(Failure::Refused(OrderError::NotFound)),
    }
}

/// Whose the order of that number is, for whoever has its token; None without such an order.
///
/// # Errors
/// [`Broken`].
pub(crate) async fn owner(
    shop: &Shop,
    number: &str,
    token: &str,
) -> Result<Option<CustomerId>, Broken> {
    if !is_number(number) || number.contains('\0') {
        return Ok(None);
    }
    let row = sql::secret(&shop.db, number).await?;
    let own = row.filter(|row| is_same_secret(&row.token, token));
    Ok(own.map(|row| CustomerId(row.customer_id)))
}

/// An order with what its mail needs besides.
pub(crate) struct Told {
    pub view: OrderView,
    pub token: String,
    pub storefront: Storefront,
}

/// An order for the shop's own use.
///
/// # Errors
/// [`Broken`].
pub(crate) async fn load(
    shop: &Shop,
    customer: CustomerId,
    order: OrderId,
) -> Result<Option<Told>, Broken> {
    let Some(row) = sql::by_id(&shop.db, customer.0, order.0).await? else {
        return Ok(None);
    };
    let bad = |_| Broken::Other(format!("order {}: bad storefront", row.number));
    let storefront = Storefront {
        locale: row.locale.parse::<Locale>().map_err(bad)?,
        market: row.market.parse().map_err(bad)?,
    };
    Ok(Some(Told {
        storefront,
        token: row.token.clone(),
        view: row.view()?,
    }))
}

/// The same for work that was asked for earlier: the order may be another customer's by now.
///
/// # Errors
/// [`Broken`], also when there is no such order.
pub(crate) async fn load_now(
    shop: &Shop,
    customer: CustomerId,
    order: OrderId,
) -> Result<Told, Broken> {
    let gone = || Broken::Other(format!("no order {order}"));
    let of = owned_now(shop, customer, order).await?.ok_or_else(gone)?;
    load(shop, of.customer, of.order).await?.ok_or_else(gone)
}

/// Whether a URL's text can be an order's number at all: some texts PostgreSQL would not even look up.
pub(crate) fn is_number(text: &str) -> bool {
    text.len() <= 32 && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Takes as long for a near miss as for a far one.
pub(crate) fn is_same_secret(stored: &str, given: &str) -> bool {
    stored.as_bytes().ct_eq(given.as_bytes()).into()
}

impl sql::OrderRow {
    fn view(self) -> Result<OrderView, Broken> {
        let delivery: DeliveryOption = self.delivery.0;
        Ok(OrderView {
            id: self.id.into(),
            state: parse_state(&self.state)?,
            payment: payment::parse_state(&self.attempt_state)?,
            number: self.number,
            placed_at: self.placed_at,
            email: self.email,
            address: self.address.0,
            delivery_days: delivery.days,
            delivery_name: delivery.name,
            lines: self.lines.0,
            quote: self.quote.0,
            called_off: self.called_off_at.is_some(),
            followed: self.followed.0,
        })
    }
}

/// The state's name in the database.
pub(crate) const fn state_name(state: OrderState) -> &'static str {
    match state {
        OrderState::PaymentDue => "payment_due",
        OrderState::Paid => "paid",
        OrderState::Cancelled => "cancelled",
        OrderState::RefundDue => "refund_due",
        OrderState::Refunded => "refunded",
    }
}

/// The state of that name.
pub(crate) fn parse_state(name: &str) -> Result<OrderState, Broken> {
    OrderState::ALL
        .into_iter()
        .find(|state| state_name(*state) == name)
        .ok_or_else(|| Broken::Other(format!("order state {name:?}")))
}
