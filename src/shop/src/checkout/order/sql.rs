//! The order's one statement.

use super::{Made, NewOrder, Written, stored};
use crate::inventory::Available;
use crate::payment::HOLD;
use crate::{Broken, Shop};
use domain::VariantId;
use domain::checkout::CheckoutView;
use serde_json::Value;
use sqlx::PgConnection;
use sqlx::types::Json;
use time::OffsetDateTime;
use uuid::Uuid;

/// The order's lines, by columns.
pub(super) struct Lines {
    ledger: Vec<Uuid>,
    variants: Vec<Uuid>,
    quantities: Vec<i32>,
    lines: Vec<Value>,
    subtotals: Vec<i64>,
    discounts: Vec<i64>,
    taxes: Vec<i64>,
}

impl Lines {
    pub(super) fn of(
        shop: &Shop,
        view: &CheckoutView,
        now: OffsetDateTime,
    ) -> Result<Self, Broken> {
        let quoted = &view.quote.lines;
        let lines = &view.lines;
        Ok(Self {
            ledger: lines.iter().map(|_| shop.random.id(now)).collect(),
            variants: lines.iter().map(|line| line.variant.0).collect(),
            quantities: lines
                .iter()
                .map(|line| i32::try_from(line.quantity.get()).unwrap_or(i32::MAX))
                .collect(),
            lines: lines.iter().map(stored).collect::<Result<_, _>>()?,
            subtotals: quoted.iter().map(|line| line.subtotal.minor).collect(),
            discounts: quoted.iter().map(|line| line.discount.minor).collect(),
            taxes: quoted.iter().map(|line| line.tax.minor).collect(),
        })
    }
}

/// Writes everything but the cart, outbox and audit log. Stock rows are locked in the order of their variants before any is
/// changed, as everywhere, so that no two orders wait for each other. A line that can't be held is left out of `held`:
/// then the transaction is to be rolled back.
pub(super) async fn write(
    tx: &mut PgConnection,
    made: &Made,
    new: &NewOrder<'_>,
    lines: &Lines,
    provider: &str,
) -> sqlx::Result<Written> {
    let quote = &new.seen.view.quote;
    let row = sqlx::query!(
        r#"WITH wanted AS (
               SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::jsonb[], $5::bigint[], $6::bigint[], $7::bigint[])
                   WITH ORDINALITY AS line (ledger_id, variant_id, quantity, line, subtotal, discount, tax, position)),
           chosen AS (
               SELECT wanted.*, place.location_id
               FROM wanted CROSS JOIN LATERAL (
                   SELECT s.location_id FROM stock s WHERE s.variant_id = wanted.variant_id
                   ORDER BY (s.oversell OR s.on_hand - s.held >= wanted.quantity) DESC, s.location_id LIMIT 1) AS place),
           locked AS MATERIALIZED (
               SELECT s.variant_id, s.location_id, chosen.quantity, chosen.ledger_id
               FROM stock s JOIN chosen USING (variant_id, location_id)
               ORDER BY s.variant_id, s.location_id FOR UPDATE OF s),
           held AS (
               UPDATE stock s SET held = s.held + locked.quantity
               FROM locked
               WHERE s.variant_id = locked.variant_id AND s.location_id = locked.location_id
                 AND (s.oversell OR s.on_hand - s.held >= locked.quantity)
               RETURNING s.variant_id, s.location_id, locked.quantity, locked.ledger_id,
                         s.on_hand - s.held AS available, s.oversell),
           keyed AS (
               INSERT INTO idempotency_key (key, customer_id, body_hash, order_id, created_at)
               VALUES ($8, $9, $10, $11, $12)),
           numbered AS (
               INSERT INTO order_number (number, customer_id, order_id) VALUES ($13, $9, $11)),
           ordered AS (
               INSERT INTO orders (customer_id, id, checkout_id, number, token, market, locale, state, email, address,
                                   delivery, quote, currency, total_minor, placed_at, hold_expires_at, updated_at)
               VALUES ($9, $11, $14, $13, $15, $16, $17, 'payment_due', $18, $19, $20, $21, $22, $23, $12, $24, $12)),
           lined AS (
               INSERT INTO order_line (customer_id, order_id, position, variant_id, location_id, quantity, line,
                                       subtotal_minor, discount_minor, tax_minor)
               SELECT $9, $11, wanted.position, wanted.variant_id, chosen.location_id, wanted.quantity, wanted.line,
                      wanted.subtotal, wanted.discount, wanted.tax
               FROM wanted LEFT JOIN chosen USING (variant_id)),
           attempted AS (
               INSERT INTO payment_attempt (customer_id, id, order_id, provider, state, amount_minor, currency, created_at, updated_at)
               VALUES ($9, $25, $11, $26, 'created', $23, $22, $12, $12)),
           ledgered AS (
               INSERT INTO stock_ledger (id, at, variant_id, location_id, on_hand_change, held_change, sold_change, cause, reference)
               SELECT ledger_id, $12, variant_id, location_id, 0, quantity, 0, 'hold', $11 FROM held),
           closed AS (
               UPDATE checkout
               SET state = 'placed', form = $27, messages = '[]', seen_total = $23, version = version + 1, updated_at = $12
               WHERE customer_id = $9 AND id = $14 AND state IN ('open', 'ready')
               RETURNING id)
           SELECT (SELECT count(*) FROM closed) AS "checkouts!",
                  ARRAY(SELECT variant_id FROM locked ORDER BY variant_id) AS "tracked!",
                  ARRAY(SELECT variant_id FROM held ORDER BY variant_id) AS "held!",
                  ARRAY(SELECT available FROM held ORDER BY variant_id) AS "available!",
                  ARRAY(SELECT CASE WHEN oversell THEN 0 ELSE quantity END FROM held ORDER BY variant_id) AS "taken!""#,
        &lines.ledger,
        &lines.variants,
        &lines.quantities,
        &lines.lines,
        &lines.subtotals,
        &lines.discounts,
        &lines.taxes,
        new.placement.key.0,
        made.identity.customer.0,
        new.body_hash.as_slice(),
        made.identity.order.0,
        made.at,
        made.number,
        new.placement.checkout.0,
        made.token,
        new.storefront.market.as_str(),
        new.storefront.locale.code(),
        new.details.email.as_str(),
        Json(&new.details.address) as _,
        Json(new.delivery) as _,
        Json(quote) as _,
        quote.total.currency.code(),
        quote.total.minor,
        made.at + HOLD,
        made.identity.attempt.0,
        provider,
        Json(&new.placement.form) as _,
    )
    .fetch_one(tx)
    .await?;
    let held = row.held.iter().zip(&row.available).zip(&row.taken);
    Ok(Written {
        tracked: row.tracked,
        held: held
            .map(|((variant, after), taken)| Available {
                variant: VariantId(*variant),
                before: after + i64::from(*taken),
                after: *after,
            })
            .collect(),
        checkouts: row.checkouts,
    })
}
