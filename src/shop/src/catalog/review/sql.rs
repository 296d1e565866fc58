//! The statements of reviews.

use super::{Filter, Sheet, State, Subject};
use crate::Broken;
use domain::catalog::Review;
use domain::review::{NewReview, Rating, Stars};
use domain::{CustomerId, ProductId, ReviewId, Storefront};
use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

pub struct SubjectRow {
    id: Uuid,
    slug: String,
    title: String,
    pub is_active: bool,
    pub published_at: Option<OffsetDateTime>,
    rating_count: i32,
    rating_sum: i64,
}

impl From<SubjectRow> for Subject {
    fn from(row: SubjectRow) -> Self {
        Self {
            id: ProductId(row.id),
            slug: row.slug,
            title: row.title,
            rating: rating(row.rating_count, row.rating_sum),
        }
    }
}

/// The figures that a product's row keeps.
pub fn rating(count: i32, sum: i64) -> Option<Rating> {
    Rating::of(count.max(0).unsigned_abs(), sum.max(0).unsigned_abs())
}

pub async fn subject(db: &PgPool, slug: &str, locale: &str) -> sqlx::Result<Option<SubjectRow>> {
    sqlx::query_as!(
        SubjectRow,
        r#"SELECT p.id, p.slug, coalesce(nullif(t.title, ''), p.title) AS "title!", p.status = 'active' AS "is_active!",
                  p.published_at, p.rating_count, p.rating_sum
           FROM product p LEFT JOIN product_translation t ON t.product_id = p.id AND t.locale = $2
           WHERE p.slug = $1"#,
        slug,
        locale,
    )
    .fetch_optional(db)
    .await
}

pub struct ReviewRow {
    pub id: Uuid,
    pub published_at: OffsetDateTime,
    stars: i16,
    title: String,
    body: String,
    name: String,
    locale: String,
    is_verified: bool,
    written_at: OffsetDateTime,
    counted: Vec<i64>,
}

impl ReviewRow {
    /// How many gave five stars, four, three, two, one.
    pub fn counts(&self) -> [u32; 5] {
        let at = |index: usize| self.counted.get(index).copied().unwrap_or_default();
        std::array::from_fn(|index| u32::try_from(at(index)).unwrap_or_default())
    }

    pub fn review(self) -> Option<Review> {
        let stars = u8::try_from(self.stars).ok()?;
        Some(Review {
            stars: Stars::try_from(stars).ok()?,
            title: self.title,
            body: self.body,
            name: self.name,
            locale: self.locale,
            is_verified: self.is_verified,
            day: self.written_at.to_offset(time::UtcOffset::UTC).date(),
        })
    }
}

/// What is published of a product, the latest first.
pub async fn published(
    db: &PgPool,
    product: Uuid,
    from: Option<(OffsetDateTime, Uuid)>,
    limit: i64,
) -> sqlx::Result<Vec<ReviewRow>> {
    let (at, id) = from.unzip();
    sqlx::query_as!(
        ReviewRow,
        r#"SELECT r.id, r.moderated_at AS "published_at!", r.stars, r.title, r.body, r.name, r.locale, r.is_verified,
                  r.written_at, counted.by_stars AS "counted!"
           FROM review r
           CROSS JOIN (
               SELECT ARRAY[count(*) FILTER (WHERE stars = 5), count(*) FILTER (WHERE stars = 4),
                            count(*) FILTER (WHERE stars = 3), count(*) FILTER (WHERE stars = 2),
                            count(*) FILTER (WHERE stars = 1)] AS by_stars
               FROM (SELECT stars FROM review WHERE product_id = $1 AND state = 'published'
                     ORDER BY moderated_at DESC, id DESC LIMIT 10000) AS latest) AS counted
           WHERE r.product_id = $1 AND r.state = 'published'
             AND ($2::timestamptz IS NULL OR (r.moderated_at, r.id) < ($2, $3::uuid))
           ORDER BY r.moderated_at DESC, r.id DESC LIMIT $4"#,
        product,
        at,
        id,
        limit,
    )
    .fetch_all(db)
    .await
}

