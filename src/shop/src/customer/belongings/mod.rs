//! What is a customer's own.

mod sql;

use crate::{Broken, Shop, order};
use domain::order::OrderState;
use domain::{CustomerId, Money};
use time::OffsetDateTime;

/// How many orders are named.
const MOST: i64 = 50;

/// What a customer finds under their address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Belongings {
    /// The claimed one.
    pub email: Option<String>,
    /// Newest first, 50 at most.
    pub orders: Vec<OwnOrder>,
}

/// An order, with the secret of its page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnOrder {
    pub number: String,
    pub token: String,
    pub placed_at: OffsetDateTime,
    pub state: OrderState,
    pub total: Money,
}

/// What belongs to `customer`; whoever asks has to be them.
///
/// # Errors
/// The database's.
pub async fn belongings(shop: &Shop, customer: CustomerId) -> Result<Belongings, Broken> {
    let email = sql::email(&shop.db, customer.0).await?;
    let rows = sql::orders(&shop.db, customer.0, MOST).await?;
    let orders = rows.into_iter().map(|row| {
        let bad = |_| Broken::Other(format!("order {}: bad currency", row.number));
        Ok(OwnOrder {
            state: order::parse_state(&row.state)?,
            total: Money::new(row.total_minor, row.currency.parse().map_err(bad)?),
            placed_at: row.placed_at,
            number: row.number,
            token: row.token,
        })
    });
    Ok(Belongings {
        email,
        orders: orders.collect::<Result<_, Broken>>()?,
    })
}
