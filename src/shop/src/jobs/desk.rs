//! Jobs as a person sees them: what waits, what failed; once more, or given up.

use super::sql;
use crate::{Caller, Failure, Shop, audit};
use domain::{Action, may};
use serde::Serialize;
use serde_json::{Value, json};
use time::OffsetDateTime;
use uuid::Uuid;

/// Why nothing was done. The text says how to mend it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JobError {
    #[error("that is not allowed: it takes the role owner")]
    Denied,
    #[error("there is no such job; `rialto jobs list` shows those there are")]
    NotFound,
    #[error(
        "no job came of that event, or it was over 30 days ago; `rialto jobs show` names the event of a job"
    )]
    NoSuchEvent,
    #[error("of that event there is no job of {wanted}; there is {there}")]
    NoSuchConsumer { wanted: String, there: String },
    #[error("the job is {state}: {why}")]
    State { state: String, why: &'static str },
    #[error("{0}")]
    Unfit(String),
}

/// How a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Waiting,
    Done,
    /// It failed too often, or for good: a person has to look.
    Parked,
    /// A person gave it up.
    Discarded,
}

impl State {
    pub const ALL: [Self; 4] = [Self::Waiting, Self::Done, Self::Parked, Self::Discarded];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Done => "done",
            Self::Parked => "parked",
            Self::Discarded => "discarded",
        }
    }
}

/// Which jobs are wanted; what is left out narrows nothing.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// None: waiting and parked.
    pub states: Option<Vec<State>>,
    pub consumer: Option<String>,
    /// The number of the order they are about.
    pub order: Option<String>,
    /// Failed at least once.
    pub failing: bool,
    /// Go on after this job: the `next` of the page before.
    pub after: Option<String>,
}

/// A job in a list.
#[derive(Clone, Debug, Serialize)]
pub struct Listed {
    pub id: Uuid,
    pub consumer: String,
    pub event: Uuid,
    pub subject: Option<Uuid>,
    /// Empty for jobs about no order.
    pub order_number: String,
    pub state: String,
    pub attempts: i32,
    #[serde(with = "time::serde::rfc3339")]
    pub run_at: OffsetDateTime,
    pub last_error: Option<String>,
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
}

/// Some jobs, and where the next ones begin.
#[derive(Clone, Debug, Serialize)]
pub struct PageOfJobs {
    pub jobs: Vec<Listed>,
    pub next: Option<String>,
}

/// A job, whole.
#[derive(Clone, Debug, Serialize)]
pub struct Sheet {
    pub id: Uuid,
    pub consumer: String,
    pub event: Uuid,
    /// What happened; None when its event is no longer kept.
    pub kind: Option<String>,
    pub subject: Option<Uuid>,
    pub state: String,
    pub attempts: i32,
    #[serde(with = "time::serde::rfc3339")]
    pub run_at: OffsetDateTime,
    pub last_error: Option<String>,
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    pub payload: Value,
    pub trace: Option<String>,
    /// Earlier jobs about the same thing that have to be done first.
    pub waits_for: i64,
}

/// What of an event is done once more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Replayed {
    pub event: Uuid,
    pub consumers: Vec<String>,
}

fn check(caller: &Caller) -> Result<(), Failure<JobError>> {
    may(&caller.actor, Action::Operate).map_err(|_| Failure::Refused(JobError::Denied))
}

/// At most `limit` (1 to 500) jobs that fit `filter`, newest first.
///
/// # Errors
/// [`JobError::Denied`]; [`JobError::Unfit`] for an `after` that no page gave out.
pub async fn list(
    shop: &Shop,
    caller: &Caller,
    filter: &Filter,
    limit: usize,
) -> Result<PageOfJobs, Failure<JobError>> {
    check(caller)?;
    let after = filter.after.as_deref().map(read_cursor).transpose()?;
    let states = filter
        .states
        .clone()
        .unwrap_or_else(|| vec![State::Waiting, State::Parked]);
    let states: Vec<String> = states.iter().map(|state| state.name().to_owned()).collect();
    let limit = limit.clamp(1, 500);
    let wanted = i64::try_from(limit + 1).unwrap_or(i64::MAX);
    let mut jobs = sql::list(&shop.db, filter, &states, after, wanted).await?;
    let more = jobs.len() > limit;
    jobs.truncate(limit);
    let next = jobs.last().filter(|_| more).map(|job| {
        let micros = job.created_at.unix_timestamp_nanos() / 1_000;
        format!("{micros}.{}", job.id.simple())
    });
    Ok(PageOfJobs { jobs, next })
}

