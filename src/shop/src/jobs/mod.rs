//! Work that events asked for, and what has to be looked after from time to time.
//!
//! Jobs are rows, written with their event in the transaction that made it happen. A worker leases them with SKIP LOCKED,
//! so that a crash only means that another one does them again: every consumer is idempotent by event. A lease is short and
//! renewed while its worker lives; a worker that could not renew it lets go before another may take the job.

mod desk;
mod sql;

pub use desk::{
    Filter, JobError, Listed, PageOfJobs, Replayed, Sheet, State, discard, list, replay, retry,
    show,
};

use crate::{
    Broken, Caller, Shop, catalog, clock, fault, fulfilment, inventory, media, notification,
    payment, recommend, search,
};
use domain::EventId;
use futures::{FutureExt, StreamExt};
use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};
use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Mails an order's confirmation.
pub(crate) const ORDER_CONFIRMATION: &str = "mail.order_confirmation";
/// Mails the link by which an e-mail address is claimed.
pub(crate) const CLAIM_LINK: &str = "mail.claim_link";
/// Mails the link where an order can be paid that was placed while no provider could be reached.
pub(crate) const PAYMENT_LINK: &str = "mail.payment_link";
/// Sends a payment back.
pub(crate) const REFUND: &str = "payment.refund";
/// Keeps the means of payment that an order was paid with.
pub(crate) const KEEP_METHOD: &str = "payment.keep_method";
/// Acts on a webhook that was kept.
pub(crate) const WEBHOOK: &str = "webhook.handle";
/// Buys a parcel's label.
pub(crate) const LABEL: &str = "carrier.label";
/// Acts on a carrier's message that was kept.
pub(crate) const TRACKING: &str = "tracking.handle";
/// Makes the forms of a picture.
pub(crate) const MEDIA_RENDER: &str = "media.render";
/// Puts a picture behind the others of a product.
pub(crate) const MEDIA_ATTACH: &str = "media.attach";
/// Fetches a picture that lies elsewhere.
pub(crate) const MEDIA_FETCH: &str = "media.fetch";

/// Mails about what follows a payment.
pub(crate) mod mail {
    pub(crate) const SHIPPED: &str = "mail.shipped";
    pub(crate) const DELIVERED: &str = "mail.delivered";
    pub(crate) const UNDELIVERABLE: &str = "mail.undeliverable";
    pub(crate) const CANCELLED: &str = "mail.cancelled";
    pub(crate) const REFUNDED: &str = "mail.refunded";
    pub(crate) const RETURN_ANNOUNCED: &str = "mail.return_announced";
    pub(crate) const RETURN_RECEIVED: &str = "mail.return_received";
    pub(crate) const RETURN_CANCELLED: &str = "mail.return_cancelled";
}

/// How a job ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    Done,
    /// Trying again would change nothing: it is parked at once, and says why.
    ForGood(String),
}

/// A job that failed so often is parked, for a person to look at.
pub const MOST_ATTEMPTS: i32 = 10;

/// After so long without a word another worker may take a job.
const LEASE: Duration = Duration::from_secs(12);
/// How often a worker says that it still has a job; one that waited so long for its turn is leased anew first.
const RENEW_EVERY: Duration = Duration::from_secs(3);
/// A worker that could not say so for this long lets go of the job, well before its lease ends.
const LET_GO: Duration = Duration::from_secs(9);

/// What a worker takes from: what is quick never stands behind what is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lane {
    Quick,
    /// Pictures, which take seconds each.
    Pictures,
}

impl Lane {
    /// How long a worker may take for a job.
    fn deadline(self) -> Duration {
        match self {
            Self::Quick => Duration::from_secs(45),
            // Each waits for its turn at the bench.
            Self::Pictures => Duration::from_secs(15 * 60),
        }
    }

    /// How many are taken together.
    fn batch(self) -> i64 {
        match self {
            Self::Quick => 32,
            Self::Pictures => 4,
        }
    }

    fn at_once(self) -> usize {
        match self {
            Self::Quick => 8,
            // While one is worked on, others are fetched.
            Self::Pictures => 4,
        }
    }
}

/// How long a worker rests when there is nothing to do.
const REST: Duration = Duration::from_millis(500);
/// How often silent payments and expired holds are looked for.
const SWEEP_EVERY: Duration = Duration::from_secs(5);
/// How often products that are to appear and prices that are to change are looked for: one cheap statement.
const SCHEDULE_EVERY: Duration = Duration::from_secs(1);
/// How often it is looked whether recommendations are due: one cheap statement.
const RECOMMEND_EVERY: Duration = Duration::from_secs(60);
/// How often partitions are made and old events dropped.
const TIDY_EVERY: Duration = Duration::from_secs(24 * 60 * 60);
const TIDY_AGAIN: Duration = Duration::from_secs(60);
/// How long events and finished jobs are kept for replay.
const KEPT_FOR: time::Duration = time::Duration::days(30);

