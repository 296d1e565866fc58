//! Writes a generated catalogue: in batches that are there whole or not at all, so that one that was stopped goes on.

use super::lexicon::LEXICON;
use super::names::capital;
use super::rows::{self, Place};
use super::{Kind, offer, sql};
use crate::catalog::import::copy::{self, NewRows};
use crate::catalog::import::{TAGS_IN_EVENT, sql as import_sql, stock};
use crate::{Broken, Caller, Shop, audit, market, outbox};
use domain::{Action, Denied, Locale};
use serde_json::json;
use std::collections::{BTreeSet, HashMap, HashSet};
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
    /// Slug and kind of each that is to be written.
    products: Vec<(String, &'static Kind)>,
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
            let product = rows::add(&mut rows, &place, number);
            (product.slug, product.attributes.kind)
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
    products: &[(String, &'static Kind)],
    rows: NewRows,
) -> Result<(), FillError> {
    if products.is_empty() {
        return Ok(());
    }
    let mut tags = BTreeSet::from(["home".to_owned()]);
    for (slug, kind) in products {
        tags.insert(format!("product:{slug}"));
        tags.insert(format!("category:{}", kind.slug()));
    }
    let tags: Vec<String> = tags.into_iter().collect();
    let mut tx = shop.db.begin().await?;
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
    for tags in tags.chunks(TAGS_IN_EVENT) {
        outbox::pages_changed(shop, &mut tx, caller, tags).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Makes sure of what products refer to: categories, words and colours.
async fn prepare(shop: &Shop, caller: &Caller, seed: u64) -> Result<Place, FillError> {
    let now = shop.clock.now();
    let mut wanted = sql::Categories::default();
    for kind in Kind::all() {
        let name = kind.category();
        wanted.ids.push(shop.random.id(now));
        wanted.slugs.push(kind.slug());
        wanted.sources.push(name.en.clone());
        wanted.names.push(json!({ "en": name.en, "de": name.de }));
    }
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

    let mut tx = shop.db.begin().await?;
    import_sql::lock(&mut tx).await?;
    let found = sql::ensure_categories(&mut tx, &wanted).await?;
    let found: HashMap<String, Uuid> = found.into_iter().collect();
    let mut categories = Vec::with_capacity(wanted.sources.len());
    for (source, slug) in wanted.sources.iter().zip(&wanted.slugs) {
        let Some(id) = found.get(source) else {
            return Err(FillError::Taken(format!("category {slug}")));
        };
        categories.push(*id);
    }
    let added = sql::ensure_words(
        &mut tx,
        Locale::De.code(),
        &words.0,
        &words.1,
        &swatches.0,
        &swatches.1,
    )
    .await?;
    let added_categories = wanted.ids.iter().any(|id| categories.contains(id));
    if added > 0 || added_categories {
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
        markets: markets
            .iter()
            .map(|market| (market.code.clone(), market.currency))
            .collect(),
        now,
    })
}
