//! The export's statements: pages by key, in the shop's order.

use sqlx::PgConnection;
use std::collections::HashMap;
use uuid::Uuid;

/// Before all products.
pub const START: (i64, Uuid) = (i64::MIN, Uuid::nil());

pub struct HandleRow {
    pub id: Uuid,
    pub position: i64,
    pub slug: String,
}

/// The products after that one.
pub async fn handles(
    tx: &mut PgConnection,
    after: (i64, Uuid),
    limit: i64,
) -> sqlx::Result<Vec<HandleRow>> {
    sqlx::query_as!(
        HandleRow,
        "SELECT id, position, slug FROM product WHERE (position, id) > ($1, $2) ORDER BY position, id LIMIT $3",
        after.0,
        after.1,
        limit
    )
    .fetch_all(tx)
    .await
}

/// What imports call each category.
pub async fn categories(tx: &mut PgConnection) -> sqlx::Result<HashMap<Uuid, String>> {
    let rows = sqlx::query!("SELECT id, source FROM category")
        .fetch_all(tx)
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.source)).collect())
}

/// What can be sold of a variant at the shop's first location, and whether more may be.
pub struct Shelf {
    pub available: i64,
    pub oversell: bool,
}

/// The shelves of those that are counted there.
pub async fn stock(tx: &mut PgConnection, variants: &[Uuid]) -> sqlx::Result<HashMap<Uuid, Shelf>> {
    let rows = sqlx::query!(
        r#"SELECT variant_id, on_hand - held AS "available!", oversell FROM stock
           WHERE variant_id = ANY($1) AND location_id = (SELECT id FROM location ORDER BY id LIMIT 1)"#,
        variants
    )
    .fetch_all(tx)
    .await?;
    let shelves = rows.into_iter().map(|row| {
        let shelf = Shelf {
            available: row.available,
            oversell: row.oversell,
        };
        (row.variant_id, shelf)
    });
    Ok(shelves.collect())
}

pub struct TextsRow {
    pub product_id: Uuid,
    pub position: i64,
    pub slug: String,
    pub title: String,
    pub subtitle: String,
    pub lead: String,
    pub body_html: String,
    pub seo_title: String,
    pub seo_description: String,
}

/// The texts of the products after that one that have any in this language.
pub async fn translations(
    tx: &mut PgConnection,
    locale: &str,
    after: (i64, Uuid),
    limit: i64,
) -> sqlx::Result<Vec<TextsRow>> {
    sqlx::query_as!(
        TextsRow,
        "SELECT t.product_id, p.position, p.slug, t.title, t.subtitle, t.lead, t.body_html, t.seo_title,
                t.seo_description
         FROM product p JOIN product_translation t ON t.product_id = p.id AND t.locale = $1
         WHERE (p.position, p.id) > ($2, $3) ORDER BY p.position, p.id LIMIT $4",
        locale,
        after.0,
        after.1,
        limit
    )
    .fetch_all(tx)
    .await
}
