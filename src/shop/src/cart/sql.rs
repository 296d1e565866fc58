//! The cart's statements; what they call lies in the migration `cart`.

use super::MOST_MINOR;
use domain::cart::{CartCommand, MAX_LINES, Quantity};
use domain::{Actor, CartId, CustomerId, Storefront, VariantId};
use serde::Deserialize;
use sqlx::types::Json;
use sqlx::{PgConnection, PgPool};
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
    pub options: String,
    pub picture_src: Option<String>,
    pub picture_alt: Option<String>,
    pub amount_minor: Option<i64>,
    pub compare_at_minor: Option<i64>,
    pub weight_g: u32,
    pub tax_class: String,
    pub available: Option<i64>,
}

pub struct CartRow {
    pub cart: Option<CartId>,
    pub version: i64,
    pub lines: Vec<LineRow>,
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
                  cart_lines($1, open.id, $2, $3, $4) AS "lines!: Json<Vec<LineRow>>"
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
    })
}

/// What `change_cart` needs.
pub struct Change<'a> {
    pub customer: CustomerId,
    pub storefront: &'a Storefront,
    /// The cart's id, should it begin with this command.
    pub fresh_cart: CartId,
    pub command: CartCommand,
    pub actor: &'a Actor,
    pub now: OffsetDateTime,
}

pub struct Changed {
    pub outcome: String,
    pub cart: Option<CartId>,
    pub version: i64,
    pub lines: Vec<LineRow>,
}

impl Change<'_> {
    pub async fn apply(self, db: &PgPool) -> Result<Changed, sqlx::Error> {
        let row = sqlx::query!(
            r#"SELECT outcome AS "outcome!", open_cart AS "cart: Uuid", open_version AS "version",
                      open_lines AS "lines: Json<Vec<LineRow>>"
               FROM change_cart($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"#,
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
        )
        .fetch_one(db)
        .await?;
        Ok(Changed {
            outcome: row.outcome,
            cart: row.cart.map(CartId),
            version: row.version.unwrap_or_default(),
            lines: row.lines.map(|lines| lines.0).unwrap_or_default(),
        })
    }
}
