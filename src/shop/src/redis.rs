//! Redis as it may be used here: copies and signals, which may vanish at any time.
//!
//! Nothing in this module returns an error. A call that Redis does not answer within a short deadline is a miss; the
//! connection is then dropped, and calls are misses at once until a task in the background has made a new one. So a
//! Redis that is gone costs nothing, and a frozen one costs the calls under way one deadline.
//!
//! Keys are given without the shop's prefix. The part in braces decides the cluster slot: `{cart:…}:eu`.

use futures::StreamExt;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, Cmd, FromRedisValue, RedisError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::time::{Instant, timeout};

/// Counts calls and connections that failed.
pub const FAILURES: &str = "rialto_redis_failures_total";

/// How Redis is used.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Put before every key.
    pub prefix: String,
    /// How long a call may take.
    pub deadline: Duration,
    /// How long Redis is left alone when it failed twice within that time; also how long connecting may take.
    pub pause: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            prefix: "rialto:".to_owned(),
            deadline: Duration::from_millis(50),
            pause: Duration::from_secs(1),
        }
    }
}

/// A Redis that may be there. Cheap to clone.
#[derive(Clone)]
pub struct Redis(Option<Arc<Link>>);

struct Link {
    client: Client,
    limits: Limits,
    state: Mutex<State>,
}

enum State {
    /// Nobody has asked yet.
    Idle,
    /// A task is connecting.
    Away,
    Connected {
        connection: MultiplexedConnection,
        since: Instant,
    },
}

impl Redis {
    /// The Redis at `url` (`redis://host:port/database`). Connects in the background and never fails: without a URL, or
    /// with one that does not read, every call is a miss.
    pub fn connect(url: Option<&str>) -> Self {
        url.map_or_else(Self::none, |url| Self::with(url, Limits::default()))
    }

    /// The same, with limits of one's own.
    pub fn with(url: &str, limits: Limits) -> Self {
        match Client::open(url) {
            Ok(client) => {
                let link = Arc::new(Link {
                    client,
                    limits,
                    state: Mutex::new(State::Idle),
                });
                // Ahead of the first call, if that can be done here.
                link.connection();
                Self(Some(link))
            }
            Err(error) => {
                tracing::error!(%error, "REDIS_URL does not read; going on without Redis");
                Self::none()
            }
        }
    }

    /// No Redis: every call is a miss.
    pub const fn none() -> Self {
        Self(None)
    }

    /// Whether it is connected now.
    pub fn is_connected(&self) -> bool {
        self.0
            .as_ref()
            .is_some_and(|link| link.connection().is_some())
    }

    /// What is stored under `key`.
    pub async fn get(&self, key: &str) -> Option<Vec<u8>> {
        self.run::<Option<Vec<u8>>>(|prefix| {
            let mut command = redis::cmd("GET");
            command.arg(format!("{prefix}{key}"));
            command
        })
        .await
        .flatten()
    }

    /// What is stored under each of `keys`, in their order; they must share their part in braces.
    pub async fn mget(&self, keys: &[&str]) -> Vec<Option<Vec<u8>>> {
        if keys.is_empty() {
            return Vec::new();
        }
        self.run(|prefix| {
            let mut command = redis::cmd("MGET");
            for key in keys {
                command.arg(format!("{prefix}{key}"));
            }
            command
        })
        .await
        .unwrap_or_else(|| vec![None; keys.len()])
    }

    /// Stores `value` for `ttl` (at least a millisecond).
    pub async fn set_ex(&self, key: &str, value: &[u8], ttl: Duration) {
        self.run::<()>(|prefix| {
            let mut command = redis::cmd("SET");
            command.arg(format!("{prefix}{key}")).arg(value);
            command.arg("PX").arg(milliseconds(ttl));
            command
        })
        .await;
    }

    /// Forgets `keys`; they must share their part in braces.
    pub async fn del(&self, keys: &[&str]) {
        if keys.is_empty() {
            return;
        }
        self.run::<()>(|prefix| {
            let mut command = redis::cmd("UNLINK");
            for key in keys {
                command.arg(format!("{prefix}{key}"));
            }
            command
        })
        .await;
    }

    /// The form `field` of what is stored under `key` with a version ([`Redis::set_newest`]).
    pub async fn get_newest(&self, key: &str, field: &str) -> Option<Vec<u8>> {
        self.run::<Option<Vec<u8>>>(|prefix| {
            let mut command = redis::cmd("HGET");
            command.arg(format!("{prefix}{key}")).arg(field);
            command
        })
        .await
        .flatten()
    }

