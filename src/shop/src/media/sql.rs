//! The statements of pictures.

use super::decode::Decoded;
use super::{Listed, Problem, State, Variant};
use domain::media::Preview;
use sqlx::types::Json;
use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

/// A picture's row, as far as work on it needs it.
pub struct MediaRow {
    pub hash: String,
    pub src: String,
    pub state: String,
}

pub async fn find(db: &PgPool, hash: &str) -> sqlx::Result<Option<MediaRow>> {
    sqlx::query_as!(
        MediaRow,
        "SELECT hash, src, state FROM media WHERE hash = $1",
        hash
    )
    .fetch_optional(db)
    .await
}

/// Locks it.
pub async fn lock(tx: &mut PgConnection, hash: &str) -> sqlx::Result<Option<MediaRow>> {
    sqlx::query_as!(
        MediaRow,
        "SELECT hash, src, state FROM media WHERE hash = $1 FOR NO KEY UPDATE",
        hash
    )
    .fetch_optional(tx)
    .await
}

/// The pictures whose hash begins so: at most two.
pub async fn by_prefix(db: &PgPool, prefix: &str) -> sqlx::Result<Vec<MediaRow>> {
    sqlx::query_as!(
        MediaRow,
        "SELECT hash, src, state FROM media WHERE hash >= $1 AND hash < $1 || 'g' ORDER BY hash LIMIT 2",
        prefix
    )
    .fetch_all(db)
    .await
}

/// False where there was such a picture.
pub async fn insert(
    tx: &mut PgConnection,
    (hash, bytes, src): (&str, i64, &str),
    decoded: &Decoded,
    now: OffsetDateTime,
) -> sqlx::Result<bool> {
    let preview = decoded.preview.as_ref().map(Preview::colours);
    let placeholder: Vec<String> = preview.iter().flatten().map(ToString::to_string).collect();
    let done = sqlx::query!(
        "INSERT INTO media (hash, type, bytes, width, height, colour, placeholder, src, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (hash) DO NOTHING",
        hash,
        decoded.kind.media_type(),
        bytes,
        i32::try_from(decoded.width).unwrap_or(i32::MAX),
        i32::try_from(decoded.height).unwrap_or(i32::MAX),
        decoded.colour.to_string(),
        &placeholder,
        src,
        now,
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

pub async fn ready(
    tx: &mut PgConnection,
    hash: &str,
    variants: &[Variant],
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE media SET state = 'ready', variants = $2, ready_at = coalesce(ready_at, $3) WHERE hash = $1",
        hash,
        Json(variants) as _,
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Shows ready pictures where an import named the addresses that they came from; in which products.
pub async fn show_found(tx: &mut PgConnection, hashes: &[String]) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        r#"WITH shown AS (
             UPDATE picture SET src = media.src, media = media.hash
             FROM media_source JOIN media ON media.hash = media_source.hash
             WHERE media.hash = ANY($1) AND media.state = 'ready'
               AND picture.source = media_source.url AND picture.media IS DISTINCT FROM media.hash
             RETURNING product_id)
         SELECT DISTINCT product_id AS "product_id!" FROM shown"#,
        hashes,
    )
    .fetch_all(tx)
    .await
}

pub async fn product(db: &PgPool, slug: &str) -> sqlx::Result<Option<Uuid>> {
    sqlx::query_scalar!("SELECT id FROM product WHERE slug = $1", slug)
        .fetch_optional(db)
        .await
}

