//! How transactions begin.
//!
//! sqlx 0.9 counts a transaction only once PostgreSQL has answered its BEGIN. Whoever is dropped in between (a shopper who went away, a
//! deadline, a panic beside it) leaves the session inside a transaction that nobody ends: whoever has it next is told that what
//! was written is there, and it is not (sqlx issue 4393, mended after 0.9.0). So nobody who waits for a BEGIN can stop it here, and
//! `clippy.toml` lets nobody begin one otherwise.
#![allow(clippy::disallowed_methods)] // here they can't be stopped

use sqlx::{PgPool, PgTransaction};
use std::future::Future;

/// A transaction. It is rolled back when it is dropped.
///
/// # Errors
/// The database's.
pub async fn begin(db: &PgPool) -> sqlx::Result<PgTransaction<'static>> {
    let db = db.clone();
    unstopped(async move { db.begin().await }).await
}

/// A transaction that sees one moment, and writes nothing.
///
/// # Errors
/// The database's.
pub async fn begin_snapshot(db: &PgPool) -> sqlx::Result<PgTransaction<'static>> {
    let db = db.clone();
    let statement = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
    unstopped(async move { db.begin_with(statement).await }).await
}

/// Comes to its end even if this future does not; what it came to is dropped then, as a whole.
async fn unstopped<T: Send + 'static>(
    beginning: impl Future<Output = sqlx::Result<T>> + Send + 'static,
) -> sqlx::Result<T> {
    let begun = tokio::spawn(beginning).await;
    begun.unwrap_or(Err(sqlx::Error::WorkerCrashed))
}
