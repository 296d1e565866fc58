//! Where pages read from: a replica, while it has what it must have, and otherwise the primary.
//!
//! A replica is behind by as much as it is. What was announced as changed must be on it before a page is read from it, or a
//! page that was dropped for a change would be made anew without that change. Whoever follows the outbox notes at each look
//! how far the primary's log had got ([`Reads::note`]); who asks the replica how far it has replayed that log ([`watch`]) can say
//! up to which moment everything that committed is there. Moments are PostgreSQL's.

mod sql;

use crate::{Broken, Parts};
use sqlx::{Connection, PgConnection, PgPool};
use std::collections::VecDeque;
use std::future::Future;
use std::ops::Deref;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use time::OffsetDateTime;
use tokio::sync::watch as channel;

/// How often a replica is asked how far it is.
const EVERY: Duration = Duration::from_millis(100);
/// A replica that does not answer for so long is not read from.
const SILENCE: Duration = Duration::from_millis(500);
/// So many notes are kept: of two minutes, and of longer with gaps.
const NOTES: usize = 512;

tokio::task_local! {
    /// What committed by then must be seen by what runs now: microseconds since 1970.
    static NOT_BEFORE: i64;
}

/// A pool to read from; dereferences to the one that is to be used now. Cheap to clone.
#[derive(Clone)]
pub struct Reads {
    primary: PgPool,
    replica: Option<Arc<Replica>>,
}

struct Replica {
    pool: PgPool,
    notes: Mutex<VecDeque<Note>>,
    /// What committed by then is on it, in microseconds since 1970; [`i64::MIN`] while it does not answer.
    replayed: channel::Sender<i64>,
    /// When pages last changed.
    needed: AtomicI64,
}

/// All that had committed by a moment stands in the primary's log before a position.
#[derive(Clone, Copy)]
struct Note {
    at: i64,
    position: i64,
}

impl Reads {
    /// From the primary alone.
    pub const fn primary(primary: PgPool) -> Self {
        Self {
            primary,
            replica: None,
        }
    }

    /// From `replica` once [`watch`] says that it may be.
    pub fn with_replica(primary: PgPool, replica: PgPool) -> Self {
        Self {
            primary,
            replica: Some(Arc::new(Replica {
                pool: replica,
                notes: Mutex::default(),
                replayed: channel::Sender::new(i64::MIN),
                needed: AtomicI64::new(i64::MAX),
            })),
        }
    }

    /// Whether pages are read from a replica now.
    pub fn is_replica(&self) -> bool {
        let replica = self.replica.as_ref();
        replica.is_some_and(|replica| replica.serves(*replica.replayed.borrow()))
    }

    /// All that had committed by `at` stands before `position` in the primary's log. `changed`: pages did, by then.
    pub(crate) fn note(&self, at: OffsetDateTime, position: i64, changed: bool) {
        let Some(replica) = &self.replica else { return };
        let at = micros(at);
        let mut notes = replica.notes.lock().unwrap_or_else(PoisonError::into_inner);
        if notes.len() >= NOTES {
            // Every second one: a replica that is far behind is known less exactly.
            let mut keep = false;
            notes.retain(|_| {
                keep = !keep;
                keep
            });
        }
        notes.push_back(Note { at, position });
        drop(notes);
        if changed {
            replica.needed.store(at, Ordering::SeqCst);
        }
    }

    /// Makes something that reads from here, and makes it anew from the primary when the replica went away meanwhile or `failed`.
    pub async fn depend<T, F: Future<Output = T>>(
        &self,
        make: impl Fn() -> F,
        failed: impl Fn(&T) -> bool,
    ) -> T {
        let Some(replica) = self.replica.as_ref().filter(|_| self.is_replica()) else {
            return make().await;
        };
        let mut replayed = replica.replayed.subscribe();
        let made = tokio::select! {
            biased;
            made = make() => Some(made),
            _ = replayed.wait_for(|to| *to == i64::MIN) => None,
        };
        match made {
            Some(made) if !failed(&made) => made,
            _ => NOT_BEFORE.scope(i64::MAX, make()).await,
        }
    }
}

impl Replica {
    fn serves(&self, replayed: i64) -> bool {
        let asked = NOT_BEFORE.try_with(|at| *at).unwrap_or(i64::MIN);
        replayed >= self.needed.load(Ordering::SeqCst).max(asked)
    }

    /// The replica has replayed the log up to `position`.
    fn is_at(&self, position: i64) {
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        let mut reached = None;
        while let Some(note) = notes.front().filter(|note| note.position <= position) {
            reached = Some(note.at);
            // The last one stays: it is reached tomorrow, too.
            if notes.get(1).is_none_or(|next| next.position > position) {
                break;
            }
            notes.pop_front();
        }
        let reached = reached.unwrap_or(i64::MIN);
        self.replayed
            .send_if_modified(|to| std::mem::replace(to, reached) != reached);
    }
}

impl Deref for Reads {
    type Target = PgPool;
    fn deref(&self) -> &PgPool {
        match &self.replica {
            Some(replica) if self.is_replica() => &replica.pool,
            _ => &self.primary,
        }
    }
}

/// Reads for `work` see all that had committed by `at`.
pub async fn not_before<T>(at: OffsetDateTime, work: impl Future<Output = T>) -> T {
    NOT_BEFORE.scope(micros(at), work).await
}

