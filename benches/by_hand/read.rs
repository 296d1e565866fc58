//! What a page shows, read as the shop reads it: the product, others of its category, and cards that stay in the process.

use crate::statement;
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::{AssertSqlSafe, PgPool, Row};
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use time::OffsetDateTime;
use uuid::Uuid;

const LOCALE: &str = "en";
const MARKET: &str = "eu";
const TAG_NEW: &str = "new";
/// Reviews on a page, and products in the row beside it.
const REVIEWS: i32 = 5;
const BESIDE: usize = 4;

pub struct Product {
    pub id: Uuid,
    pub slug: String,
    pub title: String,
    pub vendor: String,
    pub brand: Option<String>,
    pub lead: String,
    pub body_html: String,
    pub trail: Vec<(String, String)>,
    pub pictures: Vec<(String, String)>,
    pub options: Vec<String>,
    pub variants: Vec<Variant>,
    pub swatches: HashMap<String, String>,
    position: i64,
    category: Option<Uuid>,
    chosen: Vec<Uuid>,
}

pub struct Variant {
    pub id: Uuid,
    pub sku: String,
    pub options: Vec<String>,
    pub price: i64,
    /// None for what has no limit.
    pub available: Option<i64>,
}

pub struct Card {
    pub slug: String,
    pub title: String,
    pub subtitle: String,
    pub picture: Option<String>,
    pub price: i64,
    pub varies: bool,
    pub is_there: bool,
    /// Names and colours.
    pub swatches: Vec<(String, String)>,
}

#[derive(serde::Deserialize)]
struct Link {
    slug: String,
    name: String,
}

pub struct Reader {
    db: PgPool,
    product: &'static str,
    around: &'static str,
    cards: &'static str,
    menu: &'static str,
    kept: RwLock<HashMap<Uuid, Arc<Card>>>,
}

impl Reader {
    pub fn new(db: PgPool) -> Result<Self, String> {
        Ok(Self {
            db,
            product: statement::of(statement::PRODUCT, "product")?,
            around: statement::of(statement::PRODUCT, "around")?,
            cards: statement::of(statement::CARDS, "cards")?,
            menu: statement::of(statement::CATALOG, "categories")?,
            kept: RwLock::default(),
        })
    }

    /// Slugs and names of the categories on top.
    pub async fn menu(&self) -> sqlx::Result<Vec<(String, String)>> {
        let rows = sqlx::query(AssertSqlSafe(self.menu))
            .bind(LOCALE)
            .bind(24_i64)
            .fetch_all(&self.db)
            .await?;
        rows.iter()
            .map(|row| Ok((row.try_get("slug")?, row.try_get("name!")?)))
            .collect()
    }

    /// A product and the cards beside it.
    pub async fn product(&self, slug: &str) -> sqlx::Result<Option<(Product, Vec<Arc<Card>>)>> {
        let now = OffsetDateTime::now_utc();
        let row = sqlx::query(AssertSqlSafe(self.product))
            .bind(slug)
            .bind(LOCALE)
            .bind(MARKET)
            .bind(TAG_NEW)
            .bind(now.date())
            .bind(REVIEWS)
            .fetch_optional(&self.db)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let product = product(&row)?;
        let mut ids = product.chosen.clone();
        if ids.len() < BESIDE {
            let around: Vec<PgRow> = sqlx::query(AssertSqlSafe(self.around))
                .bind(now)
                .bind(MARKET)
                .bind(product.category)
                .bind(product.id)
                .bind(product.position)
                .bind(2 * BESIDE as i64)
                .fetch_all(&self.db)
                .await?;
            for row in around {
                let id = row.try_get("id!")?;
                if !ids.contains(&id) {
                    ids.push(id);
                }
            }
        }
        let cards = self.cards(&ids, now).await?;
        Ok(Some((product, cards)))
    }

