//! What the tests look at by hand.

use sqlx::PgPool;

/// The audit log's actions, and how often the outbox says that the tables changed.
pub async fn traces(db: &PgPool) -> (Vec<String>, i64) {
    let actions = sqlx::query_scalar("SELECT action FROM audit_log ORDER BY at, id")
        .fetch_all(db)
        .await
        .unwrap();
    let told = sqlx::query_scalar(
        "SELECT count(*) FROM outbox WHERE kind = 'pages.changed' AND payload -> 'tags' @> '[\"markets\", \"layout\"]'",
    )
    .fetch_one(db)
    .await
    .unwrap();
    (actions, told)
}

/// Everything that files of taxes and delivery change, as text.
pub async fn tables(db: &PgPool) -> Vec<String> {
    sqlx::query_scalar(
        "SELECT t::text FROM tax_rate t UNION ALL SELECT m::text FROM market m UNION ALL SELECT l::text FROM location l
         UNION ALL SELECT z::text FROM delivery_zone z UNION ALL SELECT o::text FROM delivery_option o
         UNION ALL SELECT b::text FROM delivery_band b UNION ALL SELECT w::text FROM option_word w ORDER BY 1",
    )
    .fetch_all(db)
    .await
    .unwrap()
}
