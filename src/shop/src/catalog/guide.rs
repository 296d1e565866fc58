//! The shop's guide: its tree of categories and the colours of option values. Many pages show some of it, it is small and seldom
//! changes, so it is kept in the process.

use super::sql::{self, CategoryRow, GuideRow};
use crate::{Broken, Parts};
use domain::Locale;
use domain::catalog::CategoryLink;
use sqlx::PgPool;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock};
use tokio::sync::Mutex;
use uuid::Uuid;

/// The guides that were read, by language. Cheap to clone.
#[derive(Clone, Default)]
pub struct Guides(Arc<Inner>);

#[derive(Default)]
struct Inner {
    kept: RwLock<Kept>,
    /// Whoever reads holds it: the others wait for what was read.
    reading: Mutex<()>,
}

#[derive(Default)]
struct Kept {
    guides: BTreeMap<&'static str, Arc<Guide>>,
    /// Raised when they are forgotten: what was asked before that is not kept.
    age: u64,
}

/// What the guide says in one language.
#[derive(Debug, Default)]
pub(super) struct Guide {
    menu: Arc<Vec<CategoryLink>>,
    categories: HashMap<Uuid, Category>,
    /// `#2f6b66`, by option value.
    colours: HashMap<String, String>,
}

#[derive(Debug)]
struct Category {
    parent: Option<Uuid>,
    link: CategoryLink,
}

/// Categories on top that a menu names at most.
const MENU: usize = 24;
/// More steps than any tree has, in case two moves at once made a circle of it.
const STEPS: usize = 64;

impl Guides {
    /// Nothing of it holds any more: to be called when a change of what stands around pages is heard of ([`super::TAG_LAYOUT`]),
    /// before cards and pages that show it are dropped.
    pub fn forget(&self) {
        let mut kept = self.0.kept.write().unwrap_or_else(PoisonError::into_inner);
        kept.guides.clear();
        kept.age += 1;
    }

    /// What is kept for a language, if it still is this.
    fn forget_one(&self, locale: Locale, old: &Arc<Guide>) {
        let mut kept = self.0.kept.write().unwrap_or_else(PoisonError::into_inner);
        let is_kept = kept.guides.get(locale.code());
        if is_kept.is_some_and(|known| Arc::ptr_eq(known, old)) {
            kept.guides.remove(locale.code());
            kept.age += 1;
        }
    }

    /// What is kept, or how old what is read now will be.
    fn find(&self, locale: Locale) -> Result<Arc<Guide>, u64> {
        let kept = self.0.kept.read().unwrap_or_else(PoisonError::into_inner);
        kept.guides.get(locale.code()).cloned().ok_or(kept.age)
    }

    async fn read(&self, db: &PgPool, locale: Locale) -> Result<Arc<Guide>, Broken> {
        if let Ok(guide) = self.find(locale) {
            return Ok(guide);
        }
        let _reading = self.0.reading.lock().await;
        let age = match self.find(locale) {
            Ok(guide) => return Ok(guide),
            Err(age) => age,
        };
        let guide = Arc::new(Guide::of(sql::guide(db, locale.code()).await?));
        let mut kept = self.0.kept.write().unwrap_or_else(PoisonError::into_inner);
        if kept.age == age {
            kept.guides.insert(locale.code(), guide.clone());
        }
        Ok(guide)
    }
}

impl Guide {
    /// The categories of `row` come in the shopkeeper's order.
    fn of(row: GuideRow) -> Self {
        let link = |row: &CategoryRow| CategoryLink {
            slug: row.slug.clone(),
            name: row.name.clone(),
        };
        let top = row.categories.iter().filter(|row| row.parent.is_none());
        let menu = top.take(MENU).map(link).collect();
        let categories = row.categories.iter().map(|row| {
            let (parent, link) = (row.parent, link(row));
            (row.id, Category { parent, link })
        });
        let colours = row.swatches.into_iter().map(|row| (row.name, row.hex));
        Self {
            menu: Arc::new(menu),
            categories: categories.collect(),
            colours: colours.collect(),
        }
    }

    /// From the root to this category, itself included.
    pub(super) fn trail(&self, category: Uuid) -> Vec<CategoryLink> {
        let mut trail = Vec::new();
        let mut next = self.categories.get(&category);
        while let Some(category) = next.filter(|_| trail.len() < STEPS) {
            trail.push(category.link.clone());
            next = category
                .parent
                .and_then(|parent| self.categories.get(&parent));
        }
        trail.reverse();
        trail
    }

    /// What an option's value looks like, if it is a colour.
    pub(super) fn colour(&self, value: &str) -> Option<&str> {
        self.colours.get(value).map(String::as_str)
    }
}

/// As it was when a change was last heard of: only for a process that hears of changes. `newest` is a category it has to know: one
/// that it does not is younger than what is kept.
pub(super) async fn guide(
    shop: &Parts,
    locale: Locale,
    newest: Option<Uuid>,
) -> Result<Arc<Guide>, Broken> {
    // A replica may not have heard of the change.
    let guide = shop.guides.read(&shop.db, locale).await?;
    match newest {
        Some(id) if !guide.categories.contains_key(&id) => {
            shop.guides.forget_one(locale, &guide);
            shop.guides.read(&shop.db, locale).await
        }
        _ => Ok(guide),
    }
}

/// The categories on top, at most 24, in the shopkeeper's order, as they were when a change was last heard of: only for a process
/// that hears of changes.
///
/// # Errors
/// [`Broken`] when they have to be read, and the database does not answer.
pub async fn menu(shop: &Parts, locale: Locale) -> Result<Arc<Vec<CategoryLink>>, Broken> {
    Ok(guide(shop, locale, None).await?.menu.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: u128, parent: Option<u128>, slug: &str) -> CategoryRow {
        CategoryRow {
            id: Uuid::from_u128(id),
            parent: parent.map(Uuid::from_u128),
            slug: slug.to_owned(),
            name: slug.to_uppercase(),
        }
    }

    fn slugs(links: &[CategoryLink]) -> Vec<&str> {
        links.iter().map(|link| &*link.slug).collect()
    }

    #[test]
    fn a_trail_leads_from_the_root_and_the_menu_has_what_is_on_top() {
        let categories = vec![
            row(3, Some(2), "cups"),
            row(2, Some(1), "tableware"),
            row(4, None, "living"),
            row(1, None, "kitchen"),
        ];
        let guide = Guide::of(GuideRow {
            categories,
            swatches: Vec::new(),
        });
        let trail = |id| guide.trail(Uuid::from_u128(id));
        assert_eq!(slugs(&trail(3)), ["kitchen", "tableware", "cups"]);
        assert_eq!(trail(3)[0].name, "KITCHEN");
        assert_eq!(slugs(&trail(4)), ["living"]);
        assert!(trail(5).is_empty());
        assert_eq!(slugs(&guide.menu), ["living", "kitchen"]);
    }

    #[test]
    fn a_circle_is_left() {
        let categories = vec![row(1, Some(2), "a"), row(2, Some(1), "b")];
        let guide = Guide::of(GuideRow {
            categories,
            swatches: Vec::new(),
        });
        assert_eq!(guide.trail(Uuid::from_u128(1)).len(), STEPS);
    }
}
