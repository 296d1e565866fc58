//! What pages read: lists in every order, products in every language, market and state.

mod arranged;
mod cards;
mod compared;
mod due;
mod lists;
mod markets;
mod products;
mod sql;
mod statements;

use domain::Storefront;
use shop::Failure;
use shop::catalog::CatalogError;
use shop::testing::TestShop;
use sqlx::PgPool;

async fn shop(db: PgPool) -> TestShop {
    TestShop::build(db).without_redis().start().await
}

fn german() -> Storefront {
    "de-eu".parse().unwrap()
}

#[track_caller]
fn refusal<T: std::fmt::Debug>(result: Result<T, Failure<CatalogError>>) -> CatalogError {
    match result {
        Err(Failure::Refused(why)) => why,
        other => panic!("not refused: {other:?}"),
    }
}
