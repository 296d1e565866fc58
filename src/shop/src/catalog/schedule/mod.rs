//! What happens to the catalogue by itself when its time comes: products appear, prices begin and end.
//!
//! A product that is to appear is unseen until then, because every statement compares with the time; here pages are told, so
//! that cached ones show it. A price to come is written into `price` when it is due: whoever reads a price needs to know of
//! nothing else. When it ends, what was there before comes back, unless somebody changed the price meanwhile.

mod sql;

use super::sql as catalog;
use crate::{Broken, Caller, Shop, audit, outbox};
use serde_json::json;
use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// A price for a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NewPriceChange {
    pub variant: Uuid,
    pub market: String,
    pub amount_minor: i64,
    /// Higher than the amount.
    pub compare_at_minor: Option<i64>,
    pub starts_at: OffsetDateTime,
    /// None: it stays.
    pub ends_at: Option<OffsetDateTime>,
}

/// Plans a price, in the caller's transaction; what began already begins at the next look. False, and nothing done, when
/// another is planned for a part of that time. The same plan again changes nothing.
pub(super) async fn add(
    shop: &Shop,
    tx: &mut PgConnection,
    caller: &Caller,
    change: &NewPriceChange,
) -> sqlx::Result<bool> {
    let id = shop.random.id(shop.clock.now());
    match sql::add(tx, id, change).await? {
        sql::Added::Fresh => {}
        sql::Added::Known => return Ok(true),
        sql::Added::Overlaps => return Ok(false),
    }
    let said = json!({
        "market": change.market, "amount_minor": change.amount_minor, "compare_at_minor": change.compare_at_minor,
        "from": change.starts_at.unix_timestamp(), "until": change.ends_at.map(OffsetDateTime::unix_timestamp),
    });
    let variant = change.variant.to_string();
    audit::write(shop, tx, caller, "price.planned", "variant", &variant, said).await?;
    Ok(true)
}

/// What was due.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Due {
    /// Products that appeared.
    pub published: usize,
    pub prices_begun: usize,
    pub prices_ended: usize,
}

/// The mark behind which nobody looks for products that appear is moved on at least so often.
const MARK_EVERY: Duration = Duration::minutes(5);
/// Prices that are written in one transaction.
const BATCH: i64 = 500;

/// Does what is due. One cheap question when nothing is.
///
/// # Errors
/// [`Broken`] of the database; what was not committed is done the next time.
pub async fn apply_due(shop: &Shop) -> Result<Due, Broken> {
    let mut all = Due::default();
    let caller = Caller::machine("worker", "catalogue schedule");
    while sql::is_anything_due(&shop.db, shop.clock.now(), MARK_EVERY).await? {
        let due = apply_batch(shop, &caller).await?;
        all.published += due.published;
        all.prices_begun += due.prices_begun;
        all.prices_ended += due.prices_ended;
    }
    Ok(all)
}

async fn apply_batch(shop: &Shop, caller: &Caller) -> Result<Due, Broken> {
    let now = shop.clock.now();
    let mut tx = shop.begin().await?;
    // Whoever else is at it has moved the mark by when this goes on.
    let published = sql::publish(&mut tx, now).await?;
    // What ends goes first: the next price of a variant may begin at that moment.
    let ended = sql::end_prices(&mut tx, now, BATCH).await?;
    let begun = sql::begin_prices(&mut tx, now, BATCH).await?;
    for (action, change) in ended
        .iter()
        .map(|change| ("price.ended", change))
        .chain(begun.iter().map(|change| ("price.begun", change)))
    {
        let said = json!({ "market": change.market, "plan": change.id });
        let variant = change.variant_id.to_string();
        audit::write(shop, &mut tx, caller, action, "variant", &variant, said).await?;
    }
    let mut products = published.clone();
    products.extend(ended.iter().chain(&begun).map(|change| change.product_id));
    let tags = catalog::page_tags(&mut tx, &products).await?;
    outbox::pages_changed(shop, &mut tx, caller, &tags).await?;
    tx.commit().await?;
    Ok(Due {
        published: published.len(),
        prices_begun: begun.len(),
        prices_ended: ended.len(),
    })
}
