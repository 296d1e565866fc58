//! Writes products in batches, inside a transaction.

use super::copy::{self, NewRows, NewStockRow};
use super::merge::{Changes, Outcome, merge};
use super::product::NewProduct;
use super::variant::NewStock;
use super::{BATCH, ImportReport, sql, stock};
use crate::Shop;
use sqlx::PgConnection;
use std::collections::{BTreeSet, HashMap};
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
}

struct Written {
    slug: String,
    outcome: Outcome,
    /// Before and after.
    categories: [Option<Uuid>; 2],
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
        let mut stored = sql::stored(self.tx, &handles).await?;
        let (shop, now, location) = (self.shop, self.now, self.location);
        let new_id = || shop.random.id(now);
        let mut changes = Changes::default();
        let mut shelves = Vec::new();
        for new in products {
            let category = match new.category.as_deref() {
                None | Some("") => None,
                Some(name) => Some(self.categories.find_or_add(self.tx, name, &new_id).await?),
            };
            let known = stored.remove(&new.handle);
            let before = known.as_ref().and_then(|known| known.product.category_id);
            let slug = new.handle.clone();
            self.variants += new.variants.len() as u64;
            let (outcome, stock) = merge(new, category, known, now, &new_id, &mut changes);
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
            self.outcomes.push(Written {
                slug,
                outcome,
                categories: [before, category],
            });
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
        let mut tags = BTreeSet::new();
        for written in &self.outcomes {
            report.count(written.outcome);
            if written.outcome != Outcome::Unchanged {
                tags.insert("home".to_owned());
                tags.insert(format!("product:{}", written.slug));
                let slugs = written.categories.iter().flatten();
                let slugs = slugs.filter_map(|id| self.categories.slugs.get(id));
                tags.extend(slugs.map(|slug| format!("category:{slug}")));
            }
        }
        Ok((report, tags.into_iter().collect()))
    }
}

/// The categories, by what imports call them.
pub struct Categories {
    /// By source, in lower case.
    pub ids: HashMap<String, Uuid>,
    pub slugs: HashMap<Uuid, String>,
}

impl Categories {
    pub async fn load(tx: &mut PgConnection) -> sqlx::Result<Self> {
        let mut categories = Self {
            ids: HashMap::new(),
            slugs: HashMap::new(),
        };
        for row in sql::categories(tx).await? {
            categories.ids.insert(row.source.to_lowercase(), row.id);
            categories.slugs.insert(row.id, row.slug);
        }
        Ok(categories)
    }

    async fn find_or_add(
        &mut self,
        tx: &mut PgConnection,
        name: &str,
        new_id: &(dyn Fn() -> Uuid + Sync),
    ) -> sqlx::Result<Uuid> {
        if let Some(id) = self.ids.get(&name.to_lowercase()) {
            return Ok(*id);
        }
        let id = new_id();
        let plain = slugify(name);
        let mut slug = plain.clone();
        for number in 2.. {
            if self.slugs.values().all(|taken| *taken != slug) {
                break;
            }
            slug = format!("{plain}-{number}");
        }
        sql::add_category(tx, id, &slug, name).await?;
        self.ids.insert(name.to_lowercase(), id);
        self.slugs.insert(id, slug);
        Ok(id)
    }
}

/// A name, fit to stand in a URL.
fn slugify(name: &str) -> String {
    let mut slug = String::with_capacity(name.len());
    for letter in name.to_lowercase().chars() {
        match letter {
            'a'..='z' | '0'..='9' => slug.push(letter),
            'ä' => slug.push_str("ae"),
            'ö' => slug.push_str("oe"),
            'ü' => slug.push_str("ue"),
            'ß' => slug.push_str("ss"),
            'à' | 'á' | 'â' | 'ã' => slug.push('a'),
            'è' | 'é' | 'ê' | 'ë' => slug.push('e'),
            'ì' | 'í' | 'î' | 'ï' => slug.push('i'),
            'ò' | 'ó' | 'ô' | 'õ' => slug.push('o'),
            'ù' | 'ú' | 'û' => slug.push('u'),
            'ç' => slug.push('c'),
            'ñ' => slug.push('n'),
            '\'' | '’' => {}
            _ if slug.ends_with('-') || slug.is_empty() => {}
            _ => slug.push('-'),
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() {
        "category".to_owned()
    } else {
        slug.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::slugify;

    #[test]
    fn names_become_slugs() {
        assert_eq!(slugify("Home & Garden"), "home-garden");
        assert_eq!(slugify("Gläser — für Öl"), "glaeser-fuer-oel");
        assert_eq!(slugify("Men's"), "mens");
        assert_eq!(slugify("茶"), "category");
    }
}
