//! Orders, newest first.

use super::{ChangeError, check, sql};
use crate::order::{parse_state, state_name};
use crate::{Broken, Caller, Failure, Shop};
use domain::order::OrderState;
use domain::{Money, OrderId};
use serde::Serialize;
use time::OffsetDateTime;
use uuid::Uuid;

/// Which orders are wanted; what is left out narrows nothing.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub state: Option<OrderState>,
    /// Placed at this moment or later.
    pub from: Option<OffsetDateTime>,
    /// Placed before this moment.
    pub until: Option<OffsetDateTime>,
    /// The whole address, in any case.
    pub email: Option<String>,
    /// How the number begins.
    pub number: Option<String>,
    /// Paid, and something is still to be shipped.
    pub to_ship: bool,
    /// Go on after this order: the `next` of the page before.
    pub after: Option<String>,
}

/// An order in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Listed {
    pub id: OrderId,
    pub number: String,
    pub state: OrderState,
    pub email: String,
    pub market: String,
    pub total: Money,
    /// What went back.
    pub refunded: Money,
    #[serde(with = "time::serde::rfc3339")]
    pub placed_at: OffsetDateTime,
    /// How many things were bought, and how many of them are still here.
    pub units: i64,
    pub to_ship: i64,
}

/// Some orders, and where the next ones begin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PageOfOrders {
    pub orders: Vec<Listed>,
    pub next: Option<String>,
}

/// At most `limit` (1 to 500) orders that fit `filter`, newest first.
///
/// # Errors
/// [`ChangeError::Denied`]; [`ChangeError::Unfit`] for an `after` that no page gave out.
pub async fn list(
    shop: &Shop,
    caller: &Caller,
    filter: &Filter,
    limit: usize,
) -> Result<PageOfOrders, Failure<ChangeError>> {
    check(caller)?;
    let after = filter.after.as_deref().map(read_cursor).transpose()?;
    let limit = limit.clamp(1, 500);
    let filter = Filter {
        number: filter
            .number
            .as_ref()
            .map(|start| start.trim().to_ascii_uppercase()),
        ..filter.clone()
    };
    let wanted = i64::try_from(limit + 1).unwrap_or(i64::MAX);
    let state = filter.state.map(state_name);
    let mut rows = sql::list(&shop.db, &filter, state, after, wanted).await?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows
        .last()
        .filter(|_| more)
        .map(|row| cursor(row.placed_at, row.id));
    let orders = rows.into_iter().map(listed).collect::<Result<_, _>>()?;
    Ok(PageOfOrders { orders, next })
}

fn listed(row: sql::ListedRow) -> Result<Listed, Broken> {
    let currency = row
        .currency
        .parse()
        .map_err(|_| Broken::Other(format!("order {}: bad currency", row.number)))?;
    Ok(Listed {
        id: row.id.into(),
        state: parse_state(&row.state)?,
        number: row.number,
        email: row.email,
        market: row.market,
        total: Money::new(row.total_minor, currency),
        refunded: Money::new(row.refunded_minor, currency),
        placed_at: row.placed_at,
        units: row.units,
        to_ship: row.to_ship,
    })
}

/// Microseconds, as PostgreSQL keeps them, and the order.
fn cursor(at: OffsetDateTime, id: Uuid) -> String {
    format!("{}.{}", at.unix_timestamp_nanos() / 1_000, id.simple())
}

fn read_cursor(text: &str) -> Result<(OffsetDateTime, Uuid), Failure<ChangeError>> {
    let read = || {
        let (at, id) = text.split_once('.')?;
        let micros: i128 = at.parse().ok()?;
        let at = OffsetDateTime::from_unix_timestamp_nanos(micros.checked_mul(1_000)?).ok()?;
        Some((at, id.parse().ok()?))
    };
    read().ok_or_else(|| {
        Failure::Refused(ChangeError::Unfit(format!(
            "`{text}` is not where a list went on; take the one that the list before ended with"
        )))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_leads_back_to_its_order() {
        let at = time::macros::datetime!(2026-11-23 12:00:00.123456 UTC);
        let id = Uuid::from_u128(7);
        assert_eq!(read_cursor(&cursor(at, id)).ok(), Some((at, id)));
        for odd in [
            "",
            ".",
            "1",
            "x.y",
            "1.",
            "99999999999999999999999999999999999999.0",
        ] {
            assert!(read_cursor(odd).is_err(), "{odd}");
        }
    }
}
