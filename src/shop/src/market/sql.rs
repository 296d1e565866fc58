//! The small tables of markets, taxes and delivery, read once at the start.

use sqlx::PgPool;
use uuid::Uuid;

pub(super) struct MarketRow {
    pub code: String,
    pub currency: String,
    pub tax_mode: String,
    pub rounding_scope: String,
    pub rounding_mode: String,
    pub locales: Vec<String>,
    pub countries: Vec<String>,
}

pub(super) async fn markets(db: &PgPool) -> sqlx::Result<Vec<MarketRow>> {
    sqlx::query_as!(
        MarketRow,
        "SELECT code, currency, tax_mode, rounding_scope, rounding_mode, locales, countries
         FROM market ORDER BY position, code"
    )
    .fetch_all(db)
    .await
}

pub(super) struct TaxRateRow {
    pub country: String,
    pub region: String,
    pub tax_class: String,
    pub ppm: i32,
}

pub(super) async fn tax_rates(db: &PgPool) -> sqlx::Result<Vec<TaxRateRow>> {
    sqlx::query_as!(
        TaxRateRow,
        "SELECT country, region, tax_class, ppm FROM tax_rate ORDER BY country, region, tax_class"
    )
    .fetch_all(db)
    .await
}

pub(super) struct DeliveryRow {
    pub id: Uuid,
    pub market: String,
    pub countries: Vec<String>,
    pub code: String,
    pub name: serde_json::Value,
    pub days_min: i16,
    pub days_max: i16,
    pub free_from_minor: Option<i64>,
    pub tax_class: String,
}

pub(super) async fn delivery_options(db: &PgPool) -> sqlx::Result<Vec<DeliveryRow>> {
    sqlx::query_as!(
        DeliveryRow,
        "SELECT id, market, countries, code, name, days_min, days_max, free_from_minor, tax_class
         FROM delivery_option ORDER BY market, position"
    )
    .fetch_all(db)
    .await
}

pub(super) struct BandRow {
    pub option_id: Uuid,
    pub up_to_g: i32,
    pub price_minor: i64,
}

pub(super) async fn delivery_bands(db: &PgPool) -> sqlx::Result<Vec<BandRow>> {
    sqlx::query_as!(
        BandRow,
        "SELECT option_id, up_to_g, price_minor FROM delivery_band ORDER BY option_id, up_to_g"
    )
    .fetch_all(db)
    .await
}
