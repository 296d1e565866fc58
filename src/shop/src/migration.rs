//! Whether the database can be used: what its schema still lacks, and whether it answers.

use crate::{Broken, Shop};
use sqlx::PgPool;
use sqlx::migrate::{Migrate, MigrateError};

/// The versions of the migrations that `db` has not run yet, ascending.
///
/// # Errors
/// [`MigrateError`] when the database can't be asked.
pub async fn pending(db: &PgPool) -> Result<Vec<i64>, MigrateError> {
    let mut connection = db.acquire().await?;
    let table = "_sqlx_migrations";
    connection.ensure_migrations_table(table).await?;
    let applied = connection.list_applied_migrations(table).await?;
    let known = crate::MIGRATIONS.iter().map(|migration| migration.version);
    Ok(known
        .filter(|version| !applied.iter().any(|done| done.version == *version))
        .collect())
}

/// Whether PostgreSQL answers, and pages can be served.
///
/// # Errors
/// [`Broken`] when it does not.
pub async fn is_reachable(shop: &Shop) -> Result<(), Broken> {
    use sqlx::Connection;
    shop.db.acquire().await?.ping().await?;
    Ok(())
}
