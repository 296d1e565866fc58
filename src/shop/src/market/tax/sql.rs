//! The rates' statements.

use super::file::NewRate;
use crate::market::tax_class_name;
use sqlx::PgConnection;

/// These are the rates of `countries` from now on. Returns how many of those before are gone or changed.
pub async fn replace(
    tx: &mut PgConnection,
    countries: &[String],
    rates: &[NewRate],
) -> sqlx::Result<u64> {
    let of: Vec<String> = rates.iter().map(|rate| rate.country.to_string()).collect();
    let regions: Vec<String> = rates.iter().map(|rate| rate.region.clone()).collect();
    let classes: Vec<String> = rates
        .iter()
        .map(|rate| tax_class_name(rate.class).to_owned())
        .collect();
    let ppm: Vec<i32> = rates
        .iter()
        .map(|rate| i32::try_from(rate.ppm).unwrap_or(i32::MAX))
        .collect();
    let gone = sqlx::query!(
        "DELETE FROM tax_rate t WHERE country = ANY ($1)
         AND NOT EXISTS (SELECT FROM unnest($2::text[], $3::text[], $4::text[], $5::int[]) AS kept (country, region, class, ppm)
                         WHERE kept.country = t.country AND kept.region = t.region AND kept.class = t.tax_class
                           AND kept.ppm = t.ppm)",
        countries,
        &of,
        &regions,
        &classes,
        &ppm,
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "INSERT INTO tax_rate (country, region, tax_class, ppm)
         SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::int[])
         ON CONFLICT (country, region, tax_class) DO NOTHING",
        &of,
        &regions,
        &classes,
        &ppm,
    )
    .execute(tx)
    .await?;
    Ok(gone.rows_affected())
}
