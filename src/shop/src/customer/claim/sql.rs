//! The statements of claims.

use domain::{CustomerId, Storefront};
use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

pub struct CustomerRow {
    pub merged_into: Option<Uuid>,
    pub is_claimed: bool,
}

pub async fn lock_customer(
    tx: &mut PgConnection,
    customer: CustomerId,
) -> sqlx::Result<Option<CustomerRow>> {
    sqlx::query_as!(
        CustomerRow,
        r#"SELECT merged_into, claimed_at IS NOT NULL AS "is_claimed!" FROM customer WHERE id = $1 FOR NO KEY UPDATE"#,
        customer.0,
    )
    .fetch_optional(tx)
    .await
}

/// How many links were asked for by that customer, or for that mailbox, whichever is more.
pub async fn count_links(
    tx: &mut PgConnection,
    customer: CustomerId,
    key: &str,
    since: OffsetDateTime,
) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"SELECT greatest(
               (SELECT count(*) FROM customer_claim WHERE customer_id = $1 AND created_at > $3),
               (SELECT count(*) FROM customer_claim WHERE email_key = $2 AND created_at > $3)) AS "count!""#,
        customer.0,
        key,
        since,
    )
    .fetch_one(tx)
    .await
}

pub struct NewClaim<'a> {
    pub customer: CustomerId,
    pub id: Uuid,
    pub email: &'a str,
    pub key: &'a str,
    pub storefront: &'a Storefront,
    pub now: OffsetDateTime,
    pub expires_at: OffsetDateTime,
}

/// Ends the customer's claim that stands, and begins this one.
pub async fn replace(tx: &mut PgConnection, new: &NewClaim<'_>) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE customer_claim SET ended_at = $2 WHERE customer_id = $1 AND ended_at IS NULL",
        new.customer.0,
        new.now,
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "INSERT INTO customer_claim (customer_id, id, email, email_key, market, locale, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        new.customer.0,
        new.id,
        new.email,
        new.key,
        new.storefront.market.as_str(),
        new.storefront.locale.code(),
        new.now,
        new.expires_at,
    )
    .execute(tx)
    .await?;
    Ok(())
}

pub struct MailRow {
    pub email: String,
    pub market: String,
    pub locale: String,
}

/// One more secret for a claim that stands.
pub async fn add_token(
    db: &PgPool,
    claim: Uuid,
    token_hash: &[u8; 32],
    now: OffsetDateTime,
) -> sqlx::Result<Option<MailRow>> {
    sqlx::query_as!(
        MailRow,
        "WITH open AS (
             SELECT customer_id, id, email, market, locale FROM customer_claim
             WHERE id = $1 AND ended_at IS NULL AND expires_at > $3
             FOR UPDATE),
         added AS (
             INSERT INTO claim_token (token_hash, customer_id, claim_id) SELECT $2, customer_id, id FROM open)
         SELECT email, market, locale FROM open",
        claim,
        token_hash.as_slice(),
        now,
    )
    .fetch_optional(db)
    .await
}

pub struct ClaimRow {
    pub customer_id: Uuid,
    pub id: Uuid,
    pub email: String,
    pub expires_at: OffsetDateTime,
    pub ended_at: Option<OffsetDateTime>,
}

/// The claim of a link. It is changed under its customer's lock only.
pub async fn find_claim(
    tx: &mut PgConnection,
    token_hash: &[u8; 32],
) -> sqlx::Result<Option<ClaimRow>> {
    sqlx::query_as!(
        ClaimRow,
        "SELECT c.customer_id, c.id, c.email, c.expires_at, c.ended_at
         FROM claim_token t JOIN customer_claim c ON c.customer_id = t.customer_id AND c.id = t.claim_id
         WHERE t.token_hash = $1",
        token_hash.as_slice(),
    )
    .fetch_optional(tx)
    .await
}

pub async fn end(
    tx: &mut PgConnection,
    customer: CustomerId,
    claim: Uuid,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE customer_claim SET ended_at = $3 WHERE customer_id = $1 AND id = $2",
        customer.0,
        claim,
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Who has that address.
pub async fn owner_of(tx: &mut PgConnection, email: &str) -> sqlx::Result<Option<Uuid>> {
    sqlx::query_scalar!(
        "SELECT id FROM customer
         WHERE lower(email) = lower($1) AND claimed_at IS NOT NULL AND merged_into IS NULL",
        email,
    )
    .fetch_optional(tx)
    .await
}

/// Gives a guest that address; false for one who has another.
pub async fn claim(
    tx: &mut PgConnection,
    guest: CustomerId,
    email: &str,
    now: OffsetDateTime,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "UPDATE customer SET email = $2, claimed_at = $3
         WHERE id = $1 AND claimed_at IS NULL AND merged_into IS NULL",
        guest.0,
        email,
        now,
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

pub async fn sessions(tx: &mut PgConnection, customer: CustomerId) -> sqlx::Result<Vec<[u8; 32]>> {
    let hashes = sqlx::query_scalar!(
        "SELECT token_hash FROM session WHERE customer_id = $1",
        customer.0,
    )
    .fetch_all(tx)
    .await?;
    Ok(hashes
        .into_iter()
        .filter_map(|hash| hash.try_into().ok())
        .collect())
}
