//! One order, with all that staff wants to know of it.

use super::{ChangeError, check, find, sql};
use crate::{Caller, Failure, Shop, order};
use domain::cart::CartLine;
use domain::checkout::Address;
use domain::fulfilment::{Followed, Units};
use domain::link::Links;
use domain::order::OrderState;
use domain::pricing::Quote;
use domain::{CustomerId, Money, OrderId};
use serde::Serialize;
use serde_json::Value;
use time::OffsetDateTime;

/// An order's sheet.
#[derive(Clone, Debug, Serialize)]
pub struct Sheet {
    pub id: OrderId,
    pub customer: CustomerId,
    pub number: String,
    pub state: OrderState,
    pub market: String,
    pub locale: String,
    pub email: String,
    pub address: Address,
    /// The shopper's own page.
    pub link: String,
    pub delivery: String,
    #[serde(with = "time::serde::rfc3339")]
    pub placed_at: OffsetDateTime,
    /// Until when an unpaid order's stock is held.
    #[serde(with = "time::serde::rfc3339")]
    pub hold_expires_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339::option")]
    pub called_off_at: Option<OffsetDateTime>,
    pub lines: Vec<SheetLine>,
    pub quote: Quote,
    /// What went back.
    pub refunded: Money,
    pub followed: Followed,
    /// Attempts at paying, oldest first.
    pub attempts: Value,
    /// What was done to it and by whom, oldest first.
    pub log: Value,
}

/// A line with what became of its units.
#[derive(Clone, Debug, Serialize)]
pub struct SheetLine {
    /// From 1.
    pub position: i32,
    pub line: CartLine,
    pub units: Units,
}

/// The order of that number.
///
/// # Errors
/// [`ChangeError::Denied`], [`ChangeError::NotFound`].
pub async fn show(
    shop: &Shop,
    caller: &Caller,
    number: &str,
) -> Result<Sheet, Failure<ChangeError>> {
    check(caller)?;
    let of = find(shop, number).await?;
    let told = order::load(shop, of.customer, of.order)
        .await?
        .ok_or(Failure::Refused(ChangeError::NotFound))?;
    let row = sql::sheet(&shop.db, of)
        .await?
        .ok_or(Failure::Refused(ChangeError::NotFound))?;
    let view = told.view;
    let link = Links(told.storefront.clone()).order(&view.number, &row.token);
    let units = view.followed.units.clone();
    let lines = (1..)
        .zip(view.lines.into_iter().zip(units))
        .map(|(position, (line, units))| SheetLine {
            position,
            line,
            units,
        })
        .collect();
    Ok(Sheet {
        id: of.order,
        customer: of.customer,
        state: order::parse_state(&row.state)?,
        market: row.market,
        locale: row.locale,
        email: row.email,
        address: view.address,
        link: format!("{}{link}", shop.public_url),
        delivery: view.delivery_name,
        placed_at: row.placed_at,
        hold_expires_at: row.hold_expires_at,
        called_off_at: row.called_off_at,
        lines,
        refunded: Money::new(row.refunded_minor, view.quote.total.currency),
        quote: view.quote,
        number: view.number,
        followed: view.followed,
        attempts: row.attempts,
        log: row.events,
    })
}
