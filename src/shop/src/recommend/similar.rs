//! What is alike: the catalogue category by category, in blocks of at most [`BLOCK`] products in the shopkeeper's order.

use super::likeness::{self, Traits};
use super::sql::{self, Place, TraitsRow};
use super::{BATCH, BLOCK, Kind, RecommendError, Run};
use crate::Broken;
use sqlx::PgPool;
use std::collections::{BTreeMap, HashSet};
use uuid::Uuid;

/// A block with fewer products than this also looks at its neighbours in the tree.
const FEW: usize = 48;
/// Neighbours that are looked at, at most, for each step up the tree.
const NEIGHBOURS: i64 = 300;

/// The tree, as far as it is needed: of each category the way to it from the root, and all that lies in it, itself included.
#[derive(Default)]
struct Tree {
    paths: BTreeMap<Uuid, Vec<Uuid>>,
    within: BTreeMap<Uuid, Vec<Uuid>>,
}

impl Tree {
    fn of(rows: Vec<(Uuid, Vec<Uuid>)>) -> Self {
        let mut tree = Self::default();
        for (id, path) in rows {
            for above in &path {
                tree.within.entry(*above).or_default().push(id);
            }
            tree.paths.insert(id, path);
        }
        tree
    }

    fn path(&self, category: Option<Uuid>) -> &[Uuid] {
        let path = category.and_then(|id| self.paths.get(&id));
        path.map_or(&[], Vec::as_slice)
    }
}

/// From after `after` on, or from the beginning.
pub async fn compute(run: &mut Run<'_>, after: Option<Place>) -> Result<(), RecommendError> {
    let tree = Tree::of(sql::categories(&run.shop.db).await?);
    let market = run.shop.markets.default_storefront().market;
    let market = market.as_str();
    let mut place = after.unwrap_or(sql::START);
    // What has no category comes first, as the nil UUID.
    let categories = std::iter::once(Uuid::nil()).chain(tree.paths.keys().copied());
    for category in categories
        .filter(|id| *id >= place.category)
        .collect::<Vec<_>>()
    {
        if category != place.category {
            place = Place {
                category,
                ..sql::START
            };
        }
        loop {
            run.go_on()?;
            let rows = sql::block(&run.shop.db, market, place, BLOCK as i64).await?;
            let own = rows.len();
            let Some(last) = rows.last() else { break };
            place = Place {
                category,
                position: last.position,
                product: last.id,
            };
            let mut block: Vec<Traits> = rows.into_iter().map(|row| traits(row, &tree)).collect();
            if own < FEW {
                add_neighbours(&run.shop.db, market, &tree, category, &mut block).await?;
            }
            // A second of work for a large block: not where others are answered.
            let lists = tokio::task::spawn_blocking(move || likeness::similar(&block, own))
                .await
                .map_err(|error| Broken::Other(format!("likeness was not computed: {error}")))?;
            for batch in lists.chunks(BATCH) {
                run.put(Kind::Similar, batch, None).await?;
            }
            sql::reach(&run.shop.db, place, run.until()).await?;
            run.told.similar += own as u64;
            run.tell();
            if own < BLOCK {
                break;
            }
        }
    }
    Ok(())
}

/// Those that lie in the same category but not in this block, then in the next one up, until there are some; at last any.
async fn add_neighbours(
    db: &PgPool,
    market: &str,
    tree: &Tree,
    category: Uuid,
    block: &mut Vec<Traits>,
) -> Result<(), RecommendError> {
    let mut there: HashSet<Uuid> = block.iter().map(|product| product.id).collect();
    let own = there.len();
    for above in tree.path(Some(category)).iter().rev() {
        let Some(within) = tree.within.get(above) else {
            continue;
        };
        let rows = sql::within(db, market, within, NEIGHBOURS).await?;
        block.extend(fresh(rows, tree, &mut there));
        if there.len() - own >= FEW {
            return Ok(());
        }
    }
    let rows = sql::first(db, market, NEIGHBOURS).await?;
    block.extend(fresh(rows, tree, &mut there));
    Ok(())
}

fn fresh(
    rows: Vec<TraitsRow>,
    tree: &Tree,
    there: &mut HashSet<Uuid>,
) -> impl Iterator<Item = Traits> {
    rows.into_iter()
        .filter(|row| there.insert(row.id))
        .map(|row| traits(row, tree))
}

fn traits(row: TraitsRow, tree: &Tree) -> Traits {
    Traits {
        id: row.id,
        path: tree.path(row.category_id).to_vec(),
        position: row.position,
        title: row.title,
        brand: row.vendor,
        tags: row.tags,
        facts: row.facts,
        price: row.price,
    }
}
