//! The small tables of markets, taxes and delivery.

use sqlx::PgConnection;
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

pub(super) async fn markets(db: &mut PgConnection) -> sqlx::Result<Vec<MarketRow>> {
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

pub(super) async fn tax_rates(db: &mut PgConnection) -> sqlx::Result<Vec<TaxRateRow>> {
    sqlx::query_as!(
        TaxRateRow,
        "SELECT country, region, tax_class, ppm FROM tax_rate
         ORDER BY country, region, array_position(ARRAY['standard', 'reduced', 'zero'], tax_class)"
    )
    .fetch_all(db)
    .await
}

pub(super) struct DeliveryRow {
    pub id: Uuid,
    pub market: String,
    /// Countries (`US`) and regions (`US-HI`).
    pub areas: Vec<String>,
    pub code: String,
    pub name: serde_json::Value,
    pub days_min: i16,
    pub days_max: i16,
    pub free_from_minor: Option<i64>,
    pub from_minor: i64,
    pub below_minor: Option<i64>,
    pub tax_class: String,
    /// The location's code.
    pub pick_up: Option<String>,
}

pub(super) async fn delivery_options(db: &mut PgConnection) -> sqlx::Result<Vec<DeliveryRow>> {
    sqlx::query_as!(
        DeliveryRow,
        r#"SELECT o.id, o.market, coalesce(z.areas, o.countries) AS "areas!", o.code, o.name, o.days_min, o.days_max,
                  o.free_from_minor, o.from_minor, o.below_minor, o.tax_class, o.pick_up
           FROM delivery_option o
           LEFT JOIN delivery_zone z ON z.market = o.market AND z.code = o.zone
           ORDER BY o.market, o.position"#
    )
    .fetch_all(db)
    .await
}

pub(super) struct BandRow {
    pub option_id: Uuid,
    pub up_to_g: i32,
    pub price_minor: i64,
}

pub(super) async fn delivery_bands(db: &mut PgConnection) -> sqlx::Result<Vec<BandRow>> {
    sqlx::query_as!(
        BandRow,
        "SELECT option_id, up_to_g, price_minor FROM delivery_band ORDER BY option_id, up_to_g"
    )
    .fetch_all(db)
    .await
}

pub(super) struct PlaceRow {
    pub code: String,
    pub name: String,
    pub called: serde_json::Value,
    pub hours: serde_json::Value,
    pub line1: String,
    pub postcode: String,
    pub city: String,
    pub region: String,
    pub country: String,
}

/// The locations that can be picked up at.
pub(super) async fn places(db: &mut PgConnection) -> sqlx::Result<Vec<PlaceRow>> {
    sqlx::query_as!(
        PlaceRow,
        r#"SELECT code, name, called, hours, line1, postcode, city, region, country AS "country!"
           FROM location WHERE country IS NOT NULL ORDER BY code"#
    )
    .fetch_all(db)
    .await
}

pub(super) struct WordRow {
    pub locale: String,
    pub kind: String,
    pub source: String,
    pub word: String,
}

pub(super) async fn option_words(db: &mut PgConnection) -> sqlx::Result<Vec<WordRow>> {
    sqlx::query_as!(
        WordRow,
        "SELECT locale, kind, source, word FROM option_word ORDER BY locale, kind, source"
    )
    .fetch_all(db)
    .await
}

pub(super) struct AttributeRow {
    pub code: String,
    pub kind: String,
    pub unit: String,
    pub name: serde_json::Value,
    pub is_facet: bool,
}

pub(super) async fn attributes(db: &mut PgConnection) -> sqlx::Result<Vec<AttributeRow>> {
    sqlx::query_as!(
        AttributeRow,
        "SELECT code, kind, unit, name, is_facet FROM attribute ORDER BY position, code"
    )
    .fetch_all(db)
    .await
}
