//! Writes products in batches, inside a transaction.

use super::category::Categories;
use super::copy::{self, NewRows, NewStockRow};
use super::merge::{Changes, Merged, Outcome, merge};
use super::product::NewProduct;
use super::variant::NewStock;
use super::{BATCH, ImportReport, sql, stock};
use crate::Shop;
use crate::catalog::TAG_LAYOUT;
use crate::catalog::sql::page_tags;
use sqlx::PgConnection;
use std::collections::BTreeSet;
use time::OffsetDateTime;
use uuid::Uuid;

/// What a transaction writes.
pub struct Writer<'a> {
    shop: &'a Shop,
    tx: &'a mut PgConnection,
    now: OffsetDateTime,
    location: Uuid,
    categories: Categories,
    /// What became of each product, in the file's order.
    outcomes: Vec<Written>,
    /// The known variants whose stock the file says, each with its product's place in `outcomes`. Stock is written last, so
    /// that orders wait for it as shortly as can be.
    stock: Vec<(Uuid, NewStock, usize)>,
    variants: u64,
    /// Of the pages that showed what changed, before it did.
    tags: BTreeSet<String>,
}

struct Written {
    id: Uuid,
    outcome: Outcome,
}

impl<'a> Writer<'a> {
    pub async fn begin(shop: &'a Shop, tx: &'a mut PgConnection) -> sqlx::Result<Self> {
        Ok(Self {
            now: shop.clock.now(),
            location: stock::first_location(tx).await?,
            categories: Categories::load(tx).await?,
            shop,
            tx,
            outcomes: Vec::new(),
            stock: Vec::new(),
            variants: 0,
            tags: BTreeSet::new(),
        })
    }

    /// Writes what of these products is not so yet. `told` hears how many more are written, now and then.
    pub async fn write(
        &mut self,
        products: Vec<NewProduct>,
        told: &mut (dyn FnMut(u64) + Send),
    ) -> sqlx::Result<()> {
        let mut products = products.into_iter().peekable();
        while products.peek().is_some() {
            let batch: Vec<NewProduct> = products.by_ref().take(BATCH).collect();
            let count = batch.len() as u64;
            self.write_batch(batch).await?;
            told(count);
        }
        Ok(())
    }

    async fn write_batch(&mut self, products: Vec<NewProduct>) -> sqlx::Result<()> {
        let handles: Vec<String> = products.iter().map(|new| new.handle.clone()).collect();
        let mut stored = sql::stored_or_renamed(self.tx, &handles).await?;
        let (shop, now, location) = (self.shop, self.now, self.location);
        let new_id = || shop.random.id(now);
        let mut changes = Changes::default();
        let mut shelves = Vec::new();
        for new in products {
            let category = match new.category.as_deref() {
                None | Some("") => None,
                Some(name) => {
                    let taxonomy = new.taxonomy.as_deref().unwrap_or_default();
                    let way = self.categories.way(name, taxonomy);
                    self.categories.go(self.tx, way, &new_id).await?
                }
            };
            let known = stored.remove(&new.handle);
            self.variants += new.variants.len() as u64;
            let Merged { id, outcome, stock } =
                merge(new, category, known, now, &new_id, &mut changes);
            let place = self.outcomes.len();
            for (variant_id, wish) in stock {
                // Nobody holds anything of what is new.
                match (outcome, stock::opening(wish)) {
                    (Outcome::New, Some((on_hand, oversell))) => shelves.push(NewStockRow {
                        variant_id,
                        location_id: location,
                        on_hand,
                        oversell,
                        ledger_id: new_id(),
                    }),
                    (Outcome::New, None) => {}
                    _ => self.stock.push((variant_id, wish, place)),
                }
            }
            self.outcomes.push(Written { id, outcome });
        }
        let changed: Vec<Uuid> = changes.changed.products.iter().map(|row| row.id).collect();
        if !changed.is_empty() {
            // What they lay in, in case they leave it.
            self.tags.extend(page_tags(self.tx, &changed).await?);
        }
        let slugs: Vec<String> = changes
            .fresh
            .products
            .iter()
            .map(|row| row.slug.clone())
            .collect();
        if !slugs.is_empty() {
            sql::claim_slugs(self.tx, &slugs).await?;
        }
        let mut fresh = NewRows::of(&changes.fresh, now);
        for shelf in &shelves {
            fresh.stock(shelf, now);
        }
        copy::write(self.tx, fresh).await?;
        sql::write(self.tx, &changes, now).await
    }

    /// Writes the stock. Returns the report and the tags of the pages that changed.
    pub async fn finish(mut self) -> sqlx::Result<(ImportReport, Vec<String>)> {
        let wishes = std::mem::take(&mut self.stock);
        for place in stock::set(self.shop, self.tx, self.now, wishes).await? {
            let written = &mut self.outcomes[place];
            if written.outcome == Outcome::Unchanged {
                written.outcome = Outcome::Updated;
            }
        }
        let mut report = ImportReport {
            variants: self.variants,
            ..ImportReport::default()
        };
        for written in &self.outcomes {
            report.count(written.outcome);
        }
        let changed = self.outcomes.iter();
        let changed = changed.filter(|written| written.outcome != Outcome::Unchanged);
        let changed: Vec<Uuid> = changed.map(|written| written.id).collect();
        let mut tags = self.tags;
        if !changed.is_empty() {
            tags.extend(page_tags(self.tx, &changed).await?);
        }
        if self.categories.is_any_new {
            tags.insert(TAG_LAYOUT.to_owned());
        }
        Ok((report, tags.into_iter().collect()))
    }
}
