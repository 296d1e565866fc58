//! The statement about old addresses.

use sqlx::PgPool;

/// The slug that one leads to now; Some(None) for what is gone, None for what never was.
pub async fn moved(db: &PgPool, kind: &str, slug: &str) -> sqlx::Result<Option<Option<String>>> {
    sqlx::query_scalar!(
        "SELECT current FROM old_slug WHERE kind = $1 AND slug = $2",
        kind,
        slug
    )
    .fetch_optional(db)
    .await
}
