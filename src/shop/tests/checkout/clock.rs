//! A machine whose clock is wrong does what a machine whose clock is right would do.

use crate::sql;
use crate::support::Till;
use shop::clock::{Clock, DatabaseClock, SystemRandom};
use shop::market::Markets;
use shop::media::{Media, Store};
use shop::notification::Mailer;
use shop::payment::{PaymentProvider, Payments, Routes};
use shop::redis::Redis;
use shop::testing::patient;
use shop::{Parts, Shop, inventory, jobs};
use sqlx::PgPool;
use std::sync::Arc;
use time::Duration;

/// Another machine of the same shop.
async fn machine(till: &Till, clock: Arc<DatabaseClock>) -> Shop {
    let provider: Arc<dyn PaymentProvider> = till.provider.clone();
    Shop::new(Parts {
        db: till.db.clone(),
        read: shop::read::Reads::primary(till.db.clone()),
        redis: Redis::connect(None),
        clock,
        random: Arc::new(SystemRandom),
        markets: Markets::load(&till.db).await.expect("the markets"),
        guides: shop::catalog::Guides::default(),
        cards: shop::catalog::Cards::default(),
        long_carts: shop::cart::LongCarts::default(),
        search: shop::search::Search::keeping(16),
        searches: shop::search::log::Log::default(),
        holds: inventory::Holds::default(),
        payments: Payments::new(vec![provider], Routes::default(), &patient())
            .expect("payment providers"),
        mailer: Mailer::folder(&till.mail_folder, "Rialto <shop@rialto.example>")
            .expect("a mailer"),
        carrier: None,
        media: Media::new(Store::memory(), None),
        public_url: "https://rialto.example".to_owned(),
    })
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn holds_run_out_neither_early_nor_late_on_a_machine_that_is_an_hour_off(db: PgPool) {
    let till = Till::new(db).await;
    // On sale since before anybody buys it.
    till.clock
        .set(sql::now(&till.db).await - Duration::hours(3));
    let mug = till.mug(10).await;
    for off in [Duration::hours(1), -Duration::hours(1)] {
        let now = sql::now(&till.db).await;
        till.clock.set(now);
        till.buy(mug, 1).await;
        let wrong = Arc::new(DatabaseClock::beginning_at(now + off));
        let other = machine(&till, wrong.clone()).await;
        let swept = jobs::sweep(&other).await.expect("a sweep");
        assert_eq!(swept.given_up, 0, "{off}");
        let told = sql::now(&till.db).await;
        assert!((wrong.now() - told).abs() < Duration::minutes(10), "{off}");

        // Its half hour was over an hour ago.
        till.clock.set(now - Duration::hours(2));
        till.buy(mug, 1).await;
        let wrong = Arc::new(DatabaseClock::beginning_at(now + off));
        let other = machine(&till, wrong).await;
        let swept = jobs::sweep(&other).await.expect("a sweep");
        assert_eq!(swept.given_up, 1, "{off}");
    }
    till.clock.set(sql::now(&till.db).await);
    till.drain().await;
}
