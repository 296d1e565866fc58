//! The statements of the arrangement.

use super::file::{NewAttribute, NewCategory, Texts};
use serde_json::Value;
use sqlx::PgConnection;
use sqlx::types::Json;
use time::OffsetDateTime;
use uuid::Uuid;

/// Whether the constraint of that name was broken.
pub fn broke(error: &sqlx::Error, constraint: &str) -> bool {
    matches!(error, sqlx::Error::Database(error) if error.constraint() == Some(constraint))
}

/// Makes or changes a category; false for a new one without names.
pub async fn put_category(
    tx: &mut PgConnection,
    id: Uuid,
    slug: &str,
    new: &NewCategory,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "WITH changed AS (
             UPDATE category SET name = coalesce($3, name), intro = coalesce($4, intro), position = coalesce($5, position)
             WHERE slug = $2 RETURNING id),
         fresh AS (
             INSERT INTO category (id, slug, source, name, intro, position)
             SELECT $1, $2, $2, $3, coalesce($4, '{}'),
                    coalesce($5, (SELECT coalesce(max(position), 0) + 1 FROM category))
             WHERE $3::jsonb IS NOT NULL AND NOT EXISTS (SELECT FROM changed)
             RETURNING id)
         SELECT id FROM changed UNION ALL SELECT id FROM fresh",
        id,
        slug,
        new.names.as_ref().map(Json) as _,
        new.intro.as_ref().map(Json) as _,
        new.position,
    )
    .fetch_optional(tx)
    .await?;
    Ok(done.is_some())
}

/// Puts a category into another, or on top; false when there is no such parent.
pub async fn put_category_into(
    tx: &mut PgConnection,
    slug: &str,
    parent: &str,
) -> sqlx::Result<bool> {
    let parent_id = if parent.is_empty() {
        None
    } else {
        let found = sqlx::query_scalar!("SELECT id FROM category WHERE slug = $1", parent)
            .fetch_optional(&mut *tx)
            .await?;
        match found {
            Some(id) => Some(id),
            None => return Ok(false),
        }
    };
    sqlx::query!(
        "UPDATE category SET parent_id = $2 WHERE slug = $1",
        slug,
        parent_id
    )
    .execute(tx)
    .await?;
    Ok(true)
}

pub async fn rename_category(tx: &mut PgConnection, slug: &str, new: &str) -> sqlx::Result<()> {
    sqlx::query!("UPDATE category SET slug = $2 WHERE slug = $1", slug, new)
        .execute(tx)
        .await?;
    Ok(())
}

/// Changes what a brand's page says; returns its slug, None when there is no such brand.
pub async fn put_brand(
    tx: &mut PgConnection,
    name: &str,
    intro: Option<&Texts>,
) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar!(
        "UPDATE brand SET intro = coalesce($2, intro) WHERE name = $1 RETURNING slug",
        name,
        intro.map(Json) as _
    )
    .fetch_optional(tx)
    .await
}

pub async fn rename_brand(tx: &mut PgConnection, name: &str, new: &str) -> sqlx::Result<()> {
    sqlx::query!("UPDATE brand SET slug = $2 WHERE name = $1", name, new)
        .execute(tx)
        .await?;
    Ok(())
}

