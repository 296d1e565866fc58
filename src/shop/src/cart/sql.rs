//! The cart's statements; what they call lies in the migration `cart`.

use super::MOST_MINOR;
use crate::gift_card;
use crate::promotion::OffersRow;
use domain::cart::{CartChange, CartCommand, MAX_CODES, MAX_LINES, Quantity};
use domain::promotion::Code;
use domain::{Actor, CartId, CustomerId, Storefront, VariantId};
use serde::Deserialize;
use serde_json::{Value, json};
use sqlx::postgres::types::PgInterval;
use sqlx::types::Json;
use sqlx::{PgConnection, PgPool};
use std::fmt::Write as _;
use time::OffsetDateTime;
use uuid::Uuid;

/// A line as `cart_lines` gives it.
#[derive(Debug, Deserialize)]
pub struct LineRow {
    pub variant: VariantId,
    pub quantity: u32,
    pub sku: String,
    pub product_slug: String,
    pub title: String,
    pub option_names: Vec<String>,
    pub option_values: Vec<String>,
    pub picture_src: Option<String>,
    pub picture_alt: Option<String>,
    pub amount_minor: Option<i64>,
    pub compare_at_minor: Option<i64>,
    pub weight_g: u32,
    pub tax_class: String,
    pub available: Option<i64>,
    /// Whether it is sent later than usual, and from when (`2026-12-03`), if that is known.
    pub is_late: bool,
    pub sent_on: Option<String>,
}

pub struct CartRow {
    pub cart: Option<CartId>,
    pub version: i64,
    pub lines: Vec<LineRow>,
    pub offers: Option<OffersRow>,
}

/// The open cart; without one, the version that the last cart was closed with.
pub async fn open_cart(
    db: &mut PgConnection,
    customer: CustomerId,
    storefront: &Storefront,
    now: OffsetDateTime,
) -> Result<CartRow, sqlx::Error> {
    let row = sqlx::query!(
        r#"SELECT open.id AS "cart?",
                  coalesce(open.version, last.version, 0) AS "version!",
                  cart_lines($1, open.id, $2, $3, $4) AS "lines!: Json<Vec<LineRow>>",
                  cart_promotions($1, open.id, $2, $4) AS "offers: Json<OffersRow>"
           FROM (SELECT max(version) AS version FROM cart WHERE customer_id = $1 AND market = $2) AS last
           LEFT JOIN cart AS open ON open.customer_id = $1 AND open.market = $2 AND open.state = 'open'"#,
        customer.0,
        storefront.market.as_str(),
        storefront.locale.code(),
        now,
    )
    .fetch_one(db)
    .await?;
    Ok(CartRow {
        cart: row.cart.map(CartId),
        version: row.version,
        lines: row.lines.0,
        offers: row.offers.map(|offers| offers.0),
    })
}

/// How many codes that nobody has may be tried on a cart, and in which time.
const MOST_TRIES: i32 = 20;
const TRIES_LAST: PgInterval = PgInterval {
    months: 0,
    days: 0,
    microseconds: 600_000_000,
};

/// What `change_cart` needs.
pub struct Change<'a> {
    pub customer: CustomerId,
    pub storefront: &'a Storefront,
    /// The cart's id, should it begin with this command.
    pub fresh_cart: CartId,
    pub command: CartCommand,
    /// A copy of the cart that is at hand, by its version.
    pub known: Option<(CartId, i64)>,
    pub actor: &'a Actor,
    pub now: OffsetDateTime,
}

pub struct Changed {
    pub outcome: String,
    /// The lines are that of the command alone, and the others as they were in what was known.
    pub is_partial: bool,
    pub now: CartRow,
}

impl Change<'_> {
    pub async fn apply(self, db: &PgPool) -> Result<Changed, sqlx::Error> {
        match &self.command.change {
            CartChange::AddLine { .. }
            | CartChange::SetQuantity { .. }
            | CartChange::RemoveLine { .. } => self.apply_to_lines(db).await,
            CartChange::ApplyCode { code } => {
                let wanted = json!({ "kind": "apply_code", "hash": hashed(code) });
                self.apply_to_codes(db, wanted).await
            }
            CartChange::RemoveCode { code } => {
                let wanted = json!({ "kind": "remove_code", "hash": hashed(code) });
                self.apply_to_codes(db, wanted).await
            }
            CartChange::RemoveCard { card } => {
                let wanted = json!({ "kind": "remove_card", "card": card });
                self.apply_to_codes(db, wanted).await
            }
        }
    }

    async fn apply_to_codes(&self, db: &PgPool, wanted: Value) -> Result<Changed, sqlx::Error> {
        let row = sqlx::query!(
            r#"SELECT outcome AS "outcome!", open_cart AS "cart: Uuid", open_version AS "version",
                      open_lines AS "lines: Json<Vec<LineRow>>",
                      CASE WHEN open_lines IS NOT NULL THEN cart_promotions($1, open_cart, $2, $7) END AS "offers: Json<OffersRow>"
               FROM change_cart_codes($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"#,
            self.customer.0,
            self.storefront.market.as_str(),
            self.storefront.locale.code(),
            self.command.command.0,
            wanted,
            Json(self.actor) as _,
            self.now,
            i32::try_from(MAX_CODES).unwrap_or(i32::MAX),
            MOST_TRIES,
            TRIES_LAST,
        )
        .fetch_one(db)
        .await?;
        Ok(Changed {
            outcome: row.outcome,
            is_partial: false,
            now: CartRow {
                cart: row.cart.map(CartId),
                version: row.version.unwrap_or_default(),
                lines: row.lines.map(|lines| lines.0).unwrap_or_default(),
                offers: row.offers.map(|offers| offers.0),
            },
        })
    }

    async fn apply_to_lines(&self, db: &PgPool) -> Result<Changed, sqlx::Error> {
        let row = sqlx::query!(
            r#"SELECT outcome AS "outcome!", open_cart AS "cart: Uuid", open_version AS "version",
                      is_partial AS "is_partial!", open_lines AS "lines: Json<Vec<LineRow>>",
                      open_offers AS "offers: Json<OffersRow>"
               FROM change_cart($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"#,
            self.customer.0,
            self.storefront.market.as_str(),
            self.storefront.locale.code(),
            self.fresh_cart.0,
            self.command.command.0,
            Json(&self.command.change) as _,
            Json(self.actor) as _,
            self.now,
            i32::try_from(MAX_LINES).unwrap_or(i32::MAX),
            i32::try_from(Quantity::MAX).unwrap_or(i32::MAX),
            MOST_MINOR,
            self.known.map(|(cart, _)| cart.0),
            self.known.map(|(_, version)| version),
        )
        .fetch_one(db)
        .await?;
        Ok(Changed {
            outcome: row.outcome,
            is_partial: row.is_partial,
            now: CartRow {
                cart: row.cart.map(CartId),
                version: row.version.unwrap_or_default(),
                lines: row.lines.map(|lines| lines.0).unwrap_or_default(),
                offers: row.offers.map(|offers| offers.0),
            },
        })
    }
}

/// A code as histories keep it: the hex of its SHA-256.
fn hashed(code: &Code) -> String {
    gift_card::hash_of(code)
        .iter()
        .fold(String::with_capacity(64), |mut hex, byte| {
            // Writing to a string can't fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}
