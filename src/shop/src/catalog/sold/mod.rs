//! What sells: counted from orders, from time to time, for lists that are ordered by it.

mod sql;

use super::sql::page_tags;
use crate::{Broken, Caller, Shop, outbox};
use time::Duration;

/// Orders of so long count.
const COUNTED: Duration = Duration::days(30);
/// Products whose figures are changed in one transaction.
const BATCH: usize = 500;

/// Counts the units of each product in the paid orders of the last 30 days, without what was withdrawn, and says which pages
/// changed. How many products have another figure now. Doing it again changes nothing.
///
/// # Errors
/// [`Broken`] when the database does not answer; what was counted so far stays.
pub async fn count_sold(shop: &Shop) -> Result<usize, Broken> {
    let caller = Caller::machine("worker", "sales were counted");
    let now = shop.clock.now();
    let changed = sql::changed(&shop.db, now - COUNTED).await?;
    for part in changed.chunks(BATCH) {
        let mut tx = shop.begin().await?;
        let (ids, counts): (Vec<_>, Vec<_>) = part.iter().map(|row| (row.id, row.sold)).unzip();
        sql::set(&mut tx, &ids, &counts).await?;
        let tags = page_tags(&mut tx, &ids).await?;
        outbox::pages_changed(shop, &mut tx, &caller, &tags).await?;
        tx.commit().await?;
    }
    Ok(changed.len())
}
