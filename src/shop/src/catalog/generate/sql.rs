//! The statements of a generated catalogue that are no COPY.

use sqlx::PgConnection;
use uuid::Uuid;

/// By columns.
#[derive(Default)]
pub struct Categories {
    pub ids: Vec<Uuid>,
    pub slugs: Vec<String>,
    pub sources: Vec<String>,
    pub names: Vec<serde_json::Value>,
    /// What each lies in.
    pub parents: Vec<Option<Uuid>>,
}

/// Adds the categories that are not there yet, after those that are, and says which each source has now.
pub async fn ensure_categories(
    tx: &mut PgConnection,
    rows: &Categories,
) -> sqlx::Result<Vec<(String, Uuid)>> {
    sqlx::query!(
        "INSERT INTO category (id, slug, source, name, parent_id, position)
         SELECT row.id, row.slug, row.source, row.name, row.parent_id,
                (SELECT coalesce(max(position), 0) FROM category) + row.place::integer
         FROM unnest($1::uuid[], $2::text[], $3::text[], $4::jsonb[], $5::uuid[]) WITH ORDINALITY
             AS row (id, slug, source, name, parent_id, place)
         ON CONFLICT DO NOTHING",
        &rows.ids,
        &rows.slugs,
        &rows.sources,
        &rows.names,
        &rows.parents as &[Option<Uuid>],
    )
    .execute(&mut *tx)
    .await?;
    let found = sqlx::query!(
        "SELECT source, id FROM category WHERE source = ANY($1)",
        &rows.sources
    )
    .fetch_all(tx)
    .await?;
    Ok(found.into_iter().map(|row| (row.source, row.id)).collect())
}

/// Adds words and colours that are not there yet; returns how many.
pub async fn ensure_words(
    tx: &mut PgConnection,
    locale: &str,
    sources: &[String],
    words: &[String],
    colours: &[String],
    hexes: &[String],
) -> sqlx::Result<u64> {
    let added = sqlx::query!(
        "INSERT INTO option_word (locale, kind, source, word)
         SELECT $1, 'value', row.source, min(row.word)
         FROM unnest($2::text[], $3::text[]) AS row (source, word) GROUP BY row.source
         ON CONFLICT DO NOTHING",
        locale,
        sources,
        words
    )
    .execute(&mut *tx)
    .await?;
    let names = sqlx::query!(
        "INSERT INTO option_word (locale, kind, source, word)
         VALUES ('de', 'name', 'Colour', 'Farbe'), ('de', 'name', 'Size', 'Größe') ON CONFLICT DO NOTHING"
    )
    .execute(&mut *tx)
    .await?;
    let swatches = sqlx::query!(
        "INSERT INTO swatch (name, hex) SELECT * FROM unnest($1::text[], $2::text[]) ON CONFLICT DO NOTHING",
        colours,
        hexes
    )
    .execute(tx)
    .await?;
    Ok(added.rows_affected() + names.rows_affected() + swatches.rows_affected())
}

/// Which of these products are there.
pub async fn existing(tx: &mut PgConnection, ids: &[Uuid]) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!("SELECT id FROM product WHERE id = ANY($1)", ids)
        .fetch_all(tx)
        .await
}

/// Adds the attributes that are not there yet, by columns, and says which of these codes are of the wanted kind and unit.
pub async fn ensure_attributes(
    tx: &mut PgConnection,
    codes: &[String],
    kinds: &[String],
    units: &[String],
    names: &[serde_json::Value],
) -> sqlx::Result<Vec<String>> {
    sqlx::query!(
        "INSERT INTO attribute (code, kind, unit, name, position)
         SELECT row.code, row.kind, row.unit, row.name,
                (SELECT coalesce(max(position), 0) FROM attribute) + row.place::integer
         FROM unnest($1::text[], $2::text[], $3::text[], $4::jsonb[]) WITH ORDINALITY AS row (code, kind, unit, name, place)
         ON CONFLICT DO NOTHING",
        codes,
        kinds,
        units,
        names
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query_scalar!(
        "SELECT code FROM attribute
         JOIN unnest($1::text[], $2::text[], $3::text[]) AS wanted (code, kind, unit) USING (code, kind, unit)",
        codes,
        kinds,
        units
    )
    .fetch_all(tx)
    .await
}