/// A leased job.
struct Job {
    id: Uuid,
    consumer: String,
    event: Uuid,
    payload: serde_json::Value,
    trace: Option<String>,
    /// This try included.
    attempts: i32,
    created_at: OffsetDateTime,
}

/// How jobs stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub waiting: i64,
    /// Waiting, and failed before.
    pub failing: i64,
    pub parked: i64,
}

/// What [`drain`] did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Drained {
    pub done: usize,
    pub failed: usize,
}

/// What [`sweep`] did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Payments that were asked about.
    pub asked: usize,
    /// Orders that were given up.
    pub given_up: usize,
    /// Parcels that were asked about.
    pub parcels: usize,
}

/// Works until `stop`; what is being done then is finished first.
pub async fn run(shop: Shop, stop: CancellationToken) {
    tokio::join!(
        work(shop.clone(), Lane::Quick, stop.clone()),
        work(shop.clone(), Lane::Pictures, stop.clone()),
        sweep_often(shop.clone(), stop.clone()),
        keep_schedule(shop.clone(), stop.clone()),
        recommend_daily(shop.clone(), stop.clone()),
        tidy_daily(shop, stop),
    );
}

async fn work(shop: Shop, lane: Lane, stop: CancellationToken) {
    loop {
        if let Err(error) = unharmed(drain_lane(&shop, lane, &stop)).await {
            failed("jobs", &error);
        }
        if is_stopped_within(&stop, REST).await {
            return;
        }
    }
}

async fn sweep_often(shop: Shop, stop: CancellationToken) {
    loop {
        if let Err(error) = unharmed(sweep(&shop)).await {
            failed("sweep", &error);
        }
        if is_stopped_within(&stop, SWEEP_EVERY).await {
            return;
        }
    }
}

async fn keep_schedule(shop: Shop, stop: CancellationToken) {
    loop {
        if let Err(error) = catalog::apply_due(&shop).await {
            failed("schedule", &error);
        }
        if is_stopped_within(&stop, SCHEDULE_EVERY).await {
            return;
        }
    }
}

async fn recommend_daily(shop: Shop, stop: CancellationToken) {
    loop {
        match unharmed(recommend::run_when_due(&shop, &stop)).await {
            Ok(Some(done)) => tracing::info!(
                together = done.together,
                similar = done.similar,
                changed = done.changed,
                "recommendations were computed"
            ),
            Ok(None) => {}
            Err(error) => failed("recommendations", &error),
        }
        if is_stopped_within(&stop, RECOMMEND_EVERY).await {
            return;
        }
    }
}

async fn tidy_daily(shop: Shop, stop: CancellationToken) {
    loop {
        let rest = match unharmed(tidy(&shop)).await {
            Ok(()) => TIDY_EVERY,
            Err(error) => {
                failed("tidy", &error);
                TIDY_AGAIN
            }
        };
        if is_stopped_within(&stop, rest).await {
            return;
        }
    }
}

async fn is_stopped_within(stop: &CancellationToken, rest: Duration) -> bool {
    tokio::time::timeout(rest, stop.cancelled()).await.is_ok()
}

/// What panics is a defect, and costs what was being done: not the worker, which everything else waits for.
async fn unharmed<T>(work: impl Future<Output = Result<T, Broken>>) -> Result<T, Broken> {
    let done = AssertUnwindSafe(work).catch_unwind().await;
    done.unwrap_or_else(|panic| {
        let told = panic.downcast_ref::<String>().map(String::as_str);
        let told = told.or_else(|| panic.downcast_ref::<&str>().copied());
        let told = told.unwrap_or("without a word");
        Err(Broken::Other(format!("it panicked: {told}")))
    })
}

fn failed(what: &str, error: &Broken) {
    tracing::error!(what, %error, "a worker could not work");
}

/// Does all jobs that are due. One that fails waits for its next try.
///
/// # Errors
/// [`Broken`] of the database.
pub async fn drain(shop: &Shop) -> Result<Drained, Broken> {
    let mut all = Drained::default();
    for lane in [Lane::Quick, Lane::Pictures] {
        let drained = drain_lane(shop, lane, &CancellationToken::new()).await?;
        all.done += drained.done;
        all.failed += drained.failed;
    }
    Ok(all)
}

