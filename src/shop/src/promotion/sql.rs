//! Promotions; what these statements call lies in the migration `promotion`.

use super::Listed;
use super::import::NewPromotion;
use domain::promotion::Code;
use domain::{Actor, CustomerId, MarketCode, OrderId, PromotionId};
use sqlx::types::Json;
use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;

pub(super) async fn claim(
    tx: &mut PgConnection,
    (customer, order): (CustomerId, OrderId),
    claims: &[(PromotionId, Option<&Code>)],
    email: &str,
    market: &MarketCode,
    now: OffsetDateTime,
) -> sqlx::Result<Vec<(PromotionId, String)>> {
    let ids: Vec<_> = claims.iter().map(|(id, _)| id.0).collect();
    let codes: Vec<Option<String>> = claims
        .iter()
        .map(|(_, code)| code.map(ToString::to_string))
        .collect();
    let refused = sqlx::query!(
        r#"SELECT refused AS "refused!", reason AS "reason!" FROM claim_promotions($1, $2, $3, $4, $5, $6, $7)"#,
        customer.0,
        order.0,
        &ids,
        &codes as &[Option<String>],
        email,
        market.as_str(),
        now,
    )
    .fetch_all(tx)
    .await?;
    Ok(refused
        .into_iter()
        .map(|row| (PromotionId(row.refused), row.reason))
        .collect())
}

pub(super) async fn release(
    tx: &mut PgConnection,
    customer: CustomerId,
    order: OrderId,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        r#"SELECT release_promotions($1, $2, $3)::text AS done"#,
        customer.0,
        order.0,
        now,
    )
    .fetch_one(tx)
    .await?;
    Ok(())
}

pub(super) async fn retake_with_credit(
    tx: &mut PgConnection,
    customer: CustomerId,
    order: OrderId,
    actor: &Actor,
    now: OffsetDateTime,
) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"SELECT retake_promotions_and_credit($1, $2, $3, $4) AS "done!""#,
        customer.0,
        order.0,
        Json(actor) as _,
        now,
    )
    .fetch_one(tx)
    .await
}

pub(super) async fn list(
    db: &PgPool,
    name: Option<&str>,
    now: OffsetDateTime,
) -> sqlx::Result<Vec<Listed>> {
    sqlx::query_as!(
        Listed,
        r#"SELECT p.name, coalesce(p.titles ->> 'en', p.name) AS "title!",
                  ARRAY(SELECT c.code FROM promotion_code c WHERE c.promotion_id = p.id ORDER BY c.code) AS "codes!",
                  p.starts_at, p.ends_at, p.most_uses, p.most_per_customer, p.priority, p.terms,
                  (SELECT count(*) FROM promotion_use u WHERE u.promotion_id = p.id AND u.released_at IS NULL) AS "uses!"
           FROM promotion p
           WHERE $1::text IS NULL OR p.name = $1
           ORDER BY coalesce(p.ends_at <= $2, false), p.priority DESC, p.name"#,
        name,
        now,
    )
    .fetch_all(db)
    .await
}

/// None when there is no such promotion; false when it had ended.
pub(super) async fn end(
    tx: &mut PgConnection,
    name: &str,
    now: OffsetDateTime,
) -> sqlx::Result<Option<bool>> {
    let known = sqlx::query_scalar!(
        r#"SELECT coalesce(ends_at > $2, true) AS "is_open!" FROM promotion WHERE name = $1 FOR UPDATE"#,
        name,
        now,
    )
    .fetch_optional(&mut *tx)
    .await?;
    if known == Some(true) {
        // One that was to begin later never does.
        sqlx::query!(
            "UPDATE promotion SET ends_at = $2, starts_at = CASE WHEN starts_at < $2 THEN starts_at END, updated_at = $2
             WHERE name = $1",
            name,
            now,
        )
        .execute(tx)
        .await?;
    }
    Ok(known)
}

