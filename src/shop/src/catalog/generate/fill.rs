//! Writes a generated catalogue: in batches that are there whole or not at all, so that one that was stopped goes on.

use super::attribute;
use super::lexicon::{LEXICON, Words};
use super::names::capital;
use super::rows::{self, Place};
use super::{Kind, offer, slug, sql};
use crate::catalog::import::copy::{self, NewRows};
use crate::catalog::import::{TAGS_IN_EVENT, sql as import_sql, stock};
use crate::catalog::sql::page_tags;
use crate::{Broken, Caller, Shop, audit, market, outbox};
use domain::{Action, Denied, Locale};
use serde_json::json;
use sqlx::PgConnection;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use uuid::Uuid;

/// Products in a transaction.
const BATCH: u64 = 1_000;
/// More would need longer article numbers.
const MOST: u64 = 50_000_000;

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Filling {
    /// Products that are there, or were found there.
    pub done: u64,
    /// Those that were made.
    pub made: u64,
    pub total: u64,
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Filled {
    pub made: u64,
    /// Products that were there already.
    pub found: u64,
}

/// Why it stopped. Batches that were told of before are there; the next run goes on after them.
#[derive(Debug, thiserror::Error)]
pub enum FillError {
    #[error(transparent)]
    Denied(#[from] Denied),
    #[error("{0} products are too many: at most {MOST} can be told apart")]
    TooMany(u64),
    /// A slug, or an id.
    #[error(
        "a product to be made is there already, but was made by somebody else ({0}): use another seed, or wait until the other run is through"
    )]
    Taken(String),
    #[error(transparent)]
    Broken(#[from] Broken),
}

impl From<sqlx::Error> for FillError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(why) if why.is_unique_violation() => {
                Self::Taken(why.constraint().unwrap_or("a key").to_owned())
            }
            _ => Self::Broken(error.into()),
        }
    }
}

/// Makes the first `products` products of `seed` that are not there yet. `progress` is told after each batch.
///
/// # Errors
/// [`FillError`].
pub async fn fill(
    shop: &Shop,
    caller: &Caller,
    products: u64,
    seed: u64,
    progress: &mut (dyn FnMut(Filling) + Send),
) -> Result<Filled, FillError> {
    domain::may(&caller.actor, Action::ChangeCatalogue)?;
    domain::may(&caller.actor, Action::AdjustStock)?;
    domain::may(&caller.actor, Action::ChangeMarkets)?;
    if products > MOST {
        return Err(FillError::TooMany(products));
    }
    let place = Arc::new(prepare(shop, caller, seed).await?);
    let mut now = Filling {
        done: 0,
        made: 0,
        total: products,
    };
    let mut batch = make(shop, &place, 0, products).await?;
    loop {
        let next = now.done + batch.reached;
        // The next products are made while PostgreSQL writes these.
        let (written, made) = tokio::join!(
            write(shop, caller, seed, &batch.products, batch.rows),
            make(shop, &place, next, products),
        );
        written?;
        now.made += batch.products.len() as u64;
        now.done = next;
        progress(now);
        if now.done >= products {
            break;
        }
        batch = made?;
    }
    Ok(Filled {
        made: now.made,
        found: products - now.made,
    })
}

/// Products as rows.
struct Batch {
    /// How many products further it goes, those that were there included.
    reached: u64,
    /// Those that are to be written.
    products: Vec<Uuid>,
    rows: NewRows,
}

/// Makes the products from `first` on that are not there.
async fn make(shop: &Shop, place: &Arc<Place>, first: u64, end: u64) -> Result<Batch, FillError> {
    let numbers = first..end.min(first + BATCH);
    let reached = numbers.end.saturating_sub(first);
    let ids: Vec<Uuid> = numbers
        .clone()
        .map(|number| rows::product_id(place.seed, number))
        .collect();
    let mut db = shop.db.acquire().await?;
    let there: HashSet<Uuid> = sql::existing(&mut db, &ids).await?.into_iter().collect();
    drop(db);
    let place = Arc::clone(place);
    let made = tokio::task::spawn_blocking(move || {
        let mut rows = NewRows::default();
        let missing = numbers.zip(ids).filter(|(_, id)| !there.contains(id));
        let products = missing.map(|(number, _)| {
            rows::add(&mut rows, &place, number);
            rows::product_id(place.seed, number)
        });
        let products = products.collect();
        Batch {
            reached,
            products,
            rows,
        }
    });
    made.await
        .map_err(|error| Broken::Other(format!("products could not be made: {error}")).into())
}

