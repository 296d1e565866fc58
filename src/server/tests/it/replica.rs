//! Pages read from a streaming replica: never something older than what was announced, never older than what the shopper did,
//! and from the primary when it is behind or away.

use crate::browser::{Answer, Shopper};
use crate::world::{
    Database, Folder, Redis, Server, Simulator, WEBHOOK_SECRET, eventually, fixture, rialto_with,
};
use serde_json::{Value, json};
use sqlx::PgPool;
use xtask::services;

/// A shop whose PostgreSQL has a replica.
struct Pair {
    server: Server,
    _simulator: Simulator,
    _redis: Redis,
    primary: PgPool,
    replica: PgPool,
    urls: (String, String),
    second: services::Postgres,
    _first: services::Postgres,
    _unused: Database,
    folder: Folder,
    _data: services::Folder,
}

impl Pair {
    async fn start() -> Self {
        let data = services::Folder::throwaway().expect("a folder for PostgreSQL");
        let first = services::Postgres::start(&data, services::Durability::Throwaway);
        let first = first.expect("a PostgreSQL of the test's own");
        let url = first.database("rialto").expect("a database");
        let folder = Folder::new();
        let env = [("DATABASE_URL", url.as_str())];
        rialto_with(&folder, &["migrate"], &env).must();
        rialto_with(&folder, &["import", &fixture("catalogue.csv")], &env).must();
        let second = first.replica(&data).expect("a replica");
        let second_url = second.url("rialto");
        let redis = Redis::start(&folder);
        let simulator = Simulator::start(&folder, WEBHOOK_SECRET);
        let unused = Database::create().await;
        let settings = [
            ("DATABASE_URL", url.clone()),
            ("DATABASE_READ_URL", second_url.clone()),
            ("RIALTO_DATABASE_CONNECTIONS", "6".to_owned()),
        ];
        let server = Server::start(&folder, &unused, &redis, &simulator, &settings);
        let pool = async |url: &str| PgPool::connect(url).await.expect("both answer");
        Self {
            server,
            _simulator: simulator,
            _redis: redis,
            primary: pool(&url).await,
            replica: pool(&second_url).await,
            urls: (url, second_url),
            second,
            _first: first,
            _unused: unused,
            folder,
            _data: data,
        }
    }

    fn shopper(&self) -> Shopper {
        Shopper::new(&self.server.origin)
    }

    /// Waits until pages are read from the replica, or are not.
    async fn until_replica_serves(&self, serves: bool) {
        let wanted = format!("rialto_replica_serves {}", u8::from(serves));
        eventually(&wanted, async || {
            let figures = self.shopper().get("/metrics").await.expect(200);
            figures.text().lines().any(|line| line == wanted)
        })
        .await;
    }

    /// Holds the replica where it is, or lets it go on.
    async fn pause(&self, is_paused: bool) {
        let statement = if is_paused {
            "SELECT pg_wal_replay_pause()"
        } else {
            "SELECT pg_wal_replay_resume()"
        };
        sqlx::query(statement)
            .execute(&self.replica)
            .await
            .expect("a replica");
        if is_paused {
            eventually("the replica is paused", async || {
                let state = "SELECT pg_get_wal_replay_pause_state()";
                let state: String = sqlx::query_scalar(state)
                    .fetch_one(&self.replica)
                    .await
                    .unwrap();
                state == "paused"
            })
            .await;
        }
    }

    /// The server's sessions: on the primary, on the replica.
    async fn sessions(&self) -> (i64, i64) {
        const COUNT: &str = "SELECT count(*) FROM pg_stat_activity
            WHERE datname = 'rialto' AND backend_type = 'client backend' AND pid <> pg_backend_pid()";
        let on = async |db: &PgPool| {
            sqlx::query_scalar::<_, i64>(COUNT)
                .fetch_one(db)
                .await
                .unwrap()
        };
        (on(&self.primary).await, on(&self.replica).await)
    }
}