/// One import at a time.
pub(super) async fn lock(tx: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query!("LOCK TABLE promotion_code IN SHARE ROW EXCLUSIVE MODE")
        .execute(tx)
        .await?;
    Ok(())
}

/// Makes a promotion what the file says; its id. Uses are counted anew, because they are not kept where there is no limit.
pub(super) async fn put(
    tx: &mut PgConnection,
    id: PromotionId,
    new: &NewPromotion,
    now: OffsetDateTime,
) -> sqlx::Result<PromotionId> {
    let id = sqlx::query_scalar!(
        r#"INSERT INTO promotion (id, name, titles, terms, priority, is_automatic, asks_catalogue, markets, groups,
                                  starts_at, ends_at, most_uses, most_per_customer, created_at, updated_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14)
           ON CONFLICT (name) DO UPDATE
           SET titles = excluded.titles, terms = excluded.terms, priority = excluded.priority,
               is_automatic = excluded.is_automatic, asks_catalogue = excluded.asks_catalogue,
               markets = excluded.markets, groups = excluded.groups, starts_at = excluded.starts_at,
               ends_at = excluded.ends_at, most_uses = excluded.most_uses,
               most_per_customer = excluded.most_per_customer, updated_at = excluded.updated_at
           RETURNING id"#,
        id.0,
        new.name,
        Json(&new.titles) as _,
        Json(&new.terms) as _,
        new.priority,
        new.codes.is_empty(),
        new.asks_catalogue(),
        &new.markets,
        &new.groups,
        new.starts_at,
        new.ends_at,
        new.most_uses,
        new.most_per_customer,
        now,
    )
    .fetch_one(&mut *tx)
    .await?;
    sqlx::query!(
        "UPDATE promotion SET used = (SELECT count(*) FROM promotion_use u
                                      WHERE u.promotion_id = promotion.id AND u.released_at IS NULL)
         WHERE id = $1",
        id,
    )
    .execute(tx)
    .await?;
    Ok(PromotionId(id))
}

/// Gives a promotion these codes and no others; those that are another's are answered, with its name.
pub(super) async fn put_codes(
    tx: &mut PgConnection,
    id: PromotionId,
    codes: &[String],
) -> sqlx::Result<Vec<(String, String)>> {
    sqlx::query!(
        "DELETE FROM promotion_code WHERE promotion_id = $1 AND code <> ALL ($2)",
        id.0,
        codes,
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "INSERT INTO promotion_code (code, promotion_id) SELECT code, $1 FROM unnest($2::text[]) AS new (code)
         ON CONFLICT DO NOTHING",
        id.0,
        codes,
    )
    .execute(&mut *tx)
    .await?;
    let taken = sqlx::query!(
        "SELECT c.code, p.name FROM promotion_code c JOIN promotion p ON p.id = c.promotion_id
         WHERE c.code = ANY ($2) AND c.promotion_id <> $1 ORDER BY c.code",
        id.0,
        codes,
    )
    .fetch_all(tx)
    .await?;
    Ok(taken.into_iter().map(|row| (row.code, row.name)).collect())
}

/// Which of these the catalogue does not have: slugs of products and categories, and SKUs.
pub(super) async fn unknown_items(
    tx: &mut PgConnection,
    products: &[String],
    categories: &[String],
    skus: &[String],
) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar!(
        r#"SELECT 'product ' || item AS "what!" FROM unnest($1::text[]) AS one (item)
           WHERE NOT EXISTS (SELECT FROM product WHERE slug = item)
           UNION ALL
           SELECT 'category ' || item FROM unnest($2::text[]) AS one (item)
           WHERE NOT EXISTS (SELECT FROM category WHERE slug = item)
           UNION ALL
           SELECT 'SKU ' || item FROM unnest($3::text[]) AS one (item)
           WHERE NOT EXISTS (SELECT FROM variant WHERE sku = item)"#,
        products,
        categories,
        skus,
    )
    .fetch_all(tx)
    .await
}