/// False for somebody who is not there, or is somebody else by now.
pub async fn lock_customer(tx: &mut PgConnection, customer: CustomerId) -> sqlx::Result<bool> {
    let found = sqlx::query_scalar!(
        r#"SELECT true AS "is_there!" FROM customer WHERE id = $1 AND merged_into IS NULL FOR NO KEY UPDATE"#,
        customer.0,
    );
    Ok(found.fetch_optional(tx).await?.is_some())
}

pub struct Standing {
    /// Where they are known to be reached: of the order, or claimed.
    pub email: Option<String>,
    pub is_verified: bool,
}

/// Whether a paid order holds the product: the customer's own, or the proven one.
pub async fn standing(
    tx: &mut PgConnection,
    customer: CustomerId,
    product: Uuid,
    proven: Option<(CustomerId, &str)>,
) -> sqlx::Result<Standing> {
    let (owner, number) = proven.unzip();
    sqlx::query_as!(
        Standing,
        r#"WITH bought AS (
               SELECT o.email, o.placed_at FROM orders o
               JOIN order_line l ON l.customer_id = o.customer_id AND l.order_id = o.id
               JOIN variant v ON v.id = l.variant_id
               WHERE (o.customer_id = $1 OR (o.customer_id = $3 AND o.number = $4))
                 AND o.state = 'paid' AND v.product_id = $2)
           SELECT coalesce((SELECT email FROM bought ORDER BY placed_at DESC LIMIT 1),
                           (SELECT email FROM customer WHERE id = $1 AND claimed_at IS NOT NULL)) AS email,
                  EXISTS (SELECT FROM bought) AS "is_verified!""#,
        customer.0,
        product,
        owner.map(|owner| owner.0),
        number,
    )
    .fetch_one(tx)
    .await
}

pub struct Since {
    pub of_one: OffsetDateTime,
    pub of_strangers: OffsetDateTime,
    /// Nobody counts further.
    pub most_waiting: i64,
}

pub struct Counted {
    pub of_one: i64,
    pub of_strangers: i64,
    pub waiting: i64,
}

/// How much was written lately.
pub async fn written(
    tx: &mut PgConnection,
    customer: CustomerId,
    product: Uuid,
    since: &Since,
) -> sqlx::Result<Counted> {
    sqlx::query_as!(
        Counted,
        // What was replaced is still there, and counts.
        r#"SELECT (SELECT count(*) FROM review WHERE customer_id = $1 AND written_at > $3) AS "of_one!",
                  (SELECT count(*) FROM review WHERE product_id = $2 AND written_at > $4 AND NOT is_verified) AS "of_strangers!",
                  (SELECT count(*) FROM (SELECT FROM review WHERE state = 'pending' LIMIT $5) AS few) AS "waiting!""#,
        customer.0,
        product,
        since.of_one,
        since.of_strangers,
        since.most_waiting,
    )
    .fetch_one(tx)
    .await
}

/// Replaces what that person wrote of the product and nobody has read; whether there was anything.
pub async fn take_back(
    tx: &mut PgConnection,
    customer: CustomerId,
    product: Uuid,
    email_key: Option<&str>,
    now: OffsetDateTime,
) -> sqlx::Result<bool> {
    let gone = sqlx::query!(
        "UPDATE review SET state = 'replaced', moderated_at = $4
         WHERE product_id = $2 AND state = 'pending' AND (customer_id = $1 OR email_key = $3)",
        customer.0,
        product,
        email_key,
        now,
    );
    Ok(gone.execute(tx).await?.rows_affected() > 0)
}

pub struct NewRow<'a> {
    pub customer: CustomerId,
    pub id: ReviewId,
    pub product: Uuid,
    pub email_key: Option<&'a str>,
    pub new: &'a NewReview,
    pub storefront: &'a Storefront,
    pub is_verified: bool,
    pub now: OffsetDateTime,
}

pub async fn insert(tx: &mut PgConnection, row: &NewRow<'_>) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO review (customer_id, id, product_id, email_key, state, stars, title, body, name, market, locale,
                             is_verified, written_at)
         VALUES ($1, $2, $3, $4, 'pending', $5, $6, $7, $8, $9, $10, $11, $12)",
        row.customer.0,
        row.id.0,
        row.product,
        row.email_key,
        i16::from(row.new.stars.get()),
        row.new.title,
        row.new.body,
        row.new.name,
        row.storefront.market.as_str(),
        row.storefront.locale.code(),
        row.is_verified,
        row.now,
    )
    .execute(tx)
    .await?;
    Ok(())
}

