//! What the tests look at by hand.

use sqlx::PgPool;

pub async fn count(db: &PgPool, table: &str) -> i64 {
    let query = match table {
        "media" => "SELECT count(*) FROM media",
        "audit_log" => "SELECT count(*) FROM audit_log",
        "job" => "SELECT count(*) FROM job",
        other => panic!("{other} is not counted"),
    };
    sqlx::query_scalar(query).fetch_one(db).await.unwrap()
}

/// Consumer, state and last error of each job, oldest first.
pub async fn jobs(db: &PgPool) -> Vec<(String, String, Option<String>)> {
    sqlx::query_as("SELECT consumer, state, last_error FROM job ORDER BY created_at, id")
        .fetch_all(db)
        .await
        .unwrap()
}

/// What each picture of a product is shown by, and where it came from.
pub async fn pictures(db: &PgPool, slug: &str) -> Vec<(String, Option<String>)> {
    sqlx::query_as(
        "SELECT src, source FROM picture JOIN product ON product.id = product_id WHERE slug = $1 ORDER BY picture.position",
    )
    .bind(slug)
    .fetch_all(db)
    .await
    .unwrap()
}

/// The tags of the pages that changed, each once.
pub async fn tags(db: &PgPool) -> Vec<String> {
    sqlx::query_scalar(
        "SELECT DISTINCT jsonb_array_elements_text(payload -> 'tags') FROM outbox WHERE kind = 'pages.changed' ORDER BY 1",
    )
    .fetch_all(db)
    .await
    .unwrap()
}

/// As if that picture had been found there.
pub async fn found(db: &PgPool, url: &str, hash: &str) {
    sqlx::query("UPDATE media_source SET hash = $2 WHERE url = $1")
        .bind(url)
        .bind(hash)
        .execute(db)
        .await
        .unwrap();
}