fn read_cursor(text: &str) -> Result<(OffsetDateTime, Uuid), Failure<JobError>> {
    let read = || {
        let (at, id) = text.split_once('.')?;
        let nanos = at.parse::<i128>().ok()?.checked_mul(1_000)?;
        let at = OffsetDateTime::from_unix_timestamp_nanos(nanos).ok()?;
        Some((at, id.parse().ok()?))
    };
    read().ok_or_else(|| {
        Failure::Refused(JobError::Unfit(format!(
            "`{text}` is not where a list went on; take the one that the list before ended with"
        )))
    })
}

/// The job of that id.
///
/// # Errors
/// [`JobError::Denied`], [`JobError::NotFound`].
pub async fn show(shop: &Shop, caller: &Caller, job: Uuid) -> Result<Sheet, Failure<JobError>> {
    check(caller)?;
    sql::find(&shop.db, job)
        .await?
        .ok_or(Failure::Refused(JobError::NotFound))
}

/// Has a job that failed, or was given up, done again, at once and with all its tries.
///
/// # Errors
/// [`JobError`]; nothing was changed then.
pub async fn retry(shop: &Shop, caller: &Caller, job: Uuid) -> Result<(), Failure<JobError>> {
    check(caller)?;
    let mut tx = shop.begin().await?;
    let (consumer, event, state) = sql::lock(&mut tx, job)
        .await?
        .ok_or(Failure::Refused(JobError::NotFound))?;
    if state == State::Done.name() {
        let why = "`rialto jobs replay` has its event handled once more";
        return Err(Failure::Refused(JobError::State { state, why }));
    }
    sql::again(&mut tx, job, shop.clock.now()).await?;
    let change = json!({ "consumer": consumer, "event": event, "from": state });
    audit::write(
        shop,
        &mut tx,
        caller,
        "job.retry",
        "job",
        &job.to_string(),
        change,
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

/// Gives a job up: it is not done any more, and those that wait for it go on.
///
/// # Errors
/// [`JobError`]; nothing was changed then.
pub async fn discard(shop: &Shop, caller: &Caller, job: Uuid) -> Result<(), Failure<JobError>> {
    check(caller)?;
    let mut tx = shop.begin().await?;
    let (consumer, event, state) = sql::lock(&mut tx, job)
        .await?
        .ok_or(Failure::Refused(JobError::NotFound))?;
    let why = if state == State::Done.name() {
        Some("what was done can't be given up")
    } else if state == State::Discarded.name() {
        Some("it was given up before")
    } else {
        None
    };
    if let Some(why) = why {
        return Err(Failure::Refused(JobError::State { state, why }));
    }
    sql::give_up(&mut tx, job).await?;
    let change = json!({ "consumer": consumer, "event": event, "from": state });
    audit::write(
        shop,
        &mut tx,
        caller,
        "job.discard",
        "job",
        &job.to_string(),
        change,
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

/// Has an event handled once more: by all its consumers, or by one. They know it by its id, so that what they did before
/// is not done twice where it would matter: a refund is the same refund, a mail has the same Message-ID.
///
/// # Errors
/// [`JobError`]; nothing was changed then.
pub async fn replay(
    shop: &Shop,
    caller: &Caller,
    event: Uuid,
    consumer: Option<&str>,
) -> Result<Replayed, Failure<JobError>> {
    check(caller)?;
    let now = shop.clock.now();
    let mut tx = shop.begin().await?;
    let jobs = sql::of_event(&mut tx, event).await?;
    if jobs.is_empty() {
        return Err(Failure::Refused(JobError::NoSuchEvent));
    }
    let mut consumers = Vec::new();
    for (job, name, state) in &jobs {
        if consumer.is_some_and(|wanted| wanted != name) {
            continue;
        }
        sql::again(&mut tx, *job, now).await?;
        let change = json!({ "consumer": name, "event": event, "from": state });
        audit::write(
            shop,
            &mut tx,
            caller,
            "job.replay",
            "job",
            &job.to_string(),
            change,
        )
        .await?;
        consumers.push(name.clone());
    }
    if let Some(wanted) = consumer.filter(|_| consumers.is_empty()) {
        let there: Vec<&str> = jobs.iter().map(|(_, name, _)| name.as_str()).collect();
        return Err(Failure::Refused(JobError::NoSuchConsumer {
            wanted: wanted.to_owned(),
            there: there.join(", "),
        }));
    }
    tx.commit().await?;
    Ok(Replayed { event, consumers })
}