pub struct SheetRow {
    id: Uuid,
    state: String,
    product: String,
    stars: i16,
    title: String,
    body: String,
    name: String,
    locale: String,
    is_verified: bool,
    reason: Option<String>,
    written_at: OffsetDateTime,
}

impl TryFrom<SheetRow> for Sheet {
    type Error = Broken;

    fn try_from(row: SheetRow) -> Result<Self, Broken> {
        let bad = || Broken::Other(format!("review {}: bad state {:?}", row.id, row.state));
        Ok(Self {
            state: State::of(&row.state).ok_or_else(bad)?,
            id: ReviewId(row.id),
            product: row.product,
            stars: u8::try_from(row.stars).unwrap_or_default(),
            title: row.title,
            body: row.body,
            name: row.name,
            locale: row.locale,
            is_verified: row.is_verified,
            reason: row.reason,
            written_at: row.written_at,
        })
    }
}

pub async fn sheets(db: &PgPool, filter: &Filter) -> sqlx::Result<Vec<SheetRow>> {
    let state = filter.state.map(State::name);
    let limit = filter.limit.clamp(1, super::moderation::MOST);
    sqlx::query_as!(
        SheetRow,
        r#"SELECT r.id, r.state, p.slug AS product, r.stars, r.title, r.body, r.name, r.locale, r.is_verified, r.reason,
                  r.written_at
           FROM review r JOIN product p ON p.id = r.product_id
           WHERE ($1::text IS NULL OR r.state = $1) AND ($2::text IS NULL OR p.slug = $2)
           ORDER BY CASE WHEN r.state = 'pending' THEN 0 ELSE 1 END,
                    CASE WHEN r.state = 'pending' THEN r.written_at END, r.written_at DESC, r.id
           LIMIT $3"#,
        state,
        filter.product,
        limit,
    )
    .fetch_all(db)
    .await
}

pub async fn sheet(db: &PgPool, id: ReviewId) -> sqlx::Result<Option<SheetRow>> {
    sqlx::query_as!(
        SheetRow,
        r#"SELECT r.id, r.state, p.slug AS product, r.stars, r.title, r.body, r.name, r.locale, r.is_verified, r.reason,
                  r.written_at
           FROM review r JOIN product p ON p.id = r.product_id WHERE r.id = $1"#,
        id.0,
    )
    .fetch_optional(db)
    .await
}

/// The product that a review is about, locked.
pub async fn lock_product_of(tx: &mut PgConnection, id: ReviewId) -> sqlx::Result<Option<Uuid>> {
    sqlx::query_scalar!(
        "SELECT id FROM product WHERE id = (SELECT product_id FROM review WHERE id = $1) FOR NO KEY UPDATE",
        id.0,
    )
    .fetch_optional(tx)
    .await
}

/// The state of a review, locked.
pub async fn lock(tx: &mut PgConnection, id: ReviewId) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar!("SELECT state FROM review WHERE id = $1 FOR UPDATE", id.0)
        .fetch_optional(tx)
        .await
}

/// What the same person had published of the same product is replaced; how many that were.
pub async fn replace_older(
    tx: &mut PgConnection,
    id: ReviewId,
    now: OffsetDateTime,
) -> sqlx::Result<u64> {
    let older = sqlx::query!(
        "UPDATE review older SET state = 'replaced', moderated_at = $2
         FROM review new
         WHERE new.id = $1 AND older.product_id = new.product_id AND older.id <> new.id AND older.state = 'published'
           AND (older.customer_id = new.customer_id OR older.email_key = new.email_key)",
        id.0,
        now,
    );
    Ok(older.execute(tx).await?.rows_affected())
}

pub async fn set_state(
    tx: &mut PgConnection,
    id: ReviewId,
    state: &str,
    reason: Option<&str>,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE review SET state = $2, reason = $3, moderated_at = $4 WHERE id = $1",
        id.0,
        state,
        reason,
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}