    /// Stores one form of version `version` of something, unless a later version is there: writers that overtake each
    /// other leave the latest. A later version drops every form of the earlier ones; without a form, that is all it does.
    pub async fn set_newest(
        &self,
        key: &str,
        version: i64,
        form: Option<(&str, &[u8])>,
        ttl: Duration,
    ) {
        const SCRIPT: &str = "\
            local there = tonumber(redis.call('HGET', KEYS[1], 'version') or '-1') \
            local mine = tonumber(ARGV[1]) \
            if there > mine then return 0 end \
            if there < mine then redis.call('DEL', KEYS[1]) end \
            redis.call('HSET', KEYS[1], 'version', ARGV[1]) \
            if ARGV[3] then redis.call('HSET', KEYS[1], ARGV[3], ARGV[4]) end \
            redis.call('PEXPIRE', KEYS[1], ARGV[2]) \
            return 1";
        self.run::<i64>(|prefix| {
            let mut command = redis::cmd("EVAL");
            command.arg(SCRIPT).arg(1).arg(format!("{prefix}{key}"));
            command.arg(version).arg(milliseconds(ttl));
            if let Some((field, value)) = form {
                command.arg(field).arg(value);
            }
            command
        })
        .await;
    }

    /// Sends an empty message to whoever listens to `channel`.
    pub async fn publish(&self, channel: &str) {
        self.run::<i64>(|prefix| {
            let mut command = redis::cmd("PUBLISH");
            command.arg(format!("{prefix}{channel}")).arg("");
            command
        })
        .await;
    }

    /// Calls `heard` for each message on `channel`, and whenever some may have been missed. Goes on until it is dropped; a Redis
    /// that is gone is waited for.
    pub async fn listen(&self, channel: &str, heard: impl Fn()) {
        let Some(link) = &self.0 else {
            return std::future::pending().await;
        };
        let channel = format!("{}{channel}", link.limits.prefix);
        loop {
            let subscribing = async {
                let mut subscription = link.client.get_async_pubsub().await?;
                subscription.subscribe(&channel).await?;
                Ok::<_, RedisError>(subscription)
            };
            if let Ok(Ok(mut subscription)) = timeout(link.limits.pause, subscribing).await {
                heard();
                let mut messages = subscription.on_message();
                while messages.next().await.is_some() {
                    heard();
                }
            }
            tokio::time::sleep(link.limits.pause).await;
        }
    }

    async fn run<T: FromRedisValue>(&self, build: impl FnOnce(&str) -> Cmd) -> Option<T> {
        let link = self.0.as_ref()?;
        let (mut connection, since) = link.connection()?;
        let command = build(&link.limits.prefix);
        let answer = timeout(link.limits.deadline, command.query_async(&mut connection)).await;
        match answer {
            Ok(Ok(value)) => Some(value),
            Ok(Err(error)) => {
                link.lost(since, &error);
                None
            }
            Err(_) => {
                link.lost(since, &"no answer within the deadline");
                None
            }
        }
    }
}

impl Link {
    /// The connection and when it was made; None while there is none. The first to ask begins to connect.
    fn connection(self: &Arc<Self>) -> Option<(MultiplexedConnection, Instant)> {
        let mut state = self.state();
        match &*state {
            State::Connected { connection, since } => Some((connection.clone(), *since)),
            State::Away => None,
            State::Idle => {
                // Outside of a runtime nothing can connect; a later call will.
                if let Ok(runtime) = Handle::try_current() {
                    *state = State::Away;
                    runtime.spawn(reconnect(Arc::downgrade(self), Duration::ZERO));
                }
                None
            }
        }
    }

    /// A call on the connection made at `made` failed: a new one is made, at once the first time, after a pause when this
    /// one did not even last that long.
    fn lost(self: &Arc<Self>, made: Instant, why: &dyn std::fmt::Display) {
        metrics::counter!(FAILURES).increment(1);
        let mut state = self.state();
        if matches!(&*state, State::Connected { since, .. } if *since == made) {
            tracing::warn!(%why, "Redis failed; going on without it");
            *state = State::Away;
            let pause = if made.elapsed() < self.limits.pause {
                self.limits.pause
            } else {
                Duration::ZERO
            };
            tokio::spawn(reconnect(Arc::downgrade(self), pause));
        }
    }

    async fn make(&self) -> Result<MultiplexedConnection, RedisError> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(self.limits.pause))
            .set_response_timeout(Some(self.limits.pause))
            .set_pipeline_buffer_size(1024);
        let mut connection = self
            .client
            .get_multiplexed_async_connection_with_config(&config)
            .await?;
        // A frozen Redis accepts connections too.
        redis::cmd("PING")
            .query_async::<()>(&mut connection)
            .await?;
        Ok(connection)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Connects after `pause`, again and again until it succeeds or nobody needs it any more.
async fn reconnect(link: Weak<Link>, mut pause: Duration) {
    loop {
        tokio::time::sleep(pause).await;
        let Some(link) = link.upgrade() else { return };
        match link.make().await {
            Ok(connection) => {
                let since = Instant::now();
                *link.state() = State::Connected { connection, since };
                tracing::info!("Redis is there");
                return;
            }
            Err(error) => {
                metrics::counter!(FAILURES).increment(1);
                tracing::debug!(%error, "Redis can't be reached");
                pause = link.limits.pause;
            }
        }
    }
}

fn milliseconds(ttl: Duration) -> u64 {
    u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX).max(1)
}
