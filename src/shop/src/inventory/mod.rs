//! Stock: what lies on the shelf, what is promised, what was sold, and which pages show it.
//!
//! Rows are locked in the order of (variant, location), by everybody. Every change is written to the ledger in the same
//! statement (`move_stock` in the migration `inventory`), so that the figures can be rebuilt from it.

mod adjust;
mod holds;
mod ledger;
mod offer;
mod shelf;
mod sql;

pub use adjust::{Adjustment, StockAt, adjust, entries, find_sku, show};
pub use holds::{Holds, hold, release_expired};
pub use ledger::{Difference, check, rebuild};
pub use offer::{Offer, find_offer, set_bundle, set_limits, set_supply};
pub use shelf::{Chosen, left, put_back};
pub use sql::Entry;

pub(crate) use holds::{let_go, promise};
pub(crate) use ledger::check_daily;
pub(crate) use offer::announce_due;

use crate::{Caller, Parts, outbox};
use domain::inventory::{Figures, Oversell, SentLater};
use domain::settlement::Move;
use domain::{CustomerId, OrderId, VariantId};
use sqlx::PgConnection;
use time::Date;
use uuid::Uuid;

/// Why stock was not changed. Nothing was, then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InventoryError {
    #[error("that is not allowed")]
    Denied,
    #[error("no variant that is sold has the SKU `{0}`")]
    UnknownSku(String),
    #[error("the SKU `{0}` names several variants; give each its own")]
    AmbiguousSku(String),
    #[error("no such variant")]
    UnknownVariant,
    #[error("there is no location `{0}`")]
    UnknownLocation(String),
    #[error(
        "the stock of this variant is not tracked there; import it with a quantity, or adjust it at a location first"
    )]
    NotTracked,
    /// A change of nothing, or one beyond 1,000,000,000 units.
    #[error("change it by 1 to 1,000,000,000 units, up or down")]
    BadChange,
    /// Orders were promised these units.
    #[error("{held} units are held for orders: so many have to stay on hand")]
    Held { held: i64 },
    #[error("a bundle needs components other than itself, each named once and 1 to 999 times")]
    BadBundle,
    #[error("a component can't be a bundle, and a bundle no component")]
    Nested,
    #[error("a limit is 1 to 1,000,000,000 units")]
    BadLimit,
    #[error("the ledger of {0} adds up to less than nothing; correct it with an adjustment first")]
    BadLedger(String),
}

/// An order's stock at one place, locked.
pub(crate) struct Held {
    pub variant: Uuid,
    pub location: Uuid,
    pub quantity: i64,
    pub on_hand: i64,
    pub held: i64,
    pub oversell: bool,
    pub backorder_limit: Option<i64>,
}

/// Locks all that an order took, in the one order everybody locks in: what several lines share comes once, as a sum.
pub(crate) async fn lock(
    tx: &mut PgConnection,
    customer: CustomerId,
    order: OrderId,
) -> sqlx::Result<Vec<Held>> {
    sql::lock(tx, customer.0, order.0).await
}

/// Whether everything could be sold without a hold.
pub(crate) fn suffices(lines: &[Held]) -> bool {
    lines.iter().all(|line| {
        let figures = Figures {
            on_hand: line.on_hand,
            held: line.held,
            sold: 0,
        };
        figures.can_give(oversell(line.oversell, line.backorder_limit), line.quantity)
    })
}

/// Moves the stock of an order, with its ledger, and says which pages changed.
pub(crate) async fn apply(
    shop: &Parts,
    tx: &mut PgConnection,
    caller: &Caller,
    order: OrderId,
    lines: &[Held],
    what: Move,
) -> sqlx::Result<()> {
    let (on_hand, held, sold, cause) = what.per_unit();
    let moved: Vec<Moved> = lines
        .iter()
        .map(|line| Moved {
            variant: line.variant,
            location: line.location,
            on_hand: line.quantity * on_hand,
            held: line.quantity * held,
            sold: line.quantity * sold,
        })
        .collect();
    write(shop, tx, caller, &moved, cause, Some(order.0)).await?;
    #[cfg(feature = "faults")]
    if crate::fault::planted("ledger_row_missing") {
        crate::fault::forget_ledger(tx, order.0).await?;
    }
    Ok(())
}

/// A change of one row of stock.
#[derive(Default)]
pub(crate) struct Moved {
    pub variant: Uuid,
    pub location: Uuid,
    pub on_hand: i64,
    pub held: i64,
    pub sold: i64,
}

/// Changes stock that is locked, with its ledger, and says which pages changed. Most changes change none. `because_of` is
/// the order, return or adjustment that `cause` is about.
pub(crate) async fn write(
    shop: &Parts,
    tx: &mut PgConnection,
    caller: &Caller,
    moved: &[Moved],
    cause: &str,
    because_of: Option<Uuid>,
) -> sqlx::Result<()> {
    if moved.is_empty() {
        return Ok(());
    }
    let now = shop.clock.now();
    let entry = shop.random.id(now);
    let tags = sql::move_stock(tx, moved, cause, because_of, now, entry).await?;
    outbox::pages_changed(shop, tx, caller, &tags).await
}

/// As the row says it.
pub(crate) const fn oversell(allowed: bool, backorder_limit: Option<i64>) -> Oversell {
    match (allowed, backorder_limit) {
        (false, _) => Oversell::Never,
        (true, Some(beyond)) => Oversell::UpTo(beyond),
        (true, None) => Oversell::Always,
    }
}

/// What `variant_sent_later` answers.
pub(crate) fn sent_later(is_late: bool, sent_on: Option<Date>) -> Option<SentLater> {
    is_late.then(|| sent_on.map_or(SentLater::WhenBack, SentLater::From))
}

/// Variants' names in messages: their SKU.
pub(crate) fn variant_ids(variants: &[VariantId]) -> Vec<Uuid> {
    variants.iter().map(|variant| variant.0).collect()
}
