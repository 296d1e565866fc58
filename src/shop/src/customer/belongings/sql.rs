//! What is a customer's own.

use sqlx::PgPool;
use time::OffsetDateTime;
use uuid::Uuid;

pub async fn email(db: &PgPool, customer: Uuid) -> sqlx::Result<Option<String>> {
    let email = sqlx::query_scalar!(
        "SELECT email FROM customer WHERE id = $1 AND claimed_at IS NOT NULL",
        customer,
    )
    .fetch_optional(db)
    .await?;
    Ok(email.flatten())
}

pub struct OrderRow {
    pub number: String,
    pub token: String,
    pub placed_at: OffsetDateTime,
    pub state: String,
    pub currency: String,
    pub total_minor: i64,
}

pub async fn orders(db: &PgPool, customer: Uuid, at_most: i64) -> sqlx::Result<Vec<OrderRow>> {
    sqlx::query_as!(
        OrderRow,
        "SELECT number, token, placed_at, state, currency, total_minor FROM orders
         WHERE customer_id = $1 ORDER BY placed_at DESC, id DESC LIMIT $2",
        customer,
        at_most,
    )
    .fetch_all(db)
    .await
}
