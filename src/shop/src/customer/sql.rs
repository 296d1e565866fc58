//! The statements of sessions and of merging.

use super::{Kept, Session};
use crate::Caller;
use domain::CustomerId;
use sqlx::types::Json;
use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

pub async fn find_session(db: &PgPool, token_hash: &[u8; 32]) -> Result<Option<Kept>, sqlx::Error> {
    let row = sqlx::query!(
        r#"SELECT session.customer_id, session.expires_at, customer.claimed_at IS NOT NULL AS "signed_in!"
           FROM session JOIN customer ON customer.id = session.customer_id
           WHERE session.token_hash = $1"#,
        token_hash.as_slice(),
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| Kept {
        customer: CustomerId(row.customer_id),
        expires_at: row.expires_at,
        signed_in: row.signed_in,
    }))
}

/// The customer, the session and the audit log's entry, in one round trip.
pub async fn begin_session(
    db: &PgPool,
    session: &Session,
    expires_at: OffsetDateTime,
    now: OffsetDateTime,
    entry: Uuid,
    caller: &Caller,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"WITH guest AS (INSERT INTO customer (id, created_at) VALUES ($1, $2)),
                entry AS (
                    INSERT INTO audit_log (id, at, actor, action, subject_kind, subject_id, cause, trace_id)
                    VALUES ($5, $2, $6, 'session.begin', 'customer', $1::uuid::text, $7, $8))
           INSERT INTO session (token_hash, customer_id, created_at, expires_at) VALUES ($3, $1, $2, $4)"#,
        session.customer.0,
        now,
        session.token_hash.as_slice(),
        expires_at,
        entry,
        Json(&caller.actor) as _,
        caller.cause,
        caller.trace,
    )
    .execute(db)
    .await?;
    Ok(())
}

pub struct CustomerRow {
    pub id: Uuid,
    pub merged_into: Option<Uuid>,
    pub is_claimed: bool,
}

/// Locks both, in one order for everyone: whoever begins a cart for them waits. Whoever only refers to them does not, or an
/// order that closes a cart could wait for this while this waits for the cart.
pub async fn lock_customers(
    tx: &mut PgConnection,
    from: CustomerId,
    into: CustomerId,
) -> Result<Vec<CustomerRow>, sqlx::Error> {
    sqlx::query_as!(
        CustomerRow,
        r#"SELECT id, merged_into, claimed_at IS NOT NULL AS "is_claimed!"
           FROM customer WHERE id IN ($1, $2) ORDER BY id FOR NO KEY UPDATE"#,
        from.0,
        into.0,
    )
    .fetch_all(tx)
    .await
}

/// Locks the open carts of both; answers how many lines the fullest cart will have.
pub async fn lock_carts(
    tx: &mut PgConnection,
    from: CustomerId,
    into: CustomerId,
) -> Result<i64, sqlx::Error> {
    sqlx::query!(
        r#"SELECT id FROM cart WHERE customer_id IN ($1, $2) AND state = 'open'
           ORDER BY customer_id, id FOR UPDATE"#,
        from.0,
        into.0,
    )
    .fetch_all(&mut *tx)
    .await?;
    sqlx::query_scalar!(
        r#"SELECT coalesce(max(fill.lines), 0) AS "lines!"
           FROM (SELECT count(DISTINCT line.variant_id) AS lines
                 FROM cart JOIN cart_line AS line ON line.customer_id = cart.customer_id AND line.cart_id = cart.id
                 WHERE cart.customer_id IN ($1, $2) AND cart.state = 'open'
                 GROUP BY cart.market) AS fill"#,
        from.0,
        into.0,
    )
    .fetch_one(tx)
    .await
}

