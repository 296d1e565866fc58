//! What goes with a product: what others bought with it (`together`), and what is like it (`similar`). Computed by a job from
//! paid orders and from the catalogue, kept as at most twelve products each, read by the product's id.
//!
//! Similar products need no order, so a shop has them from its first day. A run is resumed where it was stopped, holds at most
//! [`BLOCK`] products in memory, and writes only what differs; the pages of these products are then announced by [`tag`].

mod for_you;
mod likeness;
mod similar;
mod sql;
mod together;

pub use for_you::{VIEWED, for_you};

use crate::{Broken, Caller, Shop, audit, outbox};
use domain::{Action, Denied};
use serde_json::json;
use time::{Duration, OffsetDateTime};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Products of each kind that are kept of one product.
pub const MOST: usize = 12;
/// Products of a category that are held against each other at once. Larger categories are taken in parts, in the shopkeeper's
/// order, so that memory and work for one product are bounded.
pub const BLOCK: usize = 5_000;
/// Products written, and pages announced, in one transaction.
const BATCH: usize = 500;
/// How long a run is another's that has not been heard of.
const LEASE: Duration = Duration::minutes(3);
/// From the end of a run to the next.
const EVERY: Duration = Duration::hours(24);

/// How two products go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Others bought both in one order.
    Together,
    /// They are alike.
    Similar,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Together => "together",
            Self::Similar => "similar",
        }
    }
}

/// The tag of pages that show what goes with a product. Not `product:…`: the product itself did not change, and search need not
/// read it again.
pub fn tag(slug: &str) -> String {
    format!("beside:{slug}")
}

/// How far a run is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Products of which it is known what they were bought with, as far as they were.
    pub together: u64,
    /// Products of which it is known what is like them.
    pub similar: u64,
    /// Roughly how many there are; 0 when that is not known.
    pub about: u64,
}

/// What a run did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recommended {
    /// Products that were bought with others.
    pub together: u64,
    /// Products that were held against others; those of an earlier part of this run are not counted.
    pub similar: u64,
    /// Lists that are others than before, or are gone.
    pub changed: u64,
}

/// Why there are no new recommendations, or not all. Those there are stay.
#[derive(Debug, thiserror::Error)]
pub enum RecommendError {
    #[error(transparent)]
    Denied(#[from] Denied),
    #[error(
        "another process computes recommendations just now; if it was killed, try again in three minutes"
    )]
    Busy,
    #[error("the run was stopped; the next one goes on where it was")]
    Stopped,
    #[error(transparent)]
    Broken(#[from] Broken),
}

impl From<sqlx::Error> for RecommendError {
    fn from(error: sqlx::Error) -> Self {
        Self::Broken(error.into())
    }
}

/// A product with what goes with it, the best first, each with its score.
type Beside = (Uuid, Vec<(Uuid, f32)>);

/// Computes everything, or goes on where a run was stopped. `progress` is told after each part.
///
/// # Errors
/// [`RecommendError`]; what was computed so far stays.
pub async fn run(
    shop: &Shop,
    caller: &Caller,
    stop: &CancellationToken,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Recommended, RecommendError> {
    domain::may(&caller.actor, Action::Operate)?;
    let now = shop.clock.now();
    let Some(begun) = sql::begin(&shop.db, now, now + LEASE).await? else {
        return Err(RecommendError::Busy);
    };
    let mut run = Run {
        shop,
        caller,
        stop,
        told: Progress {
            about: sql::about(&shop.db).await.unwrap_or_default(),
            ..Progress::default()
        },
        progress,
        changed: 0,
    };
    let done = run.all(begun.after).await;
    match done {
        Ok(()) => {
            let done = Recommended {
                together: run.told.together,
                similar: run.told.similar,
                changed: run.changed,
            };
            finish(shop, caller, done).await?;
            Ok(done)
        }
        Err(error) => {
            // The next one need not wait for the lease to run out; if this fails, it does.
            let _ = sql::let_go(&shop.db).await;
            Err(error)
        }
    }
}

/// The same, if it is due and nobody is at it: what a worker asks from time to time. None: nothing was to do.
///
/// # Errors
/// [`Broken`]; what was computed so far stays, and it is due again.
pub async fn run_when_due(
    shop: &Shop,
    stop: &CancellationToken,
) -> Result<Option<Recommended>, Broken> {
    if !sql::is_due(&shop.db, shop.clock.now()).await? {
        return Ok(None);
    }
    let caller = Caller::machine("worker", "recommendations were due");
    match run(shop, &caller, stop, &mut |_| {}).await {
        Ok(done) => Ok(Some(done)),
        Err(RecommendError::Busy | RecommendError::Stopped) => Ok(None),
        Err(RecommendError::Broken(broken)) => Err(broken),
        Err(RecommendError::Denied(denied)) => Err(Broken::Other(denied.to_string())),
    }
}

async fn finish(shop: &Shop, caller: &Caller, done: Recommended) -> Result<(), Broken> {
    let mut tx = shop.begin().await?;
    sql::finish(&mut tx, shop.clock.now() + EVERY).await?;
    let change =
        json!({ "together": done.together, "similar": done.similar, "changed": done.changed });
    let subject = ("recommendations", "all");
    audit::write(
        shop,
        &mut tx,
        caller,
        "recommendations.computed",
        subject.0,
        subject.1,
        change,
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

/// A run under way.
struct Run<'a> {
    shop: &'a Shop,
    caller: &'a Caller,
    stop: &'a CancellationToken,
    progress: &'a mut (dyn FnMut(Progress) + Send),
    told: Progress,
    changed: u64,
}

impl Run<'_> {
    async fn all(&mut self, after: Option<sql::Place>) -> Result<(), RecommendError> {
        // A matter of one statement: it is not resumed but asked again.
        together::compute(self).await?;
        similar::compute(self, after).await
    }

    fn go_on(&self) -> Result<(), RecommendError> {
        if self.stop.is_cancelled() {
            return Err(RecommendError::Stopped);
        }
        Ok(())
    }

    fn until(&self) -> OffsetDateTime {
        self.shop.clock.now() + LEASE
    }

    fn tell(&mut self) {
        (self.progress)(self.told);
    }

    /// Writes at most [`BATCH`] products' lists; one without others has no list any more. Of `between`, first and last product
    /// included, all lists that are not among these go too.
    async fn put(
        &mut self,
        kind: Kind,
        lists: &[Beside],
        between: Option<(Uuid, Uuid)>,
    ) -> Result<(), RecommendError> {
        self.go_on()?;
        let mut tx = self.shop.begin().await?;
        let mut slugs = sql::put(&mut tx, kind.name(), lists).await?;
        if let Some(between) = between {
            slugs.extend(sql::drop_others(&mut tx, kind.name(), between, lists).await?);
        }
        self.changed += slugs.len() as u64;
        let tags: Vec<String> = slugs.iter().map(|slug| tag(slug)).collect();
        outbox::pages_changed(self.shop, &mut tx, self.caller, &tags).await?;
        sql::renew(&mut tx, self.until()).await?;
        tx.commit().await?;
        Ok(())
    }
}
