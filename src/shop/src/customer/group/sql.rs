//! The statements of groups.

use super::Member;
use domain::CustomerId;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

/// The customer that an e-mail address leads to, locked.
pub async fn by_email(tx: &mut PgConnection, email: &str) -> sqlx::Result<Option<Uuid>> {
    sqlx::query_scalar!(
        "SELECT id FROM customer
         WHERE lower(email) = lower($1) AND claimed_at IS NOT NULL AND merged_into IS NULL FOR NO KEY UPDATE",
        email,
    )
    .fetch_optional(tx)
    .await
}

/// False where they were in it before.
pub async fn add(tx: &mut PgConnection, customer: Uuid, group: &str) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "INSERT INTO customer_group (customer_id, name) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        customer,
        group,
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// False where they were not in it.
pub async fn remove(tx: &mut PgConnection, customer: Uuid, group: &str) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "DELETE FROM customer_group WHERE customer_id = $1 AND name = $2",
        customer,
        group,
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The members of a group, or of all, by group and address.
pub async fn members(db: &PgPool, group: Option<&str>, at_most: i64) -> sqlx::Result<Vec<Member>> {
    let rows = sqlx::query!(
        r#"SELECT g.name, g.customer_id, c.email FROM customer_group g JOIN customer c ON c.id = g.customer_id
           WHERE $1::text IS NULL OR g.name = $1
           ORDER BY g.name, lower(c.email), g.customer_id LIMIT $2"#,
        group,
        at_most,
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Member {
            group: row.name,
            customer: CustomerId(row.customer_id),
            email: row.email,
        })
        .collect())
}
