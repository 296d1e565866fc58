//! The ledger against the figures: they are checked every day, and rebuilt when somebody asks.

use super::{InventoryError, Moved, sql};
use crate::{Broken, Caller, Failure, Shop, audit, outbox};
use domain::inventory::Figures;
use domain::{Action, VariantId, may};
use serde_json::json;

/// So many differences are named one by one in the audit log; more than that have one cause.
const NAMED: usize = 100;

/// Stock that is not what its history says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    pub variant: VariantId,
    pub sku: String,
    /// The location's code.
    pub location: String,
    pub(super) location_id: uuid::Uuid,
    pub figures: Figures,
    /// The sums of the ledger.
    pub ledger: Figures,
    /// What open orders and checkouts were promised: what `held` should be.
    pub promised: i64,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (is, was) = (self.figures, self.ledger);
        write!(
            f,
            "{} at {}: on hand {}, held {}, sold {}; the ledger says {}, {}, {}; orders hold {}",
            self.sku,
            self.location,
            is.on_hand,
            is.held,
            is.sold,
            was.on_hand,
            was.held,
            was.sold,
            self.promised
        )
    }
}

/// Compares every figure of stock with the sums of its ledger, and what is held with what orders and checkouts were
/// promised, at one moment. Changes nothing; what differs is in the audit log and in `rialto_stock_differences`.
///
/// # Errors
/// [`InventoryError::Denied`].
pub async fn check(
    shop: &Shop,
    caller: &Caller,
) -> Result<Vec<Difference>, Failure<InventoryError>> {
    may(&caller.actor, Action::AdjustStock)
        .map_err(|_| Failure::Refused(InventoryError::Denied))?;
    let found = sql::differences(&shop.db, None).await?;
    #[allow(clippy::cast_precision_loss)] // A count of rows.
    metrics::gauge!("rialto_stock_differences").set(found.len() as f64);
    if found.is_empty() {
        return Ok(found);
    }
    let mut tx = shop.begin().await?;
    for difference in found.iter().take(NAMED) {
        tracing::error!(sku = difference.sku, location = difference.location, %difference, "stock differs");
        record(shop, &mut tx, caller, "stock.differs", difference).await?;
    }
    tx.commit().await?;
    Ok(found)
}

/// The same, as the worker does it once a day.
pub(crate) async fn check_daily(shop: &Shop) -> Result<(), Broken> {
    let caller = Caller::machine("worker", "daily check");
    super::announce_due(shop, &caller).await?;
    match check(shop, &caller).await {
        Ok(_) => Ok(()),
        Err(Failure::Broken(broken)) => Err(broken),
        Err(Failure::Refused(refused)) => Err(Broken::Other(refused.to_string())),
    }
}

/// Makes the figures what the ledger adds up to, where they differ. Returns what differed. Placing and settling go on
/// meanwhile: only the rows that differ are locked. `promised` is not repaired, only told.
///
/// # Errors
/// [`InventoryError::Denied`]; [`InventoryError::BadLedger`] for a ledger that adds up to what can't be: then nothing is
/// changed.
pub async fn rebuild(
    shop: &Shop,
    caller: &Caller,
) -> Result<Vec<Difference>, Failure<InventoryError>> {
    may(&caller.actor, Action::AdjustStock)
        .map_err(|_| Failure::Refused(InventoryError::Denied))?;
    let suspects = sql::differences(&shop.db, None).await?;
    let suspects: Vec<Difference> = suspects
        .into_iter()
        .filter(|found| found.figures != found.ledger)
        .collect();
    if suspects.is_empty() {
        return Ok(Vec::new());
    }
    let mut tx = shop.begin().await?;
    let rows: Vec<Moved> = suspects
        .iter()
        .map(|found| Moved {
            variant: found.variant.0,
            location: found.location_id,
            on_hand: 0,
            held: 0,
            sold: 0,
        })
        .collect();
    sql::lock_rows(&mut tx, &rows).await?;
    // Read again, now that nobody can change them.
    let variants = super::variant_ids(&suspects.iter().map(|s| s.variant).collect::<Vec<_>>());
    let found = sql::differences(&mut *tx, Some(&variants)).await?;
    let mut repaired = Vec::new();
    for difference in found.into_iter().filter(|d| d.figures != d.ledger) {
        match sql::set_figures(&mut tx, &difference).await {
            Ok(()) => {}
            Err(error) if sql::is_check(&error) => {
                return Err(Failure::Refused(InventoryError::BadLedger(difference.sku)));
            }
            Err(error) => return Err(error.into()),
        }
        record(shop, &mut tx, caller, "stock.rebuild", &difference).await?;
        repaired.push(difference);
    }
    let variants = super::variant_ids(&repaired.iter().map(|d| d.variant).collect::<Vec<_>>());
    let tags = sql::page_tags(&mut tx, &variants).await?;
    outbox::pages_changed(shop, &mut tx, caller, &tags).await?;
    tx.commit().await?;
    Ok(repaired)
}

async fn record(
    shop: &Shop,
    tx: &mut sqlx::PgConnection,
    caller: &Caller,
    action: &str,
    of: &Difference,
) -> sqlx::Result<()> {
    let change = json!({
        "sku": of.sku,
        "location": of.location,
        "figures": of.figures,
        "ledger": of.ledger,
        "promised": of.promised,
    });
    let subject = of.variant.to_string();
    audit::write(shop, tx, caller, action, "variant", &subject, change).await
}