/// False, and nothing done, when products have values of another kind.
pub async fn put_attribute(
    tx: &mut PgConnection,
    attribute: &NewAttribute,
    position: i32,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "INSERT INTO attribute AS a (code, kind, unit, name, is_facet, position) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (code) DO UPDATE SET
             kind = excluded.kind, unit = excluded.unit, name = excluded.name, is_facet = excluded.is_facet,
             position = excluded.position
         WHERE a.kind = excluded.kind OR NOT EXISTS (SELECT FROM product_attribute WHERE attribute = a.code)",
        attribute.code,
        attribute.kind.name(),
        attribute.unit,
        Json(&attribute.names) as _,
        attribute.facet,
        position,
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Each attribute's code and kind.
pub async fn attribute_kinds(tx: &mut PgConnection) -> sqlx::Result<Vec<(String, String)>> {
    let rows = sqlx::query!("SELECT code, kind FROM attribute")
        .fetch_all(tx)
        .await?;
    Ok(rows.into_iter().map(|row| (row.code, row.kind)).collect())
}

/// A product's value of an attribute; without any of the three it is taken away.
#[derive(serde::Serialize)]
pub struct ValueRow {
    product_id: Uuid,
    attribute: String,
    position: i16,
    text_value: Option<String>,
    number_value: Option<f64>,
    boolean_value: Option<bool>,
}

impl ValueRow {
    /// The rows of what a file says; None when it is not of that kind.
    pub fn read(product_id: Uuid, code: &str, kind: &str, value: &Value) -> Option<Vec<Self>> {
        let row = |position| Self {
            product_id,
            attribute: code.to_owned(),
            position,
            text_value: None,
            number_value: None,
            boolean_value: None,
        };
        let text = |value: &Value| {
            let text = value.as_str()?.trim();
            (!text.is_empty() && text.len() <= 200 && !text.contains('\0')).then(|| text.to_owned())
        };
        match (kind, value) {
            (_, Value::Null) => Some(vec![row(1)]),
            ("number", Value::Number(number)) => {
                let mut row = row(1);
                row.number_value = number.as_f64().filter(|number| number.is_finite());
                row.number_value.is_some().then(|| vec![row])
            }
            ("boolean", Value::Bool(is)) => {
                let mut row = row(1);
                row.boolean_value = Some(*is);
                Some(vec![row])
            }
            ("text", Value::Array(several)) if (1..=20).contains(&several.len()) => (1..)
                .zip(several)
                .map(|(position, value)| {
                    let mut row = row(position);
                    row.text_value = Some(text(value)?);
                    Some(row)
                })
                .collect(),
            ("text", value) => {
                let mut row = row(1);
                row.text_value = Some(text(value)?);
                Some(vec![row])
            }
            _ => None,
        }
    }
}

/// Puts values in place of what these products had of these attributes.
pub async fn put_values(tx: &mut PgConnection, rows: &[ValueRow]) -> sqlx::Result<()> {
    sqlx::query!(
        "DELETE FROM product_attribute USING jsonb_to_recordset($1) AS row (product_id uuid, attribute text)
         WHERE product_attribute.product_id = row.product_id AND product_attribute.attribute = row.attribute",
        Json(rows) as _
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "INSERT INTO product_attribute (product_id, attribute, position, text_value, number_value, boolean_value)
         SELECT product_id, attribute, position, text_value, number_value, boolean_value
         FROM jsonb_to_recordset($1) AS row (
             product_id uuid, attribute text, position smallint, text_value text, number_value double precision,
             boolean_value boolean)
         WHERE num_nonnulls(text_value, number_value, boolean_value) = 1",
        Json(rows) as _
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// The ids of products, by slug.
pub async fn products(
    tx: &mut PgConnection,
    slugs: &[String],
) -> sqlx::Result<Vec<(String, Uuid)>> {
    let rows = sqlx::query!("SELECT slug, id FROM product WHERE slug = ANY($1)", slugs)
        .fetch_all(tx)
        .await?;
    Ok(rows.into_iter().map(|row| (row.slug, row.id)).collect())
}

pub async fn put_related(
    tx: &mut PgConnection,
    product: Uuid,
    others: &[Uuid],
) -> sqlx::Result<()> {
    sqlx::query!("DELETE FROM related_product WHERE product_id = $1", product)
        .execute(&mut *tx)
        .await?;
    sqlx::query!(
        "INSERT INTO related_product (product_id, position, other_id)
         SELECT $1, position, other FROM unnest($2::uuid[]) WITH ORDINALITY AS named (other, position)",
        product,
        others
    )
    .execute(tx)
    .await?;
    Ok(())
}

pub async fn publish_at(
    tx: &mut PgConnection,
    product: Uuid,
    at: OffsetDateTime,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE product SET published_at = $2, updated_at = $3 WHERE id = $1",
        product,
        at,
        now
    )
    .execute(tx)
    .await?;
    Ok(())
}

pub async fn rename_product(tx: &mut PgConnection, product: Uuid, new: &str) -> sqlx::Result<()> {
    sqlx::query!("UPDATE product SET slug = $2 WHERE id = $1", product, new)
        .execute(tx)
        .await?;
    Ok(())
}

/// The variants on sale that have this SKU.
pub async fn variants(tx: &mut PgConnection, sku: &str) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        "SELECT id FROM variant WHERE sku = $1 AND sku <> '' AND retired_at IS NULL",
        sku
    )
    .fetch_all(tx)
    .await
}

pub struct NewCollection<'a> {
    pub id: Uuid,
    pub slug: &'a str,
    pub names: &'a Value,
    pub intro: &'a Value,
    pub position: i32,
}

/// Returns the id it has.
pub async fn put_collection(
    tx: &mut PgConnection,
    new: &NewCollection<'_>,
    rule: Option<&Value>,
) -> sqlx::Result<Uuid> {
    sqlx::query_scalar!(
        "INSERT INTO collection (id, slug, name, intro, position, rule) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (slug) DO UPDATE SET
             name = excluded.name, intro = excluded.intro, position = excluded.position, rule = excluded.rule
         RETURNING id",
        new.id,
        new.slug,
        new.names,
        new.intro,
        new.position,
        rule,
    )
    .fetch_one(tx)
    .await
}

/// Puts these products into a collection, in place of those that were; returns the slugs that are no product's.
pub async fn put_members(
    tx: &mut PgConnection,
    collection: Uuid,
    slugs: &[String],
) -> sqlx::Result<Vec<String>> {
    sqlx::query!(
        "DELETE FROM collection_product WHERE collection_id = $1",
        collection
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query_scalar!(
        r#"WITH named AS (
               SELECT slug, min(position) AS position
               FROM unnest($2::text[]) WITH ORDINALITY AS named (slug, position) GROUP BY slug),
           put AS (
               INSERT INTO collection_product (collection_id, position, product_id)
               SELECT $1, named.position, product.id FROM named JOIN product USING (slug))
           SELECT slug AS "slug!" FROM named
           WHERE NOT EXISTS (SELECT FROM product WHERE product.slug = named.slug)"#,
        collection,
        slugs
    )
    .fetch_all(tx)
    .await
}