/// Puts a ready picture behind the others of a product, unless it is among them; false when nothing was put there.
pub async fn put_last(
    tx: &mut PgConnection,
    hash: &str,
    product: Uuid,
    alt: &str,
) -> sqlx::Result<bool> {
    // Two at once must not take one place.
    sqlx::query_scalar!(
        "SELECT id FROM product WHERE id = $1 FOR NO KEY UPDATE",
        product
    )
    .fetch_optional(&mut *tx)
    .await?;
    let done = sqlx::query!(
        "INSERT INTO picture (product_id, position, src, alt, media)
         SELECT $2, (SELECT coalesce(max(position), 0) + 1 FROM picture WHERE product_id = $2), src, $3, hash
         FROM media
         WHERE hash = $1 AND state = 'ready'
           AND EXISTS (SELECT FROM product WHERE id = $2)
           AND NOT EXISTS (SELECT FROM picture WHERE product_id = $2 AND media = $1)",
        hash,
        product,
        alt,
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// How many addresses wait to be asked.
pub async fn asking(db: &PgPool) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM job
           WHERE state = 'waiting' AND consumer LIKE 'media.%' AND consumer = 'media.fetch'"#
    )
    .fetch_one(db)
    .await
}

/// Addresses that an import named and nobody has asked, in their order.
pub async fn elsewhere(db: &PgPool, limit: i64) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar!(
        "SELECT DISTINCT src FROM picture WHERE source IS NULL AND src LIKE 'http%' ORDER BY src LIMIT $1",
        limit
    )
    .fetch_all(db)
    .await
}

/// From now on these are asked for: those that never were.
pub async fn take_up(
    tx: &mut PgConnection,
    urls: &[String],
    now: OffsetDateTime,
) -> sqlx::Result<Vec<String>> {
    let mut new = sqlx::query_scalar!(
        "INSERT INTO media_source (url, asked_at) SELECT url, $2 FROM unnest($1::text[]) AS asked (url)
         ON CONFLICT (url) DO NOTHING RETURNING url",
        urls,
        now,
    )
    .fetch_all(&mut *tx)
    .await?;
    new.sort();
    sqlx::query!(
        "UPDATE picture SET source = src WHERE source IS NULL AND src LIKE 'http%' AND src = ANY($1)",
        urls
    )
    .execute(tx)
    .await?;
    Ok(new)
}

/// What was found at these addresses before.
pub async fn found_before(tx: &mut PgConnection, urls: &[String]) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar!(
        r#"SELECT DISTINCT hash AS "hash!" FROM media_source WHERE url = ANY($1) AND hash IS NOT NULL"#,
        urls
    )
    .fetch_all(tx)
    .await
}

pub async fn found(
    tx: &mut PgConnection,
    url: &str,
    hash: &str,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO media_source (url, hash, asked_at) VALUES ($1, $2, $3)
         ON CONFLICT (url) DO UPDATE SET hash = excluded.hash, problem = NULL",
        url,
        hash,
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}

pub async fn not_found(db: &PgPool, url: &str, problem: &str) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE media_source SET problem = $2 WHERE url = $1",
        url,
        problem
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Pictures after that hash, in the order of their hashes.
pub async fn list(
    db: &PgPool,
    state: Option<State>,
    after: &str,
    limit: i64,
) -> sqlx::Result<Vec<Listed>> {
    sqlx::query_as!(
        Listed,
        r#"SELECT hash, type AS media_type, bytes, width, height, colour, src, state,
                  variants AS "variants!: Json<Vec<Variant>>", created_at,
                  (SELECT count(*) FROM picture WHERE picture.media = media.hash) AS "shown!"
           FROM media WHERE hash > $1 AND ($2::text IS NULL OR state = $2) ORDER BY hash LIMIT $3"#,
        after,
        state.map(State::name),
        limit,
    )
    .fetch_all(db)
    .await
}

/// Addresses without a picture after that one, in their order.
pub async fn problems(db: &PgPool, after: &str, limit: i64) -> sqlx::Result<Vec<Problem>> {
    sqlx::query_as!(
        Problem,
        r#"SELECT url, problem AS "problem!" FROM media_source
           WHERE problem IS NOT NULL AND url > $1 ORDER BY url LIMIT $2"#,
        after,
        limit
    )
    .fetch_all(db)
    .await
}
