//! The statements of zones, ways of delivery and places.

use super::file::{NewOption, NewPlace, NewZone};
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

/// A location of that code is this place from now on; `id` is for one that was not there.
pub async fn put_place(tx: &mut PgConnection, id: Uuid, place: &NewPlace) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO location (id, code, name, called, hours, line1, postcode, city, region, country)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         ON CONFLICT (code) DO UPDATE
         SET called = excluded.called, hours = excluded.hours, line1 = excluded.line1, postcode = excluded.postcode,
             city = excluded.city, region = excluded.region, country = excluded.country",
        id,
        place.code,
        place.name,
        Json(&place.names) as _,
        Json(&place.hours) as _,
        place.line1,
        place.postcode,
        place.city,
        place.region,
        place.country.as_str(),
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Takes away all zones and ways of delivery of a market; orders keep copies of their own.
pub async fn clear(tx: &mut PgConnection, market: &str) -> sqlx::Result<()> {
    sqlx::query!("DELETE FROM delivery_option WHERE market = $1", market)
        .execute(&mut *tx)
        .await?;
    sqlx::query!("DELETE FROM delivery_zone WHERE market = $1", market)
        .execute(tx)
        .await?;
    Ok(())
}

pub async fn put_zone(
    tx: &mut PgConnection,
    market: &str,
    zone: &NewZone,
    position: i32,
) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO delivery_zone (market, code, areas, position) VALUES ($1, $2, $3, $4)",
        market,
        zone.code,
        &zone.areas,
        position,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// `countries` of an option is for the release before zones, which does not tell regions apart.
pub async fn put_option(
    tx: &mut PgConnection,
    id: Uuid,
    market: &str,
    zone: &NewZone,
    option: &NewOption,
    position: i32,
) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO delivery_option (id, market, zone, countries, code, name, days_min, days_max, free_from_minor,
                                      from_minor, below_minor, tax_class, pick_up, position)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        id,
        market,
        zone.code,
        &zone.countries,
        option.code,
        Json(&option.names) as _,
        i16::from(option.days.0),
        i16::from(option.days.1),
        option.free_from,
        option.worth.0,
        option.worth.1,
        crate::market::tax_class_name(option.tax_class),
        option.pick_up,
        position,
    )
    .execute(&mut *tx)
    .await?;
    let (weights, prices): (Vec<i32>, Vec<i64>) = option.bands.iter().copied().unzip();
    sqlx::query!(
        "INSERT INTO delivery_band (option_id, up_to_g, price_minor)
         SELECT $1, * FROM unnest($2::int[], $3::bigint[])",
        id,
        &weights,
        &prices,
    )
    .execute(tx)
    .await?;
    Ok(())
}

pub async fn sell_to(
    tx: &mut PgConnection,
    market: &str,
    countries: &[String],
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE market SET countries = $2 WHERE code = $1",
        market,
        countries
    )
    .execute(tx)
    .await?;
    Ok(())
}
