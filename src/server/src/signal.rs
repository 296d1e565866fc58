//! A word that something changed, so that nobody waits for the next look at PostgreSQL: within this process, and over Redis to
//! the other instances. It says nothing of what changed, and nothing depends on it: PostgreSQL is asked several times a second
//! anyway.

use shop::outbox;
use shop::redis::Redis;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// Many changes in a row are one word.
const BETWEEN: Duration = Duration::from_millis(20);

/// Cheap to clone; all clones are the same.
#[derive(Clone, Default)]
pub struct Signal(Arc<Inner>);

#[derive(Default)]
struct Inner {
    look: Notify,
    tell: Notify,
}

impl Signal {
    /// Something was changed here.
    pub fn changed(&self) {
        self.0.look.notify_one();
        self.0.tell.notify_one();
    }

    /// Looks at PostgreSQL without waiting for the next time.
    pub fn look(&self) {
        self.0.look.notify_one();
    }

    /// Until something may have changed, here or elsewhere.
    pub async fn heard(&self) {
        self.0.look.notified().await;
        tokio::time::sleep(BETWEEN).await;
    }

    /// Passes the word to and from the other instances, until `stop`.
    pub async fn pass_on(self, redis: Redis, stop: CancellationToken) {
        let telling = async {
            loop {
                self.0.tell.notified().await;
                redis.publish(outbox::CHANNEL).await;
                tokio::time::sleep(BETWEEN).await;
            }
        };
        let listening = redis.listen(outbox::CHANNEL, || self.0.look.notify_one());
        tokio::select! {
            () = telling => {}
            () = listening => {}
            () = stop.cancelled() => {}
        }
    }
}

/// How long a command waits for Redis to say that something changed.
const WORTH: Duration = Duration::from_millis(200);

/// Says that something changed, for a command that ends here; if Redis is there.
pub async fn tell(redis_url: Option<&str>) {
    if redis_url.is_none() {
        return;
    }
    let redis = Redis::connect(redis_url);
    let connecting = async {
        while !redis.is_connected() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        redis.publish(outbox::CHANNEL).await;
    };
    let _ = tokio::time::timeout(WORTH, connecting).await;
}
