//! Payment attempts, what leads to them, and webhooks.

use super::attempt::Identity;
use super::provider::Started;
use domain::Money;
use serde_json::Value;
use sqlx::types::Json;
use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

/// What a provider's page is made of.
pub(super) struct FactsRow {
    pub number: String,
    pub token: String,
    pub market: String,
    pub locale: String,
    pub email: String,
    pub amount_minor: i64,
    pub currency: String,
    pub provider: String,
    pub begun_at: OffsetDateTime,
    pub quote: Json<domain::pricing::Quote>,
    pub lines: Json<Vec<domain::cart::CartLine>>,
}

pub(super) async fn facts(db: &PgPool, of: Identity) -> sqlx::Result<Option<FactsRow>> {
    sqlx::query_as!(
        FactsRow,
        r#"SELECT o.number, o.token, o.market, o.locale, o.email, a.amount_minor, a.currency, a.provider,
                  coalesce(a.asked_at, a.created_at) AS "begun_at!", o.quote AS "quote: Json<domain::pricing::Quote>",
                  (SELECT jsonb_agg(l.line ORDER BY l.position) FROM order_line l
                   WHERE l.customer_id = o.customer_id AND l.order_id = o.id)
                      AS "lines!: Json<Vec<domain::cart::CartLine>>"
           FROM payment_attempt a JOIN orders o ON o.customer_id = a.customer_id AND o.id = a.order_id
           WHERE a.customer_id = $1 AND a.id = $2"#,
        of.customer.0,
        of.attempt.0,
    )
    .fetch_optional(db)
    .await
}

/// The page is open: its reference and address. False when the attempt was given up or settled meanwhile; the reference is
/// kept all the same, so that the page can be closed.
pub(super) async fn record_started(
    db: &mut PgConnection,
    of: Identity,
    provider: &str,
    started: &Started,
    now: OffsetDateTime,
) -> sqlx::Result<bool> {
    let open = sqlx::query_scalar!(
        r#"WITH reference AS (
             INSERT INTO payment_reference (provider, reference, customer_id, order_id, attempt_id)
             VALUES ($4, $5, $1, $2, $3) ON CONFLICT DO NOTHING)
         UPDATE payment_attempt
         SET state = CASE WHEN state IN ('created', 'unknown') AND given_up_at IS NULL THEN 'pending' ELSE state END,
             reference = $5, redirect_url = $6, updated_at = $7
         WHERE customer_id = $1 AND order_id = $2 AND id = $3
         RETURNING state = 'pending' AND given_up_at IS NULL AS "open!""#,
        of.customer.0,
        of.order.0,
        of.attempt.0,
        provider,
        started.reference,
        started.redirect_url,
        now,
    )
    .fetch_optional(db)
    .await?;
    Ok(open.unwrap_or(false))
}

/// The link to pay is to be mailed: whether it was not before. The stock is held until then at least. The order is locked.
pub(super) async fn take_link(
    tx: &mut PgConnection,
    of: Identity,
    now: OffsetDateTime,
    hold_until: OffsetDateTime,
) -> sqlx::Result<bool> {
    let first = sqlx::query_scalar!(
        r#"WITH before AS (SELECT payment_link_at FROM orders WHERE customer_id = $1 AND id = $2)
           UPDATE orders o
           SET payment_link_at = coalesce(o.payment_link_at, $3), hold_expires_at = greatest(o.hold_expires_at, $4)
           FROM before
           WHERE o.customer_id = $1 AND o.id = $2
           RETURNING before.payment_link_at IS NULL AS "first!""#,
        of.customer.0,
        of.order.0,
        now,
        hold_until,
    )
    .fetch_optional(tx)
    .await?;
    Ok(first.unwrap_or(false))
}

