//! Sets stock to what the file says, as adjustments that the ledger keeps.

mod sql;

pub use sql::first_location;

use super::variant::NewStock;
use crate::Shop;
use sqlx::PgConnection;
use std::collections::BTreeSet;
use time::OffsetDateTime;
use uuid::Uuid;

/// Variants at a time.
const BATCH: usize = 1_000;

/// A variant's stock at the import's location.
#[derive(Clone, Debug)]
pub struct StockRow {
    pub variant_id: Uuid,
    pub on_hand: i64,
    pub held: i64,
    pub oversell: bool,
}

/// Makes each variant's stock at the shop's first location so that what the file says is available: what is held by orders
/// comes on top. Returns the places of those that changed.
pub async fn set(
    shop: &Shop,
    tx: &mut PgConnection,
    now: OffsetDateTime,
    mut wishes: Vec<(Uuid, NewStock, usize)>,
) -> sqlx::Result<BTreeSet<usize>> {
    let mut changed = BTreeSet::new();
    if wishes.is_empty() {
        return Ok(changed);
    }
    let location = first_location(tx).await?;
    // The order in which orders lock stock too.
    wishes.sort_by_key(|(variant, _, _)| *variant);
    for batch in wishes.chunks(BATCH) {
        let place_of = |variant: Uuid| {
            let at = batch.binary_search_by_key(&variant, |(variant, _, _)| *variant);
            at.map(|at| batch[at].2).ok()
        };
        let ids: Vec<Uuid> = batch.iter().map(|(variant, _, _)| *variant).collect();
        let stored = sql::stock(tx, &ids, location).await?;
        let differing: Vec<Uuid> = batch
            .iter()
            .filter(|(variant, wish, _)| {
                let row = stored.iter().find(|row| row.variant_id == *variant);
                differs(row, *wish)
            })
            .map(|(variant, _, _)| *variant)
            .collect();
        if differing.is_empty() {
            continue;
        }
        // Only these rows are locked, and read again: an order may have come between.
        let stored = sql::lock_stock(tx, &differing, location).await?;
        let mut written = Vec::new();
        let mut untracked = Vec::new();
        for (variant, wish, _) in batch {
            if differing.binary_search(variant).is_err() {
                continue;
            }
            let row = stored.iter().find(|row| row.variant_id == *variant);
            if !differs(row, *wish) {
                continue;
            }
            match (row, *wish) {
                (_, NewStock::Untracked) => untracked.push(*variant),
                (
                    row,
                    NewStock::Tracked {
                        available,
                        oversell,
                    },
                ) => {
                    let (on_hand, held) = row.map_or((0, 0), |row| (row.on_hand, row.held));
                    let oversell = oversell.unwrap_or(row.is_some_and(|row| row.oversell));
                    let wanted = wanted(available, oversell).map_or(on_hand, |count| count + held);
                    // Without overselling, what is promised lies on the shelf.
                    let wanted = if oversell { wanted } else { wanted.max(held) };
                    written.push(sql::Written {
                        ledger: shop.random.id(now),
                        variant: *variant,
                        change: wanted - on_hand,
                        oversell,
                    });
                }
            }
        }
        let touched = written
            .iter()
            .map(|row| row.variant)
            .chain(untracked.iter().copied());
        changed.extend(touched.filter_map(place_of));
        sql::write_stock(tx, now, location, &written).await?;
        sql::forget_stock(tx, now, shop.random.id(now), &untracked).await?;
    }
    Ok(changed)
}

/// What lies on the shelf of a variant that is new, and whether more may be sold; None when nobody counts it.
pub fn opening(wish: NewStock) -> Option<(i64, bool)> {
    match wish {
        NewStock::Untracked => None,
        NewStock::Tracked {
            available,
            oversell,
        } => {
            let oversell = oversell.unwrap_or(false);
            Some((wanted(available, oversell).unwrap_or(0), oversell))
        }
    }
}

/// A variant whose stock is not what a file says: what can be sold, before and after; None where nobody counts.
pub struct Differing {
    pub variant: Uuid,
    pub before: Option<i64>,
    pub after: Option<i64>,
}

/// Those of these variants whose stock differs; changes nothing.
pub async fn differing(
    tx: &mut PgConnection,
    wishes: &[(Uuid, NewStock)],
) -> sqlx::Result<Vec<Differing>> {
    let location = first_location(tx).await?;
    let ids: Vec<Uuid> = wishes.iter().map(|(variant, _)| *variant).collect();
    let stored = sql::stock(tx, &ids, location).await?;
    let differing = wishes.iter().filter_map(|(variant, wish)| {
        let found = stored.binary_search_by_key(variant, |row| row.variant_id);
        let row = found.ok().map(|at| &stored[at]);
        let before = row.map(|row| row.on_hand - row.held);
        let after = match *wish {
            NewStock::Untracked => None,
            NewStock::Tracked {
                available,
                oversell,
            } => {
                let oversell = oversell.unwrap_or(row.is_some_and(|row| row.oversell));
                Some(wanted(available, oversell).or(before).unwrap_or(0))
            }
        };
        differs(row, *wish).then_some(Differing {
            variant: *variant,
            before,
            after,
        })
    });
    Ok(differing.collect())
}

/// A count below zero says that more was sold than there was; where that is not allowed there is nothing.
fn wanted(available: Option<i64>, oversell: bool) -> Option<i64> {
    available.map(|count| if oversell { count } else { count.max(0) })
}

fn differs(stored: Option<&StockRow>, wish: NewStock) -> bool {
    match (stored, wish) {
        // What orders hold of it has to come back to the row; it is oversold until then.
        (Some(row), NewStock::Untracked) => row.held == 0 || !row.oversell,
        (None, NewStock::Untracked) => false,
        (None, NewStock::Tracked { .. }) => true,
        (
            Some(row),
            NewStock::Tracked {
                available,
                oversell,
            },
        ) => {
            let oversell = oversell.unwrap_or(row.oversell);
            let count = wanted(available, oversell).unwrap_or(row.on_hand - row.held);
            oversell != row.oversell || count != row.on_hand - row.held
        }
    }
}
