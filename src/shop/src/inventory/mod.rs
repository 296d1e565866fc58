//! Stock: what lies on the shelf, what is promised, what was sold, and which pages show it.

mod sql;

use crate::{Caller, Parts, outbox};
use domain::catalog::StockState;
use domain::settlement::Move;
use domain::{CustomerId, OrderId, VariantId};
use sqlx::PgConnection;
use uuid::Uuid;

/// An order's tracked line with its stock, locked.
pub(crate) struct Held {
    pub variant: Uuid,
    pub location: Uuid,
    pub quantity: i64,
    pub on_hand: i64,
    pub held: i64,
    pub oversell: bool,
}

/// Locks the stock of an order's lines, in the one order everybody locks in.
pub(crate) async fn lock(
    tx: &mut PgConnection,
    customer: CustomerId,
    order: OrderId,
) -> sqlx::Result<Vec<Held>> {
    sql::lock(tx, customer.0, order.0).await
}

/// Whether everything could be sold without a hold.
pub(crate) fn suffices(lines: &[Held]) -> bool {
    lines
        .iter()
        .all(|line| line.oversell || line.on_hand - line.held >= line.quantity)
}

/// Moves the stock of an order, writes the ledger, and says which pages changed.
pub(crate) async fn apply(
    shop: &Parts,
    tx: &mut PgConnection,
    caller: &Caller,
    order: OrderId,
    lines: &[Held],
    what: Move,
) -> sqlx::Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    let now = shop.clock.now();
    let ids: Vec<Uuid> = lines.iter().map(|_| shop.random.id(now)).collect();
    let (on_hand, held, _, _) = what.per_unit();
    sql::apply(tx, order.0, lines, &ids, what.per_unit(), now).await?;
    let changes: Vec<Available> = lines
        .iter()
        .filter(|line| !line.oversell)
        .map(|line| {
            let before = line.on_hand - line.held;
            Available {
                variant: line.variant.into(),
                before,
                after: before + line.quantity * (on_hand - held),
            }
        })
        .collect();
    announce_transitions(shop, tx, caller, &changes).await
}

/// How many of a variant could be bought, before and after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Available {
    pub variant: VariantId,
    pub before: i64,
    pub after: i64,
}

/// Tells the pages of variants whose stock state changed. Most sales change none.
pub(crate) async fn announce_transitions(
    shop: &Parts,
    tx: &mut PgConnection,
    caller: &Caller,
    changes: &[Available],
) -> sqlx::Result<()> {
    let changed: Vec<Uuid> = changes
        .iter()
        .filter(|change| StockState::of(change.before) != StockState::of(change.after))
        .map(|change| change.variant.0)
        .collect();
    if changed.is_empty() {
        return Ok(());
    }
    let tags = sql::page_tags(tx, &changed).await?;
    outbox::pages_changed(shop, tx, caller, &tags).await
}
