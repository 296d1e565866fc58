//! What the tests read by hand.

use sqlx::PgPool;

/// How many tags each event tells.
pub async fn tags_of_events(db: &PgPool) -> Vec<i32> {
    sqlx::query_scalar(
        "SELECT jsonb_array_length(payload -> 'tags') FROM outbox WHERE kind = 'pages.changed' ORDER BY 1",
    )
    .fetch_all(db)
    .await
    .expect("the events")
}
