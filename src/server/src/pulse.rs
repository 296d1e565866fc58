//! Whether PostgreSQL answers. One task asks it several times a second; all requests go by what that task heard, so that a
//! database that stands still costs none of them a wait of its own.

use std::future::Future;
use time::OffsetDateTime;
use tokio::sync::watch;

/// What was heard last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beat {
    /// It answers.
    Steady,
    /// The last question failed; the next one may not.
    Unsure,
    /// Nothing was heard for so long that nobody should wait for it.
    Lost,
}

/// Cheap to clone; all clones tell the same.
#[derive(Clone)]
pub struct Pulse {
    beat: watch::Sender<Beat>,
    /// Everything that had committed by then was heard of and acted on.
    heard: watch::Sender<OffsetDateTime>,
}

impl Default for Pulse {
    fn default() -> Self {
        Self {
            beat: watch::Sender::new(Beat::Steady),
            heard: watch::Sender::new(OffsetDateTime::UNIX_EPOCH),
        }
    }
}

impl Pulse {
    pub fn beat(&self) -> Beat {
        *self.beat.borrow()
    }

    /// What was heard; whether that is news.
    pub fn set(&self, beat: Beat) -> bool {
        self.beat
            .send_if_modified(|heard| std::mem::replace(heard, beat) != beat)
    }

    /// Everything that had committed by `at`, on PostgreSQL's clock, was acted on.
    pub fn acted_on(&self, at: OffsetDateTime) {
        self.heard.send_replace(at);
    }

    /// Whether everything that had committed by `at` was acted on here.
    pub fn has_heard(&self, at: OffsetDateTime) -> bool {
        *self.heard.borrow() >= at
    }

    /// Until it was.
    pub async fn heard(&self, at: OffsetDateTime) {
        // Its sender lives as long as this does.
        let _ = self.heard.subscribe().wait_for(|heard| *heard >= at).await;
    }

    /// Does `work` while PostgreSQL answers. None once it does not: the work is dropped where it stands.
    pub async fn lasting<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let mut heard = self.beat.subscribe();
        tokio::select! {
            biased;
            _ = heard.wait_for(|beat| *beat == Beat::Lost) => None,
            done = work => Some(done),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_ends_with_the_pulse_and_none_is_begun_without() {
        let pulse = Pulse::default();
        assert_eq!(pulse.lasting(async { 1 }).await, Some(1));
        pulse.set(Beat::Unsure);
        assert_eq!(pulse.lasting(async { 2 }).await, Some(2));
        let (waiting, losing) = tokio::join!(pulse.lasting(std::future::pending::<()>()), async {
            pulse.set(Beat::Lost)
        });
        assert!(waiting.is_none() && losing);
        assert!(!pulse.set(Beat::Lost), "no news");
        assert_eq!(pulse.lasting(async { 3 }).await, None);
        pulse.set(Beat::Steady);
        assert_eq!(pulse.lasting(async { 4 }).await, Some(4));
    }
}
