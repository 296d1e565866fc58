//! Checkouts.

use super::state_name;
use super::view::Stored;
use crate::cart::{CartRow, LineRow};
use crate::promotion::OffersRow;
use crate::{Caller, Shop};
use domain::checkout::{CheckoutForm, CheckoutView};
use domain::{CartId, CheckoutId, CustomerId, IdempotencyKey, Storefront};
use serde_json::Value;
use sqlx::PgPool;
use sqlx::types::Json;
use time::OffsetDateTime;
use uuid::Uuid;

/// The open checkout of a cart.
pub(super) async fn find(
    db: &PgPool,
    customer: CustomerId,
    cart: CartId,
    storefront: &Storefront,
    now: OffsetDateTime,
) -> sqlx::Result<Option<(Stored, CheckoutForm)>> {
    let row = sqlx::query!(
        r#"SELECT id, version, key, form AS "form: Json<CheckoutForm>" FROM checkout
           WHERE customer_id = $1 AND cart_id = $2 AND market = $3 AND state IN ('open', 'ready') AND expires_at > $4"#,
        customer.0,
        cart.0,
        storefront.market.as_str(),
        now,
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| {
        let stored = Stored {
            id: row.id.into(),
            version: row.version,
            key: row.key.into(),
        };
        (stored, row.form.0)
    }))
}

/// A checkout that begins.
pub(super) struct Fresh {
    pub id: CheckoutId,
    pub key: IdempotencyKey,
    pub form: CheckoutForm,
    pub now: OffsetDateTime,
    pub expires_at: OffsetDateTime,
}

/// Ends a cart's checkout that nobody touched for too long; whether there was one.
pub(super) async fn expire(
    db: &PgPool,
    customer: CustomerId,
    cart: CartId,
    now: OffsetDateTime,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "UPDATE checkout SET state = 'expired', version = version + 1, updated_at = $3
         WHERE customer_id = $1 AND cart_id = $2 AND state IN ('open', 'ready') AND expires_at <= $3",
        customer.0,
        cart.0,
        now,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Begins a checkout, with the audit log's entry, in one round trip; its version. None when the cart has one.
pub(super) async fn insert(
    shop: &Shop,
    caller: &Caller,
    customer: CustomerId,
    cart: CartId,
    storefront: &Storefront,
    fresh: &Fresh,
) -> sqlx::Result<Option<i64>> {
    sqlx::query_scalar!(
        "WITH begun AS (
             INSERT INTO checkout (customer_id, id, cart_id, market, locale, state, form, key, created_at, updated_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, 'open', $6, $7, $8, $8, $9)
             ON CONFLICT (customer_id, cart_id) WHERE state IN ('open', 'ready', 'placing') DO NOTHING
             RETURNING version),
         entry AS (
             INSERT INTO audit_log (id, at, actor, action, subject_kind, subject_id, cause, trace_id, change)
             SELECT $10, $8, $11, 'checkout.open', 'checkout', $2::uuid::text, $12, $13, jsonb_build_object('cart', $3::uuid)
             FROM begun)
         SELECT version FROM begun",
        customer.0,
        fresh.id.0,
        cart.0,
        storefront.market.as_str(),
        storefront.locale.code(),
        Json(&fresh.form) as _,
        fresh.key.0,
        fresh.now,
        fresh.expires_at,
        shop.random.id(fresh.now),
        Json(&caller.actor) as _,
        caller.cause,
        caller.trace,
    )
    .fetch_optional(&shop.db)
    .await
}

/// Keeps what was typed and what was answered, with the audit log's entry, in one round trip; returns the new version.
pub(super) async fn save(
    shop: &Shop,
    caller: &Caller,
    customer: CustomerId,
    shown: &CheckoutView,
    action: &str,
) -> sqlx::Result<i64> {
    let now = shop.clock.now();
    let version = sqlx::query_scalar!(
        r#"WITH saved AS (
               UPDATE checkout
               SET form = $3, state = $4, messages = $5, seen_total = $6, version = version + 1, updated_at = $7
               WHERE customer_id = $1 AND id = $2 AND state IN ('open', 'ready')
               RETURNING version),
           entry AS (
               INSERT INTO audit_log (id, at, actor, action, subject_kind, subject_id, cause, trace_id, change)
               SELECT $8, $7, $9, $10, 'checkout', $2::uuid::text, $11, $12,
                      jsonb_build_object('version', saved.version, 'messages', jsonb_array_length($5))
               FROM saved)
           SELECT version AS "version!" FROM saved"#,
        customer.0,
        shown.id.0,
        keepable(&shown.form)?,
        state_name(shown.state),
        Json(&shown.messages) as _,
        shown.quote.total.minor,
        now,
        shop.random.id(now),
        Json(&caller.actor) as _,
        action,
        caller.cause,
        caller.trace,
    )
    .fetch_optional(&shop.db)
    .await?;
    // Placed meanwhile: there is nothing left to keep.
    Ok(version.unwrap_or(shown.version))
}

