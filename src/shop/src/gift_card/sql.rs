//! Gift cards; what these statements call lies in the migration `promotion`.

use super::{Entry, Listed, currency};
use crate::Broken;
use domain::{Actor, Currency, CustomerId, GiftCardId, Money, OrderId, RefundId};
use sqlx::types::Json;
use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

/// Who may spend it.
pub(super) enum Owner<'a> {
    Bearer { hash: [u8; 32], ending: &'a str },
    Customer(CustomerId),
}

/// False when there is no such customer (any more).
pub(super) async fn insert(
    tx: &mut PgConnection,
    id: GiftCardId,
    owner: &Owner<'_>,
    currency: Currency,
    expires_at: Option<OffsetDateTime>,
    now: OffsetDateTime,
) -> sqlx::Result<bool> {
    let (hash, ending, customer) = match owner {
        Owner::Bearer { hash, ending } => (Some(hash.as_slice()), *ending, None),
        Owner::Customer(customer) => (None, "", Some(customer.0)),
    };
    let done = sqlx::query!(
        "INSERT INTO gift_card (id, code_hash, ending, customer_id, currency, balance_minor, expires_at, issued_at, updated_at)
         SELECT $1, $2, $3, $4, $5, 0, $6, $7, $7
         WHERE $4::uuid IS NULL OR EXISTS (SELECT FROM customer WHERE id = $4 AND merged_into IS NULL FOR SHARE)",
        id.0,
        hash,
        ending,
        customer,
        currency.code(),
        expires_at,
        now,
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Its first money.
pub(super) async fn credit(
    tx: &mut PgConnection,
    id: GiftCardId,
    minor: i64,
    actor: &Actor,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query_scalar!(
        r#"SELECT move_credit($1, $2, 'issue', NULL, NULL, $3, $4) AS "done!""#,
        id.0,
        minor,
        Json(actor) as _,
        now,
    )
    .fetch_one(tx)
    .await?;
    Ok(())
}

pub(super) async fn list(db: &PgPool, id: Option<GiftCardId>) -> Result<Vec<Listed>, Broken> {
    let rows = sqlx::query!(
        "SELECT id, ending, customer_id, currency, balance_minor, issued_at, expires_at FROM gift_card
         WHERE $1::uuid IS NULL OR id = $1 ORDER BY issued_at DESC, id DESC LIMIT 200",
        id.map(Uuid::from),
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Listed {
                id: GiftCardId(row.id),
                ending: row.ending,
                customer: row.customer_id.map(CustomerId),
                balance: Money::new(row.balance_minor, currency(&row.currency)?),
                issued_at: row.issued_at,
                expires_at: row.expires_at,
            })
        })
        .collect()
}

pub(super) async fn entries(
    db: &PgPool,
    id: GiftCardId,
    currency: Currency,
) -> sqlx::Result<Vec<Entry>> {
    let rows = sqlx::query!(
        "SELECT at, change_minor, balance_minor, cause, order_id FROM gift_card_entry WHERE card_id = $1 ORDER BY number",
        id.0,
    )
    .fetch_all(db)
    .await?;
    let entry = |(at, change, balance, cause, order): (_, _, _, _, Option<Uuid>)| Entry {
        at,
        change: Money::new(change, currency),
        balance: Money::new(balance, currency),
        cause,
        order: order.map(OrderId),
    };
    Ok(rows
        .into_iter()
        .map(|row| {
            (
                row.at,
                row.change_minor,
                row.balance_minor,
                row.cause,
                row.order_id,
            )
        })
        .map(entry)
        .collect())
}

pub(super) async fn take(
    tx: &mut PgConnection,
    (customer, order): (CustomerId, OrderId),
    parts: &[(GiftCardId, Money)],
    actor: &Actor,
    now: OffsetDateTime,
) -> sqlx::Result<bool> {
    let cards: Vec<Uuid> = parts.iter().map(|(card, _)| card.0).collect();
    let amounts: Vec<i64> = parts.iter().map(|(_, part)| part.minor).collect();
    sqlx::query_scalar!(
        r#"SELECT take_credit($1, $2, $3, $4, $5, $6) AS "done!""#,
        customer.0,
        order.0,
        &cards,
        &amounts,
        Json(actor) as _,
        now,
    )
    .fetch_one(tx)
    .await
}

/// Gives back all that an order was paid with.
pub(super) async fn release(
    tx: &mut PgConnection,
    (customer, order): (CustomerId, OrderId),
    actor: &Actor,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query_scalar!(
        r#"SELECT return_credit($1, $2, $3, 'release', $4, $5) AS "given!""#,
        customer.0,
        order.0,
        i64::MAX,
        Json(actor) as _,
        now,
    )
    .fetch_one(tx)
    .await?;
    Ok(())
}

pub(super) async fn refund(
    tx: &mut PgConnection,
    (customer, order): (CustomerId, OrderId),
    refund: RefundId,
    up_to: i64,
    actor: &Actor,
    now: OffsetDateTime,
) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"SELECT refund_credit($1, $2, $3, $4, $5, $6) AS "given!""#,
        customer.0,
        order.0,
        refund.0,
        up_to,
        Json(actor) as _,
        now,
    )
    .fetch_one(tx)
    .await
}
