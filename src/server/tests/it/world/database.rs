//! A database of the test's own on the server of `DATABASE_URL`.

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection, PgConnection, PgPool};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

/// Dropped with the test.
pub struct Database {
    name: String,
}

/// Databases of runs that were killed are dropped by a later run, when they are older than this.
const STALE: Duration = Duration::from_secs(2 * 60 * 60);

impl Database {
    /// An empty one.
    pub async fn create() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let mut db = PgConnection::connect_with(&server()).await.unwrap_or_else(|error| {
            panic!("these tests need a PostgreSQL where databases may be created (DATABASE_URL): {error}")
        });
        let now = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap()
            .as_secs();
        if count == 0 {
            drop_stale(&mut db, now).await;
        }
        let name = format!("rialto_it_{now}_{}_{count}", std::process::id());
        run(&mut db, format!("CREATE DATABASE {name}"))
            .await
            .expect("a database of one's own");
        Self { name }
    }

    /// Its URL, as settings take it.
    pub fn url(&self) -> String {
        self.url_at(
            &address()
                .split_once(['?', '#'])
                .map_or_else(address, |(url, _)| url.to_owned()),
        )
    }

    /// The URL that servers get: with `RIALTO_TEST_POOLER`, a host and port, behind the PgBouncer that listens there for the same
    /// PostgreSQL (`cargo xtask pooler`).
    pub fn url_of_servers(&self) -> String {
        match std::env::var("RIALTO_TEST_POOLER") {
            Ok(pooler) => self.url_by(&pooler),
            Err(_) => self.url(),
        }
    }

    /// The same behind another host and port: `127.0.0.1:1234`.
    pub fn url_by(&self, host: &str) -> String {
        let options = server();
        let password = address()
            .split_once("://")
            .and_then(|(_, rest)| rest.split_once('@'))
            .and_then(|(user, _)| {
                user.split_once(':')
                    .map(|(_, password)| format!(":{password}"))
            })
            .unwrap_or_default();
        format!(
            "postgres://{}{password}@{host}/{}",
            options.get_username(),
            self.name
        )
    }

    fn url_at(&self, server: &str) -> String {
        let (base, _) = server
            .rsplit_once('/')
            .filter(|(base, _)| base.contains("://") && !base.ends_with('/'))
            .unwrap_or((server, ""));
        format!("{base}/{}", self.name)
    }

    /// Where the server listens: `127.0.0.1:5432`.
    pub fn host() -> String {
        let options = server();
        format!("{}:{}", options.get_host(), options.get_port())
    }

    /// A few connections to it.
    pub async fn pool(&self) -> PgPool {
        PgPoolOptions::new()
            .max_connections(3)
            .connect_with(server().database(&self.name))
            .await
            .expect("the test's database")
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let statement = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        // The test's own runtime can't be waited for here.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            runtime.block_on(async {
                let mut db = PgConnection::connect_with(&server())
                    .await
                    .map_err(std::io::Error::other)?;
                run(&mut db, statement).await.map_err(std::io::Error::other)
            })
        });
        match dropping.join() {
            Ok(Ok(())) => {}
            Ok(Err(error)) => eprintln!("the database {} was not dropped: {error}", self.name),
            Err(_) => eprintln!("the database {} was not dropped", self.name),
        }
    }
}

fn address() -> String {
    std::env::var("DATABASE_URL")
        .expect("DATABASE_URL: a PostgreSQL server on which databases may be created")
}

fn server() -> PgConnectOptions {
    address().parse().expect("DATABASE_URL is a PostgreSQL URL")
}

async fn drop_stale(db: &mut PgConnection, now: u64) {
    let names: Vec<String> =
        sqlx::query_scalar("SELECT datname FROM pg_database WHERE datname LIKE 'rialto\\_it\\_%'")
            .fetch_all(&mut *db)
            .await
            .unwrap_or_default();
    for name in names {
        let made = name
            .split('_')
            .nth(2)
            .and_then(|made| made.parse::<u64>().ok());
        if made.is_some_and(|made| made + STALE.as_secs() < now) {
            let _ = run(db, format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
        }
    }
}

async fn run(db: &mut PgConnection, statement: String) -> sqlx::Result<()> {
    sqlx::raw_sql(AssertSqlSafe(statement))
        .execute(db)
        .await
        .map(|_| ())
}
