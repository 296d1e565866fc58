//! A shop for tests: its own database and Redis keys, a clock that stands until it is set, seeded randomness, a payment
//! provider and mails one can look at. It fails the test that leaves jobs waiting.
//!
//! Tests may panic: a failure here is a failed test.

mod payments;
mod product;
mod redis_server;
mod sql;
mod time_and_chance;

pub use payments::{Unreachable, patient};
pub use product::{ProductBuilder, TestProduct};
pub use redis_server::RedisServer;
pub use time_and_chance::{SeededRandom, TestClock};

use crate::catalog::Cards;
use crate::customer::{Session, begin_session};
use crate::fulfilment::Carrier;
use crate::market::Markets;
use crate::media::{Media, Store};
use crate::notification::Mailer;
use crate::payment::{self, PaymentProvider, Payments, Routes};
use crate::redis::{Limits, Redis};
use crate::{Caller, Parts, Shop, cart};
use domain::cart::{CartChange, CartCommand, CartView, Quantity};
use domain::{CommandId, Storefront, VariantId};
use sqlx::{Connection, PgConnection, PgPool};
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// The shop of one test.
pub struct TestShop {
    shop: Shop,
    pub clock: Arc<TestClock>,
    /// Where its mails go: `<time>-<event>.eml`, `.html` and `.txt`.
    pub mail_folder: PathBuf,
    checks_jobs: bool,
}

/// A [`TestShop`] being set up.
pub struct Setup {
    db: PgPool,
    redis: Option<Redis>,
    providers: Vec<Arc<dyn PaymentProvider>>,
    routes: Routes,
    methods: payment::Methods,
    limits: payment::Limits,
    mailer: Option<Mailer>,
    carrier: Option<Arc<dyn Carrier>>,
    media: Media,
    cards: Cards,
    seed: u64,
}

impl TestShop {
    /// A shop over the test's database and the Redis of `REDIS_URL`.
    pub async fn new(db: PgPool) -> Self {
        Self::build(db).start().await
    }

    /// The same, to be set up first: `TestShop::build(db).without_redis().start().await`.
    pub fn build(db: PgPool) -> Setup {
        Setup {
            db,
            redis: None,
            providers: vec![Arc::new(Unreachable)],
            routes: Routes::default(),
            methods: payment::Methods::default(),
            limits: patient(),
            mailer: None,
            carrier: None,
            media: Media::new(Store::memory(), None),
            cards: Cards::default(),
            seed: 1,
        }
    }

    /// The shop itself, to be handed to what runs beside the test.
    pub fn shop(&self) -> Shop {
        self.shop.clone()
    }

    /// A product to be put on sale: `shop.product("calle-mug").price(2400).stock(10).await`.
    pub fn product(&self, slug: &str) -> ProductBuilder<'_> {
        ProductBuilder::new(self, slug)
    }

    /// Someone's first visit.
    pub async fn guest(&self) -> Session {
        let (_, session) = begin_session(&self.shop, None).await.expect("a session");
        session
    }

    /// That shopper, asking for something.
    pub fn caller(&self, session: &Session) -> Caller {
        session.caller("test", Some("test-trace".to_owned()))
    }

    /// English, in the euro market.
    pub fn eu(&self) -> Storefront {
        "en-eu".parse().expect("a storefront")
    }

    /// English, in the United States.
    pub fn us(&self) -> Storefront {
        "en-us".parse().expect("a storefront")
    }

    /// A command that nobody gave before.
    pub fn command(&self, change: CartChange) -> CartCommand {
        CartCommand {
            command: CommandId(self.random.id(self.clock.time())),
            change,
        }
    }

    /// That shopper puts `count` of a variant into the bag of the euro market.
    pub async fn add(&self, session: &Session, variant: VariantId, count: u32) -> CartView {
        let quantity = Quantity::new(count).expect("1 to 99");
        let command = self.command(CartChange::AddLine { variant, quantity });
        let caller = self.caller(session);
        cart::change(&self.shop, &caller, session, &self.eu(), command)
            .await
            .expect("the line is added")
    }

    /// From now on `count` of a variant lie on the shelf.
    pub async fn set_stock(&self, variant: VariantId, count: i64) {
        sql::set_stock(&self.db, variant, count)
            .await
            .expect("the stock is set");
    }

    /// From now on a variant costs so many minor units in a market.
    pub async fn set_price(&self, variant: VariantId, market: &str, minor: i64) {
        sql::set_price(&self.db, variant, market, minor, None)
            .await
            .expect("the price is set");
    }

    /// This test is about jobs, and may leave some waiting.
    pub fn leave_jobs(&mut self) {
        self.checks_jobs = false;
    }
}

impl Deref for TestShop {
    type Target = Shop;
    fn deref(&self) -> &Shop {
        &self.shop
    }
}

impl Setup {
    /// No Redis at all.
    pub fn without_redis(self) -> Self {
        self.redis(Redis::none())
    }