/// Where both have a cart in a market, adds the lines of one to those of the other, after them.
pub async fn merge_lines(
    tx: &mut PgConnection,
    from: CustomerId,
    into: CustomerId,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"INSERT INTO cart_line (customer_id, cart_id, variant_id, quantity, added_at, position)
           SELECT kept.customer_id, kept.id, line.variant_id, line.quantity, line.added_at,
                  line.position + (SELECT coalesce(max(position), 0) FROM cart_line
                                   WHERE customer_id = kept.customer_id AND cart_id = kept.id)
           FROM cart AS given
           JOIN cart AS kept ON kept.customer_id = $2 AND kept.market = given.market AND kept.state = 'open'
           JOIN cart_line AS line ON line.customer_id = given.customer_id AND line.cart_id = given.id
           WHERE given.customer_id = $1 AND given.state = 'open'
           ON CONFLICT (customer_id, cart_id, variant_id)
           DO UPDATE SET quantity = least(99, cart_line.quantity + excluded.quantity)"#,
        from.0,
        into.0,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Where both have a cart in a market, its codes and gift cards go along with the lines. Store credit, groups, and how often
/// promotions were used move in any case.
pub async fn merge_codes(
    tx: &mut PgConnection,
    from: CustomerId,
    into: CustomerId,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"WITH carts AS (
               SELECT given.id AS given, kept.id AS kept
               FROM cart AS given
               JOIN cart AS kept ON kept.customer_id = $2 AND kept.market = given.market AND kept.state = 'open'
               WHERE given.customer_id = $1 AND given.state = 'open'),
           codes AS (
               INSERT INTO cart_code (customer_id, cart_id, code, added_at)
               SELECT $2, carts.kept, code.code, code.added_at
               FROM carts JOIN cart_code AS code ON code.customer_id = $1 AND code.cart_id = carts.given
               ON CONFLICT DO NOTHING),
           cards AS (
               INSERT INTO cart_card (customer_id, cart_id, card_id, added_at)
               SELECT $2, carts.kept, card.card_id, card.added_at
               FROM carts JOIN cart_card AS card ON card.customer_id = $1 AND card.cart_id = carts.given
               ON CONFLICT DO NOTHING),
           left_groups AS (DELETE FROM customer_group WHERE customer_id = $1 RETURNING name),
           groups AS (
               INSERT INTO customer_group (customer_id, name)
               SELECT $2, name FROM left_groups ON CONFLICT DO NOTHING),
           left_uses AS (DELETE FROM promotion_customer WHERE customer_id = $1 RETURNING promotion_id, used),
           uses AS (
               INSERT INTO promotion_customer (customer_id, promotion_id, used)
               SELECT $2, promotion_id, used FROM left_uses
               ON CONFLICT (customer_id, promotion_id) DO UPDATE SET used = promotion_customer.used + excluded.used)
           UPDATE gift_card SET customer_id = $2 WHERE customer_id = $1"#,
        from.0,
        into.0,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Moves the carts and their history. A cart whose lines went into another is 'merged'; the one that is open then has a
/// later version than any that either customer ever saw in its market. Answers (market, highest version).
pub async fn move_carts(
    tx: &mut PgConnection,
    from: CustomerId,
    into: CustomerId,
    now: OffsetDateTime,
) -> Result<Vec<(String, i64)>, sqlx::Error> {
    sqlx::query!(
        r#"UPDATE cart AS given SET state = 'merged', updated_at = $3
           WHERE given.customer_id = $1 AND given.state = 'open'
             AND EXISTS (SELECT FROM cart AS kept
                         WHERE kept.customer_id = $2 AND kept.market = given.market AND kept.state = 'open')"#,
        from.0,
        into.0,
        now,
    )
    .execute(&mut *tx)
    .await?;
    let moved = sqlx::query_scalar!(
        "UPDATE cart SET customer_id = $2 WHERE customer_id = $1 RETURNING market",
        from.0,
        into.0,
    )
    .fetch_all(&mut *tx)
    .await?;
    sqlx::query!(
        r#"UPDATE cart SET version = latest.version + 1, updated_at = $3
           FROM (SELECT market, max(version) AS version FROM cart WHERE customer_id = $1 GROUP BY market) AS latest
           WHERE cart.customer_id = $1 AND cart.state = 'open'
             AND cart.market = latest.market AND cart.market = ANY($2)"#,
        into.0,
        &moved,
        now,
    )
    .execute(&mut *tx)
    .await?;
    let versions = sqlx::query!(
        r#"SELECT market, max(version) AS "version!" FROM cart
           WHERE customer_id = $1 AND market = ANY($2) GROUP BY market"#,
        into.0,
        &moved,
    )
    .fetch_all(tx)
    .await?;
    Ok(versions
        .into_iter()
        .map(|row| (row.market, row.version))
        .collect())
}

/// Moves checkouts and orders with their lines, payment attempts and the keys that lead to them. A checkout of a cart that
/// was merged is over. Answers how many orders moved.
pub async fn move_purchases(
    tx: &mut PgConnection,
    from: CustomerId,
    into: CustomerId,
    now: OffsetDateTime,
) -> Result<u64, sqlx::Error> {
    sqlx::query!(
        r#"UPDATE checkout SET customer_id = $2, updated_at = $3, version = version + 1,
                  state = CASE WHEN state IN ('open', 'ready')
                                    AND EXISTS (SELECT FROM cart WHERE cart.customer_id = $2
                                                AND cart.id = checkout.cart_id AND cart.state = 'merged')
                               THEN 'expired' ELSE state END
           WHERE customer_id = $1"#,
        from.0,
        into.0,
        now,
    )
    .execute(&mut *tx)
    .await?;
    // What the checkouts were promised, and no order was made of yet.
    sqlx::query!(
        "UPDATE stock_hold SET customer_id = $2 WHERE customer_id = $1",
        from.0,
        into.0,
    )
    .execute(&mut *tx)
    .await?;
    // Their lines, payment attempts, shipments, returns and refunds follow by ON UPDATE CASCADE.
    let orders = sqlx::query!(
        "UPDATE orders SET customer_id = $2 WHERE customer_id = $1",
        from.0,
        into.0,
    )
    .execute(&mut *tx)
    .await?;
    // Numbers and references are found by the rows that name them: they have no index by customer.
    sqlx::query!(
        r#"WITH moved AS (SELECT id, number FROM orders WHERE customer_id = $2),
                numbers AS (
                    UPDATE order_number SET customer_id = $2 FROM moved
                    WHERE order_number.number = moved.number AND order_number.customer_id = $1),
                parcels AS (
                    UPDATE tracking_code SET customer_id = $2 FROM shipment
                    WHERE shipment.customer_id = $2 AND tracking_code.shipment_id = shipment.id
                      AND tracking_code.adapter = shipment.adapter AND tracking_code.code = shipment.tracking_code
                      AND tracking_code.customer_id = $1),
                refs AS (
                    UPDATE payment_reference SET customer_id = $2 FROM payment_attempt AS attempt
                    WHERE attempt.customer_id = $2 AND attempt.provider = payment_reference.provider
                      AND attempt.reference = payment_reference.reference AND payment_reference.customer_id = $1)
           UPDATE idempotency_key SET customer_id = $2 WHERE customer_id = $1"#,
        from.0,
        into.0,
    )
    .execute(tx)
    .await?;
    Ok(orders.rows_affected())
}

/// Moves what providers keep of them. Links that were asked for end: whoever they would have made is someone by now.
pub async fn move_account(
    tx: &mut PgConnection,
    from: CustomerId,
    into: CustomerId,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE customer_claim SET customer_id = $2, ended_at = coalesce(ended_at, $3) WHERE customer_id = $1",
        from.0,
        into.0,
        now,
    )
    .execute(&mut *tx)
    .await?;
    // What both have stays once.
    sqlx::query!(
        "WITH given AS (DELETE FROM provider_customer WHERE customer_id = $1 RETURNING provider, reference, created_at)
         INSERT INTO provider_customer (customer_id, provider, reference, created_at)
         SELECT $2, provider, reference, created_at FROM given ON CONFLICT DO NOTHING",
        from.0,
        into.0,
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "WITH given AS (
             DELETE FROM saved_payment_method WHERE customer_id = $1 RETURNING id, provider, reference, label, created_at)
         INSERT INTO saved_payment_method (customer_id, id, provider, reference, label, created_at)
         SELECT $2, id, provider, reference, label, created_at FROM given ON CONFLICT DO NOTHING",
        from.0,
        into.0,
    )
    .execute(&mut *tx)
    .await?;
    // Of two reviews of one product that wait, the heir's stays.
    sqlx::query!(
        "UPDATE review SET state = 'replaced', moderated_at = $3
         WHERE customer_id = $1 AND state = 'pending'
           AND product_id IN (SELECT product_id FROM review WHERE customer_id = $2 AND state = 'pending')",
        from.0,
        into.0,
        now,
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "UPDATE review SET customer_id = $2 WHERE customer_id = $1",
        from.0,
        into.0,
    )
    .execute(tx)
    .await?;
    Ok(())
}

pub async fn move_sessions(
    tx: &mut PgConnection,
    from: CustomerId,
    into: CustomerId,
) -> Result<Vec<[u8; 32]>, sqlx::Error> {
    let hashes = sqlx::query_scalar!(
        "UPDATE session SET customer_id = $2 WHERE customer_id = $1 RETURNING token_hash",
        from.0,
        into.0,
    )
    .fetch_all(tx)
    .await?;
    Ok(hashes
        .into_iter()
        .filter_map(|hash| hash.try_into().ok())
        .collect())
}

pub async fn point_to_successor(
    tx: &mut PgConnection,
    from: CustomerId,
    into: CustomerId,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE customer SET merged_into = $2 WHERE id = $1",
        from.0,
        into.0,
    )
    .execute(tx)
    .await?;
    Ok(())
}
