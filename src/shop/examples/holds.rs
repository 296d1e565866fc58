//! Prints how many holds of one variant are committed in a second, batched as at the rush for a hot product.
//!
//! `DATABASE_URL=<an empty database> cargo run --release -p shop --example holds`

use domain::{CheckoutId, CustomerId};
use futures::future::join_all;
use shop::testing::TestShop;
use sqlx::postgres::PgPoolOptions;
use uuid::Uuid;

/// In all, for each number of clients.
const HOLDS: u128 = 20_000;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let db = PgPoolOptions::new()
        .max_connections(24)
        .connect(&std::env::var("DATABASE_URL")?)
        .await?;
    shop::MIGRATIONS.run(&db).await?;
    let shop = TestShop::build(db).without_redis().start().await;
    let variant = shop
        .product("calle-mug")
        .price(2_400)
        .stock(100_000_000)
        .await
        .variant();
    for clients in [64, 256] {
        let begun = std::time::Instant::now();
        let buying = (0..clients).map(|client| {
            let shop = &shop;
            async move {
                for n in 0..HOLDS / clients {
                    let n = (clients << 40) + (client << 20) + n;
                    let whose = CustomerId(Uuid::from_u128(n));
                    let checkout = CheckoutId(Uuid::from_u128((1 << 64) + n));
                    match shop::inventory::hold(shop, whose, checkout, variant, 1).await {
                        Ok(true) => {}
                        other => panic!("a hold was not had: {other:?}"),
                    }
                }
            }
        });
        join_all(buying).await;
        let rate = 20_000.0 / begun.elapsed().as_secs_f64();
        println!("{clients} clients: {rate:.0} holds/s");
    }
    Ok(())
}
