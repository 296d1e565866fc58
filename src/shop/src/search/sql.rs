//! What suggestions show.

use sqlx::PgPool;
use uuid::Uuid;

pub struct SuggestionRow {
    pub is_category: bool,
    pub slug: String,
    pub name: String,
}

/// The names of these products, in their order, and at most `limit` categories whose names match `pattern`.
pub async fn suggestions(
    db: &PgPool,
    locale: &str,
    products: &[Uuid],
    pattern: &str,
    limit: i64,
) -> sqlx::Result<Vec<SuggestionRow>> {
    sqlx::query_as!(
        SuggestionRow,
        r#"SELECT shown.is_category AS "is_category!", shown.slug AS "slug!", shown.name AS "name!"
           FROM (SELECT false AS is_category, p.slug, coalesce(nullif(t.title, ''), p.title) AS name, named.place
                 FROM unnest($2::uuid[]) WITH ORDINALITY AS named (id, place)
                 JOIN product p ON p.id = named.id AND p.status = 'active'
                 LEFT JOIN product_translation t ON t.product_id = p.id AND t.locale = $1
                 UNION ALL
                 (SELECT true, c.slug, coalesce(c.name ->> $1, c.name ->> 'en', c.source), c.position
                  FROM category c
                  WHERE coalesce(c.name ->> $1, c.name ->> 'en', c.source) ~* $3
                  ORDER BY c.position, c.slug LIMIT $4)) AS shown
           ORDER BY shown.is_category, shown.place"#,
        locale,
        products,
        pattern,
        limit,
    )
    .fetch_all(db)
    .await
}