/// A form as PostgreSQL keeps it: all that was typed but NUL, which JSON there can't hold and no keyboard types.
fn keepable(form: &CheckoutForm) -> sqlx::Result<Value> {
    let mut form = serde_json::to_value(form).map_err(|error| sqlx::Error::Encode(error.into()))?;
    for value in form
        .as_object_mut()
        .into_iter()
        .flat_map(|fields| fields.values_mut())
    {
        if let Value::String(text) = value {
            text.retain(|c| c != '\0');
        }
    }
    Ok(form)
}

/// What is known of a key and a checkout, at one moment.
pub(super) struct Known {
    /// Of the key: whose it is, what it was used for, and the order it made.
    pub key_customer: Option<Uuid>,
    pub body_hash: Option<Vec<u8>>,
    pub order_id: Option<Uuid>,
    /// Of the checkout, while it is open.
    pub checkout_version: Option<i64>,
    pub checkout_cart: Option<Uuid>,
    pub checkout_market: Option<String>,
}

/// What is known, and the customer's open cart as [`crate::cart::current`] reads it, in one round trip.
pub(super) async fn known_with_cart(
    db: &PgPool,
    customer: CustomerId,
    checkout: CheckoutId,
    key: IdempotencyKey,
    storefront: &Storefront,
    now: OffsetDateTime,
) -> sqlx::Result<(Known, CartRow)> {
    let row = sqlx::query!(
        r#"SELECT k.customer_id AS "key_customer?", k.body_hash AS "body_hash?", k.order_id AS "order_id?",
                  c.version AS "checkout_version?", c.cart_id AS "checkout_cart?", c.market AS "checkout_market?",
                  open.id AS "cart?",
                  coalesce(open.version, (SELECT max(version) FROM cart WHERE customer_id = $1 AND market = $5), 0) AS "version!",
                  cart_lines($1, open.id, $5, $6, $4) AS "lines!: Json<Vec<LineRow>>",
                  cart_promotions($1, open.id, $5, $4) AS "offers: Json<OffersRow>"
           FROM (SELECT) AS one
           LEFT JOIN idempotency_key k ON k.key = $3
           LEFT JOIN checkout c ON c.customer_id = $1 AND c.id = $2 AND c.state IN ('open', 'ready') AND c.expires_at > $4
           LEFT JOIN cart AS open ON open.customer_id = $1 AND open.market = $5 AND open.state = 'open'"#,
        customer.0,
        checkout.0,
        key.0,
        now,
        storefront.market.as_str(),
        storefront.locale.code(),
    )
    .fetch_one(db)
    .await?;
    let known = Known {
        key_customer: row.key_customer,
        body_hash: row.body_hash,
        order_id: row.order_id,
        checkout_version: row.checkout_version,
        checkout_cart: row.checkout_cart,
        checkout_market: row.checkout_market,
    };
    let cart = CartRow {
        cart: row.cart.map(CartId),
        version: row.version,
        lines: row.lines.0,
        offers: row.offers.map(|offers| offers.0),
    };
    Ok((known, cart))
}

pub(super) async fn known(
    db: &PgPool,
    customer: CustomerId,
    checkout: CheckoutId,
    key: IdempotencyKey,
    now: OffsetDateTime,
) -> sqlx::Result<Known> {
    sqlx::query_as!(
        Known,
        r#"SELECT k.customer_id AS "key_customer?", k.body_hash AS "body_hash?", k.order_id AS "order_id?",
                  c.version AS "checkout_version?", c.cart_id AS "checkout_cart?", c.market AS "checkout_market?"
           FROM (SELECT) AS one
           LEFT JOIN idempotency_key k ON k.key = $3
           LEFT JOIN checkout c ON c.customer_id = $1 AND c.id = $2 AND c.state IN ('open', 'ready') AND c.expires_at > $4"#,
        customer.0,
        checkout.0,
        key.0,
        now,
    )
    .fetch_one(db)
    .await
}

/// An order as its placing is answered.
pub(super) struct AnswerRow {
    pub number: String,
    pub token: String,
    pub attempt_state: String,
    /// No provider could be reached: nobody is asking.
    pub deferred: bool,
    pub redirect_url: Option<String>,
}

/// The order and its newest attempt: others may have been passed on.
pub(super) async fn answer(
    db: &PgPool,
    customer: Uuid,
    order: Uuid,
) -> sqlx::Result<Option<AnswerRow>> {
    sqlx::query_as!(
        AnswerRow,
        r#"SELECT o.number, o.token, a.state AS attempt_state, a.deferred_at IS NOT NULL AS "deferred!", a.redirect_url
           FROM orders o JOIN payment_attempt a ON a.customer_id = o.customer_id AND a.order_id = o.id
           WHERE o.customer_id = $1 AND o.id = $2
           ORDER BY a.created_at DESC, a.id DESC LIMIT 1"#,
        customer,
        order,
    )
    .fetch_optional(db)
    .await
}