#[tokio::test]
async fn pages_come_from_the_replica_but_never_from_before_a_change() {
    let mut pair = Pair::start().await;
    let shopper = pair.shopper();
    pair.until_replica_serves(true).await;
    let vase = "/en-eu/product/dogana-vase";
    shopper.get(vase).await.expect(200).says("€19.99");
    // The stock is asked for anew each time: the server's pool has sessions on the replica once it was asked there.
    let ids = "SELECT id::text FROM product WHERE slug = 'dogana-vase'";
    let product: String = sqlx::query_scalar(ids)
        .fetch_one(&pair.primary)
        .await
        .unwrap();
    eventually("the replica is asked", async || {
        let asked = json!({ "storefront": "en-eu", "product": product });
        shopper.call("/api/product/stock", asked).await.expect(200);
        let sessions = "SELECT count(*) FROM pg_stat_activity WHERE datname = 'rialto' AND query LIKE '%variant%'
                        AND pid <> pg_backend_pid()";
        sqlx::query_scalar::<_, i64>(sessions).fetch_one(&pair.replica).await.unwrap() > 0
    })
    .await;

    // The replica falls behind, and the price changes.
    pair.pause(true).await;
    let file = pair.folder.path().join("changed.csv");
    let catalogue = std::fs::read_to_string(fixture("catalogue.csv")).unwrap();
    std::fs::write(&file, catalogue.replace(",19.99,", ",21.49,")).unwrap();
    let env = [("DATABASE_URL", pair.urls.0.as_str())];
    rialto_with(&pair.folder, &["import", &file.to_string_lossy()], &env).must();
    eventually("the new price is shown", async || {
        shopper
            .get(vase)
            .await
            .expect(200)
            .words()
            .contains("€21.49")
    })
    .await;
    pair.until_replica_serves(false).await;
    // Also where no page was kept before.
    shopper
        .get("/de-eu/product/dogana-vase")
        .await
        .expect(200)
        .says("21,49");
    pair.pause(false).await;
    pair.until_replica_serves(true).await;
    shopper.get(vase).await.expect(200).says("€21.49");

    let (first, second) = pair.sessions().await;
    // Twelve of the two pools, two that follow, and what this test keeps open.
    assert!(first <= 6 + 1 + 10, "{first} sessions on the primary");
    assert!(second <= 6 + 1 + 10, "{second} sessions on the replica");

    // The replica is gone: nobody notices.
    pair.second.kill().expect("a kill");
    for path in [
        "/en-eu/product/calle-mug",
        "/en-eu/category/living",
        "/en-eu/",
    ] {
        shopper.get(path).await.expect(200);
    }
    pair.until_replica_serves(false).await;
    shopper.get("/en-eu/product/one-left").await.expect(200);
}

/// Whether its product can't be put into the bag.
fn is_sold_out(page: &Answer) -> bool {
    page.form("/cart/lines")
        .buttons
        .iter()
        .all(|button| !button.2)
}

#[tokio::test]
async fn whoever_bought_the_last_one_sees_that_it_is_gone() {
    let pair = Pair::start().await;
    let shopper = pair.shopper();
    pair.until_replica_serves(true).await;
    let path = "/en-eu/product/one-left";
    let page = shopper.get(path).await.expect(200);
    assert!(!is_sold_out(&page), "{page}");
    let ids = "SELECT product.id::text, variant.id::text FROM product JOIN variant ON product_id = product.id WHERE sku = 'ONE-LEFT'";
    let (product, variant): (String, String) =
        sqlx::query_as(ids).fetch_one(&pair.primary).await.unwrap();
    pair.pause(true).await;
    shopper.add(&variant, 1).await;
    shopper.place_as_ada().await;
    // At once, on the first look, whatever this instance has heard by then.
    let page = shopper.get(path).await.expect(200);
    assert!(is_sold_out(&page), "{page}");
    let stock = async |shopper: &Shopper| -> Value {
        let asked = json!({ "storefront": "en-eu", "product": product });
        shopper
            .call("/api/product/stock", asked)
            .await
            .expect(200)
            .json()
    };
    let told = stock(&shopper).await.to_string();
    assert!(told.to_lowercase().contains("sold"), "{told}");
    // And others soon do.
    let other = pair.shopper();
    eventually("others see it", async || {
        other
            .get(path)
            .await
            .expect(200)
            .words()
            .contains("Sold out")
    })
    .await;
}