/// The page was not opened, and will not be: the attempt's last state.
pub(super) async fn set_not_started(
    db: &PgPool,
    of: Identity,
    state: &str,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE payment_attempt SET state = $3, updated_at = $4, deferred_at = NULL
         WHERE customer_id = $1 AND id = $2 AND state IN ('created', 'unknown') AND reference IS NULL",
        of.customer.0,
        of.attempt.0,
        state,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Ends an attempt whose page nobody was shown; one that may have been opened stays unknown, and is given up. False when it
/// was opened, given up or settled before.
pub(super) async fn give_up(
    tx: &mut PgConnection,
    of: Identity,
    state: &str,
    now: OffsetDateTime,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "UPDATE payment_attempt
         SET state = $4, updated_at = $5, deferred_at = NULL,
             given_up_at = CASE WHEN $4 = 'unknown' THEN $5::timestamptz END
         WHERE customer_id = $1 AND order_id = $2 AND id = $3
           AND state IN ('created', 'unknown') AND reference IS NULL AND given_up_at IS NULL",
        of.customer.0,
        of.order.0,
        of.attempt.0,
        state,
        now,
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The attempt that follows another, over the same amount.
pub(super) async fn insert_next(
    tx: &mut PgConnection,
    after: Identity,
    id: Uuid,
    provider: &str,
    now: OffsetDateTime,
    deferred_at: Option<OffsetDateTime>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO payment_attempt
             (customer_id, id, order_id, provider, state, amount_minor, currency, created_at, updated_at, deferred_at)
         SELECT customer_id, $3, order_id, $4, 'created', amount_minor, currency, $5, $5, $6
         FROM payment_attempt WHERE customer_id = $1 AND id = $2",
        after.customer.0,
        after.attempt.0,
        id,
        provider,
        now,
        deferred_at,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// The attempt waits for a provider; whether it can.
pub(super) async fn defer(
    tx: &mut PgConnection,
    of: Identity,
    now: OffsetDateTime,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "UPDATE payment_attempt SET deferred_at = $4, updated_at = $4
         WHERE customer_id = $1 AND order_id = $2 AND id = $3
           AND state = 'created' AND reference IS NULL AND given_up_at IS NULL AND deferred_at IS NULL",
        of.customer.0,
        of.order.0,
        of.attempt.0,
        now,
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// An attempt that waited is begun by whoever gets it from here; whether it still waited. Its stock is held until then at
/// least.
pub(super) async fn claim_one_deferred(
    db: &PgPool,
    of: Identity,
    now: OffsetDateTime,
    hold_until: OffsetDateTime,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "WITH due AS (
             UPDATE orders SET hold_expires_at = greatest(hold_expires_at, $5)
             WHERE customer_id = $1 AND id = $2 AND state = 'payment_due'
             RETURNING id)
         UPDATE payment_attempt SET deferred_at = NULL, asked_at = $4, updated_at = $4
         WHERE customer_id = $1 AND order_id = (SELECT id FROM due) AND id = $3
           AND state = 'created' AND deferred_at IS NOT NULL",
        of.customer.0,
        of.order.0,
        of.attempt.0,
        now,
        hold_until,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Takes attempts that wait for a provider, the longest waiting first; they are begun by whoever got them.
pub(super) async fn claim_deferred(
    db: &PgPool,
    now: OffsetDateTime,
    limit: i64,
) -> sqlx::Result<Vec<Identity>> {
    let rows = sqlx::query!(
        "UPDATE payment_attempt a SET deferred_at = NULL, asked_at = $1, updated_at = $1
         FROM (SELECT w.customer_id, w.id
               FROM payment_attempt w JOIN orders o ON o.customer_id = w.customer_id AND o.id = w.order_id
               WHERE w.state = 'created' AND w.deferred_at IS NOT NULL AND o.state = 'payment_due'
               ORDER BY w.deferred_at, w.id LIMIT $2 FOR UPDATE OF w SKIP LOCKED) AS waiting
         WHERE a.customer_id = waiting.customer_id AND a.id = waiting.id
         RETURNING a.customer_id, a.order_id, a.id",
        now,
        limit,
    )
    .fetch_all(db)
    .await?;
    let identity = |customer: Uuid, order: Uuid, attempt: Uuid| Identity {
        customer: customer.into(),
        order: order.into(),
        attempt: attempt.into(),
    };
    Ok(rows
        .into_iter()
        .map(|row| identity(row.customer_id, row.order_id, row.id))
        .collect())
}

/// The attempt that an order would be paid by.
pub(super) struct NewestRow {
    pub state: String,
    pub redirect_url: Option<String>,
    pub deferred: bool,
}

pub(super) async fn newest_attempt(
    db: &PgPool,
    customer: Uuid,
    order: Uuid,
) -> sqlx::Result<Option<NewestRow>> {
    sqlx::query_as!(
        NewestRow,
        r#"SELECT state, redirect_url, deferred_at IS NOT NULL AS "deferred!" FROM payment_attempt
           WHERE customer_id = $1 AND order_id = $2
           ORDER BY created_at DESC, id DESC LIMIT 1"#,
        customer,
        order,
    )
    .fetch_optional(db)
    .await
}

/// A capture may be asked for: the order is to be paid, that is the amount, and the attempt was not given up. Remembered until it is known how
/// it went.
pub(super) async fn allow_capture(
    db: &PgPool,
    of: Identity,
    amount: Money,
    now: OffsetDateTime,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "WITH due AS (
             SELECT id FROM orders WHERE customer_id = $1 AND id = $2 AND state = 'payment_due' FOR SHARE)
         UPDATE payment_attempt SET capture_asked_at = coalesce(capture_asked_at, $4)
         WHERE customer_id = $1 AND order_id = (SELECT id FROM due) AND id = $3
           AND state IN ('created', 'pending', 'unknown') AND given_up_at IS NULL
           AND amount_minor = $5 AND currency = $6",
        of.customer.0,
        of.order.0,
        of.attempt.0,
        now,
        amount.minor,
        amount.currency.code(),
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// It is known how the capture went: nothing was taken.
pub(super) async fn capture_answered(db: &PgPool, of: Identity) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE payment_attempt SET capture_asked_at = NULL WHERE customer_id = $1 AND id = $2",
        of.customer.0,
        of.attempt.0,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// No capture will be asked for any more. False when one was, after `settled_by`, and it is not known how it went.
pub(super) async fn forbid_capture(
    db: &PgPool,
    of: Identity,
    now: OffsetDateTime,
    settled_by: OffsetDateTime,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "UPDATE payment_attempt SET given_up_at = coalesce(given_up_at, $3), capture_asked_at = NULL
         WHERE customer_id = $1 AND id = $2 AND (capture_asked_at IS NULL OR capture_asked_at <= $4)",
        of.customer.0,
        of.attempt.0,
        now,
        settled_by,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The provider knows nothing of an attempt that was given up, or nobody was ever asked: nothing was charged.
pub(super) async fn set_failed(db: &PgPool, of: Identity, now: OffsetDateTime) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE payment_attempt SET state = 'failed', deferred_at = NULL, updated_at = $3
         WHERE customer_id = $1 AND id = $2 AND state IN ('created', 'pending', 'unknown')
           AND (given_up_at IS NOT NULL OR deferred_at IS NOT NULL)",
        of.customer.0,
        of.attempt.0,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// An order and one of its attempts, locked.
pub(super) struct LockedRow {
    pub order_state: String,
    pub attempt_state: String,
    pub number: String,
    pub provider: String,
    pub amount_minor: i64,
    pub currency: String,
    pub reference: Option<String>,
    pub is_duplicate: bool,
    /// The order was given up on purpose.
    pub called_off: bool,
}

pub(super) async fn lock(tx: &mut PgConnection, of: Identity) -> sqlx::Result<Option<LockedRow>> {
    sqlx::query_as!(
        LockedRow,
        r#"SELECT o.state AS order_state, a.state AS attempt_state, o.number, a.provider, a.amount_minor,
                  a.currency, a.reference, a.duplicate_at IS NOT NULL AS "is_duplicate!",
                  o.called_off_at IS NOT NULL AS "called_off!"
           FROM orders o JOIN payment_attempt a ON a.customer_id = o.customer_id AND a.order_id = o.id
           WHERE o.customer_id = $1 AND o.id = $2 AND a.id = $3
           FOR UPDATE"#,
        of.customer.0,
        of.order.0,
        of.attempt.0,
    )
    .fetch_optional(tx)
    .await
}

pub(super) async fn set_attempt(
    tx: &mut PgConnection,
    of: Identity,
    state: &str,
    (provider, reference): (&str, &str),
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        "WITH reference AS (
             INSERT INTO payment_reference (provider, reference, customer_id, order_id, attempt_id)
             VALUES ($5, $6, $1, $2, $3) ON CONFLICT DO NOTHING)
         UPDATE payment_attempt SET state = $4, reference = coalesce(reference, $6), updated_at = $7
         WHERE customer_id = $1 AND order_id = $2 AND id = $3",
        of.customer.0,
        of.order.0,
        of.attempt.0,
        state,
        provider,
        reference,
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// This attempt's money came besides another's.
pub(super) async fn mark_duplicate(
    tx: &mut PgConnection,
    of: Identity,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE payment_attempt SET duplicate_at = $3 WHERE customer_id = $1 AND id = $2",
        of.customer.0,
        of.attempt.0,
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// An order, locked: its state and number.
pub(super) async fn lock_order(
    tx: &mut PgConnection,
    customer: Uuid,
    order: Uuid,
) -> sqlx::Result<Option<(String, String)>> {
    let row = sqlx::query!(
        "SELECT state, number FROM orders WHERE customer_id = $1 AND id = $2 FOR UPDATE",
        customer,
        order,
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.map(|row| (row.state, row.number)))
}

/// An attempt that the provider has not said its last word about.
pub(super) struct OpenRow {
    pub customer_id: Uuid,
    pub order_id: Uuid,
    pub id: Uuid,
    pub provider: String,
    pub reference: Option<String>,
    pub deferred: bool,
    pub given_up_at: Option<OffsetDateTime>,
    pub order_state: String,
    pub placed_at: OffsetDateTime,
}

impl OpenRow {
    pub(super) fn identity(&self) -> Identity {
        Identity {
            customer: self.customer_id.into(),
            order: self.order_id.into(),
            attempt: self.id.into(),
        }
    }
}

/// An order's attempts that may yet be paid: at most one.
pub(super) async fn open_attempts(
    db: &mut PgConnection,
    customer: Uuid,
    order: Uuid,
) -> sqlx::Result<Vec<OpenRow>> {
    sqlx::query_as!(
        OpenRow,
        r#"SELECT a.customer_id, a.order_id, a.id, a.provider, a.reference, a.deferred_at IS NOT NULL AS "deferred!",
                  a.given_up_at, o.state AS order_state, o.placed_at
           FROM payment_attempt a JOIN orders o ON o.customer_id = a.customer_id AND o.id = a.order_id
           WHERE a.customer_id = $1 AND a.order_id = $2
             AND a.state IN ('created', 'pending', 'unknown') AND a.given_up_at IS NULL
           ORDER BY a.created_at"#,
        customer,
        order,
    )
    .fetch_all(db)
    .await
}

/// Takes open attempts that nobody has asked about since `before`, but those that wait for a provider to be paid at; taking
/// one counts as asking.
pub(super) async fn claim_stale(
    db: &PgPool,
    before: OffsetDateTime,
    now: OffsetDateTime,
    limit: i64,
) -> sqlx::Result<Vec<OpenRow>> {
    sqlx::query_as!(
        OpenRow,
        r#"UPDATE payment_attempt a SET updated_at = $2
           FROM (SELECT customer_id, id FROM payment_attempt
                 WHERE state IN ('created', 'pending', 'unknown') AND updated_at <= $1
                   AND (deferred_at IS NULL
                        OR NOT EXISTS (SELECT FROM orders due
                                       WHERE due.customer_id = payment_attempt.customer_id
                                         AND due.id = payment_attempt.order_id AND due.state = 'payment_due'))
                 ORDER BY updated_at LIMIT $3 FOR UPDATE SKIP LOCKED) AS stale,
                orders o
           WHERE a.customer_id = stale.customer_id AND a.id = stale.id
             AND o.customer_id = a.customer_id AND o.id = a.order_id
           RETURNING a.customer_id, a.order_id, a.id, a.provider, a.reference,
                     a.deferred_at IS NOT NULL AS "deferred!", a.given_up_at, o.state AS order_state, o.placed_at"#,
        before,
        now,
        limit,
    )
    .fetch_all(db)
    .await
}

/// Takes unpaid orders whose hold has run out; one that can't be closed now comes again at `again`.
pub(super) async fn claim_expired(
    db: &PgPool,
    now: OffsetDateTime,
    again: OffsetDateTime,
    limit: i64,
) -> sqlx::Result<Vec<(Uuid, Uuid)>> {
    let rows = sqlx::query!(
        "UPDATE orders o SET hold_expires_at = $2
         FROM (SELECT customer_id, id FROM orders
               WHERE state = 'payment_due' AND hold_expires_at <= $1
               ORDER BY hold_expires_at LIMIT $3 FOR UPDATE SKIP LOCKED) AS due
         WHERE o.customer_id = due.customer_id AND o.id = due.id
         RETURNING o.customer_id, o.id",
        now,
        again,
        limit,
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.customer_id, row.id))
        .collect())
}

/// Where a provider's reference leads.
pub(super) struct FoundRow {
    pub customer_id: Uuid,
    pub order_id: Uuid,
    pub attempt_id: Uuid,
    pub number: String,
    pub token: String,
    pub attempt_state: String,
}

impl FoundRow {
    pub(super) fn identity(&self) -> Identity {
        Identity {
            customer: self.customer_id.into(),
            order: self.order_id.into(),
            attempt: self.attempt_id.into(),
        }
    }
}

pub(super) async fn find_reference(
    db: &PgPool,
    provider: &str,
    reference: &str,
) -> sqlx::Result<Option<FoundRow>> {
    sqlx::query_as!(
        FoundRow,
        "SELECT a.customer_id, a.order_id, a.id AS attempt_id, o.number, o.token, a.state AS attempt_state
         FROM payment_reference r
         JOIN payment_attempt a ON a.customer_id = r.customer_id AND a.id = r.attempt_id
         JOIN orders o ON o.customer_id = a.customer_id AND o.id = a.order_id
         WHERE r.provider = $1 AND r.reference = $2",
        provider,
        reference,
    )
    .fetch_optional(db)
    .await
}

pub(super) async fn find_attempt(
    db: &PgPool,
    provider: &str,
    number: &str,
    attempt: Uuid,
) -> sqlx::Result<Option<FoundRow>> {
    sqlx::query_as!(
        FoundRow,
        "SELECT a.customer_id, a.order_id, a.id AS attempt_id, o.number, o.token, a.state AS attempt_state
         FROM order_number n
         JOIN orders o ON o.customer_id = n.customer_id AND o.id = n.order_id
         JOIN payment_attempt a ON a.customer_id = o.customer_id AND a.order_id = o.id
         WHERE n.number = $2 AND a.id = $3 AND a.provider = $1",
        provider,
        number,
        attempt,
    )
    .fetch_optional(db)
    .await
}

/// Keeps a webhook; false when that event was kept before.
pub(super) async fn insert_webhook(
    tx: &mut PgConnection,
    provider: &str,
    event: &str,
    payload: &Value,
    now: OffsetDateTime,
    handled: bool,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "INSERT INTO webhook_event (provider, event_id, payload, received_at, handled_at)
         VALUES ($1, $2, $3, $4, CASE WHEN $5::boolean THEN $4::timestamptz END)
         ON CONFLICT DO NOTHING",
        provider,
        event,
        payload,
        now,
        handled,
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// A webhook that has not been handled yet.
pub(super) async fn unhandled_webhook(
    db: &PgPool,
    provider: &str,
    event: &str,
) -> sqlx::Result<Option<Value>> {
    sqlx::query_scalar!(
        "SELECT payload FROM webhook_event WHERE provider = $1 AND event_id = $2 AND handled_at IS NULL",
        provider,
        event,
    )
    .fetch_optional(db)
    .await
}

pub(super) async fn webhook_handled(
    db: &PgPool,
    provider: &str,
    event: &str,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE webhook_event SET handled_at = $3 WHERE provider = $1 AND event_id = $2",
        provider,
        event,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}
