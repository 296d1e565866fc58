//! The demo shop: a product export, its German texts, its categories and colours.

use super::import::{self, ImportError, ImportOptions, ImportReport, Progress};
use crate::market;
use crate::{Broken, Caller, Shop};
use domain::{Action, Locale};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

/// A category in `categories.json`, by what the export calls it.
#[derive(Deserialize)]
struct NewCategory {
    slug: String,
    position: i32,
    names: serde_json::Value,
    intro: serde_json::Value,
}

/// Fills the shop from the files of `folder` (`demo/README.md` lists them), all or nothing. A shop that has a product is left alone (None), unless it is `forced`.
///
/// # Errors
/// [`ImportError`]; then nothing was changed.
pub async fn demo(
    shop: &Shop,
    caller: &Caller,
    folder: &Path,
    forced: bool,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Option<ImportReport>, ImportError> {
    domain::may(&caller.actor, Action::ChangeCatalogue)?;
    domain::may(&caller.actor, Action::AdjustStock)?;
    domain::may(&caller.actor, Action::ChangeMarkets)?;
    let categories: BTreeMap<String, NewCategory> = json(folder, "categories.json")?;
    let swatches: BTreeMap<String, String> = json(folder, "swatches.json")?;
    let mut tx = shop.begin().await?;
    import::sql::lock(&mut tx).await?;
    if !forced && import::sql::has_products(&mut tx).await? {
        return Ok(None);
    }
    for (source, category) in categories {
        let id = shop.random.id(shop.clock.now());
        import::sql::put_category(
            &mut tx,
            id,
            &category.slug,
            &source,
            &category.names,
            &category.intro,
            category.position,
        )
        .await?;
    }
    let (names, colours): (Vec<_>, Vec<_>) = swatches.into_iter().unzip();
    import::sql::put_swatches(&mut tx, &names, &colours).await?;
    let options = ImportOptions {
        market: None,
        skip_bad_rows: false,
    };
    let file = open(folder, "catalogue.csv")?;
    let report = import::write(shop, &mut tx, caller, file, &options, progress).await?;
    let german = open(folder, "catalogue.de.csv")?;
    import::translation::write(shop, &mut tx, caller, Locale::De, german).await?;
    let arrangement = open(folder, "arrangement.json")?;
    super::arrangement::write(shop, &mut tx, caller, arrangement).await?;
    let words = open(folder, "options.de.json")?;
    market::write_words(shop, &mut tx, caller, Locale::De, words).await?;
    let taxes = open(folder, "taxes.csv")?;
    market::tax::write(shop, &mut tx, caller, taxes).await?;
    let delivery = open(folder, "delivery.json")?;
    market::delivery::write(shop, &mut tx, caller, delivery).await?;
    tx.commit().await?;
    shop.markets.reload(&shop.db).await?;
    Ok(Some(report))
}

fn open(folder: &Path, name: &str) -> Result<BufReader<File>, ImportError> {
    let path = folder.join(name);
    match File::open(&path) {
        Ok(file) => Ok(BufReader::new(file)),
        Err(error) => Err(ImportError::Unreadable(format!(
            "{}: {error}",
            path.display()
        ))),
    }
}

fn json<T: serde::de::DeserializeOwned>(folder: &Path, name: &str) -> Result<T, ImportError> {
    serde_json::from_reader(open(folder, name)?).map_err(|error| Broken::Stored(error).into())
}
