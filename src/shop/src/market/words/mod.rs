//! What the options of products and their values are called in other languages.

mod sql;

use super::sql::WordRow;
use super::{TableError, changed};
use crate::{Caller, Shop, audit};
use domain::{Action, Locale, may};
use serde::Deserialize;
use serde_json::json;
use sqlx::PgConnection;
use std::collections::BTreeMap;
use std::io::Read;

/// Words by locale code and source.
#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Words {
    names: BTreeMap<String, BTreeMap<String, String>>,
    values: BTreeMap<String, BTreeMap<String, String>>,
}

impl Words {
    pub(super) fn of(rows: Vec<WordRow>) -> Self {
        let mut words = Self::default();
        for row in rows {
            let kind = match row.kind.as_str() {
                "name" => &mut words.names,
                _ => &mut words.values,
            };
            kind.entry(row.locale)
                .or_default()
                .insert(row.source, row.word);
        }
        words
    }

    /// The name of an option; itself where nothing else is known.
    pub(super) fn name<'a>(&'a self, locale: Locale, source: &'a str) -> &'a str {
        word(&self.names, locale, source)
    }

    /// A value of an option; itself where nothing else is known.
    pub(super) fn value<'a>(&'a self, locale: Locale, source: &'a str) -> &'a str {
        word(&self.values, locale, source)
    }
}

fn word<'a>(
    words: &'a BTreeMap<String, BTreeMap<String, String>>,
    locale: Locale,
    source: &'a str,
) -> &'a str {
    words
        .get(locale.code())
        .and_then(|words| words.get(source))
        .map_or(source, String::as_str)
}

/// A file of words: `{"names": {"Colour": "Farbe"}, "values": {"Ink": "Tinte"}}`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    names: BTreeMap<String, String>,
    #[serde(default)]
    values: BTreeMap<String, String>,
}

/// Takes the words of a language from a file, in place of those there were. Returns how many.
///
/// # Errors
/// [`TableError`]; then nothing was changed.
pub async fn import_words(
    shop: &Shop,
    caller: &Caller,
    locale: Locale,
    reader: impl Read,
) -> Result<usize, TableError> {
    may(&caller.actor, Action::ChangeCatalogue)?;
    let mut tx = shop.begin().await?;
    let count = write_words(shop, &mut tx, caller, locale, reader).await?;
    tx.commit().await?;
    shop.markets.reload(&shop.db).await?;
    Ok(count)
}

/// The same, inside a transaction of the caller's, who has asked whether it may.
///
/// # Errors
/// [`TableError`].
pub async fn write_words(
    shop: &Shop,
    tx: &mut PgConnection,
    caller: &Caller,
    locale: Locale,
    reader: impl Read,
) -> Result<usize, TableError> {
    let file: File = serde_json::from_reader(reader)
        .map_err(|error| TableError::Unreadable(error.to_string()))?;
    let mut rows = sql::Rows::default();
    for (kind, words) in [("name", file.names), ("value", file.values)] {
        for (source, word) in words {
            rows.kinds.push(kind.to_owned());
            rows.sources.push(source);
            rows.words.push(word);
        }
    }
    sql::replace(tx, locale, &rows).await?;
    let count = rows.words.len();
    let change = json!({ "locale": locale, "words": count });
    audit::write(
        shop,
        tx,
        caller,
        "catalog.words",
        "locale",
        locale.code(),
        change,
    )
    .await?;
    changed(shop, tx, caller).await?;
    Ok(count)
}