/// The same for one lane; takes no more once it is to stop.
async fn drain_lane(shop: &Shop, lane: Lane, stop: &CancellationToken) -> Result<Drained, Broken> {
    let mut drained = Drained::default();
    loop {
        if stop.is_cancelled() {
            return Ok(drained);
        }
        let now = shop.clock.now();
        // Before it is asked for: from then on the lease runs.
        let leased = Instant::now();
        let jobs = match lane {
            Lane::Quick => sql::claim_quick(&shop.db, now, now + LEASE, lane.batch()).await?,
            Lane::Pictures => sql::claim_pictures(&shop.db, now, now + LEASE, lane.batch()).await?,
        };
        if jobs.is_empty() {
            return Ok(drained);
        }
        let performing: Vec<_> = jobs
            .into_iter()
            .map(|job| perform(shop, lane, job, leased))
            .collect();
        let outcomes: Vec<_> = futures::stream::iter(performing)
            .buffer_unordered(lane.at_once())
            .collect()
            .await;
        for outcome in outcomes {
            match outcome? {
                Some(true) => drained.done += 1,
                Some(false) => drained.failed += 1,
                None => {}
            }
        }
        // Many jobs change what pages show.
        shop.redis.publish(crate::outbox::CHANNEL).await;
    }
}

/// Asks about silent payments and parcels, gives up orders whose hold ran out, and has pictures fetched that lie elsewhere.
///
/// # Errors
/// [`Broken`] of the database.
pub async fn sweep(shop: &Shop) -> Result<Swept, Broken> {
    // What ran out is decided by PostgreSQL's clock, whatever this machine's shows.
    clock::follow(shop).await?;
    let asked = payment::ask_about_stale(shop).await?;
    payment::open_deferred(shop).await?;
    let given_up = payment::expire_holds(shop).await?;
    inventory::release_expired(shop).await?;
    let parcels = fulfilment::ask_about_parcels(shop).await?;
    media::take_up(shop).await?;
    let counts = counts(shop).await?;
    #[allow(clippy::cast_precision_loss)]
    for (state, count) in [
        ("waiting", counts.waiting),
        ("failing", counts.failing),
        ("parked", counts.parked),
    ] {
        metrics::gauge!("rialto_jobs", "state" => state).set(count as f64);
    }
    Ok(Swept {
        asked,
        given_up,
        parcels,
    })
}

/// Makes the coming months' partitions, drops events and finished jobs that are older than 30 days,
/// counts what sold, forgets old searches, and checks stock against its ledger.
///
/// # Errors
/// [`Broken`] of the database.
pub async fn tidy(shop: &Shop) -> Result<(), Broken> {
    sql::ensure_partitions(&shop.db).await?;
    sql::drop_before(&shop.db, shop.clock.now() - KEPT_FOR).await?;
    catalog::count_sold(shop).await?;
    search::log::prune(shop).await?;
    inventory::check_daily(shop).await
}

/// How jobs stand now.
///
/// # Errors
/// [`Broken`] of the database.
pub async fn counts(shop: &Shop) -> Result<Counts, Broken> {
    Ok(sql::counts(&shop.db).await?)
}

/// The job of `consumer` for that event was done by other means.
///
/// # Errors
/// [`Broken`] of the database.
pub(crate) async fn finish(shop: &Shop, consumer: &str, event: Uuid) -> Result<(), Broken> {
    Ok(sql::finish(&shop.db, consumer, event).await?)
}

/// Does one job, and records how it went: whether it was done; None when another worker has it by now.
async fn perform(
    shop: &Shop,
    lane: Lane,
    job: Job,
    mut leased: Instant,
) -> Result<Option<bool>, Broken> {
    if leased.elapsed() > RENEW_EVERY {
        leased = Instant::now();
        if !renew(shop, &job).await? {
            return Ok(None);
        }
    }
    if fault::planted("done_before_effect") {
        sql::done(&shop.db, job.id).await?;
    }
    fault::point("job.taken")?;
    let outcome = tokio::select! {
        biased;
        outcome = tokio::time::timeout(lane.deadline(), unharmed(consume(shop, &job))) => {
            outcome.unwrap_or_else(|_| Err(Broken::Other("it took too long".to_owned())))
        }
        () = until_lost(shop, &job, leased) => {
            tracing::warn!(consumer = job.consumer, event = %job.event, "the lease of a job was lost");
            return Ok(None);
        }
    };
    let (error, for_good) = match outcome {
        Ok(Ended::Done) => {
            fault::point("job.effected")?;
            sql::done(&shop.db, job.id).await?;
            return Ok(Some(true));
        }
        Ok(Ended::ForGood(why)) => (why, true),
        Err(error) => (error.to_string(), false),
    };
    let parked = for_good || job.attempts >= MOST_ATTEMPTS;
    tracing::warn!(
        consumer = job.consumer, event = %job.event, trace = job.trace, attempts = job.attempts, parked, error,
        "a job failed"
    );
    let again = shop.clock.now() + backoff(job.attempts, shop.random.secret()[0]);
    sql::failed(&shop.db, (job.id, job.attempts), parked, again, &error).await?;
    Ok(Some(false))
}

