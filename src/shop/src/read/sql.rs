//! How far a replica is.

use sqlx::PgConnection;

/// The position in the primary's log up to which this server has it, in bytes. A primary has all of its own.
pub async fn replayed(db: &mut PgConnection) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"SELECT (CASE WHEN pg_is_in_recovery() THEN coalesce(pg_last_wal_replay_lsn(), '0/0') ELSE pg_current_wal_insert_lsn() END
                   - '0/0'::pg_lsn)::bigint AS "position!""#
    )
    .fetch_one(db)
    .await
}
