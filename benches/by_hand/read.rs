//! What a page shows, read as the shop reads it: the product, others of its category, and cards that stay in the process.

use crate::statement;
use sqlx::postgres::PgRow;
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

/// A variant at one of its locations, as far as it is shown: id, position, SKU, options, price, price before, picture, on hand, held.
type VariantRow = (
    Uuid,
    i32,
    String,
    Vec<String>,
    i64,
    Option<i64>,
    Option<i32>,
    Option<i64>,
    Option<i64>,
);
/// Options, price, price before, units.
type OfferRow = (Vec<String>, i64, Option<i64>, Option<i64>);
/// Id, parent, slug, name.
type CategoryRow = (Uuid, Option<Uuid>, String, String);

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
    beside: Vec<Uuid>,
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

/// What changes seldom: read once.
struct Guide {
    /// Slugs and names of the categories on top.
    menu: Vec<(String, String)>,
    /// Slugs and names, from the root to the category.
    trails: HashMap<Uuid, Vec<(String, String)>>,
    colours: HashMap<String, String>,
}

pub struct Reader {
    db: PgPool,
    product: &'static str,
    cards: &'static str,
    guide: Guide,
    kept: RwLock<HashMap<Uuid, Arc<Card>>>,
}

impl Reader {
    pub async fn new(db: PgPool) -> Result<Self, String> {
        let statement = statement::of(statement::CATALOG, "guide")?;
        let guide = guide(&db, statement).await;
        Ok(Self {
            guide: guide.map_err(|error| error.to_string())?,
            db,
            product: statement::of(statement::PRODUCT, "product")?,
            cards: statement::of(statement::CARDS, "cards")?,
            kept: RwLock::default(),
        })
    }

    /// Slugs and names of the categories on top.
    pub fn menu(&self) -> &[(String, String)] {
        &self.guide.menu
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
            .bind(BESIDE as i32)
            .bind(now)
            .fetch_optional(&self.db)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let product = product(&row, &self.guide)?;
        let cards = self.cards(&product.beside, now).await?;
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
                let Some(card) = card(&row, &self.guide)? else {
                    continue;
                };
                let id = row.try_get("id")?;
                let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
                kept.insert(id, Arc::new(card));
            }
            cards = known(ids);
        }
        let there = cards.into_iter().filter_map(|(_, card)| card);
        Ok(there.filter(|card| card.is_there).take(BESIDE).collect())
    }
}

async fn guide(db: &PgPool, statement: &'static str) -> sqlx::Result<Guide> {
    let row = sqlx::query(AssertSqlSafe(statement))
        .bind(LOCALE)
        .fetch_one(db)
        .await?;
    let categories: Vec<CategoryRow> = row.try_get("categories!: Vec<CategoryRow>")?;
    let swatches: Vec<(String, String)> = row.try_get("swatches!: Vec<SwatchRow>")?;
    let link = |row: &CategoryRow| (row.2.clone(), row.3.clone());
    let menu = categories.iter().filter(|row| row.1.is_none());
    let trails = categories.iter().map(|row| {
        let mut trail = vec![link(row)];
        let mut parent = row.1;
        while let Some(up) = categories.iter().find(|up| Some(up.0) == parent) {
            trail.insert(0, link(up));
            parent = up.1;
        }
        (row.0, trail)
    });
    Ok(Guide {
        menu: menu.take(24).map(link).collect(),
        trails: trails.collect(),
        colours: swatches.into_iter().collect(),
    })
}

fn product(row: &PgRow, guide: &Guide) -> sqlx::Result<Product> {
    let category: Option<Uuid> = row.try_get("category_id")?;
    let trail = category.and_then(|id| guide.trails.get(&id).cloned());
    let pictures: Vec<(i32, String, String)> = row.try_get("pictures!: Vec<PictureRow>")?;
    let mut rows: Vec<VariantRow> = row.try_get("variants!: Vec<VariantRow>")?;
    rows.sort_by_key(|row| (row.1, row.0));
    let mut variants: Vec<Variant> = Vec::with_capacity(rows.len());
    for (id, _, sku, options, price, _, _, on_hand, held) in rows {
        let units = on_hand.zip(held);
        let units = units.map(|(on_hand, held)| on_hand - held);
        match variants.last_mut().filter(|last| last.id == id) {
            Some(last) => last.available = last.available.zip(units).map(|(all, own)| all + own),
            None => variants.push(Variant {
                id,
                sku,
                options,
                price,
                available: units,
            }),
        }
    }
    let mut beside: Vec<Uuid> = row.try_get("chosen!")?;
    let alike: Option<Vec<Uuid>> = row.try_get("similar?")?;
    beside.extend(alike.into_iter().flatten());
    if beside.len() < BESIDE {
        for id in row.try_get::<Vec<Uuid>, _>("around!")? {
            if !beside.contains(&id) {
                beside.push(id);
            }
        }
    }
    Ok(Product {
        id: row.try_get("id")?,
        slug: row.try_get("slug")?,
        title: row.try_get("title!")?,
        vendor: row.try_get("vendor")?,
        brand: row.try_get("brand?")?,
        lead: row.try_get("lead!")?,
        body_html: row.try_get("body_html!")?,
        trail: trail.unwrap_or_default(),
        pictures: pictures
            .into_iter()
            .map(|(_, src, alt)| (src, alt))
            .collect(),
        options: row.try_get("option_names")?,
        swatches: colours(guide, &variants),
        variants,
        beside,
    })
}

/// Of its option values.
fn colours(guide: &Guide, variants: &[Variant]) -> HashMap<String, String> {
    let values = variants.iter().flat_map(|variant| &variant.options);
    let known = values.filter_map(|value| guide.colours.get_key_value(value));
    known
        .map(|(value, hex)| (value.clone(), hex.clone()))
        .collect()
}

/// None for what this market does not sell.
fn card(row: &PgRow, guide: &Guide) -> sqlx::Result<Option<Card>> {
    let offers: Vec<OfferRow> = row.try_get("offers!: Vec<OfferRow>")?;
    let prices = || offers.iter().map(|(_, price, _, _)| *price);
    let (Some(price), Some(dearest)) = (prices().min(), prices().max()) else {
        return Ok(None);
    };
    let mut swatches: Vec<(String, String)> = Vec::new();
    for name in offers.iter().flat_map(|(options, ..)| options) {
        let is_new = swatches.len() < 6 && swatches.iter().all(|(known, _)| known != name);
        if let Some(hex) = guide.colours.get(name).filter(|_| is_new) {
            swatches.push((name.clone(), hex.clone()));
        }
    }
    let mut units = offers.iter().map(|(_, _, _, available)| *available);
    let picture: Option<(String, String)> = row.try_get("picture?: PictureRow")?;
    Ok(Some(Card {
        slug: row.try_get("slug")?,
        title: row.try_get("title!")?,
        subtitle: row.try_get("subtitle!")?,
        picture: picture.map(|(src, _)| src),
        price,
        varies: price != dearest,
        is_there: units.any(|units| units.is_none_or(|units| units > 0)),
        swatches,
    }))
}
