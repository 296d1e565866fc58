//! What time it is for PostgreSQL.

use sqlx::postgres::PgExecutor;
use time::OffsetDateTime;

pub(crate) async fn read<'e>(db: impl PgExecutor<'e>) -> sqlx::Result<OffsetDateTime> {
    sqlx::query_scalar!(r#"SELECT clock_timestamp() AS "now!""#)
        .fetch_one(db)
        .await
}