async fn write(
    shop: &Shop,
    caller: &Caller,
    seed: u64,
    products: &[Uuid],
    rows: NewRows,
) -> Result<(), FillError> {
    if products.is_empty() {
        return Ok(());
    }
    let mut tx = shop.begin().await?;
    import_sql::lock(&mut tx).await?;
    copy::write(&mut tx, rows).await?;
    let change = json!({ "seed": seed, "new": products.len() });
    audit::write(
        shop,
        &mut tx,
        caller,
        "catalog.generate",
        "catalog",
        "products",
        change,
    )
    .await?;
    for tags in page_tags(&mut tx, products).await?.chunks(TAGS_IN_EVENT) {
        outbox::pages_changed(shop, &mut tx, caller, tags).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// The categories of one level of the tree.
struct Level<'a> {
    shop: &'a Shop,
    wanted: sql::Categories,
}

impl<'a> Level<'a> {
    fn of(shop: &'a Shop) -> Self {
        Self {
            shop,
            wanted: sql::Categories::default(),
        }
    }

    /// Adds one, unless it was added.
    fn add(&mut self, source: &str, slug: String, name: &Words, parent: Option<Uuid>) {
        let wanted = &mut self.wanted;
        if wanted.sources.iter().any(|known| known == source) {
            return;
        }
        wanted.ids.push(self.shop.random.id(self.shop.clock.now()));
        wanted.slugs.push(slug);
        wanted.sources.push(source.to_owned());
        wanted.names.push(json!({ "en": name.en, "de": name.de }));
        wanted.parents.push(parent);
    }

    /// Makes those that are not there; those that are stay where they are. The id of each source, and whether any was made.
    async fn ensure(
        self,
        tx: &mut PgConnection,
    ) -> Result<(HashMap<String, Uuid>, bool), FillError> {
        let found = sql::ensure_categories(tx, &self.wanted).await?;
        let found: HashMap<String, Uuid> = found.into_iter().collect();
        for (source, slug) in self.wanted.sources.iter().zip(&self.wanted.slugs) {
            if !found.contains_key(source) {
                return Err(FillError::Taken(format!("category {slug}")));
            }
        }
        let is_any_new = self
            .wanted
            .ids
            .iter()
            .any(|id| found.values().any(|known| known == id));
        Ok((found, is_any_new))
    }
}

/// Makes sure of the tree: departments, groups, kinds. The category of each kind, and whether any is new.
async fn categories(shop: &Shop, tx: &mut PgConnection) -> Result<(Vec<Uuid>, bool), FillError> {
    let mut level = Level::of(shop);
    for kind in Kind::all() {
        let name = &kind.department;
        level.add(&name.en, slug(&[&name.en]), name, None);
    }
    let (departments, mut is_any_new) = level.ensure(tx).await?;
    let mut level = Level::of(shop);
    for kind in Kind::all() {
        let names = [kind.department.en.as_str(), kind.group.en.as_str()];
        let parent = departments.get(names[0]).copied();
        level.add(&kind.group_path(), slug(&names), &kind.group, parent);
    }
    let (groups, is_new) = level.ensure(tx).await?;
    is_any_new |= is_new;
    let mut level = Level::of(shop);
    for kind in Kind::all() {
        let name = kind.category();
        let parent = groups.get(&kind.group_path()).copied();
        level.add(&name.en, kind.slug(), &name, parent);
    }
    let (kinds, is_new) = level.ensure(tx).await?;
    let all = Kind::all().iter();
    let all = all.filter_map(|kind| kinds.get(&kind.category().en).copied());
    Ok((all.collect(), is_any_new || is_new))
}

/// Makes sure of the attributes; which of them can be told.
async fn attributes(tx: &mut PgConnection) -> Result<Vec<String>, FillError> {
    let column = |of: fn(&attribute::Known) -> &str| -> Vec<String> {
        attribute::ALL
            .iter()
            .map(|known| of(known).to_owned())
            .collect()
    };
    let names: Vec<_> = attribute::ALL.iter().map(attribute::Known::names).collect();
    let known = sql::ensure_attributes(
        tx,
        &column(|known| known.code),
        &column(|known| known.kind),
        &column(|known| known.unit),
        &names,
    )
    .await?;
    Ok(known)
}

/// Makes sure of what products refer to: categories, attributes, words and colours.
async fn prepare(shop: &Shop, caller: &Caller, seed: u64) -> Result<Place, FillError> {
    let now = shop.clock.now();
    let mut words = (Vec::new(), Vec::new());
    for word in offer::option_words() {
        words.0.push(word.en);
        words.1.push(word.de);
    }
    let mut swatches = (Vec::new(), Vec::new());
    for colour in &LEXICON.colours {
        swatches.0.push(capital(&colour.name.en));
        swatches.1.push(colour.hex.clone());
    }

    let mut tx = shop.begin().await?;
    import_sql::lock(&mut tx).await?;
    let (categories, is_any_category_new) = categories(shop, &mut tx).await?;
    let attributes = attributes(&mut tx).await?;
    let added = sql::ensure_words(
        &mut tx,
        Locale::De.code(),
        &words.0,
        &words.1,
        &swatches.0,
        &swatches.1,
    )
    .await?;
    if added > 0 || is_any_category_new {
        let change = json!({ "words": added, "seed": seed });
        audit::write(
            shop,
            &mut tx,
            caller,
            "catalog.generate",
            "catalog",
            "categories",
            change,
        )
        .await?;
        // Every page has the categories in its head.
        let tags = ["layout", "home", market::TAG].map(str::to_owned);
        outbox::pages_changed(shop, &mut tx, caller, &tags).await?;
    }
    let location = stock::first_location(&mut tx).await?;
    tx.commit().await?;
    if added > 0 {
        shop.markets.reload(&shop.db).await?;
    }
    let markets = shop.markets.all();
    Ok(Place {
        seed,
        location,
        categories,
        attributes,
        markets: markets
            .iter()
            .map(|market| (market.code.clone(), market.currency))
            .collect(),
        now,
    })
}
