//! The menu: it stands on every page, changes seldom, and is kept in the process.

use super::sql;
use crate::{Broken, Parts};
use domain::Locale;
use domain::catalog::CategoryLink;
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

/// The menus that were read, by language.
#[derive(Clone, Default)]
pub struct Menu(Arc<RwLock<Kept>>);

#[derive(Default)]
struct Kept {
    menus: BTreeMap<&'static str, Arc<Vec<CategoryLink>>>,
    /// Raised when they are forgotten: what was asked before that is not kept.
    age: u64,
}

impl Menu {
    /// Nothing of it holds any more: to be called when a change of what stands around pages is heard of ([`super::TAG_LAYOUT`]),
    /// before pages that show it are dropped.
    pub fn forget(&self) {
        let mut kept = self.0.write().unwrap_or_else(PoisonError::into_inner);
        kept.menus.clear();
        kept.age += 1;
    }
}

/// The categories on top, at most 24, in the shopkeeper's order, as they were when a change was last heard of: only for a process
/// that hears of changes.
///
/// # Errors
/// [`Broken`] when they have to be read, and the database does not answer.
pub async fn menu(shop: &Parts, locale: Locale) -> Result<Arc<Vec<CategoryLink>>, Broken> {
    let age = {
        let kept = shop.menu.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(menu) = kept.menus.get(locale.code()) {
            return Ok(menu.clone());
        }
        kept.age
    };
    // A replica may not have heard of the change.
    let menu = Arc::new(sql::categories(&shop.db, locale.code()).await?);
    let mut kept = shop.menu.0.write().unwrap_or_else(PoisonError::into_inner);
    if kept.age == age {
        kept.menus.insert(locale.code(), menu.clone());
    }
    Ok(menu)
}
