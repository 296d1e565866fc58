//! Transactions whose beginning nobody waited for.

use shop::transaction;
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

/// The number of the transaction that a statement of the pool runs in.
async fn number(db: &PgPool) -> String {
    sqlx::query_scalar("SELECT pg_current_xact_id()::text")
        .fetch_one(db)
        .await
        .unwrap()
}

#[sqlx::test(migrations = false)]
async fn who_goes_away_while_one_begins_leaves_no_session_inside_it(
    _: PgPoolOptions,
    place: PgConnectOptions,
) {
    // As the server's: no question before the BEGIN.
    let one = PgPoolOptions::new()
        .max_connections(1)
        .test_before_acquire(false);
    let db = one.connect_with(place).await.unwrap();
    // Each time it gets a little further, until it gets to its end.
    for looks in 0.. {
        let mut beginning = Box::pin(transaction::begin(&db));
        let mut has_begun = false;
        for _ in 0..looks {
            if futures::poll!(&mut beginning).is_ready() {
                has_begun = true;
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(beginning);
        // Each statement has a transaction of its own, which is committed with it.
        assert_ne!(number(&db).await, number(&db).await, "after {looks} looks");
        if has_begun {
            break;
        }
    }
}
