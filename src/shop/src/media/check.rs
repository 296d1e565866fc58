//! Holds what the database says of pictures against what lies in the store.

use super::{Problem, State, ask_for_forms, key, list, original, sql};
use crate::{Broken, Caller, Failure, Shop};
use domain::media::{ID_LENGTH, Name, PATH};
use domain::{Action, may};
use serde::Serialize;

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Check {
    /// How many pictures were looked at.
    pub pictures: usize,
    /// Those whose forms are still being made.
    pub waiting: Vec<String>,
    /// Files that should be there.
    pub missing: Vec<String>,
    /// Pictures that are made again.
    pub repaired: Vec<String>,
    /// Addresses that no picture was had from.
    pub problems: Vec<Problem>,
}

const AT_ONCE: i64 = 200;

/// Looks at every picture. With `repair`, those that lack a form are made again from their originals.
///
/// # Errors
/// Refused when the caller may not change the catalogue; [`Broken`] of the database or the store.
pub async fn check(
    shop: &Shop,
    caller: &Caller,
    repair: bool,
) -> Result<Check, Failure<domain::Denied>> {
    may(&caller.actor, Action::ChangeCatalogue).map_err(Failure::Refused)?;
    let mut found = Check::default();
    let mut after = String::new();
    loop {
        let page = list(shop, None, &after, AT_ONCE).await?;
        let Some(last) = page.last() else {
            break;
        };
        after.clone_from(&last.hash);
        for media in page {
            found.pictures += 1;
            if media.state == State::Waiting.name() {
                found.waiting.push(media.hash);
                continue;
            }
            let missing = missing(shop, &media.hash, &media.src).await?;
            if missing.is_empty() {
                continue;
            }
            if repair && !missing.contains(&original(&media.hash)) {
                let mut tx = shop.begin().await?;
                ask_for_forms(shop, &mut tx, caller, "media.missed", &media.hash).await?;
                tx.commit().await?;
                found.repaired.push(media.hash);
            }
            found.missing.extend(missing);
        }
    }
    let mut after = String::new();
    loop {
        let page = sql::problems(&shop.db, &after, AT_ONCE).await?;
        let Some(last) = page.last() else {
            return Ok(found);
        };
        after.clone_from(&last.url);
        found.problems.extend(page);
    }
}

async fn missing(shop: &Shop, hash: &str, src: &str) -> Result<Vec<String>, Broken> {
    let store = &shop.media.store;
    let folder = format!("{}{}/{}", key(PATH), &hash[..2], &hash[..ID_LENGTH]);
    let there = store.list(&folder).await?;
    let forms = Name::parse(src).map(|name| {
        let paths: Vec<String> = name
            .forms()
            .map(|form| key(&name.path(form)).to_owned())
            .collect();
        paths
    });
    let mut missing: Vec<String> = forms
        .unwrap_or_default()
        .into_iter()
        .filter(|path| !there.contains(path))
        .collect();
    let original = original(hash);
    if store.size(&original).await?.is_none() {
        missing.push(original);
    }
    Ok(missing)
}