    pub fn redis(mut self, redis: Redis) -> Self {
        self.redis = Some(redis);
        self
    }

    /// One payment provider.
    pub fn payments(self, provider: Arc<dyn PaymentProvider>) -> Self {
        self.providers(vec![provider])
    }

    /// Several, in the order in which they are asked.
    pub fn providers(mut self, providers: Vec<Arc<dyn PaymentProvider>>) -> Self {
        self.providers = providers;
        self
    }

    /// Which of them is asked first, by market: `us: paypal, stripe`.
    pub fn routes(mut self, routes: &str) -> Self {
        self.routes = routes.parse().expect("routes");
        self
    }

    /// What each of them takes: `stripe: card; paypal: paypal`.
    pub fn methods(mut self, methods: &str) -> Self {
        self.methods = methods.parse().expect("methods");
        self
    }

    /// How they are waited for.
    pub fn limits(mut self, limits: payment::Limits) -> Self {
        self.limits = limits;
        self
    }

    pub fn mailer(mut self, mailer: Mailer) -> Self {
        self.mailer = Some(mailer);
        self
    }

    /// Who sells labels and follows parcels; nobody otherwise.
    pub fn carrier(mut self, carrier: Arc<dyn Carrier>) -> Self {
        self.carrier = Some(carrier);
        self
    }

    /// Where pictures are kept, and whether they are fetched; in memory and not otherwise.
    pub fn media(mut self, media: Media) -> Self {
        self.media = media;
        self
    }

    /// Another sequence of ids and secrets; two shops over one database need different ones.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Cards that are kept; none otherwise.
    pub fn cards(mut self, cards: Cards) -> Self {
        self.cards = cards;
        self
    }

    pub async fn start(self) -> TestShop {
        let redis = match self.redis {
            Some(redis) => redis,
            None => connect(&redis_url()).await,
        };
        let mail_folder = std::env::temp_dir().join(format!("rialto-test-{}", Uuid::now_v7()));
        let mailer = self.mailer.unwrap_or_else(|| {
            Mailer::folder(&mail_folder, "Rialto <shop@rialto.example>").expect("a mailer")
        });
        let clock = Arc::new(TestClock::default());
        let markets = Markets::load(&self.db).await.expect("the markets");
        let shop = Shop::new(Parts {
            read: crate::read::Reads::primary(self.db.clone()),
            db: self.db,
            redis,
            clock: clock.clone(),
            random: Arc::new(SeededRandom::new(self.seed)),
            markets,
            guides: crate::catalog::Guides::default(),
            cards: self.cards,
            long_carts: cart::LongCarts::default(),
            holds: crate::inventory::Holds::default(),
            payments: Payments::new(self.providers, self.routes, &self.limits)
                .expect("payment providers")
                .taking(self.methods),
            search: crate::search::Search::keeping(16),
            searches: crate::search::log::Log::default(),
            mailer,
            carrier: self.carrier,
            media: self.media,
            public_url: "https://rialto.example".to_owned(),
        });
        TestShop {
            shop,
            clock,
            mail_folder,
            checks_jobs: true,
        }
    }
}

/// The Redis that tests use.
///
/// # Panics
/// When `REDIS_URL` is not set.
pub fn redis_url() -> String {
    std::env::var("REDIS_URL")
        .expect("tests need a Redis: set REDIS_URL, for example redis://127.0.0.1:6379")
}

/// A connected Redis with keys of its own and a deadline that a busy machine keeps.
///
/// # Panics
/// When it is not connected within ten seconds.
pub async fn connect(url: &str) -> Redis {
    let limits = Limits {
        prefix: format!("rialto-test-{}:", Uuid::now_v7()),
        deadline: Duration::from_secs(5),
        pause: Duration::from_millis(50),
    };
    let redis = Redis::with(url, limits);
    until(&format!("the Redis at {url} answers"), async || {
        redis.is_connected()
    })
    .await;
    redis
}

/// Waits for `condition`, which is asked again and again.
///
/// # Panics
/// When it does not hold within a minute: then `what` did not happen.
pub async fn until(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !condition().await {
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "not in time: {what}"
        );
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

impl Drop for TestShop {
    fn drop(&mut self) {
        // Mails may never have been sent.
        let _ = std::fs::remove_dir_all(&self.mail_folder);
        if !self.checks_jobs || std::thread::panicking() {
            return;
        }
        let options = self.db.connect_options();
        let now = self.clock.time();
        // Dropping can't wait for a database; a thread with a runtime of its own can.
        let counting = std::thread::spawn(move || {
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime")
                .block_on(async {
                    let mut db = PgConnection::connect_with(&options).await?;
                    let waiting = sql::waiting_jobs(&mut db, now).await?;
                    db.close().await?;
                    Ok::<_, sqlx::Error>(waiting)
                })
        });
        let waiting = counting
            .join()
            .expect("jobs are counted")
            .expect("the database answers");
        assert!(
            waiting.is_empty(),
            "this test left jobs waiting: {waiting:?}"
        );
    }
}
