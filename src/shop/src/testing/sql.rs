//! The statements of tests.

use super::product::NewProduct;
use domain::VariantId;
use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

/// `ids`: the product's, its category's (should it be new), then its variants'.
pub async fn insert_product(
    db: &PgPool,
    product: &NewProduct,
    ids: &[Uuid],
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let id = ids[0];
    if let Some(category) = &product.category {
        sqlx::query!(
            r#"INSERT INTO category (id, slug, source, name, position)
               VALUES ($1, $2, $2, jsonb_build_object('en', $2::text), (SELECT count(*) FROM category))
               ON CONFLICT DO NOTHING"#,
            ids[1],
            category,
        )
        .execute(db)
        .await?;
    }
    sqlx::query!(
        r#"INSERT INTO product (id, slug, title, category_id, status, published_at, option_names, tags, created_at, updated_at)
           VALUES ($1, $2, $3, (SELECT id FROM category WHERE slug = $4), $5, $6, $7, $8, $6, $6)"#,
        id,
        product.slug,
        product.title,
        product.category,
        product.status,
        now,
        &product.option_names,
        &product.tags,
    )
    .execute(db)
    .await?;
    if let Some(title) = &product.german {
        sqlx::query!(
            "INSERT INTO product_translation (product_id, locale, title) VALUES ($1, 'de', $2)",
            id,
            title,
        )
        .execute(db)
        .await?;
    }
    for (position, (src, alt)) in (1..).zip(&product.pictures) {
        sqlx::query!(
            "INSERT INTO picture (product_id, position, src, alt) VALUES ($1, $2, $3, $4)",
            id,
            position,
            src,
            alt,
        )
        .execute(db)
        .await?;
    }
    for (position, (variant, id_of)) in (1..).zip(product.variants.iter().zip(&ids[2..])) {
        sqlx::query!(
            r#"INSERT INTO variant (id, product_id, position, sku, option_values, weight_g, tax_class, picture_position)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $3)"#,
            id_of,
            id,
            position,
            variant.sku,
            &variant.options,
            variant.weight_g,
            variant.tax_class,
        )
        .execute(db)
        .await?;
        for (market, minor, before) in &variant.prices {
            set_price(db, VariantId(*id_of), market, *minor, *before).await?;
        }
        if let Some((on_hand, oversell)) = variant.stock {
            sqlx::query!(
                r#"WITH placed AS (
                       INSERT INTO stock (variant_id, location_id, on_hand, oversell)
                       SELECT $1, id, $2, $3 FROM location ORDER BY id LIMIT 1 RETURNING location_id)
                   INSERT INTO stock_ledger (id, at, variant_id, location_id, on_hand_change, held_change, sold_change, cause)
                   SELECT gen_random_uuid(), $4, $1, location_id, $2, 0, 0, 'import' FROM placed"#,
                id_of,
                on_hand,
                oversell,
                now,
            )
            .execute(db)
            .await?;
        }
    }
    Ok(())
}

pub async fn set_price(
    db: &PgPool,
    variant: VariantId,
    market: &str,
    minor: i64,
    before: Option<i64>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"INSERT INTO price (variant_id, market, amount_minor, compare_at_minor) VALUES ($1, $2, $3, $4)
           ON CONFLICT (variant_id, market)
           DO UPDATE SET amount_minor = excluded.amount_minor, compare_at_minor = excluded.compare_at_minor"#,
        variant.0,
        market,
        minor,
        before,
    )
    .execute(db)
    .await?;
    Ok(())
}

pub async fn set_stock(db: &PgPool, variant: VariantId, count: i64) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"WITH before AS (
               SELECT location.id, coalesce(stock.on_hand, 0) AS on_hand
               FROM (SELECT id FROM location ORDER BY id LIMIT 1) AS location
               LEFT JOIN stock ON stock.variant_id = $1 AND stock.location_id = location.id),
           ledger AS (
               INSERT INTO stock_ledger (id, at, variant_id, location_id, on_hand_change, held_change, sold_change, cause)
               SELECT gen_random_uuid(), now(), $1, id, $2 - on_hand, 0, 0, 'import' FROM before)
           INSERT INTO stock (variant_id, location_id, on_hand)
           SELECT $1, id, $2 FROM before
           ON CONFLICT (variant_id, location_id) DO UPDATE SET on_hand = excluded.on_hand"#,
        variant.0,
        count,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The consumers of the jobs that could be done now.
pub async fn waiting_jobs(
    db: &mut PgConnection,
    now: OffsetDateTime,
) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "SELECT consumer FROM job WHERE state = 'waiting' AND run_at <= $1 ORDER BY created_at, id",
        now,
    )
    .fetch_all(db)
    .await
}