/// Says that this worker still has the job; false when another has it.
async fn renew(shop: &Shop, job: &Job) -> Result<bool, Broken> {
    let until = shop.clock.now() + LEASE;
    Ok(sql::renew(&shop.db, job.id, job.attempts, until).await?)
}

/// Renews a lease, until it is another's or may soon be.
async fn until_lost(shop: &Shop, job: &Job, mut leased: Instant) {
    loop {
        tokio::time::sleep(RENEW_EVERY).await;
        let asked = Instant::now();
        let left = LET_GO.saturating_sub(leased.elapsed());
        match tokio::time::timeout(left, renew(shop, job)).await {
            Ok(Ok(true)) => leased = asked,
            // Done, or another's.
            Ok(Ok(false)) => return,
            Ok(Err(error)) => {
                tracing::warn!(%error, "a lease was not renewed");
                if leased.elapsed() >= LET_GO {
                    return;
                }
            }
            Err(_) => return,
        }
    }
}

async fn consume(shop: &Shop, job: &Job) -> Result<Ended, Broken> {
    let caller = Caller {
        trace: job.trace.clone(),
        ..Caller::machine("worker", &job.consumer)
    };
    let event = EventId(job.event);
    match job.consumer.as_str() {
        REFUND => return payment::refund::send(shop, &caller, &job.payload).await,
        MEDIA_RENDER => return media::render(shop, &caller, &job.payload).await,
        MEDIA_ATTACH => return media::attach_ready(shop, &caller, &job.payload).await,
        MEDIA_FETCH => return media::fetch_one(shop, &caller, &job.payload).await,
        LABEL => return fulfilment::buy_label(shop, &caller, &job.payload).await,
        ORDER_CONFIRMATION => {
            notification::send_order_confirmation(shop, event, job.created_at, &job.payload)
                .await?;
        }
        CLAIM_LINK => {
            notification::send_claim_link(shop, event, job.created_at, &job.payload).await?;
        }
        PAYMENT_LINK => {
            notification::send_payment_link(shop, event, job.created_at, &job.payload).await?;
        }
        KEEP_METHOD => payment::keep(shop, &caller, &job.payload).await?,
        WEBHOOK => payment::handle_webhook(shop, &caller, &job.payload).await?,
        TRACKING => fulfilment::handle_webhook(shop, &caller, &job.payload).await?,
        other => match notification::News::of(other) {
            Some(news) => {
                notification::send_news(shop, news, event, job.created_at, &job.payload).await?;
            }
            None => return Err(Broken::Other(format!("nobody does {other:?}"))),
        },
    }
    Ok(Ended::Done)
}

/// 2, 4, 8 … seconds, at most ten minutes, and up to a quarter more (`chance` of 255), so that what failed together does
/// not come back together.
fn backoff(attempts: i32, chance: u8) -> time::Duration {
    let exponent = attempts.clamp(1, 10).unsigned_abs();
    let seconds = 2_i64.pow(exponent).min(600);
    time::Duration::milliseconds(seconds * 1000 + seconds * 250 * i64::from(chance) / 255)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_panics_is_an_error_that_says_so() {
        let fine = unharmed(async { Ok(1) }).await;
        assert_eq!(fine.expect("one"), 1);
        let number = 7;
        let broken = unharmed::<()>(async move { panic!("at {number}") }).await;
        assert_eq!(broken.expect_err("told").to_string(), "it panicked: at 7");
        let broken = unharmed::<()>(async { panic!("plainly") }).await;
        assert_eq!(
            broken.expect_err("told").to_string(),
            "it panicked: plainly"
        );
    }

    #[test]
    fn backs_off_further_each_time_and_never_beyond_a_bound() {
        let waits: Vec<_> = (1..=12).map(|attempt| backoff(attempt, 0)).collect();
        assert_eq!(waits[0], time::Duration::seconds(2));
        assert_eq!(waits[3], time::Duration::seconds(16));
        assert!(waits.is_sorted());
        assert_eq!(waits[11], time::Duration::minutes(10));
        assert_eq!(backoff(2, 255), time::Duration::seconds(5));
    }
}