    /// The first of these that can be bought.
    async fn cards(&self, ids: &[Uuid], now: OffsetDateTime) -> sqlx::Result<Vec<Arc<Card>>> {
        let known = |ids: &[Uuid]| {
            let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
            ids.iter()
                .map(|id| (*id, kept.get(id).cloned()))
                .collect::<Vec<_>>()
        };
        let mut cards = known(ids);
        let missing = cards.iter().filter(|(_, card)| card.is_none());
        let missing: Vec<Uuid> = missing.map(|(id, _)| *id).collect();
        if !missing.is_empty() {
            let rows = sqlx::query(AssertSqlSafe(self.cards))
                .bind(LOCALE)
                .bind(MARKET)
                .bind(TAG_NEW)
                .bind(now)
                .bind(&missing)
                .fetch_all(&self.db)
                .await?;
            for row in rows {
                let (id, card) = (row.try_get("id")?, Arc::new(card(&row)?));
                let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
                kept.insert(id, card);
            }
            cards = known(ids);
        }
        let there = cards.into_iter().filter_map(|(_, card)| card);
        Ok(there.filter(|card| card.is_there).take(BESIDE).collect())
    }
}

fn product(row: &PgRow) -> sqlx::Result<Product> {
    let trail: Json<Vec<Link>> = row.try_get("trail!: Json<Vec<CategoryLink>>")?;
    let pictures: (Vec<String>, Vec<String>) =
        (row.try_get("picture_srcs!")?, row.try_get("picture_alts!")?);
    let swatches: (Vec<String>, Vec<String>) = (
        row.try_get("swatch_names!")?,
        row.try_get("swatch_colours!")?,
    );
    let ids: Vec<Uuid> = row.try_get("variant_ids!")?;
    let skus: Vec<String> = row.try_get("variant_skus!")?;
    let options: Vec<String> = row.try_get("variant_options!")?;
    let prices: Vec<i64> = row.try_get("variant_prices!")?;
    let available: Vec<Option<i64>> = row.try_get("variant_available!: Vec<Option<i64>>")?;
    let variants = ids.into_iter().zip(skus).zip(options).zip(prices);
    let variants = variants.zip(available);
    let variants = variants.map(|((((id, sku), options), price), available)| Variant {
        id,
        sku,
        // ASCII's unit separator stands between option values.
        options: options.split('\u{1f}').map(str::to_owned).collect(),
        price,
        available,
    });
    let mut chosen: Vec<Uuid> = row.try_get("chosen!")?;
    chosen.extend(row.try_get::<Vec<Uuid>, _>("similar!")?);
    Ok(Product {
        id: row.try_get("id")?,
        slug: row.try_get("slug")?,
        title: row.try_get("title!")?,
        vendor: row.try_get("vendor")?,
        brand: row.try_get("brand?")?,
        lead: row.try_get("lead!")?,
        body_html: row.try_get("body_html!")?,
        trail: trail
            .0
            .into_iter()
            .map(|link| (link.slug, link.name))
            .collect(),
        pictures: pictures.0.into_iter().zip(pictures.1).collect(),
        options: row.try_get("option_names")?,
        variants: variants.collect(),
        swatches: swatches.0.into_iter().zip(swatches.1).collect(),
        position: row.try_get("position")?,
        category: row.try_get("category_id")?,
        chosen,
    })
}

fn card(row: &PgRow) -> sqlx::Result<Card> {
    let swatches: Vec<String> = row.try_get("swatch_names!")?;
    let colours: Vec<String> = row.try_get("swatch_colours!")?;
    let available: Option<i64> = row.try_get("available")?;
    Ok(Card {
        slug: row.try_get("slug")?,
        title: row.try_get("title!")?,
        subtitle: row.try_get("subtitle!")?,
        picture: row.try_get("picture_src?")?,
        price: row.try_get("price_minor!")?,
        varies: row.try_get("price_varies!")?,
        is_there: available.is_none_or(|available| available > 0),
        swatches: swatches.into_iter().zip(colours).collect(),
    })
}
