//! The import's statements: each reads or writes a whole batch. Rows travel as JSON, because they hold lists.

use super::merge::{Changes, PictureRow, PriceRow, ProductRow, Rows, Stored, VariantRow};
use sqlx::PgConnection;
use sqlx::types::Json;
use std::collections::HashMap;
use time::OffsetDateTime;
use uuid::Uuid;

/// Waits until no other import is under way.
pub async fn lock(tx: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query!("SELECT pg_advisory_xact_lock(hashtext('rialto catalog import'))")
        .execute(tx)
        .await?;
    Ok(())
}

pub async fn has_products(tx: &mut PgConnection) -> sqlx::Result<bool> {
    sqlx::query_scalar!(r#"SELECT EXISTS (SELECT FROM product) AS "any!""#)
        .fetch_one(tx)
        .await
}

pub struct CategoryRow {
    pub id: Uuid,
    pub slug: String,
    pub source: String,
    pub parent_id: Option<Uuid>,
}

pub async fn categories(tx: &mut PgConnection) -> sqlx::Result<Vec<CategoryRow>> {
    sqlx::query_as!(
        CategoryRow,
        "SELECT id, slug, source, parent_id FROM category"
    )
    .fetch_all(tx)
    .await
}

pub async fn add_category(
    tx: &mut PgConnection,
    id: Uuid,
    slug: &str,
    source: &str,
    name: &str,
    parent: Option<Uuid>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO category (id, slug, source, name, parent_id, position)
         SELECT $1, $2, $3, jsonb_build_object('en', $4::text), $5, coalesce(max(position), 0) + 1 FROM category",
        id,
        slug,
        source,
        name,
        parent
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// The products of these handles, as they are stored, by the handle they are asked for by: one that a product had before it was
/// renamed stands for it, unless its present one is asked for as well.
pub async fn stored_or_renamed(
    tx: &mut PgConnection,
    handles: &[String],
) -> sqlx::Result<HashMap<String, Stored>> {
    let renamed = sqlx::query!(
        r#"SELECT old.slug, old.current AS "current!" FROM old_slug old
           WHERE old.kind = 'product' AND old.slug = ANY($1) AND old.current <> ALL($1)
             AND NOT EXISTS (SELECT FROM product WHERE product.slug = old.slug)"#,
        handles
    )
    .fetch_all(&mut *tx)
    .await?;
    if renamed.is_empty() {
        return stored(tx, handles).await;
    }
    let mut asked = handles.to_vec();
    asked.extend(renamed.iter().map(|row| row.current.clone()));
    let mut found = stored(tx, &asked).await?;
    for row in renamed {
        // Of two former handles of one product the first has it.
        if let Some(product) = found.remove(&row.current) {
            found.insert(row.slug, product);
        }
    }
    Ok(found)
}

/// The addresses of products that are new are theirs, whatever they led to before.
pub async fn claim_slugs(tx: &mut PgConnection, slugs: &[String]) -> sqlx::Result<()> {
    sqlx::query!(
        "DELETE FROM old_slug WHERE kind = 'product' AND slug = ANY($1)",
        slugs
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// The products of these handles, as they are stored.
pub async fn stored(
    tx: &mut PgConnection,
    handles: &[String],
) -> sqlx::Result<HashMap<String, Stored>> {
    let products = sqlx::query_as!(
        ProductRow,
        "SELECT id, slug, title, subtitle, vendor, lead, body_html, category_id, taxonomy, tags, status, published_at,
                option_names, seo_title, seo_description
         FROM product WHERE slug = ANY($1)",
        handles
    )
    .fetch_all(&mut *tx)
    .await?;
    let ids: Vec<Uuid> = products.iter().map(|product| product.id).collect();
    let mut found: HashMap<Uuid, Stored> = products
        .into_iter()
        .map(|product| {
            let stored = Stored {
                product,
                pictures: Vec::new(),
                variants: Vec::new(),
                prices: Vec::new(),
            };
            (stored.product.id, stored)
        })
        .collect();
    let pictures = sqlx::query_as!(
        PictureRow,
        r#"SELECT product_id, position, coalesce(source, src) AS "src!", alt FROM picture WHERE product_id = ANY($1) ORDER BY product_id, position"#,
        &ids
    )
    .fetch_all(&mut *tx)
    .await?;
    for row in pictures {
        if let Some(stored) = found.get_mut(&row.product_id) {
            stored.pictures.push(row);
        }
    }
    let variants = sqlx::query_as!(
        VariantRow,
        r#"SELECT id, product_id, position, sku, barcode, option_values, weight_g, tax_class, requires_shipping,
                  picture_position, retired_at IS NOT NULL AS "is_retired!"
           FROM variant WHERE product_id = ANY($1)
           ORDER BY product_id, retired_at DESC NULLS FIRST, position, id"#,
        &ids
    )
    .fetch_all(&mut *tx)
    .await?;
    for row in variants {
        if let Some(stored) = found.get_mut(&row.product_id) {
            stored.variants.push(row);
        }
    }
    let prices = sqlx::query!(
        "SELECT variant.product_id, price.variant_id, price.market, price.amount_minor, price.compare_at_minor
         FROM price JOIN variant ON variant.id = price.variant_id WHERE variant.product_id = ANY($1)",
        &ids
    )
    .fetch_all(&mut *tx)
    .await?;
    for row in prices {
        if let Some(stored) = found.get_mut(&row.product_id) {
            stored.prices.push(PriceRow {
                variant_id: row.variant_id,
                market: row.market,
                amount_minor: row.amount_minor,
                compare_at_minor: row.compare_at_minor,
            });
        }
    }
    Ok(found
        .into_values()
        .map(|stored| (stored.product.slug.clone(), stored))
        .collect())
}

/// Writes what changed of products that are known.
pub async fn write(
    tx: &mut PgConnection,
    changes: &Changes,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    let Rows {
        products,
        pictures,
        variants,
        prices,
    } = &changes.changed;
    if products.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "INSERT INTO product (id, slug, title, subtitle, vendor, lead, body_html, category_id, taxonomy, tags, status,
                              published_at, option_names, seo_title, seo_description, created_at, updated_at)
         SELECT id, slug, title, subtitle, vendor, lead, body_html, category_id, taxonomy, tags, status,
                published_at, option_names, seo_title, seo_description, $2, $2
         FROM jsonb_to_recordset($1) AS row (
             id uuid, slug text, title text, subtitle text, vendor text, lead text, body_html text, category_id uuid,
             taxonomy text, tags text[], status text, published_at timestamptz, option_names text[], seo_title text,
             seo_description text)
         ON CONFLICT (id) DO UPDATE SET
             title = excluded.title, subtitle = excluded.subtitle, vendor = excluded.vendor, lead = excluded.lead,
             body_html = excluded.body_html, category_id = excluded.category_id, taxonomy = excluded.taxonomy,
             tags = excluded.tags, status = excluded.status, published_at = excluded.published_at,
             option_names = excluded.option_names, seo_title = excluded.seo_title,
             seo_description = excluded.seo_description, updated_at = excluded.updated_at",
        Json(products) as _,
        now
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "DELETE FROM picture WHERE product_id = ANY($1)",
        &changes.repictured
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        // Our own pictures are known by their names, and those that were fetched by where they came from.
        "INSERT INTO picture (product_id, position, src, alt, media, source)
         SELECT product_id, position, coalesce(fetched.src, row.src), alt, coalesce(fetched.hash, own.hash),
                CASE WHEN fetched.hash IS NOT NULL THEN row.src END
         FROM jsonb_to_recordset($1) AS row (product_id uuid, position integer, src text, alt text)
         LEFT JOIN media AS own ON own.src = row.src
         LEFT JOIN (media_source JOIN media AS fetched ON fetched.hash = media_source.hash AND fetched.state = 'ready')
                ON media_source.url = row.src",
        Json(pictures) as _
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "UPDATE variant SET retired_at = $2 WHERE id = ANY($1)",
        &changes.retired,
        now
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "INSERT INTO variant (id, product_id, position, sku, barcode, option_values, weight_g, tax_class,
                              requires_shipping, picture_position)
         SELECT id, product_id, position, sku, barcode, option_values, weight_g, tax_class, requires_shipping,
                picture_position
         FROM jsonb_to_recordset($1) AS row (
             id uuid, product_id uuid, position integer, sku text, barcode text, option_values text[], weight_g integer,
             tax_class text, requires_shipping boolean, picture_position integer)
         ON CONFLICT (id) DO UPDATE SET
             position = excluded.position, sku = excluded.sku, barcode = excluded.barcode, weight_g = excluded.weight_g,
             tax_class = excluded.tax_class, requires_shipping = excluded.requires_shipping,
             picture_position = excluded.picture_position, retired_at = NULL",
        Json(variants) as _
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "DELETE FROM price USING unnest($1::uuid[], $2::text[]) AS gone (variant_id, market)
         WHERE price.variant_id = gone.variant_id AND price.market = gone.market",
        &changes.unpriced_variants,
        &changes.unpriced_markets
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "INSERT INTO price (variant_id, market, amount_minor, compare_at_minor)
         SELECT variant_id, market, amount_minor, compare_at_minor
         FROM jsonb_to_recordset($1) AS row (
             variant_id uuid, market text, amount_minor bigint, compare_at_minor bigint)
         ON CONFLICT (variant_id, market) DO UPDATE SET
             amount_minor = excluded.amount_minor, compare_at_minor = excluded.compare_at_minor",
        Json(prices) as _
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// A product's texts in another language.
#[derive(serde::Serialize)]
pub struct TranslationRow {
    pub slug: String,
    pub title: String,
    pub subtitle: String,
    pub lead: String,
    pub body_html: String,
    pub seo_title: String,
    pub seo_description: String,
}

/// Which of these handles are products'.
pub async fn known(tx: &mut PgConnection, handles: &[String]) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar!("SELECT slug FROM product WHERE slug = ANY($1)", handles)
        .fetch_all(tx)
        .await
}

/// Writes translations; returns the handles of those that changed.
pub async fn translate(
    tx: &mut PgConnection,
    locale: &str,
    rows: &[TranslationRow],
) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar!(
        r#"WITH row AS (
               SELECT product.id, row.* FROM jsonb_to_recordset($1) AS row (
                   slug text, title text, subtitle text, lead text, body_html text, seo_title text, seo_description text)
               JOIN product USING (slug)),
           written AS (
               INSERT INTO product_translation AS t
                   (product_id, locale, title, subtitle, lead, body_html, seo_title, seo_description)
               SELECT id, $2, title, subtitle, lead, body_html, seo_title, seo_description FROM row
               ON CONFLICT (product_id, locale) DO UPDATE SET
                   title = excluded.title, subtitle = excluded.subtitle, lead = excluded.lead,
                   body_html = excluded.body_html, seo_title = excluded.seo_title,
                   seo_description = excluded.seo_description
               WHERE (t.title, t.subtitle, t.lead, t.body_html, t.seo_title, t.seo_description)
                   IS DISTINCT FROM (excluded.title, excluded.subtitle, excluded.lead, excluded.body_html,
                                     excluded.seo_title, excluded.seo_description)
               RETURNING product_id)
           SELECT slug AS "slug!" FROM row JOIN written ON written.product_id = row.id"#,
        Json(rows) as _,
        locale
    )
    .fetch_all(tx)
    .await
}

/// A category as the shopkeeper describes it; names and intros by locale.
pub async fn put_category(
    tx: &mut PgConnection,
    id: Uuid,
    slug: &str,
    source: &str,
    name: &serde_json::Value,
    intro: &serde_json::Value,
    position: i32,
) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO category (id, slug, source, name, intro, position) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (source) DO UPDATE SET
             slug = excluded.slug, name = excluded.name, intro = excluded.intro, position = excluded.position",
        id,
        slug,
        source,
        name,
        intro,
        position
    )
    .execute(tx)
    .await?;
    Ok(())
}

pub async fn put_swatches(
    tx: &mut PgConnection,
    names: &[String],
    colours: &[String],
) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO swatch (name, hex) SELECT * FROM unnest($1::text[], $2::text[])
         ON CONFLICT (name) DO UPDATE SET hex = excluded.hex",
        names,
        colours
    )
    .execute(tx)
    .await?;
    Ok(())
}
