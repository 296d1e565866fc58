//! The statements of what providers keep.

use super::{NewMethod, SavedMethod};
use domain::CustomerId;
use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

/// The one that counts from now on, and whether it is new.
pub async fn keep_customer(
    tx: &mut PgConnection,
    customer: CustomerId,
    provider: &str,
    reference: &str,
    now: OffsetDateTime,
) -> sqlx::Result<(String, bool)> {
    // Two tabs take turns.
    sqlx::query!(
        "SELECT id FROM customer WHERE id = $1 FOR NO KEY UPDATE",
        customer.0
    )
    .fetch_optional(&mut *tx)
    .await?;
    let known = sqlx::query_scalar!(
        "SELECT reference FROM provider_customer WHERE customer_id = $1 AND provider = $2
         ORDER BY created_at, reference LIMIT 1",
        customer.0,
        provider,
    )
    .fetch_optional(&mut *tx)
    .await?;
    if let Some(known) = known {
        return Ok((known, false));
    }
    sqlx::query!(
        "INSERT INTO provider_customer (customer_id, provider, reference, created_at) VALUES ($1, $2, $3, $4)",
        customer.0,
        provider,
        reference,
        now,
    )
    .execute(tx)
    .await?;
    Ok((reference.to_owned(), true))
}

pub async fn provider_customer(
    db: &PgPool,
    customer: CustomerId,
    provider: &str,
) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar!(
        "SELECT reference FROM provider_customer WHERE customer_id = $1 AND provider = $2
         ORDER BY created_at, reference LIMIT 1",
        customer.0,
        provider,
    )
    .fetch_optional(db)
    .await
}

pub async fn keep_method(
    tx: &mut PgConnection,
    customer: CustomerId,
    id: Uuid,
    new: &NewMethod<'_>,
    now: OffsetDateTime,
) -> sqlx::Result<SavedMethod> {
    sqlx::query_as!(
        SavedMethod,
        "INSERT INTO saved_payment_method (customer_id, id, provider, reference, label, created_at)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (customer_id, provider, reference) DO UPDATE SET label = excluded.label
         RETURNING id, provider, reference, label",
        customer.0,
        id,
        new.provider,
        new.reference,
        new.label.as_str(),
        now,
    )
    .fetch_one(tx)
    .await
}

pub async fn methods(db: &PgPool, customer: CustomerId) -> sqlx::Result<Vec<SavedMethod>> {
    sqlx::query_as!(
        SavedMethod,
        "SELECT id, provider, reference, label FROM saved_payment_method
         WHERE customer_id = $1 ORDER BY created_at DESC, id DESC",
        customer.0,
    )
    .fetch_all(db)
    .await
}

pub async fn forget_method(
    tx: &mut PgConnection,
    customer: CustomerId,
    method: Uuid,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "DELETE FROM saved_payment_method WHERE customer_id = $1 AND id = $2",
        customer.0,
        method,
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}
