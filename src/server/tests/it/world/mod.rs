//! A world for one test: a fresh database, a Redis, a payment provider, and the shop itself.

mod database;
mod process;
mod redis;
mod shop;
mod simulator;
mod snapshot;

pub use database::Database;
pub use process::{Folder, Process};
pub use redis::Redis;
pub use shop::{Ran, Server, rialto, rialto_with};
pub use simulator::{KEY as PROVIDERS_KEY, Simulator};
pub use snapshot::snapshot;

use crate::browser::Shopper;
use sqlx::PgPool;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// How long anything that must happen may take.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// The secret that the provider signs webhooks with, and the shop knows.
pub const WEBHOOK_SECRET: &str = "whsec_for_tests";

/// Everything that a test needs. Its parts end in this order.
pub struct World {
    pub server: Server,
    pub simulator: Simulator,
    pub redis: Redis,
    pub db: PgPool,
    pub database: Database,
    pub folder: Folder,
}

/// How a world differs from the usual one.
#[derive(Default)]
pub struct Plan {
    /// Settings of the server, over the usual ones.
    pub settings: Vec<(&'static str, String)>,
    /// What is put into the database after the catalogue, before the server starts: statements.
    pub prepare: Vec<String>,
    /// Whether the provider is not told where webhooks go.
    pub without_webhooks: bool,
}

impl World {
    /// The usual one: the fixture's catalogue, everything well.
    pub async fn start() -> Self {
        Self::with(Plan::default()).await
    }

    /// Waits until the search index answers, as it does in a shop; until then PostgreSQL does.
    pub async fn index_serves(&self) {
        eventually("the search index serves", async || {
            let log = self.server.process.log();
            log.iter()
                .any(|line| line["message"] == "the search index serves")
        })
        .await;
    }

    pub async fn with(plan: Plan) -> Self {
        let folder = Folder::new();
        let database = Database::create().await;
        rialto(&folder, &database, &["migrate"]).must();
        rialto(&folder, &database, &["import", &fixture("catalogue.csv")]).must();
        let db = database.pool().await;
        let archived =
            "UPDATE product SET status = 'archived' WHERE slug = 'no-longer-made'".to_owned();
        for statement in std::iter::once(archived).chain(plan.prepare) {
            sqlx::raw_sql(sqlx::AssertSqlSafe(statement))
                .execute(&db)
                .await
                .expect("the world's own rows");
        }
        let redis = Redis::start(&folder);
        let simulator = Simulator::start(&folder, WEBHOOK_SECRET);
        let server = Server::start(&folder, &database, &redis, &simulator, &plan.settings);
        if !plan.without_webhooks {
            simulator.send_webhooks_to(&server).await;
        }
        Self {
            server,
            simulator,
            redis,
            db,
            database,
            folder,
        }
    }

    /// Another instance of the same shop.
    pub fn another_server(&self, settings: &[(&'static str, String)]) -> Server {
        Server::start(
            &self.folder,
            &self.database,
            &self.redis,
            &self.simulator,
            settings,
        )
    }

    /// Someone who has never been here.
    pub fn shopper(&self) -> Shopper {
        Shopper::new(&self.server.origin)
    }

    /// The id of the variant with that SKU.
    pub async fn variant(&self, sku: &str) -> String {
        self.one(
            "SELECT id::text FROM variant WHERE sku = $1 AND retired_at IS NULL",
            sku,
        )
        .await
    }

    /// The one text that a query finds for one parameter.
    pub async fn one(&self, query: &'static str, parameter: &str) -> String {
        sqlx::query_scalar::<_, String>(query)
            .bind(parameter)
            .fetch_one(&self.db)
            .await
            .unwrap_or_else(|error| panic!("{query} with {parameter:?}: {error}"))
    }

    /// The number that a query finds.
    pub async fn count(&self, query: &'static str) -> i64 {
        sqlx::query_scalar::<_, i64>(query)
            .fetch_one(&self.db)
            .await
            .unwrap_or_else(|error| panic!("{query}: {error}"))
    }

    /// What there is of a SKU: on hand, held, sold.
    pub async fn stock(&self, sku: &str) -> (i64, i64, i64) {
        sqlx::query_as(
            "SELECT on_hand, held, sold FROM stock JOIN variant ON variant.id = stock.variant_id
             WHERE sku = $1 AND retired_at IS NULL",
        )
        .bind(sku)
        .fetch_one(&self.db)
        .await
        .unwrap_or_else(|error| panic!("the stock of {sku}: {error}"))
    }

    /// Waits until the order of that number is in that state.
    pub async fn until_order_is(&self, number: &str, state: &str) {
        eventually(&format!("order {number} is {state}"), async || {
            self.one("SELECT state FROM orders WHERE number = $1", number)
                .await
                == state
        })
        .await;
    }

    /// Waits until no job is left to do, and asserts that none failed for good.
    pub async fn until_jobs_are_done(&self) {
        eventually("no job is left", async || {
            self.count("SELECT count(*) FROM job WHERE state = 'waiting'")
                .await
                == 0
        })
        .await;
        assert_eq!(
            self.count("SELECT count(*) FROM job WHERE state = 'parked'")
                .await,
            0,
            "a job failed for good"
        );
    }

    /// The mails that were sent: the text form of each.
    pub fn mails(&self) -> Vec<String> {
        files(&self.folder.path().join("mail"), "txt")
    }

    /// Everything of weight in the shop's database, as text: what must not differ when nothing may have changed.
    pub async fn snapshot(&self) -> String {
        snapshot(&self.db).await
    }
}

/// The content of each file with that extension, in the order of the names.
pub fn files(folder: &std::path::Path, extension: &str) -> Vec<String> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .map(|entries| {
            entries
                .filter_map(|entry| Some(entry.ok()?.path()))
                .collect()
        })
        .unwrap_or_default();
    paths.retain(|path| path.extension().is_some_and(|found| found == extension));
    paths.sort();
    paths
        .iter()
        .filter_map(|path| std::fs::read_to_string(path).ok())
        .collect()
}

/// The path of a file in `tests/fixtures`.
pub fn fixture(name: &str) -> String {
    format!("{}/tests/fixtures/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// Asks until it is so; fails when it does not become so for a long time.
pub async fn eventually(what: &str, so: impl AsyncFnMut() -> bool) {
    within(PATIENCE, what, so).await;
}

/// The same with a deadline of its own.
pub async fn within(patience: Duration, what: &str, mut so: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + patience;
    while !so().await {
        assert!(Instant::now() < deadline, "not in time: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
