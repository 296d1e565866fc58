//! What is bought together: pairs of products in the paid orders of half a year.
//!
//! A pair's score is the cosine of the sets of shoppers who bought the one and the other (Sarwar, Karypis, Konstan and Riedl,
//! "Item-based collaborative filtering recommendation algorithms", WWW 2001), so that what sells with everything is not above what
//! sells with this; times n / (n + [`SHRINK`]), as Bell and Koren shrink similarities that few have spoken for ("Scalable
//! collaborative filtering with jointly derived neighborhood interpolation weights", ICDM 2007).

use super::{BATCH, Beside, Kind, RecommendError, Run, sql};
use futures::TryStreamExt;
use sqlx::{Connection, PgConnection};
use time::Duration;
use uuid::Uuid;

/// Orders of so long count.
const COUNTED: Duration = Duration::days(180);
/// Lines of an order that count, the first ones: who buys for a whole shop says little of pairs, and a pair is a square's work.
const LINES: i64 = 30;
/// Shoppers who must have bought both. One shopper's order is nobody else's business.
const SHOPPERS: i64 = 2;
/// A pair that so many bought has half the score of one that everybody bought.
const SHRINK: f64 = 3.0;

/// Lists come in the order of the products' ids; what stands between them belongs to products that nobody buys with others
/// any more.
pub async fn compute(run: &mut Run<'_>) -> Result<(), RecommendError> {
    // Read to the end while others write: a connection of its own, as a pool may have one.
    let options = run.shop.db.connect_options();
    let mut db = PgConnection::connect_with(&options).await?;
    let since = run.shop.clock.now() - COUNTED;
    let mut rows = sql::together(&mut db, since, LINES, SHOPPERS, SHRINK);
    let mut from = Uuid::nil();
    let mut batch: Vec<Beside> = Vec::with_capacity(BATCH);
    while let Some(row) = rows.try_next().await? {
        let others = row.others.into_iter().zip(row.scores).collect();
        batch.push((row.product_id, others));
        if batch.len() == BATCH {
            run.put(Kind::Together, &batch, Some((from, row.product_id)))
                .await?;
            from = Uuid::from_u128(row.product_id.as_u128().saturating_add(1));
            run.told.together += batch.len() as u64;
            run.tell();
            batch.clear();
        }
    }
    run.put(Kind::Together, &batch, Some((from, Uuid::max())))
        .await?;
    run.told.together += batch.len() as u64;
    run.tell();
    drop(rows);
    db.close().await?;
    Ok(())
}
