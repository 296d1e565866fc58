//! PostgreSQL and Redis: those that `DATABASE_URL` and `REDIS_URL` name, else private ones.

pub mod folder;
pub mod postgres;
pub mod redis;

pub use folder::Folder;
pub use postgres::{Durability, Postgres};
pub use redis::Redis;

use crate::process;
use anyhow::{Result, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::io::Write;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, ExitStatus};

/// The services one command works with. Dropped, the private ones stop.
pub struct Services {
    /// Of the database to serve from.
    pub database_url: String,
    pub redis_url: String,
    postgres: Option<Postgres>,
    redis: Option<Redis>,
    /// Last: it is released once the services have stopped.
    pub folder: Folder,
}

impl Services {
    /// What `run` and `dev` use: the named services, else the checkout's own with their data kept.
    /// The folder is [`Folder::private`], held since before anything was built.
    pub fn named_or_private(folder: Folder) -> Result<Self> {
        let named = |variable: &str| std::env::var(variable).ok().filter(|url| !url.is_empty());
        Self::assemble(
            folder,
            Durability::Kept,
            named("DATABASE_URL"),
            named("REDIS_URL"),
            "rialto",
        )
    }

    /// What `test` and `prepare` use: new and empty, whatever the environment names, for tests drop databases.
    pub fn throwaway(database: &str) -> Result<Self> {
        Self::assemble(
            Folder::throwaway()?,
            Durability::Throwaway,
            None,
            None,
            database,
        )
    }

    /// What `bench` uses: new and empty like [`Services::throwaway`], but as durable as `run`'s.
    pub fn measured() -> Result<Self> {
        Self::assemble(Folder::throwaway()?, Durability::Kept, None, None, "rialto")
    }

    fn assemble(
        folder: Folder,
        durability: Durability,
        database_url: Option<String>,
        redis_url: Option<String>,
        database: &str,
    ) -> Result<Self> {
        let (database_url, postgres) = match database_url {
            Some(url) => (url, None),
            None => {
                let postgres = Postgres::start(&folder, durability)?;
                (postgres.database(database)?, Some(postgres))
            }
        };
        let (redis_url, redis) = match redis_url {
            Some(url) => (url, None),
            None => {
                let redis = Redis::start(&folder)?;
                (redis.url.clone(), Some(redis))
            }
        };
        Ok(Self {
            database_url,
            redis_url,
            postgres,
            redis,
            folder,
        })
    }

    /// The private PostgreSQL, to be killed.
    pub fn postgres_mut(&mut self) -> Option<&mut Postgres> {
        self.postgres.as_mut()
    }

    /// The private Redis, to be killed.
    pub fn redis_mut(&mut self) -> Option<&mut Redis> {
        self.redis.as_mut()
    }

    /// Starts the private PostgreSQL again after it was killed.
    pub fn start_postgres_again(&mut self) -> Result<()> {
        let again = |postgres: &mut Postgres| postgres.start_again(&self.folder);
        self.postgres.as_mut().map_or(Ok(()), again)
    }

    /// Starts the private Redis again after it was killed.
    pub fn start_redis_again(&mut self) -> Result<()> {
        let again = |redis: &mut Redis| redis.start_again(&self.folder);
        self.redis.as_mut().map_or(Ok(()), again)
    }

    /// The private PostgreSQL, unless `DATABASE_URL` named another.
    pub fn postgres(&self) -> Option<&Postgres> {
        self.postgres.as_ref()
    }

    /// `own PostgreSQL and Redis`, or whose.
    pub fn describe(&self) -> &'static str {
        match (&self.postgres, &self.redis) {
            (Some(_), Some(_)) => "private to this checkout",
            (Some(_), None) => "own PostgreSQL, Redis from REDIS_URL",
            (None, Some(_)) => "PostgreSQL from DATABASE_URL, own Redis",
            (None, None) => "from DATABASE_URL and REDIS_URL",
        }
    }

    /// Errs when a private service has ended by itself.
    pub fn check(&mut self) -> Result<()> {
        self.postgres.as_mut().map_or(Ok(()), Postgres::check)?;
        self.redis.as_mut().map_or(Ok(()), Redis::check)
    }
}

/// A long-running child with a log in the data folder. Dropped, it is stopped.
pub struct Service {
    name: String,
    child: Child,
    signal: Signal,
    log: std::path::PathBuf,
}

impl Service {
    /// Starts the command; `signal` is what ends it well.
    pub fn start(
        name: &str,
        command: &mut Command,
        signal: Signal,
        folder: &Folder,
    ) -> Result<Self> {
        process::go_on()?;
        let log = folder.log(name)?;
        command.stdout(log.try_clone()?).stderr(log);
        let child = process::spawn(command)?;
        let service = Self {
            name: name.to_owned(),
            child,
            signal,
            log: folder.join(&format!("{name}.log")),
        };
        folder.remember(name, service.child.id())?;
        Ok(service)
    }

    /// Writes to its standard input and closes it.
    pub fn tell(&mut self, text: &str) -> Result<()> {
        if let Some(mut input) = self.child.stdin.take() {
            input.write_all(text.as_bytes())?;
        }
        Ok(())
    }

    /// How it ended, if it did.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Errs with the end of its log when it has ended by itself.
    pub fn check(&mut self) -> Result<()> {
        match self.ended()? {
            None => Ok(()),
            Some(status) => bail!(
                "{}\n{} ended ({status}); its log: {}",
                tail(&self.log),
                self.name,
                self.log.display()
            ),
        }
    }

    pub fn log(&self) -> &Path {
        &self.log
    }

    /// Kills it at once (SIGKILL), and it alone: its children find out by themselves.
    pub fn kill(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Sends a signal to it and to the processes it has started: SIGSTOP and SIGCONT.
    pub fn signal_all(&self, signal: Signal) {
        let own = Pid::from_raw(self.pid().cast_signed());
        let _ = kill(own, signal);
        for pid in process::children(self.pid()) {
            let _ = kill(Pid::from_raw(pid.cast_signed()), signal);
        }
    }

    /// Its process, for who measures it.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            // One that is frozen could not stop.
            self.signal_all(Signal::SIGCONT);
        }
        process::stop(&mut self.child, self.signal);
    }
}

/// A loopback port that nobody listens on at this moment.
pub fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// The last lines of a log.
pub fn tail(log: &Path) -> String {
    let text = std::fs::read(log)
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}
