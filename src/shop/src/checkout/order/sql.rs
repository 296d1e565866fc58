//! The order's one statement.

use super::{Made, NewOrder, Record};
use crate::Broken;
use crate::payment::HOLD;
use domain::catalog::StockState;
use domain::checkout::CheckoutView;
use serde_json::Value;
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

/// The order's lines, by columns.
pub(super) struct Lines {
    pub(super) variants: Vec<Uuid>,
    quantities: Vec<i32>,
    lines: Vec<Value>,
    subtotals: Vec<i64>,
    discounts: Vec<i64>,
    taxes: Vec<i64>,
}

impl Lines {
    pub(super) fn of(view: &CheckoutView) -> Result<Self, Broken> {
        let quoted = &view.quote.lines;
        let lines = &view.lines;
        Ok(Self {
            variants: lines.iter().map(|line| line.variant.0).collect(),
            quantities: lines
                .iter()
                .map(|line| i32::try_from(line.quantity.get()).unwrap_or(i32::MAX))
                .collect(),
            lines: lines
                .iter()
                .map(serde_json::to_value)
                .collect::<Result<_, _>>()?,
            subtotals: quoted.iter().map(|line| line.subtotal.minor).collect(),
            discounts: quoted.iter().map(|line| line.discount.minor).collect(),
            taxes: quoted.iter().map(|line| line.tax.minor).collect(),
        })
    }
}

/// What `place_order` answered.
pub(super) struct Answer {
    pub outcome: String,
    /// The lines that there is not enough of, or that are over their limit.
    pub short: Vec<Uuid>,
    /// How many of each may still be bought.
    pub allowed: Vec<i64>,
}

/// Makes the order, with all that belongs to it, or says why not.
pub(super) async fn place(
    tx: &mut PgConnection,
    made: &Made,
    new: &NewOrder<'_>,
    lines: &Lines,
    record: &Record<'_>,
    provider: &str,
) -> sqlx::Result<Answer> {
    let quote = &new.seen.view.quote;
    let [entry, event, pages_event, audit_entry] = record.ids;
    let row = sqlx::query!(
        r#"SELECT outcome AS "outcome!", short AS "short: Vec<Uuid>", allowed AS "allowed: Vec<i64>"
           FROM place_order($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
                            $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38,
                            $39, $40)"#,
        made.identity.customer.0,
        new.cart.0,
        new.cart_version,
        new.placement.checkout.0,
        Json(&new.placement.form) as _,
        new.placement.key.0,
        new.body_hash.as_slice(),
        made.identity.order.0,
        made.number,
        made.token,
        new.storefront.market.as_str(),
        new.storefront.locale.code(),
        new.details.email.as_str(),
        Json(&new.details.address) as _,
        Json(new.delivery) as _,
        Json(quote) as _,
        quote.total.currency.code(),
        quote.total.minor,
        made.at,
        made.at + HOLD,
        made.identity.attempt.0,
        provider,
        quote.due().minor,
        &lines.variants,
        &lines.quantities,
        &lines.lines,
        &lines.subtotals,
        &lines.discounts,
        &lines.taxes,
        new.claims,
        entry,
        event,
        pages_event,
        audit_entry,
        Json(&record.caller.actor) as _,
        record.caller.cause,
        record.caller.trace,
        record.payload,
        record.change,
        StockState::FEW,
    )
    .fetch_one(tx)
    .await?;
    Ok(Answer {
        outcome: row.outcome,
        short: row.short.unwrap_or_default(),
        allowed: row.allowed.unwrap_or_default(),
    })
}