/// Whether what runs now must see something that others need not have heard of.
pub fn is_bound() -> bool {
    NOT_BEFORE.try_with(|_| ()).is_ok()
}

/// Asks the replica how far it is, until dropped. Without a replica there is nothing to do.
pub async fn watch(shop: &Parts) {
    let Some(replica) = &shop.read.replica else {
        return;
    };
    let mut db = None;
    let mut is_there = true;
    loop {
        let asked = tokio::time::timeout(SILENCE, ask(replica, &mut db)).await;
        let error = match asked {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(error.to_string()),
            Err(_) => Some("no answer in time".to_owned()),
        };
        if let Some(why) = &error {
            db = None;
            replica.replayed.send_replace(i64::MIN);
            if is_there {
                tracing::warn!(
                    why,
                    "the replica does not answer; pages are read from the primary"
                );
            }
        } else if !is_there {
            tracing::info!("the replica answers again");
        }
        is_there = error.is_none();
        let serves = replica.serves(*replica.replayed.borrow());
        metrics::gauge!("rialto_replica_serves").set(if serves { 1.0 } else { 0.0 });
        tokio::time::sleep(EVERY).await;
    }
}

async fn ask(replica: &Replica, db: &mut Option<PgConnection>) -> Result<(), Broken> {
    // Taken out: an answer that was given up costs the connection.
    let mut session = match db.take() {
        Some(session) => session,
        None => PgConnection::connect_with(&replica.pool.connect_options()).await?,
    };
    let position = sql::replayed(&mut session).await?;
    *db = Some(session);
    replica.is_at(position);
    Ok(())
}

fn micros(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1_000).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::ext::NumericalDuration;

    fn pools() -> Reads {
        let pool = |name: &str| {
            let url = format!("postgres://nobody@127.0.0.1:1/{name}");
            PgPool::connect_lazy(&url).expect("a URL")
        };
        Reads::with_replica(pool("primary"), pool("replica"))
    }

    fn reads_from(reads: &Reads) -> String {
        let options = reads.connect_options();
        options.get_database().unwrap_or_default().to_owned()
    }

    #[tokio::test]
    async fn a_replica_serves_once_it_has_what_changed_and_not_before() {
        let reads = pools();
        let replica = reads.replica.clone().expect("a replica");
        let start = OffsetDateTime::UNIX_EPOCH + 1.days();
        assert_eq!(reads_from(&reads), "primary", "nothing is known of it");
        reads.note(start, 100, true);
        replica.is_at(99);
        assert_eq!(reads_from(&reads), "primary", "it is behind the start");
        replica.is_at(100);
        assert_eq!(reads_from(&reads), "replica");
        // It need not have what changed no page.
        reads.note(start + 1.seconds(), 200, false);
        replica.is_at(150);
        assert_eq!(reads_from(&reads), "replica");
        reads.note(start + 2.seconds(), 300, true);
        assert_eq!(reads_from(&reads), "primary", "pages changed");
        replica.is_at(299);
        assert_eq!(reads_from(&reads), "primary");
        replica.is_at(300);
        assert_eq!(reads_from(&reads), "replica");
        replica.replayed.send_replace(i64::MIN);
        assert_eq!(reads_from(&reads), "primary", "it went away");
        replica.is_at(300);
        assert_eq!(reads_from(&reads), "replica", "it is as far as it was");
    }

    #[tokio::test]
    async fn who_wrote_reads_no_older() {
        let reads = pools();
        let replica = reads.replica.clone().expect("a replica");
        let start = OffsetDateTime::UNIX_EPOCH + 1.days();
        reads.note(start, 100, true);
        replica.is_at(100);
        let own = not_before(start + 1.seconds(), async { reads_from(&reads) });
        assert_eq!(own.await, "primary");
        assert_eq!(reads_from(&reads), "replica", "others do");
        reads.note(start + 2.seconds(), 200, false);
        replica.is_at(200);
        let own = not_before(start + 1.seconds(), async { reads_from(&reads) });
        assert_eq!(own.await, "replica", "it has it now");
    }

    #[tokio::test]
    async fn many_notes_are_thinned_and_never_overstate() {
        let reads = pools();
        let replica = reads.replica.clone().expect("a replica");
        let start = OffsetDateTime::UNIX_EPOCH + 1.days();
        for tick in 0..5_000 {
            reads.note(start + tick.seconds(), tick, false);
        }
        assert!(replica.notes.lock().unwrap().len() <= NOTES);
        replica.is_at(2_500);
        let replayed = *replica.replayed.borrow();
        assert!(replayed <= micros(start + 2_500.seconds()), "{replayed}");
        assert!(replayed > i64::MIN);
    }

    #[tokio::test]
    async fn what_failed_on_the_replica_is_made_anew_from_the_primary() {
        let reads = pools();
        let replica = reads.replica.clone().expect("a replica");
        reads.note(OffsetDateTime::UNIX_EPOCH + 1.days(), 1, true);
        replica.is_at(1);
        let made = reads.depend(async || reads_from(&reads), |from| from == "replica");
        assert_eq!(made.await, "primary");
        replica.is_at(1);
        // It goes away while something waits for it.
        let never = async || match reads_from(&reads).as_str() {
            "replica" => std::future::pending().await,
            other => other.to_owned(),
        };
        let (made, ()) = tokio::join!(reads.depend(never, |_| false), async {
            tokio::task::yield_now().await;
            replica.replayed.send_replace(i64::MIN);
        });
        assert_eq!(made, "primary");
    }
}
